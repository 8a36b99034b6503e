import Events
import JSON
import Model

/// One item of a JSON text on its way to an event. Its verbs read a member and put it where it belongs; `null` counts as absent.
struct JSONItem {
  var event: Event
  let source: JSONSource
  let node: Int

  init(_ source: JSONSource, _ node: Int, of raw: RawRecord, kind: Kind, domain: Domain) {
    event = Event(source: raw.source, kind: kind, domain: domain)
    event.tenant = raw.tenant
    event.occurredAt = raw.observedAt
    event.flags = .timeMissing
    self.source = source
    self.node = node
  }

  // MARK: Finding

  subscript(_ name: StaticString) -> Int? { source.member(name, of: node) }

  /// Follows two names.
  subscript(_ first: StaticString, _ second: StaticString) -> Int? { source.member(second, of: source.member(first, of: node)) }

  func require(_ name: StaticString) throws(Rejection) -> Int {
    guard let found = self[name] else { throw .missing(name, at: source.offset(node)) }
    return found
  }

  func kind(_ node: Int?) -> JSONDocument.Kind { node.map { source.document.kind($0) } ?? .null }

  // MARK: Text

  /// Appends a string's (or number's) text and answers where it lies.
  mutating func text(_ node: Int, collapsing: Bool = true, cutting: Bool = true) throws(Rejection) -> Field {
    let start = event.bytes.count
    switch source.document.kind(node) {
    case .string: source.appendString(node, to: &event.bytes)
    case .number: event.bytes.append(contentsOf: source.document.bytes[source.document.range(node)])
    default: throw .badType("a text was expected", at: source.offset(node))
    }
    if collapsing { event.bytes.collapseSpace(from: start) }
    return event.endField(from: start, span: source.span(node))
  }

  /// A text, or nothing where there is none or it is empty.
  mutating func optionalText(_ node: Int?, collapsing: Bool = true) throws(Rejection) -> Field? {
    guard let node else { return nil }
    let field = try text(node, collapsing: collapsing)
    return field.isEmpty ? nil : field
  }

  mutating func title(_ name: StaticString = "title") throws(Rejection) { try title(at: require(name)) }

  mutating func title(at node: Int) throws(Rejection) {
    guard source.document.kind(node) == .string else { throw .badType("the title is not a text", at: source.offset(node)) }
    let field = try text(node)
    if field.isEmpty { throw Rejection("schema.missing_field", "the title is empty", at: source.offset(node)) }
    event.title = field
  }

  mutating func body(_ node: Int?) throws(Rejection) { event.body = try optionalText(node, collapsing: false) }

  /// A link in canonical form; one that is not of the web is passed over.
  mutating func url(_ node: Int?) throws(Rejection) {
    guard let node else { return }
    guard source.document.kind(node) == .string else { throw .badType("the link is not a text", at: source.offset(node)) }
    var link: [UInt8] = []
    source.document.appendString(node, to: &link)
    let start = event.bytes.count
    if URLCanonicalizer.append(link, in: 0..<link.count, to: &event.bytes) {
      event.url = Field(start..<event.bytes.count, from: source.span(node))
    }
  }

  /// One text is the natural id as it stands; several are joined with slashes.
  mutating func setID(_ parts: [Field]) throws(Rejection) {
    guard parts.contains(where: { !$0.isEmpty }) else { throw .missing("id", at: source.offset(node)) }
    if parts.count == 1 {
      event.naturalID = parts[0]
      return
    }
    let start = event.bytes.count
    for (index, part) in parts.enumerated() {
      if index > 0 { event.bytes.append(UInt8(ascii: "/")) }
      event.bytes.appendCopy(of: part.range)
    }
    event.naturalID = Field(start..<event.bytes.count, from: nil)
  }

  mutating func id(_ name: StaticString) throws(Rejection) { try setID([text(require(name))]) }

