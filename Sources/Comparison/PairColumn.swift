import Model

/// One number of many events under two scorers: the input of rank correlation and of both distributions.
///
/// *Shape*: eight bytes an event, two signed counts of millionths, in an order in which plain integer comparison sorts by the first, then by
/// the second. Recorded scores have six decimals, so nothing is lost; what lies beyond ±2147 is held at that.
public struct PairColumn: Sendable {
  var pairs: [UInt64] = []

  /// - Parameter capacity: how many pairs are expected.
  public init(capacity: Int = 0) { pairs.reserveCapacity(capacity) }

  public var count: Int { pairs.count }

  public mutating func append(_ from: Int32, _ to: Int32) {
    pairs.append(UInt64(Self.key(from)) << 32 | UInt64(Self.key(to)))
  }

  /// A recorded number as millionths.
  public static func millionths(_ value: Double) -> Int32 {
    guard value.isFinite else { return 0 }
    let scaled = value * 1_000_000
    return Int32(max(-2_147_000_000, min(2_147_000_000, scaled < 0 ? scaled - 0.5 : scaled + 0.5)))
  }

  static func key(_ value: Int32) -> UInt32 { UInt32(bitPattern: value) ^ 0x8000_0000 }
  static func value(_ key: UInt32) -> Int32 { Int32(bitPattern: key ^ 0x8000_0000) }
  static func first(_ pair: UInt64) -> Int32 { value(UInt32(truncatingIfNeeded: pair >> 32)) }
  static func second(_ pair: UInt64) -> Int32 { value(UInt32(truncatingIfNeeded: pair)) }
}
