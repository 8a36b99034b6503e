import Events
import JSON
import Model

/// Says which members of a source's JSON items mean what: enough to add a source without code.
///
/// ```json
/// {"source": "lab_blog", "domain": "ai", "kind": "news", "id": "slug", "time": "published", "title": "headline", "body": "text",
///  "url": "link", "metrics": {"likes": "stats.likes"}, "facts": {"section": "section.name"}, "hints": "tags"}
/// ```
///
/// *Shape*: a path is member names and array positions with dots between them; `a|b` takes the first that is there and not `null`. An id may be a list
/// of paths, whose texts are joined with slashes. Without a time the observed time stands in. `entities` names things by their type.
public struct FieldMapping: Sendable {
  public var source: String
  /// `nil`: undecided, the vocabulary decides.
  public var domain: Domain?
  public var kind: Kind
  /// The member that holds the array of items, where the text is not itself an item or an array of them.
  public var items: String?
  public var id: [String]
  public var time: String?
  public var title: String
  public var body: String?
  public var url: String?
  public var metrics: [(name: String, path: String)]
  public var facts: [(name: String, path: String)]
  public var entities: [(type: String, path: String)]
  public var hints: String?

  public init(
    source: String, domain: Domain?, kind: Kind, items: String? = nil, id: [String], time: String?, title: String, body: String? = nil,
    url: String? = nil, metrics: [(name: String, path: String)] = [], facts: [(name: String, path: String)] = [],
    entities: [(type: String, path: String)] = [], hints: String? = nil
  ) {
    self.source = source
    self.domain = domain
    self.kind = kind
    self.items = items
    self.id = id
    self.time = time
    self.title = title
    self.body = body
    self.url = url
    self.metrics = metrics
    self.facts = facts
    self.entities = entities
    self.hints = hints
  }
}

