import Compression
import Model
import RecordFormat

extension FuzzTargets {
  /// Decompressed bodies in these targets: small, so that a bomb shows.
  private static let limit = 1 << 20
  private static let compressor = LibraryCompressor()

  static let batches: [FuzzTarget] = [
    FuzzTarget(
      "record_batch", "what is read of a batch is written and read again the same", seeds: { batchSeeds }, body: checkBatch),
    FuzzTarget("record_batch_mended", "the same with length, version and checksum put right", seeds: { batchSeeds }) {
      (bytes) throws(BrokenLaw) in try checkBatch(mended(bytes))
    },
    FuzzTarget(
      "varint", "a number that is read is written and read again the same", maxLength: 64, seeds: { varintSeeds }, body: checkVarint),
  ]

  // MARK: Batches

  static var sampleRecords: RecordBuffer {
    var buffer = RecordBuffer()
    buffer.append(timestamp: Timestamp(milliseconds: 1_771_632_000_000), key: [UInt8](text: "ai"), value: [UInt8](text: #"{"a":1}"#))
    buffer.append(timestamp: Timestamp(milliseconds: 1_771_632_000_007), key: nil, value: nil, headers: [("ce_id", [1, 2]), ("n", nil)])
    buffer.append(timestamp: Timestamp(milliseconds: 1_771_631_000_000), key: [], value: [UInt8](repeating: 0x41, count: 300))
    return buffer
  }

  private static var batchSeeds: [[UInt8]] {
    let buffer = sampleRecords
    return [Codec.none, .gzip, .lz4, .zstd].flatMap { codec in
      [0..<3, 1..<2].map { range in
        var bytes: [UInt8] = []
        guard
          accepted({ () throws(ProwziError) in
            try RecordBatch.encode(buffer, range, baseOffset: Offset(7), codec: codec, compressor: compressor, appendingTo: &bytes)
          }) != nil
        else { preconditionFailure("a seed can be written") }
        return bytes
      }
    }
  }

  static func mended(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= BatchHeader.size else { return bytes }
    var bytes = bytes
    bytes.replace(at: 8, with: Int32(bytes.count - BatchHeader.lengthOverhead))
    bytes[16] = 2
    bytes.replace(at: 17, with: CRC32C.checksum(of: bytes.span.extracting(21..<bytes.count)))
    return bytes
  }

  private static func checkBatch(_ bytes: [UInt8]) throws(BrokenLaw) {
    var buffer = RecordBuffer()
    buffer.append(timestamp: Timestamp(milliseconds: 5), key: [9], value: [8])
    let kept = (buffer.bytes, buffer.records)
    let read = accepted { () throws(ProwziError) in
      try RecordBatch.decode(bytes, at: 0, compressor: compressor, limit: limit, into: &buffer)
    }
    guard let header = read else {
      return try hold(buffer.bytes == kept.0 && buffer.records == kept.1, "a refused batch has changed the buffer")
    }
    try hold(buffer.records.count == 1 + Int(header.recordCount), "another number of records than the header says")
    // A loose header block is written again behind the body: never longer than it was.
    try hold(buffer.bytes.count <= kept.0.count + 2 * limit, "more bytes than the limit allows")
    for record in buffer.records {
      for range in [record.key, record.value, record.headers].compactMap(\.self) {
        try hold(range.upperBound <= buffer.bytes.count, "a record lies outside the bytes")
      }
    }
    for index in buffer.records.indices { _ = buffer.headers(of: index) }
    if header.isControl, header.recordCount > 0 { _ = accepted { () throws(ProwziError) in try ControlRecord.read(1, of: buffer) } }
    try checkLeaves(buffer)
    try checkEncoding(buffer)
  }

  /// A leaf's data hold all of a record but its offset.
  private static func checkLeaves(_ buffer: RecordBuffer) throws(BrokenLaw) {
    for index in buffer.records.indices.prefix(8) {
      let data = buffer.leafData(of: index)
      guard let other = RecordBuffer(leafData: data, offset: buffer.records[index].offset) else {
        throw BrokenLaw("a leaf cannot be read back")
      }
      try hold(other.leafData(of: 0) == data && other.leafHash(of: 0) == buffer.leafHash(of: index), "a leaf read back is another")
    }
  }

  private static func checkEncoding(_ buffer: RecordBuffer) throws(BrokenLaw) {
    var written: [UInt8] = []
    var again = RecordBuffer()
    let done = accepted { () throws(ProwziError) in
      try RecordBatch.encode(
        buffer, 0..<buffer.count, baseOffset: Offset(3), codec: .none, compressor: compressor, appendingTo: &written)
      return try RecordBatch.decode(written, at: 0, compressor: compressor, into: &again)
    }
    try hold(done != nil, "what was read cannot be written and read again")
    try hold(again.count == buffer.count, "records were lost in writing")
    for index in buffer.records.indices {
      try hold(again.leafData(of: index) == buffer.leafData(of: index), "record \(index) is another after writing")
    }
  }

  // MARK: Numbers

  private static var varintSeeds: [[UInt8]] {
    [0, 1, -1, 63, 64, 8191, Int(Int32.max), Int.max, Int.min].map { number in
      var bytes: [UInt8] = []
      bytes.append(varint: number)
      return bytes
    }
  }

  private static func checkVarint(_ bytes: [UInt8]) throws(BrokenLaw) {
    var at = 0
    while at < bytes.count {
      let start = at
      guard let number = bytes.readVarint(at: &at) else { return }
      try hold(at > start && at <= bytes.count && at - start <= 10, "a number took \(at - start) bytes")
      var written: [UInt8] = []
      written.append(varint: number)
      var end = 0
      try hold(written.readVarint(at: &end) == number && end == written.count, "\(number) is not read as written")
      try hold(written.count <= at - start, "\(number) is written longer than it was read")
    }
  }
}

extension [UInt8] {
  /// Overwrites a number, most significant byte first.
  mutating func replace<Number: FixedWidthInteger>(at position: Int, with number: Number) {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: number)
    replaceSubrange(position..<position + bytes.count, with: bytes)
  }
}
