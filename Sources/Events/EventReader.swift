import JSON
import Model

/// Reads the records that `EventRecord` writes: a stage can so be folded alone, from the topic of the stage before it.
///
/// The law: what is read and written again has the bytes it was read from. Two things are not in a record, because no later stage uses them:
/// whether the source or the vocabulary gave the domain, and the routing key (it is the record's own key).
///
/// Records that have every member where `EventRecord` writes it are read in one pass (`ForwardReader`), all others through the nodes of a document:
/// foreign ones, and those of a newer or an older version. Both give the same.
///
/// *Complexity*: linear; an allocation for each list that is not empty, and one for the event's bytes.
public struct EventReader: Sendable {
  /// Whether the embedding's 768 bytes are decoded. Scoring asks only whether there is one; `Embedding.unread` then stands in.
  public var readsEmbeddings: Bool
  /// Whether the forward pass is tried. Without it the same comes out, more slowly: tests hold the one way against the other.
  public var readsForward: Bool
  private var document = JSONDocument()
  private var forward = ForwardReader()
  private var names = EventNames()

  public init(readsEmbeddings: Bool = true, readsForward: Bool = true) {
    self.readsEmbeddings = readsEmbeddings
    self.readsForward = readsForward
  }

  /// What surrounds a record's value.
  public struct Surroundings: Sendable {
    public var tenant: String
    public var observedAt: Timestamp

    public init(tenant: String, observedAt: Timestamp) {
      self.tenant = tenant
      self.observedAt = observedAt
    }
  }

  /// Reads the value of a record of `prowzi.enriched`.
  /// - Parameter nodeNames: the ontology of the configuration in force when it was written.
  /// - Throws: `schema.not_an_event`, with the byte, for what no stage of ours has written.
  public mutating func enriched(
    _ bytes: [UInt8], in range: Range<Int>, _ surroundings: Surroundings, nodeNames: [String]
  ) throws(Rejection) -> EnrichedEvent {
    if readsForward {
      do {
        return try forward.enriched(
          bytes, in: range, tenant: surroundings.tenant, nodeNames: nodeNames, readsEmbeddings: readsEmbeddings, &names)
      } catch {}
    }
    var event = try eventOfNodes(bytes, in: range, surroundings)
    let root = document.root
    guard let cluster = document.member("cluster", of: root) else { throw missing("cluster", at: root) }
    var enrichment = Enrichment(cluster: try storyCluster(cluster))
    try readFindings(into: &enrichment, &event)
    if let node = document.member("history", of: root) { enrichment.history = try history(node) }
    for entry in document.elements(of: document.member("neighbors", of: root)) {
      enrichment.neighbors.append(Neighbor(id: try id("event_id", of: entry), similarity: try number("similarity", of: entry)))
    }
    for entry in document.elements(of: document.member("ontology", of: root)) {
      let name = try text("node", of: entry)
      guard let node = nodeNames.firstIndex(of: name) else { throw wrong("a node of the ontology in force", at: entry) }
      enrichment.ontology.append(OntologyWeight(node: node, weight: try number("weight", of: entry)))
    }
    let metadata = document.member("metadata", of: root)
    if let language = document.string(document.member("language", of: metadata)) { enrichment.language = language }
    return EnrichedEvent(taking: &event, enrichment: enrichment)
  }

  /// Reads the value of a record of `prowzi.normalized`, or the part of an enriched one that normalize wrote.
  /// - Throws: `schema.not_an_event`, with the byte.
  public mutating func event(_ bytes: [UInt8], in range: Range<Int>, _ surroundings: Surroundings) throws(Rejection) -> Event {
    if readsForward {
      do { return try forward.event(bytes, in: range, tenant: surroundings.tenant, &names) } catch {}
    }
    return try eventOfNodes(bytes, in: range, surroundings)
  }

  // MARK: Parts of an event

