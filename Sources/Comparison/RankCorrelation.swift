import Events
import Model

/// How far two scorers agree about the order of events.
///
/// *Spearman's ρ* is Pearson's correlation of the ranks, ties sharing the mean of theirs. *Kendall's τ-b* is the surplus of pairs of events in the
/// same order over pairs in opposite order, corrected for ties on either side. Both lie in -1…1; `nil` where one side has a single value only.
///
/// *Determinism*: sums are exact integers; one division at the end, rounded to six decimals.
/// *Source*: W. R. Knight, "A Computer Method for Calculating Kendall's Tau with Ungrouped Data", 1966.
public struct RankCorrelation: Sendable, Equatable {
  public var spearman: Double?
  public var kendall: Double?

  public init(spearman: Double?, kendall: Double?) {
    self.spearman = spearman
    self.kendall = kendall
  }

  /// - Parameter sorted: pairs in ascending order. They are used up: afterwards the array is sorted by the second numbers, which stand in the upper
  ///   halves, with ranks in the lower ones.
  /// - Complexity: O(n log n) time, and as much memory again as `sorted` has. Up to 2³¹ pairs.
  static func of(_ sorted: inout [UInt64]) -> RankCorrelation {
    let count = sorted.count
    precondition(count < 1 << 31, "ranks are counted in 32 bits")
    guard count > 1 else { return RankCorrelation(spearman: nil, kendall: nil) }
    let centre = count + 1
    var squares: (from: Int128, to: Int128, product: Int128) = (0, 0, 0)
    var tied: (from: Int, to: Int, both: Int) = (0, 0, 0)

    // First number by first number: the number gives way to its rank, doubled so that the mean of two ranks is whole.
    var start = 0
    while start < count {
      let run = start..<endOfRun(sorted, from: start, ignoring: 32)
      tied.from += pairs(run.count)
      var same = start
      while same < run.upperBound {
        let end = endOfRun(sorted, from: same, ignoring: 0)
        tied.both += pairs(end - same)
        same = end
      }
      let rank = run.lowerBound + 1 + run.upperBound
      let distance = Int128(rank - centre)
      squares.from += Int128(run.count) * distance * distance
      for index in run { sorted[index] = sorted[index] << 32 | UInt64(rank) }
      start = run.upperBound
    }
    let swaps = sortCountingSwaps(&sorted)
    start = 0
    while start < count {
      let run = start..<endOfRun(sorted, from: start, ignoring: 32)
      tied.to += pairs(run.count)
      let distance = Int128(run.lowerBound + 1 + run.upperBound - centre)
      squares.to += Int128(run.count) * distance * distance
      var ranks = 0
      for index in run { ranks += Int(sorted[index] & 0xffff_ffff) - centre }
      squares.product += Int128(ranks) * distance
      start = run.upperBound
    }
    let all = pairs(count)
    let surplus = Int128(all - tied.from - tied.to + tied.both) - 2 * Int128(swaps)
    return RankCorrelation(
      spearman: ratio(squares.product, squares.from, squares.to), kendall: ratio(surplus, Int128(all - tied.from), Int128(all - tied.to)))
  }

  private static func pairs(_ count: Int) -> Int { count * (count - 1) / 2 }

  private static func ratio(_ sum: Int128, _ a: Int128, _ b: Int128) -> Double? {
    guard a > 0, b > 0 else { return nil }
    // Equal ones make no detour through roots, so that perfect agreement is 1 exactly.
    let scale = a == b ? Double(a) : Double(a).squareRoot() * Double(b).squareRoot()
    return rounded(max(-1, min(1, Double(sum) / scale)))
  }

  /// The end of the run of keys that are equal but for their lowest bits.
  private static func endOfRun(_ sorted: [UInt64], from start: Int, ignoring bits: UInt64) -> Int {
    let key = sorted[start] >> bits
    var end = start + 1
    while end < sorted.count, sorted[end] >> bits == key { end += 1 }
    return end
  }

  /// Sorts by the upper halves, keeps the order of equal ones, and counts the pairs that stood in the wrong order: a merge sort from below.
  private static func sortCountingSwaps(_ pairs: inout [UInt64]) -> Int {
    let count = pairs.count
    var other = pairs
    var swaps = 0
    var width = 1
    while width < count {
      var low = 0
      while low < count {
        let middle = min(low + width, count)
        let high = min(middle + width, count)
        var (left, right, out) = (low, middle, low)
        while left < middle, right < high {
          if pairs[right] >> 32 < pairs[left] >> 32 {
            other[out] = pairs[right]
            swaps += middle - left
            right += 1
          } else {
            other[out] = pairs[left]
            left += 1
          }
          out += 1
        }
        while left < middle {
          other[out] = pairs[left]
          left += 1
          out += 1
        }
        while right < high {
          other[out] = pairs[right]
          right += 1
          out += 1
        }
        low = high
      }
      swap(&pairs, &other)
      width *= 2
    }
    return swaps
  }
}
