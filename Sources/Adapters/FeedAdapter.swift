import Events
import JSON
import Model

/// Feeds: Atom, RSS 2.0 and RSS 1.0, arXiv's and Hacker News's among them.
struct FeedAdapter: SourceAdapter {
  func read(_ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch) {
    if let bad = UTF8Text.firstInvalidByte(in: raw.bytes.span.extracting(raw.value)) {
      rejections.append(Rejection("text.encoding", "the bytes are not UTF-8", at: bad))
      return
    }
    let source = FeedSource(bytes: raw.bytes, base: raw.value.lowerBound, inner: nil)
    read(source, in: raw.value, raw, &items, &rejections)
  }

  /// Reads a feed; what is complete before the place where it breaks off is kept.
  func read(_ source: FeedSource, in range: Range<Int>, _ raw: RawRecord, _ items: inout [Event], _ rejections: inout [Rejection]) {
    var reader = XMLReader(source.bytes, in: range)
    var collector = FeedCollector(source)
    var count = 0
    do throws(Rejection) {
      while true {
        switch try reader.next() {
        case .end:
          if count == 0 { throw Rejection("source.empty_response", "the feed holds no items", at: 0) }
          return
        case .open(let name, let attributes, let isEmpty):
          collector.open(name, attributes, isEmpty: isEmpty, contentStart: reader.at)
        case .close(_, let contentEnd):
          guard let item = collector.close(contentEnd: contentEnd) else { continue }
          if count == AdapterLimits.items { throw .tooManyItems(at: item.start - source.base) }
          count += 1
          do throws(Rejection) { items.append(try FeedItemReader.event(item, collector, raw)) } catch { rejections.append(error) }
        }
      }
    } catch {
      var error = error
      // Positions are of the feed's own text; in a recorded body they lead back through its escapes.
      if source.inner != nil { error.byteOffset = source.rawOffset(error.byteOffset) }
      rejections.append(error)
    }
  }
}

/// The bytes of a feed and where they stand in the raw value.
struct FeedSource {
  let bytes: [UInt8]
  let base: Int
  /// For a recorded response body: the raw position of each byte.
  let inner: DecodedText?

  func span(_ range: Range<Int>) -> SourceSpan {
    if let inner { return SourceSpan(inner.rawRange(of: range), .xmlInJSON) }
    return SourceSpan(range.lowerBound - base..<range.upperBound - base, .xml)
  }

  func rawOffset(_ position: Int) -> Int { inner?.rawRange(of: position..<position).lowerBound ?? position - base }
}

/// An element of a feed.
struct FeedElement {
  var name: Range<Int>
  var attributes: Range<Int>
  var content: Range<Int>
  /// 0 for an item's own children.
  var depth: Int
}

/// An item and the elements within it, in the order of their opening tags.
struct FeedItem {
  var start: Int
  var elements: [FeedElement]
}

/// Gathers the elements of one item at a time.
struct FeedCollector {
  let source: FeedSource
  /// What the feed calls itself.
  private(set) var feedTitle: FeedElement?
  private var item: FeedItem?
  /// Indices of the open elements of the item; outside items, a count.
  private var open: [Int] = []
  private var outerTitle: FeedElement?

  init(_ source: FeedSource) { self.source = source }

  /// The part of a name behind its prefix.
  static func local(_ bytes: [UInt8], _ name: Range<Int>) -> Range<Int> {
    for i in name where bytes[i] == UInt8(ascii: ":") { return i + 1..<name.upperBound }
    return name
  }

  mutating func open(_ name: Range<Int>, _ attributes: Range<Int>, isEmpty: Bool, contentStart: Int) {
    let local = Self.local(source.bytes, name)
    if item == nil {
      if source.bytes.matches("item", in: local) || source.bytes.matches("entry", in: local) {
        if !isEmpty { item = FeedItem(start: name.lowerBound - 1, elements: []) }
      } else if feedTitle == nil, source.bytes.matches("title", in: local), !isEmpty {
        outerTitle = FeedElement(name: name, attributes: attributes, content: contentStart..<contentStart, depth: 0)
      }
      return
    }
    let element = FeedElement(name: name, attributes: attributes, content: contentStart..<contentStart, depth: open.count)
    item?.elements.append(element)
    if !isEmpty { open.append((item?.elements.count ?? 1) - 1) }
  }

  /// - Returns: the item, when this tag closes it.
  mutating func close(contentEnd: Int) -> FeedItem? {
    guard item != nil else {
      if var title = outerTitle {
        title.content = title.content.lowerBound..<contentEnd
        feedTitle = title
        outerTitle = nil
      }
      return nil
    }
    if let last = open.popLast() {
      // No second reference to the elements: an item may have a hundred thousand of them.
      item!.elements[last].content = item!.elements[last].content.lowerBound..<contentEnd
      return nil
    }
    defer { item = nil }
    return item
  }
}
