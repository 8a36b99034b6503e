import Model

extension SignalGenerator {
  mutating func renderCommit() -> Rendered {
    let index = draw.ranked(repositories.entries.count)
    // Most commits are committed as they are written; some wait in a branch for days.
    let lag: Int64 =
      switch draw.below(100) {
      case ..<82: 0
      case ..<93: Int64(draw.below(36_000)) * .second
      default: .day + Int64(draw.ranked(2_000_000)) * .second
      }
    var row = Row(capacity: 360)
    row.key("committed_at")
    row.quote()
    row.timeText(nowText)
    row.quote()
    row.key("authored_at")
    row.quote()
    Timestamp(milliseconds: now - lag).appendRFC3339(to: &row.bytes)
    row.quote()
    row.identityKey("repo")
    row.string(repositories.entries[index].name)
    row.key("sha")
    row.quote()
    draw.appendHexadecimal(40, to: &row.bytes)
    row.quote()
    row.key("author")
    row.quote()
    var author = SplitMix64(seed: UInt64(draw.ranked(600)))
    author.appendHexadecimal(12, to: &row.bytes)
    row.quote()
    let merge = draw.below(100) < 34
    row.key("merge")
    row.bool(merge)
    row.key("subject")
    text.removeAll(keepingCapacity: true)
    if merge {
      grammar.append(lists.commitSubject, at: draw.chance(3, in: 4) ? 5 : 6, story: 1, draw: &draw, to: &text)
    } else {
      grammar.append(lists.commitSubject, story: 1, draw: &draw, to: &text)
    }
    row.string(text)
    row.textLength = text.count
    for (number, largest) in [5, 400, 120].enumerated() {
      if number == 0 { row.key("files") } else if number == 1 { row.key("insertions") } else { row.key("deletions") }
      if merge { row.literal("null") } else { row.integer((number == 0 ? 1 : 0) + draw.ranked(largest)) }
    }
    row.end()
    let story = repositories.entries[index].story
    return Rendered(row: row, intent: lag >= .day ? .late : .fresh, story: story)
  }

  mutating func renderRelease() -> Rendered {
    let index = draw.ranked(repositories.entries.count)
    var row = Row(capacity: 280)
    row.key("released_at")
    row.quote()
    row.timeText(nowText)
    row.quote()
    row.identityKey("repo")
    row.string(repositories.entries[index].name)
    row.key("tag")
    row.quote()
    // Versions rise with time: a release every few weeks.
    let weeks = Int(now / (7 * .day)) + index
    let prerelease = draw.below(100) < 27
    if index % 2 == 0 { row.literal("v") }
    row.integer(weeks / 150 % 10)
    row.literal(".")
    row.integer(weeks / 5 % 30)
    row.literal(".")
    row.integer(draw.ranked(12))
    if prerelease {
      row.literal("-rc")
      row.integer(1 + draw.ranked(5))
    }
    row.quote()
    row.key("commit")
    row.quote()
    draw.appendHexadecimal(40, to: &row.bytes)
    row.quote()
    row.key("prerelease")
    row.bool(prerelease)
    row.key("subject")
    text.removeAll(keepingCapacity: true)
    grammar.append(lists.releaseSubject, story: 1, draw: &draw, to: &text)
    row.string(text)
    row.textLength = text.count
    row.end()
    return Rendered(row: row, intent: .fresh, story: repositories.entries[index].story)
  }
}
