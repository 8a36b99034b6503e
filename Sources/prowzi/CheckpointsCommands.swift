import CommandLine
import JSON
import Model
import Runtime

enum CheckpointsListCommand: ProgramCommand {
  static let declaration = Command(
    "checkpoints list", "Lists the states that are kept, and whether each can be gone on from",
    discussion: """
      A replay of a window begins at the newest sound state before it, 'prowzi run' at the newest of all. A state is the work of certain versions of \
      the stages: after an upgrade that changes one, older states are of no use, and 'prowzi checkpoints rebuild' makes new ones.
      """,
    examples: [.init("prowzi checkpoints list", "Offsets, times, sizes and digests")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let states = try CheckpointCatalogue(arguments.directory()).list(stop: interruption.stop)
    if output.isJSON {
      for state in states { output.json { write(state, &$0) } }
    } else {
      show(states, output)
    }
    return interruption.stop.isRaised ? .interrupted : .success
  }

  private static func show(_ states: [KeptState], _ output: Output) {
    if states.isEmpty {
      output.line("No state is kept: 'prowzi run' keeps some as it goes, 'prowzi checkpoints rebuild' makes them.")
      return
    }
    var table = TextTable(["P", "Raw offset", "Observed", "On disk", "State", "Digest", ""])
    for state in states {
      table.add([
        "\(state.partition)", "\(state.offset)", state.time.map(Display.minute) ?? "-", Display.bytes(state.fileSize),
        Display.bytes(state.size), state.digest.map(Wording.short) ?? "-", soundness(state),
      ])
    }
    output.text(table.text(style: output.style))
    output.line("\n\(Wording.count(states.count, "state")), \(Display.bytes(states.reduce(0) { $0 + $1.fileSize })) on disk.")
  }

  private static func soundness(_ state: KeptState) -> String {
    switch state.soundness {
    case .valid: "valid"
    case .otherStages(let signature): "of other stages: \(signature)"
    case .damaged(let why): "damaged: \(why)"
    }
  }

  private static func write(_ state: KeptState, _ json: inout JSONWriter) {
    json.object { json in
      json.key("bytes")
      json.number(state.fileSize)
      json.key("digest")
      if let digest = state.digest { json.string(digest.hex) } else { json.null() }
      json.key("offset")
      json.number(state.offset.value)
      json.key("partition")
      json.number(Int64(state.partition.value))
      json.key("problem")
      if case .valid = state.soundness { json.null() } else { json.string(soundness(state)) }
      json.key("state_bytes")
      json.number(state.size)
      json.key("timestamp")
      if let time = state.time { json.number(time.milliseconds) } else { json.null() }
      json.key("valid")
      json.bool(state.soundness == .valid)
    }
  }
}

enum CheckpointsRebuildCommand: ProgramCommand {
  static let declaration = Command(
    "checkpoints rebuild", "Folds again and keeps states where they are missing",
    discussion: """
      Begins at the newest sound state before the window, folds, and keeps a state after every --every raw records of a partition. Every derived record is \
      compared with the recorded one on the way: from the first difference on nothing is kept, it is shown, and the exit code is 1.

      'prowzi run' prunes states to the number that its --checkpoints-kept says the next time it keeps one; give it a larger number to keep these. \
      While it runs, states cannot be rebuilt.
      """,
    examples: [
      .init("prowzi checkpoints rebuild", "A state for every 25,000 raw records of each partition"),
      .init(
        "prowzi checkpoints rebuild --every 2000 --from 2026-03-01 --to 2026-03-08", "Close together in a week that is to be looked into"),
    ],
    options: [
      CommonOptions.data, .value("every", "N", "Raw records of a partition between two states", defaultValue: "25000"),
      .value("from", "TIME", "Where to begin"), .value("to", "TIME", "Where to end"),
      .value("threads", "N", "Workers; without it twice the processors"), CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let request = ReplayRequest(from: try arguments.timestamp("from"), to: try arguments.timestamp("to"))
    let every = try arguments.integer("every", in: 1...1_000_000_000) ?? 25_000
    let threads = try arguments.integer("threads", in: 1...256) ?? 2 * processorCount()
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let line = ProgressLine("folding")
    let parts: [RebuiltStates]
    do {
      defer { line.finish() }
      parts = try CheckpointCatalogue(arguments.directory()).rebuild(
        request, every: every, threads: threads, stop: interruption.stop, progress: { line.update($0) })
    }
    if output.isJSON {
      for part in parts { output.json { write(part, &$0) } }
    } else {
      show(parts, output)
    }
    if parts.contains(where: { $0.difference != nil }) { return .difference }
    return interruption.stop.isRaised ? .interrupted : .success
  }

  private static func show(_ parts: [RebuiltStates], _ output: Output) {
    var table = TextTable(["P", "Folded from", "To", "Compared", "States written", "There before", "Result"])
    for part in parts {
      table.add([
        "\(part.partition)", "\(part.from)", "\(part.to)", Display.count(part.compared), "\(part.written.count)", "\(part.found.count)",
        part.difference.map { "DIFFERENT at \($0.topic)/\(part.partition)/\($0.offset)" } ?? "as recorded",
      ])
    }
    output.text(table.text(style: output.style))
    if parts.contains(where: { $0.difference != nil }) {
      output.line("\nFolding again does not give what is recorded: 'prowzi replay --verify' shows the difference.")
    }
  }

  private static func write(_ part: RebuiltStates, _ json: inout JSONWriter) {
    json.object { json in
      json.key("compared")
      json.number(part.compared)
      json.key("difference")
      if let difference = part.difference { json.string("\(difference.topic)/\(part.partition)/\(difference.offset)") } else { json.null() }
      json.key("found")
      json.array { json in for offset in part.found { json.number(offset.value) } }
      json.key("from")
      json.number(part.from.value)
      json.key("partition")
      json.number(Int64(part.partition.value))
      json.key("to")
      json.number(part.to.value)
      json.key("written")
      json.array { json in for offset in part.written { json.number(offset.value) } }
    }
  }
}
