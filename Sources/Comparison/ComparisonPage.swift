import CommandLine
import Events
import Model
import Pages

/// A comparison as one HTML page that needs nothing else: no script, no outside resource, light and dark as the reader's system is.
///
/// Everything that comes from the log is written as text, never as markup.
public struct ComparisonPage {
  private let comparison: ScorerComparison
  private let charts: ComparisonCharts
  /// What the two sides are called.
  private let from: String
  private let to: String
  private var body = ""

  public static func html(_ comparison: ScorerComparison) -> String {
    var page = ComparisonPage(comparison)
    page.write()
    return Page.document(
      title: "\(comparison.to.name) against \(comparison.from.name)", sheet: ComparisonSheet.rules, body: page.body)
  }

  private init(_ comparison: ScorerComparison) {
    self.comparison = comparison
    charts = ComparisonCharts(comparison.labels)
    (from, to) = comparison.labels
  }

  private mutating func write() {
    writeHeader()
    if !comparison.isIdentical {
      writeBands()
      writeScores()
      writeLoad()
      writeBriefs()
      writeMoves()
      writeAlone()
    }
    writeRecords()
    body +=
      "<footer>Made by \(escaped(comparison.program)). \(escaped(from)) is \(escaped(comparison.from.title)), \(escaped(to)) is \(escaped(comparison.to.title)). "
    body += "Times are UTC and those of the events, not of the comparison.</footer>\n"
  }

  private func escaped(_ text: String) -> String { Markup.escape(text) }

  private mutating func section(_ title: String, _ note: String = "") {
    body += "<h2>\(escaped(title))</h2>\n"
    if !note.isEmpty { body += "<p class=\"note\">\(escaped(note))</p>\n" }
  }

