extension Span<UInt8> {
  /// The 64 bits that sixteen hexadecimal digits of either case spell, in four-digit groups that may lie apart.
  ///
  /// *Complexity*: constant; eight digits at once, without a table.
  /// - Parameters:
  ///   - first: where the first four digits begin; so `second`, `third` and `fourth`.
  /// - Returns: `nil` where one of them is no hexadecimal digit.
  @inline(__always)
  func hexadecimal(_ first: Int, _ second: Int, _ third: Int, _ fourth: Int) -> UInt64? {
    func digits(_ place: Int) -> UInt64 {
      precondition(place >= 0 && place <= count - 4, "the digits lie in the bytes")
      return unsafe UInt64(UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self)))
    }
    guard let high = hexWord(digits(first) | digits(second) << 32), let low = hexWord(digits(third) | digits(fourth) << 32) else {
      return nil
    }
    return UInt64(high) << 32 | UInt64(low)
  }
}

/// The value of eight hexadecimal digits of either case, the first in the lowest byte.
/// - Returns: `nil` where one is something else.
@inlinable public func hexWord(_ digits: UInt64) -> UInt32? {
  let highs: UInt64 = 0x8080_8080_8080_8080
  // What has the bit 0x40 can only be a letter: those are made lower-case.
  let folded = digits | (digits & 0x4040_4040_4040_4040) >> 1
  // Adding brings a byte to 0x80 or more exactly where it reaches a bound, as long as no byte had its highest bit: 0x30, 0x3a, 0x61, 0x67.
  let numerals = (folded &+ 0x5050_5050_5050_5050) & ~(folded &+ 0x4646_4646_4646_4646)
  let letters = (folded &+ 0x1f1f_1f1f_1f1f_1f1f) & ~(folded &+ 0x1919_1919_1919_1919) & highs
  guard digits & highs == 0, (numerals | letters) & highs == highs else { return nil }
  let values = (folded & 0x0f0f_0f0f_0f0f_0f0f) &+ ((letters >> 7) &* 9)
  var packed = values.byteSwapped
  packed = (packed | packed >> 4) & 0x00ff_00ff_00ff_00ff
  packed = (packed | packed >> 8) & 0x0000_ffff_0000_ffff
  return UInt32(truncatingIfNeeded: packed | packed >> 16)
}
