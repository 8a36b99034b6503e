import JSON
import Model

/// The papers of late, for cross-lists and re-listings.
struct PaperShelf: Sendable {
  struct Entry: Sendable {
    var story: UInt64
    /// The four digits of the arXiv id's month, and the number in it.
    var month: Int
    var number: Int
    var revision = 0
  }

  private static let capacity = 4096
  private var entries: [Entry] = []
  private var written = 0
  private var listingStart = 0
  private var month = 0
  private var number = 0

  init(now: Int64, draw: inout SplitMix64) {
    number = 1000 + draw.below(8000)
    month = Self.month(of: now)
  }

  private static func month(of time: Int64) -> Int {
    let day = CalendarDay(daysSince1970: Int(time / .day))
    return day.year % 100 * 100 + day.month
  }

  mutating func startListing() { listingStart = written }

  mutating func add(story: UInt64, now: Int64, draw: inout SplitMix64) -> Entry {
    let current = Self.month(of: now - .day)
    if current != month {
      month = current
      number = 0
    }
    number += 1 + draw.below(12)
    let entry = Entry(story: story, month: month, number: number)
    if entries.count < Self.capacity { entries.append(entry) } else { entries[written % Self.capacity] = entry }
    written += 1
    return entry
  }

  /// The place of a paper of this listing.
  func today(_ draw: inout SplitMix64) -> Int? {
    let first = max(listingStart, written - Self.capacity)
    return first < written ? (first + draw.below(written - first)) % Self.capacity : nil
  }

  /// The place of a paper of an earlier listing, a recent one rather than an old one.
  func earlier(_ draw: inout SplitMix64) -> Int? {
    let first = max(0, written - Self.capacity)
    return first < listingStart ? (listingStart - 1 - draw.ranked(listingStart - first)) % Self.capacity : nil
  }

  subscript(place: Int) -> Entry {
    get { entries[place] }
    set { entries[place] = newValue }
  }
}

extension SignalGenerator {
  mutating func renderPaper() -> Rendered {
    let chance = draw.below(1000)
    if chance < 222, let place = papers.today(&draw) { return paper(papers[place], .repeated) }
    if chance >= 222, chance < 484, let place = papers.earlier(&draw) {
      let changed = draw.below(1000) < 3
      if changed { papers[place].revision += 1 }
      return paper(papers[place], changed ? .revision : .repeated)
    }
    let story = newStory()
    if draw.chance(1, in: 150) { owe(.hackerNews, story, .paper, telling: 0, within: 60) }
    if draw.chance(1, in: 100) { owe(.headlines, story, .paper, telling: 0, within: 48) }
    return paper(papers.add(story: story, now: now, draw: &draw), .fresh)
  }

  /// The row of a paper: but for the capture's time a function of the entry alone, so that a repeat is one.
  private mutating func paper(_ entry: PaperShelf.Entry, _ intent: GeneratedIntent) -> Rendered {
    var own = SplitMix64(seed: entry.story)
    let story = entry.story
    var row = Row(capacity: 2400)
    row.key("captured_at")
    row.quote()
    row.timeText(nowText)
    row.quote()
    row.key("captured_on")
    row.quote()
    row.bytes.append(contentsOf: nowText[..<10])
    row.quote()
    row.identityKey("id")
    row.quote()
    appendPaperID(entry, to: &row.bytes)
    row.quote()
    row.key("title")
    text.removeAll(keepingCapacity: true)
    grammar.append(lists.paperTitle, story: story, draw: &own, to: &text)
    Grammar.capitalize(&text, at: 0)
    row.textLength += text.count
    row.string(text)
    row.key("authors")
    row.literal("[\"")
    for index in 0..<(1 + own.ranked(14)) {
      if index > 0 { row.literal("\", \"") }
      grammar.append(lists.author, story: story, draw: &own, to: &row.bytes)
    }
    row.literal("\"]")
    row.key("categories")
    row.literal("[\"")
    let primary = own.ranked(lists.category.patterns.count)
    for index in 0..<(1 + own.ranked(4)) {
      if index > 0 { row.literal("\", \"") }
      grammar.append(lists.category, at: primary + 5 * index, story: story, draw: &own, to: &row.bytes)
    }
    row.literal("\"]")
    row.key("comment")
    if own.below(100) < 48 {
      row.quote()
      grammar.append(lists.paperComment, story: story, draw: &own, to: &row.bytes)
      if entry.revision > 0 {
        row.literal("; v")
        row.integer(entry.revision + 1)
      }
      row.quote()
    } else {
      row.literal("null")
    }
    row.key("summary")
    row.quote()
    let start = row.bytes.count
    appendAbstract(story, revision: entry.revision, own: &own, to: &row.bytes)
    row.textLength += row.bytes.count - start
    row.quote()
    row.end()
    return Rendered(row: row, intent: intent, story: story)
  }

  private func appendPaperID(_ entry: PaperShelf.Entry, to bytes: inout [UInt8]) {
    for (value, width) in [(entry.month, 1000), (entry.number, 10_000)] {
      if width == 10_000 { bytes.append(UInt8(ascii: ".")) }
      var least = width
      while least > 1, value < least {
        bytes.append(UInt8(ascii: "0"))
        least /= 10
      }
      DecimalText.append(Int64(value), to: &bytes)
    }
  }

  /// Nine to twelve sentences; their lists hold nothing that JSON would escape.
  private func appendAbstract(_ story: UInt64, revision: Int, own: inout SplitMix64, to bytes: inout [UInt8]) {
    func sentences(_ list: Grammar.List, _ count: Int, _ own: inout SplitMix64) {
      let place = own.below(list.patterns.count)
      for index in 0..<count {
        let start = bytes.count
        grammar.append(list, at: place + index, story: story, draw: &own, to: &bytes)
        Grammar.capitalize(&bytes, at: start)
        bytes.append(UInt8(ascii: " "))
      }
    }
    sentences(lists.opening, 1, &own)
    sentences(lists.gap, own.below(3), &own)
    sentences(lists.idea, 2, &own)
    sentences(lists.detail, own.between(2...4), &own)
    sentences(lists.result, own.between(2...3), &own)
    sentences(lists.closing, 1 + own.below(2), &own)
    for number in 0..<min(revision, 3) {
      var added = Facts.draw(story, 500 + number)
      sentences(lists.result, 1, &added)
    }
    bytes.removeLast()
  }
}
