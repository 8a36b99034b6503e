import JSON
import Model

/// Writes events as the canonical JSON of `prowzi.normalized` and `prowzi.enriched`: one writer for both, because the second is the
/// first with more in it.
public struct EventRecord {
  public let event: Event
  public let enrichment: Enrichment?
  /// The ontology's node names, by number.
  public let nodeNames: [String]

  public init(_ event: Event) {
    self.event = event
    enrichment = nil
    nodeNames = []
  }

  public init(_ enriched: EnrichedEvent, nodeNames: [String]) {
    event = enriched.event
    enrichment = enriched.enrichment
    self.nodeNames = nodeNames
  }

  public func write(to json: inout JSONWriter) {
    if let enrichment {
      let enriched = EnrichedEvent(event: event, enrichment: enrichment)
      Self.write(enriched, nodeNames: nodeNames, reusing: nil, of: [], to: &json)
    } else {
      _ = Self.write(event, to: &json)
    }
  }

  /// Stretches of a normalized event's record that its enriched record has as well.
  ///
  /// They hold as long as enrich changes no more of an event than its domain, its flags, and the entities it adds.
  public struct Parts: Sendable {
    /// `"kind"` to the content hash, inside the metadata that it opens.
    var kind = 0..<0
    /// `"raw"`, the end of the metadata, to `"natural_id"`.
    var raw = 0..<0
    var entities = 0..<0
    /// How many entities there were.
    var entityCount = 0
    /// Facts and metrics.
    var measures = 0..<0
    /// `"text"` to the end.
    var text = 0..<0

    public init() {}
  }

  /// Writes a record of `prowzi.normalized`.
  /// - Returns: what the enriched record can copy, in places of `json.bytes`.
  public static func write(_ event: Event, to json: inout JSONWriter) -> Parts {
    var parts = Parts()
    func part(_ body: (inout JSONWriter) -> Void) -> Range<Int> {
      let start = json.nextStart
      body(&json)
      return start..<json.bytes.count
    }
    json.beginObject()
    writeIdentity(event, &json)
    parts.kind = part { writeKind(event, &$0) }
    parts.raw = part { writeRaw(event, &$0) }
    json.key("observed_at")
    json.number(event.observedAt.milliseconds)
    json.key("payload")
    json.beginObject()
    json.key("extracted")
    json.beginObject()
    parts.entities = part { writeEntities(event, &$0) }
    parts.entityCount = event.entities.count
    parts.measures = part { writeMeasures(event, &$0) }
    json.endObject()
    parts.text = part { writeRest(event, &$0) }
    return parts
  }

  /// Writes a record of `prowzi.enriched`.
  /// - Parameters:
  ///   - nodeNames: the ontology's node names, by number.
  ///   - parts: what the normalized record has in common with it, in places of `bytes`; `nil` writes all of it.
  public static func write(
    _ enriched: EnrichedEvent, nodeNames: [String], reusing parts: Parts?, of bytes: [UInt8], to json: inout JSONWriter
  ) {
    json.beginObject()
    writeCluster(enriched.enrichment.cluster, &json)
    writeIdentity(enriched.event, &json)
    writeHistory(enriched.enrichment.history, &json)
    if let parts { json.copy(bytes, in: parts.kind, opening: 1) } else { writeKind(enriched.event, &json) }
    json.key("language")
    json.string(enriched.enrichment.language)
    if let parts { json.copy(bytes, in: parts.raw, opening: -1) } else { writeRaw(enriched.event, &json) }
    if !enriched.enrichment.neighbors.isEmpty { writeNeighbors(enriched.enrichment.neighbors, &json) }
    json.key("observed_at")
    json.number(enriched.event.observedAt.milliseconds)
    if !enriched.enrichment.ontology.isEmpty { writeOntology(enriched.enrichment.ontology, nodeNames, &json) }
    json.key("payload")
    json.beginObject()
    if enriched.enrichment.embedding != nil { writeEmbedding(enriched, &json) }
    json.key("extracted")
    json.beginObject()
    if let parts, parts.entityCount == enriched.event.entities.count {
      json.copy(bytes, in: parts.entities)
    } else {
      writeEntities(enriched.event, &json)
    }
    if let parts { json.copy(bytes, in: parts.measures) } else { writeMeasures(enriched.event, &json) }
    writeFindings(enriched, &json)
    json.endObject()
    if let parts { json.copy(bytes, in: parts.text, opening: -2) } else { writeRest(enriched.event, &json) }
  }

  // MARK: Parts

  private static func writeIdentity(_ event: Event, _ json: inout JSONWriter) {
    json.key("domain")
    json.plainString(event.domain.name)
    json.key("event_id")
    json.plainString { event.id.append(to: &$0) }
    if !event.flags.isEmpty { writeFlags(event.flags, &json) }
  }

  private static func writeFlags(_ flags: EventFlags, _ json: inout JSONWriter) {
    json.key("flags")
    json.beginArray()
    for (flag, name) in EventFlags.names where flags.contains(flag) { json.plainString(name) }
    json.endArray()
  }

