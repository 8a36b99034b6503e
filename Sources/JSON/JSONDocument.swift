import Model

/// Why bytes are not JSON, and at which byte.
public struct JSONError: Error, Equatable, Sendable {
  public enum Kind: String, Sendable {
    /// Something else than the grammar of RFC 8259 allows.
    case syntax
    /// The bytes end inside a value.
    case truncated
    /// A string holds bytes that are not UTF-8, or an escaped half of a surrogate pair.
    case encoding
    /// More levels of arrays and objects than the caller allows.
    case depth
    /// Something follows the value.
    case trailing
  }

  public var kind: Kind
  /// Where reading stopped, counted from the beginning of the parsed range.
  public var byte: Int

  public init(_ kind: Kind, at byte: Int) {
    self.kind = kind
    self.byte = byte
  }
}

/// A parsed JSON text: a flat list of nodes over the bytes, which stay where they are.
///
/// Made for pure code: no C, no Foundation, one growing array that is reused from document to document, a byte position for every error and
/// for every value (evidence is bound to those positions).
///
/// ```swift
/// var document = JSONDocument()
/// try document.parse(bytes, in: 0..<bytes.count)
/// let title = document.member("title", of: document.root)
/// ```
///
/// *Shape*: nodes are in the order of the text; an object's children alternate key and value; `Node.next` is the index behind the
/// node's whole subtree. Strings exclude their quotes. Of several members with one name the first counts.
/// *Complexity*: linear; a look-up is linear in the members before it, without hashing.
public struct JSONDocument: Sendable {
  public enum Kind: UInt8, Sendable {
    case null, no, yes, number, string, array, object
  }

  /// One value or key.
  public struct Node: Sendable {
    public var kind: Kind
    /// A string with a backslash in it, or a number with a fraction or an exponent.
    public var isMarked: Bool
    /// Byte range in `bytes`.
    public var start: Int32
    public var end: Int32
    /// The index of the first node behind this one's subtree.
    public var next: Int32

    @inlinable init(kind: Kind, isMarked: Bool, start: Int, end: Int, next: Int) {
      self.kind = kind
      self.isMarked = isMarked
      self.start = Int32(truncatingIfNeeded: start)
      self.end = Int32(truncatingIfNeeded: end)
      self.next = Int32(truncatingIfNeeded: next)
    }

    @inlinable public var range: Range<Int> { Int(start)..<Int(end) }
  }

  /// The bytes that were parsed, including what surrounds the range.
  public internal(set) var bytes: [UInt8] = []
  public internal(set) var nodes: [Node] = []

  /// The deepest nesting there may be unless the caller says otherwise.
  public static let defaultDepth = Limits.jsonDepth

  public init() {}

  /// Parses a text of its own. For documents that are read once, such as a configuration.
  public init(_ bytes: [UInt8], maxDepth: Int = JSONDocument.defaultDepth) throws(JSONError) {
    try parse(bytes, in: 0..<bytes.count, maxDepth: maxDepth)
  }

  /// The index of the outermost value.
  @inlinable public var root: Int { 0 }

  @inlinable public func kind(_ node: Int) -> Kind { nodes[node].kind }

  // MARK: Reading

  /// The value of the first member with this name; `nil` where there is none or `node` is no object.
  @inlinable public func member(_ name: StaticString, of node: Int?) -> Int? {
    guard let node, nodes[node].kind == .object else { return nil }
    let count = name.utf8CodeUnitCount
    var child = node + 1
    let end = Int(nodes[node].next)
    while child < end {
      let key = nodes[child]
      if Int(key.end - key.start) == count, isEqual(name, at: Int(key.start)) { return child + 1 }
      child = Int(nodes[child + 1].next)
    }
    return nil
  }

  @inlinable func isEqual(_ name: StaticString, at position: Int) -> Bool {
    let text = unsafe name.utf8Start
    let span = bytes.span.extracting(position..<position + name.utf8CodeUnitCount)
    for i in span.indices where unsafe text[i] != span[i] { return false }
    return true
  }