extension FieldMapping {
  /// Reads a mapping from a configuration document.
  /// - Throws: `config.mapping` with the member that is missing or wrong.
  public init(_ document: JSONDocument, _ node: Int) throws(ProwziError) {
    func fail(_ member: String, _ message: String) -> ProwziError {
      ProwziError("config.mapping", message, place: member, advice: "A mapping needs source, kind, id and title")
    }
    func optional(_ name: StaticString) throws(ProwziError) -> String? {
      guard let value = document.member(name, of: node), !document.isNull(value) else { return nil }
      guard let text = document.string(value), !text.isEmpty else { throw fail("\(name)", "\(name) is not a text") }
      return text
    }
    func required(_ name: StaticString) throws(ProwziError) -> String {
      guard let text = try optional(name) else { throw fail("\(name)", "\(name) is missing") }
      return text
    }
    func pairs(_ name: StaticString) throws(ProwziError) -> [(String, String)] {
      var found: [(String, String)] = []
      for (key, value) in document.members(of: document.member(name, of: node)) {
        guard let path = document.string(value) else { throw fail("\(name)", "a path in \(name) is not a text") }
        let member = document.string(key) ?? ""
        // A record has one member of each name, in the order of their bytes.
        guard !member.isEmpty, member.utf8.count <= 64,
          member.utf8.allSatisfy({ $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") })
        else { throw fail("\(name)", "a name in \(name) is made of a-z, 0-9 and _, at most 64 of them") }
        guard !found.contains(where: { $0.0 == member }) else { throw fail("\(name)", "\(member) stands twice in \(name)") }
        guard found.count < AdapterLimits.listedEntities else { throw fail("\(name)", "\(name) has more than 100 names") }
        found.append((member, path))
      }
      return found
    }
    source = try required("source")
    let allowed = source.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") }
    guard allowed else { throw fail("source", "a source's name is made of a-z, 0-9 and _") }
    domain = nil
    if let name = try optional("domain") {
      guard let known = Domain.allCases.first(where: { "\($0.name)" == name }) else { throw fail("domain", "there is no domain \(name)") }
      domain = known
    }
    let kindName = try required("kind")
    guard let known = Kind(name: kindName) else { throw fail("kind", "there is no kind \(kindName)") }
    kind = known
    items = try optional("items")
    id = document.elements(of: document.member("id", of: node)).compactMap { document.string($0) }
    if id.isEmpty { id = [try required("id")] }
    time = try optional("time")
    title = try required("title")
    body = try optional("body")
    url = try optional("url")
    hints = try optional("hints")
    metrics = try pairs("metrics").map { (name: $0.0, path: $0.1) }
    facts = try pairs("facts").map { (name: $0.0, path: $0.1) }
    entities = try pairs("entities").map { (type: $0.0, path: $0.1) }
  }
}

/// A path taken apart once: alternatives of parts.
struct CompiledPath: Sendable {
  let alternatives: [[[UInt8]]]

  init(_ path: String) {
    alternatives = path.split(separator: "|").map { $0.split(separator: ".").map { Array($0.utf8) } }
  }

  func find(in source: JSONSource, from node: Int) -> Int? {
    for parts in alternatives {
      var current: Int? = node
      for part in parts {
        guard let here = current else { break }
        current = source.member(bytes: part, of: here)
      }
      if let found = current, found != node, source.document.kind(found) != .null { return found }
    }
    return nil
  }
}

/// The adapter that follows a mapping.
struct MappedAdapter: SourceAdapter {
  private let rows: JSONRowsAdapter
  private let items: CompiledPath?

  /// - Parameter then: what is left to do that a mapping cannot say.
  init(_ mapping: FieldMapping, then: @escaping @Sendable (inout JSONItem) throws(Rejection) -> Void = { _ throws(Rejection) in }) {
    let id = mapping.id.map { CompiledPath($0) }
    let title = CompiledPath(mapping.title)
    let time = mapping.time.map { CompiledPath($0) }
    let body = mapping.body.map { CompiledPath($0) }
    let url = mapping.url.map { CompiledPath($0) }
    let hints = mapping.hints.map { CompiledPath($0) }
    let metrics = mapping.metrics.sorted { $0.name < $1.name }.map { ($0.name, CompiledPath($0.path)) }
    let facts = mapping.facts.sorted { $0.name < $1.name }.map { ($0.name, CompiledPath($0.path)) }
    let entities = mapping.entities.map { ($0.type, CompiledPath($0.path)) }
    items = mapping.items.map { CompiledPath($0) }
    let kind = mapping.kind
    let domain = mapping.domain ?? .ai
    let isDomainKnown = mapping.domain != nil
    rows = JSONRowsAdapter { (source, node, raw) throws(Rejection) in
      var item = JSONItem(source, node, of: raw, kind: kind, domain: domain)
      item.event.isDomainKnown = isDomainKnown
      guard let titleNode = title.find(in: source, from: node) else { throw .missing("title", at: source.offset(node)) }
      try item.title(at: titleNode)
      var parts: [Field] = []
      for path in id {
        guard let part = path.find(in: source, from: node) else {
          if id.count > 1 { continue }
          throw .missing("id", at: source.offset(node))
        }
        parts.append(part == titleNode ? item.event.title! : try item.text(part))
      }
      try item.setID(parts)
      try item.time(time?.find(in: source, from: node))
      try item.body(body?.find(in: source, from: node))
      try item.url(url?.find(in: source, from: node))
      try item.hints(hints?.find(in: source, from: node))
      for (name, path) in metrics { try item.metric(name, path.find(in: source, from: node)) }
      for (name, path) in facts { try item.fact(name, path.find(in: source, from: node)) }
      for (type, path) in entities {
        guard let found = path.find(in: source, from: node) else { continue }
        if source.document.kind(found) == .array { try item.entities(type, found) } else { try item.entity(type, found) }
      }
      try then(&item)
      return item.finish()
    }
  }

  func read(_ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch) {
    rows.read(raw, into: &items, rejections: &rejections, scratch: &scratch, list: self.items)
  }
}
