import Events
import Model

/// 2^(−age / half-life). The age runs from when the story was first seen, or from when the thing happened by the source's own account where that
/// was earlier: an exploit that a list publishes a year late is not fresh because the list is.
enum FreshnessScore {
  static func compute(
    _ input: EnrichedEvent, _ settings: ScorerSettings, _ weight: Double, _ memo: inout ScoreMemo
  ) -> ScoreDetail {
    let age = ageMinutes(of: input)
    let halfLife = self.halfLife(of: input.event, settings)
    return memo.detail(.freshness, .init(a: age.bitPattern, b: halfLife.bitPattern, c: weight.bitPattern)) {
      detail(age, halfLife, weight)
    }
  }

  private static func detail(_ age: Double, _ halfLife: Double, _ weight: Double) -> ScoreDetail {
    let value = rounded(Elementary.exp2(-age / halfLife))
    var sentence = Sentence()
    sentence.say(age)
    sentence.say(" minutes old, half-life ")
    sentence.say(halfLife)
    sentence.say(".")
    return ScoreDetail(
      value: value, weight: weight, inputs: [.init("age_minutes", rounded(age)), .init("half_life", halfLife)], sentence: sentence.bytes)
  }

  /// How long ago the story began, as far as anyone knows.
  static func ageMinutes(of input: EnrichedEvent) -> Double {
    let event = input.event
    var since = min(input.enrichment.cluster.firstSeenAt, event.observedAt)
    if !event.flags.contains(.timeMissing) {
      // A bare day may mean any moment of it: the youngest is taken.
      let youngest = event.flags.contains(.timeDayOnly) ? event.occurredAt.adding(milliseconds: .day - 1) : event.occurredAt
      since = min(since, youngest)
    }
    return Double(event.observedAt.milliseconds(since: since)) / Double(Int64.minute)
  }

  private static func halfLife(of event: Event, _ settings: ScorerSettings) -> Double {
    if event.domain == .crypto, let chain = event.text(event.fact("chain")?.value), let value = settings.halfLifeByChain[chain] {
      return value
    }
    return settings.halfLifeBySource[event.source] ?? settings.halfLifeByDomain[Int(event.domain.rawValue)]
  }
}
