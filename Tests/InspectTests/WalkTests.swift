import Inspect
import Model
import Ports
import RecordFormat
import Stages
import Testing

@Suite struct WalkTests {
  private func offsets(_ sample: SampleLog, from: Int64? = nil, to: Int64? = nil, limit: Int = .max) throws -> [Int64] {
    let log = try sample.reader()
    var found: [Int64] = []
    try log.walk(
      TopicPartition(topic: .raw, partition: PartitionIndex(0)), from: from.map { Offset($0) }, to: to.map { Offset($0) }
    ) { (records, index) throws(ProwziError) in
      found.append(records.records[index].offset.value)
      return found.count < limit
    }
    return found
  }

  @Test func aWalkGivesTheRecordsOfItsRange() throws {
    let sample = try SampleLog()
    for batch in 0..<3 { try sample.append(.raw, 0, (0..<2).map { .init(time: hour(batch * 2 + $0), key: nil, value: "\(batch)") }) }
    #expect(try offsets(sample) == [0, 1, 2, 3, 4, 5])
    #expect(try offsets(sample, from: 3) == [3, 4, 5])
    #expect(try offsets(sample, from: 1, to: 4) == [1, 2, 3])
    #expect(try offsets(sample, to: 99) == [0, 1, 2, 3, 4, 5])
    #expect(try offsets(sample, from: 6) == [])
    #expect(try offsets(sample, limit: 2) == [0, 1])
  }

  @Test func anUnknownTopicIsNamedWithThoseThereAre() throws {
    let log = try SampleLog().reader()
    #expect(
      throws: ProwziError(
        "log.unknown_topic", "there is no topic x",
        advice:
          "Choose one: prowzi.banded, prowzi.briefs, prowzi.controls, prowzi.deadletters, prowzi.enriched, prowzi.normalized, prowzi.raw, prowzi.scored"
      )
    ) { try log.partitions(of: TopicName(known: "x")) }
  }

  @Test(arguments: [
    ("0", ReadBound.offset(Offset(0))), ("120", .offset(Offset(120))), ("99999999999", .offset(Offset(99_999_999_999))),
    ("100000000000", .time(Timestamp(milliseconds: 100_000_000_000))), ("1767225600000", .time(Timestamp(milliseconds: 1_767_225_600_000))),
    ("2026-01-01", .time(Timestamp(milliseconds: 1_767_225_600_000))), ("20260101", .time(Timestamp(milliseconds: 1_767_225_600_000))),
    ("2026-01-01T01:00:00Z", .time(Timestamp(milliseconds: hour(1)))), ("12345678", .offset(Offset(12_345_678))), ("-1", nil),
    ("soon", nil),
  ])
  func aBoundIsAnOffsetOrATime(text: String, bound: ReadBound?) { #expect(ReadBound(text) == bound) }

  @Test func statusPassesOverControlRecords() throws {
    let sample = try SampleLog()
    let control = SampleLog.Line(time: 0, key: nil, value: "{}", headers: [("ce_type", "io.prowzi.control.config")])
    try sample.append(.raw, 0, [control, .init(time: hour(1), key: nil, value: "a"), .init(time: hour(2), key: nil, value: "b"), control])
    try sample.append(.raw, 1, [control])
    let raw = try LogStatus.partitions(of: try sample.reader(), fold: "pipeline").filter { $0.target.topic == .raw }
    #expect(raw.map(\.records) == [4, 1])
    #expect(raw.map(\.lag) == [4, 1])
    #expect(raw.map(\.first?.milliseconds) == [hour(1), nil])
    #expect(raw.map(\.last?.milliseconds) == [hour(2), nil])
  }

  @Test func aPersonsRecordCarriesStreamTimeInALogOfThePast() throws {
    let sample = try SampleLog()
    try sample.append(.raw, 1, [.init(time: hour(5), key: nil, value: "a")])
    let log = try sample.reader()
    #expect(try StreamTime.now(in: log, clock: Timestamp(milliseconds: hour(5) + 1000)).milliseconds == hour(5) + 1000)
    #expect(try StreamTime.now(in: log, clock: Timestamp(milliseconds: hour(500))).milliseconds == hour(5))
    #expect(try StreamTime.now(in: try SampleLog().reader(), clock: Timestamp(milliseconds: hour(500))).milliseconds == hour(500))
  }

  @Test func countsAreByFrequencyThenName() throws {
    let sample = try SampleLog()
    func letter(_ code: String) -> SampleLog.Line { .init(time: hour(0), key: nil, value: "x", headers: [("prowzi-error-code", code)]) }
    try sample.append(DerivedTopic.deadletters.name, 0, [letter("b"), letter("c"), letter("a")])
    try sample.append(DerivedTopic.deadletters.name, 1, [letter("c"), .init(time: hour(0), key: nil, value: "x")])
    let rows = try RecordCounts.rejections(in: try sample.reader()) { true }.rows
    #expect(rows.map(\.name) == ["c", "(no code)", "a", "b"])
    #expect(rows.map(\.count) == [2, 1, 1, 1])
  }
}
