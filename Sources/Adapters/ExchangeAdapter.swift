import Events
import JSON
import Model

/// Recorded HTTP exchanges: a JSON object with a status and the body as a text, which is JSON or a feed itself.
///
/// An error, and an answer with nothing in it, become reasons and not events. Byte positions lead back through the body's escapes.
struct ExchangeAdapter: SourceAdapter {
  /// What reads a JSON body.
  let json: JSONRowsAdapter

  /// Whether an item is an exchange at all.
  static func isExchange(_ source: JSONSource, _ node: Int) -> Bool {
    (source.member("status", of: node) ?? source.member("status_code", of: node)) != nil && source.document.member("body", of: node) != nil
  }

  func read(_ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch) {
    do {
      try scratch.document.parse(raw.bytes, in: raw.value)
    } catch {
      rejections.append(.json(error, in: raw.bytes, raw.value))
      return
    }
    let source = JSONSource(document: scratch.document, base: raw.value.lowerBound)
    guard source.document.kind(source.document.root) == .object, Self.isExchange(source, source.document.root) else {
      json.read(source.document.root, of: source, raw, &items, &rejections)
      return
    }
    do throws(Rejection) { try readBody(source, raw, &items, &rejections) } catch { rejections.append(error) }
  }

  private func readBody(
    _ source: JSONSource, _ raw: RawRecord, _ items: inout [Event], _ rejections: inout [Rejection]
  ) throws(Rejection) {
    let document = source.document
    let statusNode = source.member("status", of: document.root) ?? source.member("status_code", of: document.root)!
    guard let status = document.int(statusNode) else { throw .badType("the status is not a number", at: source.offset(statusNode)) }
    if status >= 400 { throw Rejection("http.error", "the response has status \(status)", at: source.offset(statusNode)) }
    if status == 304 { throw Rejection("source.empty_response", "nothing changed since the last request", at: source.offset(statusNode)) }
    guard let body = source.member("body", of: document.root) else {
      throw Rejection("source.empty_response", "the response has no body", at: source.offset(statusNode))
    }
    guard document.kind(body) == .string else { throw .badType("the body is not a text", at: source.offset(body)) }
    let inner = DecodedText(plain: document.bytes, in: document.range(body), base: source.base).jsonDecoded
    guard let first = inner.bytes.first(where: { $0 > 0x20 }) else {
      throw Rejection("source.empty_response", "the body is empty", at: source.offset(body))
    }
    if first == UInt8(ascii: "<") {
      FeedAdapter().read(FeedSource(bytes: inner.bytes, base: 0, inner: inner), in: 0..<inner.bytes.count, raw, &items, &rejections)
      return
    }
    var nested = JSONDocument()
    do {
      try nested.parse(inner.bytes, in: 0..<inner.bytes.count)
    } catch {
      var rejection = Rejection.json(error, in: inner.bytes, 0..<inner.bytes.count)
      rejection.byteOffset = inner.rawRange(of: rejection.byteOffset..<rejection.byteOffset).lowerBound
      throw rejection
    }
    json.read(nested.root, of: JSONSource(document: nested, base: 0, inner: inner), raw, &items, &rejections)
  }
}
