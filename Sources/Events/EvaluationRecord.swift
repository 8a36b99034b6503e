import JSON
import Model

/// Writes the EVI envelope of `prowzi.scored` and, with a band, of `prowzi.banded`.
public struct EvaluationRecord {
  public let scored: ScoredEvent
  public let banded: BandedEvent?

  public init(_ scored: ScoredEvent) {
    self.scored = scored
    banded = nil
  }

  public init(_ banded: BandedEvent) {
    scored = banded.scored
    self.banded = banded
  }

  /// The scores in the order of their names.
  private static let byName: [Score] = [.confidence, .freshness, .gap, .impact, .novelty]

  public func write(to json: inout JSONWriter) {
    let event = scored.enriched.event
    json.beginObject()
    if let banded {
      json.key("band")
      json.plainString(banded.band.name)
    }
    json.key("domain")
    json.plainString(event.domain.name)
    json.key("event_id")
    json.plainString { event.id.append(to: &$0) }
    if let expiresAt = banded?.expiresAt {
      json.key("expires_at")
      json.number(expiresAt.milliseconds)
    }
    json.key("explanations")
    json.beginObject()
    if let banded { writeBand(banded, &json) }
    json.members(scored.explanations)
    json.endObject()
    json.key("kind")
    json.plainString(event.kind.name)
    json.key("scorer")
    json.string(scored.scorer)
    json.key("scores")
    json.beginObject()
    for score in Self.byName {
      json.key(score.name)
      json.number(scored.value(score))
    }
    json.endObject()
    json.key("source")
    json.string(event.source)
    json.key("story_id")
    json.plainString { scored.enriched.enrichment.cluster.id.append(to: &$0) }
    json.key("total_evi")
    json.number(scored.total)
    json.endObject()
  }

  /// The members of the explanations object for the five scores, and for a total that is not their sum, in canonical JSON: written once, used by scored and banded.
  static func explanations(of details: [ScoreDetail], total: ScoreDetail?) -> [UInt8] {
    var json = JSONWriter()
    json.bytes.reserveCapacity(1024)
    json.beginObject()
    for score in byName {
      json.key(score.name)
      write(details[score.rawValue], &json)
    }
    if let total {
      json.key("total")
      write(total, &json)
    }
    json.endObject()
    return Array(json.bytes[1..<json.bytes.count - 1])
  }

  private static func write(_ detail: ScoreDetail, _ json: inout JSONWriter) {
    json.beginObject()
    json.key("contribution")
    json.number(detail.contribution)
    json.key("inputs")
    json.beginObject()
    for input in detail.inputs {
      json.key(input.name)
      json.number(input.value)
    }
    json.endObject()
    json.key("sentence")
    json.string(detail.sentence, in: 0..<detail.sentence.count)
    json.key("value")
    json.number(detail.value)
    json.key("weight")
    json.number(detail.weight)
    json.endObject()
  }

  private func writeBand(_ banded: BandedEvent, _ json: inout JSONWriter) {
    json.key("band")
    json.beginObject()
    if let previous = banded.previousBand {
      json.key("previous")
      json.plainString(previous.name)
    }
    json.key("reason")
    json.plainString(banded.reason.name)
    if !banded.rule.isEmpty {
      json.key("rule")
      json.string(banded.rule)
    }
    json.key("support")
    json.number(banded.support)
    json.key("threshold")
    json.number(banded.threshold)
    json.key("total_evi")
    json.number(scored.total)
    json.endObject()
  }
}
