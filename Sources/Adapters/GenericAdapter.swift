import Events
import JSON
import Model

/// JSON from a source that nobody described: CloudEvents, or an object with something like a title and something like an id.
enum GenericRows {
  private static let titles: [StaticString] = ["title", "headline", "name", "subject", "summary"]
  private static let ids: [StaticString] = ["id", "_id", "uuid", "guid", "key", "slug", "url", "link"]
  private static let times: [StaticString] = [
    "published_at", "publishedAt", "published", "occurred_at", "timestamp", "time", "created_at", "createdAt", "date", "observed_at",
    "captured_at", "seen_at", "updated_at", "updatedAt",
  ]
  private static let bodies: [StaticString] = ["body", "content", "text", "description", "summary", "message"]
  private static let links: [StaticString] = ["url", "link", "href", "html_url"]

  static let rows = JSONRowsAdapter { (source, node, raw) throws(Rejection) in
    let domain = SourceDomain.of(raw.source)
    var item = JSONItem(source, node, of: raw, kind: .generic, domain: domain ?? .ai)
    item.event.isDomainKnown = domain != nil
    if source.member("specversion", of: node) != nil {
      try readCloudEvent(&item)
    } else {
      guard let title = text(titles, of: node, source), let id = scalar(ids, of: node, source) else {
        throw Rejection("source.unknown", "no adapter reads this source, and the item has no title or no id", at: source.offset(node))
      }
      try item.title(at: title)
      try item.setID([item.text(id)])
      // A guessed time that cannot be read is no reason to lose the item.
      if let time = scalar(times, of: node, source) { try? item.time(time) }
      try readText(&item, node)
    }
    return item.finish()
  }

  /// *Source*: CloudEvents 1.0, JSON event format.
  private static func readCloudEvent(_ item: inout JSONItem) throws(Rejection) {
    let source = item.source
    try item.setID([item.text(item.require("source")), item.text(item.require("id"))])
    let type = try item.require("type")
    try item.fact("type", type)
    item.event.kind = kind(source, type) ?? .generic
    try item.time(item["time"])
    let data = item["data"]
    let title = data.flatMap { item.kind($0) == .object ? text(titles, of: $0, source) : nil }
    if let title = title ?? item["subject"] { try item.title(at: title) } else { item.event.title = item.event.fact("type")?.value }
    if let data, item.kind(data) == .object {
      try readText(&item, data)
    } else if let data, item.kind(data) == .string {
      try item.body(data)
    }
  }

  /// `io.prowzi.event.news.v1` is news.
  private static func kind(_ source: JSONSource, _ type: Int) -> Kind? {
    let words = source.document.string(type)?.split(separator: ".") ?? []
    return words.lazy.compactMap { Kind(name: String($0)) }.first
  }

  private static func readText(_ item: inout JSONItem, _ node: Int) throws(Rejection) {
    if let body = text(bodies, of: node, item.source) { try item.body(body) }
    if let link = text(links, of: node, item.source) { try item.url(link) }
  }

  private static func text(_ names: [StaticString], of node: Int, _ source: JSONSource) -> Int? {
    for name in names {
      if let found = source.member(name, of: node), source.document.kind(found) == .string, !source.document.range(found).isEmpty {
        return found
      }
    }
    return nil
  }

  private static func scalar(_ names: [StaticString], of node: Int, _ source: JSONSource) -> Int? {
    for name in names {
      if let found = source.member(name, of: node), !source.document.range(found).isEmpty,
        source.document.kind(found) == .string || source.document.kind(found) == .number
      {
        return found
      }
    }
    return nil
  }
}
