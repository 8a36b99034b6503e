/// A seeded generator of pseudorandom numbers for simulations and generated fixtures: the same seed gives the same numbers everywhere.
///
/// Not for stages (they hash the event id instead) and not for secrets.
/// *Source*: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    defer { state &+= 0x9e37_79b9_7f4a_7c15 }
    return Fingerprint.mix(state)
  }

  /// A whole number in `0 ..< bound`, without the standard library's algorithm, which may change between versions.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "nothing lies below zero")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// True `numerator` times in `denominator`.
  public mutating func chance(_ numerator: Int, in denominator: Int) -> Bool { below(denominator) < numerator }

  /// Uniform in 0 ..< 1, 53 bits.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
