import Events
import JSON
import Model

/// Makes an event of a feed's item.
struct FeedItemReader {
  private let item: FeedItem
  private let source: FeedSource
  private var event: Event

  static func event(_ item: FeedItem, _ collector: FeedCollector, _ raw: RawRecord) throws(Rejection) -> Event {
    let isArxiv = raw.source.utf8.starts(with: "arxiv".utf8)
    let domain = SourceDomain.of(raw.source)
    var event = Event(source: raw.source, kind: isArxiv ? .paper : .news, domain: domain ?? .ai)
    event.isDomainKnown = domain != nil
    event.tenant = raw.tenant
    event.occurredAt = raw.observedAt
    event.flags = .timeMissing
    var reader = FeedItemReader(item: item, source: collector.source, event: event)
    if isArxiv { try reader.readArxiv() } else { try reader.readNews(collector.feedTitle) }
    reader.event.sortNames()
    return reader.event
  }

  private init(item: FeedItem, source: FeedSource, event: Event) {
    self.item = item
    self.source = source
    self.event = event
  }

  private var offset: Int { source.rawOffset(item.start) }

  // MARK: Finding

  /// The item's children with this name, a prefix aside; those without a prefix first, because `media:title` is not `title`.
  private func all(_ name: StaticString, depth: Int = 0) -> [FeedElement] {
    let found = item.elements.filter { $0.depth == depth && source.bytes.matches(name, in: FeedCollector.local(source.bytes, $0.name)) }
    let bare = found.filter { $0.name.count == name.utf8CodeUnitCount }
    return bare.isEmpty ? found : bare
  }

  private func first(_ names: StaticString...) -> FeedElement? {
    for name in names {
      if let found = all(name).first(where: { !$0.content.isEmpty }) { return found }
    }
    return nil
  }

  // MARK: Text

  /// Appends the text that a range spells.
  private mutating func text(_ range: Range<Int>, isHTML: Bool = false, collapsing: Bool = true) -> Field {
    let start = event.bytes.count
    let bytes = source.bytes
    var at = range.lowerBound
    let part = Array(bytes[range])
    at = 0
    while at < part.count { at = Spelling.xml(part, at, &event.bytes) }
    if isHTML { HTMLText.reduce(&event.bytes, from: start) } else if collapsing { event.bytes.collapseSpace(from: start) }
    return event.endField(from: start, span: source.span(range))
  }

  private mutating func fact(_ name: String, _ element: FeedElement?) {
    guard let element else { return }
    let field = text(element.content)
    if !field.isEmpty { event.facts.append(Fact(name, field)) }
  }

  private mutating func readTitle() throws(Rejection) {
    guard let element = first("title") else { throw .missing("title", at: offset) }
    let type = XMLReader.attribute("type", source.bytes, in: element.attributes)
    let isHTML = type.map { source.bytes.matches("html", in: $0) || source.bytes.matches("xhtml", in: $0) } ?? false
    let field = text(element.content, isHTML: isHTML)
    if field.isEmpty { throw .missing("title", at: source.rawOffset(element.content.lowerBound)) }
    event.title = field
  }

  private mutating func readTime() throws(Rejection) {
    guard let element = first("published", "pubdate", "updated", "date") else { return }
    let field = text(element.content)
    try event.setTime(TimeReading.text(event.bytes, in: field.range), at: source.rawOffset(element.content.lowerBound))
  }

  /// The alternate link of Atom, the text of RSS.
  private func link() -> Range<Int>? {
    for element in all("link") {
      if let address = XMLReader.attribute("href", source.bytes, in: element.attributes) {
        let relation = XMLReader.attribute("rel", source.bytes, in: element.attributes)
        if relation == nil || relation.map({ source.bytes.matches("alternate", in: $0) }) == true { return address }
      } else if !element.content.isEmpty {
        return element.content
      }
    }
    return nil
  }

  private mutating func readURL(_ range: Range<Int>) {
    let start = event.bytes.count
    let plain = text(range)
    let link = Array(event.bytes[plain.range])
    event.bytes.removeLast(event.bytes.count - start)
    if URLCanonicalizer.append(link, in: 0..<link.count, to: &event.bytes) {
      event.url = Field(start..<event.bytes.count, from: source.span(range))
    }
  }

  private mutating func readCategories() {
    for element in all("category").prefix(AdapterLimits.listedEntities) {
      let term = XMLReader.attribute("term", source.bytes, in: element.attributes) ?? element.content
      let field = text(term)
      if !field.isEmpty { event.hints.append(field) }
    }
  }

  // MARK: News

