import Model

/// Writes state as canonical bytes: equal states give equal bytes, whatever way they were reached.
///
/// *Shape*: whole numbers as zig-zag or plain varints, doubles as their IEEE-754 bit patterns (big-endian), byte strings with a length before
/// them, collections with a count before them. There is no tagging: reader and writer agree by the stage's version.
public struct StateWriter: Sendable {
  public var bytes: [UInt8] = []

  public init() {}

  @inlinable public mutating func unsigned(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  @inlinable public mutating func signed(_ value: Int64) { unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }
  @inlinable public mutating func count(_ value: Int) { unsigned(UInt64(value)) }
  @inlinable public mutating func word(_ value: UInt64) { bytes.append(bigEndian: value) }
  @inlinable public mutating func double(_ value: Double) { bytes.append(bigEndian: value.bitPattern) }
  @inlinable public mutating func bool(_ value: Bool) { bytes.append(value ? 1 : 0) }
  @inlinable public mutating func time(_ value: Timestamp) { signed(value.milliseconds) }
  @inlinable public mutating func digest(_ value: Digest) { value.append(to: &bytes) }

  @inlinable public mutating func id(_ value: EventID) {
    word(value.high)
    word(value.low)
  }

  @inlinable public mutating func blob(_ value: [UInt8]) {
    count(value.count)
    bytes.append(contentsOf: value)
  }

  public mutating func words(_ values: [UInt64]) {
    count(values.count)
    for value in values { word(value) }
  }

  public mutating func text(_ value: String) { blob(Array(value.utf8)) }
}

/// Reads what a `StateWriter` wrote.
///
/// *Errors*: `state.corrupt` with the byte, for bytes that end early or make no sense. Checkpoints carry a digest, so this means a file
/// of another version rather than a damaged one.
public struct StateReader {
  public let bytes: [UInt8]
  public private(set) var position = 0

  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  public var isAtEnd: Bool { position == bytes.count }

  private func corrupt() -> ProwziError {
    ProwziError("state.corrupt", "state bytes end early or are not of this version", place: "byte \(position)")
  }

  private mutating func take(_ count: Int) throws(ProwziError) -> Range<Int> {
    guard count >= 0, count <= bytes.count - position else { throw corrupt() }
    defer { position += count }
    return position..<position + count
  }

  public mutating func unsigned() throws(ProwziError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64 {
      let byte = bytes[try take(1).lowerBound]
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw corrupt()
  }

  public mutating func signed() throws(ProwziError) -> Int64 {
    let value = try unsigned()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// A count of things that take at least one byte each, so that a damaged count cannot ask for absurd memory.
  public mutating func count() throws(ProwziError) -> Int {
    let value = try unsigned()
    guard value <= UInt64(bytes.count - position) else { throw corrupt() }
    return Int(value)
  }

  public mutating func word() throws(ProwziError) -> UInt64 { bytes.bigEndian(at: try take(8).lowerBound) }
  public mutating func double() throws(ProwziError) -> Double { Double(bitPattern: try word()) }
  public mutating func bool() throws(ProwziError) -> Bool { bytes[try take(1).lowerBound] != 0 }
  public mutating func time() throws(ProwziError) -> Timestamp { Timestamp(milliseconds: try signed()) }
  public mutating func id() throws(ProwziError) -> EventID { EventID(high: try word(), low: try word()) }
  public mutating func blob() throws(ProwziError) -> [UInt8] { Array(bytes[try take(try count())]) }
  /// Bytes whose number both sides know.
  public mutating func raw(count: Int) throws(ProwziError) -> [UInt8] { Array(bytes[try take(count)]) }
  public mutating func text() throws(ProwziError) -> String { String(decoding: try blob(), as: UTF8.self) }

  public mutating func words() throws(ProwziError) -> [UInt64] {
    var values: [UInt64] = []
    for _ in 0..<(try count()) { values.append(try word()) }
    return values
  }

  public mutating func int() throws(ProwziError) -> Int {
    guard let value = Int(exactly: try signed()) else { throw corrupt() }
    return value
  }

  public mutating func digest() throws(ProwziError) -> Digest {
    Digest(words: (try word(), try word(), try word(), try word()))
  }
}

/// State that a checkpoint can hold.
public protocol Checkpointable {
  func write(to writer: inout StateWriter)
  /// Reads what `write` wrote: the result behaves as the original in every later step.
  init(from reader: inout StateReader) throws(ProwziError)
}
