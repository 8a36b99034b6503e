import Model

/// The percentile bootstrap over groups of cases, where cases of one group are not independent of each other.
///
/// *Source*: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
public enum Resampling {
  /// The 95 % interval of a figure.
  /// - Parameters:
  ///   - groups: how many there are.
  ///   - figure: computed from how often each group was drawn.
  public static func interval(groups: Int, rounds: Int, seed: UInt64, _ figure: ([Int]) -> Double) -> (low: Double, high: Double) {
    precondition(groups > 0 && rounds >= 40, "an interval needs groups and forty rounds")
    var random = SplitMix64(seed: seed)
    var values: [Double] = []
    for _ in 0..<rounds {
      var times = [Int](repeating: 0, count: groups)
      for _ in 0..<groups { times[random.below(groups)] += 1 }
      let value = figure(times)
      if value.isFinite { values.append(value) }
    }
    values.sort()
    guard !values.isEmpty else { return (.nan, .nan) }
    return (values[values.count / 40], values[values.count - 1 - values.count / 40])
  }

  /// A permutation of `0 ..< count` (Fisher and Yates), the same for the same seed.
  public static func shuffled(_ count: Int, seed: UInt64) -> [Int] {
    var order = Array(0..<count)
    var random = SplitMix64(seed: seed)
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, random.below(i + 1)) }
    return order
  }
}
