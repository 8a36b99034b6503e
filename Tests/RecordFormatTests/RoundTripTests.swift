import Compression
import Model
import RecordFormat
import Testing

let compressor = LibraryCompressor()
let codecs: [Codec] = [.none, .gzip, .lz4, .zstd]

/// What a record says, apart from where its bytes lie.
struct PlainRecord: Equatable {
  var offset: Int64
  var timestamp: Int64
  var key: [UInt8]?
  var value: [UInt8]?
  var headerBlock: [UInt8]
}

func plain(_ buffer: RecordBuffer) -> [PlainRecord] {
  buffer.records.map { layout in
    PlainRecord(
      offset: layout.offset.value, timestamp: layout.timestamp.milliseconds, key: layout.key.map { Array(buffer.bytes[$0]) },
      value: layout.value.map { Array(buffer.bytes[$0]) }, headerBlock: Array(buffer.bytes[layout.headers]))
  }
}

func encoded(
  _ buffer: RecordBuffer, baseOffset: Int64 = 0, codec: Codec = .none, options: RecordBatch.Options = .init()
) throws -> [UInt8] {
  var bytes: [UInt8] = []
  try RecordBatch.encode(
    buffer, 0..<buffer.count, baseOffset: Offset(baseOffset), codec: codec, compressor: compressor, options: options,
    appendingTo: &bytes)
  return bytes
}

func decoded(_ bytes: [UInt8], at position: Int = 0) throws -> (header: BatchHeader, buffer: RecordBuffer) {
  var buffer = RecordBuffer()
  let header = try RecordBatch.decode(bytes, at: position, compressor: compressor, into: &buffer)
  return (header, buffer)
}

struct RoundTripTests {
  static let fields: [[UInt8]?] = [nil, [], Array("short".utf8)]
  static let headerLists: [[(name: String, value: [UInt8]?)]] = [
    [], [("a", nil)], [("a", []), ("", Array("value".utf8))],
  ]

  /// Every record of the shapes above: 27.
  static var shapes: [(key: [UInt8]?, value: [UInt8]?, headers: [(name: String, value: [UInt8]?)])] {
    fields.flatMap { key in fields.flatMap { value in headerLists.map { (key, value, $0) } } }
  }

  @Test(arguments: codecs) func everySmallBatchReadsBackAsWritten(codec: Codec) throws {
    let shapes = Self.shapes
    var lists: [[Int]] = shapes.indices.map { [$0] }
    for a in shapes.indices { for b in shapes.indices { lists.append([a, b]) } }
    // Of three records: all 19,683 batches without a codec. A codec sees bytes only, so there each pair meets one third.
    for a in shapes.indices {
      for b in shapes.indices {
        for c in codec == .none ? shapes.indices : (a + b) % shapes.count..<(a + b) % shapes.count + 1 { lists.append([a, b, c]) }
      }
    }
    for list in lists {
      var buffer = RecordBuffer()
      for (place, index) in list.enumerated() {
        let shape = shapes[index]
        // Times that go back as well as forth: a delta may be negative.
        buffer.append(
          timestamp: Timestamp(milliseconds: 1_700_000_000_000 + Int64(place) * (index % 2 == 0 ? 1000 : -1000)), key: shape.key,
          value: shape.value, headers: shape.headers)
      }
      let bytes = try encoded(buffer, baseOffset: 41, codec: codec)
      let (header, read) = try decoded(bytes)
      var expected = plain(buffer)
      for index in expected.indices { expected[index].offset += 41 }
      // One plain condition: twenty thousand expectations for each fact would take longer than the law itself.
      let headerIsRight =
        header.sizeInBytes == bytes.count && header.codec == codec && header.recordCount == Int32(list.count)
        && header.lastOffset == Offset(40 + Int64(list.count)) && header.maxTimestamp == buffer.records.map(\.timestamp).max()
      if !headerIsRight || plain(read) != expected { Issue.record("\(list): \(header), \(plain(read)) and not \(expected)") }
    }
  }

  @Test func batchesBehindEachOtherAreReadOneByOneIntoOneBuffer() throws {
    var source = RecordBuffer()
    for index in 0..<10 { source.append(timestamp: Timestamp(milliseconds: Int64(index)), key: nil, value: [UInt8(index)]) }
    var bytes: [UInt8] = []
    for (index, codec) in codecs.enumerated() {
      try RecordBatch.encode(
        source, 2 * index..<2 * index + 2, baseOffset: Offset(Int64(2 * index)), codec: codec, compressor: compressor, appendingTo: &bytes)
    }
    var read = RecordBuffer()
    var position = 0
    while position < bytes.count {
      position += try RecordBatch.decode(bytes, at: position, compressor: compressor, into: &read).sizeInBytes
    }
    #expect(plain(read) == Array(plain(source)[..<8]))
  }

  @Test(arguments: [Int64.min, -1, 0, 1, Int64.max]) func anyTimestampIsKept(first: Int64) throws {
    var buffer = RecordBuffer()
    for time in [first, Int64.min, 0, Int64.max, -1] { buffer.append(timestamp: Timestamp(milliseconds: time), key: nil, value: nil) }
    #expect(plain(try decoded(try encoded(buffer)).buffer) == plain(buffer))
  }

  @Test func producerFieldsAndFlagsAreKept() throws {
    var buffer = RecordBuffer()
    buffer.append(timestamp: Timestamp(milliseconds: 5), key: nil, value: nil)
    let options = RecordBatch.Options(producerID: 77, producerEpoch: 3, baseSequence: 9, isTransactional: true)
    var bytes: [UInt8] = []
    let written = try RecordBatch.encode(
      buffer, 0..<1, baseOffset: Offset(6), partitionLeaderEpoch: 12, codec: .zstd, compressor: compressor, options: options,
      appendingTo: &bytes)
    let header = try decoded(bytes).header
    #expect(header == written)
    #expect((header.producerID, header.producerEpoch, header.baseSequence) == (77, 3, 9))
    #expect(header.isTransactional && !header.isControl && header.timestampType == .create)
    #expect((header.partitionLeaderEpoch, header.baseOffset) == (12, Offset(6)))
  }

  @Test(arguments: ControlMarker.allCases) func controlBatchesReadBack(marker: ControlMarker) throws {
    var bytes: [UInt8] = []
    let control = ControlRecord(marker: marker, coordinatorEpoch: 4)
    try RecordBatch.encode(
      control, baseOffset: Offset(10), timestamp: Timestamp(milliseconds: 1), producerID: 5, producerEpoch: 0, appendingTo: &bytes)
    let (header, buffer) = try decoded(bytes)
    #expect(header.isControl && header.isTransactional && header.recordCount == 1)
    #expect(try ControlRecord.read(0, of: buffer) == control)
  }

  @Test func aBatchAboveTheLimitIsNotWritten() throws {
    var buffer = RecordBuffer()
    buffer.append(timestamp: Timestamp(milliseconds: 0), key: nil, value: Array(repeating: 7, count: 2000))
    var bytes: [UInt8] = [1, 2, 3]
    let error = #expect(throws: ProwziError.self) {
      try RecordBatch.encode(
        buffer, 0..<1, baseOffset: .zero, codec: .none, compressor: compressor, limit: 2000, appendingTo: &bytes)
    }
    #expect(error?.code == "batch.too_large")
    #expect(bytes == [1, 2, 3])
  }
}
