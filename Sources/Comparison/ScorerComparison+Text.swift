import CommandLine
import Events
import Model

/// A comparison as text, for terminals of 80 columns or more; laid out for 100.
public struct ComparisonText {
  private let comparison: ScorerComparison
  private let style: TextStyle
  private let width: Int
  private var page = ""

  private static let bands: [UrgencyBand] = [.instant, .sameDay, .weekly, .archive]

  public static func text(_ comparison: ScorerComparison, style: TextStyle = .plain, width: Int = 100) -> String {
    var text = ComparisonText(comparison, style, max(60, min(width, 100)))
    text.write()
    return text.page
  }

  private init(_ comparison: ScorerComparison, _ style: TextStyle, _ width: Int) {
    self.comparison = comparison
    self.style = style
    self.width = width
  }

  private mutating func line(_ text: String = "") { page += text + "\n" }
  private mutating func heading(_ text: String) { page += "\n" + style.bold(text) + "\n" }
  private mutating func paragraph(_ text: String) { line(Wrapping.wrap(TextStyle.harmless(text), width: width)) }
  private mutating func table(_ table: TextTable, indent: Int = 2) {
    let margin = String(repeating: " ", count: indent)
    for line in table.text(style: style).split(separator: "\n") { page += margin + line + "\n" }
  }

  private mutating func write() {
    writeVerdict()
    if comparison.isIdentical { return }
    writeBands()
    writeGroups("By kind", comparison.kinds)
    writeGroups("By domain", comparison.domains)
    writeScores()
    writeDistributions()
    writeLoad()
    writeBriefs()
    writeMoves()
    writeAlone()
  }

  // MARK: Pieces

  private mutating func writeVerdict() {
    line(style.bold(TextStyle.harmless("\(comparison.to.title) against \(comparison.from.title)")))
    paragraph(ComparisonWords.window(comparison))
    for note in comparison.notes { paragraph(style.yellow("Note: ") + note) }
    line()
    paragraph((comparison.isIdentical ? "Identical: " : "Different: ") + ComparisonWords.verdict(comparison))
    line()
    var table = TextTable(["Records", "Identical", "Different", "Missing", "Extra"])
    for agreement in comparison.agreements {
      table.add(
        [agreement.topic] + [agreement.identical, agreement.different, agreement.missing, agreement.extra].map(Fixed.count))
    }
    self.table(table)
  }

  private mutating func writeBands() {
    heading("Bands: from \(comparison.from.name) (rows) to \(comparison.to.name) (columns)")
    var table = TextTable([""] + Self.bands.map(Names.plain) + ["total"])
    for from in Self.bands {
      let total = comparison.migration.total(from: from)
      let cells = Self.bands.map { to in
        let count = comparison.migration[from, to]
        return count == 0 ? "·" : "\(Fixed.count(count)) \(Fixed.share(count, of: total))"
      }
      table.add([Names.plain(from)] + cells + [Fixed.count(total)])
    }
    table.add(["total"] + Self.bands.map { Fixed.count(comparison.migration.total(to: $0)) } + [Fixed.count(comparison.migration.total)])
    self.table(table)
    line("  Shares are of the row.")
  }

  private mutating func writeGroups(_ title: String, _ groups: [ScorerComparison.Group]) {
    guard groups.count > 1 || title == "By kind" else { return }
    heading(title)
    var table = TextTable([String(title.dropFirst(3)), "Events", "Other total", "Mean change", "Raised", "Lowered", "Instant", "Same day"])
    for group in groups {
      func flow(_ band: UrgencyBand) -> String {
        "\(Fixed.count(group.migration.total(from: band))) → \(Fixed.count(group.migration.total(to: band)))"
      }
      table.add([
        Names.plain(group.name), Fixed.count(group.migration.total), Fixed.count(group.moved), Fixed.signed(group.meanChange, decimals: 4),
        Fixed.count(group.migration.raised), Fixed.count(group.migration.lowered), flow(.instant), flow(.sameDay),
      ])
    }
    self.table(table)
  }

