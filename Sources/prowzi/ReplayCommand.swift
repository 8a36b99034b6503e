import CommandLine
import Configuration
import Model
import Ports
import Runtime

/// What is to be folded again, and how: what every way of replaying takes from the command line.
struct ReplayPlan {
  var place: any LogPlace
  var request: ReplayRequest
  var pace: Pace
  var threads: Int
  var batch: Int
}

enum ReplayCommand: ProgramCommand {
  static let declaration = Command(
    "replay", "Folds a window again: compares, prints, steps, keeps aside",
    discussion: """
      Raw records are folded again from the log alone. --from and --to choose them by observed time; folding begins at the newest state that is kept before \
      them ('prowzi checkpoints list'), so what lies before that is not read. The live topics are only read, and 'prowzi run' and 'prowzi ingest' \
      may go on meanwhile.

      --verify compares every derived record that comes of it byte for byte with the recorded one. Exit code 0: all are the same. Exit code 1: for each \
      partition the first difference is shown, with its place, what differs in it, and the digests of the state around it. Any other exit code: the \
      comparison could not be made. It says how much of the log it had to read.

      --into NAME writes what comes of it into topics of their own, prowzi.replay.NAME.*, with their own journal and digests. Interrupted, the same \
      command goes on where it was. 'prowzi replay list', 'replay show' and 'replay drop' are about them.

      --print prints what comes of it as 'prowzi read' prints records, all partitions merged by the time at which the raw record was observed.

      --step pauses at each raw record, or at the breakpoints that --break names, and shows the record, the state it touched and what each stage made of \
      it. Commands are read from standard input; 'help' lists them. Breakpoints: band=instant, entity=solana, kind=exploit, source=arxiv_daily, event=ID, \
      time=2026-03-01T12:00:00Z, deadletter.

      --stages names the stages whose records are looked at. Where none of them is normalize or enrich, the others are folded alone, from \
      prowzi.enriched. --config folds with another configuration, a whole document or a part that is merged over the one in force, and so shows \
      what a change would do; kept states have come about without it, so folding begins with the first record.

      --pace reproduces the spacing of the observed times with --print and --into: 1x as it was, 10x ten times as fast.
      """,
    examples: [
      .init("prowzi replay --verify", "Verifies everything"),
      .init("prowzi replay --verify --from 2026-02-21 --to 2026-02-28", "Verifies a week"),
      .init("prowzi replay --verify --config weights.json", "Shows the first consequence of a change in each partition"),
      .init("prowzi replay --into march --from 2026-03-01 --to 2026-04-01", "Keeps a month's records in prowzi.replay.march.*"),
      .init("prowzi replay --print --stages band,curate --from 2026-03-01 --to 2026-03-02 --pace 60x", "Plays a day in 24 minutes"),
      .init("prowzi replay --step --from 2026-03-01 --break band=instant", "Stops at each event that was to be looked at at once"),
    ],
    options: [
      CommonOptions.data, .flag("verify", "Compares with what is recorded"),
      .value("into", "NAME", "Writes into topics of their own"), .flag("print", "Prints the records"),
      .flag("step", "Goes through the records interactively"),
      .value("from", "TIME", "Raw records observed at this time or later"), .value("to", "TIME", "Raw records observed before this time"),
      .value("stages", "LIST", "Which of \(StageName.allCases.map(\.rawValue).joined(separator: ", ")); without it all"),
      .value("config", "FILE", "Folds with this configuration instead of the recorded one"),
      .value("pace", "FACTOR", "With --print and --into: 1x, 10x, 0.5x, or max, which waits for nothing", defaultValue: "max"),
      .flag("replace", "With --into: throws away what was replayed under the name"),
      .value("break", "WHAT", "With --step: where to stop", isRepeated: true),
      .flag("headers", "With --print: prints headers, too"), .flag("whole", "With --print: prints values whole on a terminal, too"),
      .value("threads", "N", "Workers; without it twice the processors"),
      .value("batch", "N", "Raw records folded between two comparisons or commits", defaultValue: "\(BatchSize.standardRecords)"),
      CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let modes = ["--verify", "--into", "--print", "--step"]
    let given = [arguments.flag("verify"), arguments.string("into") != nil, arguments.flag("print"), arguments.flag("step")]
    let chosen = zip(modes, given).filter(\.1).map(\.0)
    guard chosen.count == 1 else {
      throw ProwziError(
        "usage.missing_option",
        chosen.isEmpty ? "it does not say what to do with the window" : "\(chosen.joined(separator: " and ")) cannot be had at once",
        place: "prowzi replay", advice: "Give one of --verify, --into NAME, --print and --step")
    }
    try refuse(arguments, mode: chosen[0])
    let plan = try plan(arguments)
    switch chosen[0] {
    case "--verify": return try ReplayVerify.run(plan, output)
    case "--into":
      return try ReplayInto.run(plan, into: arguments.string("into") ?? "", replacing: arguments.flag("replace"), output)
    case "--print":
      return try ReplayPrint.run(plan, headers: arguments.flag("headers"), whole: arguments.flag("whole"), output)
    default: return try ReplayStepping.run(plan, breakpoints: arguments.strings("break"), output)
    }
  }

  /// Options that would be passed over silently are mistakes.
  private static func refuse(_ arguments: ParsedArguments, mode: String) throws(ProwziError) {
    func refuse(_ option: String, unless modes: [String], _ isGiven: Bool) throws(ProwziError) {
      guard isGiven, !modes.contains(mode) else { return }
      throw ProwziError(
        "usage.bad_value", "--\(option) means nothing with \(mode)", place: "prowzi replay",
        advice: "Leave it out, or give \(modes.joined(separator: " or "))")
    }
    try refuse("pace", unless: ["--print", "--into"], arguments.string("pace") != "max")
    try refuse("replace", unless: ["--into"], arguments.flag("replace"))
    try refuse("break", unless: ["--step"], !arguments.strings("break").isEmpty)
    try refuse("headers", unless: ["--print"], arguments.flag("headers"))
    try refuse("whole", unless: ["--print"], arguments.flag("whole"))
  }

  private static func plan(_ arguments: ParsedArguments) throws(ProwziError) -> ReplayPlan {
    let (from, to) = try arguments.window(of: "replay")
    let stages = try stages(arguments)
    let pace = try arguments.read("pace", "a factor such as 1x, 10x or 0.5x, from 0.001x to 1000000x, or max") { Pace($0) } ?? .unlimited
    let threads = try arguments.integer("threads", in: 1...256) ?? 2 * processorCount()
    let batch = try arguments.integer("batch", in: 1...100_000) ?? BatchSize.standardRecords
    let place = try arguments.place()
    var configuration: CompiledConfiguration?
    if let file = arguments.string("config") { configuration = try ConfigurationFile.read(file, over: place.inForce()) }
    return ReplayPlan(
      place: place, request: ReplayRequest(from: from, to: to, stages: stages, configuration: configuration), pace: pace,
      threads: threads, batch: batch)
  }

  private static func stages(_ arguments: ParsedArguments) throws(ProwziError) -> Set<StageName> {
    guard arguments.string("stages") != nil else { return Set(StageName.allCases) }
    let known = StageName.allCases.map(\.rawValue)
    var stages: Set<StageName> = []
    for name in arguments.list("stages") {
      guard let stage = StageName(rawValue: name) else {
        throw ProwziError(
          "usage.bad_value", "there is no stage '\(name)'", place: "prowzi replay --stages",
          advice: "Choose from \(known.joined(separator: ", ")), separated by commas")
      }
      stages.insert(stage)
    }
    guard !stages.isEmpty else {
      throw ProwziError(
        "usage.bad_value", "--stages names none", place: "prowzi replay", advice: "Choose from \(known.joined(separator: ", "))")
    }
    return stages
  }
}
