import JSON
import Model

/// One raw value while it is being written, and where in it lies what a malformation would spoil.
struct Row {
  var bytes: [UInt8]
  private var isFirst = true
  /// The time field's text, without quotes.
  private(set) var time: Range<Int>?
  /// The whole member that names the item, up to the next one.
  private(set) var identity: Range<Int>?
  private var identityStart: Int?
  /// Bytes of running text so far.
  var textLength = 0

  init(capacity: Int) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Begins a member; the captures put a space behind colons and commas.
  mutating func key(_ name: StaticString) {
    if isFirst {
      bytes.append(UInt8(ascii: "{"))
      isFirst = false
    } else {
      bytes.append(UInt8(ascii: ","))
      bytes.append(UInt8(ascii: " "))
    }
    if let start = identityStart {
      identity = start..<bytes.count
      identityStart = nil
    }
    bytes.append(UInt8(ascii: "\""))
    literal(name)
    literal("\": ")
  }

  /// Begins the member that names the item. It must not be the last one.
  mutating func identityKey(_ name: StaticString) {
    key(name)
    identityStart = bytes.count - name.utf8CodeUnitCount - 4
  }

  mutating func end() { bytes.append(UInt8(ascii: "}")) }

  @inline(__always) mutating func literal(_ text: StaticString) {
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func quote() { bytes.append(UInt8(ascii: "\"")) }
  mutating func comma() { bytes.append(UInt8(ascii: ",")) }

  mutating func integer(_ value: Int) { DecimalText.append(Int64(value), to: &bytes) }

  mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

  /// `value` / 10^`digits`, all digits written.
  mutating func decimal(_ value: Int, digits: Int) {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    integer(value / scale)
    bytes.append(UInt8(ascii: "."))
    var rest = value % scale
    while scale > 1 {
      scale /= 10
      bytes.append(UInt8(ascii: "0") + UInt8(rest / scale))
      rest %= scale
    }
  }

  /// A string that may need escapes.
  mutating func string(_ text: [UInt8]) {
    quote()
    for byte in text {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
      bytes.append(byte)
    }
    quote()
  }

  mutating func span(_ text: [UInt8]) { bytes.append(span: text.span) }

  mutating func timeText(_ text: [UInt8]) {
    time = bytes.count..<bytes.count + text.count
    bytes.append(span: text.span)
  }

  mutating func markTime(from start: Int) { time = start..<bytes.count }
}
