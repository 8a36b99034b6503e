import JSON
import Model

/// Reads an event's record in one pass over its bytes, as long as every member stands where `EventRecord` writes it: the functions here follow that
/// writer's, one by one.
///
/// It throws at everything else, be it foreign, newer, reordered or broken, and `EventReader` then reads the record through its nodes. So it must
/// refuse whatever that refuses, and make the same of what it reads: only the places of texts in the event's bytes differ, which lie in the
/// order of the record.
struct ForwardReader: Sendable {
  /// Where in the raw value the texts and numbers were that are still to come.
  private var spans = EventSpans()

  /// Reads the value of a record of `prowzi.normalized`.
  mutating func event(
    _ bytes: [UInt8], in range: Range<Int>, tenant: String, _ names: inout EventNames
  ) throws(JSONCursor.Unexpected) -> Event {
    var json = JSONCursor(bytes, in: range)
    var event = Self.empty(tenant: tenant, capacity: range.count / 2)
    json.beginObject()
    try readIdentity(&json, names, &event)
    try readKind(&json, names, &event)
    try readRaw(&json, names, &event)
    try json.key("observed_at")
    event.observedAt = Timestamp(milliseconds: try json.whole())
    try json.key("payload")
    json.beginObject()
    try json.key("extracted")
    json.beginObject()
    try readEntities(&json, &names, &event)
    try readMeasures(&json, &names, &event)
    try json.endObject()
    try readRest(&json, &names, &event)
    return event
  }

  /// Reads the value of a record of `prowzi.enriched`.
  mutating func enriched(
    _ bytes: [UInt8], in range: Range<Int>, tenant: String, nodeNames: [String], readsEmbeddings: Bool, _ names: inout EventNames
  ) throws(JSONCursor.Unexpected) -> EnrichedEvent {
    var json = JSONCursor(bytes, in: range)
    json.beginObject()
    try json.key("cluster")
    let enrichment = Enrichment(cluster: try cluster(&json, &names))
    // Filled where it stands: it is some hundred bytes to move.
    var read = EnrichedEvent(event: Self.empty(tenant: tenant, capacity: range.count / 2), enrichment: enrichment)
    try readIdentity(&json, names, &read.event)
    try json.key("history")
    try readHistory(&json, &names, &read.enrichment.history)
    try readKind(&json, names, &read.event)
    try json.key("language")
    read.enrichment.language = try text(&json, &names)
    try readRaw(&json, names, &read.event)
    if json.optionalKey("neighbors") { try readNeighbors(&json, &read.enrichment) }
    try json.key("observed_at")
    read.event.observedAt = Timestamp(milliseconds: try json.whole())
    if json.optionalKey("ontology") { try readOntology(&json, nodeNames, &names, &read.enrichment) }
    try json.key("payload")
    json.beginObject()
    if json.optionalKey("embedding") { read.enrichment.embedding = try embedding(&json, isRead: readsEmbeddings) }
    try json.key("extracted")
    json.beginObject()
    try readEntities(&json, &names, &read.event)
    try readMeasures(&json, &names, &read.event)
    try readFindings(&json, &names, &read.event, &read.enrichment)
    try json.endObject()
    try readRest(&json, &names, &read.event)
    return read
  }

  private static func empty(tenant: String, capacity: Int) -> Event {
    var event = Event(source: "", kind: .generic, domain: .ai)
    event.bytes.reserveCapacity(capacity)
    event.tenant = tenant
    return event
  }

  // MARK: Parts of an event

  private func readIdentity(_ json: inout JSONCursor, _ names: EventNames, _ event: inout Event) throws(JSONCursor.Unexpected) {
    try json.key("domain")
    event.domain = names.domain(json.bytes, in: try json.plainString())
    try json.key("event_id")
    event.id = try id(&json)
    guard json.optionalKey("flags") else { return }
    json.beginArray()
    while json.element() {
      if let flag = names.flag(json.bytes, in: try json.plainString()) { event.flags.insert(flag) }
    }
    try json.endArray()
  }

  private func readKind(_ json: inout JSONCursor, _ names: EventNames, _ event: inout Event) throws(JSONCursor.Unexpected) {
    try json.key("kind")
    event.kind = try found(names.kind(json.bytes, in: try json.plainString()))
    try json.key("metadata")
    json.beginObject()
    try json.key("content_hash")
    let hash = try json.plainString()
    event.contentHash = try found(Digest(hex: json.bytes.span.extracting(hash)))
  }

