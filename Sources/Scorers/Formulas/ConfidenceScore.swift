import Events
import Model

/// How far the source can be believed, and what speaks for and against it.
enum ConfidenceScore {
  static func compute(
    _ input: EnrichedEvent, _ settings: ScorerSettings, _ weight: Double, _ memo: inout ScoreMemo
  ) -> ScoreDetail {
    let reputation =
      settings.reputationBySource[input.event.source] ?? settings.reputationByKind[Int(input.event.kind.rawValue)]
      ?? settings.reputationDefault
    let flags = input.event.flags
    let hasEntities = !input.event.entities.isEmpty
    let sources = input.enrichment.cluster.sources
    let key = ScoreMemo.Key(
      a: reputation.bitPattern, b: UInt64(flags.rawValue) << 1 | (hasEntities ? 1 : 0), c: UInt64(sources), d: weight.bitPattern)
    return memo.detail(.confidence, key) { detail(reputation, flags, hasEntities, sources, settings, weight) }
  }

  private static func detail(
    _ reputation: Double, _ flags: EventFlags, _ hasEntities: Bool, _ sources: Int, _ settings: ScorerSettings, _ weight: Double
  ) -> ScoreDetail {
    var value = reputation
    var inputs: [ScoreDetail.Input] = []
    if flags.contains(.conflictingAmounts) {
      value *= settings.confidenceConflictingAmounts
      inputs.append(.init("amount_conflict", settings.confidenceConflictingAmounts))
    }
    if !hasEntities {
      value *= settings.confidenceWithoutEntities
      inputs.append(.init("no_entities", settings.confidenceWithoutEntities))
    }
    inputs.append(.init("reputation", reputation))
    inputs.append(.init("sources", Double(sources)))
    if flags.contains(.starsWithoutForks) {
      value *= settings.confidenceStarsWithoutForks
      inputs.append(.init("star_anomaly", settings.confidenceStarsWithoutForks))
    }
    if flags.contains(.timeMissing) {
      value *= settings.confidenceTimeMissing
      inputs.append(.init("time_missing", settings.confidenceTimeMissing))
    }
    if sources >= 2 { value += settings.confidenceIndependentSources }
    var sentence = Sentence()
    sentence.say("Reputation ")
    sentence.say(reputation)
    sentence.say(sources == 1 ? ", one source." : ", ")
    if sources != 1 {
      sentence.say(sources)
      sentence.say(" independent sources.")
    }
    return ScoreDetail(value: rounded(value.clamped(0, 1)), weight: weight, inputs: inputs, sentence: sentence.bytes)
  }
}