  private var numbers: [(name: String, statistics: PairStatistics)] {
    [("total", comparison.total)]
      + Score.allCases.filter { $0.rawValue < comparison.scores.count }.map { ("\($0.name)", comparison.scores[$0.rawValue]) }
  }

  private mutating func writeScores() {
    heading("Order and change")
    var table = TextTable(["", "Spearman", "Kendall", "Unchanged", "Up", "Down", "Mean |Δ|", "Most |Δ|"])
    for (name, statistics) in numbers {
      let movement = statistics.movement
      table.add([
        name, ComparisonWords.correlation(statistics.correlation.spearman), ComparisonWords.correlation(statistics.correlation.kendall),
        Fixed.count(movement.unchanged), Fixed.count(movement.up), Fixed.count(movement.down),
        Fixed.text(movement.meanMagnitude, decimals: 4), Fixed.text(movement.greatest, decimals: 4),
      ])
    }
    self.table(table)
  }

  private mutating func writeDistributions() {
    heading("Distributions")
    var table = TextTable(["", "Side", "Mean"] + Distribution.percentiles.map { "P\($0)" })
    for (name, statistics) in numbers {
      for (side, distribution) in [("against", statistics.from), ("candidate", statistics.to)] {
        table.add(
          [side == "against" ? name : "", side] + ([distribution.mean] + distribution.quantiles).map { Fixed.text($0, decimals: 3) })
      }
    }
    self.table(table)
  }

  private mutating func writeLoad() {
    let load = comparison.load
    heading("Alerts: how often readers are called, over \(Fixed.count(load.span)) day\(load.span == 1 ? "" : "s")")
    var table = TextTable(["", "Against", "a day", "Candidate", "a day", "Change"])
    for (name, from, to) in [("instant", load.from.instant, load.to.instant), ("same day", load.from.sameDay, load.to.sameDay)] {
      table.add([
        name, Fixed.count(from), ComparisonWords.perDay(from, load.span), Fixed.count(to), ComparisonWords.perDay(to, load.span),
        (to > from ? "+" : "") + Fixed.count(to - from),
      ])
    }
    self.table(table)
    let weeks = load.columns(atMost: width - 14)
    let most = weeks.reduce(0) { max($0, $1.from.instant, $1.to.instant) }
    guard most > 0 else { return }
    let unit = weeks.first.map { $0.days == 1 ? "day" : "\($0.days) days" } ?? "day"
    line("\n  Instants by \(unit), from \(ComparisonWords.day(weeks[0].start)); the tallest is \(Fixed.count(most)):")
    line("  against    " + weeks.map { Self.bar($0.from.instant, of: most) }.joined())
    line("  candidate  " + weeks.map { Self.bar($0.to.instant, of: most) }.joined())
  }

  private static func bar(_ count: Int, of most: Int) -> String {
    guard count > 0 else { return "·" }
    let steps = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    return steps[(count * steps.count + most - 1) / most - 1]
  }

  private mutating func writeBriefs() {
    let briefs = comparison.briefs
    heading(
      "Briefs: \(Fixed.count(briefs.counts.gained)) gained, \(Fixed.count(briefs.counts.lost)) lost, \(Fixed.count(briefs.counts.changed)) changed, \(Fixed.count(briefs.counts.same)) the same to a reader"
    )
    for (name, pairs, count) in [
      ("gained", briefs.gained, briefs.counts.gained), ("lost", briefs.lost, briefs.counts.lost),
      ("changed", briefs.changed, briefs.counts.changed),
    ] where count > 0 {
      line("  " + style.bold(name) + (pairs.count < count ? " (\(pairs.count) of \(Fixed.count(count)))" : ""))
      let longest = pairs.reduce(0) { max($0, ComparisonWords.standing($1).count) }
      for pair in pairs { write(pair, longest) }
    }
  }

