import CommandLine
import Disk
import JSON
import Model
import Runtime
import Scorers
import Stages

/// What the commands that try scorers share.
enum CandidateOptions {
  static let scorer = Command.Argument("scorer", "NAME@VERSION, as 'prowzi scorer list' shows it")
  static let shadow = Command.Option.flag("shadow", "The shadow of that scorer and not its backfill")
}

extension ParsedArguments {
  /// The argument `<scorer>`, registered in this data directory.
  func scorer(in directory: DataDirectory) throws(ProwziError) -> CompiledScorer {
    try ScorerRegistry(log: directory.openReader()).find(argument("scorer") ?? "").scorer
  }
}

extension ParsedArguments {
  /// Where candidates are tried: the data directory, with --kafka beside that cluster.
  func bench() throws(ProwziError) -> CandidateBench {
    guard string("kafka") != nil else { return CandidateBench(try directory()) }
    return try CandidateBench(beside: place(), path: required("data"))
  }

  /// A scorer by name, registered in the directory or, where the events are elsewhere, there.
  func scorer(_ label: String, in bench: CandidateBench) throws(ProwziError) -> CompiledScorer {
    do throws(ProwziError) {
      return try ScorerRegistry(log: bench.directory.openReader()).find(label).scorer
    } catch {
      guard string("kafka") != nil, error.code == "scorer.not_found" else { throw error }
      return try ScorerRegistry(log: place().reader()).find(label).scorer
    }
  }
}

enum BackfillCommand: ProgramCommand {
  static let declaration = Command(
    "backfill", "Lets a scorer judge history, beside what is recorded",
    discussion: """
      Folds score, band and curate over prowzi.enriched with another scorer, into topics of its own (prowzi.candidate.NAME.VERSION.*), as if the scorer \
      had been promoted at the beginning of the window. No live topic is touched and nothing is delivered.

      It can be killed at any moment: the same command goes on where the last commit left it, and what comes of it is the same as without the \
      interruption. Where the log has grown since, it goes on to the new end. 'prowzi diff' compares the outcome with what is recorded.

      With --kafka the events are a cluster's, which is only read. What comes of them is kept in the data directory of --data, which is made where it is \
      missing and must hold no records of its own; scorers are those of the cluster and those added there with 'prowzi scorer add'.
      """,
    examples: [
      .init("prowzi backfill --scorer large-exploits@1", "All of the log"),
      .init(
        "prowzi backfill --scorer large-exploits@1 --kafka kafka.example.com:9092 --data ./trial",
        "A cluster's events, judged into a directory"),
      .init("prowzi backfill --scorer large-exploits@1 --from 2026-02-01 --to 2026-04-01", "Two months"),
    ],
    options: [
      CommonOptions.data, .value("scorer", "NAME@V", "The scorer, as 'prowzi scorer list' shows it", isRequired: true),
      .value("from", "TIME", "Events of raw records observed at this time or later"),
      .value("to", "TIME", "Events of raw records observed before this time"),
      .flag("replace", "Begins anew where this scorer was tried over another window"),
      .value("threads", "N", "Workers, at most one for each partition; without it twice the processors"),
      .value("batch", "N", "Events folded between two commits", defaultValue: "\(BatchSize.standardRecords)"), CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let (from, to) = try arguments.window(of: "backfill")
    let bench = try arguments.bench()
    let scorer = try arguments.scorer(arguments.required("scorer"), in: bench)
    var settings = RunSettings(threads: try arguments.integer("threads", in: 1...256) ?? 2 * processorCount())
    if let batch = try arguments.integer("batch", in: 1...100_000) { settings.batch.records = batch }
    // Taking up an interrupted backfill folds what lies behind its last kept state once more.
    settings.checkpointRecords = 25_000
    let interruption = Interruption("stopping at the next commit")
    defer { interruption.end() }
    let line = ProgressLine("judging", unit: "events")
    let start = Terminal.steadyMilliseconds()
    let report: BackfillReport
    do {
      defer { line.finish() }
      report = try Backfill(bench, scorer: scorer, from: from, to: to, settings: settings).run(
        replaces: arguments.flag("replace"), now: SystemClock().now(), stop: interruption.stop,
        progress: { line.update($0, of: $1) })
    }
    show(report, elapsed: max(1, Terminal.steadyMilliseconds() - start), output)
    return report.wasStopped ? .interrupted : .success
  }

  private static func show(_ report: BackfillReport, elapsed: Int64, _ output: Output) {
    let judged = report.records[DerivedTopic.scored.rawValue] - report.resumedAfter
    let rate = judged * 1000 / Int(elapsed)
    if output.isJSON {
      return output.json { json in
        json.object { json in
          json.key("elapsed_ms")
          json.number(elapsed)
          json.key("events")
          json.number(judged)
          json.key("events_per_second")
          json.number(rate)
          json.key("records")
          json.object { json in
            for topic in Candidate.topics.sorted(by: { report.candidate.set.topic($0) < report.candidate.set.topic($1) }) {
              json.key(report.candidate.set.topic(topic).text)
              json.number(report.records[topic.rawValue])
            }
          }
          json.key("resumed_after")
          json.number(report.resumedAfter)
          json.key("scorer")
          json.string(report.candidate.label)
          json.key("stopped")
          json.bool(report.wasStopped)
        }
      }
    }
    if report.resumedAfter > 0, judged > 0 { output.line("Went on after \(Wording.count(report.resumedAfter, "event")) judged before.") }
    output.line(
      "\(report.candidate.label) judged \(Wording.count(judged, "event")) in \(Display.duration(milliseconds: elapsed)), \(Display.count(rate))/s; "
        + "\(Wording.count(report.records[DerivedTopic.briefs.rawValue], "brief")) in \(report.candidate.set.topic(.briefs)).")
    if report.wasStopped {
      output.line("Stopped at a commit; the same command goes on from there.")
    } else {
      output.line("'prowzi diff \(report.candidate.label)' compares it with what is recorded.")
    }
  }
}

enum CandidateListCommand: ProgramCommand {
  static let declaration = Command(
    "candidate list", "Lists the scorers that were tried, and how far",
    discussion: "Backfills and shadows: their windows, events and briefs.",
    examples: [.init("prowzi candidate list", "All there are")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let statuses = try CandidateStatus.all(in: directory)
    if output.isJSON {
      for status in statuses { write(status, output) }
      return .success
    }
    if statuses.isEmpty {
      output.line("No scorer was tried yet. 'prowzi backfill --scorer NAME@V' tries one over history.")
      return .success
    }
    var table = TextTable(["Scorer", "As", "From", "To", "Events", "Briefs", "State"])
    for status in statuses {
      let candidate = status.candidate
      table.add([
        candidate.label, candidate.set.role == .shadow ? "shadow" : "backfill",
        candidate.set.role == .shadow ? Display.minute(candidate.createdAt) : candidate.from.map(Display.minute) ?? "beginning",
        candidate.set.role == .shadow ? (candidate.ends == nil ? "goes on" : "stopped") : candidate.to.map(Display.minute) ?? "end",
        Display.count(status.events), Display.count(status.briefs),
        status.left == 0 ? "complete" : "\(Wording.count(status.left, "raw record")) to go",
      ])
    }
    output.text(table.text(style: output.style))
    return .success
  }

  private static func write(_ status: CandidateStatus, _ output: Output) {
    output.json { json in
      json.object { json in
        json.key("briefs")
        json.number(status.briefs)
        json.key("created_at")
        json.number(status.candidate.createdAt.milliseconds)
        json.key("events")
        json.number(status.events)
        json.key("from")
        if let time = status.candidate.from { json.number(time.milliseconds) } else { json.null() }
        json.key("left")
        json.number(status.left)
        json.key("role")
        json.string(status.candidate.set.role == .shadow ? "shadow" : "backfill")
        json.key("scorer")
        json.string(status.candidate.label)
        json.key("stopped")
        json.bool(status.candidate.ends != nil)
        json.key("to")
        if let time = status.candidate.to { json.number(time.milliseconds) } else { json.null() }
        json.key("topic")
        json.string(status.candidate.set.topic(.banded).text)
      }
    }
  }
}

enum CandidateDropCommand: ProgramCommand {
  static let declaration = Command(
    "candidate drop", "Removes what a tried scorer has made: its topics, journal and states",
    discussion: "The scorer stays registered, and no live topic is touched.",
    examples: [
      .init("prowzi candidate drop large-exploits@1", "The backfill of that scorer"),
      .init("prowzi candidate drop large-exploits@1 --shadow", "Its shadow"),
    ],
    arguments: [CandidateOptions.scorer], options: [CommonOptions.data, CandidateOptions.shadow, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let scorer = try arguments.scorer(in: directory)
    let isShadow = arguments.flag("shadow")
    guard let candidate = try Candidate.find(isShadow ? .shadow : .candidate, scorer, in: directory) else {
      throw ProwziError(
        "candidate.not_found", "there is no \(isShadow ? "shadow" : "backfill") of \(scorer.label)",
        advice: "`prowzi candidate list` shows which there are")
    }
    try candidate.drop(from: directory)
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("dropped")
          json.string(candidate.set.fold)
        }
      }
    } else {
      output.line("Dropped the \(isShadow ? "shadow" : "backfill") of \(scorer.label).")
    }
    return .success
  }
}

