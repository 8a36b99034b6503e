import Testing

@testable import Comparison

/// The statistics against figures worked out by hand and by the definitions, which take O(n²).
@Suite struct StatisticsTests {
  static func column(_ pairs: [(Int32, Int32)]) -> PairColumn {
    var column = PairColumn(capacity: pairs.count)
    for pair in pairs { column.append(pair.0, pair.1) }
    return column
  }

  /// By the definitions: ranks by counting, τ-b by looking at every pair.
  static func slow(_ pairs: [(Int32, Int32)]) -> RankCorrelation {
    func ranks(_ values: [Int32]) -> [Double] {
      values.map { value in
        Double(values.filter { $0 < value }.count) + Double(values.filter { $0 == value }.count + 1) / 2
      }
    }
    func pearson(_ a: [Double], _ b: [Double]) -> Double? {
      let means = (a.reduce(0, +) / Double(a.count), b.reduce(0, +) / Double(b.count))
      var sums = (0.0, 0.0, 0.0)
      for (x, y) in zip(a, b) {
        sums.0 += (x - means.0) * (x - means.0)
        sums.1 += (y - means.1) * (y - means.1)
        sums.2 += (x - means.0) * (y - means.1)
      }
      return sums.0 > 0 && sums.1 > 0 ? sums.2 / (sums.0 * sums.1).squareRoot() : nil
    }
    var counts = (concordant: 0, discordant: 0, first: 0, second: 0)
    for i in pairs.indices {
      for j in pairs.indices where j > i {
        let (a, b) = (pairs[i], pairs[j])
        let sign = (a.0 - b.0).signum() * (a.1 - b.1).signum()
        if sign > 0 { counts.concordant += 1 } else if sign < 0 { counts.discordant += 1 }
        if a.0 != b.0 { counts.first += 1 }
        if a.1 != b.1 { counts.second += 1 }
      }
    }
    let scale = (Double(counts.first) * Double(counts.second)).squareRoot()
    return RankCorrelation(
      spearman: pairs.count > 1 ? pearson(ranks(pairs.map(\.0)), ranks(pairs.map(\.1))) : nil,
      kendall: scale > 0 ? Double(counts.concordant - counts.discordant) / scale : nil)
  }

  static func areClose(_ a: Double?, _ b: Double?) -> Bool {
    if let a, let b { abs(a - b) <= 1e-6 } else { a == nil && b == nil }
  }

  @Test func correlationsAreTheHandComputedOnes() {
    // x: 1 2 3 4 5, y: 2 1 4 3 5. Σd² = 4, ρ = 1 - 6·4 / (5·24) = 0.8; 8 pairs agree, 2 do not: τ = 0.6.
    let plain = PairStatistics(Self.column([(3, 4), (1, 2), (5, 5), (2, 1), (4, 3)])).correlation
    #expect(plain == RankCorrelation(spearman: 0.8, kendall: 0.6))
    // x: 1 2 2 3, y: 1 3 2 2. Ranks 1 2.5 2.5 4 and 1 4 2.5 2.5: Σxy - n·6.25 = 1 + 10 + 6.25 + 10 - 25 = 2.25; both squares 4.5; ρ = 0.5.
    // Three pairs agree, one does not, one is tied in x, one in y: τ-b = 2 / √(5·5) = 0.4.
    let tied = PairStatistics(Self.column([(1, 1), (2, 3), (2, 2), (3, 2)])).correlation
    #expect(tied == RankCorrelation(spearman: 0.5, kendall: 0.4))
  }

  @Test func perfectAgreementIsOneAndItsOppositeMinusOne() {
    let values: [Int32] = [400_000, 100_000, 100_000, 900_000, -5, 2_000_000]
    #expect(PairStatistics(Self.column(values.map { ($0, $0) })).correlation == RankCorrelation(spearman: 1, kendall: 1))
    #expect(PairStatistics(Self.column(values.map { ($0, -$0) })).correlation == RankCorrelation(spearman: -1, kendall: -1))
  }

  @Test func nothingIsSaidOfASideWithOneValue() {
    let none = RankCorrelation(spearman: nil, kendall: nil)
    #expect(PairStatistics(Self.column([])).correlation == none)
    #expect(PairStatistics(Self.column([(1, 2)])).correlation == none)
    #expect(PairStatistics(Self.column([(1, 2), (1, 3), (1, 4)])).correlation == none)
    #expect(PairStatistics(Self.column([(1, 2), (3, 2)])).correlation == none)
  }

