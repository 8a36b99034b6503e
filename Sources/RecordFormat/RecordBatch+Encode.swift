import Model

extension RecordBatch {
  /// Appends the records of `range` as one batch. Their offsets become `baseOffset`, `baseOffset + 1` and so on, whatever their layouts say.
  ///
  /// The range must not be empty. On an error `output` is as it was.
  /// - Parameters:
  ///   - limit: the largest batch written, and the largest body before compression: what a reader with the same limit accepts.
  /// - Returns: the header as written.
  /// - Throws: `batch.too_large`, or what the compressor throws.
  /// - Complexity: O(bytes); no allocation for a record.
  @discardableResult
  public static func encode(
    _ records: RecordBuffer, _ range: Range<Int>, baseOffset: Offset, partitionLeaderEpoch: Int32 = 0, codec: Codec,
    compressor: any Compressor, options: Options = Options(), limit: Int = defaultLimit, appendingTo output: inout [UInt8]
  ) throws(ProwziError) -> BatchHeader {
    precondition(!range.isEmpty, "A batch is written from at least one record.")
    precondition(range.lowerBound >= 0 && range.upperBound <= records.count, "A batch is written from records that the buffer holds.")
    let start = output.count
    let baseTimestamp = records.records[range.lowerBound].timestamp
    var maxTimestamp = baseTimestamp
    var bodySize = 0
    for index in range {
      let layout = records.records[index]
      maxTimestamp = max(maxTimestamp, layout.timestamp)
      let size = recordSize(layout, delta: index - range.lowerBound, base: baseTimestamp)
      bodySize += varintSize(size) + size
    }
    guard BatchHeader.size + bodySize <= min(limit, Int(Int32.max)) else {
      throw ProwziError(
        .batchTooLarge, "\(range.count) records make a batch of \(BatchHeader.size + bodySize) bytes; the limit is \(limit)",
        advice: "Write fewer records in a batch")
    }
    var attributes = Int16(codec.rawValue)
    if options.isTransactional { attributes |= 16 }
    if options.isControl { attributes |= 32 }

    if codec == .none { output.reserve(adding: BatchHeader.size + bodySize) }
    output.append(bigEndian: baseOffset.value)
    output.append(bigEndian: Int32(0))
    output.append(bigEndian: partitionLeaderEpoch)
    output.append(2)
    output.append(bigEndian: UInt32(0))
    output.append(bigEndian: attributes)
    output.append(bigEndian: Int32(range.count - 1))
    output.append(bigEndian: baseTimestamp.milliseconds)
    output.append(bigEndian: maxTimestamp.milliseconds)
    output.append(bigEndian: options.producerID)
    output.append(bigEndian: options.producerEpoch)
    output.append(bigEndian: options.baseSequence)
    output.append(bigEndian: Int32(range.count))

    if codec == .none {
      write(records, range, base: baseTimestamp, size: bodySize, to: &output)
    } else {
      var body: [UInt8] = []
      write(records, range, base: baseTimestamp, size: bodySize, to: &body)
      do throws(ProwziError) {
        try compressor.compress(body.span, with: codec, appendingTo: &output)
        // Bytes that do not compress grow a little: then even a body within the limit can leave it.
        guard output.count - start <= limit else {
          throw ProwziError(.batchTooLarge, "A compressed batch has \(output.count - start) bytes; the limit is \(limit)")
        }
      } catch {
        output.removeSubrange(start...)
        throw error
      }
    }
    output.store(bigEndian: Int32(output.count - start - BatchHeader.lengthOverhead), at: start + 8)
    output.store(bigEndian: CRC32C.checksum(of: output.span.extracting((start + BatchHeader.checksummedFrom)...)), at: start + 17)
    return try BatchHeader.read(output, at: start, maximumSize: limit)
  }

  /// Writes the records behind each other, each with its length before it.
  private static func write(_ records: RecordBuffer, _ range: Range<Int>, base: Timestamp, size: Int, to output: inout [UInt8]) {
    let bytes = records.bytes.span
    output.append(size: size) { writer in
      for index in range {
        let layout = records.records[index]
        let delta = index - range.lowerBound
        writer.varint(recordSize(layout, delta: delta, base: base))
        writer.byte(0)
        writer.varint(Int(layout.timestamp.milliseconds &- base.milliseconds))
        writer.varint(delta)
        writer.field(layout.key, of: bytes)
        writer.field(layout.value, of: bytes)
        writer.copy(layout.headers, of: bytes)
      }
    }
  }

  /// The bytes of a record behind its length.
  @inline(__always)
  private static func recordSize(_ layout: RecordBuffer.Layout, delta: Int, base: Timestamp) -> Int {
    1 + varintSize(Int(layout.timestamp.milliseconds &- base.milliseconds)) + varintSize(delta) + fieldSize(layout.key)
      + fieldSize(layout.value) + layout.headers.count
  }

  @inline(__always)
  private static func fieldSize(_ range: Range<Int>?) -> Int {
    guard let range else { return 1 }
    return varintSize(range.count) + range.count
  }

  /// How many bytes `append(varint:)` appends: 1 to 10.
  @inline(__always)
  static func varintSize(_ value: Int) -> Int {
    let zigzag = UInt64(bitPattern: Int64((value << 1) ^ (value >> 63)))
    return (70 - (zigzag | 1).leadingZeroBitCount) / 7
  }
}

extension RawWriter {
  /// A key or value with its length before it; `nil` is the length -1.
  @inline(__always) fileprivate mutating func field(_ range: Range<Int>?, of bytes: Span<UInt8>) {
    guard let range else { return varint(-1) }
    varint(range.count)
    copy(range, of: bytes)
  }
}

extension [UInt8] {
  /// Makes room without giving up geometric growth, as a bare `reserveCapacity` for every batch would.
  fileprivate mutating func reserve(adding size: Int) {
    if capacity - count < size { reserveCapacity(Swift.max(count + size, 2 * capacity)) }
  }
}
