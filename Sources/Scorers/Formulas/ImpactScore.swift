import Events
import Model

/// The sum that the configuration gives for the event's kind, over its metrics and what enrich derived; at most one.
enum ImpactScore {
  static func compute(_ input: EnrichedEvent, _ settings: ScorerSettings, _ weight: Double) -> ScoreDetail {
    let impact = settings.impact[Int(input.event.kind.rawValue)]
    var sum = impact.base
    var inputs: [ScoreDetail.Input] = [.init("base", impact.base)]
    for term in impact.terms {
      guard let x = term.feature.value(in: input) else { continue }
      sum += term.weight * shaped(x, term)
      inputs.append(.init(term.feature.name, x))
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

  /// 0 at `from` or below, 1 at `full` or above, and by the logarithm between; both positive and `from` below `full`.
  static func logarithmic(_ x: Double, from: Double, full: Double) -> Double {
    guard x > from else { return 0 }
    let times = x / from
    return times.isFinite ? (Elementary.log2(times) / Elementary.log2(full / from)).clamped(0, 1) : 1
  }

  /// A term's shape applied to its input: 0…1.
  private static func shaped(_ x: Double, _ term: ScorerSettings.Term) -> Double {
    switch term.shape {
    case .linear: (x / term.full).clamped(0, 1)
    case .log: logarithmic(x, from: term.from, full: term.full)
    case .flag: x != 0 ? 1 : 0
    case .above: x > term.from ? 1 : 0
    }
  }
}
