import CommandLine
import Compression
import JSON
import Kafka
import Model
import Ports
import Runtime
import Topics

enum MirrorCommand: ProgramCommand {
  static let declaration = Command(
    "mirror", "Copies a history to a cluster or back, and proves both equal",
    discussion: """
      Copies every record of the pipeline's topics with its key, value, headers and timestamp, in order, and with them how far the pipeline is and its \
      newest states, so that 'prowzi run' goes on with the copy. Then both sides are read, and the roots of the trees over their records compared: what it \
      prints as equal is equal, byte for byte.

      A place is a data directory, or kafka:HOST:PORT. The copy's place is made where it is missing. Doing it again copies what has come since, so a copy \
      that was interrupted is completed. Topics of replays and candidates, and signatures, stay where they are.

      Derived records name raw offsets, so a history is only copied where offsets come out the same: from the first record on, without gaps.
      """,
    examples: [
      .init("prowzi mirror --from ./prowzi-data --to kafka:kafka.example.com:9092", "Moves a pipeline to a cluster"),
      .init("prowzi mirror --from kafka:kafka.example.com:9092 --to ./copy", "Takes a copy to look into"),
    ],
    options: [
      .value("from", "PLACE", "A data directory, or kafka:HOST:PORT", environment: "PROWZI_DATA", isRequired: true),
      .value("to", "PLACE", "The same; made where it is missing", isRequired: true), KafkaOptions.accept, KafkaOptions.file,
      KafkaOptions.setting, CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let source = try place(arguments.required("from"), arguments, making: nil)
    let target = try place(arguments.required("to"), arguments, making: source.partitions)
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let line = ProgressLine("mirroring")
    let report: Mirror.Report
    do {
      defer { line.finish() }
      report = try Mirror(from: source, to: target).run(stop: interruption.stop) { line.update($0) }
    }
    output.isJSON ? showJSON(report, output) : showText(report, output)
    if report.wasStopped { return .interrupted }
    return report.isEqual ? .success : .difference
  }

  /// - Parameter partitions: how many a place that is missing is to have; `nil` makes none.
  private static func place(_ text: String, _ arguments: ParsedArguments, making partitions: Int?) throws(ProwziError) -> any LogPlace {
    guard text.hasPrefix("kafka:") else {
      do throws(ProwziError) {
        return try DataDirectory(path: text)
      } catch {
        guard error.code == "data.not_found", let partitions else { throw error }
        return try DataDirectory.createEmpty(path: text, topics: TopicFiles.builtIn(partitions: partitions))
      }
    }
    let settings = try KafkaOptions.settings(String(text.dropFirst("kafka:".count)), arguments)
    let events = KafkaOptions.events()
    if let partitions {
      _ = try Cluster.make(settings, partitions: partitions, events: events) { () throws(ProwziError) in
        try KafkaOptions.check(settings, accepting: arguments, events)
      }
    }
    return try Cluster(settings, compressor: LibraryCompressor(), events: events)
  }

  private static func showText(_ report: Mirror.Report, _ output: Output) {
    var table = TextTable(["Partition", "Records", "Copied", "Digest", "Result"])
    for line in report.lines {
      table.add([
        "\(line.target)", Display.count(Int(line.records)), Display.count(line.copied), Wording.short(line.source),
        line.isEqual ? "equal" : "DIFFERENT",
      ])
    }
    output.text(table.text(style: output.style))
    let copied = Wording.count(report.lines.reduce(0) { $0 + $1.copied }, "record")
    if report.wasStopped {
      output.line("\nStopped after \(copied); doing it again copies the rest.")
    } else if report.isEqual {
      output.line("\n" + output.style.green("Equal:") + " \(copied) copied, and every record was read on both sides.")
    } else {
      output.line("\n" + output.style.red("Different:") + " the copy does not read back as the source does.")
    }
  }

  private static func showJSON(_ report: Mirror.Report, _ output: Output) {
    for line in report.lines {
      output.json { json in
        json.object { json in
          json.key("copied")
          json.number(line.copied)
          json.key("copy")
          json.string(line.copy.hex)
          json.key("equal")
          json.bool(line.isEqual)
          json.key("partition")
          json.number(Int64(line.target.partition.value))
          json.key("records")
          json.number(line.records)
          json.key("source")
          json.string(line.source.hex)
          json.key("topic")
          json.string(line.target.topic.text)
        }
      }
    }
  }
}
