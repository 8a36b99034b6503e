import CommandLine
import Model
import Testing

let sample = CommandSet(
  program: "prowzi", abstract: "Turns raw feeds into scored briefs", version: "1.2.3",
  groups: [("log", "Topics, records and their files")],
  commands: [
    Command(
      "ingest", "Reads files into the log",
      discussion:
        "Records are kept byte for byte.\n\n  raw -> log\n\nA second run of the same file adds nothing, because every record is known by its digest.",
      examples: [
        .init("prowzi ingest news.jsonl.zst --time-field seen_at", "Reads one compressed file"),
        .init("prowzi ingest -", "Reads standard input"),
      ],
      arguments: [.init("file", "A file, or - for standard input", isRepeated: true)],
      options: [
        .value("data", "DIR", "The data directory", short: "d", defaultValue: "./prowzi-data", environment: "PROWZI_DATA"),
        .choice("format", ["text", "json"], "How to print", defaultValue: "text", environment: "PROWZI_FORMAT"),
        .value("workers", "N", "Threads"), .value("since", "TIME", "Passes over what is older"), .value("every", "DURATION", "How often"),
        .value("block", "SIZE", "Bytes at once"), .value("only", "LIST", "Sources", isRepeated: true),
        .flag("verbose", "Says more", short: "v"),
      ]),
    Command(
      "log verify", "Checks every batch",
      arguments: [.init("topic", "The topic"), .init("partition", "One partition only", isOptional: true)],
      options: [.value("key", "FILE", "A key", environment: "PROWZI_KEY", isRequired: true)]),
    Command("log list", "Lists the topics"),
  ])

func parsed(_ line: String, environment: [String: String] = [:]) throws -> ParsedArguments {
  let words = line.split(separator: " ").map(String.init)
  guard case .run(_, let arguments) = try sample.parse(words, environment: { environment[$0] }) else {
    throw ProwziError("test.not_a_run", line)
  }
  return arguments
}

@Suite struct ParsingTests {
  @Test func optionsFlagsAndArgumentsMixFreely() throws {
    let found = try parsed("ingest a --data=x=y -v b --workers 4 -- --c")
    #expect(found.arguments("file") == ["a", "b", "--c"])
    #expect(found.string("data") == "x=y")
    #expect(found.flag("verbose"))
    #expect(try found.integer("workers", in: 1...8) == 4)
    #expect(found.required("format") == "text")
    #expect(try found.integer("workers", in: 1...8) == 4)
  }

  @Test func aDashAndANumberAreArguments() throws {
    #expect(try parsed("ingest - -5").arguments("file") == ["-", "-5"])
  }

  @Test func valuesComeFromTheLineThenTheEnvironmentThenTheDefault() throws {
    #expect(try parsed("ingest a -d here", environment: ["PROWZI_DATA": "there"]).string("data") == "here")
    #expect(try parsed("ingest a", environment: ["PROWZI_DATA": "there"]).string("data") == "there")
    #expect(try parsed("ingest a", environment: ["PROWZI_DATA": ""]).string("data") == "./prowzi-data")
  }

  @Test func typedValuesAreRead() throws {
    let found = try parsed("ingest a --since 2026-02-21 --every 1h30m --block 64KiB --only a,b, --only c --format json")
    #expect(try found.timestamp("since")?.rfc3339 == "2026-02-21T00:00:00Z")
    #expect(try found.duration("every") == 5_400_000)
    #expect(try found.byteCount("block") == 65536)
    #expect(found.list("only") == ["a", "b", "c"])
    enum Format: String, CaseIterable { case text, json }
    #expect(try found.choice("format", of: Format.self) == .json)
    #expect(try parsed("ingest a --since 1700000000000").timestamp("since")?.milliseconds == 1_700_000_000_000)
    #expect(try parsed("ingest a").duration("every") == nil)
  }

