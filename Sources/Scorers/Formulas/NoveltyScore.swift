import Events
import Model

/// One minus the mean similarity to the nearest earlier events, shrinking as a story gathers members within a day.
enum NoveltyScore {
  static func compute(
    _ input: EnrichedEvent, _ settings: ScorerSettings, _ weight: Double, _ memo: inout ScoreMemo
  ) -> ScoreDetail {
    let count = input.enrichment.neighbors.count
    let mean = meanSimilarity(input.enrichment)
    let n = max(1, input.enrichment.cluster.recentSize)
    let hasEmbedding = input.enrichment.embedding != nil
    let key = ScoreMemo.Key(a: UInt64(count) << 1 | (hasEmbedding ? 1 : 0), b: mean.bitPattern, c: UInt64(n), d: weight.bitPattern)
    return memo.detail(.novelty, key) { detail(hasEmbedding, count, mean, n, settings, weight) }
  }

  private static func detail(
    _ hasEmbedding: Bool, _ count: Int, _ mean: Double, _ n: Int, _ settings: ScorerSettings, _ weight: Double
  ) -> ScoreDetail {
    let base = hasEmbedding ? (1 - mean).clamped(0, 1) : settings.noveltyWithoutEmbedding
    let share = 1 / (1 + Elementary.ln(Double(n)))
    var sentence = Sentence()
    if !hasEmbedding {
      sentence.say("No text to compare")
    } else if count == 0 {
      sentence.say("Nothing like it in the window")
    } else {
      sentence.say(count)
      sentence.say(" nearest are ")
      sentence.say(mean)
      sentence.say(" similar on average")
    }
    sentence.say("; number ")
    sentence.say(n)
    sentence.say(" of its story today.")
    return ScoreDetail(
      value: rounded(base * share), weight: weight,
      inputs: [.init("member", Double(n)), .init("neighbors", Double(count)), .init("similarity", rounded(mean))], sentence: sentence.bytes)
  }
  /// The mean over the neighbours; 0 without any.
  static func meanSimilarity(_ enrichment: Enrichment) -> Double {
    var sum = 0.0
    for neighbor in enrichment.neighbors { sum += neighbor.similarity }
    return enrichment.neighbors.isEmpty ? 0 : sum / Double(enrichment.neighbors.count)
  }
}
