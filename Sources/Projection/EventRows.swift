import JSON
import Model

extension ProjectionFold {
  /// Entities that tie events together: an address of a page or a transaction names one thing once.
  private static let untied: Set<String> = ["url", "transaction"]
  /// Of an event only so many entities are tied to one another: a paper of thousands of authors would otherwise bring millions of edges.
  static let tiedEntities = 8

  /// - Returns: what is missing; `nil` where the rows were made.
  mutating func addEvent(_ source: Source, _ json: JSONDocument) -> StaticString? {
    let partition = partition
    let root = json.root
    guard let id = json.id("event_id", of: root) else { return "event_id" }
    guard let domain = json.text("domain", of: root), domain == "ai" || domain == "crypto" else { return "domain" }
    guard let observedAt = json.time("observed_at", of: root) else { return "observed_at" }
    guard let occurredAt = json.time("timestamp", of: root) else { return "timestamp" }
    guard let cluster = json.member("cluster", of: root), let story = json.id("id", of: cluster) else { return "cluster.id" }
    guard let relation = json.text("relation", of: cluster), Self.relations.contains(relation) else { return "cluster.relation" }
    guard let revision = json.int64("revision", of: root), revision > 0, revision <= Int32.max else { return "revision" }
    guard let origin = json.text("source", of: root) else { return "source" }
    guard let metadata = json.member("metadata", of: root), let hash = json.text("content_hash", of: metadata),
      let contentHash = [UInt8](hexadecimal: hash)
    else { return "metadata.content_hash" }
    let raw = json.member("raw", of: metadata)
    guard let rawOffset = json.rawOffset(json.member("at", of: raw)) else { return "metadata.raw.at" }
    guard let naturalID = json.member("natural_id", of: root) else { return "natural_id" }

    let payload = json.member("payload", of: root)
    let extracted = json.member("extracted", of: payload)
    let text = json.member("text", of: payload)
    write(.events) { row in
      row.uuid(id)
      row.text(domain)
      row.text(source.tenant)
      row.smallint(partition)
      row.bigint(source.offset)
      row.text(json.text("kind", of: root) ?? "generic")
      row.text(origin)
      row.text(json, naturalID)
      row.integer(revision)
      row.text(json, json.member("mission_id", of: root))
      row.time(occurredAt)
      row.time(observedAt)
      row.uuid(story)
      row.text(relation)
      row.real(json.double(json.member("similarity", of: cluster)) ?? 0)
      row.text(json, json.member("language", of: metadata))
      row.double(json.double(json.member("sentiment", of: extracted)))
      row.text(json, json.member("title", of: text))
      row.text(json, json.member("body", of: text))
      row.text(json, json.member("url", of: text))
      row.textArray(json, json.member("topic_hints", of: root))
      row.textArray(json, json.member("flags", of: root))
      row.json(json, json.member("ontology", of: root), otherwise: "[]")
      row.json(json, json.member("metrics", of: extracted), otherwise: "{}")
      row.json(json, json.member("facts", of: extracted), otherwise: "{}")
      row.bytea(contentHash)
      row.bigint(rawOffset)
      row.integer(json.int64("item", of: raw) ?? 0)
    }
    note(day: Int(id.time.milliseconds / .day))
    addStory(
      id, story, cluster, source, json, domain: domain, origin: origin, publisher: Self.publisher(extracted, text, json) ?? origin,
      title: json.text("title", of: text), observedAt)
    addEntities(id, json.member("entities", of: extracted), json, source.tenant, observedAt)
    addHeat(json.member("ontology", of: root), json, source.tenant, domain, observedAt)
    return nil
  }

  private static let relations: Set<String> = ["new", "same_story", "near_duplicate", "repeat", "revision"]

  mutating func write(_ table: ProjectionTable, _ body: (inout RowWriter) -> Void) {
    writers[table.rawValue].begin(table)
    body(&writers[table.rawValue])
  }

