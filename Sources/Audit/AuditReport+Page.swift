import CommandLine
import Events
import Inspect
import Model
import Pages

/// A report as one HTML page that needs nothing else: no script, no outside resource, light and dark as the reader's system is.
///
/// Everything that comes from the log is written as text, never as markup: raw records are foreign, and some are hostile.
public struct AuditPage {
  private var html = ""

  /// Raw values are shown to this length around what claims rest on.
  static let rawBytes = 24_000

  public static func html(_ report: AuditReport) -> String {
    var page = AuditPage()
    page.write(ReportTree(report), report)
    return page.html
  }

  private mutating func write(_ tree: ReportTree, _ report: AuditReport) {
    html += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    // Even if something slipped through: nothing may be fetched, run or sent.
    html += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    html += "<title>\(escaped("Audit: \(tree.title)"))</title>\n<style>\n\(AuditStyle.sheet)</style>\n</head>\n<body>\n<main>\n<header>\n"
    html += "<p class=\"kicker\">Audit of \(escaped(tree.subtitle))</p>\n<h1>\(escaped(tree.title))</h1>\n"
    html += "<p class=\"verdict\">\(badge(tree.verdict))</p>\n"
    for item in tree.summary { write(item) }
    html += "</header>\n"
    for node in tree.nodes { write(node, depth: 0) }
    html += "<footer>Made by \(escaped(report.program)). Places are topic/partition/offset in the log; times are UTC. "
    html += "“Reproduced” means that folding the raw records again gave this record byte for byte.</footer>\n</main>\n</body>\n</html>\n"
  }

  private mutating func write(_ node: ReportTree.Node, depth: Int) {
    html += "<details class=\"d\(min(depth, 1))\"\(node.isOpen ? " open" : "")>\n<summary><span>\(escaped(node.title))</span>"
    if let badge = node.badge { html += " \(self.badge(badge))" }
    html += "</summary>\n<div class=\"body\">\n"
    for item in node.items { write(item) }
    for child in node.children { write(child, depth: depth + 1) }
    html += "</div>\n</details>\n"
  }

  private func badge(_ badge: ReportTree.Badge) -> String {
    switch badge {
    case .good(let text): "<span class=\"badge good\">✓ \(escaped(text))</span>"
    case .bad(let text): "<span class=\"badge bad\">✗ \(escaped(text))</span>"
    case .neutral(let text): "<span class=\"badge neutral\">\(escaped(text))</span>"
    }
  }

  private mutating func write(_ item: ReportTree.Item) {
    switch item {
    case .fact(let name, let value):
      html += "<div class=\"fact\"><span class=\"name\">\(escaped(name))</span><span class=\"value\">\(escaped(value))</span></div>\n"
    case .sentence(let sentence): html += "<p>\(escaped(sentence))</p>\n"
    case .warning(let sentence): html += "<p class=\"warning\">\(escaped(sentence))</p>\n"
    case .table(let header, let rows, let isNumeric): write(header, rows, isNumeric)
    case .scores(let evaluation, let arithmetic): write(evaluation, arithmetic)
    case .evidence(let check, let number): write(check, number)
    case .differences(let differences):
      write(
        ["Where", "Recorded", "Folded now"], differences.prefix(50).map { [$0.pointer, $0.old ?? "(absent)", $0.new ?? "(absent)"] },
        [false, false, false])
    case .raw(let bytes, let highlights): write(bytes, highlights)
    }
  }

  // MARK: Pieces

  private mutating func write(_ header: [String], _ rows: [[String]], _ isNumeric: [Bool]) {
    func cells(_ row: [String], _ tag: String) -> String {
      row.enumerated().map { "<\(tag)\(isNumeric[$0] ? " class=\"number\"" : "")>\(escaped($1))</\(tag)>" }.joined()
    }
    html += "<div class=\"scroll\"><table><thead><tr>\(cells(header, "th"))</tr></thead><tbody>\n"
    for row in rows { html += "<tr>\(cells(row, "td"))</tr>\n" }
    html += "</tbody></table></div>\n"
  }

  /// The five scores as bars: the whole bar is the value, the dark part of the line below what it adds to the total.
  private mutating func write(_ evaluation: StoredEvaluation, _ arithmetic: Arithmetic?) {
    let parts = evaluation.parts
    let height = parts.count * 30 + 46
    html +=
      "<div class=\"scroll\"><svg viewBox=\"0 0 760 \(height)\" role=\"img\" aria-label=\"The five scores and their contributions\">\n"
    let values = Figures.column(parts.map(\.value))
    let weights = Figures.column(parts.map(\.weight))
    let contributions = Figures.column(parts.map(\.contribution) + [evaluation.total])
    for (index, part) in parts.enumerated() {
      let y = index * 30
      html += "<text x=\"0\" y=\"\(y + 17)\">\(escaped(part.name))</text>"
      html += "<rect class=\"track\" x=\"100\" y=\"\(y + 5)\" width=\"360\" height=\"16\" rx=\"3\"/>"
      html += "<rect class=\"bar s\(index)\" x=\"100\" y=\"\(y + 5)\" width=\"\(length(part.value, 360))\" height=\"16\" rx=\"3\"/>"
      html += "<text class=\"sum\" x=\"752\" y=\"\(y + 17)\">\(values[index]) × \(weights[index]) = \(contributions[index])</text>\n"
    }
    writeTotal(evaluation, y: parts.count * 30, contributions.last ?? "")
    html += "</svg></div>\n"
    let faults = arithmetic?.faults ?? []
    if let arithmetic, faults.isEmpty {
      html += "<p class=\"note\">Recomputed: the contributions add up to \(Figures.number(arithmetic.total)), as recorded.</p>\n"
    }
    for fault in faults { write(.warning(fault)) }
    write(
      ["Score", "Why", "Inputs"],
      parts.map { [$0.name, $0.sentence, $0.inputs.map { "\($0.name) \(Figures.number($0.value))" }.joined(separator: ", ")] },
      [false, false, false])
  }

