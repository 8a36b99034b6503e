import CommandLine
import Disk
import Dispatch
import JSON
import Kafka
import Model
import Ports
import Runtime
import Stages

enum RunCommand: ProgramCommand {
  static let declaration = Command(
    "run", "Folds what is in the log into events, scores, bands and briefs",
    discussion: """
      Takes up where the last run ended and folds every raw record once; what comes out is the same for every number of threads and every size of \
      batch. With --follow it stays and goes on with what comes.

      Now and then each partition's state is kept: a run that was interrupted, and a replay of a window, begin at the newest one before. More of \
      them mean less folding on the way to a window, and more disk ('prowzi checkpoints list' shows what they take).

      Ctrl-C or SIGTERM ends it at the next commit, with exit code 130; a second one ends it at once. Either way nothing is lost and nothing is \
      done twice.

      On a cluster one process folds all partitions; a second one that is started takes them over, and the first says so and ends. With --group several \
      processes share them: whoever comes or goes, or is killed, the others take what it leaves from its last commit on.

      With --postgres a projector follows in the background, as 'prowzi project --follow' does. The fold never waits for it; a server that is away is tried again.
      """,
    examples: [
      .init("prowzi run", "Folds what is there"),
      .init("prowzi run --follow", "Folds what is there, and what comes"),
      .init("prowzi run --threads 1 --batch 100", "Uses little of the machine"),
      .init("prowzi run --kafka kafka.example.com:9092 --group --follow", "Shares a cluster's partitions with other machines"),
      .init("prowzi run --follow --postgres postgresql:///prowzi", "And keeps the tables of a database up to date"),
    ],
    options: [
      CommonOptions.data, .flag("follow", "Stays and goes on with what comes", short: "f"),
      .flag("group", "With --kafka: shares the partitions with other processes that do the same"),
      .value("threads", "N", "Workers, at most one for each partition; without it twice the processors"),
      .value("batch", "N", "Raw records folded between two commits", defaultValue: "\(BatchSize.standardRecords)"),
      .value("checkpoint-records", "N", "Raw records of a partition after which its state is kept", defaultValue: "25000"),
      .value("checkpoint-minutes", "N", "Minutes after which it is kept if there was anything to fold", defaultValue: "5"),
      .value(
        "checkpoints-kept", "N", "How many states of a partition are kept, dense near the end and sparse far back", defaultValue: "16"),
      .value("sign-every", "N", "Commits to a partition between two signed checkpoints", defaultValue: "256"),
      .value("sign-after", "TIME", "And the time after which the next commit is signed", defaultValue: "10m"), ProofSupport.signingKey,
      .value("postgres", "URL", "Projects into this database at the same time"), CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let threads = try arguments.integer("threads", in: 1...256)
    let batch = try arguments.integer("batch", in: 1...100_000)
    let checkpointRecords = try arguments.integer("checkpoint-records", in: 1...1_000_000_000)
    let checkpointMinutes = try arguments.integer("checkpoint-minutes", in: 1...1_000_000)
    let checkpointsKept = try arguments.integer("checkpoints-kept", in: 2...10_000)
    let place = try arguments.place()
    var settings = RunSettings(threads: min(threads ?? 2 * processorCount(), max(1, place.partitions)))
    if let batch { settings.batch.records = batch }
    if let checkpointRecords { settings.checkpointRecords = checkpointRecords }
    if let checkpointMinutes { settings.checkpointInterval = .seconds(60 * checkpointMinutes) }
    if let checkpointsKept { settings.checkpointsKept = checkpointsKept }
    if let commits = try arguments.integer("sign-every", in: 1...1_000_000) { settings.signing.commits = commits }
    if let time = try arguments.duration("sign-after") { settings.signing.milliseconds = time }
    settings.signingKey = try ProofSupport.outsideKey(arguments)
    settings.follow = arguments.flag("follow")
    let backlog = try Runner.backlog(try place.reader(), partitions: place.partitions)
    var target = place
    var sharing: (any PartitionSharing)?
    if arguments.flag("group") {
      guard let cluster = place as? Cluster else {
        throw ProwziError(
          "usage.conflict", "--group goes with --kafka", place: "prowzi run",
          advice: "Leave it out: an embedded log is folded by one process, with several threads")
      }
      (target, sharing) = try cluster.shared(by: pipelineFold)
    }
    let runner = Runner(target, settings: settings, sharing: sharing, clock: SystemClock(), notice: { Notice.tell($0) })
    let interruption = Interruption("stopping at the next commit")
    defer { interruption.end() }
    let projection = try arguments.string("postgres").map { url throws(ProwziError) in
      try BackgroundProjection(place, url: url, follow: settings.follow)
    }
    let start = Terminal.steadyMilliseconds()
    let report = try fold(runner, ProgressLine("folding", total: settings.follow ? nil : backlog), interruption.stop)
    let elapsed = max(1, Terminal.steadyMilliseconds() - start)
    output.isJSON ? showJSON(report, elapsed, output) : showText(report, elapsed, output)
    output.flush()
    try projection?.finish(completely: !report.wasStopped, interruption: interruption.stop)
    return report.wasStopped ? .interrupted : .success
  }

  private static func fold(_ runner: Runner, _ line: ProgressLine, _ stop: StopFlag) throws(ProwziError) -> RunReport {
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + 0.25, repeating: 0.25)
    timer.setEventHandler { line.update(runner.recordsFolded) }
    timer.activate()
    defer {
      timer.cancel()
      line.finish()
    }
    return try runner.run(stop: stop)
  }

