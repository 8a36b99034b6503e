import Fixtures
import JSON
import Model
import Ports
import Runtime
import Sensors
import Stages
import Testing

/// Input that cannot be used: a dead letter or an error that says why, and everything around it as if it were not there.
@Suite struct BadInputTests {
  /// A record of `arxiv_daily`, and one that is bad.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var value: [UInt8]
    var code: String

    var testDescription: String { name }
  }

  static func paper(
    _ id: String, title: String = "A measured comparison of sparse attention kernels", time: String = "2026-03-01T05:00:00Z"
  ) -> [UInt8] {
    [UInt8](
      text: #"{"captured_at": "\#(time)", "id": "\#(id)", "title": "\#(title)", "authors": ["A. Person"], "categories": ["cs.LG"], "#
        + #""published_at": "\#(time)", "summary": "We compare kernels and report what we find."}"#)
  }

  static let nested =
    [UInt8](text: #"{"captured_at": "2026-03-01T05:00:00Z", "id": "2603.00002", "title": "#)
    + [UInt8](repeating: UInt8(ascii: "["), count: 10_000) + [UInt8](repeating: UInt8(ascii: "]"), count: 10_000) + [UInt8](text: "}")

  static let cases: [Case] = [
    Case(
      name: "bytes that are not UTF-8", value: paper("2603.00002").replacing([UInt8](text: "sparse"), with: [0x73, 0xc3, 0x28]),
      code: "text.encoding"),
    Case(
      name: "a record of 2 MiB", value: paper("2603.00002", title: String(repeating: "long ", count: 420_000)), code: "record.too_large"),
    Case(name: "JSON nested 10,000 deep", value: nested, code: "json.depth"),
    Case(name: "a line cut in half", value: Array(paper("2603.00002").prefix(90)), code: "parse.json"),
    Case(name: "a time in the year 300000", value: paper("2603.00002", time: "+300000-01-01T00:00:00Z"), code: "time.out_of_range"),
    Case(
      name: "no id", value: [UInt8](text: #"{"captured_at": "2026-03-01T05:00:00Z", "title": "Nameless"}"#), code: "schema.missing_field"),
    Case(name: "bytes that mean nothing", value: [0x01, 0x7b, 0x22, 0x00], code: "parse.json"),
  ]

  @Test(arguments: cases) func aBadLineIsADeadLetterAndItsNeighboursAreNot(_ bad: Case) throws {
    let folder = TemporaryFolder()
    let lines = [Self.paper("2603.00001"), bad.value, Self.paper("2603.00003", title: "Another paper about retrieval")]
    let file = folder.write(Array(lines.joined(separator: [0x0a])) + [0x0a], to: "papers.jsonl")
    let directory = try Self.directory(in: folder)
    let report = try Ingest(directory, clock: FixedClock()).files(
      [file], source: "arxiv_daily", timeField: "captured_at", format: nil, stop: StopFlag(), progress: { _ in })
    #expect(report.streams[0].records == 3, "all of it is in the log")
    let run = try fold(directory)
    #expect(run.counters.events == 2)
    let letters = try directory.records(of: DerivedTopic.deadletters.name)
    #expect(letters.map { $0.header("prowzi-error-code") } == [bad.code])
    #expect(letters.first?.value == bad.value, "nothing is lost")
    let byte = try #require(letters.first?.header("prowzi-error-byte").flatMap { Int($0) })
    #expect((0...bad.value.count).contains(byte))
    #expect(try verify(directory).isIdentical)
  }

  @Test func aLineOverTheSensorsLimitIsLeftOutAndReported() throws {
    let folder = TemporaryFolder()
    let long = Self.paper("2603.00002", title: String(repeating: "x", count: RecordReader.recordLimit))
    let file = folder.write(Self.paper("2603.00001") + [0x0a] + long + [0x0a] + Self.paper("2603.00003") + [0x0a], to: "papers.jsonl")
    let directory = try Self.directory(in: folder)
    let report = try Ingest(directory, clock: FixedClock()).files(
      [file], source: "arxiv_daily", timeField: "captured_at", format: nil, stop: StopFlag(), progress: { _ in })
    #expect(report.streams[0].records == 2)
    #expect(report.streams[0].tooLong == 1)
    #expect(report.streams[0].errors.first?.code == "sensor.record_too_long")
    #expect(report.streams[0].errors.first?.place?.contains("line 2") == true)
    #expect(try fold(directory).counters.events == 2)
  }

  @Test func aFeedCutInHalfGivesItsWholeItemsAndADeadLetter() throws {
    let folder = TemporaryFolder()
    let whole = FileBytes.read(Place.signals + "/feeds/001.xml")
    let file = folder.write(Array(whole.prefix(whole.count / 2)), to: "feed.xml")
    let directory = try Self.directory(in: folder)
    _ = try Ingest(directory, clock: FixedClock()).files(
      [file], source: "hn_rss", timeField: nil, format: nil, stop: StopFlag(), progress: { _ in })
    let run = try fold(directory)
    #expect(run.counters.events > 0)
    let letters = try directory.records(of: DerivedTopic.deadletters.name)
    #expect(letters.map { $0.header("prowzi-error-code") } == ["parse.xml"])
    let byte = try #require(letters.first?.header("prowzi-error-byte").flatMap { Int($0) })
    #expect(byte <= whole.count / 2)
  }

  @Test func aRowWithAnotherNumberOfColumnsIsADeadLetter() throws {
    let folder = TemporaryFolder()
    let rows = [
      "observed_at,snapshot_day,repo,stars,forks,open_issues,last_commit",
      "2026-03-01T04:00:00Z,2026-03-01,a/one,100,10,1,2026-02-28T00:00:00Z",
      "2026-03-01T04:00:00Z,2026-03-01,a/two,100,10", "2026-03-01T04:00:00Z,2026-03-01,a/three,100,10,1,2026-02-28T00:00:00Z,more",
      "2026-03-01T04:00:00Z,2026-03-01,a/four,100,10,1,2026-02-28T00:00:00Z",
    ]
    let file = folder.write([UInt8](text: rows.joined(separator: "\n") + "\n"), to: "stars.csv")
    let directory = try Self.directory(in: folder)
    _ = try Ingest(directory, clock: FixedClock()).files(
      [file], source: "github_star_ranking", timeField: "observed_at", format: nil, stop: StopFlag(), progress: { _ in })
    #expect(try fold(directory).counters.events == 2)
    let letters = try directory.records(of: DerivedTopic.deadletters.name)
    #expect(letters.map { $0.header("prowzi-error-code") } == ["parse.csv", "parse.csv"])
  }

  /// A hack on several chains: the record has one member of each name.
  @Test func aFactFoundTwiceIsRecordedOnce() throws {
    let folder = TemporaryFolder()
    let line =
      #"{"date": "2026-03-01", "name": "A Bridge", "chains": ["Ethereum", "Solana", "Ethereum"], "technique": "x", "amount_usd": 10}"#
    let file = folder.write([UInt8](text: line + "\n"), to: "hacks.jsonl")
    let directory = try Self.directory(in: folder)
    _ = try Ingest(directory, clock: FixedClock()).files(
      [file], source: "defillama_hacks", timeField: "date", format: nil, stop: StopFlag(), progress: { _ in })
    #expect(try fold(directory).counters.events == 1)
    let value = try #require(try directory.records(of: DerivedTopic.normalized.name).first?.value)
    let document = try JSONDocument(value)
    #expect(document.canonicalBytes == value)
    #expect(value.displayText.ranges(of: "\"chain\":").count == 2, "one in the facts, one in their spans")
  }

  @Test func compressedInputThatEndsTooEarlyKeepsWhatCameBefore() throws {
    let folder = TemporaryFolder()
    let made = Process.shell(
      "zstd -q -o \"$2\" \"$1\" && truncate -s -1000 \"$2\"", Place.signals + "/arxiv_daily.jsonl", folder.path + "/papers.jsonl.zst")
    try #require(made.status == 0, "\(made.output)")
    let directory = try Self.directory(in: folder)
    let report = try Ingest(directory, clock: FixedClock()).files(
      [folder.path + "/papers.jsonl.zst"], source: "arxiv_daily", timeField: "captured_at", format: nil, stop: StopFlag(),
      progress: { _ in })
    #expect(report.streams[0].errors.map(\.code) == ["sensor.compressed_input"])
    #expect(try fold(directory).counters.records == report.streams[0].records + 1, "and the configuration record")
  }

  static func directory(in folder: TemporaryFolder) throws(ProwziError) -> DataDirectory {
    try DataDirectory.create(path: folder.path + "/data", partitions: 1, configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
  }
}
