import CommandLine
import Model

extension FuzzTargets {
  static let arguments: [FuzzTarget] = [
    FuzzTarget("time", "a time that is read is written and read again the same", maxLength: 80, seeds: { timeSeeds }, body: checkTime),
    FuzzTarget(
      "quantity", "durations and sizes are read without overflow, and never negative", maxLength: 80, seeds: { quantitySeeds },
      body: checkQuantity),
    FuzzTarget(
      "identifier", "ids, coordinates, topics and base64 have one text each", maxLength: 300, seeds: { identifierSeeds },
      body: checkIdentifier),
    FuzzTarget(
      "command_line", "any words are a command, help or a mistake with advice", maxLength: 400, seeds: { wordSeeds }, body: checkWords),
  ]

  private static let timeSeeds: [[UInt8]] = [
    "2026-02-21T03:52:18Z", "2026-02-21", "1771632000000", "2026-02-21T03:52:18.123456789+05:30", "Thu, 24 Jul 2025 04:20:52 +0000",
    "0000-01-01",
    "9999-12-31T23:59:60Z", "2024-02-29T24:00:00Z", "-1", "-9223372036854775808", "20260221T035218Z", "2026-02-21 03:52",
    "02 Jan 06 15:04 MST",
  ].map { [UInt8](text: $0) }

  private static func checkTime(_ bytes: [UInt8]) throws(BrokenLaw) {
    let text = bytes.displayText
    for time in [Timestamp.read(text)?.timestamp, Timestamp.read(bytes)?.timestamp, Timestamp.readArgument(text)].compactMap(\.self) {
      let written = time.rfc3339
      try hold(written.utf8.count <= 40, "\(time.milliseconds) is written \(written)")
      // Years of more than four digits have no RFC 3339.
      guard (-62_135_596_800_000...253_402_300_799_999).contains(time.milliseconds) else { continue }
      try hold(Timestamp.read(written)?.timestamp == time, "\(text) is \(time.milliseconds), written \(written) and read as another")
    }
  }

  private static let quantitySeeds: [[UInt8]] = [
    "500ms", "90s", "15m", "24h", "7d", "1h30m", "0", "4096", "64KiB", "256MiB", "1GB", "9223372036854775807ms", "106751991167d",
    "8388607TiB", "1h-1m",
    "1H", "٣s",
  ].map { [UInt8](text: $0) }

  private static func checkQuantity(_ bytes: [UInt8]) throws(BrokenLaw) {
    let text = bytes.displayText
    if let time = Quantity.milliseconds(text) {
      try hold(time >= 0, "\(text) is a negative duration")
      try hold(Quantity.milliseconds("\(time)ms") == time, "\(text) is another in milliseconds")
    }
    if let size = Quantity.bytes(text) { try hold(size >= 0 && Quantity.bytes("\(size)") == size, "\(text) is a negative size") }
  }

  private static let identifierSeeds: [[UInt8]] = [
    "019c7e2a-1111-7222-8333-444455556666", "prowzi.raw/3/1234", "prowzi.raw", "QUJD", "QUI=", "rush@1", "0123456789abcdef",
  ].map { [UInt8](text: $0) }

  private static func checkIdentifier(_ bytes: [UInt8]) throws(BrokenLaw) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    if let id = EventID(text) { try hold(EventID(id.text) == id && EventID(bytes, in: 0..<bytes.count) == id, "\(text) is two ids") }
    if let place = Coordinates(text) { try hold(Coordinates(place.description) == place, "\(text) is two places") }
    if let topic = TopicName(text) { try hold(topic.text == text && !text.contains("/") && text != "..", "\(text) is a topic") }
    if let decoded = Base64.decode(text) { try hold(Base64.encode(decoded) == text, "\(text) is not the base64 of what it decodes to") }
    if let digest = Digest(hex: text) { try hold(digest.hex == text.lowercased(), "\(text) is another digest") }
    if let decoded = [UInt8](hexadecimal: text) { try hold(decoded.count * 2 == bytes.count, "\(text) has odd digits") }
  }

  private static let commands = CommandSet(
    program: "fuzz", abstract: "a command line", version: "1", groups: [(name: "log", abstract: "the log")],
    commands: [
      Command(
        "run", "runs",
        options: [
          .value("data", "DIRECTORY", "where", defaultValue: "x", environment: "PROWZI_DATA"), .flag("follow", "on and on", short: "f"),
          .value("batch", "N", "how many"),
          .choice("format", ["text", "json"], "how", defaultValue: "text"),
        ]),
      Command(
        "log verify", "verifies", arguments: [.init("topic", "which", isOptional: true, isRepeated: true)],
        options: [.value("from", "TIME", "since when")]),
    ])

  private static let wordSeeds: [[UInt8]] = [
    ["run", "--data", "x", "--batch=5", "-f"], ["log", "verify", "a", "b", "--from", "2026-01-01"], ["--help"], ["run", "--", "-x"],
    ["help", "log"],
    ["run", "--format=xml"], ["--version"], ["run", "--batch", "-5"],
  ].map { [UInt8](text: $0.joined(separator: "\u{0}")) }

  private static func checkWords(_ bytes: [UInt8]) throws(BrokenLaw) {
    let words = bytes.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    do throws(ProwziError) {
      switch try commands.parse(words, environment: { $0 == "PROWZI_DATA" ? "y" : nil }) {
      case .print(let text): try lawfully(!text.isEmpty, "help is empty")
      case .run(let command, let parsed):
        if command.path == ["run"] {
          _ = parsed.flag("follow")
          _ = try parsed.integer("batch", in: 1...100)
          _ = parsed.list("data")
        } else {
          _ = try parsed.timestamp("from")
        }
      }
    } catch {
      try hold(
        !error.message.isEmpty && error.message.utf8.count <= 40 * bytes.count + 2000,
        "a mistake is told in \(error.message.utf8.count) bytes")
      try hold(error.code.text.hasPrefix("usage."), "a mistake has the code \(error.code)")
    }
  }

  /// `hold` where a reader's errors are caught.
  private static func lawfully(_ condition: Bool, _ message: String) throws(ProwziError) {
    if !condition { throw ProwziError("broken", message) }
  }
}
