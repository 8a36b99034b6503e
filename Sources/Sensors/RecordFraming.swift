/// Finds the ends of records in bytes that arrive in pieces: a state machine whose answers do not depend on where the pieces end.
struct RecordFraming {
  private enum State {
    case fieldStart
    case unquoted
    case quoted
    case quoteInQuoted
  }

  private let format: InputFormat
  private var state = State.fieldStart
  /// Line feeds inside the record that has not ended yet.
  private(set) var lineFeedsInside = 0

  init(_ format: InputFormat) { self.format = format }

  /// The line feed that ends the record, looked for from `start` on.
  ///
  /// A quote opens only at the start of a field (RFC 4180, section 2.5 to 2.7); elsewhere it is a character like others, so that
  /// an inch sign does not swallow the rest of the file.
  mutating func end(in bytes: [UInt8], from start: Int) -> Int? {
    let span = bytes.span
    var at = start
    let count = span.count
    switch format {
    case .xml, .json: return nil
    case .jsonLines:
      while at < count {
        if span[at] == 0x0a { return at }
        at += 1
      }
      return nil
    case .csv:
      var state = self.state
      defer { self.state = state }
      while at < count {
        let byte = span[at]
        switch state {
        case .quoted:
          if byte == UInt8(ascii: "\"") { state = .quoteInQuoted } else if byte == 0x0a { lineFeedsInside += 1 }
        case .fieldStart where byte == UInt8(ascii: "\""), .quoteInQuoted where byte == UInt8(ascii: "\""): state = .quoted
        default:
          if byte == 0x0a {
            state = .fieldStart
            return at
          }
          state = byte == UInt8(ascii: ",") ? .fieldStart : .unquoted
        }
        at += 1
      }
      return nil
    }
  }

  /// Starts the count of the next record.
  mutating func begin() { lineFeedsInside = 0 }
}

/// The fields of one CSV row (RFC 4180). A row may have any number of fields.
enum CSVRow {
  /// The content of one field, quotes undone; `nil` where the row has fewer.
  static func field(_ wanted: Int, of row: [UInt8]) -> [UInt8]? {
    var index = 0
    var at = 0
    let span = row.span
    while index < wanted {
      guard let comma = endOfField(at, in: span), comma < span.count else { return nil }
      at = comma + 1
      index += 1
    }
    guard let end = endOfField(at, in: span) else { return nil }
    return unquoted(row, at..<end)
  }

  /// Which field of a row holds exactly this; the first of several.
  static func index(of content: [UInt8], in row: [UInt8]) -> Int? {
    var index = 0
    var at = 0
    while let end = endOfField(at, in: row.span) {
      let isQuoted = at < end && row[at] == UInt8(ascii: "\"")
      if isQuoted ? unquoted(row, at..<end) == content : row[at..<end].elementsEqual(content) { return index }
      at = end + 1
      index += 1
    }
    return nil
  }

  static func fields(of row: [UInt8]) -> [[UInt8]] {
    var fields: [[UInt8]] = []
    var at = 0
    while let end = endOfField(at, in: row.span) {
      fields.append(unquoted(row, at..<end))
      at = end + 1
    }
    return fields
  }

  /// Where the field that begins at `start` ends: its comma or the end of the row.
  private static func endOfField(_ start: Int, in row: Span<UInt8>) -> Int? {
    guard start <= row.count else { return nil }
    var at = start
    if at < row.count, row[at] == UInt8(ascii: "\"") {
      at += 1
      while at < row.count {
        if row[at] == UInt8(ascii: "\"") {
          if at + 1 < row.count, row[at + 1] == UInt8(ascii: "\"") { at += 1 } else { break }
        }
        at += 1
      }
    }
    while at < row.count, row[at] != UInt8(ascii: ",") { at += 1 }
    return at
  }

  private static func unquoted(_ row: [UInt8], _ range: Range<Int>) -> [UInt8] {
    let quote = UInt8(ascii: "\"")
    guard let first = range.first, row[first] == quote else { return Array(row[range]) }
    var content: [UInt8] = []
    var at = first + 1
    while at < range.upperBound {
      if row[at] == quote {
        at += 1
        // After the closing quote, what remains is taken as it is.
        guard at < range.upperBound, row[at] == quote else { return content + row[at..<range.upperBound] }
      }
      content.append(row[at])
      at += 1
    }
    return content
  }
}