enum ShadowStartCommand: ProgramCommand {
  static let declaration = Command(
    "shadow start", "Lets a scorer judge new events beside the one in force",
    discussion: """
      From here on 'prowzi run' folds the scorer beside the live one, into topics of its own (prowzi.shadow.NAME.VERSION.*): a run that follows takes it up \
      within a second. What goes wrong with a shadow ends the shadow, never the run.
      """,
    examples: [.init("prowzi shadow start large-exploits@1", "Begins with the next raw record")],
    arguments: [CandidateOptions.scorer], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let candidate = try Shadow.start(try arguments.scorer(in: directory), in: directory, now: SystemClock().now())
    show(candidate, "\(candidate.label) is a shadow from here on; 'prowzi run' folds it into \(candidate.set.topic(.banded)).", output)
    return .success
  }

  static func show(_ candidate: Candidate, _ sentence: String, _ output: Output) {
    guard output.isJSON else { return output.line(sentence) }
    output.json { json in
      json.object { json in
        if let ends = candidate.ends {
          json.key("ends")
          json.array { json in
            for offset in ends { json.number(offset.value) }
          }
        }
        json.key("scorer")
        json.string(candidate.label)
        json.key("starts")
        json.array { json in
          for offset in candidate.starts { json.number(offset.value) }
        }
        json.key("topic")
        json.string(candidate.set.topic(.banded).text)
      }
    }
  }
}

enum ShadowStopCommand: ProgramCommand {
  static let declaration = Command(
    "shadow stop", "Lets a shadow go no further",
    discussion: "It judges what is folded at this moment and ends. Its topics stay until 'prowzi candidate drop NAME@V --shadow'.",
    examples: [.init("prowzi shadow stop large-exploits@1", "Ends it here")],
    arguments: [CandidateOptions.scorer], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let candidate = try Shadow.stop(try arguments.scorer(in: directory), in: directory)
    ShadowStartCommand.show(candidate, "\(candidate.label) judges what is folded now, and no more.", output)
    return .success
  }
}
