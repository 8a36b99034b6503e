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
