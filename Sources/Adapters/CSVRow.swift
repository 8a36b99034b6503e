import Events
import Model

/// One field of a CSV row: where its text stands, without the quotes around it.
struct CSVField {
  var start: Int
  var end: Int
  /// Quotes inside are doubled.
  var isEscaped: Bool

  var range: Range<Int> { start..<end }

  /// The field's place in the raw value.
  func span(base: Int) -> SourceSpan { SourceSpan(start - base..<end - base, isEscaped ? .csv : .plain) }
}

/// Rows of comma-separated values (RFC 4180).
enum CSVRow {
  /// Splits one row. A line end at its end is passed over; a quote that is not closed, or text behind a closing quote, is refused.
  static func split(_ bytes: [UInt8], in range: Range<Int>, into fields: inout [CSVField]) throws(Rejection) {
    fields.removeAll(keepingCapacity: true)
    var end = range.upperBound
    if end > range.lowerBound, bytes[end - 1] == 0x0a { end -= 1 }
    if end > range.lowerBound, bytes[end - 1] == 0x0d { end -= 1 }
    var at = range.lowerBound
    while true {
      if at < end, bytes[at] == UInt8(ascii: "\"") {
        at = try quoted(bytes, from: at, to: end, base: range.lowerBound, into: &fields)
      } else {
        let start = at
        while at < end, bytes[at] != UInt8(ascii: ",") { at += 1 }
        fields.append(CSVField(start: start, end: at, isEscaped: false))
      }
      if at >= end { return }
      at += 1
    }
  }

  /// Reads a quoted field and answers the position of the comma behind it, or the end.
  private static func quoted(
    _ bytes: [UInt8], from open: Int, to end: Int, base: Int, into fields: inout [CSVField]
  ) throws(Rejection) -> Int {
    var at = open + 1
    var isEscaped = false
    while at < end {
      if bytes[at] == UInt8(ascii: "\"") {
        if at + 1 < end, bytes[at + 1] == UInt8(ascii: "\"") {
          isEscaped = true
          at += 1
        } else {
          fields.append(CSVField(start: open + 1, end: at, isEscaped: isEscaped))
          guard at + 1 >= end || bytes[at + 1] == UInt8(ascii: ",") else {
            throw Rejection("parse.csv", "text follows a closing quote", at: at + 1 - base)
          }
          return at + 1
        }
      }
      at += 1
    }
    throw Rejection("parse.csv", "a quoted field is not closed", at: open - base)
  }
}
