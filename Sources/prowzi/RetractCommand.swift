import CommandLine
import Disk
import Fold
import Inspect
import JSON
import Model
import Runtime
import Stages

enum RetractCommand: ProgramCommand {
  static let declaration = Command(
    "retract", "Withdraws an event, and the brief that tells of it",
    discussion: """
      Appends a control record to the partition of prowzi.raw that the event came from. The next run revises the brief to 'retracted', with the reason. \
      Nothing in the log is removed.
      """,
    examples: [
      .init("prowzi retract 0198d0a2-7c00-8abc-9def-0123456789ab --reason 'the source corrected itself'", "One event, by its id")
    ],
    arguments: [.init("event-id", "The id of an event")],
    options: [CommonOptions.data, .value("reason", "TEXT", "Why, for readers of the brief", isRequired: true), CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let id = try arguments.eventID()
    let reason = arguments.required("reason")
    guard !reason.isEmpty, reason.utf8.count <= 500 else {
      throw ProwziError(
        "usage.bad_value", "--reason is empty or longer than 500 bytes", place: "prowzi retract", advice: "Give one sentence")
    }
    let directory = try arguments.directory()
    let log = try directory.openWriter(DataDirectory.sensors, patience: .seconds(10))
    defer { log.close() }
    guard let evaluation = try EventSearch.evaluation(of: id, in: log) else { throw .noSuchEvent(id) }
    let partition = evaluation.place.partition
    var json = JSONWriter()
    json.object { json in
      json.key("event_id")
      json.string(id.text)
      json.key("reason")
      json.string(reason)
    }
    try RawAppender(log: log, partitions: directory.partitions).appendControl(
      type: FoldControl.retractType, value: json.bytes, at: try StreamTime.now(in: log, clock: SystemClock().now()),
      to: [Int(partition.value)])
    let offset = try log.bounds(of: TopicPartition(topic: .raw, partition: partition)).highWatermark.advanced(by: -1)
    let place = Coordinates(topic: .raw, partition: partition, offset: offset)
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("at")
          json.string("\(place)")
          json.key("event_id")
          json.string(id.text)
        }
      }
    } else {
      output.line("The retraction of \(id) is recorded at \(place); 'prowzi run' takes it up.")
    }
    return .success
  }
}

extension ParsedArguments {
  /// The argument `<event-id>`.
  func eventID() throws(ProwziError) -> EventID {
    let text = argument("event-id") ?? ""
    guard let id = EventID(text) else {
      throw ProwziError(
        "usage.bad_value", "'\(text)' is no event id",
        advice: "Give 36 characters such as 0198d0a2-7c00-8abc-9def-0123456789ab, from 'prowzi briefs --format json'")
    }
    return id
  }
}

extension ProwziError {
  static func noSuchEvent(_ id: EventID) -> ProwziError {
    ProwziError(
      "event.not_found", "no event has the id \(id)", place: "prowzi.banded",
      advice: "Run 'prowzi run' first, or look for the id with 'prowzi read prowzi.banded'")
  }
}