  private mutating func eventOfNodes(
    _ bytes: [UInt8], in range: Range<Int>, _ surroundings: Surroundings
  ) throws(Rejection) -> Event {
    do {
      try document.parse(bytes, in: range)
    } catch {
      throw Rejection("schema.not_an_event", "the record is not JSON", at: error.byte)
    }
    let root = document.root
    guard let kind = names.kind(document.bytes, in: try string("kind", of: root)) else { throw wrong("a kind", at: root) }
    let domain = names.domain(document.bytes, in: try string("domain", of: root))
    var event = Event(source: try text("source", of: root), kind: kind, domain: domain)
    event.bytes.reserveCapacity(range.count / 2)
    event.tenant = surroundings.tenant
    event.id = try id("event_id", of: root)
    event.observedAt = Timestamp(milliseconds: try whole("observed_at", of: root))
    event.occurredAt = Timestamp(milliseconds: try whole("timestamp", of: root))
    event.revision = Int(try whole("revision", of: root))
    for entry in document.elements(of: document.member("flags", of: root)) {
      guard document.kind(entry) == .string else { continue }
      if let flag = names.flag(document.bytes, in: document.range(entry)) { event.flags.insert(flag) }
    }
    let spans = try readMetadata(into: &event)
    event.naturalID = try store(document.member("natural_id", of: root), nil, in: &event)
    let hintSpans = document.elements(of: document.member("hints", of: spans))
    for (index, entry) in document.elements(of: document.member("topic_hints", of: root)).enumerated() {
      event.hints.append(try store(entry, try span(index < hintSpans.count ? hintSpans[index] : nil), in: &event))
    }
    guard let payload = document.member("payload", of: root) else { throw missing("payload", at: root) }
    try readText(of: payload, spans, into: &event)
    try readExtracted(of: payload, spans, into: &event)
    return event
  }

  /// - Returns: the node that holds the spans.
  private func readMetadata(into event: inout Event) throws(Rejection) -> Int? {
    let metadata = document.member("metadata", of: document.root)
    guard let raw = document.member("raw", of: metadata) else { throw missing("metadata.raw", at: document.root) }
    guard let hash = Digest(hex: document.bytes.span.extracting(try string("content_hash", of: metadata))) else {
      throw wrong("a content hash", at: raw)
    }
    event.contentHash = hash
    guard let place = EventNames.coordinates(document.bytes, in: try string("at", of: raw)) else { throw wrong("coordinates", at: raw) }
    (event.rawPartition, event.rawOffset) = place
    event.item = Int(try whole("item", of: raw))
    return document.member("spans", of: raw)
  }

  private func readText(of payload: Int, _ spans: Int?, into event: inout Event) throws(Rejection) {
    let text = document.member("text", of: payload)
    if let node = document.member("title", of: text) {
      event.title = try store(node, try span(document.member("title", of: spans)), in: &event)
    }
    if let node = document.member("body", of: text) {
      event.body = try store(node, try span(document.member("body", of: spans)), in: &event)
    }
    if let node = document.member("url", of: text) {
      event.url = try store(node, try span(document.member("url", of: spans)), in: &event)
    }
  }

  private func readExtracted(of payload: Int, _ spans: Int?, into event: inout Event) throws(Rejection) {
    let extracted = document.member("extracted", of: payload)
    let entitySpans = document.elements(of: document.member("entities", of: spans))
    for (index, entry) in document.elements(of: document.member("entities", of: extracted)).enumerated() {
      let type = try text("type", of: entry)
      let place = try span(index < entitySpans.count ? entitySpans[index] : nil)
      let field = try store(document.member("id", of: entry), place, in: &event)
      let declared = document.bool(document.member("declared", of: document.member("attributes", of: entry))) ?? false
      event.entities.append(Entity(type: type, id: field, isDeclared: declared))
    }
    let factSpans = document.member("facts", of: spans)
    for (key, value) in document.members(of: document.member("facts", of: extracted)) {
      let place = try span(document.member(like: key, of: factSpans))
      let fact = Fact(document.plainText(key), try store(value, place, in: &event))
      guard fact.name.mayFollow(event.facts.last?.name) else { throw disorder(at: key) }
      event.facts.append(fact)
    }
    let metricSpans = document.member("metrics", of: spans)
    for (key, value) in document.members(of: document.member("metrics", of: extracted)) {
      guard let number = document.double(value) else { throw wrong("a number", at: value) }
      let metric = Metric(document.plainText(key), number, from: try span(document.member(like: key, of: metricSpans)))
      guard metric.name.mayFollow(event.metrics.last?.name) else { throw disorder(at: key) }
      event.metrics.append(metric)
    }
  }

