import CommandLine
import Dispatch
import JSON
import Model
import Postgres
import Runtime
import Synchronization

enum ProjectRebuildCommand: ProgramCommand {
  static let declaration = Command(
    "project rebuild", "Makes the tables anew beside the live ones, and exchanges them",
    discussion: """
      Projects the whole log into a schema prowzi_next and then puts it in the place of prowzi, in one transaction: queries see the old tables until they see the \
      new ones. A projector that follows goes on all the while; it is held for the last moment only.

      Ctrl-C leaves what was made; the next rebuild goes on from there, or with --fresh begins anew. The user must own the tables.
      """,
    examples: [
      .init("prowzi project rebuild --postgres postgresql://localhost/prowzi", "Makes all tables anew"),
      .init("PROWZI_POSTGRES=postgresql:///prowzi prowzi project rebuild --fresh", "Begins anew where one was interrupted"),
    ],
    options: [
      CommonOptions.data, CommonOptions.postgres, .flag("fresh", "Does not take up what an interrupted rebuild left"),
      .value("threads", "N", "Workers; without it as many as processors"), CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    var settings = ProjectorSettings()
    settings.threads = try arguments.integer("threads", in: 1...256) ?? processorCount()
    let place = try arguments.place()
    let log = try place.reader()
    let store = PostgresStore(arguments.postgres(as: "prowzi project rebuild"))
    let interruption = Interruption("stopping; what was made stays for the next time")
    defer { interruption.end() }
    let rebuild = ProjectionRebuild(log, partitions: place.partitions, store: store, settings: settings, notify: ProjectionTalk.tell)
    let total = try Projector.backlog(log, partitions: place.partitions, positions: [])
    let report = try run(rebuild, resume: !arguments.flag("fresh"), ProgressLine("rebuilding", total: total), interruption.stop)
    let records = report.projection.records.reduce(0, +)
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("exchanged")
          json.bool(report.wasExchanged)
          json.key("held_ms")
          json.number(report.heldMilliseconds)
          json.key("records")
          json.number(records)
          json.key("resumed")
          json.bool(report.wasResumed)
        }
      }
    } else if report.wasExchanged {
      output.line(
        "Rebuilt from \(Wording.count(records, "record"))\(report.wasResumed ? ", after what an earlier rebuild had made" : ""); "
          + "projectors were held for \(Display.duration(milliseconds: report.heldMilliseconds)).")
    } else {
      output.line(
        "Stopped after \(Wording.count(records, "record")); the live tables are as they were. 'prowzi project rebuild' goes on from there.")
    }
    return report.wasExchanged ? .success : .interrupted
  }

  private static func run(
    _ rebuild: ProjectionRebuild, resume: Bool, _ line: ProgressLine, _ stop: StopFlag
  ) throws(ProwziError) -> RebuildReport {
    let watched = Watched()
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + 0.25, repeating: 0.25)
    timer.setEventHandler { line.update(watched.count) }
    timer.activate()
    defer {
      timer.cancel()
      line.finish()
    }
    return try rebuild.run(resume: resume, stop: stop, watch: { watched.add($0) })
  }

  /// The projectors of the passes, added up for the progress line.
  private final class Watched: Sendable {
    private let projectors = Mutex<[Projector]>([])
    func add(_ projector: Projector) { projectors.withLock { $0.append(projector) } }
    var count: Int { projectors.withLock { $0.reduce(0) { $0 + $1.recordsProjected } } }
  }
}