  mutating func fact(_ name: String, _ node: Int?) throws(Rejection) {
    guard let node else { return }
    switch source.document.kind(node) {
    case .yes, .no:
      // The word itself stands in the source.
      let start = event.bytes.count
      event.bytes.append(contentsOf: source.document.bytes[source.document.range(node)])
      event.facts.append(Fact(name, Field(start..<event.bytes.count, from: source.span(node))))
    default:
      if let field = try optionalText(node) { event.facts.append(Fact(name, field)) }
    }
  }

  /// What the source files the item under: a text or a list of texts.
  mutating func hints(_ node: Int?) throws(Rejection) {
    guard let node else { return }
    if source.document.kind(node) == .array {
      for element in source.document.elements(of: node).prefix(AdapterLimits.listedEntities) {
        if let field = try optionalText(element) { event.hints.append(field) }
      }
    } else if let field = try optionalText(node) {
      event.hints.append(field)
    }
  }

  // MARK: Numbers

  /// A number, or a text that spells one; times `scale`.
  mutating func metric(_ name: String, _ node: Int?, scale: Double = 1) throws(Rejection) {
    guard let node, let value = try number(node) else { return }
    event.metrics.append(Metric(name, value * scale, from: source.span(node)))
  }

  func number(_ node: Int) throws(Rejection) -> Double? {
    switch source.document.kind(node) {
    case .number:
      if let value = source.document.double(node), value.isFinite { return value }
    case .string:
      let range = source.document.range(node)
      if range.isEmpty { return nil }
      if let value = DecimalText.checkedDouble(source.document.bytes, in: range), value.isFinite { return value }
    default: break
    }
    throw .badType("a number was expected", at: source.offset(node))
  }

  // MARK: Things

  mutating func entity(_ type: String, _ node: Int?) throws(Rejection) {
    if let field = try optionalText(node) { event.entities.append(Entity(type: type, id: field, isDeclared: true)) }
  }

  /// A repository's name, as an entity in small letters under its present name.
  /// - Returns: the name as the source spells it; `nil` for none and for `/`.
  @discardableResult
  mutating func repository(_ node: Int?, _ aliases: RepositoryAliases) throws(Rejection) -> Field? {
    guard let node else { return nil }
    let written = try text(node)
    guard written.range.count >= 3, event.bytes[written.range].contains(UInt8(ascii: "/")) else { return nil }
    let start = event.bytes.count
    event.bytes.appendCopy(of: written.range)
    event.bytes.lowercaseASCII(from: start)
    var field = Field(start..<event.bytes.count, from: written.span)
    if let newName = aliases.newName(event.bytes, in: field.range) {
      event.facts.append(Fact("formerly", field))
      field = event.store(newName)
    }
    event.entities.append(Entity(type: "repository", id: field, isDeclared: true))
    return written
  }

  /// An address of our own making.
  mutating func composeURL(_ body: (inout [UInt8]) -> Void) { event.url = event.compose(body) }

  /// One entity for each text of a list, up to the bound.
  mutating func entities(_ type: String, _ node: Int?) throws(Rejection) {
    guard let node else { return }
    guard source.document.kind(node) == .array else { throw .badType("a list was expected", at: source.offset(node)) }
    var child = node + 1
    let end = Int(source.document.nodes[node].next)
    var count = 0
    while child < end, count < AdapterLimits.listedEntities {
      try entity(type, child)
      child = Int(source.document.nodes[child].next)
      count += 1
    }
  }

  // MARK: Time

  /// The source's time; where there is none the observed time stands in, flagged.
  mutating func time(_ node: Int?) throws(Rejection) {
    guard let node else { return }
    let document = source.document
    switch document.kind(node) {
    case .string where !document.nodes[node].isMarked:
      try event.setTime(TimeReading.text(document.bytes, in: document.range(node)), at: source.offset(node))
    case .number: try event.setTime(TimeReading.number(document.double(node) ?? .infinity), at: source.offset(node))
    case .string: try event.setTime(.unreadable, at: source.offset(node))
    default: throw .badType("the time is neither a text nor a number", at: source.offset(node))
    }
  }

  mutating func finish() -> Event {
    event.sortNames()
    return event
  }
}
