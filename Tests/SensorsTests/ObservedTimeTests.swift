import Model
import Sensors
import Testing

@Suite struct ObservedTimeTests {
  private func only(_ json: String, field: String = "t", latest: Timestamp? = nil) throws -> RawItem {
    var reader = RecordReader(MemorySource(bytes(json)), format: .jsonLines, time: .init(field: field, latest: latest))
    return try #require(try reader.next())
  }

  static let good: [(String, Int64)] = [
    ("\"1970-01-01T00:00:01Z\"", 1000), ("\"1970-01-01T01:00:00.250+01:00\"", 250), ("\"Thu, 01 Jan 1970 00:00:02 +0000\"", 2000),
    ("1700000000", 1_700_000_000_000), ("1700000000123", 1_700_000_000_123), ("\"1700000000\"", 1_700_000_000_000),
    ("1700000000.5", 1_700_000_000_500), ("-1", -1000), ("99999999999", 99_999_999_999_000), ("100000000000", 100_000_000_000),
    ("20260221", 20_260_221_000), ("\"1970-01-0\\u0031T00:00:01Z\"", 1000), ("253402300799999", 253_402_300_799_999),
  ]

  @Test(arguments: good) func timesAreRead(value: String, milliseconds: Int64) throws {
    let item = try only("{\"x\":{\"t\":0},\"t\":\(value)}")
    #expect(item.observedAt == Timestamp(milliseconds: milliseconds))
    #expect(item.timeProblem == nil)
    #expect(!item.isDayOnly)
  }

  @Test func aDayIsItsMidnightAndSaysSo() throws {
    for value in ["\"1970-01-02\"", "\"19700102\""] {
      let item = try only("{\"t\":\(value)}")
      #expect(item.observedAt == Timestamp(milliseconds: .day))
      #expect(item.isDayOnly)
    }
  }

  static let bad: [(String, TimeProblem)] = [
    ("{}", .missing), ("{\"t\":null}", .missing), ("{\"t\":\"\"}", .missing), ("{\"t\":\" \"}", .missing), ("{\"t\":{\"t\":1}}", .missing),
    ("[]", .missing), ("not json", .missing), ("{\"t\":\"soon\"}", .unreadable), ("{\"t\":true}", .unreadable),
    ("{\"t\":1e9}", .unreadable),
    ("{\"t\":\"2026-02-30\"}", .unreadable), ("{\"t\":1.2.3}", .unreadable), ("{\"t\":.5}", .unreadable),
    ("{\"t\":253402300800000}", .outOfRange), ("{\"t\":99999999999999999999999999999999}", .outOfRange),
    ("{\"t\":-99999999999999999999999999999999}", .outOfRange),
  ]

  @Test(arguments: bad) func aBadTimeStillDeliversTheItem(json: String, problem: TimeProblem) throws {
    let item = try only(json)
    #expect(item.value == bytes(json))
    #expect(item.observedAt == nil)
    #expect(item.timeProblem == problem)
  }

  @Test func momentsAfterTheLatestAreNotBelieved() throws {
    #expect(try only("{\"t\":2001}", latest: Timestamp(milliseconds: 2_000_000)).timeProblem == .inTheFuture)
    #expect(try only("{\"t\":2000}", latest: Timestamp(milliseconds: 2_000_000)).timeProblem == nil)
  }

  @Test func aDottedFieldIsANameFirstAndThenAPath() throws {
    #expect(try only("{\"a\":{\"b\":{\"c\":5}}}", field: "a.b.c").observedAt == Timestamp(milliseconds: 5000))
    #expect(try only("{\"a\":{\"b\":5},\"a.b\":6}", field: "a.b").observedAt == Timestamp(milliseconds: 6000))
  }

  @Test func withoutAFieldTheClockStamps() throws {
    let clock = FixedClock(moment: Timestamp(milliseconds: 77))
    var reader = RecordReader(MemorySource(bytes("{\"t\":1}\n")), format: .jsonLines, clock: clock)
    #expect(try reader.next()?.observedAt == clock.moment)
  }