  private mutating func addStory(
    _ id: EventID, _ story: EventID, _ cluster: Int, _ source: Source, _ json: JSONDocument, domain: String, origin: String,
    publisher: String, title: String?,
    _ observedAt: Timestamp
  ) {
    let size = json.int64("size", of: cluster) ?? 1
    let sources = json.int64("sources", of: cluster) ?? 1
    let firstSeenAt = json.time("first_seen_at", of: cluster) ?? observedAt
    stories.merge(
      StoryKey(story: story, tenant: source.tenant),
      StoryRow(
        domain: domain, title: title, firstSource: json.text("first_source", of: cluster) ?? origin, firstSeenAt: firstSeenAt,
        lastSeenAt: observedAt, size: size, sources: sources)
    ) { row in
      row.firstSeenAt = min(row.firstSeenAt, firstSeenAt)
      row.lastSeenAt = max(row.lastSeenAt, observedAt)
      row.size = max(row.size, size)
      row.sources = max(row.sources, sources)
    }
    storySources.merge(
      StorySourceKey(story: story, publisher: publisher, tenant: source.tenant), StorySourceRow(firstEvent: id, events: 1)
    ) { row in
      row.firstEvent = min(row.firstEvent, id)
      row.events += 1
    }
  }

  private mutating func addEntities(_ id: EventID, _ node: Int?, _ json: JSONDocument, _ tenant: String, _ observedAt: Timestamp) {
    let partition = partition
    var named: Set<EventID> = []
    var tied: [EventID] = []
    for element in json.elements(of: node) {
      guard let type = json.text("type", of: element), let name = json.text("id", of: element) else { continue }
      let entity = EntityID.of(type: type, name: name)
      guard named.insert(entity).inserted else { continue }
      let isDeclared = json.bool(json.member("declared", of: json.member("attributes", of: element))) ?? false
      write(.mentions) { row in
        row.uuid(entity)
        row.uuid(id)
        row.text(tenant)
        row.smallint(partition)
        row.boolean(isDeclared)
      }
      entities.merge(
        EntityKey(entity: entity, tenant: tenant),
        EntityRow(type: type, name: name, mentions: 1, firstSeenAt: observedAt, lastSeenAt: observedAt)
      ) { row in
        row.mentions += 1
        row.firstSeenAt = min(row.firstSeenAt, observedAt)
        row.lastSeenAt = max(row.lastSeenAt, observedAt)
      }
      if tied.count < Self.tiedEntities, !Self.untied.contains(type) { tied.append(entity) }
    }
    for (index, one) in tied.enumerated() {
      for other in tied[(index + 1)...] { addEdge(min(one, other), max(one, other), tenant, observedAt) }
    }
  }

  private mutating func addEdge(_ low: EventID, _ high: EventID, _ tenant: String, _ observedAt: Timestamp) {
    let seen = Fading(at: observedAt)
    edges.merge(
      EdgeKey(low: low, high: high, tenant: tenant), EdgeRow(events: 1, firstSeenAt: observedAt, weight: seen)
    ) { row in
      row.events += 1
      row.firstSeenAt = min(row.firstSeenAt, observedAt)
      row.weight = row.weight + seen
    }
  }

  private mutating func addHeat(_ node: Int?, _ json: JSONDocument, _ tenant: String, _ domain: String, _ observedAt: Timestamp) {
    let hour = Self.hour(of: observedAt)
    for element in json.elements(of: node) {
      guard let name = json.text("node", of: element), let weight = json.double(json.member("weight", of: element)) else { continue }
      let micros = Self.micros(weight)
      heat.merge(HeatKey(hour: hour, domain: domain, node: name, tenant: tenant), CountRow(events: 1, micros: micros)) { row in
        row.events += 1
        row.micros += micros
      }
    }
  }

  /// Who tells it: the named publisher, else the provider, else the host of the link; the same that enrich counts a story's sources by.
  private static func publisher(_ extracted: Int?, _ text: Int?, _ json: JSONDocument) -> String? {
    let facts = json.member("facts", of: extracted)
    let named = json.text("publisher", of: facts) ?? json.text("provider", of: facts) ?? json.text("url", of: text).flatMap(host)
    // Part of a key, which an index entry must hold.
    return named.map { String($0.prefix(200)) }
  }

  /// Between `://` and the next slash or question mark, without `www.`.
  private static func host(_ url: String) -> String? {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let host = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
    return host.hasPrefix("www.") && host.count > 4 ? String(host.dropFirst(4)) : String(host)
  }

  /// The beginning of the hour, in milliseconds since 1970.
  static func hour(of time: Timestamp) -> Int64 {
    let hours = time.milliseconds / .hour
    return (time.milliseconds < hours * .hour ? hours - 1 : hours) * .hour
  }

  /// Millionths: what is recorded has six decimals, so nothing is lost. Out of range counts as the nearest number that is not.
  static func micros(_ value: Double) -> Int64 {
    let scaled = value * 1_000_000
    guard scaled.magnitude < 1e15 else { return 0 }
    return Int64(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
  }
}
