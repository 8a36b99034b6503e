import Model

/// Records held in one byte array: what a batch decodes to, and what a batch is encoded from.
///
/// A record is a layout (a few integers) beside the shared bytes, so that a stage can write thousands of records with two growing
/// arrays and no allocation for each.
///
/// ```swift
/// var buffer = RecordBuffer()
/// buffer.append(timestamp: time, key: Array("ai".utf8), value: value, headers: [("ce_id", Array("7".utf8))])
/// let value = buffer.bytes[buffer.records[0].value!]
/// ```
///
/// *Shape*: `bytes` holds keys, values and header blocks in any order; a header block is Kafka's own encoding of a record's
/// headers (count as a zig-zag varint, then for each: name length, name, value length or -1, value).
public struct RecordBuffer: Sendable {
  /// Where one record's parts lie in `bytes`.
  public struct Layout: Sendable, Equatable {
    /// The record's offset in its partition. A buffer under construction counts from 0.
    public var offset: Offset
    public var timestamp: Timestamp
    /// `nil` is Kafka's null key, which differs from an empty one.
    public var key: Range<Int>?
    /// `nil` is a tombstone.
    public var value: Range<Int>?
    /// The header block, its count included; never empty.
    public var headers: Range<Int>

    @inlinable public init(offset: Offset, timestamp: Timestamp, key: Range<Int>?, value: Range<Int>?, headers: Range<Int>) {
      self.offset = offset
      self.timestamp = timestamp
      self.key = key
      self.value = value
      self.headers = headers
    }
  }

  public var bytes: [UInt8] = []
  public var records: [Layout] = []

  @inlinable public init() {}

  @inlinable public var count: Int { records.count }
  @inlinable public var isEmpty: Bool { records.isEmpty }

  /// Forgets the records and keeps the memory.
  @inlinable public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    records.removeAll(keepingCapacity: true)
  }

  /// Forgets the first records and keeps the rest, offsets included.
  /// - Complexity: linear in what is kept.
  public mutating func removeFirst(_ count: Int) {
    if count == 0 { return }
    if count == records.count { return removeAll() }
    var kept = RecordBuffer()
    for layout in records[count...] {
      var moved = layout
      moved.key = layout.key.map { kept.store(bytes[$0]) }
      moved.value = layout.value.map { kept.store(bytes[$0]) }
      moved.headers = kept.store(bytes[layout.headers])
      kept.records.append(moved)
    }
    self = kept
  }

  private mutating func store(_ slice: ArraySlice<UInt8>) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: slice)
    return start..<bytes.count
  }

  /// Appends a record from whole arrays. For cold paths and tests; hot ones write into `bytes` and append a layout.
  public mutating func append(timestamp: Timestamp, key: [UInt8]?, value: [UInt8]?, headers: [(name: String, value: [UInt8]?)] = []) {
    var layout = Layout(offset: Offset(Int64(records.count)), timestamp: timestamp, key: nil, value: nil, headers: 0..<0)
    if let key {
      layout.key = bytes.count..<bytes.count + key.count
      bytes.append(contentsOf: key)
    }
    if let value {
      layout.value = bytes.count..<bytes.count + value.count
      bytes.append(contentsOf: value)
    }
    let start = bytes.count
    bytes.append(varint: headers.count)
    for header in headers { bytes.append(header: header.name, value: header.value) }
    layout.headers = start..<bytes.count
    records.append(layout)
  }

  /// Appends a copy of another buffer's record, its offset renumbered.
  public mutating func append(_ index: Int, of other: RecordBuffer) {
    let source = other.records[index]
    func copy(_ range: Range<Int>, into bytes: inout [UInt8]) -> Range<Int> {
      let start = bytes.count
      bytes.append(contentsOf: other.bytes[range])
      return start..<bytes.count
    }
    let key = source.key.map { copy($0, into: &bytes) }
    let value = source.value.map { copy($0, into: &bytes) }
    let headers = copy(source.headers, into: &bytes)
    records.append(
      Layout(offset: Offset(Int64(records.count)), timestamp: source.timestamp, key: key, value: value, headers: headers))
  }

  /// The headers of one record, in order. The block was checked when the batch was decoded.
  public func headers(of index: Int) -> [(name: String, value: [UInt8]?)] {
    var found: [(name: String, value: [UInt8]?)] = []
    _ = firstHeader(of: index) { name, value in
      found.append((String(decoding: bytes[name], as: UTF8.self), value.map { Array(bytes[$0]) }))
      return false
    }
    return found
  }

  /// The value of the first header with this name that has one.
  public func header(_ name: StaticString, of index: Int) -> Range<Int>? {
    firstHeader(of: index) { place, value in
      guard value != nil, place.count == name.utf8CodeUnitCount else { return false }
      let text = unsafe name.utf8Start
      for i in 0..<place.count where unsafe text[i] != bytes[place.lowerBound + i] { return false }
      return true
    }
  }

  /// The value of the first header that `isWanted`; what follows it is not looked at.
  @inline(__always)
  private func firstHeader(of index: Int, _ isWanted: (_ name: Range<Int>, _ value: Range<Int>?) -> Bool) -> Range<Int>? {
    var at = records[index].headers.lowerBound
    guard let count = bytes.readVarint(at: &at) else { return nil }
    for _ in 0..<max(0, count) {
      guard let nameLength = bytes.readVarint(at: &at), nameLength >= 0 else { return nil }
      let name = at..<at + nameLength
      at += nameLength
      guard let valueLength = bytes.readVarint(at: &at) else { return nil }
      let value = valueLength < 0 ? nil : at..<at + valueLength
      at += max(0, valueLength)
      if isWanted(name, value) { return value }
    }
    return nil
  }
}

extension [UInt8] {
  /// Appends a zig-zag varint (Protocol Buffers encoding; 1 to 10 bytes), which is both Kafka's varint and varlong.
  @inlinable public mutating func append(varint value: Int) {
    var rest = UInt64(bitPattern: Int64((value << 1) ^ (value >> 63)))
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Reads a zig-zag varint and moves `position` behind it.
  /// - Returns: `nil` where the bytes end first or the number has more than ten bytes; the position is then undefined.
  @inlinable public func readVarint(at position: inout Int) -> Int? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < count, shift < 70 {
      let byte = self[position]
      position += 1
      if shift == 63, byte > 1 { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return Int(truncatingIfNeeded: Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)) }
      shift += 7
    }
    return nil
  }

  /// Appends one header as a record holds it.
  @inlinable public mutating func append(header name: String, value: [UInt8]?) {
    append(varint: name.utf8.count)
    append(contentsOf: name.utf8)
    if let value {
      append(varint: value.count)
      append(contentsOf: value)
    } else {
      append(varint: -1)
    }
  }
}
