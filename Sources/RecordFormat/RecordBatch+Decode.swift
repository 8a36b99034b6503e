import Model

extension RecordBatch {
  /// Reads the batch at `position` and appends its records, with their true offsets, to `buffer`. On an error the buffer is as it was.
  ///
  /// The layouts point into the buffer's bytes, where the decompressed body lies as it was read. A header block with varints longer than
  /// necessary is written again, so that equal headers have equal bytes. Records of control batches are appended too: look at
  /// `header.isControl`, and read them with `ControlRecord`.
  ///
  /// - Parameter limit: the largest batch and the largest decompressed body accepted, in bytes.
  /// - Throws: what `verifyChecksum` throws, `batch.bad_record`, `batch.bad_count`, `batch.trailing_bytes`, or what the compressor throws.
  ///   The place is the byte's position in `bytes`, or in the decompressed body where there is a codec.
  /// - Complexity: O(bytes). A layout takes about 11 times the bytes of the smallest record, which bounds the memory of a hostile batch.
  public static func decode(
    _ bytes: [UInt8], at position: Int, compressor: any Compressor, limit: Int = defaultLimit, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> BatchHeader {
    try decode(bytes.span, at: position, compressor: compressor, limit: limit, into: &buffer)
  }

  /// The same over a span.
  public static func decode(
    _ bytes: Span<UInt8>, at position: Int, compressor: any Compressor, limit: Int = defaultLimit, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> BatchHeader {
    let header = try verifyChecksum(bytes, at: position, limit: limit)
    let keptBytes = buffer.bytes.count
    let keptRecords = buffer.records.count
    do throws(ProwziError) {
      let bodyStart = position + BatchHeader.size
      let body = bytes.extracting(bodyStart..<position + header.sizeInBytes)
      var reader = RecordReader(header: header, start: keptBytes)
      if header.codec == .none {
        buffer.bytes.append(copying: body)
        reader.place = .bytes(shift: bodyStart - keptBytes)
      } else {
        // Compaction leaves empty batches whose codec bits stay and whose body is gone.
        if header.recordCount > 0 || !body.isEmpty {
          try decompress(body, of: header, at: position, compressor: compressor, limit: limit, into: &buffer.bytes)
        }
        reader.place = .body(batch: position, shift: -keptBytes)
      }
      try reader.readAll(buffer.bytes, into: &buffer.records)
      for index in reader.looseHeaders { buffer.tightenHeaders(of: keptRecords + index) }
      return header
    } catch {
      buffer.bytes.removeSubrange(keptBytes...)
      buffer.records.removeSubrange(keptRecords...)
      throw error
    }
  }

  private static func decompress(
    _ body: Span<UInt8>, of header: BatchHeader, at position: Int, compressor: any Compressor, limit: Int, into output: inout [UInt8]
  ) throws(ProwziError) {
    do throws(ProwziError) {
      try compressor.decompress(body, with: header.codec, limit: limit, appendingTo: &output)
    } catch {
      var error = error
      error.place = "the records of the batch at byte \(position)" + (error.place.map { ", \($0)" } ?? "")
      throw error
    }
  }
}

/// Reads the records of one body, which lies at the end of a buffer's bytes.
private struct RecordReader {
  /// How a position in the buffer is told to people.
  enum Place {
    case bytes(shift: Int)
    case body(batch: Int, shift: Int)
  }

  let header: BatchHeader
  var at: Int
  var place = Place.bytes(shift: 0)
  /// Which records have header blocks that a minimal encoding would write shorter.
  var looseHeaders: [Int] = []
  private var isMinimal = true

  init(header: BatchHeader, start: Int) {
    self.header = header
    at = start
  }

  mutating func readAll(_ array: [UInt8], into records: inout [RecordBuffer.Layout]) throws(ProwziError) {
    let bytes = array.span
    let count = Int(header.recordCount)
    guard count <= (bytes.count - at) / BatchHeader.smallestRecord else {
      throw failure(.batchBadCount, "\(bytes.count - at) bytes cannot hold \(count) records", at: at)
    }
    let wanted = records.count + count
    if records.capacity < wanted { records.reserveCapacity(max(wanted, 2 * records.capacity)) }
    var previousDelta = -1
    for index in 0..<count {
      isMinimal = true
      records.append(try readRecord(bytes, previousDelta: &previousDelta))
      if !isMinimal { looseHeaders.append(index) }
    }
    guard at == bytes.count else {
      throw failure(.batchTrailingBytes, "\(bytes.count - at) bytes follow the last of \(count) records", at: at)
    }
  }

  @inline(__always)
  private mutating func readRecord(_ bytes: Span<UInt8>, previousDelta: inout Int) throws(ProwziError) -> RecordBuffer.Layout {
    let start = at
    let length = try readVarint(bytes, end: bytes.count)
    guard length >= BatchHeader.smallestRecord - 1, length <= bytes.count - at else {
      throw failure(.batchBadRecord, "A record claims \(length) bytes where \(bytes.count - at) are left", at: start)
    }
    let end = at + length
    // The record's own attributes have no meaning yet; a reader passes over them.
    at += 1
    let timestampDelta = try readVarint(bytes, end: end)
    let deltaPlace = at
    let delta = try readVarint(bytes, end: end)
    guard delta > previousDelta, delta <= Int(header.lastOffsetDelta) else {
      throw failure(
        .batchBadRecord, "A record's offset delta is \(delta), after \(previousDelta) and with \(header.lastOffsetDelta) as the last",
        at: deltaPlace)
    }
    previousDelta = delta
    let key = try readField(bytes, end: end)
    let value = try readField(bytes, end: end)
    let headers = try readHeaders(bytes, end: end)
    guard at == end else { throw failure(.batchBadRecord, "A record has \(end - at) bytes behind its headers", at: at) }
    let time =
      header.timestampType == .append ? header.maxTimestamp.milliseconds : header.baseTimestamp.milliseconds &+ Int64(timestampDelta)
    return RecordBuffer.Layout(
      offset: Offset(header.baseOffset.value + Int64(delta)), timestamp: Timestamp(milliseconds: time), key: key, value: value,
      headers: headers)
  }

  /// A key or a value: a length of -1 is null.
  @inline(__always)
  private mutating func readField(_ bytes: Span<UInt8>, end: Int) throws(ProwziError) -> Range<Int>? {
    let start = at
    let length = try readVarint(bytes, end: end)
    if length == -1 { return nil }
    guard length >= 0, length <= end - at else {
      throw failure(.batchBadRecord, "A part of a record claims \(length) bytes where \(end - at) are left", at: start)
    }
    defer { at += length }
    return at..<at + length
  }

  @inline(__always)
  private mutating func readHeaders(_ bytes: Span<UInt8>, end: Int) throws(ProwziError) -> Range<Int> {
    let start = at
    // Only here does the length of a varint matter: the block is kept as it was read.
    isMinimal = true
    let count = try readVarint(bytes, end: end)
    guard count >= 0, count <= (end - at) / 2 else {
      throw failure(.batchBadRecord, "A record claims \(count) headers in \(end - at) bytes", at: start)
    }
    for _ in 0..<count {
      let namePlace = at
      guard try readField(bytes, end: end) != nil else {
        throw failure(.batchBadRecord, "A header has no name", at: namePlace)
      }
      _ = try readField(bytes, end: end)
    }
    return start..<at
  }

  @inline(__always)
  private mutating func readVarint(_ bytes: Span<UInt8>, end: Int) throws(ProwziError) -> Int {
    if at < end {
      let byte = bytes[at]
      if byte < 0x80 {
        at += 1
        return Int(byte >> 1) ^ -Int(byte & 1)
      }
    }
    return try readLongVarint(bytes, end: end)
  }

  private mutating func readLongVarint(_ bytes: Span<UInt8>, end: Int) throws(ProwziError) -> Int {
    let start = at
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while at < end, shift < 70 {
      let byte = bytes[at]
      at += 1
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 {
        if byte == 0, shift > 0 { isMinimal = false }
        return Int(truncatingIfNeeded: Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1))
      }
      shift += 7
    }
    throw failure(.batchBadRecord, at < end ? "A number has more than 64 bits" : "A record ends inside a number", at: start)
  }

  private func failure(_ code: ProwziError.Code, _ message: String, at position: Int) -> ProwziError {
    switch place {
    case .bytes(let shift): ProwziError(code, message, place: "byte \(position + shift)")
    case .body(let batch, let shift):
      ProwziError(code, message, place: "byte \(position + shift) of the decompressed records of the batch at byte \(batch)")
    }
  }
}

extension RecordBuffer {
  /// Writes a record's headers again behind all others, each number in as few bytes as it needs.
  fileprivate mutating func tightenHeaders(of index: Int) {
    let old = records[index].headers
    var at = old.lowerBound
    var block: [UInt8] = []
    func next() -> Int {
      guard let number = bytes.readVarint(at: &at) else { preconditionFailure("The header block was checked before.") }
      return number
    }
    func copyField() {
      let length = next()
      block.append(varint: length)
      if length > 0 {
        block.append(contentsOf: bytes[at..<at + length])
        at += length
      }
    }
    let count = next()
    block.append(varint: count)
    for _ in 0..<2 * count { copyField() }
    let start = bytes.count
    bytes.append(contentsOf: block)
    records[index].headers = start..<bytes.count
  }
}
