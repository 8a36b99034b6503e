import Model

/// The grammar of single values (RFC 8259), for every reader of JSON that there is here: what one of them takes for a number or a string, the
/// others take for the same.
enum JSONGrammar {
  /// Steps over a number.
  /// - Parameter start: where its first byte stands, or what is no number's.
  /// - Returns: where it ends, and whether it has a fraction or an exponent.
  static func number(_ text: Span<UInt8>, at start: Int) throws(JSONError) -> (end: Int, isMarked: Bool) {
    var i = start
    var marked = false
    func digits() -> Int {
      let first = i
      while i < text.count, text[i] >= 0x30, text[i] <= 0x39 { i += 1 }
      return i - first
    }
    func fail() -> JSONError { JSONError(i >= text.count ? .truncated : .syntax, at: i) }
    if text[i] == UInt8(ascii: "-") { i += 1 }
    let first = i
    guard digits() > 0 else { throw fail() }
    if text[first] == 0x30, i - first > 1 { throw JSONError(.syntax, at: first + 1) }
    if i < text.count, text[i] == UInt8(ascii: ".") {
      marked = true
      i += 1
      guard digits() > 0 else { throw fail() }
    }
    if i < text.count, text[i] | 0x20 == UInt8(ascii: "e") {
      marked = true
      i += 1
      if i < text.count, text[i] == UInt8(ascii: "+") || text[i] == UInt8(ascii: "-") { i += 1 }
      guard digits() > 0 else { throw fail() }
    }
    return (i, marked)
  }

  /// Steps over a string.
  /// - Parameter quote: where its first quotation mark stands.
  /// - Returns: where its last one stands, and whether there is a backslash between them.
  static func string(_ text: Span<UInt8>, at quote: Int) throws(JSONError) -> (end: Int, isMarked: Bool) {
    let count = text.count
    var i = quote + 1
    var marked = false
    while i < count {
      // Eight bytes at once while all are ASCII and none is a quotation mark, a backslash or a control character.
      while i + 8 <= count {
        let special = JSONEscape.special(unsafe UInt64(littleEndian: text.bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)))
        if special != 0 {
          i += special.trailingZeroBitCount >> 3
          break
        }
        i += 8
      }
      if i == count { break }
      let byte = text[i]
      if byte == UInt8(ascii: "\"") { return (i, marked) }
      if byte == UInt8(ascii: "\\") {
        marked = true
        i = try escape(text, i)
      } else if byte < 0x20 {
        throw JSONError(.syntax, at: i)
      } else if byte < 0x80 {
        i += 1
      } else {
        // Scripts other than Latin come in runs.
        repeat {
          let length = UTF8Text.sequenceLength(in: text, at: i)
          if length == 0 { throw JSONError(.encoding, at: i) }
          i += length
        } while i < count && text[i] >= 0x80
      }
    }
    throw JSONError(.truncated, at: count)
  }

  /// Checks the escape at `i` and answers the position behind it.
  private static func escape(_ text: Span<UInt8>, _ i: Int) throws(JSONError) -> Int {
    guard i + 1 < text.count else { throw JSONError(.truncated, at: text.count) }
    switch text[i + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
      UInt8(ascii: "r"), UInt8(ascii: "t"):
      return i + 2
    case UInt8(ascii: "u"):
      let unit = try codeUnit(text, i)
      if unit >= 0xdc00, unit <= 0xdfff { throw JSONError(.encoding, at: i) }
      guard unit >= 0xd800, unit < 0xdc00 else { return i + 6 }
      guard i + 7 < text.count, text[i + 6] == UInt8(ascii: "\\"), text[i + 7] == UInt8(ascii: "u") else {
        throw JSONError(.encoding, at: i)
      }
      let low = try codeUnit(text, i + 6)
      guard low >= 0xdc00, low <= 0xdfff else { throw JSONError(.encoding, at: i) }
      return i + 12
    default: throw JSONError(.syntax, at: i + 1)
    }
  }

  private static func codeUnit(_ text: Span<UInt8>, _ i: Int) throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for k in 2..<6 {
      guard i + k < text.count else { throw JSONError(.truncated, at: text.count) }
      guard let digit = hexValue(text[i + k]) else { throw JSONError(.syntax, at: i + k) }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
