import CommandLine
import Model

/// Numbers with a fixed count of decimals, by integer arithmetic: the same everywhere, and columns stand below one another.
enum Fixed {
  /// `0.125` of 125,000 millionths with three decimals; half away from zero.
  static func text(millionths value: Int, decimals: Int) -> String {
    var unit = 1
    for _ in 0..<(6 - decimals) { unit *= 10 }
    let shown = (Int(value.magnitude) + unit / 2) / unit
    var scale = 1
    for _ in 0..<decimals { scale *= 10 }
    let sign = value < 0 && shown != 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(shown)" }
    let fraction = String(shown % scale)
    return "\(sign)\(shown / scale)." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  static func text(_ value: Double, decimals: Int) -> String {
    text(millionths: Int(PairColumn.millionths(value)), decimals: decimals)
  }

  /// With a sign in front: `+0.12`, `-0.12`, `0.00`.
  static func signed(_ value: Double, decimals: Int) -> String {
    let text = text(value, decimals: decimals)
    let isZero = text.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    return isZero ? text : value > 0 ? "+\(text)" : text
  }

  /// `1,234,567`.
  static func count(_ number: Int) -> String { Display.count(number) }

  /// `12.3%` of a share in a whole; `-` where the whole is nothing.
  static func share(_ part: Int, of whole: Int) -> String {
    guard whole > 0 else { return "-" }
    return text(Double(part) / Double(whole) * 100, decimals: 1) + "%"
  }
}
