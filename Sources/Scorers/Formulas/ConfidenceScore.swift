import Events
import Model

/// How far the source can be believed, and what speaks for and against it.
enum ConfidenceScore {
  static func compute(_ input: EnrichedEvent, _ settings: ScorerSettings, _ weight: Double) -> ScoreDetail {
    let event = input.event
    let reputation =
      settings.reputationBySource[event.source] ?? settings.reputationByKind[Int(event.kind.rawValue)] ?? settings.reputationDefault
    var value = reputation
    var inputs: [ScoreDetail.Input] = []
    if event.flags.contains(.conflictingAmounts) {
      value *= settings.confidenceConflictingAmounts
      inputs.append(.init("amount_conflict", settings.confidenceConflictingAmounts))
    }
    if event.entities.isEmpty {
      value *= settings.confidenceWithoutEntities
      inputs.append(.init("no_entities", settings.confidenceWithoutEntities))
    }
    inputs.append(.init("reputation", reputation))
    let sources = input.enrichment.cluster.sources
    inputs.append(.init("sources", Double(sources)))
    if event.flags.contains(.starsWithoutForks) {
      value *= settings.confidenceStarsWithoutForks
      inputs.append(.init("star_anomaly", settings.confidenceStarsWithoutForks))
    }
    if event.flags.contains(.timeMissing) {
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
