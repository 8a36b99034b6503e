import Events

/// How the values of one number are spread.
///
/// *Shape*: quantiles are recorded values (nearest rank: the smallest value with at least that share of all at or below it), so they need no
/// interpolation. The histogram has equal steps over 0…1; what lies outside is counted in its first or last step.
public struct Distribution: Sendable, Equatable {
  public static let percentiles = [1, 5, 10, 25, 50, 75, 90, 95, 99]
  public static let steps = 40

  public var count = 0
  /// Exact but for one division; 0 where nothing is counted.
  public var mean = 0.0
  public var least = 0.0
  public var greatest = 0.0
  /// By place in `percentiles`.
  public var quantiles = [Double](repeating: 0, count: percentiles.count)
  public var histogram = [Int](repeating: 0, count: steps)

  init() {}

  /// - Parameter value: the n-th smallest value, in millionths.
  init(count: Int, value: (Int) -> Int32) {
    self.count = count
    guard count > 0 else { return }
    var sum = 0
    for index in 0..<count {
      let value = Int(value(index))
      sum += value
      histogram[max(0, min(Self.steps - 1, value * Self.steps / 1_000_000))] += 1
    }
    mean = rounded(Double(sum) / Double(count) / 1_000_000)
    least = Double(value(0)) / 1_000_000
    greatest = Double(value(count - 1)) / 1_000_000
    quantiles = Self.percentiles.map { Double(value(max(0, ($0 * count + 99) / 100 - 1))) / 1_000_000 }
  }
}

/// How far one number moved from one scorer to the other.
public struct Movement: Sendable, Equatable {
  public static let steps = 40

  public var up = 0
  public var down = 0
  public var unchanged = 0
  /// Of the difference's magnitude, over all pairs.
  public var meanMagnitude = 0.0
  public var greatest = 0.0
  /// Where the histogram ends on both sides: a round number not below `greatest`.
  public var limit = 0.01
  /// The differences that are not zero, in equal steps over -`limit`…`limit`.
  public var histogram = [Int](repeating: 0, count: steps)

  init() {}

  init(_ pairs: [UInt64]) {
    var sum = 0
    var most = 0
    for pair in pairs {
      let difference = Int(PairColumn.second(pair)) - Int(PairColumn.first(pair))
      if difference > 0 { up += 1 } else if difference < 0 { down += 1 } else { unchanged += 1 }
      sum += abs(difference)
      most = max(most, abs(difference))
    }
    guard !pairs.isEmpty else { return }
    meanMagnitude = rounded(Double(sum) / Double(pairs.count) / 1_000_000)
    greatest = Double(most) / 1_000_000
    let limits = [10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000]
    let end = limits.first { $0 >= most } ?? most
    limit = Double(end) / 1_000_000
    for pair in pairs {
      let difference = Int(PairColumn.second(pair)) - Int(PairColumn.first(pair))
      if difference == 0 { continue }
      // A difference of a whole step belongs to the step it ends, on either side of zero.
      let half = Self.steps / 2
      let step = (abs(difference) * half + end - 1) / end - 1
      histogram[difference > 0 ? half + step : half - 1 - step] += 1
    }
  }
}

/// One number under both scorers.
public struct PairStatistics: Sendable, Equatable {
  public static let cells = 32

  public var correlation = RankCorrelation(spearman: nil, kendall: nil)
  public var from = Distribution()
  public var to = Distribution()
  public var movement = Movement()
  /// How many pairs lie in each cell of 0…1 by 0…1, row by row: the row is the step of the second number, the column that of the first.
  public var grid = [Int](repeating: 0, count: cells * cells)

  init() {}

  /// - Complexity: O(n log n) time; one more array of the column's size while it runs.
  init(_ column: consuming PairColumn) {
    var pairs = column.pairs
    column.pairs = []
    pairs.sort()
    from = Distribution(count: pairs.count) { PairColumn.first(pairs[$0]) }
    movement = Movement(pairs)
    func cell(_ value: Int32) -> Int { max(0, min(Self.cells - 1, Int(value) * Self.cells / 1_000_000)) }
    for pair in pairs { grid[cell(PairColumn.second(pair)) * Self.cells + cell(PairColumn.first(pair))] += 1 }
    correlation = RankCorrelation.of(&pairs)
    // A single pair was not looked at.
    if pairs.count == 1 { pairs[0] <<= 32 }
    to = Distribution(count: pairs.count) { PairColumn.first(pairs[$0]) }
  }
}
