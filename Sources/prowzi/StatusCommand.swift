import CommandLine
import Inspect
import JSON
import Model
import Runtime

enum StatusCommand: ProgramCommand {
  static let declaration = Command(
    "status", "Shows what the log holds and how far it is folded",
    discussion: """
      For every topic and partition: the first offset kept, the next one, records, bytes on disk, the observed times of the first and last record, raw \
      records not folded yet, and the partition's digest, the root of the Merkle tree over all its records. Equal digests mean equal records. Then why records were rejected.

      With --format json every line is a partition, and the last one holds the totals.
      """,
    examples: [
      .init("prowzi status", "Partitions, lag, digests and rejections"),
      .init("prowzi status --counts", "Events by kind, source and band, too; reads all of prowzi.banded"),
    ],
    options: [
      CommonOptions.data, .flag("counts", "Counts events by kind, source and band, which reads them all"), CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let log = try arguments.place().reader()
    let partitions = try LogStatus.partitions(of: log, fold: pipelineFold)
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let line = ProgressLine("counting")
    var counted = 0
    func proceed() -> Bool {
      counted += 1
      if counted & 255 == 0 { line.update(counted) }
      return !interruption.stop.isRaised
    }
    let rejections: Tally
    var events: RecordCounts.Events?
    do {
      defer { line.finish() }
      rejections = try RecordCounts.rejections(in: log, proceed: proceed)
      if arguments.flag("counts") { events = try RecordCounts.events(in: log, proceed: proceed) }
    }
    if interruption.stop.isRaised { return .interrupted }
    output.isJSON ? showJSON(partitions, rejections, events, output) : showText(partitions, rejections, events, output)
    return .success
  }

  private static func lag(_ partitions: [PartitionStatus]) -> Int { partitions.reduce(0) { $0 + ($1.lag ?? 0) } }

  private static func showText(_ partitions: [PartitionStatus], _ rejections: Tally, _ events: RecordCounts.Events?, _ output: Output) {
    var table = TextTable(["Topic", "P", "From", "Next", "Records", "Size", "First", "Last", "Lag", "Digest"])
    var last = ""
    for status in partitions {
      let topic = status.target.topic.text
      table.add([
        topic == last ? "" : topic, "\(status.target.partition)", "\(status.bounds.logStart)", "\(status.bounds.highWatermark)",
        Display.count(status.records), Display.bytes(status.bounds.sizeInBytes), status.first.map(Display.minute) ?? "-",
        status.last.map(Display.minute) ?? "-", status.lag.map(Display.count) ?? "",
        status.bounds.highWatermark == .zero ? "-" : Wording.short(status.bounds.digest),
      ])
      last = topic
    }
    output.text(table.text(style: output.style))
    let lag = lag(partitions)
    output.line(
      lag == 0 ? "\nAll raw records are folded." : "\n\(Wording.count(lag, "raw record")) not folded yet: 'prowzi run' folds them.")
    show(rejections, "Rejected", output)
    guard let events else { return }
    output.line("\n\(Wording.count(events.total, "event"))")
    show(events.bands, "Band", output)
    show(events.kinds, "Kind", output)
    show(events.sources, "Source", output)
  }

  private static func show(_ tally: Tally, _ title: String, _ output: Output) {
    guard !tally.isEmpty else { return }
    var table = TextTable([title, "Count"])
    for row in tally.rows { table.add([row.name, Display.count(row.count)]) }
    output.text("\n" + table.text(style: output.style))
  }

  private static func showJSON(_ partitions: [PartitionStatus], _ rejections: Tally, _ events: RecordCounts.Events?, _ output: Output) {
    for status in partitions {
      output.json { json in
        json.object { json in
          json.key("bytes")
          json.number(status.bounds.sizeInBytes)
          json.key("digest")
          json.string(status.bounds.digest.hex)
          json.key("first_timestamp")
          if let time = status.first { json.number(time.milliseconds) } else { json.null() }
          if let lag = status.lag {
            json.key("lag")
            json.number(lag)
          }
          json.key("last_timestamp")
          if let time = status.last { json.number(time.milliseconds) } else { json.null() }
          json.key("log_start")
          json.number(status.bounds.logStart.value)
          json.key("next_offset")
          json.number(status.bounds.highWatermark.value)
          json.key("partition")
          json.number(Int64(status.target.partition.value))
          json.key("records")
          json.number(status.records)
          json.key("topic")
          json.string(status.target.topic.text)
        }
      }
    }
    output.json { json in
      json.object { json in
        if let events {
          json.key("bands")
          json.write(events.bands)
          json.key("events")
          json.number(events.total)
          json.key("kinds")
          json.write(events.kinds)
        }
        json.key("lag")
        json.number(lag(partitions))
        json.key("rejections")
        json.write(rejections)
        if let events {
          json.key("sources")
          json.write(events.sources)
        }
      }
    }
  }
}

extension JSONWriter {
  /// Names and counts as an object.
  mutating func write(_ tally: Tally) {
    object { json in
      for row in tally.rows.sorted(by: { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) }) {
        json.key(row.name)
        json.number(row.count)
      }
    }
  }
}
