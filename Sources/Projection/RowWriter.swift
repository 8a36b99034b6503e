import JSON
import Model

/// Rows in Postgres' binary COPY format, one growing array for many.
///
/// *Shape* of a row: the number of fields (16 bits), then of each its length (32 bits, −1 for null) and its bytes as the type's receive function
/// reads them, all big-endian. What a text may not hold in Postgres, U+0000, becomes U+FFFD.
/// *Source*: PostgreSQL documentation, COPY, "Binary Format", and the `…recv` functions of `src/backend/utils/adt`.
public struct RowWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  public private(set) var count = 0

  public init() {}

  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    count = 0
  }

  mutating func appendRows(_ rows: [UInt8], _ number: Int) {
    bytes.append(contentsOf: rows)
    count += number
  }

  mutating func begin(_ table: ProjectionTable) { begin(fields: table.columns.count) }

  mutating func begin(fields: Int) {
    count += 1
    bytes.append(bigEndian: Int16(fields))
  }

  mutating func null() { bytes.append(bigEndian: Int32(-1)) }

  mutating func uuid(_ id: EventID) {
    bytes.append(bigEndian: Int32(16))
    bytes.append(bigEndian: id.high)
    bytes.append(bigEndian: id.low)
  }

  mutating func smallint(_ value: Int) {
    bytes.append(bigEndian: Int32(2))
    bytes.append(bigEndian: Int16(truncatingIfNeeded: value))
  }

  mutating func integer(_ value: Int64) {
    bytes.append(bigEndian: Int32(4))
    bytes.append(bigEndian: Int32(clamping: value))
  }

  mutating func integer(_ value: Int64?) { if let value { integer(value) } else { null() } }

  mutating func bigint(_ value: Int64) {
    bytes.append(bigEndian: Int32(8))
    bytes.append(bigEndian: value)
  }

  mutating func bigint(_ value: Int64?) { if let value { bigint(value) } else { null() } }

  mutating func real(_ value: Double) {
    bytes.append(bigEndian: Int32(4))
    bytes.append(bigEndian: Float(value).bitPattern)
  }

  mutating func double(_ value: Double) {
    bytes.append(bigEndian: Int32(8))
    bytes.append(bigEndian: value.bitPattern)
  }

  mutating func double(_ value: Double?) { if let value { double(value) } else { null() } }

  mutating func boolean(_ value: Bool) {
    bytes.append(bigEndian: Int32(1))
    bytes.append(value ? 1 : 0)
  }

  /// Microseconds since 2000-01-01T00:00:00Z. Times outside the years 0 to 9999 become the nearest that lies inside.
  mutating func time(_ time: Timestamp) {
    let bounded = min(max(time, .earliest), .latest)
    bigint((bounded.milliseconds - 946_684_800_000) * 1000)
  }

  mutating func time(_ time: Timestamp?) { if let time { self.time(time) } else { null() } }

  mutating func text(_ text: String) { field { $0.append(contentsOf: text.utf8) } }

  mutating func text(_ text: String?) { if let text { self.text(text) } else { null() } }

  mutating func text(_ source: [UInt8], in range: Range<Int>) {
    bytes.append(bigEndian: Int32(range.count))
    let start = bytes.count
    bytes.append(span: source.span.extracting(range))
    if bytes[start...].contains(0) { replaceZeros(from: start) }
  }

  /// A string of a document, escapes resolved; null where there is none.
  mutating func text(_ json: JSONDocument, _ node: Int?) {
    guard let node, json.kind(node) == .string else { return null() }
    if json.nodes[node].isMarked {
      field { json.appendString(node, to: &$0) }
    } else {
      // No escapes, so no U+0000 either.
      let range = json.range(node)
      bytes.append(bigEndian: Int32(range.count))
      bytes.append(span: json.bytes.span.extracting(range))
    }
  }

  mutating func bytea(_ source: [UInt8], in range: Range<Int>?) {
    guard let range else { return null() }
    bytes.append(bigEndian: Int32(range.count))
    bytes.append(span: source.span.extracting(range))
  }

  mutating func bytea(_ value: [UInt8]) { bytea(value, in: value.indices) }

  /// JSON that is canonical already.
  mutating func json(_ source: [UInt8], in range: Range<Int>) {
    bytes.append(bigEndian: Int32(range.count + 1))
    let start = bytes.count
    // jsonb_recv: the version of the format, which is 1, then the text.
    bytes.append(1)
    bytes.append(span: source.span.extracting(range))
    guard let escape = Self.zeroEscape(in: bytes, from: start + 1) else { return }
    bytes.replaceSubrange(escape..<escape + 6, with: "\\ufffd".utf8)
    var from = escape
    while let next = Self.zeroEscape(in: bytes, from: from) {
      bytes.replaceSubrange(next..<next + 6, with: "\\ufffd".utf8)
      from = next
    }
  }

  /// A value of a document, or what stands for its absence.
  mutating func json(_ document: JSONDocument, _ node: Int?, otherwise: StaticString) {
    if let node { json(document.bytes, in: document.range(node)) } else { json([UInt8](text: "\(otherwise)")) }
  }

  mutating func json(_ value: [UInt8]) { json(value, in: value.indices) }

  /// The strings of an array; an empty array for anything else.
  mutating func textArray(_ document: JSONDocument, _ node: Int?) {
    array(of: 25, document.elements(of: node)) { writer, element in writer.text(document, element) }
  }

  mutating func uuidArray(_ ids: [EventID]) {
    array(of: 2950, ids) { writer, id in writer.uuid(id) }
  }

  // MARK: Parts

  /// array_recv: dimensions, whether there are nulls, the element type's OID, and of each dimension its size and lower bound.
  private mutating func array<Element>(of type: Int32, _ elements: [Element], _ write: (inout RowWriter, Element) -> Void) {
    let start = bytes.count
    bytes.append(bigEndian: Int32(0))
    bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
    bytes.append(bigEndian: Int32(0))
    bytes.append(bigEndian: type)
    if !elements.isEmpty {
      bytes.append(bigEndian: Int32(elements.count))
      bytes.append(bigEndian: Int32(1))
    }
    for element in elements { write(&self, element) }
    setLength(at: start)
  }

  private mutating func field(_ body: (inout [UInt8]) -> Void) {
    let start = bytes.count
    bytes.append(bigEndian: Int32(0))
    body(&bytes)
    setLength(at: start)
    if bytes[(start + 4)...].contains(0) { replaceZeros(from: start + 4) }
  }

  private mutating func setLength(at start: Int) {
    var length = UInt32(bytes.count - start - 4)
    for place in stride(from: start + 3, through: start, by: -1) {
      bytes[place] = UInt8(truncatingIfNeeded: length)
      length >>= 8
    }
  }

  private mutating func replaceZeros(from start: Int) {
    let text = bytes[start...].flatMap { $0 == 0 ? [0xef, 0xbf, 0xbd] : [$0] }
    bytes.replaceSubrange(start..., with: text)
    setLength(at: start - 4)
  }

  /// Where `\u0000` stands for U+0000: behind an even number of backslashes.
  static func zeroEscape(in bytes: [UInt8], from start: Int) -> Int? {
    var at = start
    while at + 6 <= bytes.count {
      guard bytes[at] == UInt8(ascii: "\\") else {
        at += 1
        continue
      }
      if bytes[at + 1] == UInt8(ascii: "u"), bytes[at + 2] == 0x30, bytes[at + 3] == 0x30, bytes[at + 4] == 0x30, bytes[at + 5] == 0x30 {
        return at
      }
      at += 2
    }
    return nil
  }
}

extension RowWriter {
  /// Appends another writer's rows.
  mutating func append(_ other: RowWriter) { appendRows(other.bytes, other.count) }
}
