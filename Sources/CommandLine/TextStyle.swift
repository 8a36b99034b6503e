public import Model

/// Colour where it is wanted, plain text elsewhere.
public struct TextStyle: Sendable, Equatable {
  public var isColoured: Bool

  public init(isColoured: Bool) { self.isColoured = isColoured }

  public static let plain = TextStyle(isColoured: false)

  /// Colours a terminal, unless `NO_COLOR` is set to something (no-color.org) or the terminal is dumb.
  public init(isTerminal: Bool, environment: (String) -> String?) {
    isColoured = isTerminal && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
  }

  public func bold(_ text: String) -> String { wrap(text, "1") }
  public func dim(_ text: String) -> String { wrap(text, "2") }
  public func red(_ text: String) -> String { wrap(text, "31") }
  public func green(_ text: String) -> String { wrap(text, "32") }
  public func yellow(_ text: String) -> String { wrap(text, "33") }

  private func wrap(_ text: String, _ code: String) -> String { isColoured ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text }

  /// The text with control characters, line separators and direction overrides made visible: foreign data must not drive the terminal.
  public static func harmless(_ text: String) -> String {
    func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0..<0x20, 0x7f..<0xa0, 0x2028...0x202e, 0x2066...0x2069: true
      default: false
      }
    }
    guard text.unicodeScalars.contains(where: isHarmful) else { return text }
    var shown = ""
    for scalar in text.unicodeScalars {
      if isHarmful(scalar) { shown += "\\u{\(String(scalar.value, radix: 16))}" } else { shown.unicodeScalars.append(scalar) }
    }
    return shown
  }
}

/// Numbers as people read them. Integer arithmetic alone, so the same everywhere.
public enum Display {
  /// `1,234,567`.
  public static func count(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return number < 0 ? "-" + text : text
  }

  /// `2026-02-21 03:52`, UTC: precise enough for people, sortable.
  public static func minute(_ time: Timestamp) -> String {
    let text = time.rfc3339
    guard text.utf8.count >= 20 else { return text }
    return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
  }

  /// `812 B`, `1.5 KiB`, `256.0 MiB`: powers of 1024, cut to one decimal.
  public static func bytes(_ number: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var unit = 0
    var whole = number.magnitude
    var tenths: UInt = 0
    while whole >= 1024, unit < units.count - 1 {
      tenths = whole % 1024 * 10 / 1024
      whole /= 1024
      unit += 1
    }
    let sign = number < 0 ? "-" : ""
    return unit == 0 ? "\(sign)\(whole) B" : "\(sign)\(whole).\(tenths) \(units[unit])"
  }

  /// `850 ms`, `2.4 s`, `3 min 05 s`, `2 h 03 min`, `4 d 03 h`.
  public static func duration(milliseconds: Int64) -> String {
    let sign = milliseconds < 0 ? "-" : ""
    let total = milliseconds.magnitude
    func pair(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let seconds = total / 1000
    let text =
      switch total {
      case 0..<1000: "\(total) ms"
      case 1000..<60_000: "\(seconds).\(total % 1000 / 100) s"
      case 60_000..<3_600_000: "\(seconds / 60) min \(pair(seconds % 60)) s"
      case 3_600_000..<86_400_000: "\(seconds / 3600) h \(pair(seconds / 60 % 60)) min"
      default: "\(seconds / 86_400) d \(pair(seconds / 3600 % 24)) h"
      }
    return sign + text
  }
}

/// Rows in aligned columns.
///
/// *Shape*: two blanks between columns, none at the end of a line; a column whose cells are all numbers is right-aligned. Cells are made
/// harmless for a terminal. Width is counted in characters.
public struct TextTable: Sendable {
  public var header: [String]
  public private(set) var rows: [[String]] = []

  public init(_ header: [String]) { self.header = header }

  /// Adds a row; it must have as many cells as the header.
  public mutating func add(_ cells: [String]) {
    precondition(cells.count == header.count, "a row of \(cells.count) cells in a table of \(header.count) columns")
    rows.append(cells.map(TextStyle.harmless))
  }

  public func text(style: TextStyle = .plain) -> String {
    let isNumeric = header.indices.map { column in rows.contains { $0[column] != "" } && rows.allSatisfy { Self.isNumber($0[column]) } }
    let widths = header.indices.map { column in rows.reduce(header[column].count) { max($0, $1[column].count) } }
    func line(_ cells: [String]) -> String {
      var line = ""
      for (column, cell) in cells.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += (column > 0 ? "  " : "") + (isNumeric[column] ? padding + cell : cell + padding)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
    return style.bold(line(header)) + "\n" + rows.map { line($0) + "\n" }.joined()
  }

  /// Digits with separators, a sign, a decimal point, and perhaps a unit after a blank. Empty and `-` stand for no number.
  private static func isNumber(_ cell: String) -> Bool {
    if cell.isEmpty || cell == "-" { return true }
    let number = cell.prefix { $0 != " " && $0 != "%" }
    return number.contains { $0.isNumber } && number.allSatisfy { $0.isNumber || $0 == "," || $0 == "." || $0 == "-" || $0 == "+" }
      && cell.count - number.count <= 10
  }
}