  @Test func aColumnHoldsTheTimeOfARow() throws {
    let found = try items(reader(bytes("a,\"the time\",c\n\"x,\"\"\n\",1970-01-01T00:00:01Z,z\nonly\n,\"2\",\n"), .csv, field: "the time"))
    #expect(found.map(\.observedAt?.milliseconds) == [1000, nil, 2000])
    #expect(found[1].timeProblem == .missing)
  }

  @Test func aMissingColumnIsAnErrorThatListsTheOthers() {
    var reader = reader(bytes("a,b\n1,2\n"), .csv, field: "t")
    let error = #expect(throws: ProwziError.self) { try reader.next() }
    #expect(error?.code == .noSuchColumn)
    #expect(error?.advice == "Name one of its columns: a, b")
  }

  @Test func aStreamsClockNeverGoesBack() {
    var clock = StreamClock()
    #expect(clock.advance(to: nil) == nil)
    #expect(clock.advance(to: Timestamp(milliseconds: 5)) == Timestamp(milliseconds: 5))
    #expect(clock.advance(to: Timestamp(milliseconds: 3)) == Timestamp(milliseconds: 5))
    #expect(clock.advance(to: nil) == Timestamp(milliseconds: 5))
    #expect(clock.advance(to: Timestamp(milliseconds: 9)) == Timestamp(milliseconds: 9))
  }
}

@Suite struct JSONScanTests {
  private func find(_ path: String, _ json: String) -> String? {
    JSONScan.scalar(at: path.split(separator: "/").map { bytes(String($0)) }, in: bytes(json))?.content.displayText
  }

  @Test func membersAreFoundBehindStringsEscapesAndNesting() {
    #expect(find("t", "{\"a\":\"\\\"t\\\":1\",\"b\":[{\"t\":2}],\"c\":{\"t\":3},\"t\":4}") == "4")
    #expect(find("t", " { \"\\u0074\" : \"a\\nb\\u00e9\\ud83d\\ude00\" } ") == "a\nbé😀")
    #expect(find("a/b", "{\"a\":{\"x\":1,\"b\":\"y\"}}") == "y")
    #expect(find("t", "{\"t\":1,\"t\":2}") == "1")
    #expect(find("t", "{\"t\":[1]}") == nil)
    #expect(find("t", "{\"tt\":1}") == nil)
  }

  @Test func depthCostsNothing() {
    let depth = 10_000
    let open = String(repeating: "[{\"t\":", count: depth)
    let close = String(repeating: "}]", count: depth)
    #expect(find("t", "{\"deep\":\(open)0\(close),\"t\":1}") == "1")
    #expect(find("t", "{\"deep\":\(open)") == nil)
  }

  @Test func everyPrefixAndEveryChangedByteIsSurvived() {
    let json = bytes("\u{feff}{\"a\":\"x\\u00e9\\\\\",\"b\":[1,{\"t\":2}],\"t\":\"\\ud800\\q\"}")
    let path = [[UInt8]("t".utf8)]
    for length in 0...json.count { _ = JSONScan.scalar(at: path, in: Array(json.prefix(length))) }
    for index in json.indices {
      for byte in [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "]"), 0, 0xff] {
        var changed = json
        changed[index] = byte
        _ = JSONScan.scalar(at: path, in: changed)
        _ = JSONScan.elements(in: changed)
      }
    }
    #expect(JSONScan.scalar(at: path, in: json)?.content.displayText == "\u{fffd}q")
  }

  @Test func elementsOfAnArrayAreRanges() {
    let json = bytes("[1, {\"a\":[2,3]}, \"x,y\"] ")
    #expect(JSONScan.elements(in: json)?.map { json[$0].count } == [1, 11, 5])
    #expect(JSONScan.elements(in: bytes("[]"))?.isEmpty == true)
    #expect(JSONScan.elements(in: bytes("[1")) == nil)
    #expect(JSONScan.elements(in: bytes("[,]")) == nil)
    #expect(JSONScan.elements(in: bytes("{}")) == nil)
  }
}