  private mutating func readNews(_ feedTitle: FeedElement?) throws(Rejection) {
    try readTitle()
    try readTime()
    if let link = link() { readURL(link) }
    let description = first("encoded", "content", "description", "summary")
    if let description {
      let field = text(description.content, isHTML: true)
      if !field.isEmpty { event.body = field }
    }
    guard let id = first("guid", "id")?.content ?? link() else { throw .missing("guid", at: offset) }
    event.naturalID = text(id)
    if event.naturalID.isEmpty { throw .missing("guid", at: source.rawOffset(id.lowerBound)) }
    readCategories()
    if let author = all("author").first, item.elements.contains(where: { $0.depth == 1 && author.content.contains($0.name.lowerBound) }) {
      fact("author", all("name", depth: 1).first)
    } else {
      fact("author", first("creator", "author"))
    }
    fact("publisher", feedTitle)
    if event.source.utf8.starts(with: "hn".utf8) { readHackerNews(id, description) }
  }

  /// The post's number as the id, so that rows and raw feeds agree; points and comments from the description.
  private mutating func readHackerNews(_ id: Range<Int>, _ description: FeedElement?) {
    if let mark = source.bytes.firstIndex(of: "item?id=", in: id) {
      var end = mark + 8
      while end < id.upperBound, source.bytes[end] &- 0x30 < 10 { end += 1 }
      if end > mark + 8 { event.naturalID = text(mark + 8..<end) }
    }
    guard let content = description?.content else { return }
    for (name, label): (String, StaticString) in [("comments", "# Comments: "), ("points", "Points: ")] {
      guard let start = source.bytes.firstIndex(of: label, in: content)?.advanced(by: label.utf8CodeUnitCount) else { continue }
      var end = start
      while end < content.upperBound, source.bytes[end] &- 0x30 < 10 { end += 1 }
      guard let value = DecimalText.int(source.bytes, in: start..<end) else { continue }
      event.metrics.append(Metric(name, Double(value), from: source.span(start..<end)))
    }
    // What the description says besides is the same for every post.
    event.body = nil
  }

  // MARK: Papers

  private mutating func readArxiv() throws(Rejection) {
    guard let id = first("id", "guid") else { throw .missing("id", at: offset) }
    if source.bytes.firstIndex(of: "/api/errors", in: id.content) != nil {
      let reason = first("summary").map { text($0.content) }
      let words = reason.map { String(decoding: event.bytes[$0.range].prefix(200), as: UTF8.self) } ?? "no reason given"
      throw Rejection("http.error", "arXiv refused the request: \(words)", at: source.rawOffset(id.content.lowerBound))
    }
    guard let name = identifier(id.content) else { throw .missing("id", at: source.rawOffset(id.content.lowerBound)) }
    let field = text(name)
    ArxivRows.setIdentifier(&event, field, version: ArxivIdentifier.version(event.bytes, field.range))
    try readTitle()
    try readTime()
    if let summary = first("summary", "description") {
      let field = text(summary.content)
      if !field.isEmpty { event.body = field }
    }
    readCategories()
    if let primary = all("primary_category").first, let term = XMLReader.attribute("term", source.bytes, in: primary.attributes) {
      event.facts.append(Fact("primary", text(term)))
    } else if let first = event.hints.first {
      event.facts.append(Fact("primary", first))
    }
    fact("comment", first("comment"))
    if let doi = first("doi") { event.entities.append(Entity(type: "doi", id: text(doi.content), isDeclared: true)) }
    for author in all("name", depth: 1).prefix(AdapterLimits.listedEntities) { addAuthor(author.content) }
    if let creators = first("creator") { addAuthors(creators.content) }
  }

  private mutating func addAuthor(_ range: Range<Int>) {
    let field = text(range)
    if !field.isEmpty { event.entities.append(Entity(type: "author", id: field, isDeclared: true)) }
  }

  /// RSS names all authors in one element, with commas.
  private mutating func addAuthors(_ range: Range<Int>) {
    var start = range.lowerBound
    var count = 0
    while start < range.upperBound, count < AdapterLimits.listedEntities {
      var end = start
      while end < range.upperBound, source.bytes[end] != UInt8(ascii: ",") { end += 1 }
      addAuthor(start..<end)
      start = end + 1
      count += 1
    }
  }

  /// `2501.00001v1` of `http://arxiv.org/abs/2501.00001v1` or `oai:arXiv.org:2501.00001v1`.
  private func identifier(_ range: Range<Int>) -> Range<Int>? {
    var start = range.lowerBound
    if let path = source.bytes.firstIndex(of: "/abs/", in: range) {
      start = path + 5
    } else if let colon = range.last(where: { source.bytes[$0] == UInt8(ascii: ":") }) {
      start = colon + 1
    }
    var end = range.upperBound
    while end > start, source.bytes[end - 1] <= 0x20 { end -= 1 }
    while start < end, source.bytes[start] <= 0x20 { start += 1 }
    return start < end ? start..<end : nil
  }
}