  private mutating func figure(_ drawing: String, _ caption: String = "", isWide: Bool = false) {
    body +=
      "<figure\(isWide ? " class=\"wide\"" : "")>\n\(drawing)" + (caption.isEmpty ? "" : "<figcaption>\(escaped(caption))</figcaption>\n")
      + "</figure>\n"
  }

  private func number(_ count: Int) -> Page.Cell { Page.Cell(Fixed.count(count), isNumber: true) }
  private func number(_ value: Double, _ decimals: Int = 3) -> Page.Cell {
    Page.Cell(Fixed.text(value, decimals: decimals), isNumber: true)
  }
  private func signed(_ value: Double, _ decimals: Int = 3) -> Page.Cell {
    Page.Cell(Fixed.signed(value, decimals: decimals), isNumber: true)
  }

  private var legend: String {
    "<p class=\"legend\"><span class=\"key a\"></span>\(escaped(from)) <span class=\"key b\"></span>\(escaped(to))</p>\n"
  }

  // MARK: Above all

  private mutating func writeHeader() {
    body += "<header>\n<p class=\"kicker\">Two scorers over the same events</p>\n"
    body += "<h1>\(escaped(comparison.to.title)) <span class=\"versus\">against</span> \(escaped(comparison.from.title))</h1>\n"
    body += comparison.isIdentical ? "<p><span class=\"badge good\">✓ Identical</span></p>\n" : ""
    body += "<p>\(escaped(Self.sentence(ComparisonWords.verdict(comparison))))</p>\n"
    body += "<p class=\"note\">\(escaped(ComparisonWords.window(comparison)))</p>\n"
    for note in comparison.notes { body += "<p><span class=\"badge neutral\">note</span> \(escaped(note))</p>\n" }
    body += "</header>\n"
    if comparison.isIdentical { return }
    let migration = comparison.migration
    let load = comparison.load
    let briefs = comparison.briefs.counts
    body += "<ul class=\"figures\">\n"
    for (value, name) in [
      (Fixed.share(migration.same, of: migration.total), "of events keep their band"),
      ("↑ \(Fixed.count(migration.raised)) ↓ \(Fixed.count(migration.lowered))", "events rise, fall"),
      (ComparisonWords.correlation(comparison.total.correlation.spearman), "rank correlation of totals (Spearman)"),
      (
        "\(ComparisonWords.perDay(load.from.instant, load.span)) → \(ComparisonWords.perDay(load.to.instant, load.span))",
        "instant alerts a day"
      ),
      (
        "\(ComparisonWords.perDay(load.from.sameDay, load.span)) → \(ComparisonWords.perDay(load.to.sameDay, load.span))",
        "same-day alerts a day"
      ), ("+\(Fixed.count(briefs.gained))  −\(Fixed.count(briefs.lost))", "briefs gained, lost"),
    ] { body += "<li><strong>\(escaped(value))</strong><span>\(escaped(name))</span></li>\n" }
    body += "</ul>\n"
  }

  private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

  // MARK: Bands

  private mutating func writeBands() {
    section("Where bands go", "Rows: the band that \(from) gives an event. Columns: the band that \(to) gives it. Shares are of the row.")
    figure(charts.matrix(comparison.migration), isWide: true)
    body += Page.details("Table of bands", matrixTable(comparison.migration))
    let groups = comparison.kinds + (comparison.domains.count > 1 ? comparison.domains : [])
    body += Page.table(
      caption: "By kind\(comparison.domains.count > 1 ? " and by domain" : "")",
      ["", "Events", "Other total", "Mean change", "Raised", "Lowered", "Instant", "Same day"],
      groups.map { group in
        func flow(_ band: UrgencyBand) -> Page.Cell {
          let (from, to) = (group.migration.total(from: band), group.migration.total(to: band))
          return Page.Cell(from == to ? Fixed.count(to) : "\(Fixed.count(from)) → \(Fixed.count(to))", isNumber: true)
        }
        return [
          Page.Cell(Names.plain(group.name)), number(group.migration.total), number(group.moved), signed(group.meanChange, 4),
          number(group.migration.raised), number(group.migration.lowered), flow(.instant), flow(.sameDay),
        ]
      })
    let inner = groups.filter { $0.migration.same < $0.migration.total }.map {
      "<h3>\(escaped(Names.plain($0.name)))</h3>\n" + matrixTable($0.migration)
    }
    if !inner.isEmpty { body += Page.details("Bands of each kind and domain that changes", inner.joined()) }
  }

  private func matrixTable(_ migration: Migration) -> String {
    let bands = ComparisonCharts.bands
    var rows = bands.map { from in
      [Page.Cell("from \(Names.plain(from))")]
        + bands.map { to in
          Page.Cell(
            "\(Fixed.count(migration[from, to])) (\(Fixed.share(migration[from, to], of: migration.total(from: from))))", isNumber: true)
        } + [number(migration.total(from: from))]
    }
    rows.append([Page.Cell("total")] + bands.map { number(migration.total(to: $0)) } + [number(migration.total)])
    return Page.table([""] + bands.map { "to \(Names.plain($0))" } + ["Total"], rows)
  }

  // MARK: Scores

  private var numbers: [(name: String, statistics: PairStatistics)] {
    [("total", comparison.total)] + zip(Score.allCases, comparison.scores).map { ("\($0.name)", $1) }
  }

  private mutating func writeScores() {
    section("How scores change", "Events that both sides have: \(Fixed.count(comparison.matched)).")
    body += "<div class=\"pair\">\n"
    figure(
      charts.grid(comparison.total),
      "Each cell: events with these two totals. On the dashed line nothing changes; above it \(to) gives more.")
    figure(charts.movement(comparison.total.movement), "How far totals move.")
    body += "</div>\n" + legend
    figure(charts.histograms("total", comparison.total, width: 760, height: 190), isWide: true)
    body += "<div class=\"small\">\n"
    for (score, statistics) in zip(Score.allCases, comparison.scores) {
      figure(charts.histograms("\(score.name)", statistics, width: 186, height: 112))
    }
    body += "</div>\n"
    body += Page.table(
      caption: "Order and change",
      ["", "Spearman ρ", "Kendall τ-b", "Unchanged", "Up", "Down", "Mean |Δ|", "Most |Δ|"],
      numbers.map { name, statistics in
        let movement = statistics.movement
        return [
          Page.Cell(name), Page.Cell(ComparisonWords.correlation(statistics.correlation.spearman), isNumber: true),
          Page.Cell(ComparisonWords.correlation(statistics.correlation.kendall), isNumber: true), number(movement.unchanged),
          number(movement.up), number(movement.down), number(movement.meanMagnitude, 4), number(movement.greatest, 4),
        ]
      })
    let quantiles = Page.table(
      ["", "Side", "Mean"] + Distribution.percentiles.map { "P\($0)" },
      numbers.flatMap { name, statistics in
        [(from, statistics.from), (to, statistics.to)].map { side, distribution in
          [Page.Cell(name), Page.Cell(side)] + ([distribution.mean] + distribution.quantiles).map { number($0) }
        }
      })
    body += Page.details("Table of means and quantiles", quantiles)
  }

  // MARK: Load

  private mutating func writeLoad() {
    let load = comparison.load
    section(
      "What it costs a reader",
      "Alerts are events in instant or same day that are not merged into an alert their story had already, by day of observation (UTC).")
    body += legend
    figure(charts.alerts(load), "Full: instant. Pale above it: same day.", isWide: true)
    body += Page.table(
      caption: "Over \(ComparisonWords.count(load.span, "day"))", ["", from, "a day", to, "a day", "Change"],
      [("instant", load.from.instant, load.to.instant), ("same day", load.from.sameDay, load.to.sameDay)].map { name, from, to in
        [
          Page.Cell(name), number(from), Page.Cell(ComparisonWords.perDay(from, load.span), isNumber: true), number(to),
          Page.Cell(ComparisonWords.perDay(to, load.span), isNumber: true),
          Page.Cell((to > from ? "+" : "") + Fixed.count(to - from), isNumber: true),
        ]
      })
    let columns = load.columns(atMost: 400).filter { $0.from != AlertLoad.Count() || $0.to != AlertLoad.Count() }
    let days = Page.table(
      ["Day", "Instant, \(from)", "Instant, \(to)", "Same day, \(from)", "Same day, \(to)"],
      columns.map { column in
        [
          Page.Cell(ComparisonWords.day(column.start)), number(column.from.instant), number(column.to.instant),
          number(column.from.sameDay), number(column.to.sameDay),
        ]
      })
    let unit = columns.first.map { $0.days == 1 ? "day" : "\($0.days) days" } ?? "day"
    body += Page.details("Table by \(unit), without those that have no alert", days)
  }

  // MARK: Briefs

  private mutating func writeBriefs() {
    let briefs = comparison.briefs
    section(
      "Briefs",
      "\(Fixed.count(briefs.counts.same)) briefs read the same on both sides: headline, band, impact level and status, as they stand at the end of the window."
    )
    for (name, pairs, count) in [
      ("Gained", briefs.gained, briefs.counts.gained), ("Lost", briefs.lost, briefs.counts.lost),
      ("Changed", briefs.changed, briefs.counts.changed),
    ] {
      body += "<h3>\(name): \(Fixed.count(count))</h3>\n"
      if pairs.isEmpty { continue }
      let rows = pairs.map { pair in
        let was = pair.from.flatMap { from in pair.to.map { $0.headline != from.headline ? " (was: \(from.headline))" : "" } } ?? ""
        return [
          Page.Cell(Display.minute(pair.shown.since), classes: "when"),
          Page.Cell(ComparisonWords.standing(pair), classes: "standing"),
          Page.Cell(pair.shown.headline + was), Page.Cell(pair.shown.id.text, classes: "id"),
        ]
      }
      body += Page.table(
        caption: pairs.count < count ? "The most urgent \(pairs.count)" : nil, ["Since", "Band, impact", "Headline", "Brief"], rows)
    }
  }

  // MARK: Events

  private mutating func writeMoves() {
    guard !comparison.moves.isEmpty else { return }
    section(
      "Events that move most",
      "\(ComparisonWords.moves(comparison)): furthest by bands first, then those that call a reader, then by total. The upright line is the threshold that the total was held against."
    )
    body += "<p class=\"legend\">"
    for score in Score.allCases { body += "<span class=\"key s\(score.rawValue)\"></span>\(score.name) " }
    body += "</p>\n"
    for explained in comparison.moves { write(explained) }
  }

  private mutating func write(_ explained: ScorerComparison.Explained) {
    let move = explained.move
    let direction = move.to.band > move.from.band ? "up" : move.to.band < move.from.band ? "down" : "level"
    body += "<article class=\"card\">\n<h3>\(escaped(explained.title.isEmpty ? "(no title)" : explained.title))</h3>\n"
    body +=
      "<p><span class=\"badge \(direction)\">\(escaped(ComparisonWords.bands(move)))</span> total \(escaped(ComparisonWords.totals(move) + ComparisonWords.others(explained)))</p>\n"
    body +=
      "<p class=\"note\">\(escaped(Names.plain("\(move.from.kind.name)"))) from \(escaped(explained.source)) · event <code>\(move.from.id)</code>"
    body += " · <code>prowzi.raw/\(move.partition)/\(move.cause)</code></p>\n"
    if let from = explained.from, let to = explained.to { write(from, to) }
    body += "</article>\n"
  }

  private mutating func write(_ from: Explanation, _ to: Explanation) {
    figure(charts.contributions(from, to), isWide: true)
    body += "<p>\(escaped(self.from)): \(escaped(from.bandReason)). \(escaped(self.to)): \(escaped(to.bandReason)).</p>\n"
    let inputs = InputDifference.list(from, to)
    if !inputs.isEmpty {
      let shown =
        inputs.prefix(12).map(ComparisonWords.input).joined(separator: ", ") + (inputs.count > 12 ? ", and \(inputs.count - 12) more" : "")
      body += "<p>Inputs that differ: \(escaped(shown)).</p>\n"
    }
    let table = Page.table(
      ["", self.from, "weight", "adds", self.to, "weight", "adds", "Δ", "In words"],
      zip(from.parts, to.parts).map { a, b in
        let words = a.sentence == b.sentence ? b.sentence : "\(a.sentence) → \(b.sentence)"
        return [
          Page.Cell("\(a.score.name)"), number(a.value), number(a.weight), number(a.contribution), number(b.value), number(b.weight),
          number(b.contribution), signed(b.contribution - a.contribution), Page.Cell(words),
        ]
      } + [
        [
          Page.Cell("total"), Page.Cell("", isNumber: true), Page.Cell("", isNumber: true), number(from.total),
          Page.Cell("", isNumber: true),
          Page.Cell("", isNumber: true), number(to.total), signed(to.total - from.total), Page.Cell(to.totalSentence ?? ""),
        ]
      ])
    body += Page.details("The arithmetic of both", table)
  }

  private mutating func writeAlone() {
    guard !comparison.alone.isEmpty else { return }
    section(
      "Events on one side alone",
      "\(Fixed.count(comparison.missing)) are missing from \(to), \(Fixed.count(comparison.extra)) are extra there.")
    body += Page.table(
      ["", "Band", "Title", "Event", "Raw record"],
      comparison.alone.map { lone in
        [
          Page.Cell(lone.isMissing ? "missing" : "extra"), Page.Cell(Names.plain(lone.event.band)), Page.Cell(lone.title),
          Page.Cell(lone.event.id.text, classes: "id"), Page.Cell("prowzi.raw/\(lone.partition)/\(lone.cause)", classes: "id"),
        ]
      })
  }

  // MARK: Below all

  private mutating func writeRecords() {
    section("Records and coverage", "Records are identical where key, value, headers and time are the same byte for byte.")
    body += Page.table(
      ["Topic", "Identical", "Different", "Missing", "Extra"],
      comparison.agreements.map { [Page.Cell($0.topic), number($0.identical), number($0.different), number($0.missing), number($0.extra)] })
    func range(_ range: Range<Int64>) -> Page.Cell {
      Page.Cell(range.isEmpty ? "-" : "\(Fixed.count(Int(range.lowerBound))) to \(Fixed.count(Int(range.upperBound)))", isNumber: true)
    }
    let coverage = Page.table(
      ["Partition", "Asked for", "Covered by \(from)", "Covered by \(to)", "Compared"],
      comparison.windows.map { [Page.Cell("\($0.partition)"), range($0.asked), range($0.from), range($0.to), range($0.common)] })
    body += Page.details("Raw offsets by partition (ends excluded)", coverage)
  }
}