  /// The value of a member whose name is known only at run time.
  public func member(named name: String, of node: Int?) -> Int? {
    guard let node, nodes[node].kind == .object else { return nil }
    var child = node + 1
    let end = Int(nodes[node].next)
    while child < end {
      if isText(child, name) { return child + 1 }
      child = Int(nodes[child + 1].next)
    }
    return nil
  }

  /// Whether a string is this text, byte for byte. Swift's `==` of texts takes `é` in one and in two code points for the same; JSON does not.
  func isText(_ node: Int, _ text: String) -> Bool {
    guard nodes[node].isMarked else { return bytes[nodes[node].range].elementsEqual(text.utf8) }
    var unescaped: [UInt8] = []
    appendString(node, to: &unescaped)
    return unescaped.elementsEqual(text.utf8)
  }

  /// Follows a dotted path of member names and array positions (`payload.commits.0.sha`).
  public func value(at path: String, from node: Int) -> Int? {
    var current: Int? = node
    for part in path.split(separator: ".") {
      guard let here = current else { return nil }
      if nodes[here].kind == .array, let wanted = Int(part), wanted >= 0 {
        current = elements(of: here).dropFirst(wanted).first
      } else {
        current = member(named: String(part), of: here)
      }
    }
    return current
  }

  /// The indices of an array's values, in order; empty for anything else.
  public func elements(of node: Int?) -> [Int] {
    guard let node, nodes[node].kind == .array else { return [] }
    var found: [Int] = []
    var child = node + 1
    while child < Int(nodes[node].next) {
      found.append(child)
      child = Int(nodes[child].next)
    }
    return found
  }

  /// The members of an object, in order, as indices of their keys and values; empty for anything else.
  public func members(of node: Int?) -> [(key: Int, value: Int)] {
    guard let node, nodes[node].kind == .object else { return [] }
    var found: [(key: Int, value: Int)] = []
    var child = node + 1
    while child < Int(nodes[node].next) {
      found.append((child, child + 1))
      child = Int(nodes[child + 1].next)
    }
    return found
  }

  /// Whether the value is absent or `null`.
  @inlinable public func isNull(_ node: Int?) -> Bool { node.map { nodes[$0].kind == .null } ?? true }

  /// A boolean's value.
  @inlinable public func bool(_ node: Int?) -> Bool? {
    guard let node else { return nil }
    return nodes[node].kind == .yes ? true : nodes[node].kind == .no ? false : nil
  }

