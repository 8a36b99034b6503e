import Inspect
import JSON
import Model

/// A report as one canonical JSON object (RFC 8785).
///
/// *Shape*: `subject` (`kind`, `name`), `verdict` (counts of `reproduced`, `different` and `unchecked` records, `faults`, `is_sound`), `brief`
/// (`record`, `revisions`, `evidence`, `cause`) or `null`; `story_brief` and `why_no_brief` of an event; `events` (each with `records` by stage, `raw`,
/// `arithmetic`, `neighbors`), `other_events`, `dead_letters`, `configurations`, `folds`, `folded_records`, `program`. A record is `at`, `timestamp`
/// (milliseconds), `key`, `headers` (name and value), `value` (JSON of derived records, of raw ones the text, or `value_base64` where it is not UTF-8),
/// `sha256` of the value, and of derived ones `reproduction` (`result`: `reproduced`, `different`, `not_made` or `unchecked`; `differences` with
/// `pointer`, `recorded`, `folded`). What does not apply is `null`.
public enum AuditJSON {
  public static func bytes(_ report: AuditReport) -> [UInt8] {
    let value: DocumentValue = [
      "subject": ["kind": .text(report.subject.rawValue), "name": .text(report.name)],
      "verdict": [
        "different": DocumentValue(report.different), "faults": .array(report.faults.map { .text($0) }), "is_sound": .bool(report.isSound),
        "reproduced": DocumentValue(report.reproduced), "unchecked": DocumentValue(report.unchecked),
        "was_stopped": .bool(report.wasStopped),
      ],
      "brief": report.brief.map(value) ?? .null, "story_brief": report.storyBrief.map(value) ?? .null,
      "why_no_brief": DocumentValue(report.whyNoBrief), "events": .array(report.events.map(value)),
      "other_events": .array(report.others.map(value)), "dead_letters": .array(report.deadLetters.map(value)),
      "configurations": .array(report.configurations.map(value)), "folds": .array(report.folds.map(value)),
      "folded_records": DocumentValue(report.foldedRecords), "program": .text(report.program),
    ]
    return value.bytes
  }

  // MARK: Nodes

  private static func value(_ brief: BriefNode) -> DocumentValue {
    [
      "cause": brief.cause.map { value($0, nil) } ?? .null, "evidence": .array(brief.evidence.map(value)),
      "record": value(brief.step.record, brief.step.reproduction), "revisions": .array(brief.revisions.map(value)),
    ]
  }

  private static func value(_ brief: BriefSummary) -> DocumentValue {
    [
      "at": .text("\(brief.place)"), "brief_id": .text(brief.id), "created_at": DocumentValue(brief.time),
      "headline": .text(brief.headline), "revision": DocumentValue(brief.revision), "status": .text(brief.status),
    ]
  }

  private static func value(_ check: EvidenceCheck) -> DocumentValue {
    let evidence = check.evidence
    return [
      "bound": DocumentValue(check.bound?.displayText), "claim": .text(evidence.claim), "derivation": DocumentValue(evidence.derivation),
      "end": DocumentValue(evidence.end), "event_id": .text(evidence.event), "fault": DocumentValue(check.fault),
      "field": .text(evidence.field), "raw": .text(evidence.raw), "raw_bytes": DocumentValue(check.rawBytes?.displayText),
      "raw_end": DocumentValue(check.rawRange?.upperBound), "raw_reading": .text(check.reading.rawValue),
      "raw_start": DocumentValue(check.rawRange?.lowerBound), "sha256_bound": .text(evidence.digest),
      "sha256_now": DocumentValue(check.digest?.hex), "start": DocumentValue(evidence.start), "topic": DocumentValue(check.topic),
    ]
  }

  private static func value(_ chain: EventChain) -> DocumentValue {
    let neighbors = (chain.enrichment?.neighbors ?? []).enumerated().map { index, neighbor -> DocumentValue in
      [
        "event_id": .text(neighbor.id.text), "similarity": .number(neighbor.similarity),
        "title": DocumentValue(chain.neighborTitles.indices.contains(index) ? chain.neighborTitles[index] : nil),
      ]
    }
    return [
      "arithmetic": chain.evaluation.map { value($0, chain.arithmetic) } ?? .null, "event_id": .text(chain.id.text),
      "item": DocumentValue(chain.item), "neighbors": .array(neighbors), "raw": chain.raw.map { value($0, nil) } ?? .null,
      "raw_at": .text("\(chain.rawPlace)"),
      "records": .object(chain.steps.map { ("\($0.topic)", value($0.record, $0.reproduction)) }),
      "roles": .array(chain.roles.map { .text($0) }), "title": DocumentValue(chain.title),
    ]
  }