/// What this page adds to the sheet of all pages.
enum ComparisonSheet {
  static let rules = """
    .versus { color: var(--soft); font-weight: 400; }
    .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.2rem, 1fr)); gap: .6rem; list-style: none; padding: 0; margin: 1rem 0; }
    .figures li { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .55rem .8rem; }
    .figures strong { display: block; font-size: 1.1rem; font-variant-numeric: tabular-nums; }
    .figures span { color: var(--soft); font-size: .82rem; }
    .wide { overflow-x: auto; } .wide svg { min-width: 34rem; }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1.5rem; }
    .small { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .4rem 1rem; }
    .legend { font-size: .88rem; color: var(--soft); } .key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px;
      vertical-align: -1px; margin: 0 .35rem 0 .8rem; } .key:first-child { margin-left: 0; }
    .key.a { background: var(--a); } .key.b { background: var(--b); } .key.s0 { background: var(--s0); } .key.s1 { background: var(--s1); }
    .key.s2 { background: var(--s2); } .key.s3 { background: var(--s3); } .key.s4 { background: var(--s4); }
    .card { border: 1px solid var(--line); border-radius: 8px; padding: .3rem 1rem .5rem; margin: .8rem 0; } .card h3 { margin-top: .4rem; }
    .badge.up { color: var(--bad); background: var(--bad-paper); } .badge.down { color: var(--s0); background: var(--track); }
    .badge.level { color: var(--soft); background: var(--track); }
    .when { white-space: nowrap; } .standing { min-width: 9rem; } .id { font: .78rem ui-monospace, Menlo, Consolas, monospace; color: var(--soft);
      min-width: 11rem; overflow-wrap: anywhere; }
    svg .tiny { font-size: 11px; } svg .panel { fill: var(--panel); stroke: var(--line); } svg .heat, svg .kept { fill: var(--heat); }
    svg .raised { fill: var(--b); } svg .lowered { fill: var(--s1); } svg .diagonal { stroke: var(--soft); stroke-dasharray: 4 4; }
    svg .area-a { fill: var(--a); opacity: .35; } svg .area-b { fill: var(--b); opacity: .22; }
    svg .line-a, svg .line-b { fill: none; stroke: var(--a); stroke-width: 1.5; stroke-linejoin: round; } svg .line-b { stroke: var(--b); }
    svg .side-a { fill: var(--a); } svg .side-b { fill: var(--b); } svg .threshold { stroke: var(--ink); stroke-width: 2; }
    svg .s0 { fill: var(--s0); } svg .s1 { fill: var(--s1); } svg .s2 { fill: var(--s2); } svg .s3 { fill: var(--s3); } svg .s4 { fill: var(--s4); }

    """
}
