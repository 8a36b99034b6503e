import JSON
import Model
import RecordFormat
import Testing

@testable import Projection

@Suite struct RowTests {
  private func rows(_ writer: RowWriter, _ table: ProjectionTable) -> [CanonicalRow] {
    var reader = RowReader(hasHeader: false)
    reader.append(writer.bytes)
    var found: [CanonicalRow] = []
    while let row = reader.next() { found.append(CanonicalRow(table, row, of: reader.bytes)) }
    return found
  }

  @Test func aRowIsCountedFieldsWithTheirLengths() {
    var writer = RowWriter()
    writer.begin(fields: 4)
    writer.smallint(-2)
    writer.null()
    writer.boolean(true)
    writer.text("é")
    #expect(writer.bytes == [0, 4, 0, 0, 0, 2, 255, 254, 255, 255, 255, 255, 0, 0, 0, 1, 1, 0, 0, 0, 2, 0xc3, 0xa9])
    #expect(writer.count == 1)
  }

  @Test func timesCountMicrosecondsFrom2000AndStayInsideTheYears() {
    for (milliseconds, microseconds) in [
      (946_684_800_000, 0), (946_684_800_001, 1000), (0, -946_684_800_000_000), (Int64.max, (253_402_300_799_999 - 946_684_800_000) * 1000),
      (Int64.min, (-62_167_219_200_000 - 946_684_800_000) * 1000),
    ] as [(Int64, Int64)] {
      var writer = RowWriter()
      writer.time(Timestamp(milliseconds: milliseconds))
      #expect(writer.bytes.bigEndian(at: 4, as: Int64.self) == microseconds)
    }
  }

  @Test func zerosInTextBecomeReplacementCharacters() {
    var writer = RowWriter()
    writer.text("a\0b\0")
    #expect(Array(writer.bytes[4...]) == Array("a\u{fffd}b\u{fffd}".utf8))
    #expect(writer.bytes.bigEndian(at: 0, as: Int32.self) == 8)
  }

  /// An escape counts only behind an even number of backslashes.
  @Test(arguments: [
    (#"["\u0000"]"#, #"["\ufffd"]"#), (#"["\\u0000"]"#, #"["\\u0000"]"#), (#"["\\\u0000\u0000"]"#, #"["\\\ufffd\ufffd"]"#), ("{}", "{}"),
  ])
  func zerosInJSONBecomeReplacementCharacters(source: String, expected: String) {
    var writer = RowWriter()
    writer.json(Array(source.utf8))
    #expect(String(decoding: writer.bytes[5...], as: UTF8.self) == expected)
    #expect(writer.bytes[4] == 1)
  }

  @Test func rowsAreReadWhateverThePieces() {
    var writer = RowWriter()
    for number in 0..<3 {
      writer.begin(.promotions)
      writer.smallint(number)
      writer.bigint(7)
      writer.text("shared")
      writer.text("default@1")
      writer.null()
      writer.null()
      writer.time(Timestamp(milliseconds: 0))
    }
    let all = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0] + [UInt8](repeating: 0, count: 8) + writer.bytes + [0xff, 0xff]
    for size in [1, 2, 7, 1000] {
      var reader = RowReader(hasHeader: true)
      var count = 0
      for start in stride(from: 0, to: all.count, by: size) {
        reader.append(Array(all[start..<min(all.count, start + size)]))
        while let row = reader.next() {
          #expect(row.count == 7)
          count += 1
        }
      }
      #expect(count == 3)
    }
  }

  @Test func jsonInTheServersOrderIsTheSameRow() {
    var one = RowWriter()
    var other = RowWriter()
    for (index, json) in [#"{"aa":1e-7,"b":[1,2.5]}"#, #"{"b": [1, 2.5], "aa": 0.0000001}"#].enumerated() {
      var writer = RowWriter()
      writer.begin(.briefRevisions)
      writer.uuid(EventID(high: 1, low: 2))
      writer.integer(1)
      writer.text("shared")
      writer.smallint(0)
      writer.bigint(0)
      writer.text("active")
      writer.text("instant")
      writer.time(Timestamp(milliseconds: 0))
      writer.time(Timestamp(milliseconds: 0))
      writer.json(Array(json.utf8))
      if index == 0 { one = writer } else { other = writer }
    }
    #expect(one.bytes != other.bytes)
    #expect(rows(one, .briefRevisions) == rows(other, .briefRevisions))
    #expect(rows(one, .briefRevisions)[0].digest(.briefRevisions) == rows(other, .briefRevisions)[0].digest(.briefRevisions))
  }

