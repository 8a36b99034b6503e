import Model

/// Writes canonical JSON (RFC 8785) into a byte array: no white space, shortest numbers, escapes only where required.
///
/// The caller writes an object's members in ascending order of their names (UTF-16 code units; for ASCII names the byte order); debug builds
/// trap where the order is wrong. So equal values give equal bytes, and nothing is sorted at run time.
///
/// ```swift
/// var json = JSONWriter()
/// json.object {
///   $0.key("band"); $0.string("instant")
///   $0.key("total_evi"); $0.number(0.8125)
/// }
/// ```
public struct JSONWriter: Sendable {
  public var bytes: [UInt8]
  @usableFromInline var needsComma = false
  #if DEBUG
    @usableFromInline var lastKeys: [String?] = [nil]
  #endif

  @inlinable public init(appendingTo bytes: [UInt8] = []) { self.bytes = bytes }

  /// Forgets what was written and keeps the memory.
  @inlinable public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  /// Says that the next value stands alone: for several texts in one array of bytes.
  @inlinable public mutating func startText() { needsComma = false }

  @inlinable mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  @inlinable public mutating func beginObject() {
    separate()
    bytes.append(UInt8(ascii: "{"))
    needsComma = false
    noteBegin()
  }

  @inlinable public mutating func endObject() {
    bytes.append(UInt8(ascii: "}"))
    needsComma = true
    noteEnd()
  }

  @inlinable public mutating func object(_ body: (inout JSONWriter) -> Void) {
    beginObject()
    body(&self)
    endObject()
  }

  @inlinable public mutating func beginArray() {
    separate()
    bytes.append(UInt8(ascii: "["))
    needsComma = false
  }

  @inlinable public mutating func endArray() {
    bytes.append(UInt8(ascii: "]"))
    needsComma = true
  }

  @inlinable public mutating func array(_ body: (inout JSONWriter) -> Void) {
    beginArray()
    body(&self)
    endArray()
  }

  /// A member's name that needs no escapes; its value comes next.
  @inlinable public mutating func key(_ name: StaticString) {
    let comma = needsComma ? 1 : 0
    let count = name.utf8CodeUnitCount
    unsafe bytes.append(upTo: count + 4) { out in
      unsafe out[0] = UInt8(ascii: ",")
      unsafe out[comma] = UInt8(ascii: "\"")
      unsafe copyBytes(to: out + comma + 1, from: name.utf8Start, count: count)
      unsafe out[comma + count + 1] = UInt8(ascii: "\"")
      unsafe out[comma + count + 2] = UInt8(ascii: ":")
      return comma + count + 3
    }
    needsComma = false
    noteKey(name)
  }

  /// A member's name that is known only at run time. Disfavoured, because a literal would otherwise be taken for a `String` and not for
  /// the `StaticString` that needs no look at its bytes: most names are literals.
  @_disfavoredOverload
  public mutating func key(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
    #if DEBUG
      checkOrder(name)
    #endif
  }

  @inlinable public mutating func null() { literal("null") }
  @inlinable public mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

  /// A value whose bytes are canonical JSON already.
  @inlinable public mutating func raw(_ json: [UInt8], in range: Range<Int>) {
    separate()
    bytes.append(contentsOf: json[range])
    needsComma = true
  }

  /// Members of the object being written, in canonical JSON already: `"a":1,"b":2`.
  @inlinable public mutating func members(_ json: [UInt8]) {
    if json.isEmpty { return }
    separate()
    bytes.append(contentsOf: json)
    needsComma = true
  }

  /// Where the next member's name or the next element will begin, once it is written.
  @inlinable public var nextStart: Int { bytes.count + (needsComma ? 1 : 0) }

  /// A stretch of canonical JSON that was written before: members, and the ends of objects behind them.
  /// - Parameter opening: how many more objects it opens than it closes.
  @inlinable public mutating func copy(_ json: [UInt8], in range: Range<Int>, opening: Int = 0) {
    separate()
    bytes.append(span: json.span.extracting(range))
    needsComma = true
    #if DEBUG
      for _ in 0..<max(0, opening) { lastKeys.append(nil) }
      lastKeys.removeLast(max(0, -opening))
    #endif
  }

  @inlinable mutating func literal(_ text: StaticString) {
    separate()
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    needsComma = true
  }