  private static func value(_ evaluation: StoredEvaluation, _ arithmetic: Arithmetic?) -> DocumentValue {
    let parts = evaluation.parts.map { part -> DocumentValue in
      [
        "contribution": .number(part.contribution), "inputs": .object(part.inputs.map { ($0.name, .number($0.value)) }),
        "name": .text(part.name), "sentence": .text(part.sentence), "value": .number(part.value), "weight": .number(part.weight),
      ]
    }
    return [
      "band": DocumentValue(evaluation.band?.name), "band_reason": DocumentValue(evaluation.bandReason),
      "faults": .array((arithmetic?.faults ?? []).map { .text($0) }), "parts": .array(parts), "rule": DocumentValue(arithmetic?.rule),
      "scorer": .text(evaluation.scorer), "sum": DocumentValue(arithmetic?.total), "threshold": DocumentValue(evaluation.band?.threshold),
      "thresholds": .object((arithmetic?.thresholds ?? []).map { ($0.band, .number($0.least)) }), "total_evi": .number(evaluation.total),
    ]
  }

  private static func value(_ event: EventSummary) -> DocumentValue {
    [
      "band": DocumentValue(event.band), "event_id": .text(event.id), "title": DocumentValue(event.title),
      "total_evi": DocumentValue(event.total),
    ]
  }

  private static func value(_ letter: DeadLetterNode) -> DocumentValue {
    [
      "byte": DocumentValue(letter.byte), "code": .text(letter.code), "message": .text(letter.message),
      "raw": letter.raw.map { value($0, nil) } ?? .null, "record": value(letter.step.record, letter.step.reproduction),
    ]
  }

  private static func value(_ configuration: ConfigurationNode) -> DocumentValue {
    [
      "at": DocumentValue(configuration.place.map { "\($0)" }), "bytes": DocumentValue(configuration.sizeInBytes),
      "digest": .text(configuration.short), "scorer": DocumentValue(configuration.scorer),
      "sha256": DocumentValue(configuration.digest?.hex), "since": DocumentValue(configuration.time),
    ]
  }

  private static func value(_ fold: FoldSpan) -> DocumentValue {
    [
      "checkpoint": DocumentValue(fold.checkpoint), "from": DocumentValue(fold.from), "partition": .whole(Int64(fold.partition.value)),
      "records": DocumentValue(fold.records), "to": DocumentValue(fold.to),
    ]
  }

  // MARK: Records

  /// - Parameter reproduction: of a derived record; a raw one has none.
  private static func value(_ record: LogRecord, _ reproduction: Reproduction?) -> DocumentValue {
    var members: [(name: String, value: DocumentValue)] = [
      ("at", .text("\(record.place)")),
      ("headers", .array(record.headers.map { [.text($0.name), DocumentValue($0.value?.displayText)] })),
      ("key", DocumentValue(record.key?.displayText)),
      ("sha256", DocumentValue(record.value.map { SHA256.digest(of: $0).hex })), ("timestamp", DocumentValue(record.timestamp)),
    ]
    if let reproduction { members.append(("reproduction", value(reproduction))) }
    if let bytes = record.value, UTF8Text.firstInvalidByte(in: bytes.span) != nil {
      var base64: [UInt8] = []
      Base64.append(bytes.map { Int8(bitPattern: $0) }, to: &base64)
      members.append(("value_base64", .text(base64.displayText)))
    } else if let bytes = record.value {
      members.append(("value", reproduction == nil ? .text(bytes.displayText) : .recorded(bytes)))
    } else {
      members.append(("value", .null))
    }
    return .object(members)
  }

  private static func value(_ reproduction: Reproduction) -> DocumentValue {
    var members: [(name: String, value: DocumentValue)] = [("result", .text(reproduction.name))]
    switch reproduction {
    case .different(let differences):
      let entries = differences.map { difference -> DocumentValue in
        ["folded": DocumentValue(difference.new), "pointer": .text(difference.pointer), "recorded": DocumentValue(difference.old)]
      }
      members.append(("differences", .array(entries)))
    case .unchecked(let reason): members.append(("reason", .text(reason)))
    case .reproduced, .notMade: break
    }
    return .object(members)
  }
}