  private mutating func readRaw(_ json: inout JSONCursor, _ names: EventNames, _ event: inout Event) throws(JSONCursor.Unexpected) {
    try json.key("raw")
    json.beginObject()
    try json.key("at")
    (event.rawPartition, event.rawOffset) = try found(EventNames.coordinates(json.bytes, in: try json.plainString()))
    try json.key("item")
    event.item = Int(try json.whole())
    try json.key("spans")
    try spans.read(&json, names)
    try json.endObject()
    try json.endObject()
    try json.key("mission_id")
    guard json.null() else { throw JSONCursor.Unexpected() }
    try json.key("natural_id")
    event.naturalID = try field(&json, nil, &event)
  }

  private func readEntities(_ json: inout JSONCursor, _ names: inout EventNames, _ event: inout Event) throws(JSONCursor.Unexpected) {
    try json.key("entities")
    json.beginArray()
    while json.element() {
      json.beginObject()
      try json.key("attributes")
      json.beginObject()
      try json.key("declared")
      let isDeclared = try json.bool()
      try json.endObject()
      try json.key("id")
      let id = try field(&json, spans.entity(event.entities.count), &event)
      try json.key("type")
      event.entities.append(Entity(type: try text(&json, &names), id: id, isDeclared: isDeclared))
      try json.endObject()
    }
    try json.endArray()
  }

  private func readMeasures(_ json: inout JSONCursor, _ names: inout EventNames, _ event: inout Event) throws(JSONCursor.Unexpected) {
    if json.optionalKey("facts") {
      json.beginObject()
      while let name = try json.anyKey() {
        let value = try field(&json, spans.fact(name, in: json.bytes), &event)
        let fact = Fact(names.text(json.bytes, in: name), value)
        guard fact.name.mayFollow(event.facts.last?.name) else { throw JSONCursor.Unexpected() }
        event.facts.append(fact)
      }
      try json.endObject()
    }
    try json.key("metrics")
    json.beginObject()
    while let name = try json.anyKey() {
      let value = try json.number()
      let metric = Metric(names.text(json.bytes, in: name), value, from: spans.metric(name, in: json.bytes))
      guard metric.name.mayFollow(event.metrics.last?.name) else { throw JSONCursor.Unexpected() }
      event.metrics.append(metric)
    }
    try json.endObject()
  }

  /// The text, the end of the payload, and what follows it.
  private func readRest(_ json: inout JSONCursor, _ names: inout EventNames, _ event: inout Event) throws(JSONCursor.Unexpected) {
    try json.key("text")
    json.beginObject()
    if json.optionalKey("body") { event.body = try field(&json, spans.body, &event) }
    if json.optionalKey("title") { event.title = try field(&json, spans.title, &event) }
    if json.optionalKey("url") { event.url = try field(&json, spans.url, &event) }
    try json.endObject()
    try json.endObject()
    try json.key("revision")
    event.revision = Int(try json.whole())
    try json.key("source")
    event.source = try text(&json, &names)
    try json.key("timestamp")
    event.occurredAt = Timestamp(milliseconds: try json.whole())
    try json.key("topic_hints")
    json.beginArray()
    while json.element() { event.hints.append(try field(&json, spans.hint(event.hints.count), &event)) }
    try json.endArray()
    try json.endObject()
    try json.end()
  }

  // MARK: Parts of an enrichment

  private func cluster(_ json: inout JSONCursor, _ names: inout EventNames) throws(JSONCursor.Unexpected) -> StoryCluster {
    json.beginObject()
    try json.key("first_seen_at")
    let firstSeenAt = Timestamp(milliseconds: try json.whole())
    try json.key("first_source")
    let firstSource = try text(&json, &names)
    try json.key("id")
    let id = try id(&json)
    try json.key("recent_size")
    let recentSize = Int(try json.whole())
    try json.key("relation")
    let relation = try found(names.relation(json.bytes, in: try json.plainString()))
    try json.key("similarity")
    let similarity = try json.number()
    try json.key("size")
    let size = Int(try json.whole())
    try json.key("sources")
    let sources = Int(try json.whole())
    try json.endObject()
    return StoryCluster(
      id: id, relation: relation, size: size, recentSize: recentSize, sources: sources, firstSeenAt: firstSeenAt, firstSource: firstSource,
      similarity: similarity)
  }

  private func readNeighbors(_ json: inout JSONCursor, _ enrichment: inout Enrichment) throws(JSONCursor.Unexpected) {
    json.beginArray()
    while json.element() {
      json.beginObject()
      try json.key("event_id")
      let id = try id(&json)
      try json.key("similarity")
      enrichment.neighbors.append(Neighbor(id: id, similarity: try json.number()))
      try json.endObject()
    }
    try json.endArray()
  }

