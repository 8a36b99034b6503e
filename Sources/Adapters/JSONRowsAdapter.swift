import Events
import JSON
import Model

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
    var count = 0
    while node < end {
      if count == AdapterLimits.items { return rejections.append(.tooManyItems(at: source.offset(node))) }
      count += 1
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