  /// A string's value, escapes resolved.
  public func string(_ node: Int?) -> String? {
    guard let node, nodes[node].kind == .string else { return nil }
    var text: [UInt8] = []
    appendString(node, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends a string's value, escapes resolved.
  public func appendString(_ node: Int, to output: inout [UInt8]) {
    let range = nodes[node].range
    if nodes[node].isMarked {
      JSONEscape.append(bytes, in: range, to: &output)
    } else {
      output.append(contentsOf: bytes[range])
    }
  }

  /// A number's value, correctly rounded; infinite where it exceeds what a double can hold.
  public func double(_ node: Int?) -> Double? {
    guard let node, nodes[node].kind == .number else { return nil }
    return DecimalText.double(bytes, in: nodes[node].range)
  }

  /// A number that is whole and fits; `12.0` and `1e3` are whole too.
  public func int(_ node: Int?) -> Int64? {
    guard let node, nodes[node].kind == .number else { return nil }
    if !nodes[node].isMarked, let value = DecimalText.int(bytes, in: nodes[node].range) { return value }
    guard let value = double(node) else { return nil }
    return Int64(exactly: value)
  }

  /// The bytes of a value exactly as they stand in the text (a string without its quotes).
  @inlinable public func range(_ node: Int) -> Range<Int> { nodes[node].range }
}

/// Escapes inside JSON strings that the parser has already accepted.
public enum JSONEscape {
  /// Appends what a string with escapes in it stands for; runs without any are copied whole.
  static func append(_ bytes: [UInt8], in range: Range<Int>, to output: inout [UInt8]) {
    let text = bytes.span
    var at = range.lowerBound
    while at < range.upperBound {
      var end = at
      while end < range.upperBound, text[end] != UInt8(ascii: "\\") { end += 1 }
      output.append(span: text.extracting(at..<end))
      at = end < range.upperBound ? appendUnit(of: bytes, at: end, to: &output) : end
    }
  }

  /// Appends what the character or escape at `position` stands for.
  /// - Returns: the position behind it.
  public static func appendUnit(of bytes: [UInt8], at position: Int, to output: inout [UInt8]) -> Int {
    let byte = bytes[position]
    guard byte == UInt8(ascii: "\\") else {
      output.append(byte)
      return position + 1
    }
    switch bytes[position + 1] {
    case UInt8(ascii: "n"): output.append(0x0a)
    case UInt8(ascii: "t"): output.append(0x09)
    case UInt8(ascii: "r"): output.append(0x0d)
    case UInt8(ascii: "b"): output.append(0x08)
    case UInt8(ascii: "f"): output.append(0x0c)
    case UInt8(ascii: "u"):
      let unit = codeUnit(bytes, position + 2)
      if unit >= 0xd800, unit < 0xdc00 {
        let low = codeUnit(bytes, position + 8)
        UTF8Text.append(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00), to: &output)
        return position + 12
      }
      UTF8Text.append(unit, to: &output)
      return position + 6
    default: output.append(bytes[position + 1])
    }
    return position + 2
  }

  /// Which of eight bytes end a run of plain ASCII: the lowest bit that is set stands in the first byte that is not ASCII, a quotation mark, a
  /// backslash or a control character; 0 where none is (Warren, "Hacker's Delight", section 6-1: only bits above the lowest may be false alarms).
  @inline(__always) static func special(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let quote = word ^ (ones &* 0x22)
    let slash = word ^ (ones &* 0x5c)
    return ((quote &- ones) & ~quote | (slash &- ones) & ~slash | (word &- ones &* 0x20) & ~word | word) & (ones &* 0x80)
  }

  /// Whether eight bytes are all ASCII and none is a quotation mark, a backslash or a control character.
  @inline(__always) static func isPlain(_ word: UInt64) -> Bool { special(word) == 0 }

  /// How many bytes at the beginning of a text need no escape: all but control characters, quotation marks and backslashes.
  static func plainPrefix(of text: UnsafeBufferPointer<UInt8>) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var i = 0
    // Eight bytes at once, by the zero-byte test of Warren, "Hacker's Delight", section 6-1; false alarms only send the rest to the slow loop.
    while i + 8 <= text.count {
      let word = unsafe UnsafeRawPointer(text.baseAddress! + i).loadUnaligned(as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let slash = word ^ (ones &* 0x5c)
      let control = (word &- ones &* 0x20) & ~word
      if ((quote &- ones) & ~quote | (slash &- ones) & ~slash | control) & highs != 0 { break }
      i += 8
    }
    if i < text.count, text.count >= 8, i + 8 > text.count {
      // The last eight bytes, some of them for the second time.
      let word = unsafe UnsafeRawPointer(text.baseAddress! + text.count - 8).loadUnaligned(as: UInt64.self)
      if isPlain(word) { return text.count }
    }
    while i < text.count {
      let byte = unsafe text[i]
      if byte < 0x20 || byte == 0x22 || byte == 0x5c { return i }
      i += 1
    }
    return i
  }

  static func codeUnit(_ bytes: [UInt8], _ position: Int) -> UInt32 {
    var value: UInt32 = 0
    for i in 0..<4 { value = value << 4 | UInt32(hexValue(bytes[position + i]) ?? 0) }
    return value
  }
}
