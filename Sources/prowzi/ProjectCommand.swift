import CommandLine
import Dispatch
import JSON
import Model
import Ports
import Postgres
import Projection
import Runtime

extension CommonOptions {
  static let postgres = Command.Option.value(
    "postgres", "URL", "The Postgres server and database", environment: "PROWZI_POSTGRES", isRequired: true)
}

extension ParsedArguments {
  /// How to reach the server.
  func postgres(as name: String = "prowzi project") -> ConnectionSettings {
    ConnectionSettings(url: required("postgres"), applicationName: name)
  }
}

enum ProjectCommand: ProgramCommand {
  static let declaration = Command(
    "project", "Projects events, scores, bands and briefs into Postgres",
    discussion: """
      Reads what the log has committed and writes it into the tables of the schema prowzi, which 'prowzi project migrate' makes. Rows and positions move in \
      one transaction, so whatever ends it at any moment, nothing is lost and nothing is done twice. With --follow it stays and goes on with what comes.

      A lost connection is tried again after growing pauses: for ever with --follow, else for half a minute. Two projectors of one partition keep each other out; \
      the second ends with exit code 5.

      New briefs are told on the channel prowzi_briefs (NOTIFY, with the brief's id), revisions on prowzi_revisions (id and number).
      """,
    examples: [
      .init("prowzi project --postgres postgresql://localhost/prowzi", "Projects what is there"),
      .init("PROWZI_POSTGRES=postgresql:///prowzi prowzi project --follow", "Projects what is there, and what comes"),
    ],
    options: [
      CommonOptions.data, CommonOptions.postgres, .flag("follow", "Stays and goes on with what comes", short: "f"),
      .value("threads", "N", "Workers, at most one for each partition; without it as many as processors"),
      .value("batch", "N", "Records of a topic in a transaction at first; it adapts", defaultValue: "4000"), CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    var settings = ProjectorSettings()
    settings.threads = try arguments.integer("threads", in: 1...256) ?? processorCount()
    settings.batchRecords = try arguments.integer("batch", in: 1...20_000) ?? settings.batchRecords
    settings.follow = arguments.flag("follow")
    let place = try arguments.place()
    let log = try place.reader()
    let store = PostgresStore(arguments.postgres())
    // What cannot work is said before anything waits.
    if !settings.follow { try store.check() }
    let interruption = Interruption("stopping at the next commit")
    defer { interruption.end() }
    let start = Terminal.steadyMilliseconds()
    let projector = Projector(log, partitions: place.partitions, store: store, settings: settings, notify: ProjectionTalk.tell)
    let report = try ProjectionTalk.show(projector, ProgressLine("projecting")) { () throws(ProwziError) in
      try projector.run(stop: interruption.stop)
    }
    let elapsed = max(1, Terminal.steadyMilliseconds() - start)
    output.isJSON ? showJSON(report, elapsed, output) : showText(report, elapsed, output)
    return report.wasStopped ? .interrupted : .success
  }

  private static func showText(_ report: ProjectionReport, _ elapsed: Int64, _ output: Output) {
    let records = report.records.reduce(0, +)
    guard records > 0 else {
      return output.line(report.wasStopped ? "Stopped; nothing had to be projected." : "Nothing to project: the tables have everything.")
    }
    var table = TextTable(["", "Count"])
    for input in ProjectionFold.Input.allCases { table.add(["read from \(input.topic)", Display.count(report.records[input.rawValue])]) }
    for kind in ProjectionTable.allCases where report.rows[kind.rawValue] > 0 {
      table.add(["sent to \(kind.name)", Display.count(report.rows[kind.rawValue])])
    }
    output.text(String(table.text().drop { $0 != "\n" }.dropFirst()))
    output.line(
      "\nProjected \(Wording.count(records, "record")) in \(Display.duration(milliseconds: elapsed)), \(Display.count(records * 1000 / Int(elapsed)))/s, "
        + "in \(Wording.count(report.transactions, "transaction")).")
    if report.unreadable > 0 { output.line("\(Wording.count(report.unreadable, "record")) could not be read; dead_letters says why.") }
    if report.lostConnections > 0 { output.line("The connection was lost \(Wording.count(report.lostConnections, "time")).") }
    if report.wasStopped { output.line("Stopped at a commit; 'prowzi project' goes on from there.") }
  }

  private static func showJSON(_ report: ProjectionReport, _ elapsed: Int64, _ output: Output) {
    output.json { json in
      json.object { json in
        json.key("elapsed_ms")
        json.number(elapsed)
        json.key("lost_connections")
        json.number(report.lostConnections)
        json.key("read")
        json.object { json in
          for input in ProjectionFold.Input.allCases.sorted(by: { $0.topic < $1.topic }) {
            json.key(input.topic.text)
            json.number(report.records[input.rawValue])
          }
        }
        json.key("sent")
        json.object { json in
          for table in ProjectionTable.allCases.sorted(by: { $0.name < $1.name }) {
            json.key(table.name)
            json.number(report.rows[table.rawValue])
          }
        }
        json.key("stopped")
        json.bool(report.wasStopped)
        json.key("transactions")
        json.number(report.transactions)
        json.key("unreadable")
        json.number(report.unreadable)
      }
    }
  }
}

/// What a projection says while it runs.
enum ProjectionTalk {
  @Sendable static func tell(_ notice: ProjectionNotice) {
    switch notice {
    case .lost(let error, let pause):
      // The first of several partitions, and not every doubling of a pause that has become long, is enough.
      if pause <= 100 || pause >= 10_000 { Notice.tell("\(error.message); trying again in \(Display.duration(milliseconds: pause))") }
    case .back: Notice.tell("Postgres answers again")
    case .moved(let partition):
      Notice.tell("the tables of partition \(partition) were rebuilt or restored; going on from where they stand")
    }
  }

  /// Runs the body while a line says how far the projector is.
  static func show<Answer>(
    _ projector: Projector, _ line: ProgressLine, _ body: () throws(ProwziError) -> Answer
  ) throws(ProwziError) -> Answer {
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + 0.25, repeating: 0.25)
    timer.setEventHandler { line.update(projector.recordsProjected) }
    timer.activate()
    defer {
      timer.cancel()
      line.finish()
    }
    return try body()
  }
}
