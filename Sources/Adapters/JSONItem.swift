import Events
import JSON
import Model

/// A parsed JSON text and where in the raw value its bytes stand.
struct JSONSource {
  let document: JSONDocument
  /// Where the raw value begins in the document's bytes.
  let base: Int
  /// For a text that was itself a string in the raw value (a recorded response body): the raw position of each byte.
  let inner: DecodedText?

  init(document: JSONDocument, base: Int, inner: DecodedText? = nil) {
    self.document = document
    self.base = base
    self.inner = inner
  }

  /// Where a value stands in the raw value, and how it is spelled.
  func span(_ node: Int) -> SourceSpan {
    if inner != nil { return SourceSpan(rawRange(document.range(node)), .jsonInJSON) }
    let read = document.nodes[node]
    let isEscaped = read.kind == .string && read.isMarked
    return SourceSpan(Int(read.start) - base..<Int(read.end) - base, isEscaped ? .json : .plain)
  }

  /// Where a part of the document's bytes stands in the raw value.
  func rawRange(_ range: Range<Int>) -> Range<Int> {
    if let inner { return inner.rawRange(of: range) }
    return range.lowerBound - base..<range.upperBound - base
  }

  /// The first byte of a value, in the raw value.
  func offset(_ node: Int) -> Int { rawRange(document.range(node)).lowerBound }

  /// A member that is there and not `null`.
  func member(_ name: StaticString, of node: Int?) -> Int? {
    guard let found = document.member(name, of: node), document.kind(found) != .null else { return nil }
    return found
  }

  /// The same for a name that is known only at run time, as bytes.
  func member(bytes name: [UInt8], of node: Int) -> Int? {
    let nodes = document.nodes
    if nodes[node].kind == .array {
      guard let wanted = DecimalText.int(name, in: 0..<name.count) else { return nil }
      return document.elements(of: node).dropFirst(Int(clamping: max(wanted, 0))).first
    }
    guard nodes[node].kind == .object else { return nil }
    var child = node + 1
    let end = Int(nodes[node].next)
    while child < end {
      let key = nodes[child]
      if Int(key.end - key.start) == name.count, isEqual(name, at: Int(key.start)) { return child + 1 }
      child = Int(nodes[child + 1].next)
    }
    return nil
  }

  private func isEqual(_ name: [UInt8], at position: Int) -> Bool {
    for i in 0..<name.count where document.bytes[position + i] != name[i] { return false }
    return true
  }

  /// Appends a string's value; runs without escapes are copied whole.
  func appendString(_ node: Int, to output: inout [UInt8]) {
    let read = document.nodes[node]
    if !read.isMarked {
      output.append(contentsOf: document.bytes[read.range])
      return
    }
    let bytes = document.bytes
    let end = Int(read.end)
    var at = Int(read.start)
    var run = at
    while at < end {
      if bytes[at] == UInt8(ascii: "\\") {
        output.append(contentsOf: bytes[run..<at])
        at = JSONEscape.appendUnit(of: bytes, at: at, to: &output)
        run = at
      } else {
        at += 1
      }
    }
    output.append(contentsOf: bytes[run..<end])
  }

  /// Whether a string is spelled so, letter case aside; `text` is in small letters.
  func says(_ text: StaticString, _ node: Int?) -> Bool {
    guard let node, document.kind(node) == .string else { return false }
    return document.bytes.matches(text, in: document.range(node))
  }
}

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

/// An adapter for JSON: a text holds one item, or an array of them; each goes through one function.
struct JSONRowsAdapter: SourceAdapter {
  /// Makes an item's event, or `nil` for an item that is not one.
  typealias Reader = @Sendable (_ source: JSONSource, _ node: Int, _ raw: RawRecord) throws(Rejection) -> Event?

  let reader: Reader

  init(_ reader: @escaping Reader) { self.reader = reader }

  func read(_ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch) {
    read(raw, into: &items, rejections: &rejections, scratch: &scratch, list: nil)
  }

  /// - Parameter list: where an API's answer holds its items (`raises`).
  func read(
    _ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch, list: CompiledPath?
  ) {
    do {
      try scratch.document.parse(raw.bytes, in: raw.value)
    } catch {
      rejections.append(.json(error, in: raw.bytes, raw.value))
      return
    }
    let source = JSONSource(document: scratch.document, base: raw.value.lowerBound)
    let root = list?.find(in: source, from: source.document.root) ?? source.document.root
    read(root, of: source, raw, &items, &rejections)
  }

  /// Reads one value of a text that is parsed already: an item, or an array of items.
  func read(_ root: Int, of source: JSONSource, _ raw: RawRecord, _ items: inout [Event], _ rejections: inout [Rejection]) {
    guard source.document.kind(root) == .array else {
      readOne(root, of: source, raw, &items, &rejections)
      return
    }
    let end = Int(source.document.nodes[root].next)
    var node = root + 1
    if node == end { rejections.append(Rejection("source.empty_response", "the list holds nothing", at: source.offset(root))) }
    while node < end {
      readOne(node, of: source, raw, &items, &rejections)
      node = Int(source.document.nodes[node].next)
    }
  }

  private func readOne(_ node: Int, of source: JSONSource, _ raw: RawRecord, _ items: inout [Event], _ rejections: inout [Rejection]) {
    do throws(Rejection) {
      guard source.document.kind(node) == .object else { throw .badType("an item is not an object", at: source.offset(node)) }
      if let event = try reader(source, node, raw) { items.append(event) }
    } catch {
      rejections.append(error)
    }
  }
}