  private func readOntology(
    _ json: inout JSONCursor, _ nodeNames: [String], _ names: inout EventNames, _ enrichment: inout Enrichment
  ) throws(JSONCursor.Unexpected) {
    json.beginArray()
    while json.element() {
      json.beginObject()
      try json.key("node")
      let node = try found(names.node(json.bytes, in: try json.plainString(), of: nodeNames))
      try json.key("weight")
      enrichment.ontology.append(OntologyWeight(node: node, weight: try json.number()))
      try json.endObject()
    }
    try json.endArray()
  }

  private func embedding(_ json: inout JSONCursor, isRead: Bool) throws(JSONCursor.Unexpected) -> Embedding {
    json.beginObject()
    try json.key("int8")
    let text = try json.plainString()
    try json.key("scale")
    let scale = try json.number()
    try json.endObject()
    return isRead ? Embedding(values: try found(EventNames.embedding(json.bytes, in: text)), scale: scale) : .unread
  }

  private func readFindings(
    _ json: inout JSONCursor, _ names: inout EventNames, _ event: inout Event, _ enrichment: inout Enrichment
  ) throws(JSONCursor.Unexpected) {
    if json.optionalKey("numbers") {
      json.beginArray()
      while json.element() {
        json.beginObject()
        try json.key("kind")
        let kind = try text(&json, &names)
        try json.key("text")
        let shown = try field(&json, nil, &event)
        let unit = json.optionalKey("unit") ? try text(&json, &names) : ""
        try json.key("value")
        enrichment.numbers.append(NumberFact(kind: kind, value: try json.number(), unit: unit, range: shown.range))
        try json.endObject()
      }
      try json.endArray()
    }
    if json.optionalKey("sentiment") { enrichment.sentiment = try json.number() }
  }

  private func readHistory(_ json: inout JSONCursor, _ names: inout EventNames, _ history: inout History) throws(JSONCursor.Unexpected) {
    json.beginObject()
    if json.optionalKey("deployer_launches") { history.deployerLaunches = Int(try json.whole()) }
    if json.optionalKey("forks_per_day") { history.forksPerDay = try json.number() }
    if json.optionalKey("other_amount") { history.otherAmount = try prior(&json, &names) }
    if json.optionalKey("previous_price") { history.previousPrice = try prior(&json, &names) }
    if json.optionalKey("previous_stars") { history.previousStars = try prior(&json, &names) }
    if json.optionalKey("price_step") { history.priceStep = try json.number() }
    if json.optionalKey("providers") { history.providers = Int(try json.whole()) }
    try json.key("seen_day")
    history.seenInDay = Int(try json.whole())
    try json.key("seen_hour")
    history.seenInHour = Int(try json.whole())
    try json.key("seen_week")
    history.seenInWeek = Int(try json.whole())
    if json.optionalKey("star_burst") { history.starBurst = try json.number() }
    if json.optionalKey("stars_per_day") { history.starsPerDay = try json.number() }
    try json.endObject()
  }

  private func prior(_ json: inout JSONCursor, _ names: inout EventNames) throws(JSONCursor.Unexpected) -> PriorNumber {
    json.beginObject()
    try json.key("event_id")
    let event = try id(&json)
    try json.key("metric")
    let metric = try text(&json, &names)
    try json.key("observed_at")
    let observedAt = Timestamp(milliseconds: try json.whole())
    try json.key("offset")
    let offset = Offset(try json.whole())
    try json.key("source")
    let source = try text(&json, &names)
    let span = json.optionalKey("span") ? try EventSpans.span(&json, names) : nil
    try json.key("value")
    let value = try json.number()
    try json.endObject()
    return PriorNumber(metric: metric, value: value, event: event, source: source, observedAt: observedAt, offset: offset, span: span)
  }

  // MARK: Values

  private func found<Value>(_ value: Value?) throws(JSONCursor.Unexpected) -> Value {
    guard let value else { throw JSONCursor.Unexpected() }
    return value
  }

  private func id(_ json: inout JSONCursor) throws(JSONCursor.Unexpected) -> EventID {
    try found(EventID(json.bytes, in: try json.plainString()))
  }

  private func text(_ json: inout JSONCursor, _ names: inout EventNames) throws(JSONCursor.Unexpected) -> String {
    names.text(json.bytes, in: try json.plainString())
  }

  /// Copies a text into the event's bytes.
  private func field(_ json: inout JSONCursor, _ span: SourceSpan?, _ event: inout Event) throws(JSONCursor.Unexpected) -> Field {
    let text = try json.string()
    let start = event.bytes.count
    json.append(text, to: &event.bytes)
    return Field(start..<event.bytes.count, from: span)
  }
}