  // MARK: Parts of an enrichment

  private func storyCluster(_ node: Int) throws(Rejection) -> StoryCluster {
    let name = try string("relation", of: node)
    guard let relation = names.relation(document.bytes, in: name) else { throw wrong("a relation", at: node) }
    return StoryCluster(
      id: try id("id", of: node), relation: relation, size: Int(try whole("size", of: node)),
      recentSize: Int(try whole("recent_size", of: node)), sources: Int(try whole("sources", of: node)),
      firstSeenAt: Timestamp(milliseconds: try whole("first_seen_at", of: node)), firstSource: try text("first_source", of: node),
      similarity: try number("similarity", of: node))
  }

  private func readFindings(into enrichment: inout Enrichment, _ event: inout Event) throws(Rejection) {
    let payload = document.member("payload", of: document.root)
    let extracted = document.member("extracted", of: payload)
    enrichment.sentiment = document.double(document.member("sentiment", of: extracted))
    for entry in document.elements(of: document.member("numbers", of: extracted)) {
      let shown = try store(document.member("text", of: entry), nil, in: &event)
      enrichment.numbers.append(
        NumberFact(
          kind: try text("kind", of: entry), value: try number("value", of: entry),
          unit: document.string(document.member("unit", of: entry)) ?? "", range: shown.range))
    }
    guard let node = document.member("embedding", of: payload) else { return }
    if !readsEmbeddings {
      enrichment.embedding = .unread
      return
    }
    guard let values = EventNames.embedding(document.bytes, in: try string("int8", of: node)) else {
      throw wrong("768 bytes in base64", at: node)
    }
    enrichment.embedding = Embedding(values: values, scale: try number("scale", of: node))
  }

  private func history(_ node: Int) throws(Rejection) -> History {
    var history = History()
    func count(_ name: StaticString) -> Int? { document.int(document.member(name, of: node)).map { Int($0) } }
    func double(_ name: StaticString) -> Double? { document.double(document.member(name, of: node)) }
    history.deployerLaunches = count("deployer_launches")
    history.forksPerDay = double("forks_per_day")
    history.otherAmount = try prior("other_amount", of: node)
    history.previousPrice = try prior("previous_price", of: node)
    history.previousStars = try prior("previous_stars", of: node)
    history.priceStep = double("price_step")
    history.providers = count("providers")
    history.seenInDay = count("seen_day") ?? 0
    history.seenInHour = count("seen_hour") ?? 0
    history.seenInWeek = count("seen_week") ?? 0
    history.starBurst = double("star_burst")
    history.starsPerDay = double("stars_per_day")
    return history
  }

  private func prior(_ name: StaticString, of node: Int) throws(Rejection) -> PriorNumber? {
    guard let entry = document.member(name, of: node) else { return nil }
    return PriorNumber(
      metric: try text("metric", of: entry), value: try number("value", of: entry), event: try id("event_id", of: entry),
      source: try text("source", of: entry), observedAt: Timestamp(milliseconds: try whole("observed_at", of: entry)),
      offset: Offset(try whole("offset", of: entry)), span: try span(document.member("span", of: entry)))
  }

  // MARK: Values

