import CommandLine
import Model
import Testing

@Suite struct OutputTests {
  static let exits: [(String, Int32)] = [
    ("usage.bad_value", 2), ("config.invalid", 3), ("sensor.record_too_long", 3), ("file.not_found", 4), ("log.unknown_topic", 4),
    ("file.locked", 5), ("log.locked", 5), ("file.full", 6), ("file.io", 6), ("file.denied", 6), ("log.failed", 6), ("log.corrupt", 7),
    ("log.corrupt.batch", 7), ("replay.difference", 1), ("interrupted", 130), ("internal.bug", 70), ("nobody.knows", 70), ("filex", 70),
    ("codec.unsupported", 3), ("codec.corrupt", 7),
  ]

  @Test(arguments: exits) func errorCodesEndInTheirExitCode(code: String, exit: Int32) {
    #expect(ExitCode(for: .init(code)).rawValue == exit)
  }

  @Test func anErrorAsTextAndAsJSON() {
    let error = ProwziError("log.corrupt", "bad \"checksum\"\n", place: "a/b\u{1b}[2J", advice: "Run verify", cause: "crc")
    #expect(ErrorWording.text(error) == "prowzi: bad \"checksum\"\\u{a} (crc)\n  at: a/b\\u{1b}[2J\n  try: Run verify\n")
    #expect(
      ErrorWording.json(error)
        == "{\"error\":{\"code\":\"log.corrupt\",\"message\":\"bad \\\"checksum\\\"\\n\",\"place\":\"a/b\\u001b[2J\",\"advice\":\"Run verify\",\"cause\":\"crc\"}}\n"
    )
    #expect(ErrorWording.json(.init("a.b", "c")) == "{\"error\":{\"code\":\"a.b\",\"message\":\"c\"}}\n")
    #expect(ErrorWording.text(.init("a.b", "c"), style: TextStyle(isColoured: true)) == "\u{1b}[31mprowzi:\u{1b}[0m c\n")
  }

  @Test func colourNeedsATerminalAndNoRefusal() {
    #expect(TextStyle(isTerminal: true, environment: { _ in nil }).isColoured)
    #expect(!TextStyle(isTerminal: false, environment: { _ in nil }).isColoured)
    #expect(!TextStyle(isTerminal: true, environment: { $0 == "NO_COLOR" ? "1" : nil }).isColoured)
    #expect(TextStyle(isTerminal: true, environment: { $0 == "NO_COLOR" ? "" : nil }).isColoured)
    #expect(!TextStyle(isTerminal: true, environment: { $0 == "TERM" ? "dumb" : nil }).isColoured)
  }

  @Test func numbersAreWrittenForPeople() {
    #expect([0, 999, 1000, 1_234_567, -1000].map(Display.count) == ["0", "999", "1,000", "1,234,567", "-1,000"])
    #expect([0, 1023, 1024, 1536, 268_435_456].map(Display.bytes) == ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "256.0 MiB"])
    #expect(Display.bytes(.max) == "7.9 EiB")
    let durations: [Int64] = [0, 999, 1000, 2450, 185_000, 7_380_000, 356_400_000, -1500]
    #expect(
      durations.map { Display.duration(milliseconds: $0) }
        == ["0 ms", "999 ms", "1.0 s", "2.4 s", "3 min 05 s", "2 h 03 min", "4 d 03 h", "-1.5 s"])
  }

  @Test func tablesAlignNumbersToTheRight() {
    var table = TextTable(["source", "records", "rate", "note"])
    table.add(["arxiv", "38,306", "1.5 %", "x"])
    table.add(["hn\u{1b}", "7", "-", ""])
    #expect(
      table.text() == """
        source    records   rate  note
        arxiv      38,306  1.5 %  x
        hn\\u{1b}        7      -

        """)
    #expect(TextTable(["a", "b"]).text() == "a  b\n")
  }

  @Test func progressKeepsSilentAtFirst() {
    var progress = Progress("reading", total: 100, isTerminal: true, now: 0)
    #expect(progress.update(done: 1, now: 1999) == nil)
    #expect(progress.finish() == nil)
    #expect(progress.update(done: 20, now: 2000) == "\r\u{1b}[Kreading: 20 of 100 records (20 %), 10/s, 8.0 s left")
    #expect(progress.update(done: 30, now: 2249) == nil)
    #expect(progress.update(done: 30, now: 2250) != nil)
    #expect(progress.finish() == "\r\u{1b}[K")
    #expect(progress.finish() == nil)
  }

  @Test func progressElsewhereIsALineInTenSeconds() {
    var progress = Progress("reading", isTerminal: false, now: 0)
    #expect(progress.update(done: 2_000, now: 2000) == "reading: 2,000 records, 1,000/s\n")
    #expect(progress.update(done: 3_000, now: 11_999) == nil)
    #expect(progress.update(done: 12_000, now: 12_000) == "reading: 12,000 records, 1,000/s\n")
    #expect(progress.finish() == nil)
  }

  @Test func progressSurvivesHugeAndOddNumbers() {
    var progress = Progress("reading", total: .max, isTerminal: false, now: 0)
    #expect(progress.update(done: 1, now: .max / 2)?.hasPrefix("reading: 1 of 9,223,372,036,854,775,807 records (0 %), 0/s") == true)
    var beyond = Progress("reading", total: 10, isTerminal: false, now: 0)
    #expect(beyond.update(done: 30, now: 3000) == "reading: 30 of 10 records (100 %), 10/s\n")
  }

  @Test func progressFitsTheTerminal() {
    var progress = Progress("reading", isTerminal: true, width: 12, now: 0)
    #expect(progress.update(done: 1, now: 5000) == "\r\u{1b}[Kreading: 1 ")
  }
}
