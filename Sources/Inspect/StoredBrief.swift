import Events
import JSON
import Model
import Ports
import RecordFormat
import Stages

/// A brief as it is recorded, read back for showing.
public struct StoredBrief: Sendable {
  /// A claim and where its bytes are.
  public struct Evidence: Sendable, Equatable {
    public var claim: String
    /// `topic/partition/offset`.
    public var raw: String
    public var field: String
    /// How the claim was worked out; `nil` where it shows the field.
    public var derivation: String?
    /// The event whose record holds the field.
    public var event: String
    /// The bytes of the field's text that the claim rests on.
    public var start: Int
    public var end: Int
    /// SHA-256 of those bytes in hexadecimal digits.
    public var digest: String
    /// Where the whole field stands in the raw value; `nil` where it does not stand there.
    public var span: SourceSpan?
  }

  public var place: Coordinates
  /// When this revision was made, in stream time.
  public var time: Timestamp
  public var id: String
  public var revision: Int
  public var status: String
  public var band: UrgencyBand
  public var kind: String
  public var domain: String
  public var headline: String
  public var summary: String
  public var evidence: [Evidence]
  public var actions: [String]
  /// In ascending order of their names.
  public var risks: [(name: String, value: Double)]
  public var totalEVI: Double
  public var confidence: Double
  public var impactLevel: String
  public var events: [String]
  public var story: String
  public var expiresAt: Timestamp?
  /// The recorded value.
  public var value: [UInt8]

  /// - Returns: `nil` where the value is no brief.
  public init?(value: [UInt8], time: Timestamp, place: Coordinates) {
    guard let json = try? JSONDocument(value), let id = json.text("brief_id"), let headline = json.text("headline") else { return nil }
    self.place = place
    self.time = time
    self.id = id
    self.headline = headline
    self.value = value
    revision = Int(json.int(json.member("revision", of: json.root)) ?? 1)
    status = json.text("status") ?? "active"
    band = UrgencyBand(name: json.text("band") ?? "") ?? .archive
    kind = json.text("kind") ?? "generic"
    domain = json.text("domain") ?? ""
    impactLevel = json.text("impact_level") ?? ""
    totalEVI = json.double(json.member("total_evi", of: json.root)) ?? 0
    confidence = json.double(json.member("confidence_score", of: json.root)) ?? 0
    story = json.text("story_id") ?? ""
    expiresAt = json.int(json.member("expires_at", of: json.root)).map { Timestamp(milliseconds: $0) }
    events = json.elements(of: json.member("event_ids", of: json.root)).compactMap { json.string($0) }
    let content = json.member("content", of: json.root)
    summary = json.string(json.member("summary", of: content)) ?? ""
    actions = json.elements(of: json.member("suggested_actions", of: content)).compactMap { json.string($0) }
    risks = json.members(of: json.member("risk_factors", of: content)).map { (json.string($0.key) ?? "", json.double($0.value) ?? 0) }
    evidence = json.elements(of: json.member("evidence", of: content)).map { item in
      func text(_ name: StaticString) -> String? { json.string(json.member(name, of: item)) }
      func number(_ name: StaticString) -> Int? { json.int(json.member(name, of: item)).map { Int($0) } }
      var span: SourceSpan?
      if let start = number("raw_start"), let end = number("raw_end"), start >= 0, start <= end, end <= Int(Int32.max),
        let encoding = SourceSpan.Encoding(name: text("raw_encoding") ?? "plain")
      {
        span = SourceSpan(start..<end, encoding)
      }
      return Evidence(
        claim: text("claim") ?? "", raw: text("raw") ?? "", field: text("field") ?? "", derivation: text("derivation"),
        event: text("event_id") ?? "", start: number("start") ?? 0, end: number("end") ?? 0, digest: text("sha256") ?? "", span: span)
    }
  }
}

/// Which briefs to show.
public struct BriefQuery: Sendable {
  /// This band alone.
  public var band: UrgencyBand?
  public var kind: String?
  public var domain: String?
  /// Revisions made at or after this moment of stream time.
  public var since: Timestamp?
  /// All revisions instead of the latest of each brief.
  public var allRevisions = false
  public var limit: Int?

  public init() {}

  /// The briefs that fit, most urgent first: by band, then score, then time; revisions of one brief newest first.
  /// - Complexity: reads the whole topic; keeps what fits, and of each brief one revision unless all are wanted.
  public func run(_ log: any LogReader) throws(ProwziError) -> [StoredBrief] {
    var found: [StoredBrief] = []
    var places: [String: Int] = [:]
    for target in try log.partitions(of: DerivedTopic.briefs.name) {
      try log.walk(target) { (records, index) throws(ProwziError) in
        let record = records.records[index]
        let place = Coordinates(topic: target.topic, partition: target.partition, offset: record.offset)
        guard let value = record.value,
          let brief = StoredBrief(value: Array(records.bytes[value]), time: record.timestamp, place: place)
        else { return true }
        if !allRevisions, let known = places[brief.id] {
          if found[known].revision <= brief.revision { found[known] = brief }
        } else {
          places[brief.id] = found.count
          found.append(brief)
        }
        return true
      }
    }
    found.removeAll { !fits($0) }
    found.sort(by: Self.isMoreUrgent)
    return limit.map { Array(found.prefix($0)) } ?? found
  }

  private func fits(_ brief: StoredBrief) -> Bool {
    band.map { $0 == brief.band } ?? true && kind.map { $0 == brief.kind } ?? true && domain.map { $0 == brief.domain } ?? true
      && since.map { brief.time >= $0 } ?? true
  }

  static func isMoreUrgent(_ a: StoredBrief, _ b: StoredBrief) -> Bool {
    if a.band != b.band { return a.band > b.band }
    if a.id == b.id { return a.revision > b.revision }
    if a.totalEVI != b.totalEVI { return a.totalEVI > b.totalEVI }
    if a.time != b.time { return a.time > b.time }
    return a.id < b.id
  }
}

extension JSONDocument {
  /// A text member of the outermost object.
  func text(_ name: StaticString) -> String? { string(member(name, of: root)) }
}
