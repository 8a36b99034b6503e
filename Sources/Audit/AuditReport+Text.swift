import CommandLine
import Inspect
import Model

/// A report as a tree for a terminal.
///
/// Everything foreign is made harmless for the terminal, and raw values are cut to what fits a screen; JSON and the page have them whole.
public struct AuditText {
  let style: TextStyle
  let width: Int
  private var text = ""

  static let rawLines = 24

  public static func text(_ report: AuditReport, style: TextStyle = .plain, width: Int = 100) -> String {
    var page = AuditText(style: style, width: max(60, width))
    page.write(ReportTree(report))
    return page.text
  }

  private init(style: TextStyle, width: Int) {
    self.style = style
    self.width = width
  }

  private mutating func write(_ tree: ReportTree) {
    text += filled(TextStyle.harmless(tree.title), "", "") { style.bold($0) }
    text += filled(TextStyle.harmless(tree.subtitle), "", "") { style.dim($0) }
    text += shown(tree.verdict) + "\n"
    for item in tree.summary { write(item, "  ") }
    text += "\n"
    for (index, node) in tree.nodes.enumerated() { write(node, "", isLast: index == tree.nodes.count - 1) }
  }

  private mutating func write(_ node: ReportTree.Node, _ margin: String, isLast: Bool) {
    let branch = margin + (isLast ? "└─ " : "├─ ")
    let inner = margin + (isLast ? "   " : "│  ")
    let badge = node.badge.map { "  [\(Self.plain($0))]" } ?? ""
    let title = TextStyle.harmless(node.title)
    let room = width - branch.count - badge.count
    let cut = title.count > room ? title.prefix(max(10, room - 1)) + "…" : title[...]
    text += branch + style.bold(String(cut)) + (node.badge.map { "  [" + shown($0) + "]" } ?? "") + "\n"
    let body = inner + (node.children.isEmpty ? "   " : "│  ")
    for item in node.items { write(item, body) }
    for (index, child) in node.children.enumerated() {
      text += trimmed(inner + "│") + "\n"
      write(child, inner, isLast: index == node.children.count - 1)
    }
    if margin.isEmpty, !isLast { text += "│\n" }
  }

  private static func plain(_ badge: ReportTree.Badge) -> String {
    switch badge {
    case .good(let text), .bad(let text), .neutral(let text): text
    }
  }

  private func shown(_ badge: ReportTree.Badge) -> String {
    switch badge {
    case .good(let text): style.green(text)
    case .bad(let text): style.red(text)
    case .neutral(let text): style.yellow(text)
    }
  }

  private mutating func write(_ item: ReportTree.Item, _ margin: String) {
    switch item {
    case .fact(let name, let value):
      let label = name + String(repeating: " ", count: max(1, 14 - name.count))
      text += filled(TextStyle.harmless(value), margin + label, margin + String(repeating: " ", count: label.count))
    case .sentence(let sentence): text += filled(TextStyle.harmless(sentence), margin, margin)
    case .warning(let sentence): text += filled(TextStyle.harmless(sentence), margin + "! ", margin + "  ") { style.red($0) }
    case .table(let header, let rows, let isNumeric): write(header, rows, isNumeric, margin)
    case .scores(let evaluation, let arithmetic): write(evaluation, arithmetic, margin)
    case .evidence(let check, let number): write(check, number, margin)
    case .differences(let differences): write(differences, margin)
    case .raw(let bytes, let highlights): write(bytes, highlights, margin)
    }
  }

  // MARK: Pieces

