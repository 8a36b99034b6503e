import Model

/// Numbers written in decimal.
///
/// *Determinism*: correctly rounded on every machine: the fast path is exact by construction (Clinger, "How to Read Floating Point Numbers
/// Accurately", 1990), the slow path is the standard library's, which rounds correctly too.
public enum DecimalText {
  /// Powers of ten that a double holds exactly.
  static let exactPowers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// `digits` times ten to the `exponent`, correctly rounded. `digits` is below 2^63.
  public static func double(digits: UInt64, exponent: Int) -> Double {
    if digits < 1 << 53 {
      if exponent >= 0, exponent <= 22 { return Double(digits) * exactPowers[exponent] }
      if exponent < 0, exponent >= -22 { return Double(digits) / exactPowers[-exponent] }
    }
    return Double("\(digits)e\(exponent)") ?? 0
  }

  /// Reads `-12.5e3`. The range must hold a number of JSON's grammar.
  public static func double(_ bytes: [UInt8], in range: Range<Int>) -> Double {
    var i = range.lowerBound
    let negative = bytes[i] == UInt8(ascii: "-")
    if negative { i += 1 }
    var digits: UInt64 = 0
    var digitCount = 0
    var exponent = 0
    var fraction = false
    while i < range.upperBound {
      let byte = bytes[i]
      if byte >= 0x30, byte <= 0x39 {
        if digitCount < 18 {
          digits = digits * 10 + UInt64(byte - 0x30)
          if digits != 0 { digitCount += 1 }
          if fraction { exponent -= 1 }
        } else {
          return slow(bytes, range)
        }
      } else if byte == UInt8(ascii: ".") {
        fraction = true
      } else {
        break
      }
      i += 1
    }
    if i < range.upperBound {
      i += 1
      let negativeExponent = bytes[i] == UInt8(ascii: "-")
      if negativeExponent || bytes[i] == UInt8(ascii: "+") { i += 1 }
      var power = 0
      while i < range.upperBound {
        power = min(power * 10 + Int(bytes[i] - 0x30), 100_000)
        i += 1
      }
      exponent += negativeExponent ? -power : power
    }
    let value = digits == 0 ? 0 : double(digits: digits, exponent: exponent)
    return negative ? -value : value
  }

  private static func slow(_ bytes: [UInt8], _ range: Range<Int>) -> Double {
    Double(String(decoding: bytes[range], as: UTF8.self)) ?? 0
  }

  /// Reads an optionally signed whole number that fills the range.
  /// - Returns: `nil` where it is something else or does not fit.
  public static func int(_ bytes: [UInt8], in range: Range<Int>) -> Int64? {
    var i = range.lowerBound
    guard i < range.upperBound else { return nil }
    let negative = bytes[i] == UInt8(ascii: "-")
    if negative { i += 1 }
    guard i < range.upperBound, range.upperBound - i <= 19 else { return nil }
    var value: Int64 = 0
    while i < range.upperBound {
      guard bytes[i] >= 0x30, bytes[i] <= 0x39 else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.subtractingReportingOverflow(Int64(bytes[i] - 0x30))
      if overflow || carry { return nil }
      value = sum
      i += 1
    }
    if negative { return value }
    return value == .min ? nil : -value
  }

  /// Reads a number in JSON's grammar that fills the range; `nil` where it does not.
  public static func checkedDouble(_ bytes: [UInt8], in range: Range<Int>) -> Double? {
    guard !range.isEmpty, let first = bytes[range].first, first == UInt8(ascii: "-") || (first >= 0x30 && first <= 0x39) else { return nil }
    var document = JSONDocument()
    guard (try? document.parse(bytes, in: range)) != nil else { return nil }
    return document.double(document.root)
  }

  /// Appends a whole number.
  @inlinable public static func append(_ value: Int64, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    append(value.magnitude, to: &bytes)
  }

  /// How many digits a whole number has.
  @inlinable public static func digitCount(_ value: UInt64) -> Int {
    var count = 1
    var left = value
    // Four digits at a time: dividing by a constant is a multiplication.
    while left >= 10_000 {
      left /= 10_000
      count += 4
    }
    return count + (left < 100 ? (left < 10 ? 0 : 1) : (left < 1000 ? 2 : 3))
  }

