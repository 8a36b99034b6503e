/// A table of the projection: what its rows hold and how a row meets one that is there already.
///
/// The numbered files of target `Postgres` make the tables; a test holds the two together.
public enum ProjectionTable: Int, Sendable, CaseIterable {
  case events, evaluations, briefs, briefEvents, briefRevisions, evidence, stories, storySources, entities, mentions, edges, heat, bands,
    deadLetters,
    scorers, scorerDocuments, controls, promotions

  public var name: String {
    switch self {
    case .events: "events"
    case .evaluations: "evaluations"
    case .briefs: "briefs"
    case .briefEvents: "brief_events"
    case .briefRevisions: "brief_revisions"
    case .evidence: "evidence"
    case .stories: "stories"
    case .storySources: "story_sources"
    case .entities: "entities"
    case .mentions: "mentions"
    case .edges: "edges"
    case .heat: "heat"
    case .bands: "bands"
    case .deadLetters: "dead_letters"
    case .scorers: "scorers"
    case .scorerDocuments: "scorer_documents"
    case .controls: "controls"
    case .promotions: "promotions"
    }
  }

  /// In the order of a row's fields.
  public var columns: [Column] { Self.allColumns[rawValue] }

  /// The topic that its rows are made from.
  public var input: ProjectionFold.Input {
    switch self {
    case .events, .stories, .storySources, .entities, .mentions, .edges, .heat: .enriched
    case .evaluations, .bands, .scorers: .banded
    case .briefs, .briefEvents, .briefRevisions, .evidence: .briefs
    case .deadLetters: .deadletters
    case .scorerDocuments: .scorers
    case .controls, .promotions: .controls
    }
  }

  /// The column that tells which record a row was made from, where one record makes a row.
  public var offsetColumn: Int? { columns.firstIndex { $0.name == "record_offset" } }

  /// Whether rows are made once and never change: a row whose key is there already is the same row.
  public var isAppendOnly: Bool { columns.allSatisfy { $0.merge == .key || $0.merge == .keep } }
}

/// A column: its type, and how a new value meets an old one.
public struct Column: Sendable, Equatable {
  public enum ColumnType: String, Sendable {
    case uuid
    case smallint
    case integer
    case bigint
    case real
    case double = "double precision"
    case text
    case bytea
    case boolean
    case time = "timestamptz"
    case json = "jsonb"
    case textArray = "text[]"
    case uuidArray = "uuid[]"
  }

  public enum Merge: Sendable, Equatable {
    /// Part of the key.
    case key
    /// The first value stays.
    case keep
    case sum, minimum, maximum
    /// The value of the row that was recorded later.
    case latest
    /// An average that fades with time: both sides are brought to the later `last_seen_at` and added.
    case fading
  }

  public var name: String
  public var type: ColumnType
  public var merge: Merge
  /// Whether digests leave it out: sums of fading numbers depend in their last bits on how batches were cut.
  public var isApproximate: Bool { merge == .fading }

  init(_ name: String, _ type: ColumnType, _ merge: Merge = .keep) {
    self.name = name
    self.type = type
    self.merge = merge
  }
}

extension ProjectionTable {
  private static let allColumns: [[Column]] = allCases.map { $0.makeColumns() }