  /// Words in lines, the first behind one margin and the others behind another. A word longer than a line is cut into lines.
  private func filled(_ sentence: String, _ first: String, _ others: String, _ colour: (String) -> String = { $0 }) -> String {
    let room = max(20, width - max(first.count, others.count))
    var lines: [String] = []
    var line = ""
    for word in sentence.split(separator: " ", omittingEmptySubsequences: true) {
      var word = word[...]
      if !line.isEmpty, line.count + 1 + word.count > room {
        lines.append(line)
        line = ""
      }
      while word.count > room {
        lines.append(String(word.prefix(room)))
        word = word.dropFirst(room)
      }
      line += line.isEmpty ? String(word) : " " + word
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines.enumerated().map { trimmed(($0 == 0 ? first : others) + colour($1)) + "\n" }.joined()
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }

  private mutating func write(_ header: [String], _ rows: [[String]], _ isNumeric: [Bool], _ margin: String) {
    let cells = ([header] + rows).map { $0.map(TextStyle.harmless) }
    var widths = header.indices.map { column in cells.reduce(0) { max($0, $1[column].count) } }
    // The last column gives way, then the widest of the others.
    func taken() -> Int { margin.count + widths.dropLast().reduce(0) { $0 + $1 + 2 } }
    while taken() + 12 > width, let widest = widths.dropLast().indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 4 {
      widths[widest] -= 1
    }
    widths[widths.count - 1] = max(12, min(widths[widths.count - 1], width - taken()))
    for (number, row) in cells.enumerated() {
      var line = ""
      for (column, cell) in row.enumerated() {
        let shown = cell.count > widths[column] ? String(cell.prefix(widths[column] - 1)) + "…" : cell
        let padding = String(repeating: " ", count: widths[column] - shown.count)
        line += (column > 0 ? "  " : "") + (isNumeric[column] ? padding + shown : shown + padding)
      }
      text += trimmed(margin + (number == 0 ? style.dim(trimmed(line)) : line)) + "\n"
    }
  }

  private mutating func write(_ evaluation: StoredEvaluation, _ arithmetic: Arithmetic?, _ margin: String) {
    let values = Figures.column(evaluation.parts.map(\.value))
    let weights = Figures.column(evaluation.parts.map(\.weight))
    let contributions = Figures.column(evaluation.parts.map(\.contribution) + [evaluation.total])
    for (index, part) in evaluation.parts.enumerated() {
      let name = part.name + String(repeating: " ", count: max(0, 12 - part.name.count))
      // A record that was tampered with can hold any number.
      let filled = Int((min(max(part.value, 0), 1) * 20).rounded())
      let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 20 - filled)
      text += margin + name + style.dim(bar) + "  \(values[index]) × \(weights[index]) = \(contributions[index])\n"
    }
    let lead = 12 + 20 + 2 + (values.first?.count ?? 0) + 3 + (weights.first?.count ?? 0)
    let isRight = arithmetic.map { $0.faults.isEmpty } ?? true
    let sum = arithmetic.map { isRight ? "adds up" : "the sum is \(Figures.number($0.total))" } ?? "not recomputed"
    text += margin + "total" + String(repeating: " ", count: lead - 5) + " = " + style.bold(contributions[evaluation.parts.count])
    text += "  " + (isRight ? style.green(sum) : style.red(sum)) + "\n"
    for fault in arithmetic?.faults ?? [] { write(.warning(fault), margin) }
    for part in evaluation.parts {
      let inputs = part.inputs.map { "\($0.name) \(Figures.number($0.value))" }.joined(separator: ", ")
      write(.fact(part.name, part.sentence + (inputs.isEmpty ? "" : " (\(inputs))")), margin)
    }
  }

  private mutating func write(_ check: EvidenceCheck, _ number: Int, _ margin: String) {
    let evidence = check.evidence
    let mark = "[\(number)] "
    let hang = margin + String(repeating: " ", count: mark.count)
    let derivation = evidence.derivation.map { ", by \($0)" } ?? ""
    text += filled(TextStyle.harmless("\"\(evidence.claim)\" ← \(evidence.field)\(derivation)"), margin + mark, hang)
    if let fault = check.fault {
      write(.warning(fault), hang)
    } else {
      let bound = check.bound.map { Self.excerpt($0, 60) } ?? ""
      text += filled(
        "bytes \(evidence.start)…\(evidence.end) \"\(bound)\" hash to \(evidence.digest.prefix(16))… ✓  (\(check.topic ?? ""))", hang, hang)
    }
    if let range = check.rawRange, let bytes = check.rawBytes {
      let what =
        check.reading == .number ? ", from which the number was read" : check.reading == .shaped ? ", of which the field was made" : ""
      text += filled("\(evidence.raw) bytes \(range.lowerBound)…\(range.upperBound) \"\(Self.excerpt(bytes, 60))\"\(what)", hang, hang)
    } else {
      text += filled("\(evidence.raw): \(check.origin)", hang, hang)
    }
  }

  private static func excerpt(_ bytes: [UInt8], _ length: Int) -> String {
    let text = TextStyle.harmless(bytes.displayText)
    return text.count > length ? text.prefix(length - 1) + "…" : text
  }

  private mutating func write(_ differences: [JSONDifference], _ margin: String) {
    for difference in differences.prefix(12) {
      text += filled(TextStyle.harmless(difference.pointer), margin + "≠ ", margin + "  ") { style.red($0) }
      func line(_ name: String, _ value: String?) {
        let shown = value.map { $0.count > 300 ? $0.prefix(299) + "…" : $0[...] } ?? "(absent)"
        text += filled(TextStyle.harmless(String(shown)), margin + "  \(name) ", margin + "              ")
      }
      line("recorded   ", difference.old)
      line("folded now ", difference.new)
    }
    if differences.count > 12 { write(.sentence("and \(differences.count - 12) more; --format json lists all"), margin) }
  }

  private mutating func write(_ bytes: [UInt8], _ highlights: [Range<Int>], _ margin: String) {
    let pretty = PrettyJSON.text(bytes) ?? bytes.displayText
    let lines = pretty.split(separator: "\n", omittingEmptySubsequences: false)
    var left = Self.rawLines
    for line in lines {
      let shown = TextStyle.harmless(String(line))
      let indent = String(shown.prefix { $0 == " " })
      let wrapped = filled(shown, margin + indent, margin + indent + "  ")
      for piece in wrapped.split(separator: "\n") {
        if left == 0 {
          text += margin + style.dim("… (\(Display.count(bytes.count)) bytes in all; --format html shows more)") + "\n"
          return
        }
        text += piece + "\n"
        left -= 1
      }
    }
  }
}