  private func missing(_ name: StaticString, at node: Int) -> Rejection {
    Rejection("schema.not_an_event", "the record has no \(name), or it is not what it should be", at: document.range(node).lowerBound)
  }

  private func wrong(_ wanted: StaticString, at node: Int) -> Rejection {
    Rejection("schema.not_an_event", "\(wanted) is needed here", at: document.range(node).lowerBound)
  }

  private func disorder(at key: Int) -> Rejection {
    Rejection("schema.not_an_event", "a name stands behind one that it should precede", at: document.range(key).lowerBound)
  }

  private func string(_ name: StaticString, of node: Int?) throws(Rejection) -> Range<Int> {
    guard let value = document.member(name, of: node), document.kind(value) == .string else { throw missing(name, at: node ?? 0) }
    return document.range(value)
  }

  private func text(_ name: StaticString, of node: Int?) throws(Rejection) -> String {
    guard let value = document.member(name, of: node), document.kind(value) == .string else { throw missing(name, at: node ?? 0) }
    return document.plainText(value)
  }

  private func number(_ name: StaticString, of node: Int) throws(Rejection) -> Double {
    guard let value = document.double(document.member(name, of: node)) else { throw missing(name, at: node) }
    return value
  }

  private func whole(_ name: StaticString, of node: Int) throws(Rejection) -> Int64 {
    guard let value = document.int(document.member(name, of: node)) else { throw missing(name, at: node) }
    return value
  }

  private func id(_ name: StaticString, of node: Int) throws(Rejection) -> EventID {
    guard let id = EventID(document.bytes, in: try string(name, of: node)) else { throw missing(name, at: node) }
    return id
  }

  /// Copies a text into the event's bytes.
  private func store(_ node: Int?, _ span: SourceSpan?, in event: inout Event) throws(Rejection) -> Field {
    guard let node, document.kind(node) == .string else { throw wrong("a text", at: node ?? 0) }
    let start = event.bytes.count
    document.appendString(node, to: &event.bytes)
    return Field(start..<event.bytes.count, from: span)
  }

  /// `[start, end]` or `[start, end, encoding]`; `null` where a list needs a place for a text that was not read from the raw value.
  private func span(_ node: Int?) throws(Rejection) -> SourceSpan? {
    guard let node, !document.isNull(node) else { return nil }
    let first = node + 1
    let count = Int(document.nodes[node].next) - first
    guard document.kind(node) == .array, count >= 2, let start = document.int(first), let end = document.int(first + 1),
      EventNames.span(start, end, .plain) != nil
    else { throw wrong("a span", at: node) }
    guard count > 2 else { return EventNames.span(start, end, .plain) }
    guard document.kind(first + 2) == .string, let encoding = names.encoding(document.bytes, in: document.range(first + 2))
    else { throw wrong("an encoding", at: node) }
    return EventNames.span(start, end, encoding)
  }
}

extension JSONDocument {
  /// A string's value; most need no unescaping.
  fileprivate func plainText(_ node: Int) -> String {
    nodes[node].isMarked ? string(node) ?? "" : String(decoding: bytes[range(node)], as: UTF8.self)
  }

  /// The value of the member with the same name as a key elsewhere in the document.
  fileprivate func member(like key: Int, of node: Int?) -> Int? {
    guard let node, kind(node) == .object else { return nil }
    let wanted = bytes[range(key)]
    var child = node + 1
    while child < Int(nodes[node].next) {
      if bytes[range(child)].elementsEqual(wanted) { return child + 1 }
      child = Int(nodes[child + 1].next)
    }
    return nil
  }
}

extension String {
  /// Whether a member of this name may stand behind another in canonical JSON (RFC 8785, section 3.2.3). Names of facts and metrics come from data: a record with
  /// others in their places is none of ours, and could not be written again.
  func mayFollow(_ name: String?) -> Bool { name.map { $0.utf16.lexicographicallyPrecedes(utf16) } ?? true }
}