  private func makeColumns() -> [Column] {
    let tenant = Column("tenant", .text)
    let partition = Column("partition", .smallint)
    let offset = Column("record_offset", .bigint)
    let keyTenant = Column("tenant", .text, .key)
    let keyPartition = Column("partition", .smallint, .key)
    let firstSeen = Column("first_seen_at", .time, .minimum)
    let lastSeen = Column("last_seen_at", .time, .maximum)
    switch self {
    case .events:
      return [
        .init("event_id", .uuid, .key), .init("domain", .text, .key), tenant, partition, offset, .init("kind", .text),
        .init("source", .text),
        .init("natural_id", .text), .init("revision", .integer), .init("mission_id", .text), .init("occurred_at", .time),
        .init("observed_at", .time), .init("story_id", .uuid), .init("relation", .text), .init("similarity", .real),
        .init("language", .text),
        .init("sentiment", .double), .init("title", .text), .init("body", .text), .init("url", .text), .init("topic_hints", .textArray),
        .init("flags", .textArray), .init("ontology", .json), .init("metrics", .json), .init("facts", .json), .init("content_hash", .bytea),
        .init("raw_offset", .bigint), .init("raw_item", .integer),
      ]
    case .evaluations:
      return [
        .init("event_id", .uuid, .key), .init("scorer", .text, .key), .init("domain", .text), tenant, partition, offset,
        .init("kind", .text),
        .init("source", .text), .init("story_id", .uuid), .init("freshness", .double), .init("novelty", .double), .init("impact", .double),
        .init("confidence", .double), .init("gap", .double), .init("total_evi", .double), .init("impact_level", .text),
        .init("band", .text),
        .init("band_reason", .text), .init("band_rule", .text), .init("observed_at", .time), .init("expires_at", .time),
        .init("explanations", .json),
      ]
    case .briefs:
      return [.init("brief_id", .uuid, .key)]
        + [
          .init("revision", .integer), tenant, partition, offset, .init("status", .text), .init("band", .text), .init("urgency", .smallint),
          .init("kind", .text), .init("domain", .text), .init("story_id", .uuid), .init("headline", .text), .init("summary", .text),
          .init("total_evi", .double), .init("confidence", .double), .init("impact_level", .text), .init("mission_id", .text),
          .init("created_at", .time), .init("expires_at", .time), .init("event_ids", .uuidArray), .init("first_event_at", .time),
        ].map { (column: Column) in Column(column.name, column.type, .latest) }
    case .briefEvents:
      return [
        .init("event_id", .uuid, .key), .init("brief_id", .uuid, .key), tenant, partition, .init("first_revision", .integer, .minimum),
      ]
    case .briefRevisions:
      return [
        .init("brief_id", .uuid, .key), .init("revision", .integer, .key), tenant, partition, .init("record_offset", .bigint, .key),
        .init("status", .text),
        .init("band", .text), .init("created_at", .time), .init("newest_event_at", .time), .init("brief", .json),
      ]
    case .evidence:
      return [
        .init("brief_id", .uuid, .key), .init("revision", .integer, .key), .init("record_offset", .bigint, .key),
        .init("ordinal", .smallint, .key), tenant, partition,
        .init("event_id", .uuid), .init("claim", .text), .init("field", .text), .init("field_start", .integer),
        .init("field_end", .integer),
        .init("sha256", .bytea), .init("raw_offset", .bigint), .init("raw_start", .integer), .init("raw_end", .integer),
        .init("raw_encoding", .text), .init("basis", .text), .init("derivation", .text),
      ]
    case .stories:
      return [
        .init("story_id", .uuid, .key), keyTenant, partition, .init("domain", .text), .init("title", .text), .init("first_source", .text),
        firstSeen, lastSeen, .init("size", .integer, .maximum), .init("sources", .integer, .maximum),
      ]
    case .storySources:
      return [
        .init("story_id", .uuid, .key), .init("publisher", .text, .key), keyTenant, partition, .init("first_event_id", .uuid, .minimum),
        .init("events", .integer, .sum),
      ]
    case .entities:
      return [
        .init("entity_id", .uuid, .key), keyTenant, keyPartition, .init("type", .text), .init("name", .text),
        .init("mentions", .bigint, .sum),
        firstSeen, lastSeen,
      ]
    case .mentions:
      return [.init("entity_id", .uuid, .key), .init("event_id", .uuid, .key), keyTenant, partition, .init("declared", .boolean)]
    case .edges:
      return [
        .init("low_id", .uuid, .key), .init("high_id", .uuid, .key), keyTenant, keyPartition, .init("events", .bigint, .sum), firstSeen,
        lastSeen, .init("weight", .double, .fading),
      ]
    case .heat:
      return [
        .init("hour", .time, .key), .init("domain", .text, .key), .init("node", .text, .key), keyTenant, keyPartition,
        .init("events", .bigint, .sum), .init("weight_micros", .bigint, .sum),
      ]
    case .bands:
      return [
        .init("hour", .time, .key), .init("domain", .text, .key), .init("kind", .text, .key), .init("band", .text, .key), keyTenant,
        keyPartition, .init("events", .bigint, .sum), .init("evi_micros", .bigint, .sum),
      ]
    case .deadLetters:
      return [
        .init("topic", .text, .key), keyPartition, .init("record_offset", .bigint, .key), tenant, .init("code", .text),
        .init("message", .text),
        .init("stage", .text), .init("source", .text), .init("input", .text), .init("byte_offset", .bigint), .init("observed_at", .time),
        .init("record_key", .bytea), .init("record_value", .bytea), .init("headers", .json),
      ]
    case .scorers:
      return [
        .init("scorer", .text, .key), keyTenant, keyPartition, .init("name", .text), .init("version", .text),
        .init("first_offset", .bigint, .minimum), .init("last_offset", .bigint, .maximum), firstSeen, lastSeen,
        .init("evaluations", .bigint, .sum),
      ]
    case .scorerDocuments:
      return [
        .init("scorer", .text, .key), .init("record_offset", .bigint, .key), tenant, partition, .init("name", .text),
        .init("version", .text), .init("added_at", .time), .init("document", .json),
      ]
    case .controls:
      return [
        keyPartition, .init("record_offset", .bigint, .key), tenant, .init("type", .text), .init("taken_at", .time),
        .init("configuration", .text), .init("reason", .text), .init("scorer", .text), .init("canary", .text),
        .init("canary_percent", .double), .init("document", .json),
      ]
    case .promotions:
      return [
        keyPartition, .init("record_offset", .bigint, .key), tenant, .init("scorer", .text), .init("previous", .text),
        .init("reason", .text), .init("promoted_at", .time),
      ]
    }
  }
}
