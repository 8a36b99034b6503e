import Model
import RecordFormat
import Testing

/// Two small records with keys, values and headers.
private func smallBuffer() -> RecordBuffer {
  var buffer = RecordBuffer()
  buffer.append(timestamp: Timestamp(milliseconds: 1_700_000_000_000), key: [1], value: [2, 3], headers: [("h", [4])])
  buffer.append(timestamp: Timestamp(milliseconds: 1_700_000_000_070), key: nil, value: [], headers: [("", nil)])
  return buffer
}

/// Makes the checksum right again, so that what lies behind it is looked at.
func sealed(_ bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  let checksum = CRC32C.checksum(of: bytes.span.extracting(21...))
  for i in 0..<4 { bytes[17 + i] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * i)) }
  return bytes
}

/// A batch around a body written by hand: one record, or as many as `count` says.
private func batch(body hex: String, count: UInt8 = 1, lastDelta: UInt8 = 0, attributes: UInt8 = 0) -> [UInt8] {
  let body = [UInt8](hexadecimal: hex.filter { $0 != " " })!
  var bytes = [UInt8](repeating: 0, count: 61)
  bytes[11] = UInt8(49 + body.count)
  bytes[16] = 2
  bytes[22] = attributes
  bytes[26] = lastDelta
  bytes[41] = 7
  bytes[60] = count
  return sealed(bytes + body)
}

private func refusal(_ bytes: [UInt8], limit: Int = RecordBatch.defaultLimit) -> ProwziError? {
  var buffer = RecordBuffer()
  buffer.append(timestamp: Timestamp(milliseconds: 1), key: [1], value: [2])
  let before = plain(buffer)
  do throws(ProwziError) {
    _ = try RecordBatch.decode(bytes, at: 0, compressor: compressor, limit: limit, into: &buffer)
    return nil
  } catch {
    #expect(plain(buffer) == before && buffer.bytes.count == 3, "a refused batch leaves the buffer as it was")
    return error
  }
}

struct RefusalTests {
  @Test(arguments: codecs) func everyCutIsRefusedWhereTheBytesEnd(codec: Codec) throws {
    let bytes = try encoded(smallBuffer(), codec: codec)
    for count in 0..<bytes.count {
      let error = refusal(Array(bytes[..<count]))
      #expect(error?.code == "batch.truncated")
      #expect(error?.place == "byte \(count)")
    }
  }

  /// Base offset and leader epoch lie outside the checksum, so that a broker can set them: a flip there shows in the header only, which
  /// is why a log compares offsets too. Every other bit is covered by a check.
  @Test(arguments: codecs) func everyFlippedBitIsRefusedOrShowsOnlyInTheBrokersFields(codec: Codec) throws {
    let bytes = try encoded(smallBuffer(), baseOffset: 1000, codec: codec)
    let (original, buffer) = try decoded(bytes)
    for bit in 0..<8 * bytes.count {
      var changed = bytes
      changed[bit / 8] ^= 0x80 >> UInt8(bit % 8)
      if let error = refusal(changed) {
        let place = try #require(error.place)
        #expect(place.hasPrefix("byte "), "\(error)")
        #expect(try #require(Int(place.dropFirst(5))) <= bytes.count)
      } else {
        let (header, read) = try decoded(changed)
        #expect((0..<8).contains(bit / 8) || (12..<16).contains(bit / 8), "bit \(bit) is not noticed")
        let shift = header.baseOffset.value - original.baseOffset.value
        var expected = plain(buffer)
        for index in expected.indices { expected[index].offset += shift }
        #expect(plain(read) == expected)
        #expect(shift != 0 || header.partitionLeaderEpoch != original.partitionLeaderEpoch)
      }
    }
  }

  /// An adversary can make the checksum right, so nothing behind it may be trusted either.
  @Test(arguments: codecs) func anyByteBehindARightChecksumIsReadOrRefusedAndNeverOverruns(codec: Codec) throws {
    let bytes = try encoded(smallBuffer(), codec: codec)
    for position in 21..<bytes.count {
      for value in UInt8.min...UInt8.max {
        var changed = bytes
        changed[position] = value
        changed = sealed(changed)
        guard refusal(changed, limit: 1 << 16) == nil else { continue }
        let read = try decoded(changed).buffer
        for index in read.records.indices {
          let layout = read.records[index]
          let ends = [layout.key, layout.value, layout.headers].compactMap { $0?.upperBound }
          #expect(ends.allSatisfy { $0 <= read.bytes.count })
          _ = read.headers(of: index)
        }
      }
    }
  }