  /// The contributions one behind the other, and the threshold as a line across them.
  private mutating func writeTotal(_ evaluation: StoredEvaluation, y: Int, _ total: String) {
    html += "<text class=\"strong\" x=\"0\" y=\"\(y + 25)\">total</text>"
    html += "<rect class=\"track\" x=\"100\" y=\"\(y + 11)\" width=\"360\" height=\"20\" rx=\"3\"/>"
    var sum = 0.0
    for (index, part) in evaluation.parts.enumerated() {
      html +=
        "<rect class=\"bar s\(index)\" x=\"\(Figures.number(100 + number(sum, 360)))\" y=\"\(y + 11)\" width=\"\(length(part.contribution, 360))\" height=\"20\"/>"
      sum += part.contribution
    }
    if let band = evaluation.band, band.threshold > 0 {
      let x = Figures.number(100 + number(band.threshold, 360))
      html += "<line class=\"threshold\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(y + 6)\" y2=\"\(y + 36)\"/>"
      html +=
        "<text class=\"small\" x=\"\(x)\" y=\"\(y + 46)\">\(escaped(Figures.plain(band.name))) from \(Figures.number(band.threshold))</text>"
    }
    html += "<text class=\"sum strong\" x=\"752\" y=\"\(y + 25)\">= \(total)</text>\n"
  }

  private func number(_ value: Double, _ full: Double) -> Double { (min(max(value, 0), 1) * full * 10).rounded() / 10 }
  private func length(_ value: Double, _ full: Double) -> String { Figures.number(number(value, full)) }

  private mutating func write(_ check: EvidenceCheck, _ number: Int) {
    let evidence = check.evidence
    let mark = check.fault == nil ? "<span class=\"badge good\">✓</span>" : "<span class=\"badge bad\">✗</span>"
    html += "<div class=\"evidence\"><p>\(mark) <strong>[\(number)] “\(escaped(evidence.claim))”</strong>"
    if let derivation = evidence.derivation { html += " <span class=\"note\">worked out by \(escaped(derivation))</span>" }
    html += "</p>\n"
    if let fault = check.fault { html += "<p class=\"warning\">\(escaped(fault))</p>\n" }
    html += "<p class=\"note\"><code>\(escaped(evidence.field))</code> bytes \(evidence.start)…\(evidence.end)"
    if let bound = check.bound { html += " <q>\(escaped(excerpt(bound, 160)))</q>" }
    html += " · sha-256 <code>\(escaped(String(evidence.digest.prefix(16))))…</code>"
    if let range = check.rawRange, let bytes = check.rawBytes {
      html +=
        "<br><code>\(escaped(evidence.raw))</code> bytes \(range.lowerBound)…\(range.upperBound) <mark>\(escaped(excerpt(bytes, 160)))</mark>"
      if check.reading == .number { html += " from which the number was read" }
      if check.reading == .shaped { html += " of which the field was made" }
    } else {
      html += "<br><code>\(escaped(evidence.raw))</code>: \(escaped(check.origin))"
    }
    html += "</p></div>\n"
  }

  private func excerpt(_ bytes: [UInt8], _ length: Int) -> String {
    let text = bytes.displayText
    return text.count > length ? text.prefix(length - 1) + "…" : text
  }

  /// The bytes as they are, with what claims rest on marked, and laid out below where they are JSON.
  private mutating func write(_ bytes: [UInt8], _ highlights: [Range<Int>]) {
    let first = highlights.map(\.lowerBound).min() ?? 0
    let start = bytes.count <= Self.rawBytes ? 0 : UTF8Text.boundary(in: bytes, atOrBefore: max(0, first - 2000))
    let end =
      bytes.count <= Self.rawBytes
      ? bytes.count : UTF8Text.boundary(in: bytes, atOrBefore: min(bytes.count, start + Self.rawBytes), from: start)
    html += "<pre class=\"raw\">"
    if start > 0 { html += "<span class=\"note\">… \(Display.count(start)) bytes before</span>" }
    var at = start
    for range in Self.merged(highlights) where range.upperBound > at && range.lowerBound < end {
      let low = max(at, range.lowerBound)
      let high = min(end, range.upperBound)
      html += escaped(Array(bytes[at..<low]).displayText) + "<mark>" + escaped(Array(bytes[low..<high]).displayText) + "</mark>"
      at = high
    }
    html += escaped(Array(bytes[at..<end]).displayText)
    if end < bytes.count { html += "<span class=\"note\">… \(Display.count(bytes.count - end)) bytes more</span>" }
    html += "</pre>\n"
    if bytes.count <= Self.rawBytes, let pretty = PrettyJSON.text(bytes), pretty.contains("\n") {
      html += "<details><summary><span>Laid out as JSON</span></summary><div class=\"body\"><pre>\(escaped(pretty))</pre></div></details>\n"
    }
  }

  /// Ascending, without overlaps.
  static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = found.last, range.lowerBound <= last.upperBound {
        found[found.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        found.append(range)
      }
    }
    return found
  }

  private func escaped(_ text: String) -> String { Markup.escape(text) }
}
