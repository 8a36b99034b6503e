import Model

/// Reads a JSON text of a known shape from its beginning to its end, without nodes: members in the order in which they are expected, values of the
/// types that are expected, no white space.
///
/// For texts that this program has written itself, canonically. Whatever is otherwise throws `Unexpected`, and the caller reads the text from its
/// beginning with `JSONDocument`, which takes members in any order and says what is wrong: so a cursor must only never accept what a document does
/// not, and read it as a document does. Values are held to the same grammar; more is refused than a document refuses.
///
/// ```swift
/// var json = JSONCursor(bytes, in: range)
/// json.beginObject()
/// try json.key("size")
/// let size = try json.whole()
/// let text = try json.optionalKey("text") ? json.string() : nil
/// try json.endObject()
/// try json.end()
/// ```
///
/// *Complexity*: every byte is looked at once; nothing is allocated.
public struct JSONCursor: Sendable {
  /// The text is not of the expected shape.
  public struct Unexpected: Error, Sendable {
    @inlinable public init() {}
  }

  /// A string's bytes between its quotation marks, as they stand in the text.
  public struct Text: Sendable {
    public var range: Range<Int>
    /// Whether there are escapes, so that the bytes are not the text itself.
    public var isEscaped: Bool
  }

  public let bytes: [UInt8]
  @usableFromInline var at: Int
  @usableFromInline let limit: Int
  /// What stands before the next member or element: the bracket that opens it, before the first, or a comma.
  @usableFromInline var separator = UInt8(ascii: ",")

  /// A cursor before the first byte of the range.
  @inlinable public init(_ bytes: [UInt8], in range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the text lies in the bytes")
    self.bytes = bytes
    at = range.lowerBound
    limit = range.upperBound
  }

  // MARK: Objects and arrays

  /// Expects an object; its opening bracket is read with its first key or its end.
  @inlinable public mutating func beginObject() { separator = UInt8(ascii: "{") }
  @inlinable public mutating func beginArray() { separator = UInt8(ascii: "[") }

  @inlinable public mutating func endObject() throws(Unexpected) { try close(UInt8(ascii: "{"), UInt8(ascii: "}")) }
  @inlinable public mutating func endArray() throws(Unexpected) { try close(UInt8(ascii: "["), UInt8(ascii: "]")) }

  @inlinable mutating func close(_ opening: UInt8, _ closing: UInt8) throws(Unexpected) {
    // Without a member or an element the opening bracket is still to be read.
    if separator == opening { try take(opening) }
    try take(closing)
    separator = UInt8(ascii: ",")
  }

  @inlinable mutating func take(_ byte: UInt8) throws(Unexpected) {
    guard at < limit, bytes[at] == byte else { throw Unexpected() }
    at += 1
  }

  /// Expects that the text ends here.
  @inlinable public func end() throws(Unexpected) {
    guard at == limit else { throw Unexpected() }
  }

  /// Expects a member's name.
  @inlinable @inline(__always) public mutating func key(_ name: StaticString) throws(Unexpected) {
    guard optionalKey(name) else { throw Unexpected() }
  }

  /// Steps over a member's name if it is this one.
  @inlinable @inline(__always) public mutating func optionalKey(_ name: StaticString) -> Bool {
    guard isNext(name) else { return false }
    at += name.utf8CodeUnitCount + 4
    separator = UInt8(ascii: ",")
    return true
  }

  /// Whether a separator, this name and a colon come next.
  @inlinable @inline(__always) func isNext(_ name: StaticString) -> Bool {
    let count = name.utf8CodeUnitCount
    let text = bytes.span
    return limit - at >= count + 4 && text[at] == separator && text[at + 1] == UInt8(ascii: "\"") && holds(name, at: at + 2)
      && text[at + count + 2] == UInt8(ascii: "\"") && text[at + count + 3] == UInt8(ascii: ":")
  }

