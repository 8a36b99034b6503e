import Model

/// An exponential moving average of how often a day something happens, with a half-life of seven days.
///
/// Every occurrence adds ln 2 / 7, and everything halves in seven days: something that happens r times a day settles at r. Occurrences may come in any
/// order; what was is brought forward to the newest moment, so that sums of parts are, up to rounding, the sum of the whole.
public struct Fading: Sendable, Equatable {
  public static let halfLife = 7 * Int64.day
  /// ln 2 / 7.
  public static let step = 0.09902102579427789

  public var weight: Double
  public var at: Timestamp

  public init(weight: Double = step, at: Timestamp) {
    self.weight = weight
    self.at = at
  }

  /// Both averages as one, as of the later moment.
  public static func + (a: Fading, b: Fading) -> Fading {
    let at = max(a.at, b.at)
    return Fading(weight: a.faded(to: at) + b.faded(to: at), at: at)
  }

  /// The weight at a moment that is not before `at`.
  public func faded(to moment: Timestamp) -> Double {
    guard moment > at else { return weight }
    // Beyond a thousand half-lives nothing is left, here as in the store.
    return weight * Elementary.exp2(max(-1000, -Double(moment.milliseconds(since: at)) / Double(Self.halfLife)))
  }
}
