internal import Model

/// Finds a member in JSON text without parsing it: one forward pass, no tree, no recursion, no memory but for escaped names.
///
/// It respects strings, escapes and nesting and checks nothing else: the answer for text that is not JSON is some answer or `nil`, never
/// a trap. Where a name occurs twice in one object, the first counts. What is decided here is only a record's time and its partition;
/// whether the text is valid is for the stage that normalizes it.
public enum JSONScan {
  /// The text of the value at a path of member names: a string's content with escapes undone, or the token of a number, `true` or `false`.
  /// - Returns: `nil` for a missing member, `null`, an object or an array.
  public static func scalar(at path: [[UInt8]], in bytes: [UInt8]) -> Scalar? {
    guard let range = value(at: path, in: bytes) else { return nil }
    return scalar(range, in: bytes)
  }

  /// A string or another token, with what it was.
  public struct Scalar: Equatable, Sendable {
    public var content: [UInt8]
    public var isString: Bool
  }

  /// Where the value at a path of member names lies.
  /// - Complexity: O(bytes up to the end of the value).
  public static func value(at path: [[UInt8]], in bytes: [UInt8]) -> Range<Int>? {
    var at = UTF8Mark.length(at: bytes)
    for name in path {
      guard let next = member(name, ofObjectAt: at, in: bytes) else { return nil }
      at = next
    }
    at = skipWhite(at, bytes)
    guard let end = endOfValue(at: at, in: bytes, before: bytes.count) else { return nil }
    return at..<end
  }

  /// The elements of the array at the top of a document; `nil` where there is none or it does not end.
  public static func elements(in bytes: [UInt8]) -> [Range<Int>]? {
    var at = skipWhite(UTF8Mark.length(at: bytes), bytes)
    guard at < bytes.count, bytes[at] == UInt8(ascii: "[") else { return nil }
    at = skipWhite(at + 1, bytes)
    var ranges: [Range<Int>] = []
    while at < bytes.count, bytes[at] != UInt8(ascii: "]") {
      guard let end = endOfValue(at: at, in: bytes, before: bytes.count), end > at else { return nil }
      ranges.append(at..<end)
      at = skipWhite(end, bytes)
      if at < bytes.count, bytes[at] == UInt8(ascii: ",") { at = skipWhite(at + 1, bytes) }
    }
    return at < bytes.count ? ranges : nil
  }

  static func scalar(_ range: Range<Int>, in bytes: [UInt8]) -> Scalar? {
    guard let first = range.first else { return nil }
    switch bytes[first] {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "n"): return nil
    case UInt8(ascii: "\""):
      return Scalar(content: unescaped(bytes, first + 1..<range.upperBound - 1), isString: true)
    default: return Scalar(content: Array(bytes[range]), isString: false)
    }
  }

  /// Where the value of a member begins.
  private static func member(_ name: [UInt8], ofObjectAt start: Int, in bytes: [UInt8]) -> Int? {
    var at = skipWhite(start, bytes)
    guard at < bytes.count, bytes[at] == UInt8(ascii: "{") else { return nil }
    at = skipWhite(at + 1, bytes)
    while at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
      guard let nameEnd = endOfString(at: at, in: bytes, before: bytes.count) else { return nil }
      let isWanted = isName(name, bytes, at + 1..<nameEnd - 1)
      at = skipWhite(nameEnd, bytes)
      guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { return nil }
      at = skipWhite(at + 1, bytes)
      if isWanted { return at }
      guard let valueEnd = endOfValue(at: at, in: bytes, before: bytes.count) else { return nil }
      at = skipWhite(valueEnd, bytes)
      guard at < bytes.count, bytes[at] == UInt8(ascii: ",") else { return nil }
      at = skipWhite(at + 1, bytes)
    }
    return nil
  }

  /// One past the value that begins at `start`; `nil` where it does not end before `limit`.
  ///
  /// Nesting is a counter, so depth costs nothing; that brackets match in kind is not checked.
  static func endOfValue(at start: Int, in bytes: [UInt8], before limit: Int) -> Int? {
    guard start < limit else { return nil }
    let span = bytes.span
    if span[start] == UInt8(ascii: "\"") { return endOfString(at: start, in: bytes, before: limit) }
    var at = start
    guard span[at] == UInt8(ascii: "{") || span[at] == UInt8(ascii: "[") else {
      while at < limit, !isTokenEnd(span[at]) { at += 1 }
      return at > start ? at : nil
    }
    var depth = 0
    while at < limit {
      switch span[at] {
      case UInt8(ascii: "\""):
        guard let end = endOfString(at: at, in: bytes, before: limit) else { return nil }
        at = end
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return at + 1 }
      default: break
      }
      at += 1
    }
    return nil
  }

  /// One past the closing quote of the string that begins at `start`.
  private static func endOfString(at start: Int, in bytes: [UInt8], before limit: Int) -> Int? {
    let span = bytes.span
    var at = start + 1
    while at < limit {
      let byte = span[at]
      if byte == UInt8(ascii: "\"") { return at + 1 }
      at += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    return nil
  }

  private static func isTokenEnd(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
  }

  private static func skipWhite(_ start: Int, _ bytes: [UInt8]) -> Int {
    var at = start
    while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0a || bytes[at] == 0x0d || bytes[at] == 0x09 { at += 1 }
    return at
  }

  private static func isName(_ name: [UInt8], _ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    if range.count == name.count {
      for index in 0..<name.count where bytes[range.lowerBound + index] != name[index] { return false }
      return true
    }
    // An escaped name is longer than what it says.
    return range.count > name.count && bytes[range].contains(UInt8(ascii: "\\")) && unescaped(bytes, range) == name
  }

  /// The content of a string. An escape that is none is kept as it is; a lone surrogate becomes U+FFFD.
  private static func unescaped(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8] {
    guard bytes[range].contains(UInt8(ascii: "\\")) else { return Array(bytes[range]) }
    var content: [UInt8] = []
    var at = range.lowerBound
    while at < range.upperBound {
      let byte = bytes[at]
      guard byte == UInt8(ascii: "\\"), at + 1 < range.upperBound else {
        content.append(byte)
        at += 1
        continue
      }
      at += 2
      switch bytes[at - 1] {
      case UInt8(ascii: "n"): content.append(0x0a)
      case UInt8(ascii: "t"): content.append(0x09)
      case UInt8(ascii: "r"): content.append(0x0d)
      case UInt8(ascii: "b"): content.append(0x08)
      case UInt8(ascii: "f"): content.append(0x0c)
      case UInt8(ascii: "u"):
        guard let first = unit(at, bytes, range) else {
          content += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
          continue
        }
        at += 4
        var scalar = Unicode.Scalar(first)
        if (0xd800..<0xdc00).contains(first), at + 1 < range.upperBound, bytes[at] == UInt8(ascii: "\\"),
          bytes[at + 1] == UInt8(ascii: "u"),
          let second = unit(at + 2, bytes, range), (0xdc00..<0xe000).contains(second)
        {
          scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00))
          at += 6
        }
        content += Array(String(scalar ?? "\u{fffd}").utf8)
      case let other: content.append(other)
      }
    }
    return content
  }

  private static func unit(_ at: Int, _ bytes: [UInt8], _ range: Range<Int>) -> UInt16? {
    guard at + 4 <= range.upperBound else { return nil }
    var value: UInt16 = 0
    for index in at..<at + 4 {
      guard let digit = hexValue(bytes[index]) else { return nil }
      value = value << 4 | UInt16(digit)
    }
    return value
  }
}