  /// In a record of a hand-written body: length, attributes, time, offset, key, value, headers.
  static let malformedRecords: [(label: String, body: String, count: UInt8, code: ProwziError.Code, place: Int)] = [
    ("nothing where a record should be", "", 1, "batch.bad_count", 61),
    ("a record longer than the batch", "10 00 00 00 01 01 00", 1, "batch.bad_record", 61),
    ("a negative record length", "01 00 00 00 01 01 00", 1, "batch.bad_record", 61),
    ("a record too short for its fields", "0a 00 00 00 01 01 00", 1, "batch.bad_record", 61),
    ("a number without an end", "0c 00 80 80 80 80 80", 1, "batch.bad_record", 63),
    ("a number of more than 64 bits", "24 00 ff ff ff ff ff ff ff ff ff 02 00 01 01 00 00 00 00", 1, "batch.bad_record", 63),
    ("a negative offset", "0c 00 00 01 01 01 00", 1, "batch.bad_record", 64),
    ("an offset behind the last", "0c 00 00 02 01 01 00", 1, "batch.bad_record", 64),
    ("a key longer than its record", "0c 00 00 00 0a 01 00", 1, "batch.bad_record", 65),
    ("a key of length -2", "0c 00 00 00 03 01 00", 1, "batch.bad_record", 65),
    ("a value longer than its record", "0c 00 00 00 01 04 00", 1, "batch.bad_record", 66),
    ("a negative header count", "0c 00 00 00 01 01 01", 1, "batch.bad_record", 67),
    ("more headers than bytes", "0c 00 00 00 01 01 02", 1, "batch.bad_record", 67),
    ("a header without a name", "10 00 00 00 01 01 02 01 01", 1, "batch.bad_record", 68),
    ("a header value longer than its record", "10 00 00 00 01 01 02 00 02", 1, "batch.bad_record", 69),
    ("bytes behind the headers of a record", "0e 00 00 00 01 01 00 00", 1, "batch.bad_record", 68),
    ("bytes behind the last record", "0c 00 00 00 01 01 00 00", 1, "batch.trailing_bytes", 68),
    ("a record more than the count", "0c 00 00 00 01 01 00", 0, "batch.trailing_bytes", 61),
    ("more records than offsets", "0c 00 00 00 01 01 00", 2, "batch.bad_count", 57),
  ]

  @Test(arguments: malformedRecords)
  func malformedRecordsAreRefusedWhereTheyGoWrong(label: String, body: String, count: UInt8, code: ProwziError.Code, place: Int) {
    let error = refusal(batch(body: body, count: count))
    #expect(error?.code == code, "\(label)")
    #expect(error?.place == "byte \(place)", "\(label): \(String(describing: error))")
  }

  @Test func offsetsThatDoNotGrowAreRefused() {
    let error = refusal(batch(body: "0c 00 00 02 01 01 00 0c 00 00 02 01 01 00", count: 2, lastDelta: 1))
    #expect(error?.code == "batch.bad_record")
    #expect(error?.place == "byte 71")
  }

  static let malformedHeaders: [(label: String, position: Int, value: UInt8, code: ProwziError.Code, place: String)] = [
    ("version 1", 16, 1, "batch.bad_magic", "byte 16"),
    ("a length above the limit", 8, 0x7f, "batch.bad_length", "byte 8"),
    ("a negative length", 8, 0xff, "batch.bad_length", "byte 8"),
    ("a length below the header's", 11, 48, "batch.bad_length", "byte 8"),
    ("a negative base offset", 0, 0x80, "batch.bad_offset", "byte 0"),
    ("a negative last offset", 23, 0x80, "batch.bad_offset", "byte 0"),
    ("codec 5", 22, 5, "batch.bad_codec", "byte 21"),
    ("a negative count", 57, 0x80, "batch.bad_count", "byte 57"),
    ("a changed checksum", 17, 0xaa, "batch.bad_checksum", "byte 17"),
  ]