  @Test func sumsDoNotDependOnTheOrder() {
    let digests = (0..<20).map { number in
      var hash = SHA256()
      hash.update(bigEndian: UInt64(number))
      return hash.finish()
    }
    var forwards = RowSum()
    var backwards = RowSum()
    for digest in digests { forwards.add(digest, approximation: 0.5) }
    for digest in digests.reversed() { backwards.add(digest, approximation: 0.5) }
    #expect(forwards == backwards)
    backwards.add(digests[0], approximation: nil)
    #expect(forwards != backwards)
  }
}

@Suite struct FadingTests {
  @Test func whatHappensOnceADaySettlesAtOne() {
    var average = Fading(at: Timestamp(milliseconds: 0))
    for day in 1..<200 { average = average + Fading(at: Timestamp(milliseconds: Int64(day) * .day)) }
    #expect((average.weight - 1).magnitude < 0.06)
  }

  @Test func itHalvesInSevenDays() {
    let once = Fading(weight: 1, at: Timestamp(milliseconds: 0))
    #expect(once.faded(to: Timestamp(milliseconds: 7 * .day)) == 0.5)
    #expect(once.faded(to: Timestamp(milliseconds: -1)) == 1)
    #expect(once.faded(to: Timestamp(milliseconds: 100_000 * .day)).magnitude < 1e-300)
  }

  @Test func orderAndGroupingChangeOnlyTheLastBits() {
    let seen = [5, 1, 9, 3, 3, 40, 2].map { Fading(at: Timestamp(milliseconds: $0 * .day / 3)) }
    let forwards = seen.dropFirst().reduce(seen[0], +)
    let backwards = seen.reversed().dropFirst().reduce(seen[6], +)
    let halves = seen[..<3].dropFirst().reduce(seen[0], +) + seen[3...].dropFirst().reduce(seen[3], +)
    #expect((forwards.weight - backwards.weight).magnitude < 1e-15)
    #expect((forwards.weight - halves.weight).magnitude < 1e-15)
    #expect(forwards.at == halves.at)
  }
}

@Suite struct ProjectionDigestTests {
  private func records(_ count: Int) -> RecordBuffer {
    var buffer = RecordBuffer()
    for number in 0..<count {
      buffer.append(
        timestamp: Timestamp(milliseconds: Int64(number)), key: number % 2 == 0 ? nil : [1], value: [UInt8(number)], headers: [])
    }
    return buffer
  }

  @Test func itDoesNotDependOnBatches() {
    let buffer = records(9)
    let whole = ProjectionDigest.advance(.zero, over: buffer, in: 0..<9)
    var pieces = Digest.zero
    for range in [0..<1, 1..<5, 5..<5, 5..<9] { pieces = ProjectionDigest.advance(pieces, over: buffer, in: range) }
    #expect(whole == pieces)
    #expect(whole != ProjectionDigest.advance(.zero, over: buffer, in: 0..<8))
  }

  @Test func anAbsentKeyIsNoEmptyOne() {
    var one = RecordBuffer()
    one.append(timestamp: Timestamp(milliseconds: 0), key: nil, value: [], headers: [])
    var other = RecordBuffer()
    other.append(timestamp: Timestamp(milliseconds: 0), key: [], value: [], headers: [])
    #expect(ProjectionDigest.advance(.zero, over: one, in: 0..<1) != ProjectionDigest.advance(.zero, over: other, in: 0..<1))
  }
}

@Suite struct EntityIDTests {
  @Test func anIDIsAUUIDOfVersionEightAndTellsTypesApart() {
    let id = EntityID.of(type: "organization", name: "openai")
    #expect(id.text.dropFirst(14).first == "8")
    #expect(id.text.dropFirst(19).first == "8")
    #expect(id != EntityID.of(type: "provider", name: "openai"))
    #expect(EntityID.of(type: "ab", name: "c") != EntityID.of(type: "a", name: "bc"))
  }
}
