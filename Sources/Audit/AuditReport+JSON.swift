import Inspect
import JSON
import Model

/// A report as one canonical JSON object (RFC 8785).
///
/// *Shape*: `subject` (`kind`, `name`), `verdict` (counts of `reproduced`, `different`, `unchecked` records, `faults`, `is_sound`), `brief`
/// (`record`, `revisions`, `evidence`, `cause`) or `null`, `story_brief` and `why_no_brief` for an event, `events` (each with `records` from
/// banded down to normalized, `raw`, `arithmetic`, `neighbors`), `other_events`, `dead_letters`, `configurations`, `folds`, `program`. A record is
/// `at`, `timestamp`, `key`, `headers`, `value` (JSON where it is JSON), `sha256` of the value, and `reproduction`
/// (`result`: `reproduced`, `different`, `not_made`, `unchecked`; `differences` as pointer, recorded and folded). A raw value is a text where it is
/// UTF-8, else `value_base64`.
public enum AuditJSON {
  public static func bytes(_ report: AuditReport) -> [UInt8] {
    var json = JSONWriter()
    write(report, &json)
    guard let document = try? JSONDocument(json.bytes, maxDepth: 100) else { preconditionFailure("what is written here is JSON") }
    return document.canonicalBytes
  }

  private static func write(_ report: AuditReport, _ json: inout JSONWriter) {
    json.object { json in
      json.key("subject")
      json.object { json in
        text("kind", report.subject.rawValue, &json)
        text("name", report.name, &json)
      }
      json.key("verdict")
      json.object { json in
        number("different", report.different, &json)
        json.key("faults")
        json.array { json in for fault in report.faults { json.string(fault) } }
        json.key("is_sound")
        json.bool(report.isSound)
        number("reproduced", report.reproduced, &json)
        number("unchecked", report.unchecked, &json)
        json.key("was_stopped")
        json.bool(report.wasStopped)
      }
      json.key("brief")
      if let brief = report.brief { write(brief, &json) } else { json.null() }
      json.key("story_brief")
      if let brief = report.storyBrief { write(brief, &json) } else { json.null() }
      text("why_no_brief", report.whyNoBrief, &json)
      json.key("events")
      json.array { json in for chain in report.events { write(chain, &json) } }
      json.key("other_events")
      json.array { json in
        for other in report.others {
          json.object { json in
            text("band", other.band, &json)
            text("event_id", other.id, &json)
            text("title", other.title, &json)
            json.key("total_evi")
            if let total = other.total { json.number(total) } else { json.null() }
          }
        }
      }
      json.key("dead_letters")
      json.array { json in
        for letter in report.deadLetters {
          json.object { json in
            json.key("byte")
            if let byte = letter.byte { json.number(byte) } else { json.null() }
            text("code", letter.code, &json)
            text("message", letter.message, &json)
            json.key("raw")
            if let raw = letter.raw { write(raw, nil, &json) } else { json.null() }
            json.key("record")
            write(letter.step.record, letter.step.reproduction, &json)
          }
        }
      }
      json.key("configurations")
      json.array { json in for configuration in report.configurations { write(configuration, &json) } }
      json.key("folds")
      json.array { json in
        for fold in report.folds {
          json.object { json in
            json.key("checkpoint")
            if let checkpoint = fold.checkpoint { json.number(checkpoint.value) } else { json.null() }
            json.key("from")
            json.number(fold.from.value)
            json.key("partition")
            json.number(Int64(fold.partition.value))
            number("records", fold.records, &json)
            json.key("to")
            json.number(fold.to.value)
          }
        }
      }
      number("folded_records", report.foldedRecords, &json)
      text("program", report.program, &json)
    }
  }

  // MARK: Nodes

  private static func write(_ brief: BriefNode, _ json: inout JSONWriter) {
    json.object { json in
      json.key("cause")
      if let cause = brief.cause { write(cause, nil, &json) } else { json.null() }
      json.key("evidence")
      json.array { json in for item in brief.evidence { write(item, &json) } }
      json.key("record")
      write(brief.step.record, brief.step.reproduction, &json)
      json.key("revisions")
      json.array { json in for revision in brief.revisions { write(revision, &json) } }
    }
  }

  private static func write(_ brief: BriefSummary, _ json: inout JSONWriter) {
    json.object { json in
      text("at", "\(brief.place)", &json)
      text("brief_id", brief.id, &json)
      json.key("created_at")
      json.number(brief.time.milliseconds)
      text("headline", brief.headline, &json)
      number("revision", brief.revision, &json)
      text("status", brief.status, &json)
    }
  }

  private static func write(_ check: EvidenceCheck, _ json: inout JSONWriter) {
    json.object { json in
      text("bound", check.bound?.displayText, &json)
      text("claim", check.evidence.claim, &json)
      text("derivation", check.evidence.derivation, &json)
      number("end", check.evidence.end, &json)
      text("event_id", check.evidence.event, &json)
      text("fault", check.fault, &json)
      text("field", check.evidence.field, &json)
      text("raw", check.evidence.raw, &json)
      text("raw_bytes", check.rawBytes?.displayText, &json)
      json.key("raw_end")
      if let range = check.rawRange { json.number(range.upperBound) } else { json.null() }
      text("raw_reading", check.reading.rawValue, &json)
      json.key("raw_start")
      if let range = check.rawRange { json.number(range.lowerBound) } else { json.null() }
      text("sha256_bound", check.evidence.digest, &json)
      text("sha256_now", check.digest?.hex, &json)
      number("start", check.evidence.start, &json)
      text("topic", check.topic, &json)
    }
  }

