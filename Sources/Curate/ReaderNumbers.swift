import JSON
import Model

/// Numbers as readers want them: `$12.4M`, `48,120`, `200K`, `0.84`. No locale, no C library: the same everywhere.
enum ReaderNumbers {
  /// `$950`, `$1.25`, `$12.4M`, `$1B`.
  static func dollars(_ value: Double) -> [UInt8] {
    let sign = value < 0 ? Array("-$".utf8) : Array("$".utf8)
    let size = value.magnitude
    if size >= 999.995 { return sign + short(size) }
    var shown = small(size)
    // Cents come in pairs.
    if shown.count > 1, shown[shown.count - 2] == UInt8(ascii: ".") { shown.append(UInt8(ascii: "0")) }
    return sign + shown
  }

  /// `48,120`; with two digits behind the point where it is no whole number; short above a billion.
  static func count(_ value: Double) -> [UInt8] {
    if value < 0 { return [UInt8(ascii: "-")] + count(-value) }
    let size = value
    if size >= 1e9 { return short(size) }
    guard size == size.rounded() else { return small(size) }
    return grouped(Int64(size))
  }

  /// `200K`, `1M`: for sizes where nobody needs the last digit.
  static func short(_ value: Double) -> [UInt8] {
    guard value >= 0, value < 1e18 else { return canonicalNumber(value) }
    let units: [(Double, UInt8)] = [
      (1e3, UInt8(ascii: "K")), (1e6, UInt8(ascii: "M")), (1e9, UInt8(ascii: "B")), (1e12, UInt8(ascii: "T")),
    ]
    guard value >= 999.5 else { return small(value) }
    var chosen = units[0]
    for unit in units where (value / unit.0 * 10).rounded() >= 10 { chosen = unit }
    return fixed((value / chosen.0 * 10).rounded(), 1) + [chosen.1]
  }

  /// `8.2K`, `131K`, `1M`: token counts are powers of two, and nobody wants their tenths.
  static func tokens(_ value: Double) -> [UInt8] {
    guard value >= 10_000, value < 999_500 else { return short(value) }
    return grouped(Int64((value / 1000).rounded())) + [UInt8(ascii: "K")]
  }

  /// `0.84`: always two digits behind the point.
  static func score(_ value: Double) -> [UInt8] {
    guard value >= 0, value < 1e6 else { return canonicalNumber(value) }
    let hundredths = Int64((value * 100).rounded())
    return Array("\(hundredths / 100).".utf8) + [0x30 + UInt8(hundredths / 10 % 10), 0x30 + UInt8(hundredths % 10)]
  }

  /// `12.4`: one digit behind the point at most.
  static func multiple(_ value: Double) -> [UInt8] {
    value >= 0 && value < 1e15 ? fixed((value * 10).rounded(), 1) : canonicalNumber(value)
  }

  /// Up to two digits behind the point, more where the number would vanish.
  private static func small(_ value: Double) -> [UInt8] {
    guard value >= 0, value < 1e15 else { return canonicalNumber(value) }
    if value != 0, value < 0.01 { return canonicalNumber(value) }
    return fixed((value * 100).rounded(), 2)
  }

  /// A whole number of tenths or hundredths, trailing zeros dropped and thousands grouped.
  private static func fixed(_ scaled: Double, _ digits: Int) -> [UInt8] {
    let whole = Int64(scaled)
    let unit: Int64 = digits == 1 ? 10 : 100
    var result = grouped(whole / unit)
    var rest = whole % unit
    if rest == 0 { return result }
    result.append(UInt8(ascii: "."))
    if digits == 2 {
      result.append(0x30 + UInt8(rest / 10))
      rest %= 10
      if rest == 0 { return result }
    }
    result.append(0x30 + UInt8(rest))
    return result
  }

  private static func grouped(_ value: Int64) -> [UInt8] {
    var digits: [UInt8] = []
    DecimalText.append(value, to: &digits)
    var result: [UInt8] = []
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result.append(UInt8(ascii: ",")) }
      result.append(digit)
    }
    return result
  }
}

/// A number as canonical JSON writes it (RFC 8785).
func canonicalNumber(_ value: Double) -> [UInt8] {
  var bytes: [UInt8] = []
  DecimalText.append(value, to: &bytes)
  return bytes
}

func canonicalNumber(_ value: Int) -> [UInt8] { canonicalNumber(Double(value)) }

/// `2026-02-21`.
func dayText(_ time: Timestamp) -> [UInt8] {
  var bytes: [UInt8] = []
  time.appendRFC3339(to: &bytes)
  return bytes.count >= 20 ? Array(bytes.prefix(10)) : bytes
}

/// `July 2017`.
func monthText(_ time: Timestamp) -> [UInt8] {
  let names = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]
  let day = dayText(time)
  guard day.count == 10 else { return day }
  let month = Int(day[5] &- 0x30) * 10 + Int(day[6] &- 0x30)
  guard (1...12).contains(month) else { return day }
  return Array("\(names[month - 1]) ".utf8) + Array(day[0..<4])
}

/// `2026-02-21 03:52 UTC`.
func minuteText(_ time: Timestamp) -> [UInt8] {
  var bytes: [UInt8] = []
  time.appendRFC3339(to: &bytes)
  guard bytes.count >= 20 else { return bytes }
  return Array(bytes[0..<10]) + [0x20] + Array(bytes[11..<16]) + Array(" UTC".utf8)
}
