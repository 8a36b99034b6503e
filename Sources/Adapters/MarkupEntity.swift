import Model

/// Entities and character references of XML and HTML.
enum MarkupEntity {
  /// Names that feeds use beside XML's own five. Without the semicolon; in the order of their frequency.
  private static let names: [(name: StaticString, scalar: UInt32)] = [
    ("amp", 0x26), ("lt", 0x3c), ("gt", 0x3e), ("quot", 0x22), ("apos", 0x27), ("nbsp", 0xa0), ("rsquo", 0x2019), ("lsquo", 0x2018),
    ("rdquo", 0x201d), ("ldquo", 0x201c), ("ndash", 0x2013), ("mdash", 0x2014), ("hellip", 0x2026), ("euro", 0x20ac), ("pound", 0xa3),
    ("copy", 0xa9), ("reg", 0xae), ("trade", 0x2122), ("middot", 0xb7), ("bull", 0x2022), ("eacute", 0xe9), ("egrave", 0xe8),
    ("agrave", 0xe0), ("ccedil", 0xe7), ("uuml", 0xfc), ("ouml", 0xf6), ("auml", 0xe4), ("szlig", 0xdf), ("ntilde", 0xf1), ("oacute", 0xf3),
    ("aacute", 0xe1), ("iacute", 0xed), ("times", 0xd7), ("deg", 0xb0), ("laquo", 0xab), ("raquo", 0xbb), ("zwnj", 0x200c),
  ]

  /// Appends what the reference at `at` (its ampersand) stands for.
  /// - Returns: the position behind its semicolon; `nil` where it is no reference that is known, and nothing is appended.
  static func append(_ bytes: [UInt8], at: Int, end: Int, to output: inout [UInt8]) -> Int? {
    var i = at + 1
    let limit = min(end, at + 12)
    guard i < limit else { return nil }
    if bytes[i] == UInt8(ascii: "#") {
      i += 1
      let isHex = i < limit && bytes[i] | 0x20 == UInt8(ascii: "x")
      if isHex { i += 1 }
      var value: UInt32 = 0
      let first = i
      while i < limit, let digit = hexValue(bytes[i]), isHex || digit < 10, value < 0x110000 {
        value = value * (isHex ? 16 : 10) + UInt32(digit)
        i += 1
      }
      guard i > first, i < limit, bytes[i] == UInt8(ascii: ";"), value > 0, value < 0x110000, !(0xd800..<0xe000).contains(value) else {
        return nil
      }
      UTF8Text.append(value, to: &output)
      return i + 1
    }
    while i < limit, bytes[i] != UInt8(ascii: ";") { i += 1 }
    guard i < limit else { return nil }
    for entry in names where isName(entry.name, bytes, at + 1..<i) {
      UTF8Text.append(entry.scalar, to: &output)
      return i + 1
    }
    return nil
  }

  private static func isName(_ name: StaticString, _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    guard range.count == name.utf8CodeUnitCount else { return false }
    let letters = unsafe name.utf8Start
    for i in 0..<range.count where unsafe bytes[range.lowerBound + i] != letters[i] { return false }
    return true
  }
}
