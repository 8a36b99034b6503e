/// A decimal number as it was written: a whole number of at most 19 digits times a power of ten.
///
/// It becomes a `Double` in one rounding, however many scales (`million`) were applied to it before.
struct WrittenNumber {
  var digits: UInt64
  var exponent: Int

  /// Reads digits with a point and thousands commas from `start`; `end` is where they stop. Nil for `1.2.3` and for more than 19 digits.
  static func read(_ text: [UInt8], from start: Int, to limit: Int) -> (number: WrittenNumber, end: Int)? {
    var digits: UInt64 = 0
    var count = 0
    var fraction = 0
    var hasPoint = false
    var at = start
    while at < limit {
      let byte = text[at]
      if byte &- 0x30 < 10 {
        count += 1
        guard count <= 19 else { return nil }
        digits = digits * 10 + UInt64(byte - 0x30)
        if hasPoint { fraction += 1 }
      } else if byte == 0x2E {
        if hasPoint { return nil }
        guard at + 1 < limit, text[at + 1] &- 0x30 < 10 else { break }
        hasPoint = true
      } else if byte == 0x2C, !hasPoint {
        // The tokenizer lets only thousands commas into a number.
      } else {
        break
      }
      at += 1
    }
    return count == 0 ? nil : (WrittenNumber(digits: digits, exponent: -fraction), at)
  }

  /// The nearest double.
  var value: Double {
    if digits == 0 { return 0 }
    // Both factors are exact below these bounds, so that the one operation rounds once (Clinger, 1990).
    if digits <= 1 << 53, abs(exponent) <= 22 {
      let power = Self.powers[abs(exponent)]
      return exponent < 0 ? Double(digits) / power : Double(digits) * power
    }
    return Double("\(digits)e\(exponent)") ?? 0
  }

  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