  @Test func quantitiesRefuseNonsenseAndOverflow() {
    for text in ["", "5", "h", "1x", "-1s", "1.5h", "99999999999999999999s", "9223372036854775807d", "1h m"] {
      #expect(Quantity.milliseconds(text) == nil, "\(text)")
    }
    for text in ["", "-1", "KiB", "1 KiB", "9999999999999TiB"] { #expect(Quantity.bytes(text) == nil, "\(text)") }
    #expect(Quantity.milliseconds("0") == 0)
    #expect(Quantity.milliseconds("1d2h3m4s5ms") == 93_784_005)
    #expect(Quantity.bytes("1GB") == 1_000_000_000)
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var line: String
    var expected: String
    var testDescription: String { line }
  }

  static let wording: [Row] = [
    Row(line: "", expected: "prowzi: 'prowzi' needs a command\n  try: Choose one: ingest, log\n"),
    Row(line: "log", expected: "prowzi: 'prowzi log' needs a command\n  try: Choose one: verify, list\n"),
    Row(line: "ingset x", expected: "prowzi: there is no command 'ingset'\n  try: Did you mean 'ingest'?\n"),
    Row(line: "log verfy", expected: "prowzi: there is no command 'log verfy'\n  try: Did you mean 'log verify'?\n"),
    Row(line: "lgo list", expected: "prowzi: there is no command 'lgo'\n  try: Did you mean 'log'?\n"),
    Row(line: "zebra", expected: "prowzi: there is no command 'zebra'\n  try: Run 'prowzi --help' for the commands there are\n"),
    Row(
      line: "log zebra", expected: "prowzi: there is no command 'log zebra'\n  try: Run 'prowzi log --help' for the commands there are\n"),
    Row(
      line: "help log zebra",
      expected: "prowzi: there is no command 'log zebra'\n  try: Run 'prowzi log --help' for the commands there are\n"),
    Row(line: "--data x ingest", expected: "prowzi: '--data' stands before any command\n  try: Put options after the command's name\n"),
    Row(line: "ingest a --dta x", expected: "prowzi: there is no option --dta\n  at: prowzi ingest\n  try: Did you mean --data?\n"),
    Row(
      line: "ingest a --wrokers=2", expected: "prowzi: there is no option --wrokers\n  at: prowzi ingest\n  try: Did you mean --workers?\n"),
    Row(
      line: "ingest a --zzzzzz", expected: "prowzi: there is no option --zzzzzz\n  at: prowzi ingest\n  try: Run 'prowzi ingest --help'\n"),
    Row(line: "ingest a -q", expected: "prowzi: there is no option -q\n  at: prowzi ingest\n  try: Run 'prowzi ingest --help'\n"),
    Row(line: "ingest a --workers", expected: "prowzi: --workers needs a value\n  at: prowzi ingest\n  try: Write --workers N\n"),
    Row(line: "ingest a --data --verbose", expected: "prowzi: --data needs a value\n  at: prowzi ingest\n  try: Write -d, --data DIR\n"),
    Row(line: "ingest a --verbose=1", expected: "prowzi: --verbose takes no value\n  at: prowzi ingest\n  try: Write --verbose alone\n"),
    Row(line: "ingest a --data x --data y", expected: "prowzi: --data is given twice\n  at: prowzi ingest\n  try: Give it once\n"),
    Row(line: "ingest a --format jso", expected: "prowzi: --format cannot be 'jso'\n  at: prowzi ingest\n  try: Did you mean json?\n"),
    Row(
      line: "ingest a --format yaml", expected: "prowzi: --format cannot be 'yaml'\n  at: prowzi ingest\n  try: Choose one: text, json\n"),
    Row(line: "ingest", expected: "prowzi: the argument <file> is missing\n  at: prowzi ingest\n  try: Run 'prowzi ingest --help'\n"),
    Row(
      line: "log verify a 1 2 --key k",
      expected: "prowzi: the argument '2' is one too many\n  at: prowzi log verify\n  try: Run 'prowzi log verify --help'\n"),
    Row(line: "log verify a", expected: "prowzi: --key is missing\n  at: prowzi log verify\n  try: Give --key FILE or set PROWZI_KEY\n"),
  ]

  @Test(arguments: wording) func everyUsageErrorIsWordedAndExitsWithTwo(row: Row) {
    let error = #expect(throws: ProwziError.self) { try sample.parse(row.line.split(separator: " ").map(String.init)) }
    guard let error else { return }
    #expect(ErrorWording.text(error) == row.expected)
    #expect(ExitCode(for: error.code) == .usage)
  }

  @Test func badValuesNameWhereTheyCameFrom() {
    let error = #expect(throws: ProwziError.self) { try parsed("ingest a --workers 99").integer("workers", in: 1...8) }
    #expect(error?.message == "--workers cannot be '99'")
    #expect(error?.advice == "Give a whole number from 1 to 8")
    let fromEnvironment = #expect(throws: ProwziError.self) { try parsed("ingest a", environment: ["PROWZI_FORMAT": "xml"]) }
    #expect(fromEnvironment?.message == "PROWZI_FORMAT cannot be 'xml'")
  }
}
