/// The area under the receiver operating characteristic: how often a positive case scores above a negative one, ties counting half.
///
/// *Source*: the Mann-Whitney statistic; its variance after DeLong, DeLong and Clarke-Pearson, "Comparing the Areas under Two or More Correlated
/// Receiver Operating Characteristic Curves", 1988.
public struct AreaUnderCurve: Sendable, Equatable {
  public var value: Double
  /// The ends of the 95 % interval, within 0…1; both `nan` where they cannot be had.
  public var low: Double
  public var high: Double

  public init(value: Double, low: Double, high: Double) {
    self.value = value
    self.low = low
    self.high = high
  }

  /// Of scores, with DeLong's interval. Cases must be independent of each other.
  ///
  /// *Complexity*: O(n log n).
  public init(positives: [Double], negatives: [Double]) {
    let p = positives.sorted()
    let n = negatives.sorted()
    let above = p.map { Self.placement(of: $0, in: n) }
    let below = n.map { 1 - Self.placement(of: $0, in: p) }
    let mean = above.reduce(0, +) / Double(p.count)
    let variance = Self.variance(above) / Double(p.count) + Self.variance(below) / Double(n.count)
    let half = 1.959963984540054 * variance.squareRoot()
    self.init(value: mean, low: max(0, mean - half), high: min(1, mean + half))
  }

  /// Of counts by score, lowest first: where there are too many cases to keep.
  /// - Returns: the area alone.
  public static func of(positives: [Double], negatives: [Double]) -> Double {
    precondition(positives.count == negatives.count, "both histograms have the same bins")
    var won = 0.0
    var below = 0.0
    for (p, n) in zip(positives, negatives) {
      won += p * (below + n / 2)
      below += n
    }
    return won / (positives.reduce(0, +) * below)
  }

  /// The share of a sorted list that lies below a value, equals counting half.
  private static func placement(of value: Double, in sorted: [Double]) -> Double {
    func firstIndex(_ isPast: (Double) -> Bool) -> Int {
      var low = 0
      var high = sorted.count
      while low < high {
        let middle = (low + high) / 2
        if isPast(sorted[middle]) { high = middle } else { low = middle + 1 }
      }
      return low
    }
    return Double(firstIndex { $0 >= value } + firstIndex { $0 > value }) / 2 / Double(sorted.count)
  }

  private static func variance(_ values: [Double]) -> Double {
    guard values.count > 1 else { return .nan }
    let mean = values.reduce(0, +) / Double(values.count)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }
}
