/// The alphabet of Bitcoin and Solana: digits and letters without 0, O, I and l.
enum Base58 {
  /// How many bytes the digits in `range` decode to (leading `1`s are zero bytes), or nil where one of them is no base-58 digit or there are more
  /// than 100 of them.
  ///
  /// *Complexity*: quadratic in at most 100 digits.
  static func decodedCount(_ text: [UInt8], in range: Range<Int>) -> Int? {
    guard range.count <= 100 else { return nil }
    // A number of up to 74 bytes in words of 32 bits, the least first.
    var words: [UInt32] = []
    words.reserveCapacity(20)
    var zeros = 0
    var leading = true
    for index in range {
      guard let digit = value(text[index]) else { return nil }
      if leading, digit == 0 {
        zeros += 1
        continue
      }
      leading = false
      var carry = UInt64(digit)
      for word in words.indices {
        let product = UInt64(words[word]) * 58 + carry
        words[word] = UInt32(truncatingIfNeeded: product)
        carry = product >> 32
      }
      if carry > 0 { words.append(UInt32(carry)) }
    }
    guard let top = words.last else { return zeros }
    return zeros + (words.count - 1) * 4 + (32 - top.leadingZeroBitCount + 7) / 8
  }

  @inline(__always) static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x31...0x39: byte - 0x31
    case 0x41...0x48: byte - 0x41 + 9
    case 0x4A...0x4E: byte - 0x4A + 17
    case 0x50...0x5A: byte - 0x50 + 22
    case 0x61...0x6B: byte - 0x61 + 33
    case 0x6D...0x7A: byte - 0x6D + 44
    default: nil
    }
  }
}