  /// All sequences of up to five pairs of values 0…2 for which the order within does not matter: every pattern of ties there is.
  @Test(arguments: 1...5)
  func everySmallCaseIsAsTheDefinitionsSay(count: Int) {
    var digits = [Int](repeating: 0, count: count)
    var cases = 0
    while true {
      let pairs = digits.map { (Int32($0 / 3), Int32($0 % 3)) }
      let expected = Self.slow(pairs)
      // In descending order, so that sorting has something to do.
      let statistics = PairStatistics(Self.column(pairs.reversed()))
      #expect(Self.areClose(statistics.correlation.spearman, expected.spearman), "\(pairs)")
      #expect(Self.areClose(statistics.correlation.kendall, expected.kendall), "\(pairs)")
      cases += 1
      // The next multiset: digits ascend.
      guard let place = digits.lastIndex(where: { $0 < 8 }) else { break }
      let next = digits[place] + 1
      for index in place..<count { digits[index] = next }
    }
    #expect(cases == [9, 45, 165, 495, 1287][count - 1])
  }

  @Test func aLongerListWithTiesIsAsTheDefinitionsSay() {
    var state: UInt64 = 7
    func draw(_ limit: UInt64) -> Int32 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int32(truncatingIfNeeded: (state >> 33) % limit)
    }
    for limit in [5, 40, 1_000_000] as [UInt64] {
      let pairs = (0..<500).map { _ in (draw(limit), draw(limit)) }
      let statistics = PairStatistics(Self.column(pairs))
      let expected = Self.slow(pairs)
      #expect(Self.areClose(statistics.correlation.spearman, expected.spearman))
      #expect(Self.areClose(statistics.correlation.kendall, expected.kendall))
    }
  }

  @Test func theOrderOfEventsDoesNotMatter() {
    let pairs: [(Int32, Int32)] = (0..<100).map { (index: Int32) in (index * 37 % 11, index * 53 % 13) }
    #expect(PairStatistics(Self.column(pairs)) == PairStatistics(Self.column(pairs.reversed())))
  }

  @Test func quantilesAreNearestRanksAndTheHistogramCountsAll() {
    // 1…200 hundredths of a per cent: P1 is the 2nd, P50 the 100th, P99 the 198th.
    let statistics = PairStatistics(Self.column((1...200).map { (index: Int32) in (index * 5000, 1_000_000 - index * 5000) }))
    #expect(statistics.from.quantiles == [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])
    #expect(statistics.to.quantiles == [0.005, 0.045, 0.095, 0.245, 0.495, 0.745, 0.895, 0.945, 0.985])
    #expect(statistics.from.mean == 0.5025 && statistics.from.least == 0.005 && statistics.from.greatest == 1)
    #expect(statistics.from.histogram.reduce(0, +) == 200)
    #expect(statistics.from.histogram[0] == 4 && statistics.from.histogram[39] == 6, "1 belongs to the last step")
    #expect(PairStatistics(Self.column([(250_000, 750_000)])).to.quantiles.allSatisfy { $0 == 0.75 }, "one pair is enough")
  }

  @Test func whatLiesOutsideIsCountedInTheLastSteps() {
    let statistics = PairStatistics(Self.column([(-3_000_000, 5_000_000), (0, 999_999)]))
    #expect(statistics.from.histogram[0] == 2)
    #expect(statistics.to.histogram[39] == 2)
    #expect(statistics.grid.reduce(0, +) == 2)
    #expect(statistics.from.least == -3)
  }

  @Test func movementsAreCountedBySide() {
    let movement = PairStatistics(Self.column([(0, 0), (100_000, 130_000), (500_000, 470_000), (1, 2), (9, 9)])).movement
    #expect(movement.up == 2 && movement.down == 1 && movement.unchanged == 2)
    #expect(movement.greatest == 0.03 && movement.limit == 0.05)
    #expect(movement.meanMagnitude == 0.012)
    #expect(movement.histogram.reduce(0, +) == 3)
    // Steps of 0.0025: +0.03 ends the 12th above zero, -0.03 the 12th below; one millionth lies in the first above.
    #expect(movement.histogram[31] == 1 && movement.histogram[8] == 1 && movement.histogram[20] == 1)
  }

  @Test(arguments: 0...6)
  func theForemostAreThoseOfSorting(limit: Int) {
    for seed in 0..<50 {
      let values: [Int] = (0..<12).map { (index: Int) -> Int in (index * 7 + seed * index * index) % 10 * 100 + index }
      var foremost = Foremost<Int>(limit, by: >)
      for value in values { foremost.offer(value) }
      #expect(foremost.sorted == Array(values.sorted(by: >).prefix(limit)))
    }
  }
}
