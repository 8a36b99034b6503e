import Events
import Model

/// Reads XML piece by piece, with the position of each piece.
///
/// Enough of XML 1.0 for feeds: elements, attributes, text, CDATA, comments, processing instructions. A document type is passed over and defines
/// nothing. References stay unresolved: `Spelling.xml` resolves them where text is wanted. *Complexity*: linear, with a stack of open elements that
/// is at most 64 deep.
struct XMLReader {
  enum Piece {
    /// The qualified name, and what lies between it and the tag's end.
    case open(name: Range<Int>, attributes: Range<Int>, isEmpty: Bool)
    /// Where the closing tag begins: the end of the element's content.
    case close(name: Range<Int>, contentEnd: Int)
    case end
  }

  let bytes: [UInt8]
  private let base: Int
  private let limit: Int
  private(set) var at: Int
  private var openNames: [Range<Int>] = []
  private var sawRoot = false

  var depth: Int { openNames.count }

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    base = range.lowerBound
    limit = range.upperBound
    at = range.lowerBound
    if range.count >= 3, bytes[at] == 0xef, bytes[at + 1] == 0xbb, bytes[at + 2] == 0xbf { at += 3 }
  }

  /// The next tag. Text, comments and the like lie between and are reached by the positions of the tags.
  mutating func next() throws(Rejection) -> Piece {
    while true {
      while at < limit, bytes[at] != UInt8(ascii: "<") {
        if openNames.isEmpty, bytes[at] > 0x20 { throw fail("text stands outside the document's element", at) }
        at += 1
      }
      if at == limit {
        guard openNames.isEmpty, sawRoot else { throw fail("the document ends too early", limit) }
        return .end
      }
      guard at + 1 < limit else { throw fail("the document ends too early", limit) }
      switch bytes[at + 1] {
      case UInt8(ascii: "?"): try skip(past: "?>")
      case UInt8(ascii: "!"):
        if starts("<!--") {
          try skip(past: "-->")
        } else if starts("<![CDATA[") {
          try skip(past: "]]>")
        } else {
          try skipDeclaration()
        }
      case UInt8(ascii: "/"): return try closingTag()
      default: return try openingTag()
      }
    }
  }

  private func fail(_ message: String, _ position: Int) -> Rejection { Rejection("parse.xml", message, at: position - base) }

  private func starts(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard at + count <= limit else { return false }
    for i in 0..<count where unsafe bytes[at + i] != text.utf8Start[i] { return false }
    return true
  }

  private mutating func skip(past end: StaticString) throws(Rejection) {
    guard let found = bytes.firstIndex(of: end, in: at..<limit) else { throw fail("the document ends too early", limit) }
    at = found + end.utf8CodeUnitCount
  }

  /// `<!DOCTYPE …>`, with or without declarations in brackets.
  private mutating func skipDeclaration() throws(Rejection) {
    var brackets = 0
    var quote: UInt8?
    while at < limit {
      let byte = bytes[at]
      at += 1
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: "[") {
        brackets += 1
      } else if byte == UInt8(ascii: "]") {
        brackets -= 1
      } else if byte == UInt8(ascii: ">"), brackets <= 0 {
        return
      }
    }
    throw fail("the document ends too early", limit)
  }

  private func nameEnd(_ start: Int) -> Int {
    var i = start
    while i < limit, bytes[i] > 0x20, bytes[i] != UInt8(ascii: ">"), bytes[i] != UInt8(ascii: "/"), bytes[i] != UInt8(ascii: "="),
      bytes[i] != UInt8(ascii: "<")
    { i += 1 }
    return i
  }

  private mutating func closingTag() throws(Rejection) -> Piece {
    let contentEnd = at
    let name = at + 2..<nameEnd(at + 2)
    at = name.upperBound
    while at < limit, bytes[at] <= 0x20 { at += 1 }
    guard at < limit else { throw fail("the document ends too early", limit) }
    guard bytes[at] == UInt8(ascii: ">") else { throw fail("a closing tag is malformed", at) }
    guard let open = openNames.last, bytes[open] == bytes[name] else { throw fail("a closing tag closes nothing that is open", contentEnd) }
    openNames.removeLast()
    at += 1
    return .close(name: name, contentEnd: contentEnd)
  }

  private mutating func openingTag() throws(Rejection) -> Piece {
    if openNames.isEmpty, sawRoot { throw fail("a second element follows the document's element", at) }
    guard openNames.count < AdapterLimits.xmlDepth else { throw fail("elements are nested too deeply", at) }
    let name = at + 1..<nameEnd(at + 1)
    guard !name.isEmpty else { throw fail("a tag has no name", at + 1) }
    at = name.upperBound
    while at < limit, bytes[at] != UInt8(ascii: ">") {
      if bytes[at] == UInt8(ascii: "<") { throw fail("a tag is not closed", at) }
      if bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'") {
        let quote = bytes[at]
        at += 1
        while at < limit, bytes[at] != quote { at += 1 }
        if at == limit { break }
      }
      at += 1
    }
    guard at < limit else { throw fail("the document ends too early", limit) }
    let isEmpty = bytes[at - 1] == UInt8(ascii: "/")
    let attributes = name.upperBound..<max(name.upperBound, isEmpty ? at - 1 : at)
    at += 1
    sawRoot = true
    if !isEmpty { openNames.append(name) }
    return .open(name: name, attributes: attributes, isEmpty: isEmpty)
  }

  /// The value of an attribute, between its quotes.
  static func attribute(_ wanted: StaticString, _ bytes: [UInt8], in range: Range<Int>) -> Range<Int>? {
    var at = range.lowerBound
    while at < range.upperBound {
      while at < range.upperBound, bytes[at] <= 0x20 { at += 1 }
      let start = at
      while at < range.upperBound, bytes[at] > 0x20, bytes[at] != UInt8(ascii: "=") { at += 1 }
      let name = start..<at
      while at < range.upperBound, bytes[at] <= 0x20 || bytes[at] == UInt8(ascii: "=") { at += 1 }
      guard at < range.upperBound, bytes[at] == UInt8(ascii: "\"") || bytes[at] == UInt8(ascii: "'") else { return nil }
      let quote = bytes[at]
      at += 1
      let value = at
      while at < range.upperBound, bytes[at] != quote { at += 1 }
      if bytes.matches(wanted, in: name) { return value..<at }
      at += 1
    }
    return nil
  }
}
