import JSON
import Model

extension ProjectionFold {
  /// - Returns: what is missing; `nil` where the rows were made.
  mutating func addBrief(_ source: Source, _ json: JSONDocument) -> StaticString? {
    let partition = partition
    let root = json.root
    guard let id = json.id("brief_id", of: root) else { return "brief_id" }
    guard let revision = json.int64("revision", of: root), revision > 0, revision <= Int32.max else { return "revision" }
    guard let status = json.text("status", of: root), ["active", "revised", "retracted"].contains(status) else { return "status" }
    guard let band = json.text("band", of: root), let urgency = Self.urgency(of: band) else { return "band" }
    guard let domain = json.text("domain", of: root), domain == "ai" || domain == "crypto" else { return "domain" }
    guard let story = json.id("story_id", of: root) else { return "story_id" }
    guard let headline = json.member("headline", of: root), json.kind(headline) == .string else { return "headline" }
    guard let impact = json.text("impact_level", of: root), ["low", "medium", "high", "critical"].contains(impact) else {
      return "impact_level"
    }
    guard let createdAt = json.time("created_at", of: root) else { return "created_at" }
    guard let total = json.double(json.member("total_evi", of: root)) else { return "total_evi" }
    guard let confidence = json.double(json.member("confidence_score", of: root)) else { return "confidence_score" }
    let content = json.member("content", of: root)
    guard let summary = json.member("summary", of: content), json.kind(summary) == .string else { return "content.summary" }
    let events = json.elements(of: json.member("event_ids", of: root)).compactMap { json.id($0) }
    let times = events.map(\.time)

    var row = RowWriter()
    row.begin(.briefs)
    row.uuid(id)
    row.integer(revision)
    row.text(source.tenant)
    row.smallint(partition)
    row.bigint(source.offset)
    row.text(status)
    row.text(band)
    row.smallint(urgency)
    row.text(json.text("kind", of: root) ?? "generic")
    row.text(domain)
    row.uuid(story)
    row.text(json, headline)
    row.text(json, summary)
    row.double(total)
    row.double(confidence)
    row.text(impact)
    row.text(json, json.member("mission_id", of: root))
    row.time(createdAt)
    row.time(json.time("expires_at", of: root))
    row.uuidArray(events)
    row.time(times.min() ?? createdAt)
    let made = row
    // Records come in the order of their offsets, and the later one counts: a story that comes back after it was forgotten begins again at revision 1.
    briefs.merge(id, made) { $0 = made }

    for event in events {
      briefEvents.merge(BriefEventKey(event: event, brief: id), BriefEventRow(tenant: source.tenant, firstRevision: revision)) { row in
        row.firstRevision = min(row.firstRevision, revision)
      }
    }
    write(.briefRevisions) { row in
      row.uuid(id)
      row.integer(revision)
      row.text(source.tenant)
      row.smallint(partition)
      row.bigint(source.offset)
      row.text(status)
      row.text(band)
      row.time(createdAt)
      row.time(times.max() ?? createdAt)
      row.json(json, root, otherwise: "{}")
    }
    for (ordinal, item) in json.elements(of: json.member("evidence", of: content)).enumerated() where ordinal <= Int(Int16.max) {
      addEvidence(item, Int(ordinal), id, revision, source, json)
    }
    note(brief: id, revision: revision)
    return nil
  }

  /// An item without an event or a place in the raw topic is left to the brief's own JSON.
  private mutating func addEvidence(
    _ item: Int, _ ordinal: Int, _ brief: EventID, _ revision: Int64, _ source: Source, _ json: JSONDocument
  ) {
    guard let event = json.id("event_id", of: item), let rawOffset = json.rawOffset(json.member("raw", of: item)) else { return }
    let partition = partition
    write(.evidence) { row in
      row.uuid(brief)
      row.integer(revision)
      row.bigint(source.offset)
      row.smallint(ordinal)
      row.text(source.tenant)
      row.smallint(partition)
      row.uuid(event)
      row.text(json.text("claim", of: item) ?? "")
      row.text(json.text("field", of: item) ?? "")
      row.integer(json.int64("start", of: item) ?? 0)
      row.integer(json.int64("end", of: item) ?? 0)
      row.bytea([UInt8](hexadecimal: json.text("sha256", of: item) ?? "") ?? [])
      row.bigint(rawOffset)
      row.integer(json.int64("raw_start", of: item))
      row.integer(json.int64("raw_end", of: item))
      row.text(json.text("raw_encoding", of: item))
      row.text(json.text("basis", of: item))
      row.text(json.text("derivation", of: item))
    }
  }
}
