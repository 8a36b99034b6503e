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
    if let banded {
      Self.write(banded, reusing: nil, of: [], to: &json)
    } else {
      _ = Self.write(scored, to: &json)
    }
  }

  /// Stretches of a scored event's record that its banded record has as well.
  public struct Parts: Sendable {
    /// Domain and event id.
    var identity = 0..<0
    /// The explanations of the scores to the end.
    var rest = 0..<0

    public init() {}
  }

  /// Writes a record of `prowzi.scored`.
  /// - Returns: what the banded record can copy, in places of `json.bytes`.
  public static func write(_ scored: ScoredEvent, to json: inout JSONWriter) -> Parts {
    var parts = Parts()
    json.beginObject()
    var start = json.nextStart
    writeIdentity(scored.enriched.event, &json)
    parts.identity = start..<json.bytes.count
    json.key("explanations")
    json.beginObject()
    start = json.nextStart
    writeRest(scored, &json)
    parts.rest = start..<json.bytes.count
    return parts
  }

  /// Writes a record of `prowzi.banded`.
  /// - Parameter parts: what the scored record has in common with it, in places of `bytes`; `nil` writes all of it.
  public static func write(_ banded: BandedEvent, reusing parts: Parts?, of bytes: [UInt8], to json: inout JSONWriter) {
    json.beginObject()
    json.key("band")
    json.plainString(banded.band.name)
    if let parts { json.copy(bytes, in: parts.identity) } else { writeIdentity(banded.scored.enriched.event, &json) }
    if let expiresAt = banded.expiresAt {
      json.key("expires_at")
      json.number(expiresAt.milliseconds)
    }
    json.key("explanations")
    json.beginObject()
    writeBand(banded, &json)
    if let parts { json.copy(bytes, in: parts.rest, opening: -2) } else { writeRest(banded.scored, &json) }
  }

  private static func writeIdentity(_ event: Event, _ json: inout JSONWriter) {
    json.key("domain")
    json.plainString(event.domain.name)
    json.key("event_id")
    json.plainString { event.id.append(to: &$0) }
  }

  /// The explanations of the five scores, and of a total that is not their sum; the end of the explanations, and what follows them.
  private static func writeRest(_ scored: ScoredEvent, _ json: inout JSONWriter) {
    for score in byName {
      json.key(score.name)
      write(scored.details[score.rawValue], &json)
    }
    if let total = scored.totalDetail {
      json.key("total")
      write(total, &json)
    }
    json.endObject()
    json.key("kind")
    json.plainString(scored.enriched.event.kind.name)
    json.key("scorer")
    json.string(scored.scorer)
    json.key("scores")
    json.beginObject()
    for score in byName {
      json.key(score.name)
      json.number(scored.value(score))
    }
    json.endObject()
    json.key("source")
    json.string(scored.enriched.event.source)
    json.key("story_id")
    json.plainString { scored.enriched.enrichment.cluster.id.append(to: &$0) }
    json.key("total_evi")
    json.number(scored.total)
    json.endObject()
  }

  static func write(_ detail: ScoreDetail, _ json: inout JSONWriter) {
    if !detail.json.isEmpty { return json.copy(detail.json, in: 0..<detail.json.count) }
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

  private static func writeBand(_ banded: BandedEvent, _ json: inout JSONWriter) {
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
    json.number(banded.scored.total)
    json.endObject()
  }
}
