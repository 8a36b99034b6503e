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
    json.beginObject()
    if let enrichment { writeCluster(enrichment.cluster, &json) }
    json.key("domain")
    json.plainString(event.domain.name)
    json.key("event_id")
    json.plainString { event.id.append(to: &$0) }
    if !event.flags.isEmpty { writeFlags(&json) }
    if let enrichment { writeHistory(enrichment.history, &json) }
    json.key("kind")
    json.plainString(event.kind.name)
    writeMetadata(&json)
    json.key("mission_id")
    json.null()
    json.key("natural_id")
    json.string(event.bytes, in: event.naturalID.range)
    if let neighbors = enrichment?.neighbors, !neighbors.isEmpty { writeNeighbors(neighbors, &json) }
    json.key("observed_at")
    json.number(event.observedAt.milliseconds)
    if let ontology = enrichment?.ontology, !ontology.isEmpty { writeOntology(ontology, &json) }
    writePayload(&json)
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

  private func writeFlags(_ json: inout JSONWriter) {
    json.key("flags")
    json.beginArray()
    for (flag, name) in EventFlags.names where event.flags.contains(flag) { json.plainString(name) }
    json.endArray()
  }

  // MARK: Metadata

  private func writeMetadata(_ json: inout JSONWriter) {
    json.key("metadata")
    json.beginObject()
    json.key("content_hash")
    json.plainString { event.contentHash.appendHex(to: &$0) }
    if let enrichment {
      json.key("language")
      json.string(enrichment.language)
    }
    json.key("raw")
    json.beginObject()
    json.key("at")
    json.plainString(appendRawCoordinates)
    json.key("item")
    json.number(event.item)
    json.key("spans")
    writeSpans(&json)
    json.endObject()
    json.endObject()
  }

  private func appendRawCoordinates(_ bytes: inout [UInt8]) {
    bytes.append(contentsOf: "prowzi.raw/".utf8)
    DecimalText.append(Int64(event.rawPartition.value), to: &bytes)
    bytes.append(UInt8(ascii: "/"))
    DecimalText.append(event.rawOffset.value, to: &bytes)
  }

  /// Where in the raw value each field stands: `[start, end]`, and the encoding where the bytes are not the text itself.
  private func writeSpans(_ json: inout JSONWriter) {
    func span(_ name: StaticString, _ field: Field?) {
      guard let span = field?.span else { return }
      json.key(name)
      writeSpan(span, &json)
    }
    json.beginObject()
    span("body", event.body)
    writeSpans("entities", event.entities.map(\.id.span), &json)
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
    writeSpans("hints", event.hints.map(\.span), &json)
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
  private func writeSpans(_ name: StaticString, _ spans: [SourceSpan?], _ json: inout JSONWriter) {
    guard let last = spans.lastIndex(where: { $0 != nil }) else { return }
    json.key(name)
    json.beginArray()
    for span in spans[...last] {
      if let span { writeSpan(span, &json) } else { json.null() }
    }
    json.endArray()
  }

  private func writeSpan(_ span: SourceSpan, _ json: inout JSONWriter) {
    json.beginArray()
    json.number(Int64(span.start))
    json.number(Int64(span.end))
    if span.encoding != .plain { json.plainString(span.encoding.name) }
    json.endArray()
  }

  // MARK: Payload

  private func writePayload(_ json: inout JSONWriter) {
    json.key("payload")
    json.beginObject()
    if let embedding = enrichment?.embedding {
      json.key("embedding")
      json.beginObject()
      json.key("int8")
      json.plainString { Base64.append(embedding.values, to: &$0) }
      json.key("scale")
      json.number(embedding.scale)
      json.endObject()
    }
    json.key("extracted")
    json.beginObject()
    writeEntities(&json)
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
    if let enrichment { writeFindings(enrichment, &json) }
    json.endObject()
    json.key("text")
    json.beginObject()
    writeText("body", event.body, &json)
    writeText("title", event.title, &json)
    writeText("url", event.url, &json)
    json.endObject()
    json.endObject()
  }

  private func writeText(_ name: StaticString, _ field: Field?, _ json: inout JSONWriter) {
    guard let field else { return }
    json.key(name)
    json.string(event.bytes, in: field.range)
  }

  private func writeEntities(_ json: inout JSONWriter) {
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

  private func writeFindings(_ enrichment: Enrichment, _ json: inout JSONWriter) {
    if !enrichment.numbers.isEmpty {
      json.key("numbers")
      json.beginArray()
      for number in enrichment.numbers {
        json.beginObject()
        json.key("kind")
        json.string(number.kind)
        json.key("text")
        json.string(event.bytes, in: number.range)
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
    if let sentiment = enrichment.sentiment {
      json.key("sentiment")
      json.number(sentiment)
    }
  }

  // MARK: What enrich knows

  private func writeCluster(_ cluster: StoryCluster, _ json: inout JSONWriter) {
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

  private func writeNeighbors(_ neighbors: [Neighbor], _ json: inout JSONWriter) {
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

  private func writeOntology(_ ontology: [OntologyWeight], _ json: inout JSONWriter) {
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

  private func writeHistory(_ history: History, _ json: inout JSONWriter) {
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

  private func writePrior(_ name: StaticString, _ prior: PriorNumber?, _ json: inout JSONWriter) {
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
