import CommandLine
import JSON
import Model
import Runtime

enum ReplayListCommand: ProgramCommand {
  static let declaration = Command(
    "replay list", "Lists what was replayed into topics of its own",
    examples: [.init("prowzi replay list", "Names, windows, stages, records and how far each has come")],
    options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let sets = try arguments.directory().replaySets()
    if output.isJSON {
      for status in sets { output.json { ReplaySetText.write(status, &$0) } }
      return .success
    }
    if sets.isEmpty {
      output.line("Nothing was replayed into topics of its own: 'prowzi replay --into NAME' does.")
      return .success
    }
    var table = TextTable(["Name", "Window", "Stages", "Records", "Size", "Folded"])
    for status in sets {
      let stages = ReplaySetText.stages(status.set)
      table.add([
        status.set.name, ReplaySetText.window(status.set), stages.count == StageName.allCases.count ? "all" : stages.joined(separator: ","),
        Display.count(status.topics.reduce(0) { $0 + $1.records }), Display.bytes(status.topics.reduce(0) { $0 + $1.bytes }),
        ReplaySetText.progress(status),
      ])
    }
    output.text(table.text(style: output.style))
    return .success
  }
}

enum ReplayShowCommand: ProgramCommand {
  static let declaration = Command(
    "replay show", "Shows what was replayed under a name: records and digests, topic by topic",
    examples: [.init("prowzi replay show march", "Two sets with equal digests hold equal records")],
    arguments: [.init("name", "What --into named")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let status = try arguments.directory().replaySetStatus(arguments.argument("name") ?? "")
    if output.isJSON { output.json { ReplaySetText.write(status, &$0) } } else { ReplaySetText.show(status, output) }
    return .success
  }
}

enum ReplayDropCommand: ProgramCommand {
  static let declaration = Command(
    "replay drop", "Removes what was replayed under a name: its topics, journal and states",
    discussion: "The live topics are not touched. Nothing else can be dropped with it.",
    examples: [.init("prowzi replay drop march", "Removes prowzi.replay.march.*")],
    arguments: [.init("name", "What --into named")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let name = arguments.argument("name") ?? ""
    try arguments.directory().dropReplay(name)
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("dropped")
          json.string(name)
        }
      }
    } else {
      output.line("Dropped prowzi.replay.\(name).*")
    }
    return .success
  }
}