  private static func write(_ chain: EventChain, _ json: inout JSONWriter) {
    json.object { json in
      json.key("arithmetic")
      if let evaluation = chain.evaluation { write(evaluation, chain.arithmetic, &json) } else { json.null() }
      text("event_id", chain.id.text, &json)
      number("item", chain.item, &json)
      json.key("neighbors")
      json.array { json in
        for (index, neighbor) in (chain.enrichment?.neighbors ?? []).enumerated() {
          json.object { json in
            text("event_id", neighbor.id.text, &json)
            json.key("similarity")
            json.number(neighbor.similarity)
            text("title", chain.neighborTitles.indices.contains(index) ? chain.neighborTitles[index] : nil, &json)
          }
        }
      }
      json.key("raw")
      if let raw = chain.raw { write(raw, nil, &json) } else { json.null() }
      text("raw_at", "\(chain.rawPlace)", &json)
      json.key("records")
      json.object { json in
        for step in chain.steps {
          json.key("\(step.topic)")
          write(step.record, step.reproduction, &json)
        }
      }
      json.key("roles")
      json.array { json in for role in chain.roles { json.string(role) } }
      text("title", chain.title, &json)
    }
  }

  private static func write(_ evaluation: StoredEvaluation, _ arithmetic: Arithmetic?, _ json: inout JSONWriter) {
    json.object { json in
      text("band", evaluation.band?.name, &json)
      text("band_reason", evaluation.bandReason, &json)
      json.key("faults")
      json.array { json in for fault in arithmetic?.faults ?? [] { json.string(fault) } }
      json.key("parts")
      json.array { json in
        for part in evaluation.parts {
          json.object { json in
            json.key("contribution")
            json.number(part.contribution)
            text("name", part.name, &json)
            json.key("value")
            json.number(part.value)
            json.key("weight")
            json.number(part.weight)
          }
        }
      }
      text("rule", arithmetic?.rule, &json)
      text("scorer", evaluation.scorer, &json)
      json.key("sum")
      if let arithmetic { json.number(arithmetic.total) } else { json.null() }
      json.key("threshold")
      if let band = evaluation.band { json.number(band.threshold) } else { json.null() }
      json.key("thresholds")
      json.object { json in
        for row in arithmetic?.thresholds ?? [] {
          json.key(row.band)
          json.number(row.least)
        }
      }
      json.key("total_evi")
      json.number(evaluation.total)
    }
  }

  private static func write(_ configuration: ConfigurationNode, _ json: inout JSONWriter) {
    json.object { json in
      text("at", configuration.place.map { "\($0)" }, &json)
      number("bytes", configuration.sizeInBytes, &json)
      text("digest", configuration.short, &json)
      text("scorer", configuration.scorer, &json)
      text("sha256", configuration.digest?.hex, &json)
      json.key("since")
      if let time = configuration.time { json.number(time.milliseconds) } else { json.null() }
    }
  }

  // MARK: Records

  private static func write(_ record: LogRecord, _ reproduction: Reproduction?, _ json: inout JSONWriter) {
    json.object { json in
      text("at", "\(record.place)", &json)
      json.key("headers")
      json.array { json in
        for header in record.headers {
          json.array { json in
            json.string(header.name)
            if let value = header.value { json.string(value.displayText) } else { json.null() }
          }
        }
      }
      text("key", record.key?.displayText, &json)
      if let reproduction {
        json.key("reproduction")
        write(reproduction, &json)
      }
      text("sha256", record.value.map { SHA256.digest(of: $0).hex }, &json)
      json.key("timestamp")
      json.number(record.timestamp.milliseconds)
      writeValue(record, isRaw: reproduction == nil, &json)
    }
  }

  private static func writeValue(_ record: LogRecord, isRaw: Bool, _ json: inout JSONWriter) {
    guard let value = record.value else {
      json.key("value")
      return json.null()
    }
    if !isRaw, (try? JSONDocument(value)) != nil {
      json.key("value")
      json.raw(value, in: 0..<value.count)
    } else if UTF8Text.firstInvalidByte(in: value.span) == nil {
      text("value", value.displayText, &json)
    } else {
      json.key("value_base64")
      json.plainString { Base64.append(value.map { Int8(bitPattern: $0) }, to: &$0) }
    }
  }

  private static func write(_ reproduction: Reproduction, _ json: inout JSONWriter) {
    json.object { json in
      if case .different(let differences) = reproduction {
        json.key("differences")
        json.array { json in
          for difference in differences {
            json.object { json in
              text("folded", difference.new, &json)
              text("pointer", difference.pointer, &json)
              text("recorded", difference.old, &json)
            }
          }
        }
      }
      if case .unchecked(let reason) = reproduction { text("reason", reason, &json) }
      text("result", reproduction.name, &json)
    }
  }

  private static func text(_ name: StaticString, _ value: String?, _ json: inout JSONWriter) {
    json.key(name)
    if let value { json.string(value) } else { json.null() }
  }

  private static func number(_ name: StaticString, _ value: Int, _ json: inout JSONWriter) {
    json.key(name)
    json.number(value)
  }
}