  /// Whether the bytes from `place` on, which must be there, are this text. Inlined, so that its words are constants to compare with.
  @inlinable @inline(__always) func holds(_ name: StaticString, at place: Int) -> Bool {
    let count = name.utf8CodeUnitCount
    precondition(place >= 0 && place <= bytes.count - count, "the name lies in the bytes")
    let text = unsafe bytes.span.bytes
    let wanted = unsafe UnsafeRawPointer(name.utf8Start)
    var difference: UInt64 = 0
    func compare<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_ offset: Int, as: Word.Type) {
      let found = unsafe text.unsafeLoadUnaligned(fromByteOffset: place + offset, as: Word.self)
      difference |= unsafe UInt64(found ^ wanted.loadUnaligned(fromByteOffset: offset, as: Word.self))
    }
    var i = 0
    while i + 8 <= count {
      compare(i, as: UInt64.self)
      i += 8
    }
    if count & 4 != 0 {
      compare(i, as: UInt32.self)
      i += 4
    }
    if count & 2 != 0 {
      compare(i, as: UInt16.self)
      i += 2
    }
    if count & 1 != 0 { compare(i, as: UInt8.self) }
    return difference == 0
  }

  /// Steps over the name of the next member, whatever it is.
  /// - Returns: `nil` where there is none, which `endObject` then makes sure of.
  /// - Throws: `Unexpected` for a name with escapes too.
  public mutating func anyKey() throws(Unexpected) -> Range<Int>? {
    guard limit - at >= 2, bytes[at] == separator, bytes[at + 1] == UInt8(ascii: "\"") else { return nil }
    at += 1
    let name = try plainString()
    try take(UInt8(ascii: ":"))
    separator = UInt8(ascii: ",")
    return name
  }

  /// Steps to the next element of an array.
  /// - Returns: whether there is one; `endArray` then makes sure that there is none.
  @inlinable public mutating func element() -> Bool {
    guard limit - at >= 2, bytes[at] == separator, bytes[at + 1] != UInt8(ascii: "]") else { return false }
    at += 1
    separator = UInt8(ascii: ",")
    return true
  }

  // MARK: Values

  /// Steps over `null`.
  /// - Returns: whether it stood there.
  @inlinable public mutating func null() -> Bool { word("null") }

  /// Expects `true` or `false`.
  @inlinable public mutating func bool() throws(Unexpected) -> Bool {
    if word("true") { return true }
    guard word("false") else { throw Unexpected() }
    return false
  }

  @inlinable @inline(__always) mutating func word(_ word: StaticString) -> Bool {
    guard limit - at >= word.utf8CodeUnitCount, holds(word, at: at) else { return false }
    at += word.utf8CodeUnitCount
    return true
  }

  /// Expects a whole number of at most 18 digits, written without a fraction and an exponent.
  public mutating func whole() throws(Unexpected) -> Int64 {
    guard let found = wholeNumber() else { throw Unexpected() }
    at = found.end
    return found.value
  }

  /// The whole number that comes next. What follows a value is a comma or a bracket: whoever expects one finds what else belongs to a number.
  private func wholeNumber() -> (value: Int64, end: Int)? {
    let text = bytes.span
    var i = at
    let isNegative = i < limit && text[i] == UInt8(ascii: "-")
    if isNegative { i += 1 }
    let first = i
    var value: Int64 = 0
    while i < limit, i - first < 18, text[i] &- 0x30 < 10 {
      value = value &* 10 &+ Int64(text[i] &- 0x30)
      i += 1
    }
    guard i > first, text[first] != 0x30 || i - first == 1 else { return nil }
    return (isNegative ? -value : value, i)
  }

  /// Expects a number.
  public mutating func number() throws(Unexpected) -> Double {
    guard at < limit, let found = try? JSONGrammar.number(bytes.span.extracting(0..<limit), at: at) else { throw Unexpected() }
    let range = at..<found.end
    at = found.end
    return DecimalText.double(bytes, in: range)
  }

  /// Expects a string.
  public mutating func string() throws(Unexpected) -> Text {
    guard at < limit, bytes[at] == UInt8(ascii: "\""),
      let found = try? JSONGrammar.string(bytes.span.extracting(0..<limit), at: at)
    else { throw Unexpected() }
    let range = at + 1..<found.end
    at = found.end + 1
    return Text(range: range, isEscaped: found.isMarked)
  }

  /// Expects a string without escapes, so that its bytes are its text.
  public mutating func plainString() throws(Unexpected) -> Range<Int> {
    let text = try string()
    guard !text.isEscaped else { throw Unexpected() }
    return text.range
  }

  /// Appends a string that was read, escapes resolved.
  public func append(_ text: Text, to output: inout [UInt8]) {
    if text.isEscaped {
      JSONEscape.append(bytes, in: text.range, to: &output)
    } else {
      output.append(span: bytes.span.extracting(text.range))
    }
  }
}
