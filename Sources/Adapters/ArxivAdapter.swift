import Events
import JSON
import Model

/// arXiv papers as rows of a daily crawl, or of its memory of titles.
enum ArxivRows {
  static let rows = JSONRowsAdapter { (source, node, raw) throws(Rejection) in
    var item = JSONItem(source, node, of: raw, kind: .paper, domain: .ai)
    let id = try item.require("id")
    try setIdentifier(&item, id)
    try item.title()
    try item.time(item["captured_at"] ?? item["listed_on"])
    try item.body(item["summary"])
    try item.hints(item["categories"] ?? item["primary"])
    try item.entities("author", item["authors"])
    try item.fact("comment", item["comment"])
    if let first = item.event.hints.first { item.event.facts.append(Fact("primary", first)) }
    return item.finish()
  }

  /// The natural id, the paper entity and the address, from `2512.23786` or `2512.23786v2`.
  static func setIdentifier(_ item: inout JSONItem, _ node: Int) throws(Rejection) {
    guard item.kind(node) == .string else { throw .badType("the id is not a text", at: item.source.offset(node)) }
    let field = try item.text(node)
    if field.isEmpty { throw .missing("id", at: item.source.offset(node)) }
    setIdentifier(&item.event, field, version: ArxivIdentifier.version(item.event.bytes, field.range))
  }

  static func setIdentifier(_ event: inout Event, _ field: Field, version: Range<Int>?) {
    var id = field
    if let version {
      var versionSpan: SourceSpan?
      if var span = field.span, span.encoding == .plain || Int(span.end - span.start) == field.range.count {
        versionSpan = SourceSpan(Int(span.end) - version.count + 1..<Int(span.end), span.encoding)
        span.end -= Int32(version.count)
        id.span = span
      } else {
        id.span = nil
      }
      id.end = Int32(version.lowerBound)
      event.facts.append(Fact("version", Field(version.lowerBound + 1..<version.upperBound, from: versionSpan)))
    }
    event.naturalID = id
    event.entities.append(Entity(type: "paper", id: id, isDeclared: true))
    let range = id.range
    let start = event.bytes.count
    event.bytes.append("https://arxiv.org/abs/")
    event.bytes.appendCopy(of: range)
    event.url = Field(start..<event.bytes.count, from: nil)
  }
}

/// arXiv identifiers: `2512.23786`, `astro-ph/0601001`, either with `v2` behind it.
enum ArxivIdentifier {
  /// The `v2` at the end of an identifier.
  static func version(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    var i = range.upperBound
    while i > range.lowerBound, bytes[i - 1] &- 0x30 < 10 { i -= 1 }
    guard i < range.upperBound, i - 1 > range.lowerBound, bytes[i - 1] == UInt8(ascii: "v"), bytes[i - 2] &- 0x30 < 10 else { return nil }
    return i - 1..<range.upperBound
  }
}
