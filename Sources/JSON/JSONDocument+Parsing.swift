import Model

extension JSONDocument {
  /// Parses one JSON text (RFC 8259) that fills the range but for white space around it.
  ///
  /// What was parsed before is forgotten; the memory is kept. After an error the document is empty.
  /// - Parameter maxDepth: how many arrays and objects may enclose one another.
  public mutating func parse(_ source: [UInt8], in range: Range<Int>, maxDepth: Int = JSONDocument.defaultDepth) throws(JSONError) {
    precondition(range.upperBound <= Int(Int32.max), "a JSON text is at most 2 GiB")
    bytes = source
    nodes.removeAll(keepingCapacity: true)
    var parser = JSONParser(nodes: nodes, maxDepth: maxDepth)
    nodes = []
    do {
      try parser.parse(source.span.extracting(range), base: range.lowerBound)
      nodes = parser.nodes
    } catch {
      parser.nodes.removeAll(keepingCapacity: true)
      nodes = parser.nodes
      throw error
    }
  }
}

/// The recursive grammar, run with a stack of its own so that depth is bounded by a number and not by the thread's stack.
private struct JSONParser {
  var nodes: [JSONDocument.Node]
  let maxDepth: Int
  /// The open arrays and objects, by node index.
  private var open: [Int] = []
  private var at = 0
  private var base = 0

  init(nodes: [JSONDocument.Node], maxDepth: Int) {
    self.nodes = nodes
    self.maxDepth = maxDepth
  }

  private enum Expectation { case value, valueOrEnd, keyOrEnd, key, commaOrEnd, end }

  mutating func parse(_ text: Span<UInt8>, base: Int) throws(JSONError) {
    self.base = base
    var expected = Expectation.value
    while true {
      while at < text.count, text[at] <= 0x20, text[at] == 0x20 || text[at] == 0x0a || text[at] == 0x0d || text[at] == 0x09 { at += 1 }
      if at == text.count {
        if expected == .end { return }
        throw JSONError(.truncated, at: at)
      }
      let byte = text[at]
      switch expected {
      case .end:
        throw JSONError(.trailing, at: at)
      case .key, .keyOrEnd:
        if byte == UInt8(ascii: "}"), expected == .keyOrEnd {
          expected = close()
        } else {
          guard byte == UInt8(ascii: "\"") else { throw JSONError(.syntax, at: at) }
          try string(text)
          while at < text.count, text[at] <= 0x20, text[at] == 0x20 || text[at] == 0x0a || text[at] == 0x0d || text[at] == 0x09 { at += 1 }
          guard at < text.count else { throw JSONError(.truncated, at: at) }
          guard text[at] == UInt8(ascii: ":") else { throw JSONError(.syntax, at: at) }
          at += 1
          expected = .value
        }
      case .commaOrEnd:
        let inObject = nodes[open[open.count - 1]].kind == .object
        if byte == UInt8(ascii: ",") {
          at += 1
          expected = inObject ? .key : .value
        } else if byte == (inObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
          expected = close()
        } else {
          throw JSONError(.syntax, at: at)
        }
      case .value, .valueOrEnd:
        if byte == UInt8(ascii: "]"), expected == .valueOrEnd {
          expected = close()
        } else {
          expected = try value(text, byte)
        }
      }
    }
  }

  private mutating func close() -> Expectation {
    let node = open.removeLast()
    at += 1
    nodes[node].end = Int32(truncatingIfNeeded: base + at)
    nodes[node].next = Int32(truncatingIfNeeded: nodes.count)
    return open.isEmpty ? .end : .commaOrEnd
  }

  private mutating func value(_ text: Span<UInt8>, _ byte: UInt8) throws(JSONError) -> Expectation {
    switch byte {
    case UInt8(ascii: "\""): try string(text)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      if open.count == maxDepth { throw JSONError(.depth, at: at) }
      let isObject = byte == UInt8(ascii: "{")
      open.append(nodes.count)
      nodes.append(.init(kind: isObject ? .object : .array, isMarked: false, start: base + at, end: 0, next: 0))
      at += 1
      return isObject ? .keyOrEnd : .valueOrEnd
    case UInt8(ascii: "t"): try word(text, "true", .yes)
    case UInt8(ascii: "f"): try word(text, "false", .no)
    case UInt8(ascii: "n"): try word(text, "null", .null)
    default: try number(text)
    }
    return open.isEmpty ? .end : .commaOrEnd
  }

