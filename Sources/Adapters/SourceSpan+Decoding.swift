import Events
import JSON
import Model

/// A text that was spelled with escapes, and for each of its bytes the raw bytes that spell it.
public struct DecodedText: Sendable {
  public private(set) var bytes: [UInt8] = []
  private var starts: [Int32] = []
  private var ends: [Int32] = []

  /// The raw bytes themselves; positions count from the beginning of `value`.
  init(plain value: [UInt8], in range: Range<Int>, base: Int = 0) {
    bytes = Array(value[range])
    starts = range.map { Int32(truncatingIfNeeded: $0 - base) }
    ends = starts.map { $0 + 1 }
  }

  private init() {}

  /// The raw bytes that spell a part of the text. A part that begins or ends inside an escape takes the whole escape.
  public func rawRange(of range: Range<Int>) -> Range<Int> {
    if range.isEmpty {
      let at = range.lowerBound < starts.count ? Int(starts[range.lowerBound]) : Int(ends.last ?? 0)
      return at..<at
    }
    return Int(starts[range.lowerBound])..<Int(ends[range.upperBound - 1])
  }

  /// Takes one level of spelling away. What does not decode stays as it is, so any bytes may be given.
  func decoded(_ next: (_ bytes: [UInt8], _ at: Int, _ output: inout [UInt8]) -> Int) -> DecodedText {
    var result = DecodedText()
    result.bytes.reserveCapacity(bytes.count)
    result.starts.reserveCapacity(bytes.count)
    result.ends.reserveCapacity(bytes.count)
    var at = 0
    while at < bytes.count {
      let end = next(bytes, at, &result.bytes)
      while result.starts.count < result.bytes.count {
        result.starts.append(starts[at])
        result.ends.append(ends[end - 1])
      }
      at = end
    }
    return result
  }

  /// Backslash escapes resolved.
  var jsonDecoded: DecodedText { decoded(Spelling.json) }
  /// Entities and character references resolved, CDATA unwrapped, other markup dropped.
  var xmlDecoded: DecodedText { decoded(Spelling.xml) }
}

/// One step through a spelling: appends what the unit at a position stands for and answers the position behind it.
enum Spelling {
  static func json(_ bytes: [UInt8], _ at: Int, _ output: inout [UInt8]) -> Int {
    guard bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count else {
      output.append(bytes[at])
      return at + 1
    }
    if bytes[at + 1] == UInt8(ascii: "u") {
      guard let unit = codeUnit(bytes, at) else {
        output.append(bytes[at])
        return at + 1
      }
      if unit >= 0xd800, unit < 0xe000 {
        guard unit < 0xdc00, let low = codeUnit(bytes, at + 6), low >= 0xdc00, low < 0xe000 else {
          output.append(bytes[at])
          return at + 1
        }
        UTF8Text.append(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00), to: &output)
        return at + 12
      }
      UTF8Text.append(unit, to: &output)
      return at + 6
    }
    return JSONEscape.appendUnit(of: bytes, at: at, to: &output)
  }

  private static func codeUnit(_ bytes: [UInt8], _ at: Int) -> UInt32? {
    guard at + 5 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else { return nil }
    var value: UInt32 = 0
    for k in 2..<6 {
      guard let digit = hexValue(bytes[at + k]) else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  static func csv(_ bytes: [UInt8], _ at: Int, _ output: inout [UInt8]) -> Int {
    output.append(bytes[at])
    let isDoubled = bytes[at] == UInt8(ascii: "\"") && at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "\"")
    return isDoubled ? at + 2 : at + 1
  }

  static func xml(_ bytes: [UInt8], _ at: Int, _ output: inout [UInt8]) -> Int {
    if bytes[at] == UInt8(ascii: "&"), let end = MarkupEntity.append(bytes, at: at, end: bytes.count, to: &output) { return end }
    if bytes[at] == UInt8(ascii: "<"), at + 1 < bytes.count {
      let rest = at..<bytes.count
      if bytes.firstIndex(of: "<![CDATA[", in: at..<min(at + 9, bytes.count)) != nil {
        let end = bytes.firstIndex(of: "]]>", in: at + 9..<bytes.count) ?? bytes.count
        output.append(contentsOf: bytes[at + 9..<end])
        return min(end + 3, bytes.count)
      }
      if bytes.firstIndex(of: "<!--", in: at..<min(at + 4, bytes.count)) != nil {
        return bytes.firstIndex(of: "-->", in: rest).map { $0 + 3 } ?? bytes.count
      }
      if let close = tagClose(bytes, from: at + 1) { return close + 1 }
    }
    output.append(bytes[at])
    return at + 1
  }
}

extension Spelling {
  /// The `>` that ends a tag. Another `<` before it says that this was none, which also keeps the search linear over a whole text.
  static func tagClose(_ bytes: [UInt8], from start: Int) -> Int? {
    var i = start
    while i < bytes.count, bytes[i] != UInt8(ascii: "<") {
      if bytes[i] == UInt8(ascii: ">") { return i }
      i += 1
    }
    return nil
  }
}

extension SourceSpan {
  /// The text that the span spells, with the raw position of each of its bytes.
  ///
  /// - Parameter value: the raw record's value, from its first byte. A span beyond its end is cut.
  /// *Complexity*: linear in the span, with nine bytes of memory for each of its bytes: for evidence and tests, not for the hot path.
  public func decodedText(in value: [UInt8]) -> DecodedText {
    let low = min(max(Int(start), 0), value.count)
    let plain = DecodedText(plain: value, in: low..<max(low, min(Int(end), value.count)))
    return switch encoding {
    case .plain: plain
    case .json: plain.jsonDecoded
    case .xml: plain.xmlDecoded
    case .csv: plain.decoded(Spelling.csv)
    case .xmlInJSON: plain.jsonDecoded.xmlDecoded
    case .jsonInJSON: plain.jsonDecoded.jsonDecoded
    }
  }

  /// The text that the span spells.
  public func decode(in value: [UInt8]) -> [UInt8] { decodedText(in: value).bytes }

  /// The raw bytes that spell a part of the decoded text.
  /// - Parameter range: positions in what `decode` answers.
  public func rawRange(ofDecoded range: Range<Int>, in value: [UInt8]) -> Range<Int> { decodedText(in: value).rawRange(of: range) }

  /// Where in the raw value a claim stands, letter for letter except that any run of white space matches any other.
  ///
  /// For fields whose white space was collapsed: the claim is sought in what the span decodes to.
  /// - Returns: the raw range of the first place, or `nil` where the span does not say it.
  public func rawRange(of claim: [UInt8], in value: [UInt8]) -> Range<Int>? {
    let text = decodedText(in: value)
    guard !claim.isEmpty else { return nil }
    for start in 0..<text.bytes.count where text.bytes[start] == claim[0] {
      var i = start
      var k = 0
      while k < claim.count, i < text.bytes.count {
        if claim[k] <= 0x20, text.bytes[i] <= 0x20 {
          while k < claim.count, claim[k] <= 0x20 { k += 1 }
          while i < text.bytes.count, text.bytes[i] <= 0x20 { i += 1 }
        } else if claim[k] == text.bytes[i] {
          k += 1
          i += 1
        } else {
          break
        }
      }
      if k == claim.count { return text.rawRange(of: start..<i) }
    }
    return nil
  }
}
