import CommandLine
import JSON
import Model
import Runtime
import State

enum StateCommand: ProgramCommand {
  static let declaration = Command(
    "state", "Shows what the stages remembered at a moment",
    discussion: """
      Folds from the newest state that is kept before the moment up to the first raw record observed at --at or later, and shows what is there then: for each \
      partition and stage the size and SHA-256 of its state. Equal digests mean equal states, on any machine. Nothing is written.

      --stage shows its tables and how full they are. --key shows what is remembered of one thing: an event, story or brief by its id, an entity or a \
      repository by its name (openai/whisper), a natural id with its source before it (arxiv_daily/2602.01234), a day of attention (2026-02-21).
      """,
    examples: [
      .init("prowzi state --at 2026-03-01", "Sizes and digests at the beginning of March"),
      .init("prowzi state --at 2026-03-01 --stage enrich", "How full each of its tables was"),
      .init("prowzi state --at 2026-03-01T12:00:00Z --key 019cda31-7400-8874-876c-5530f0f052f3", "What was known of an event at noon"),
    ],
    options: [
      CommonOptions.data, .value("at", "TIME", "The moment: what was observed before it is known", isRequired: true),
      .choice("stage", StageName.allCases.map(\.rawValue), "Only this stage, with its tables"),
      .value("key", "KEY", "What is remembered of this"), .value("partition", "P", "Only this partition", short: "p"),
      .value("threads", "N", "Workers; without it twice the processors"), CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    guard let time = try arguments.timestamp("at") else { preconditionFailure("--at is required") }
    let key = arguments.string("key").map { StateKey($0) }
    let threads = try arguments.integer("threads", in: 1...256) ?? 2 * processorCount()
    let number = try arguments.integer("partition", in: 0...4095)
    let stage = arguments.string("stage")
    let place = try arguments.place()
    if let number, number >= place.partitions {
      throw ProwziError(
        "log.unknown_partition", "there is no partition \(number)", place: "prowzi.raw",
        advice: "Choose one from 0 to \(place.partitions - 1)")
    }
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let line = ProgressLine("folding")
    var views: [StateView]
    do {
      defer { line.finish() }
      views = try StateInspection(place).states(
        at: time, of: number.map { [PartitionIndex($0)] }, key.map { .about($0) } ?? (stage == nil ? .summary : .tables), threads: threads,
        stop: interruption.stop, progress: { line.update($0) })
    }
    if interruption.stop.isRaised { return .interrupted }
    if let stage { for index in views.indices { views[index].stages.removeAll { $0.name != stage } } }
    if output.isJSON {
      for view in views { output.json { write(view, withTables: stage != nil, withRows: key != nil, &$0) } }
    } else if let key {
      showRows(views, key, output)
    } else {
      show(views, withTables: stage != nil, output)
    }
    return .success
  }

  private static func show(_ views: [StateView], withTables: Bool, _ output: Output) {
    var table = TextTable(["P", "Raw offset", "Folded from", "Stage", "Size", "State"])
    for view in views {
      for (index, stage) in view.stages.enumerated() {
        table.add([
          index == 0 ? "\(view.partition)" : "", index == 0 ? "\(view.next)" : "", index == 0 ? "\(view.foldedFrom)" : "", stage.name,
          Display.bytes(stage.size), Wording.short(stage.digest),
        ])
      }
    }
    output.text(table.text(style: output.style))
    guard withTables else { return }
    var tables = TextTable(["P", "Table", "Entries", "Oldest", "Newest"])
    for view in views {
      for entry in view.stages.flatMap(\.tables) {
        tables.add([
          "\(view.partition)", entry.name, Display.count(entry.count), entry.oldest.map(Display.minute) ?? "-",
          entry.newest.map(Display.minute) ?? "-",
        ])
      }
    }
    output.text("\n" + tables.text(style: output.style))
  }

  private static func showRows(_ views: [StateView], _ key: StateKey, _ output: Output) {
    var count = 0
    for view in views {
      for stage in view.stages {
        for row in stage.rows {
          output.line(
            output.style.bold("\(view.partition) \(stage.name) \(row.table)") + "  \(row.key)  \(row.time)\n  "
              + TextStyle.harmless(row.value))
          count += 1
        }
      }
    }
    if count == 0 { output.line("Nothing is remembered of \(TextStyle.harmless(key.text)).") }
  }

  private static func write(_ view: StateView, withTables: Bool, withRows: Bool, _ json: inout JSONWriter) {
    func time(_ time: Timestamp?, _ json: inout JSONWriter) { if let time { json.number(time.milliseconds) } else { json.null() } }
    json.object { json in
      json.key("configuration")
      if let configuration = view.configuration { json.string(configuration.hex) } else { json.null() }
      json.key("digest")
      json.string(view.digest.hex)
      json.key("folded_from")
      json.number(view.foldedFrom.value)
      json.key("offset")
      json.number(view.next.value)
      json.key("partition")
      json.number(Int64(view.partition.value))
      json.key("stages")
      json.array { json in
        for stage in view.stages {
          json.object { json in
            json.key("digest")
            json.string(stage.digest.hex)
            json.key("name")
            json.string(stage.name)
            if withRows {
              json.key("rows")
              json.array { json in
                for row in stage.rows {
                  json.object { json in
                    json.key("key")
                    json.string(row.key)
                    json.key("table")
                    json.string(row.table)
                    json.key("timestamp")
                    json.number(row.time.milliseconds)
                    json.key("value")
                    json.string(row.value)
                  }
                }
              }
            }
            json.key("size")
            json.number(stage.size)
            if withTables {
              json.key("tables")
              json.array { json in
                for table in stage.tables {
                  json.object { json in
                    json.key("count")
                    json.number(table.count)
                    json.key("name")
                    json.string(table.name)
                    json.key("newest")
                    time(table.newest, &json)
                    json.key("oldest")
                    time(table.oldest, &json)
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
