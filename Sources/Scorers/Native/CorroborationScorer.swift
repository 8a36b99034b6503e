import Events
import JSON
import Model

/// Judges a story by what stands beside it: how near the nearest neighbours are, one by one, and how many sources stand for it.
///
/// *Novelty*: the mean over ten neighbours hides a single near copy among nine strangers. Here the neighbour of rank k (1 for the nearest) weighs
/// `decay`^(k − 1), so the nearest say most. Shared by the members of a story as in the formula.
///
/// *Confidence*: the formula adds one step for a second source and no more. Here every further source takes away a share of what doubt the
/// formula's own reputation leaves: 1 − (1 − r) · `doubt`^(sources − 1), with at most `sources` of them counted.
///
/// The other three are the formulas'.
public struct CorroborationScorer: NativeScorer {
  public static let name = "corroboration"
  public static let version: Int64 = 1
  public static let summary = "Novelty by the nearest neighbours first, confidence by every independent source"

  private let decay: Double
  private let doubt: Double
  private let sources: Int64

  public init(settings: inout SectionReader) throws(ProwziError) {
    decay = try settings.optionalNumber("neighbor_decay", in: 0...1) ?? 0.6
    doubt = try settings.optionalNumber("doubt_per_source", in: 0...1) ?? 0.6
    sources = settings.optionalNode("sources_counted") == nil ? 6 : try settings.whole("sources_counted", in: 1...100)
  }

  public func evaluate(_ input: EnrichedEvent, coverage: Coverage, formulas: Formulas) -> [ScoreDetail] {
    var details = formulas.details(of: input, coverage: coverage)
    weighNeighbors(input, &details[Score.novelty.rawValue])
    weighSources(input, &details[Score.confidence.rawValue])
    return details
  }

  private func weighNeighbors(_ input: EnrichedEvent, _ detail: inout ScoreDetail) {
    guard input.enrichment.embedding != nil, !input.enrichment.neighbors.isEmpty else { return }
    var weight = 1.0
    var weights = 0.0
    var sum = 0.0
    for neighbor in input.enrichment.neighbors {
      sum += weight * neighbor.similarity
      weights += weight
      weight *= decay
    }
    let similarity = sum / weights
    let members = max(1, input.enrichment.cluster.recentSize)
    let share = 1 / (1 + Elementary.ln(Double(members)))
    var sentence = Sentence()
    sentence.say("The nearest of ")
    sentence.say(input.enrichment.neighbors.count)
    sentence.say(" weigh most: ")
    sentence.say(similarity)
    sentence.say(" similar; number ")
    sentence.say(members)
    sentence.say(" of its story today.")
    detail.value = rounded(((1 - similarity).clamped(0, 1)) * share)
    detail.inputs = [
      .init("decay", decay), .init("member", Double(members)), .init("neighbors", Double(input.enrichment.neighbors.count)),
      .init("weighted_similarity", rounded(similarity)),
    ]
    detail.sentence = sentence.bytes
  }

  private func weighSources(_ input: EnrichedEvent, _ detail: inout ScoreDetail) {
    let counted = min(Int64(input.enrichment.cluster.sources), sources)
    // A second source's step is the formula's way of saying what is said better here.
    guard counted >= 2, let reputation = detail.inputs.first(where: { $0.name == "reputation" })?.value else { return }
    var alone = reputation
    for input in detail.inputs where ["amount_conflict", "no_entities", "star_anomaly", "time_missing"].contains(input.name) {
      alone *= input.value
    }
    var left = 1 - alone.clamped(0, 1)
    for _ in 1..<counted { left *= doubt }
    var sentence = Sentence()
    sentence.say("Reputation ")
    sentence.say(reputation)
    sentence.say(", ")
    sentence.say(Int(counted))
    sentence.say(" independent sources leave a doubt of ")
    sentence.say(left)
    sentence.say(".")
    detail.value = rounded((1 - left).clamped(0, 1))
    detail.inputs.append(.init("doubt_per_source", doubt))
    detail.inputs.sort { $0.name < $1.name }
    detail.sentence = sentence.bytes
  }
}
