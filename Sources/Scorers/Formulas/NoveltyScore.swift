import Events
import Model

/// One minus the mean similarity to the nearest earlier events, shrinking as a story gathers members within a day.
enum NoveltyScore {
  static func compute(_ input: EnrichedEvent, _ settings: ScorerSettings, _ weight: Double) -> ScoreDetail {
    let enrichment = input.enrichment
    let count = enrichment.neighbors.count
    let mean = meanSimilarity(enrichment)
    let base = enrichment.embedding == nil ? settings.noveltyWithoutEmbedding : (1 - mean).clamped(0, 1)
    let n = max(1, enrichment.cluster.recentSize)
    let share = 1 / (1 + Elementary.ln(Double(n)))
    var sentence = Sentence()
    if enrichment.embedding == nil {
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
