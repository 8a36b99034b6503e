import JSON
import Model

/// The spans of one record, which come before what they belong to. Kept from record to record for its memory.
struct EventSpans: Sendable {
  private(set) var body: SourceSpan?
  private(set) var title: SourceSpan?
  private(set) var url: SourceSpan?
  private var entities: [SourceSpan?] = []
  private var hints: [SourceSpan?] = []
  private var facts: [Named] = []
  private var metrics: [Named] = []

  /// A span of what has a name in the record's bytes.
  private struct Named {
    var name: Range<Int>
    var span: SourceSpan
  }

  func entity(_ index: Int) -> SourceSpan? { index < entities.count ? entities[index] : nil }
  func hint(_ index: Int) -> SourceSpan? { index < hints.count ? hints[index] : nil }
  func fact(_ name: Range<Int>, in bytes: [UInt8]) -> SourceSpan? { Self.first(name, bytes, facts) }
  func metric(_ name: Range<Int>, in bytes: [UInt8]) -> SourceSpan? { Self.first(name, bytes, metrics) }

  private static func first(_ name: Range<Int>, _ bytes: [UInt8], _ spans: [Named]) -> SourceSpan? {
    let wanted = bytes.span.extracting(name)
    for entry in spans where entry.name.count == wanted.count && bytes.span.extracting(entry.name).isEqual(to: wanted) { return entry.span }
    return nil
  }

  /// Reads the object that holds them, and forgets those of the record before.
  mutating func read(_ json: inout JSONCursor, _ names: EventNames) throws(JSONCursor.Unexpected) {
    json.beginObject()
    body = json.optionalKey("body") ? try Self.span(&json, names) : nil
    entities.removeAll(keepingCapacity: true)
    if json.optionalKey("entities") { try Self.readList(&json, names, &entities) }
    facts.removeAll(keepingCapacity: true)
    if json.optionalKey("facts") { try Self.readNamed(&json, names, &facts) }
    hints.removeAll(keepingCapacity: true)
    if json.optionalKey("hints") { try Self.readList(&json, names, &hints) }
    metrics.removeAll(keepingCapacity: true)
    if json.optionalKey("metrics") { try Self.readNamed(&json, names, &metrics) }
    title = json.optionalKey("title") ? try Self.span(&json, names) : nil
    url = json.optionalKey("url") ? try Self.span(&json, names) : nil
    try json.endObject()
  }

  private static func readList(
    _ json: inout JSONCursor, _ names: EventNames, _ spans: inout [SourceSpan?]
  ) throws(JSONCursor.Unexpected) {
    json.beginArray()
    while json.element() { spans.append(json.null() ? nil : try span(&json, names)) }
    try json.endArray()
  }

  private static func readNamed(_ json: inout JSONCursor, _ names: EventNames, _ spans: inout [Named]) throws(JSONCursor.Unexpected) {
    json.beginObject()
    while let name = try json.anyKey() { spans.append(Named(name: name, span: try span(&json, names))) }
    try json.endObject()
  }

  /// Reads `[start, end]` or `[start, end, encoding]`.
  static func span(_ json: inout JSONCursor, _ names: EventNames) throws(JSONCursor.Unexpected) -> SourceSpan {
    json.beginArray()
    guard json.element() else { throw JSONCursor.Unexpected() }
    let start = try json.whole()
    guard json.element() else { throw JSONCursor.Unexpected() }
    let end = try json.whole()
    let encoding = json.element() ? names.encoding(json.bytes, in: try json.plainString()) : .plain
    try json.endArray()
    guard let encoding, let span = EventNames.span(start, end, encoding) else { throw JSONCursor.Unexpected() }
    return span
  }
}
