import Configuration
import Events
import Inspect
import Model

/// The sum behind a band, worked out again from what is recorded and from the configuration's own words.
public struct Arithmetic: Sendable {
  /// The least totals of the bands for the event's kind, highest first; empty where the configuration is not at hand.
  public var thresholds: [(band: String, least: Double)] = []
  /// The recomputed total.
  public var total: Double
  /// What does not add up, in sentences without a full stop. Empty is good.
  public var faults: [String] = []
  /// The rule that chose the band, as the configuration states it, in words.
  public var rule: String?

  /// - Parameter configuration: the one in force; `nil` where its record is not at hand, and then weights and thresholds are taken as recorded.
  public init(_ evaluation: StoredEvaluation, _ configuration: CompiledConfiguration?) {
    var sum = 0.0
    for part in evaluation.parts {
      let expected = rounded(part.value * part.weight)
      if expected != part.contribution {
        faults.append(
          "\(part.name): \(Figures.number(part.value)) × \(Figures.number(part.weight)) is \(Figures.number(expected)), not "
            + Figures.number(part.contribution))
      }
      sum += part.contribution
    }
    // A scorer may give the total by an expression of its own, which then stands beside the five.
    total = evaluation.totalPart?.value ?? rounded(sum)
    if total != evaluation.total {
      let source = evaluation.totalPart == nil ? "the contributions add up to" : "the scorer's expression comes to"
      faults.append("\(source) \(Figures.number(total)), not \(Figures.number(evaluation.total))")
    }
    if let configuration { hold(evaluation, against: configuration) }
    if let band = evaluation.band, band.reason == "threshold", evaluation.total < band.threshold {
      faults.append("\(Figures.number(evaluation.total)) does not reach the threshold \(Figures.number(band.threshold))")
    }
  }

  private mutating func hold(_ evaluation: StoredEvaluation, against configuration: CompiledConfiguration) {
    let scorers = [configuration.scorer, configuration.canary?.scorer].compactMap { $0 }
    guard let scorer = scorers.first(where: { $0.label == evaluation.scorer }) else {
      faults.append("the scorer is \(evaluation.scorer), the configuration's is \(scorers.map(\.label).joined(separator: " or "))")
      return
    }
    if let domain = Domain.allCases.first(where: { "\($0.name)" == evaluation.domain }), let weights = scorer.weights(of: domain) {
      for (part, weight) in zip(evaluation.parts, weights) where part.weight != weight {
        faults.append("\(part.name): the weight is \(Figures.number(part.weight)), the configuration's is \(Figures.number(weight))")
      }
    }
    guard let kind = Kind(name: evaluation.kind) else { return }
    let row = configuration.band.thresholds[Int(kind.rawValue)]
    thresholds = UrgencyBand.allCases.reversed().map { ("\($0.name)", row.least($0)) }
    guard let band = evaluation.band, let name = UrgencyBand(name: band.name) else { return }
    if band.threshold != row.least(name) {
      faults.append(
        "the threshold of \(band.name) is \(Figures.number(band.threshold)), the configuration's is \(Figures.number(row.least(name)))")
    }
    guard let wanted = band.rule else { return }
    guard let found = configuration.band.rules.first(where: { $0.name == wanted }) else {
      faults.append("the configuration has no rule '\(wanted)'")
      return
    }
    rule = Self.words(found)
  }

  private static func words(_ rule: BandSettings.Rule) -> String {
    var conditions: [String] = []
    if let kind = rule.kind { conditions.append("kind is \(kind.name)") }
    if let domain = rule.domain { conditions.append("domain is \(domain.name)") }
    if let source = rule.source { conditions.append("source is \(source)") }
    if let impact = rule.minimumImpact { conditions.append("impact is at least \(Figures.number(impact))") }
    return
      "'\(rule.name)': \(Figures.plain("\(rule.band.name)")) where \(conditions.isEmpty ? "anything" : conditions.joined(separator: " and "))"
  }
}
