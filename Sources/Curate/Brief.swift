import Events
import JSON
import Model

/// What a person reads and decides by: a headline, a short summary, and the evidence for every claim in them.
///
/// A brief keeps its id through its revisions. *Shape* of the record: `topics/prowzi.briefs.json`; members in ascending order of their names.
public struct Brief: Sendable {
  public enum Status: UInt8, Sendable {
    case active = 0
    case revised, retracted

    public var name: StaticString {
      switch self {
      case .active: "active"
      case .revised: "revised"
      case .retracted: "retracted"
      }
    }
  }

  /// From the impact score: above 0.8, 0.6, 0.4, and the rest.
  public enum ImpactLevel: Sendable {
    case critical, high, medium, low

    public init(score: Double) { self = score > 0.8 ? .critical : score > 0.6 ? .high : score > 0.4 ? .medium : .low }

    public var name: StaticString {
      switch self {
      case .critical: "critical"
      case .high: "high"
      case .medium: "medium"
      case .low: "low"
      }
    }
  }

  /// A claim and one of the things it rests on.
  public struct Evidence: Sendable, Equatable {
    /// As shown in the headline or the summary.
    public var claim: String
    public var binding: Binding
    /// How the claim was worked out from this and other bindings; `nil` where it shows the field.
    public var derivation: String?
  }

  /// Something a reader may have to weigh: a name and a number.
  public struct RiskFactor: Sendable, Equatable {
    public var name: StaticString
    public var value: Double

    public static func == (a: RiskFactor, b: RiskFactor) -> Bool { "\(a.name)" == "\(b.name)" && a.value == b.value }
  }

  public var id: EventID
  /// 1 for the first.
  public var revision: Int
  public var status: Status
  public var band: UrgencyBand
  public var kind: Kind
  public var domain: Domain
  public var story: EventID
  /// At most 15 words and 200 characters.
  public var headline: String
  /// Two or three sentences.
  public var summary: String
  /// Headline claims first.
  public var evidence: [Evidence]
  public var suggestedActions: [StaticString]
  /// In ascending order of their names.
  public var riskFactors: [RiskFactor]
  /// By `Score.rawValue`: of the member that scored highest.
  public var scores: [Double]
  public var totalEVI: Double
  /// Members, oldest first; at most 50.
  public var events: [EventID]
  public var impactLevel: ImpactLevel
  public var confidence: Double
  public var createdAt: Timestamp
  public var expiresAt: Timestamp?

  /// Appends the value of the brief's record.
  public func write(to json: inout JSONWriter) {
    json.beginObject()
    json.key("band")
    json.plainString(band.name)
    json.key("brief_id")
    json.plainString { id.append(to: &$0) }
    json.key("confidence_score")
    json.number(confidence)
    writeContent(&json)
    json.key("created_at")
    json.number(createdAt.milliseconds)
    json.key("domain")
    json.plainString(domain.name)
    json.key("event_ids")
    json.array { json in
      for event in events { json.plainString { event.append(to: &$0) } }
    }
    json.key("expires_at")
    if let expiresAt { json.number(expiresAt.milliseconds) } else { json.null() }
    json.key("headline")
    json.string(headline)
    json.key("impact_level")
    json.plainString(impactLevel.name)
    json.key("kind")
    json.plainString(kind.name)
    json.key("mission_id")
    json.null()
    json.key("revision")
    json.number(revision)
    json.key("status")
    json.plainString(status.name)
    json.key("story_id")
    json.plainString { story.append(to: &$0) }
    if revision > 1 {
      json.key("supersedes")
      json.plainString {
        id.append(to: &$0)
        $0.append(UInt8(ascii: "/"))
        DecimalText.append(Int64(revision - 1), to: &$0)
      }
    }
    json.key("total_evi")
    json.number(totalEVI)
    json.endObject()
  }

  private func writeContent(_ json: inout JSONWriter) {
    json.key("content")
    json.beginObject()
    json.key("evidence")
    json.array { json in
      for item in evidence { item.write(to: &json) }
    }
    json.key("risk_factors")
    json.object { json in
      for factor in riskFactors {
        json.key(factor.name)
        json.number(factor.value)
      }
    }
    json.key("suggested_actions")
    json.array { json in
      for action in suggestedActions { json.string("\(action)") }
    }
    json.key("summary")
    json.string(summary)
    json.key("visualizations")
    json.array { json in
      json.object { json in
        json.key("type")
        json.plainString("scores")
        json.key("values")
        json.object { json in
          for score in [Score.confidence, .freshness, .gap, .impact, .novelty] {
            json.key(score.name)
            json.number(scores[score.rawValue])
          }
        }
      }
    }
    json.endObject()
  }
}

extension Brief.Evidence {
  func write(to json: inout JSONWriter) {
    json.beginObject()
    // What our own records say, what was worked out, and what normalize made without a place in the raw value.
    if binding.basis == .derived || derivation != nil {
      json.key("basis")
      json.plainString("derived")
    }
    json.key("claim")
    json.string(claim)
    if let derivation {
      json.key("derivation")
      json.string(derivation)
    }
    json.key("end")
    json.number(binding.end)
    json.key("event_id")
    json.plainString { binding.event.append(to: &$0) }
    json.key("field")
    json.string(binding.field)
    json.key("raw")
    json.plainString {
      $0.append(contentsOf: "prowzi.raw/".utf8)
      DecimalText.append(Int64(binding.partition.value), to: &$0)
      $0.append(UInt8(ascii: "/"))
      DecimalText.append(binding.offset.value, to: &$0)
    }
    if let span = binding.span {
      json.key("raw_encoding")
      json.plainString(span.encoding.name)
      json.key("raw_end")
      json.number(Int64(span.end))
      json.key("raw_start")
      json.number(Int64(span.start))
    }
    json.key("sha256")
    json.plainString { binding.digest.appendHex(to: &$0) }
    json.key("start")
    json.number(binding.start)
    json.endObject()
  }
}