  @Test(arguments: malformedHeaders)
  func malformedHeadersAreRefused(label: String, position: Int, value: UInt8, code: ProwziError.Code, place: String) {
    var bytes = batch(body: "0c 00 00 00 01 01 00")
    bytes[position] = value
    let error = refusal(bytes)
    #expect(error?.code == code, "\(label)")
    #expect(error?.place == place, "\(label)")
  }

  @Test func offsetsBeyondTheLargestAreRefused() {
    var bytes = batch(body: "0c 00 00 00 01 01 00")
    for i in 0..<8 { bytes[i] = i == 0 ? 0x7f : 0xff }
    #expect(refusal(bytes)?.code == "batch.bad_offset")
  }

  @Test func errorsCountFromTheBeginningOfTheBytes() throws {
    let first = try encoded(smallBuffer())
    let bytes = first + batch(body: "0c 00 00 00 0a 01 00")
    var buffer = RecordBuffer()
    let error = #expect(throws: ProwziError.self) {
      _ = try RecordBatch.decode(bytes, at: first.count, compressor: compressor, into: &buffer)
    }
    #expect(error?.place == "byte \(first.count + 65)")
  }

  @Test func aBodyThatDecompressesBeyondTheLimitIsRefused() throws {
    var buffer = RecordBuffer()
    buffer.append(timestamp: Timestamp(milliseconds: 0), key: nil, value: [UInt8](repeating: 0, count: 100_000))
    for codec in codecs.dropFirst() {
      let error = refusal(try encoded(buffer, codec: codec), limit: 50_000)
      #expect(error?.code == "codec.too_large")
      #expect(error?.place?.hasPrefix("the records of the batch at byte 0") == true)
    }
  }

  @Test func controlRecordsOfAnotherShapeAreRefusedAndOtherTypesPassedOver() throws {
    var buffer = RecordBuffer()
    buffer.append(timestamp: Timestamp(milliseconds: 0), key: [0, 0, 0], value: [0, 0, 0, 0, 0, 0])
    buffer.append(timestamp: Timestamp(milliseconds: 0), key: [0, 0, 0, 1], value: [0, 0])
    buffer.append(timestamp: Timestamp(milliseconds: 0), key: [0, 0, 0, 2], value: nil)
    for index in 0..<2 {
      let error = #expect(throws: ProwziError.self) { _ = try ControlRecord.read(index, of: buffer) }
      #expect(error?.code == "batch.bad_control")
    }
    #expect(try ControlRecord.read(2, of: buffer) == nil)
  }
}

struct ToleranceTests {
  @Test(arguments: [UInt8(0), 1, 3, 4]) func emptyBatchesAreAccepted(attributes: UInt8) throws {
    let (header, buffer) = try decoded(batch(body: "", count: 0, lastDelta: 9, attributes: attributes))
    #expect(buffer.isEmpty)
    #expect(header.lastOffset == Offset(9))
  }

  @Test func offsetGapsAreAccepted() throws {
    let read = try decoded(batch(body: "0c 00 00 02 01 01 00 0c 00 00 08 01 01 00", count: 2, lastDelta: 9)).buffer
    #expect(read.records.map(\.offset) == [Offset(1), Offset(4)])
  }

  @Test func appendTimeIsTheBatchsForEveryRecord() throws {
    let (header, read) = try decoded(batch(body: "0c 00 04 00 01 01 00", attributes: 8))
    #expect(header.timestampType == .append)
    #expect(read.records[0].timestamp == header.maxTimestamp)
    #expect(try decoded(batch(body: "0c 00 04 00 01 01 00")).buffer.records[0].timestamp == Timestamp(milliseconds: 2))
  }

  @Test func headersWithOverlongNumbersAreWrittenAgainWithoutThem() throws {
    // One header "a" = "b", every number of the block written in two or three bytes.
    let (_, read) = try decoded(batch(body: "1c 00 00 00 01 01 8200 828000 61 8200 62"))
    #expect(plain(read)[0].headerBlock == [0x02, 0x02, 0x61, 0x02, 0x62])
    #expect(read.headers(of: 0).map(\.name) == ["a"])
  }

  @Test func overlongNumbersOutsideTheHeadersChangeNothing() throws {
    let (_, read) = try decoded(batch(body: "14 00 8000 8000 8200 6b 01 00"))
    #expect(plain(read) == [PlainRecord(offset: 0, timestamp: 0, key: [0x6b], value: nil, headerBlock: [0])])
  }
}
