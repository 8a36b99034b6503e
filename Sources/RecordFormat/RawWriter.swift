import Model

/// Writes into memory that an array has already made room for: the one place in this target where bytes go through a pointer.
///
/// Every write checks the room that is left, so a wrong size computed beforehand traps and never overruns.
@safe struct RawWriter: ~Copyable {
  private let base: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private(set) var count = 0

  @unsafe init(_ memory: UnsafeMutableBufferPointer<UInt8>) {
    unsafe base = memory.baseAddress!
    capacity = memory.count
  }

  @inline(__always) mutating func byte(_ value: UInt8) {
    precondition(count < capacity, "The size of a record was computed too small.")
    unsafe base[count] = value
    count += 1
  }

  @inline(__always) mutating func varint(_ value: Int) {
    var rest = UInt64(bitPattern: Int64((value << 1) ^ (value >> 63)))
    while rest >= 0x80 {
      byte(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    byte(UInt8(truncatingIfNeeded: rest))
  }

  @inline(__always) mutating func copy(_ range: Range<Int>, of bytes: Span<UInt8>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "The layout of a record points outside its buffer.")
    precondition(range.count <= capacity - count, "The size of a record was computed too small.")
    unsafe bytes.withUnsafeBufferPointer { source in
      guard let from = source.baseAddress else { return }
      unsafe (base + count).update(from: from + range.lowerBound, count: range.count)
    }
    count += range.count
  }
}

extension [UInt8] {
  /// Appends exactly `size` bytes that `body` writes. The array grows geometrically.
  mutating func append(size: Int, _ body: (inout RawWriter) -> Void) {
    guard size > 0 else { return }
    append(addingCapacity: size) { (output: inout OutputSpan<UInt8>) in
      unsafe output.withUnsafeMutableBufferPointer { memory, initialized in
        var writer = unsafe RawWriter(memory)
        body(&writer)
        precondition(writer.count == size, "The size of a record was computed too large.")
        initialized = size
      }
    }
  }

  /// Appends a span with one copy.
  mutating func append(copying bytes: Span<UInt8>) {
    append(size: bytes.count) { $0.copy(0..<bytes.count, of: bytes) }
  }

  /// Overwrites a fixed-width integer, most significant byte first.
  mutating func store<Number: FixedWidthInteger>(bigEndian number: Number, at position: Int) {
    for i in 0..<Number.bitWidth / 8 {
      self[position + i] = UInt8(truncatingIfNeeded: number >> Number(Number.bitWidth - 8 - 8 * i))
    }
  }
}
