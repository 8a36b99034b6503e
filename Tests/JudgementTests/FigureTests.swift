import Judgement
import Testing

@Suite struct FigureTests {
  @Test func separatedScoresHaveAreaOne() {
    let area = AreaUnderCurve(positives: [0.8, 0.9], negatives: [0.1, 0.2, 0.3])
    #expect(area.value == 1)
    #expect(area.low == 1 && area.high == 1)
  }

  @Test func tiesCountHalf() {
    // Of the four pairs: 2 > 1 and 2 = 2 (half), 1 = 1 (half), 1 < 2.
    #expect(AreaUnderCurve(positives: [1, 2], negatives: [1, 2]).value == 0.5)
    #expect(AreaUnderCurve(positives: [2], negatives: [1, 2, 3, 2]).value == 0.5)
    #expect(AreaUnderCurve(positives: [1, 3], negatives: [0, 2]).value == 0.75)
  }

  @Test func delongsIntervalIsTheHandComputedOne() {
    // Placements: positives 0.5 and 1, negatives 1 and 0.5: both variances 0.125, each over 2: 0.125 in all.
    let area = AreaUnderCurve(positives: [1, 3], negatives: [0, 2])
    #expect(abs(area.low - (0.75 - 1.959963984540054 * 0.125.squareRoot())) < 1e-12)
    #expect(area.high == 1)
  }

  @Test func countsByScoreGiveTheSameArea() {
    // Bins 0, 1, 2, 3: positives at 1 and 3, negatives at 0 and 2.
    #expect(AreaUnderCurve.of(positives: [0, 1, 0, 1], negatives: [1, 0, 1, 0]) == 0.75)
  }

  @Test func aPerfectClusteringIsPerfect() {
    let judgement = ClusteringJudgement(labels: [1, 1, 2, 2, 2], clusters: [7, 7, 3, 3, 3])
    #expect(judgement.bcubed == PrecisionRecall(precision: 1, recall: 1))
    #expect(judgement.pairs == PrecisionRecall(precision: 1, recall: 1))
  }

  @Test func bcubedAveragesOverItems() {
    // One cluster of a, a, b and one of b: precision (2/3 + 2/3 + 1/3 + 1) / 4, recall (1 + 1 + 1/2 + 1/2) / 4.
    let judgement = ClusteringJudgement(labels: [1, 1, 2, 2], clusters: [1, 1, 1, 2])
    #expect(abs(judgement.bcubed.precision - 8.0 / 12) < 1e-12)
    #expect(judgement.bcubed.recall == 0.75)
    // Three pairs found, one of them right, two wanted.
    #expect(abs(judgement.pairs.precision - 1.0 / 3) < 1e-12)
    #expect(judgement.pairs.recall == 0.5)
    #expect(abs(judgement.pairs.f1 - 0.4) < 1e-12)
  }

  @Test func singletonsAreAllPrecisionAndNoPairs() {
    let judgement = ClusteringJudgement(labels: [1, 1, 1, 1], clusters: [1, 2, 3, 4])
    #expect(judgement.bcubed == PrecisionRecall(precision: 1, recall: 0.25))
    #expect(judgement.pairs == PrecisionRecall(precision: 1, recall: 0))
  }

  @Test func theBootstrapOfAConstantIsThatConstantAndDrawsAllGroupsInTheEnd() {
    var drawn = Set<Int>()
    let interval = Resampling.interval(groups: 5, rounds: 40, seed: 1) { times in
      #expect(times.reduce(0, +) == 5)
      for (group, count) in times.enumerated() where count > 0 { drawn.insert(group) }
      return 3
    }
    #expect(interval.low == 3 && interval.high == 3)
    #expect(drawn.count == 5)
  }

  @Test func aShuffleIsAPermutationAndAFunctionOfItsSeed() {
    let order = Resampling.shuffled(100, seed: 4)
    #expect(order.sorted() == Array(0..<100))
    #expect(order == Resampling.shuffled(100, seed: 4))
    #expect(order != Resampling.shuffled(100, seed: 5))
  }
}
