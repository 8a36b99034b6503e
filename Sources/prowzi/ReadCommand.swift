import CommandLine
import Inspect
import JSON
import Model
import Ports
import RecordFormat
import Runtime

enum ReadCommand: ProgramCommand {
  static let declaration = Command(
    "read", "Prints the records of a topic",
    discussion: """
      One record a line: partition/offset, observed time, key and value. On a terminal values are cut to the line; elsewhere, and with --whole, they are \
      whole. Partitions follow one another; with --follow they take turns.

      --from and --to take an offset or a time. A whole number below 100000000000 is an offset, a larger one milliseconds since 1970.

      With --format json every line is an object with topic, partition, offset, timestamp, key and value; a value that is not JSON is value_base64.
      """,
    examples: [
      .init("prowzi read prowzi.banded --limit 10", "The first ten"),
      .init("prowzi read prowzi.raw --partition 3 --from 120 --to 121 --headers", "One record, with its headers"),
      .init("prowzi read prowzi.briefs --follow --format json", "Briefs as they are made"),
      .init("prowzi read prowzi.normalized --from 2026-02-21 --to 2026-02-22", "What was observed on a day"),
    ],
    arguments: [.init("topic", "A topic's name; 'prowzi topics list' shows them")],
    options: [
      CommonOptions.data, .value("partition", "P", "Only this partition", short: "p"),
      .value("from", "OFFSET|TIME", "Where to begin, included"), .value("to", "OFFSET|TIME", "Where to end, excluded"),
      .value("key", "KEY", "Only records with this key"), .value("limit", "N", "At most so many records", short: "n"),
      .flag("headers", "Prints headers, too"), .flag("whole", "Prints values whole on a terminal, too"),
      .flag("follow", "Stays and prints what comes", short: "f"), CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let selection = try RecordSelection(arguments)
    let limit = try arguments.integer("limit", in: 1...Int.max)
    let log = try arguments.place().reader()
    let targets = try Targets.chosen(arguments, topic: arguments.argument("topic") ?? "", of: log)
    var printer = RecordPrinter(output, headers: arguments.flag("headers"), whole: arguments.flag("whole"), margin: "")
    var next: [Offset] = []
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    for target in targets { next.append(try selection.from?.start(in: target, of: log) ?? .zero) }
    var left = limit ?? .max
    while true {
      let seen = log.version
      for (index, target) in targets.enumerated() where left > 0 {
        next[index] = try log.walk(target, from: next[index]) { (records, place) throws(ProwziError) in
          guard selection.wants(records, place) else { return !output.isClosed && !interruption.stop.isRaised }
          printer.print(records, place, of: target)
          left -= 1
          return left > 0 && !output.isClosed && !interruption.stop.isRaised
        }
      }
      guard arguments.flag("follow"), left > 0, !output.isClosed, !interruption.stop.isRaised else { break }
      output.flush()
      while !interruption.stop.isRaised, try !log.waitForCommit(after: seen, timeoutMilliseconds: 200) {}
    }
    return interruption.stop.isRaised ? .interrupted : .success
  }
}

/// Which records somebody wants to see.
struct RecordSelection {
  var from: ReadBound?
  var to: ReadBound?
  var key: [UInt8]?

  init(_ arguments: ParsedArguments) throws(ProwziError) {
    from = try arguments.read("from", RecordSelection.expected) { ReadBound($0) }
    to = try arguments.read("to", RecordSelection.expected) { ReadBound($0) }
    key = arguments.string("key").map { [UInt8](text: $0) }
  }

  static let expected = "an offset such as 120, or a time such as 2026-02-21T03:52:18Z or 2026-02-21"

  func wants(_ records: RecordBuffer, _ index: Int) -> Bool {
    let record = records.records[index]
    if let from, !from.isReached(by: record.offset, at: record.timestamp) { return false }
    if let to, to.isReached(by: record.offset, at: record.timestamp) { return false }
    guard let key else { return true }
    return record.key.map { records.bytes[$0].elementsEqual(key) } ?? false
  }
}

/// Which partitions a command is about.
enum Targets {
  /// Reads `--partition`.
  static func chosen(_ arguments: ParsedArguments, topic text: String, of log: any LogReader) throws(ProwziError) -> [TopicPartition] {
    guard let topic = TopicName(text) else {
      throw ProwziError(
        "log.unknown_topic", "'\(text)' is no topic's name", advice: "Choose one: \(log.topics().map(\.name.text).joined(separator: ", "))")
    }
    let all = try log.partitions(of: topic)
    guard let number = try arguments.integer("partition", in: 0...4095) else { return all }
    guard number < all.count else {
      throw ProwziError(
        "log.unknown_partition", "there is no partition \(number)", place: "\(topic)", advice: "Choose one from 0 to \(all.count - 1)")
    }
    return [all[number]]
  }
}