  private mutating func leaf(_ kind: JSONDocument.Kind, marked: Bool, from start: Int, to end: Int) {
    nodes.append(.init(kind: kind, isMarked: marked, start: base + start, end: base + end, next: nodes.count + 1))
  }

  private mutating func word(_ text: Span<UInt8>, _ word: StaticString, _ kind: JSONDocument.Kind) throws(JSONError) {
    let letters = unsafe word.utf8Start
    for i in 0..<word.utf8CodeUnitCount {
      guard at + i < text.count else { throw JSONError(.truncated, at: text.count) }
      guard unsafe text[at + i] == letters[i] else { throw JSONError(.syntax, at: at + i) }
    }
    leaf(kind, marked: false, from: at, to: at + word.utf8CodeUnitCount)
    at += word.utf8CodeUnitCount
  }

  private mutating func number(_ text: Span<UInt8>) throws(JSONError) {
    let start = at
    var i = at
    var marked = false
    func digits() -> Int {
      let first = i
      while i < text.count, text[i] >= 0x30, text[i] <= 0x39 { i += 1 }
      return i - first
    }
    func fail() -> JSONError { JSONError(i >= text.count ? .truncated : .syntax, at: i) }
    if text[i] == UInt8(ascii: "-") { i += 1 }
    let first = i
    guard digits() > 0 else { throw fail() }
    if text[first] == 0x30, i - first > 1 { throw JSONError(.syntax, at: first + 1) }
    if i < text.count, text[i] == UInt8(ascii: ".") {
      marked = true
      i += 1
      guard digits() > 0 else { throw fail() }
    }
    if i < text.count, text[i] | 0x20 == UInt8(ascii: "e") {
      marked = true
      i += 1
      if i < text.count, text[i] == UInt8(ascii: "+") || text[i] == UInt8(ascii: "-") { i += 1 }
      guard digits() > 0 else { throw fail() }
    }
    leaf(.number, marked: marked, from: start, to: i)
    at = i
  }

  private mutating func string(_ text: Span<UInt8>) throws(JSONError) {
    let start = at + 1
    let count = text.count
    var i = start
    var marked = false
    while i < count {
      // Eight bytes at once while all are ASCII and none is a quotation mark, a backslash or a control character.
      while i + 8 <= count, JSONEscape.isPlain(unsafe text.bytes.unsafeLoadUnaligned(fromByteOffset: i, as: UInt64.self)) { i += 8 }
      if i == count { break }
      let byte = text[i]
      if byte == UInt8(ascii: "\"") {
        leaf(.string, marked: marked, from: start, to: i)
        at = i + 1
        return
      }
      if byte == UInt8(ascii: "\\") {
        marked = true
        i = try escape(text, i)
      } else if byte < 0x20 {
        throw JSONError(.syntax, at: i)
      } else if byte < 0x80 {
        i += 1
      } else {
        let length = UTF8Text.sequenceLength(in: text, at: i)
        if length == 0 { throw JSONError(.encoding, at: i) }
        i += length
      }
    }
    throw JSONError(.truncated, at: count)
  }

  /// Checks the escape at `i` and answers the position behind it.
  private func escape(_ text: Span<UInt8>, _ i: Int) throws(JSONError) -> Int {
    guard i + 1 < text.count else { throw JSONError(.truncated, at: text.count) }
    switch text[i + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
      UInt8(ascii: "r"), UInt8(ascii: "t"):
      return i + 2
    case UInt8(ascii: "u"):
      let unit = try codeUnit(text, i)
      if unit >= 0xdc00, unit <= 0xdfff { throw JSONError(.encoding, at: i) }
      guard unit >= 0xd800, unit < 0xdc00 else { return i + 6 }
      guard i + 7 < text.count, text[i + 6] == UInt8(ascii: "\\"), text[i + 7] == UInt8(ascii: "u") else {
        throw JSONError(.encoding, at: i)
      }
      let low = try codeUnit(text, i + 6)
      guard low >= 0xdc00, low <= 0xdfff else { throw JSONError(.encoding, at: i) }
      return i + 12
    default: throw JSONError(.syntax, at: i + 1)
    }
  }

  private func codeUnit(_ text: Span<UInt8>, _ i: Int) throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for k in 2..<6 {
      guard i + k < text.count else { throw JSONError(.truncated, at: text.count) }
      guard let digit = hexValue(text[i + k]) else { throw JSONError(.syntax, at: i + k) }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
