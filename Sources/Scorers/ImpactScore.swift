import Events
import Model

/// The sum that the configuration gives for the event's kind, over its metrics and what enrich derived; at most one.
enum ImpactScore {
  static func compute(_ input: EnrichedEvent, _ settings: ScorerSettings, _ weight: Double) -> ScoreDetail {
    let impact = settings.impact[Int(input.event.kind.rawValue)]
    var sum = impact.base
    var inputs: [ScoreDetail.Input] = [.init("base", impact.base)]
    for term in impact.terms {
      guard let x = Features.value(of: term.feature, in: input) else { continue }
      sum += term.weight * shaped(x, term)
      inputs.append(.init(term.feature, x))
    }
    inputs.sort { $0.name < $1.name }
    var sentence = Sentence()
    sentence.say(input.event.kind.name)
    sentence.say(" starts at ")
    sentence.say(impact.base)
    sentence.say(" and comes to ")
    sentence.say(sum)
    sentence.say(".")
    return ScoreDetail(value: rounded(sum.clamped(0, 1)), weight: weight, inputs: inputs, sentence: sentence.bytes)
  }

  /// A term's shape applied to its input: 0…1.
  private static func shaped(_ x: Double, _ term: ScorerSettings.Term) -> Double {
    switch term.shape {
    case .linear: (x / term.full).clamped(0, 1)
    case .log: x <= term.from ? 0 : (Elementary.log2(x / term.from) / Elementary.log2(term.full / term.from)).clamped(0, 1)
    case .flag: x != 0 ? 1 : 0
    case .above: x > term.from ? 1 : 0
    }
  }
}