  private static func writeKind(_ event: Event, _ json: inout JSONWriter) {
    json.key("kind")
    json.plainString(event.kind.name)
    json.key("metadata")
    json.beginObject()
    json.key("content_hash")
    json.plainString { event.contentHash.appendHex(to: &$0) }
  }

  private static func writeRaw(_ event: Event, _ json: inout JSONWriter) {
    json.key("raw")
    json.beginObject()
    json.key("at")
    json.plainString { appendRawCoordinates(event, &$0) }
    json.key("item")
    json.number(event.item)
    json.key("spans")
    writeSpans(event, &json)
    json.endObject()
    json.endObject()
    json.key("mission_id")
    json.null()
    json.key("natural_id")
    json.string(event.bytes, in: event.naturalID.range)
  }

  private static func writeMeasures(_ event: Event, _ json: inout JSONWriter) {
    if !event.facts.isEmpty {
      json.key("facts")
      json.beginObject()
      for fact in event.facts {
        json.key(fact.name)
        json.string(event.bytes, in: fact.value.range)
      }
      json.endObject()
    }
    json.key("metrics")
    json.beginObject()
    for metric in event.metrics {
      json.key(metric.name)
      json.number(metric.value)
    }
    json.endObject()
  }

  /// The text, the end of the payload, and what follows it.
  private static func writeRest(_ event: Event, _ json: inout JSONWriter) {
    json.key("text")
    json.beginObject()
    writeText("body", event.body, event.bytes, &json)
    writeText("title", event.title, event.bytes, &json)
    writeText("url", event.url, event.bytes, &json)
    json.endObject()
    json.endObject()
    json.key("revision")
    json.number(event.revision)
    json.key("source")
    json.string(event.source)
    json.key("timestamp")
    json.number(event.occurredAt.milliseconds)
    json.key("topic_hints")
    json.beginArray()
    for hint in event.hints { json.string(event.bytes, in: hint.range) }
    json.endArray()
    json.endObject()
  }

  private static func appendRawCoordinates(_ event: Event, _ bytes: inout [UInt8]) {
    bytes.append(contentsOf: "prowzi.raw/".utf8)
    DecimalText.append(Int64(event.rawPartition.value), to: &bytes)
    bytes.append(UInt8(ascii: "/"))
    DecimalText.append(event.rawOffset.value, to: &bytes)
  }

  /// Where in the raw value each field stands: `[start, end]`, and the encoding where the bytes are not the text itself.
  private static func writeSpans(_ event: Event, _ json: inout JSONWriter) {
    func span(_ name: StaticString, _ field: Field?) {
      guard let span = field?.span else { return }
      json.key(name)
      writeSpan(span, &json)
    }
    json.beginObject()
    span("body", event.body)
    writeSpans("entities", event.entities.count, &json) { event.entities[$0].id.span }
    if event.facts.contains(where: { $0.value.span != nil }) {
      json.key("facts")
      json.beginObject()
      for fact in event.facts {
        guard let span = fact.value.span else { continue }
        json.key(fact.name)
        writeSpan(span, &json)
      }
      json.endObject()
    }
    writeSpans("hints", event.hints.count, &json) { event.hints[$0].span }
    if event.metrics.contains(where: { $0.span != nil }) {
      json.key("metrics")
      json.beginObject()
      for metric in event.metrics {
        guard let span = metric.span else { continue }
        json.key(metric.name)
        writeSpan(span, &json)
      }
      json.endObject()
    }
    span("title", event.title)
    span("url", event.url)
    json.endObject()
  }

  /// The spans of a list, `null` for what was not read from the raw value; left out behind the last that was.
  private static func writeSpans(
    _ name: StaticString, _ count: Int, _ json: inout JSONWriter, _ span: (Int) -> SourceSpan?
  ) {
    var end = count
    while end > 0, span(end - 1) == nil { end -= 1 }
    if end == 0 { return }
    json.key(name)
    json.beginArray()
    for index in 0..<end {
      if let span = span(index) { writeSpan(span, &json) } else { json.null() }
    }
    json.endArray()
  }

  private static func writeSpan(_ span: SourceSpan, _ json: inout JSONWriter) {
    json.beginArray()
    json.number(Int64(span.start))
    json.number(Int64(span.end))
    if span.encoding != .plain { json.plainString(span.encoding.name) }
    json.endArray()
  }

  private static func writeText(_ name: StaticString, _ field: Field?, _ bytes: [UInt8], _ json: inout JSONWriter) {
    guard let field else { return }
    json.key(name)
    json.string(bytes, in: field.range)
  }

  private static func writeEntities(_ event: Event, _ json: inout JSONWriter) {
    json.key("entities")
    json.beginArray()
    for entity in event.entities {
      json.beginObject()
      json.key("attributes")
      json.beginObject()
      json.key("declared")
      json.bool(entity.isDeclared)
      json.endObject()
      json.key("id")
      json.string(event.bytes, in: entity.id.range)
      json.key("type")
      json.string(entity.type)
      json.endObject()
    }
    json.endArray()
  }