  @inlinable public mutating func number(_ value: Int64) {
    separate()
    DecimalText.append(value, to: &bytes)
    needsComma = true
  }

  @inlinable public mutating func number(_ value: Int) { number(Int64(value)) }

  @inlinable public mutating func number(_ value: Double) {
    separate()
    DecimalText.append(value, to: &bytes)
    needsComma = true
  }

  /// A string that needs no escapes: identifiers and other text of our own.
  @inlinable public mutating func plainString(_ text: StaticString) {
    let comma = needsComma ? 1 : 0
    let count = text.utf8CodeUnitCount
    unsafe bytes.append(upTo: count + 3) { out in
      unsafe out[0] = UInt8(ascii: ",")
      unsafe out[comma] = UInt8(ascii: "\"")
      unsafe copyBytes(to: out + comma + 1, from: text.utf8Start, count: count)
      unsafe out[comma + count + 1] = UInt8(ascii: "\"")
      return comma + count + 2
    }
    needsComma = true
  }

  public mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { unsafe appendString($0) }
  }

  /// A string from UTF-8 bytes.
  public mutating func string(_ text: [UInt8], in range: Range<Int>) {
    unsafe text.span.extracting(range).withUnsafeBufferPointer { unsafe appendString($0) }
  }

  /// Mostly nothing needs an escape: then the separator, both quotes and the text are written with one reservation.
  private mutating func appendString(_ text: UnsafeBufferPointer<UInt8>) {
    let plain = unsafe JSONEscape.plainPrefix(of: text)
    let comma = needsComma ? 1 : 0
    if plain == text.count {
      unsafe bytes.append(upTo: plain + 3) { out in
        unsafe out[0] = UInt8(ascii: ",")
        unsafe out[comma] = UInt8(ascii: "\"")
        if let start = text.baseAddress { unsafe copyBytes(to: out + comma + 1, from: start, count: plain) }
        unsafe out[comma + plain + 1] = UInt8(ascii: "\"")
        return comma + plain + 2
      }
    } else {
      separate()
      bytes.append(UInt8(ascii: "\""))
      unsafe appendEscaped(text.span)
      bytes.append(UInt8(ascii: "\""))
    }
    needsComma = true
  }

  /// A string whose content the body appends; it must need no escapes.
  @inlinable public mutating func plainString(_ body: (inout [UInt8]) -> Void) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    body(&bytes)
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// Copies runs that need no escape whole (RFC 8785, section 3.2.2.2).
  private mutating func appendEscaped(_ text: Span<UInt8>) {
    var start = 0
    var i = 0
    while i < text.count {
      let byte = text[i]
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        i += 1
        continue
      }
      bytes.append(span: text.extracting(start..<i))
      switch byte {
      case 0x08: bytes.append(contentsOf: #"\b"#.utf8)
      case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
      case 0x0a: bytes.append(contentsOf: #"\n"#.utf8)
      case 0x0c: bytes.append(contentsOf: #"\f"#.utf8)
      case 0x0d: bytes.append(contentsOf: #"\r"#.utf8)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      default:
        bytes.append(contentsOf: #"\u00"#.utf8)
        bytes.append(hexDigit(byte >> 4))
        bytes.append(hexDigit(byte & 15))
      }
      i += 1
      start = i
    }
    bytes.append(span: text.extracting(start..<text.count))
  }

  // MARK: The order of names, checked in debug builds

  @inlinable @inline(__always) mutating func noteBegin() {
    #if DEBUG
      lastKeys.append(nil)
    #endif
  }

  @inlinable @inline(__always) mutating func noteEnd() {
    #if DEBUG
      lastKeys.removeLast()
    #endif
  }

  @inlinable @inline(__always) mutating func noteKey(_ name: StaticString) {
    #if DEBUG
      checkOrder("\(name)")
    #endif
  }

  #if DEBUG
    @usableFromInline mutating func checkOrder(_ name: String) {
      if let last = lastKeys[lastKeys.count - 1] {
        precondition(last.utf16.lexicographicallyPrecedes(name.utf16), "members out of order: \(name) after \(last)")
      }
      lastKeys[lastKeys.count - 1] = name
    }
  #endif
}

extension [UInt8] {
  /// Appends the bytes of a span.
  @inlinable public mutating func append(span: Span<UInt8>) {
    unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
