import JSON
import Model

/// The repositories on the star list and how they grow.
struct Repositories: Sendable {
  static let columns = [UInt8](text: "observed_at,snapshot_day,repo,stars,forks,open_issues,last_commit")

  struct Entry: Sendable {
    var story: UInt64
    var name: [UInt8]
    var stars: Int
    var forks: Int
    var issues: Int
    /// Stars gained on a usual day.
    var pace: Int
    /// Stars gained today beyond that; melts away after a burst.
    var burst = 0
    /// Stars that an outage hides, and for how many more snapshots.
    var hidden = 0
    var hiddenFor = 0
    var lastCommit: Int64
  }

  var entries: [Entry] = []
  let snapshotsPerDay: Int
  private(set) var cursor = 0
  /// Names in use; asked for membership only.
  private var names: Set<[UInt8]> = []

  init(count: Int, snapshotsPerDay: Int, now: Int64, grammar: Grammar, draw: inout SplitMix64) {
    self.snapshotsPerDay = snapshotsPerDay
    let list = grammar.list("repo")
    for _ in 0..<count { entries.append(newEntry(stars: 0, now: now, list: list, grammar: grammar, draw: &draw)) }
  }

  /// A repository whose name nobody has.
  mutating func newEntry(stars: Int, now: Int64, list: Grammar.List, grammar: Grammar, draw: inout SplitMix64) -> Entry {
    var name: [UInt8] = []
    var story: UInt64
    repeat {
      story = draw.next() | 1
      name.removeAll()
      grammar.append(list, fact: 1, story: story, to: &name)
    } while !names.insert(name).inserted
    let stars = stars > 0 ? stars : 8000 + draw.ranked(24_000) * (1 + draw.ranked(8))
    let paces = [0, 0, 1, 2, 3, 4, 6, 10, 18, 55]
    return Entry(
      story: story, name: name, stars: stars, forks: stars / draw.between(5...30), issues: draw.ranked(2500), pace: paces[draw.below(10)],
      lastCommit: now - Int64(draw.ranked(72_000_000)) * .second)
  }

  /// Begins a snapshot, which holds every repository once.
  mutating func startSnapshot(rows: Int) -> Int {
    cursor = 0
    return entries.count
  }

  mutating func advance() -> Int {
    defer { cursor += 1 }
    return min(cursor, entries.count - 1)
  }

  /// The row before, which a crawler wrote twice.
  mutating func back() -> Int { min(cursor, entries.count) - 1 }

  mutating func rename(_ index: Int, to name: [UInt8]) -> Bool {
    guard names.insert(name).inserted else { return false }
    names.remove(entries[index].name)
    entries[index].name = name
    return true
  }

  mutating func replace(_ index: Int, with entry: Entry) {
    names.remove(entries[index].name)
    entries[index] = entry
  }
}

extension SignalGenerator {
  mutating func renderStars() -> Rendered {
    var intent = GeneratedIntent.fresh
    let index: Int
    if repositories.cursor > 0, draw.below(1500) == 0 {
      index = repositories.back()
      intent = .repeated
    } else {
      index = repositories.advance()
      if grow(index) { intent = .revision }
    }
    var row = Row(capacity: 120)
    row.timeText(nowText)
    row.comma()
    row.bytes.append(contentsOf: nowText[..<10])
    row.comma()
    let shown = max(0, repositories.entries[index].stars - repositories.entries[index].hidden)
    row.span(repositories.entries[index].name)
    row.comma()
    row.integer(shown)
    row.comma()
    row.integer(repositories.entries[index].forks)
    row.comma()
    row.integer(repositories.entries[index].issues)
    row.comma()
    Timestamp(milliseconds: repositories.entries[index].lastCommit).appendRFC3339(to: &row.bytes)
    return Rendered(row: row, intent: intent, story: repositories.entries[index].story, contentType: "text/csv")
  }

  /// What happened to a repository since the last snapshot.
  /// - Returns: whether it has another name now.
  private mutating func grow(_ index: Int) -> Bool {
    let perDay = repositories.snapshotsPerDay
    let word = draw.next()
    var renamed = false
    do {
      let pace = repositories.entries[index].pace
      var gain = (Int(truncatingIfNeeded: word & 0xffff) * (2 * pace + 2)) >> 16
      if word >> 16 & 0x3f == 0 { gain = -Int(truncatingIfNeeded: word >> 22 & 7) }
      if repositories.entries[index].burst > 0 {
        gain += repositories.entries[index].burst
        repositories.entries[index].burst -= max(1, repositories.entries[index].burst / 4)
      }
      if perDay > 1 { gain = gain / perDay + (draw.below(perDay) < abs(gain % perDay) ? gain.signum() : 0) }
      repositories.entries[index].stars = max(1, repositories.entries[index].stars + gain)
      if word >> 26 & 7 == 0 { repositories.entries[index].forks += max(0, gain / 6) + 1 }
      let drift = Int(truncatingIfNeeded: word >> 30 & 7) - 3
      repositories.entries[index].issues = max(0, repositories.entries[index].issues + drift)
      if word >> 34 & 1 == 0 {
        let ago = Int64(truncatingIfNeeded: word >> 35 & 0xffff) * .second
        repositories.entries[index].lastCommit = max(repositories.entries[index].lastCommit, now - ago)
      }
      if repositories.entries[index].hiddenFor > 0 {
        repositories.entries[index].hiddenFor -= 1
        if repositories.entries[index].hiddenFor == 0 { repositories.entries[index].hidden = 0 }
      }
    }
    // Rare events, from the word's last bits: one row in 1,024 has one.
    guard word >> 54 == 0 else { return false }
    switch draw.below(100) {
    case ..<72:
      repositories.entries[index].burst = 150 + draw.ranked(3000)
      let story = repositories.entries[index].story
      if draw.chance(1, in: 4) { owe(.hackerNews, story, .repository, telling: 0, within: 30) }
      if draw.chance(1, in: 4) { owe(.headlines, story, .repository, telling: 0, within: 40) }
    case ..<81:
      var name: [UInt8] = []
      grammar.append(lists.repo, fact: 2 + draw.below(1000), story: repositories.entries[index].story, to: &name)
      renamed = repositories.rename(index, to: name)
    case ..<90:
      repositories.entries[index].hidden = 200 + draw.below(900)
      repositories.entries[index].hiddenFor = 1 + draw.below(3)
    default:
      let entry = repositories.newEntry(stars: 1500 + draw.ranked(20_000), now: now, list: lists.repo, grammar: grammar, draw: &draw)
      repositories.replace(index, with: entry)
    }
    return renamed
  }
}
