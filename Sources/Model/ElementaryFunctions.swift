/// Exponential and logarithm to base two from basic operations alone, so that every machine computes the same bits.
///
/// The C library's functions differ between systems in the last bit; nothing recorded may depend on them. Addition, multiplication, division
/// and square root are exact to the last bit by IEEE 754, and Swift neither fuses nor reorders them.
public enum Elementary {
  /// Taylor coefficients of 2^f = e^(f ln 2): (ln 2)^k / k!, for k = 1…13.
  private static let exponential: [Double] = [
    0.6931471805599453, 0.2402265069591007, 0.05550410866482158, 0.009618129107628477, 0.0013333558146428443, 0.00015403530393381608,
    1.5252733804059841e-05, 1.3215486790144309e-06, 1.0178086009239699e-07, 7.054911620801123e-09, 4.4455382718708116e-10,
    2.5678435993488202e-11, 1.3691488853904128e-12,
  ]

  /// Two to the power of `x`, for −1000 ≤ x ≤ 1000 (clamped).
  ///
  /// *Error*: at most two units in the last place.
  public static func exp2(_ x: Double) -> Double {
    let clamped = min(max(x, -1000), 1000)
    let whole = clamped.rounded()
    let f = clamped - whole
    var sum = 0.0
    for k in stride(from: exponential.count - 1, through: 0, by: -1) { sum = (sum + exponential[k]) * f }
    return (1 + sum) * Double(sign: .plus, exponent: Int(whole), significand: 1)
  }

  /// The logarithm of a positive finite number to base two.
  ///
  /// With m in [√½, √2) and t = (m − 1) / (m + 1), log2 m = 2/ln 2 · (t + t³/3 + t⁵/5 + …); t stays below 0.172.
  /// *Error*: at most a few units in the last place of the larger of the result and one.
  public static func log2(_ x: Double) -> Double {
    precondition(x > 0 && x.isFinite, "a logarithm needs a positive finite number")
    var exponent = Double(x.exponent)
    var m = x.significand
    if m > 1.4142135623730951 {
      m /= 2
      exponent += 1
    }
    let t = (m - 1) / (m + 1)
    let square = t * t
    var sum = 0.0
    var k = 23.0
    while k >= 1 {
      sum = sum * square + 1 / k
      k -= 2
    }
    return exponent + 2.8853900817779268 * t * sum
  }

  /// The natural logarithm of a positive finite number.
  public static func ln(_ x: Double) -> Double { log2(x) * 0.6931471805599453 }

  /// 256 · log2 of a positive whole number, cut to a whole number: for weights in fixed point.
  public static func fixedLog2(_ x: UInt64) -> Int32 {
    precondition(x > 0, "a logarithm needs a positive number")
    let whole = 63 - x.leadingZeroBitCount
    // Eight fraction bits by squaring the mantissa (Knuth, volume 1, section 1.2.2, exercise 25).
    var mantissa = whole >= 31 ? x >> UInt64(whole - 31) : x << UInt64(31 - whole)
    var fraction: Int32 = 0
    for _ in 0..<8 {
      mantissa = (mantissa * mantissa) >> 31
      fraction <<= 1
      if mantissa >= 1 << 32 {
        mantissa >>= 1
        fraction |= 1
      }
    }
    return Int32(whole) << 8 | fraction
  }
}
