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
    let (end, isMarked) = try JSONGrammar.number(text, at: at)
    leaf(.number, marked: isMarked, from: at, to: end)
    at = end
  }

  private mutating func string(_ text: Span<UInt8>) throws(JSONError) {
    let (end, isMarked) = try JSONGrammar.string(text, at: at)
    leaf(.string, marked: isMarked, from: at + 1, to: end)
    at = end + 1
  }
}