  private static func writeEmbedding(_ enriched: EnrichedEvent, _ json: inout JSONWriter) {
    guard let embedding = enriched.enrichment.embedding else { return }
    json.key("embedding")
    json.beginObject()
    json.key("int8")
    json.plainString { Base64.append(embedding.values, to: &$0) }
    json.key("scale")
    json.number(embedding.scale)
    json.endObject()
  }

  private static func writeFindings(_ enriched: EnrichedEvent, _ json: inout JSONWriter) {
    if !enriched.enrichment.numbers.isEmpty {
      json.key("numbers")
      json.beginArray()
      for number in enriched.enrichment.numbers {
        json.beginObject()
        json.key("kind")
        json.string(number.kind)
        json.key("text")
        json.string(enriched.event.bytes, in: number.range)
        if !number.unit.isEmpty {
          json.key("unit")
          json.string(number.unit)
        }
        json.key("value")
        json.number(number.value)
        json.endObject()
      }
      json.endArray()
    }
    if let sentiment = enriched.enrichment.sentiment {
      json.key("sentiment")
      json.number(sentiment)
    }
  }

  // MARK: What enrich knows

  private static func writeCluster(_ cluster: StoryCluster, _ json: inout JSONWriter) {
    json.key("cluster")
    json.beginObject()
    json.key("first_seen_at")
    json.number(cluster.firstSeenAt.milliseconds)
    json.key("first_source")
    json.string(cluster.firstSource)
    json.key("id")
    json.plainString { cluster.id.append(to: &$0) }
    json.key("recent_size")
    json.number(cluster.recentSize)
    json.key("relation")
    json.plainString(cluster.relation.name)
    json.key("similarity")
    json.number(cluster.similarity)
    json.key("size")
    json.number(cluster.size)
    json.key("sources")
    json.number(cluster.sources)
    json.endObject()
  }

  private static func writeNeighbors(_ neighbors: [Neighbor], _ json: inout JSONWriter) {
    json.key("neighbors")
    json.beginArray()
    for neighbor in neighbors {
      json.beginObject()
      json.key("event_id")
      json.plainString { neighbor.id.append(to: &$0) }
      json.key("similarity")
      json.number(neighbor.similarity)
      json.endObject()
    }
    json.endArray()
  }

  private static func writeOntology(_ ontology: [OntologyWeight], _ nodeNames: [String], _ json: inout JSONWriter) {
    json.key("ontology")
    json.beginArray()
    for entry in ontology {
      json.beginObject()
      json.key("node")
      json.string(nodeNames[entry.node])
      json.key("weight")
      json.number(entry.weight)
      json.endObject()
    }
    json.endArray()
  }

  private static func writeHistory(_ history: History, _ json: inout JSONWriter) {
    json.key("history")
    json.beginObject()
    func number(_ name: StaticString, _ value: Double?) {
      guard let value else { return }
      json.key(name)
      json.number(value)
    }
    number("deployer_launches", history.deployerLaunches.map(Double.init))
    number("forks_per_day", history.forksPerDay)
    writePrior("other_amount", history.otherAmount, &json)
    writePrior("previous_price", history.previousPrice, &json)
    writePrior("previous_stars", history.previousStars, &json)
    number("price_step", history.priceStep)
    number("providers", history.providers.map(Double.init))
    number("seen_day", Double(history.seenInDay))
    number("seen_hour", Double(history.seenInHour))
    number("seen_week", Double(history.seenInWeek))
    number("star_burst", history.starBurst)
    number("stars_per_day", history.starsPerDay)
    json.endObject()
  }

  private static func writePrior(_ name: StaticString, _ prior: PriorNumber?, _ json: inout JSONWriter) {
    guard let prior else { return }
    json.key(name)
    json.beginObject()
    json.key("event_id")
    json.plainString { prior.event.append(to: &$0) }
    json.key("metric")
    json.string(prior.metric)
    json.key("observed_at")
    json.number(prior.observedAt.milliseconds)
    json.key("offset")
    json.number(prior.offset.value)
    json.key("source")
    json.string(prior.source)
    if let span = prior.span {
      json.key("span")
      writeSpan(span, &json)
    }
    json.key("value")
    json.number(prior.value)
    json.endObject()
  }
}

extension SourceSpan.Encoding {
  /// Reads the name in records; `nil` for other texts.
  public init?(name: String) {
    for number in UInt8(0)...5 {
      guard let encoding = SourceSpan.Encoding(rawValue: number), "\(encoding.name)" == name else { continue }
      self = encoding
      return
    }
    return nil
  }

  /// The name in records.
  public var name: StaticString {
    switch self {
    case .plain: "plain"
    case .json: "json"
    case .xml: "xml"
    case .csv: "csv"
    case .xmlInJSON: "xml+json"
    case .jsonInJSON: "json+json"
    }
  }
}
