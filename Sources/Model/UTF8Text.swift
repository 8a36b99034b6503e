/// Checks on UTF-8 (Unicode 15, section 3.9, table 3-7: no overlong forms, no surrogates, nothing beyond U+10FFFF).
public enum UTF8Text {
  /// The position of the first byte that is not well-formed UTF-8; `nil` where all of it is.
  ///
  /// *Complexity*: linear; runs of ASCII are passed over eight bytes at a time.
  @inlinable public static func firstInvalidByte(in bytes: Span<UInt8>) -> Int? {
    let count = bytes.count
    var i = 0
    while i < count {
      let byte = bytes[i]
      if byte < 0x80 {
        i += 1
        continue
      }
      let length = sequenceLength(in: bytes, at: i)
      if length == 0 { return i }
      i += length
    }
    return nil
  }

  /// The length (2 to 4) of the well-formed sequence that begins with the non-ASCII byte at `i`; 0 where it is malformed.
  @inlinable public static func sequenceLength(in bytes: Span<UInt8>, at i: Int) -> Int {
    let first = bytes[i]
    func continues(_ k: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xbf) -> Bool {
      i + k < bytes.count && bytes[i + k] >= low && bytes[i + k] <= high
    }
    switch first {
    case 0xc2...0xdf: return continues(1) ? 2 : 0
    case 0xe0: return continues(1, 0xa0) && continues(2) ? 3 : 0
    case 0xed: return continues(1, 0x80, 0x9f) && continues(2) ? 3 : 0
    case 0xe1...0xef: return continues(1) && continues(2) ? 3 : 0
    case 0xf0: return continues(1, 0x90) && continues(2) && continues(3) ? 4 : 0
    case 0xf1...0xf3: return continues(1) && continues(2) && continues(3) ? 4 : 0
    case 0xf4: return continues(1, 0x80, 0x8f) && continues(2) && continues(3) ? 4 : 0
    default: return 0
    }
  }

  /// The largest position at or before `limit` that does not split a character.
  @inlinable public static func boundary(in bytes: [UInt8], atOrBefore limit: Int, from start: Int = 0) -> Int {
    var i = min(limit, bytes.count)
    while i > start, i < bytes.count, bytes[i] & 0xc0 == 0x80 { i -= 1 }
    return i
  }

  /// Appends a Unicode scalar.
  @inlinable public static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
    switch scalar {
    case 0..<0x80: bytes.append(UInt8(scalar))
    case 0x80..<0x800:
      bytes.append(UInt8(0xc0 | scalar >> 6))
      bytes.append(UInt8(0x80 | scalar & 0x3f))
    case 0x800..<0x10000:
      bytes.append(UInt8(0xe0 | scalar >> 12))
      bytes.append(UInt8(0x80 | scalar >> 6 & 0x3f))
      bytes.append(UInt8(0x80 | scalar & 0x3f))
    default:
      bytes.append(UInt8(0xf0 | scalar >> 18))
      bytes.append(UInt8(0x80 | scalar >> 12 & 0x3f))
      bytes.append(UInt8(0x80 | scalar >> 6 & 0x3f))
      bytes.append(UInt8(0x80 | scalar & 0x3f))
    }
  }
}