  private static func rate(_ report: RunReport, _ elapsed: Int64) -> Int { report.counters.records * 1000 / Int(elapsed) }

  private static func showText(_ report: RunReport, _ elapsed: Int64, _ output: Output) {
    let counters = report.counters
    if counters.records == 0, !report.wasStopped {
      output.line("Nothing to fold: all raw records were folded before.")
      return
    }
    var table = TextTable(["", "Count"])
    func add(_ name: String, _ count: Int) { table.add([name, Display.count(count)]) }
    add("raw records folded", counters.records)
    add("of them control records", counters.controls)
    add("events", counters.events)
    add("repeats", counters.repeats)
    add("revisions", counters.revisions)
    add("rejected", counters.rejected)
    for topic in DerivedTopic.allCases { add("written to \(topic.name)", report.written[topic.rawValue]) }
    output.text(String(table.text().drop { $0 != "\n" }.dropFirst()))
    output.line(
      "\nFolded \(Wording.count(counters.records, "record")) in \(Display.duration(milliseconds: elapsed)), "
        + "\(Display.count(rate(report, elapsed)))/s; \(Wording.count(report.written[DerivedTopic.briefs.rawValue], "brief")) written.")
    if counters.repeats > 0 {
      output.line("\(Wording.count(counters.repeats, "repeat")) recognised: they were in the log before, so nothing new comes of them.")
    }
    if counters.rejected > 0 { output.line("'prowzi status' says why records were rejected.") }
    if report.wasStopped { output.line("Stopped at a commit; 'prowzi run' goes on from there.") }
  }

  private static func showJSON(_ report: RunReport, _ elapsed: Int64, _ output: Output) {
    let members: [(String, Int)] = [
      ("controls", report.counters.controls), ("elapsed_ms", Int(elapsed)), ("events", report.counters.events),
      ("records", report.counters.records), ("records_per_second", rate(report, elapsed)), ("rejected", report.counters.rejected),
      ("repeats", report.counters.repeats), ("revisions", report.counters.revisions),
    ]
    output.json { json in
      json.object { json in
        for (name, value) in members {
          json.key(name)
          json.number(value)
        }
        json.key("stopped")
        json.bool(report.wasStopped)
        json.key("written")
        json.object { json in
          for topic in DerivedTopic.allCases.sorted(by: { $0.name < $1.name }) {
            json.key(topic.name.text)
            json.number(report.written[topic.rawValue])
          }
        }
      }
    }
  }
}