  public static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    if value < 10 {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
      return
    }
    unsafe bytes.append(upTo: 24) { out in
      if value < 100_000_000 { return unsafe put(leading: value, at: out) }
      let (rest, last) = value.quotientAndRemainder(dividingBy: 100_000_000)
      var count: Int
      if rest < 100_000_000 {
        count = unsafe put(leading: rest, at: out)
      } else {
        count = unsafe put(leading: rest / 100_000_000, at: out)
        unsafe put(eightDigits(rest % 100_000_000), at: out + count)
        count += 8
      }
      unsafe put(eightDigits(last), at: out + count)
      return count + 8
    }
  }

  /// The eight digits of a number below 10^8 as bytes 0…9, the first in the lowest byte: all eight at once, each division a multiplication (Khuong, "How
  /// to print integers really fast", 2017).
  @inline(__always) private static func eightDigits(_ value: UInt64) -> UInt64 {
    let fours = (value / 10_000) | (value % 10_000) << 32
    let high = ((fours &* 10_486) >> 20) & 0x0000_007f_0000_007f
    let twos = high | (fours &- 100 &* high) << 16
    let tens = ((twos &* 103) >> 10) & 0x000f_000f_000f_000f
    return tens | (twos &- 10 &* tens) << 8
  }

  private static let zeros: UInt64 = 0x3030_3030_3030_3030

  @inline(__always) private static func put(_ digits: UInt64, at out: UnsafeMutablePointer<UInt8>) {
    unsafe UnsafeMutableRawPointer(out).storeBytes(of: (digits | zeros).littleEndian, as: UInt64.self)
  }

  /// Writes a number from 1 to 10^8 − 1 without leading zeros; eight bytes are written over.
  /// - Returns: how many of them count.
  @inline(__always) private static func put(leading value: UInt64, at out: UnsafeMutablePointer<UInt8>) -> Int {
    let digits = eightDigits(value)
    let leading = digits.trailingZeroBitCount / 8
    unsafe UnsafeMutableRawPointer(out).storeBytes(of: ((digits | zeros) >> UInt64(8 * leading)).littleEndian, as: UInt64.self)
    return 8 - leading
  }

  /// Appends a double as ECMAScript's `Number::toString` writes it, which is what RFC 8785, section 3.2.2.3 asks for: the
  /// shortest digits that read back as the same value. The value must be finite.
  public static func append(_ value: Double, to bytes: inout [UInt8]) {
    precondition(value.isFinite, "JSON has no infinity and no NaN")
    let size = value.magnitude
    if size < 9_007_199_254_740_992, Double(Int64(size)) == size {
      // Also turns -0 into 0, as ECMAScript does.
      append(Int64(value), to: &bytes)
      return
    }
    // Up to six decimals and fifteen digits: a decimal that short has no shorter rival that reads back the same.
    let scaled = size < 1e9 ? Double(Int64(size * 1_000_000 + 0.5)) : 0
    if scaled >= 1, scaled / 1_000_000 == size {
      if value < 0 { bytes.append(UInt8(ascii: "-")) }
      let whole = UInt64(scaled)
      append(whole / 1_000_000, to: &bytes)
      unsafe bytes.append(upTo: 9) { out in
        unsafe out[0] = UInt8(ascii: ".")
        // Not a whole number (those were written above), so that there is a digit that is not 0, and the last of these ends the text.
        let digits = eightDigits(whole % 1_000_000 * 100)
        unsafe put(digits, at: out + 1)
        return 9 - digits.leadingZeroBitCount / 8
      }
      return
    }
    appendShortest(value, to: &bytes)
  }

  /// The general case: the standard library's shortest digits, laid out as ECMAScript lays them out.
  private static func appendShortest(_ value: Double, to bytes: inout [UInt8]) {
    var digits: [UInt8] = []
    digits.reserveCapacity(24)
    var point = 0
    var exponent = 0
    var seenPoint = false
    var text = Array(value.magnitude.description.utf8)[...]
    while let byte = text.popFirst() {
      if byte == UInt8(ascii: ".") {
        seenPoint = true
      } else if byte == UInt8(ascii: "e") {
        exponent = Int(String(decoding: text, as: UTF8.self)) ?? 0
        break
      } else {
        digits.append(byte)
        if !seenPoint { point += 1 }
      }
    }
    point += exponent
    while digits.count > 1, digits.last == 0x30 { digits.removeLast() }
    var leading = 0
    while leading < digits.count - 1, digits[leading] == 0x30 { leading += 1 }
    digits.removeFirst(leading)
    point -= leading
    // `point` is ECMAScript's n: the value is 0.d1d2… times ten to the n.
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let count = digits.count
    if count <= point, point <= 21 {
      bytes.append(contentsOf: digits)
      for _ in count..<point { bytes.append(0x30) }
    } else if point > 0, point <= 21 {
      bytes.append(contentsOf: digits[..<point])
      bytes.append(UInt8(ascii: "."))
      bytes.append(contentsOf: digits[point...])
    } else if point > -6, point <= 0 {
      bytes.append(contentsOf: "0.".utf8)
      for _ in 0 ..< -point { bytes.append(0x30) }
      bytes.append(contentsOf: digits)
    } else {
      bytes.append(digits[0])
      if count > 1 {
        bytes.append(UInt8(ascii: "."))
        bytes.append(contentsOf: digits[1...])
      }
      bytes.append(UInt8(ascii: "e"))
      bytes.append(point > 0 ? UInt8(ascii: "+") : UInt8(ascii: "-"))
      append(UInt64((point - 1).magnitude), to: &bytes)
    }
  }
}
