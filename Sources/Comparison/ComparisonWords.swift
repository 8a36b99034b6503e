import CommandLine
import Events
import JSON
import Model

/// What text and page say alike.
enum ComparisonWords {
  static func window(_ comparison: ScorerComparison) -> String {
    let (asked, common) = comparison.coverage
    var text = "Compared: "
    if let first = comparison.firstAt, let last = comparison.lastAt {
      text += "events observed from \(Display.minute(first)) to \(Display.minute(last)) UTC, "
    }
    text += "of \(Fixed.count(common)) raw records in \(count(comparison.windows.filter { !$0.common.isEmpty }.count, "partition"))"
    if common < asked { text += " (\(Fixed.count(asked)) asked for)" }
    return text + "."
  }

  /// The outcome in one or two sentences.
  static func verdict(_ comparison: ScorerComparison) -> String {
    if comparison.isIdentical {
      let records = comparison.agreements.reduce(0) { $0 + $1.identical }
      return "both agree byte for byte, in all \(count(records, "record")) about \(count(comparison.matched, "event"))."
    }
    let migration = comparison.migration
    var text = "of \(count(comparison.matched, "event")) that both have, \(Fixed.count(comparison.agreeing)) keep band and total"
    text +=
      " (\(Fixed.share(comparison.agreeing, of: comparison.matched))); \(Fixed.count(migration.raised)) rise, \(Fixed.count(migration.lowered)) fall"
    text += ", \(Fixed.count(migration.same)) stay in their band (\(Fixed.share(migration.same, of: migration.total)))."
    if comparison.missing + comparison.extra > 0 {
      text += " Missing: \(Fixed.count(comparison.missing)); extra: \(Fixed.count(comparison.extra))."
    }
    if comparison.mismatched == 0, comparison.missing + comparison.extra == 0 {
      text += " What differs is how records put it, not what they say."
    }
    return text
  }

  static func count(_ number: Int, _ noun: String) -> String { "\(Fixed.count(number)) \(noun)\(number == 1 ? "" : "s")" }

  static func day(_ time: Timestamp) -> String { String(time.rfc3339.prefix(10)) }

  static func correlation(_ value: Double?) -> String { value.map { Fixed.text($0, decimals: 4) } ?? "-" }

  static func perDay(_ count: Int, _ days: Int) -> String { Fixed.text(Double(count) / Double(max(1, days)), decimals: 2) }

  static func bands(_ move: Move) -> String {
    move.from.band == move.to.band
      ? "stays \(Names.plain(move.from.band))" : "\(Names.plain(move.from.band)) → \(Names.plain(move.to.band))"
  }

  static func totals(_ move: Move) -> String {
    let change = Double(Int(move.to.total) - Int(move.from.total)) / 1_000_000
    return
      "\(Fixed.text(millionths: Int(move.from.total), decimals: 3)) → \(Fixed.text(millionths: Int(move.to.total), decimals: 3)) (\(Fixed.signed(change, decimals: 3)))"
  }

  /// `; 12 more like it`, or nothing.
  static func others(_ explained: ScorerComparison.Explained) -> String {
    explained.others > 0 ? "; \(Fixed.count(explained.others)) more like it" : ""
  }

  /// How many of those that differ are shown or stand for others.
  static func moves(_ comparison: ScorerComparison) -> String {
    let alike = comparison.moves.reduce(0) { $0 + $1.others }
    return "\(Fixed.count(comparison.moves.count)) of \(Fixed.count(comparison.mismatched)) that differ"
      + (alike > 0 ? ", standing for \(Fixed.count(alike)) more that move alike" : "")
  }

  /// Band and impact of a brief, and what they were.
  static func standing(_ pair: BriefPair) -> String {
    func flow(_ from: String, _ to: String) -> String { from == to ? to : "\(from) → \(to)" }
    guard let from = pair.from, let to = pair.to else { return "\(Names.plain(pair.shown.band)), \(pair.shown.impactLevel)" }
    return "\(flow(Names.plain(from.band), Names.plain(to.band))), \(flow(from.impactLevel, to.impactLevel))"
  }

  static func input(_ difference: InputDifference) -> String {
    func shown(_ value: Double?) -> String { value.map(number) ?? "none" }
    return "\(difference.score.name).\(difference.name) \(shown(difference.from)) → \(shown(difference.to))"
  }

  /// The shortest digits that read back the same.
  static func number(_ value: Double) -> String {
    var bytes: [UInt8] = []
    DecimalText.append(value, to: &bytes)
    return bytes.displayText
  }

  static func cut(_ text: String, to length: Int) -> String {
    guard length > 1, text.count > length else { return text }
    return text.prefix(length - 1) + "…"
  }
}

extension AlertLoad {
  /// One or more days taken together, so that a long time fits a drawing.
  struct Column: Equatable {
    var start: Timestamp
    var days: Int
    var from = Count()
    var to = Count()
  }

  /// Every day from the first to the last, those without events too, in at most so many columns of equally many days.
  func columns(atMost limit: Int) -> [Column] {
    guard let first = days.first else { return [] }
    let width = (span + limit - 1) / max(1, limit)
    var columns = stride(from: 0, to: span, by: max(1, width)).map { day in
      Column(start: Timestamp(milliseconds: Int64(first.number + day) * .day), days: max(1, width))
    }
    for day in days {
      let place = (day.number - first.number) / max(1, width)
      columns[place].from.instant += day.from.instant
      columns[place].from.sameDay += day.from.sameDay
      columns[place].to.instant += day.to.instant
      columns[place].to.sameDay += day.to.sameDay
    }
    return columns
  }
}
