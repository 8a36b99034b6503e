import CommandLine
import Configuration
import Disk
import Inspect
import JSON
import Model
import Runtime
import Scorers

enum PromoteCommand: ProgramCommand {
  static let declaration = Command(
    "promote", "Puts a scorer in force",
    discussion: """
      Writes the configuration with this scorer into every partition of prowzi.raw, in one commit: events behind it are judged by the new scorer, events \
      before it stay as they are, and every replay sees the same moment. A canary ends. 'prowzi rollback' goes back.
      """,
    examples: [.init("prowzi promote large-exploits@1", "From here on")],
    arguments: [CandidateOptions.scorer], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    try Change.make(arguments, output) { (promotion, directory, time) throws(ProwziError) in
      try promotion.promote(try arguments.scorer(in: directory), at: time)
    }
  }
}

enum RollbackCommand: ProgramCommand {
  static let declaration = Command(
    "rollback", "Puts back the scorer that was in force before",
    discussion: """
      Takes the last promotion off again, as a configuration record of its own: nothing in the log is removed, and the rest of the configuration stays as it \
      is now. A canary ends. Rolling back twice goes back two promotions.
      """,
    examples: [.init("prowzi rollback", "The scorer before this one")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    try Change.make(arguments, output) { (promotion, _, time) throws(ProwziError) in try promotion.rollback(at: time) }
  }
}

enum CanaryCommand: ProgramCommand {
  static let declaration = Command(
    "canary", "Lets a scorer judge a share of the events",
    discussion: """
      Which events is a function of their ids and the salt, so it is the same in every replay. Their records name the scorer that judged them. \
      --percent 0 takes the canary away; 'prowzi promote' and 'prowzi rollback' end it too.
      """,
    examples: [
      .init("prowzi canary large-exploits@1 --percent 10", "One event in ten"),
      .init("prowzi canary large-exploits@1 --percent 0", "None any more"),
    ],
    arguments: [CandidateOptions.scorer],
    options: [
      CommonOptions.data, .value("percent", "P", "0 to 100, with at most two decimals", isRequired: true),
      .value("salt", "TEXT", "Chooses other events; without it NAME@VERSION"), CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    guard let percent = Double(arguments.required("percent")), (0...100).contains(percent), (percent * 100).rounded() == percent * 100
    else {
      throw ProwziError(
        "usage.bad_value", "--percent is '\(arguments.required("percent"))'", place: "prowzi canary",
        advice: "Give a number from 0 to 100 with at most two decimals, such as 10 or 0.25")
    }
    return try Change.make(arguments, output) { (promotion, directory, time) throws(ProwziError) in
      let scorer = try arguments.scorer(in: directory)
      if percent == 0 { return try promotion.endCanary(at: time) }
      return try promotion.canary(scorer, percent: percent, salt: arguments.string("salt") ?? scorer.label, at: time)
    }
  }
}

enum ScorerHistoryCommand: ProgramCommand {
  static let declaration = Command(
    "scorer history", "Shows which scorers were in force, and since when",
    discussion: "Every configuration record of the log, with the scorer and the canary it puts in force and why it was written.",
    examples: [.init("prowzi scorer history", "Oldest first")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let history = try directory.configurations(try directory.openReader())
    if output.isJSON {
      for entry in history { write(entry, output) }
      return .success
    }
    var table = TextTable(["Since", "Raw offset", "Scorer", "Canary", "Configuration", "Why"])
    for entry in history {
      table.add([
        entry.time.milliseconds == 0 ? "beginning" : Display.minute(entry.time), "\(entry.offset)", entry.configuration.scorer.label,
        entry.configuration.canary.map { "\($0.scorer.label), \(Wording.number($0.percent)) %" } ?? "",
        Wording.short(entry.configuration.digest), TextStyle.harmless(entry.reason.isEmpty ? "applied" : entry.reason),
      ])
    }
    output.text(table.text(style: output.style))
    return .success
  }

  private static func write(_ entry: ConfigurationInForce, _ output: Output) {
    output.json { json in
      json.object { json in
        json.key("canary")
        if let canary = entry.configuration.canary { json.string(canary.scorer.label) } else { json.null() }
        json.key("configuration")
        json.string(entry.configuration.digest.hex)
        json.key("offset")
        json.number(entry.offset.value)
        json.key("reason")
        json.string(entry.reason)
        json.key("scorer")
        json.string(entry.configuration.scorer.label)
        json.key("since")
        json.number(entry.time.milliseconds)
      }
    }
  }
}

/// A change of the scorer in force, made and told.
private enum Change {
  static func make(
    _ arguments: ParsedArguments, _ output: Output,
    _ body: (Promotion, DataDirectory, Timestamp) throws(ProwziError) -> CompiledConfiguration
  ) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let log = try directory.openWriter(DataDirectory.sensors, patience: .seconds(10))
    defer { log.close() }
    let promotion = try Promotion(directory, log)
    let after = try body(promotion, directory, try StreamTime.now(in: log, clock: SystemClock().now()))
    let before = promotion.current
    guard output.isJSON else {
      output.line("In force from here on: \(describe(after)); before: \(describe(before)). 'prowzi run' takes it up.")
      return .success
    }
    output.json { json in
      json.object { json in
        json.key("canary")
        if let canary = after.canary { json.string(canary.scorer.label) } else { json.null() }
        json.key("configuration")
        json.string(after.digest.hex)
        json.key("scorer")
        json.string(after.scorer.label)
      }
    }
    return .success
  }

  private static func describe(_ configuration: CompiledConfiguration) -> String {
    guard let canary = configuration.canary else { return configuration.scorer.label }
    return "\(configuration.scorer.label), and \(canary.scorer.label) for \(Wording.number(canary.percent)) % of the events"
  }
}
