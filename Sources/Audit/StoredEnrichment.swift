import JSON
import Model

/// What a record of `prowzi.enriched` says that enrich added, read back for showing.
public struct StoredEnrichment: Sendable {
  public struct Neighbor: Sendable, Equatable {
    public var id: EventID
    public var similarity: Double
  }

  /// Something with a name and a value, in the order of the record.
  public struct Entry: Sendable, Equatable {
    public var name: String
    public var value: String
  }

  public struct Cluster: Sendable, Equatable {
    public var id: String
    public var relation: String
    public var size: Int
    public var recentSize: Int
    public var sources: Int
    public var firstSeenAt: Timestamp
    public var firstSource: String
    public var similarity: Double
  }

  public var language: String
  public var sentiment: Double?
  /// The type and the id, and whether the source named it itself.
  public var entities: [(type: String, id: String, isDeclared: Bool)]
  /// Numbers in the text: the kind and what stands there.
  public var numbers: [Entry]
  public var ontology: [(node: String, weight: Double)]
  public var neighbors: [Neighbor]
  public var cluster: Cluster?
  /// How often, how fast, and what came before; earlier figures with the event they are from.
  public var history: [Entry]
  public var facts: [Entry]
  public var metrics: [Entry]
  public var flags: [String]
  public var contentHash: String
  public var naturalID: String
  public var revision: Int
  public var hasEmbedding: Bool

  /// The mean similarity of the neighbours: what novelty is one minus of. `nil` without neighbours.
  public var meanSimilarity: Double? {
    neighbors.isEmpty ? nil : neighbors.reduce(0.0) { $0 + $1.similarity } / Double(neighbors.count)
  }

  /// - Returns: `nil` where the value is not JSON. Also reads a normalized record, which has less in it.
  public init?(value: [UInt8]) {
    guard let json = try? JSONDocument(value) else { return nil }
    func member(_ path: String) -> Int? { json.value(at: path, from: json.root) }
    func text(_ node: Int?) -> String { json.string(node) ?? "" }
    func scalar(_ node: Int) -> String {
      if let text = json.string(node) { return text }
      var writer = JSONWriter()
      json.appendCanonical(node, to: &writer)
      return writer.bytes.displayText
    }
    func entries(_ path: String) -> [Entry] {
      json.members(of: member(path)).map { Entry(name: text($0.key), value: scalar($0.value)) }
    }
    language = text(member("metadata.language"))
    sentiment = json.double(member("payload.extracted.sentiment"))
    contentHash = text(member("metadata.content_hash"))
    naturalID = text(member("natural_id"))
    revision = Int(json.int(member("revision")) ?? 1)
    hasEmbedding = member("payload.embedding") != nil
    flags = json.elements(of: member("flags")).map { text($0) }
    entities = json.elements(of: member("payload.extracted.entities")).map {
      (
        text(json.member("type", of: $0)), text(json.member("id", of: $0)),
        json.bool(json.value(at: "attributes.declared", from: $0)) ?? false
      )
    }
    numbers = json.elements(of: member("payload.extracted.numbers")).map {
      Entry(name: text(json.member("kind", of: $0)), value: text(json.member("text", of: $0)))
    }
    ontology = json.elements(of: member("ontology")).map {
      (text(json.member("node", of: $0)), json.double(json.member("weight", of: $0)) ?? 0)
    }
    neighbors = json.elements(of: member("neighbors")).compactMap { node in
      EventID(text(json.member("event_id", of: node))).map {
        Neighbor(id: $0, similarity: json.double(json.member("similarity", of: node)) ?? 0)
      }
    }
    facts = entries("payload.extracted.facts")
    metrics = entries("payload.extracted.metrics")
    history = json.members(of: member("history")).map { entry in
      guard json.kind(entry.value) == .object else { return Entry(name: text(entry.key), value: scalar(entry.value)) }
      let value = json.member("value", of: entry.value).map(scalar) ?? ""
      return Entry(
        name: text(entry.key),
        value: "\(value) (\(text(json.member("source", of: entry.value))), event \(text(json.member("event_id", of: entry.value))))")
    }
    if let node = member("cluster") {
      func whole(_ name: StaticString) -> Int { Int(json.int(json.member(name, of: node)) ?? 0) }
      cluster = Cluster(
        id: text(json.member("id", of: node)), relation: text(json.member("relation", of: node)), size: whole("size"),
        recentSize: whole("recent_size"), sources: whole("sources"),
        firstSeenAt: Timestamp(milliseconds: json.int(json.member("first_seen_at", of: node)) ?? 0),
        firstSource: text(json.member("first_source", of: node)), similarity: json.double(json.member("similarity", of: node)) ?? 0)
    }
  }
}