  private mutating func write(_ pair: BriefPair, _ longest: Int) {
    let brief = pair.shown
    let lead = "    \(Display.minute(brief.since))  \(Self.padded(ComparisonWords.standing(pair), longest))  "
    let room = max(20, width - lead.count)
    let lines = Wrapping.wrap(TextStyle.harmless(brief.headline), width: room).split(separator: "\n")
    line(lead + (lines.first.map(String.init) ?? ""))
    for rest in lines.dropFirst() { line(String(repeating: " ", count: lead.count) + rest) }
    if let from = pair.from, let to = pair.to, from.headline != to.headline {
      line("      was: " + TextStyle.harmless(ComparisonWords.cut(from.headline, to: width - 11)))
    }
    line(style.dim("      brief \(brief.id)"))
  }

  private static func padded(_ text: String, _ length: Int) -> String { text + String(repeating: " ", count: max(0, length - text.count)) }

  private mutating func writeMoves() {
    guard !comparison.moves.isEmpty else { return }
    heading("Events that move most: \(ComparisonWords.moves(comparison))")
    for (index, explained) in comparison.moves.enumerated() { write(explained, index + 1) }
  }

  private mutating func write(_ explained: ScorerComparison.Explained, _ number: Int) {
    let move = explained.move
    if number > 1 { line() }
    let lead = "  \(number). "
    let title = explained.title.isEmpty ? "(no title)" : explained.title
    let wrapped = Wrapping.wrap(TextStyle.harmless(title), width: width - lead.count).split(separator: "\n")
    line(lead + style.bold(wrapped.first.map(String.init) ?? ""))
    let margin = String(repeating: " ", count: lead.count)
    for rest in wrapped.dropFirst().prefix(1) { line(margin + style.bold(String(rest))) }
    line(margin + "\(ComparisonWords.bands(move)), total \(ComparisonWords.totals(move))\(ComparisonWords.others(explained))")
    line(
      style.dim(
        margin
          + TextStyle.harmless(
            "\(Names.plain("\(move.from.kind.name)")) from \(explained.source), event \(move.from.id), prowzi.raw/\(move.partition)/\(move.cause)"
          )))
    if let from = explained.from, let to = explained.to { write(from, to, margin) }
  }

  /// Both explanations, column beside column.
  private mutating func write(_ from: Explanation, _ to: Explanation, _ margin: String) {
    var table = TextTable(["", "against", "weight", "adds", "candidate", "weight", "adds", "Δ"])
    for (a, b) in zip(from.parts, to.parts) {
      table.add(
        ["\(a.score.name)"] + [a.value, a.weight, a.contribution, b.value, b.weight, b.contribution].map { Fixed.text($0, decimals: 3) }
          + [Fixed.signed(b.contribution - a.contribution, decimals: 3)])
    }
    table.add(
      [
        "total", "", "", Fixed.text(from.total, decimals: 3), "", "", Fixed.text(to.total, decimals: 3),
        Fixed.signed(to.total - from.total, decimals: 3),
      ])
    self.table(table, indent: margin.count)
    for (side, explanation) in [("against", from), ("candidate", to)] {
      line(
        Wrapping.wrap(
          TextStyle.harmless("\(side): \(Names.plain(explanation.band)), \(explanation.bandReason)"), width: width, indent: margin.count))
    }
    let inputs = InputDifference.list(from, to)
    if !inputs.isEmpty {
      let shown = inputs.prefix(8).map(ComparisonWords.input).joined(separator: ", ")
      let more = inputs.count > 8 ? ", and \(inputs.count - 8) more" : ""
      line(Wrapping.wrap(TextStyle.harmless("inputs that differ: \(shown)\(more)"), width: width, indent: margin.count))
    }
  }

  private mutating func writeAlone() {
    guard !comparison.alone.isEmpty else { return }
    heading("Events on one side alone (\(comparison.alone.count) of \(Fixed.count(comparison.missing + comparison.extra)))")
    for lone in comparison.alone {
      let lead = "  \(lone.isMissing ? "missing" : "extra  ")  \(Self.padded(Names.plain(lone.event.band), 8))  "
      line(lead + TextStyle.harmless(ComparisonWords.cut(lone.title, to: width - lead.count)))
      line(style.dim("           event \(lone.event.id), prowzi.raw/\(lone.partition)/\(lone.cause)"))
    }
  }
}
