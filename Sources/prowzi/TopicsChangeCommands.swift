import CommandLine
import Glibc
import Disk
import Inspect
import JSON
import Kafka
import Model
import Ports
import RecordFormat
import Runtime
import Schemas
import Topics

/// Where the wanted topics come from.
private enum TopicSource {
  static let folder = Command.Option.value(
    "topics", "DIR", "A folder of topic files such as topics/ of the sources; without it, the files in the program")

  /// - Parameter builtIn: what is taken where no folder is named.
  static func wanted(
    _ arguments: ParsedArguments, builtIn: () throws(ProwziError) -> [TopicDefinition]
  ) throws(ProwziError) -> [TopicDefinition] {
    guard let path = arguments.string("topics") else { return try builtIn() }
    let files = DiskFileSystem(root: path)
    var found: [TopicDefinition] = []
    for name in try files.list("").sorted() where name.hasSuffix(".json") {
      let bytes = try files.open(name, .read).contents(limit: Limits.smallFileBytes, place: "\(path)/\(name)")
      let topic = try TopicDefinition(file: bytes, place: "\(path)/\(name)")
      if let other = found.first(where: { $0.name == topic.name }) {
        throw ProwziError("topic.invalid", "a second file speaks of \(other.name)", place: "\(path)/\(name)", advice: "Remove one of them.")
      }
      if !topic.valueSchema.isEmpty { _ = try JSONSchema([UInt8](text: topic.valueSchema), place: "\(path)/\(name)") }
      // What only clusters have.
      if topic.owner == TopicFiles.clusterOwner, arguments.string("kafka") == nil { continue }
      found.append(topic)
    }
    guard !found.isEmpty else {
      throw ProwziError(
        "topic.invalid", "there is no topic file in this folder", place: path, advice: "Name the folder that holds *.json files.")
    }
    return found
  }
}

/// The topics that are to be brought to what files say: of a data directory or of a cluster.
private struct TopicTarget {
  let plan: TopicPlan
  /// - Parameter removing: those of the plan's `extra` that go.
  private let carryOut: (_ removing: [TopicDefinition]) throws(ProwziError) -> Void

  init(_ arguments: ParsedArguments, replication: Int = -1) throws(ProwziError) {
    guard let settings = try KafkaOptions.settings(arguments) else {
      let directory = try arguments.directory()
      let wanted = try TopicSource.wanted(arguments) { () throws(ProwziError) in try TopicFiles.builtIn(partitions: directory.partitions) }
      let plan = TopicPlan(wanted: wanted, present: directory.standingTopics)
      self.plan = plan
      carryOut = { (removing) throws(ProwziError) in try directory.apply(plan, removing: removing) }
      return
    }
    let events = KafkaOptions.events()
    let cluster = try ClusterTopics(settings, events: events)
    let plan = try cluster.plan(try TopicSource.wanted(arguments) { () throws(ProwziError) in try cluster.files() })
    self.plan = plan
    carryOut = { (removing) throws(ProwziError) in
      if !plan.missing.isEmpty, plan.impossible == nil { try KafkaOptions.check(settings, accepting: arguments, events) }
      try cluster.apply(plan, removing: removing, replication: replication)
    }
  }

  func apply(removing: [TopicDefinition]) throws(ProwziError) { try carryOut(removing) }
}

enum TopicsDiffCommand: ProgramCommand {
  static let declaration = Command(
    "topics diff", "Compares the topics that are there with their files",
    discussion: """
      Shows which topics are missing, which differ and in what, and which no file speaks of. Changes nothing. Exit code 1 where something is missing or \
      differs. The built-in files are taken with the partition count of the data directory or cluster. A cluster keeps partitions and settings, not \
      owners and schemas; there topics whose names begin with prowzi. are looked at, and no others.
      """,
    examples: [
      .init("prowzi topics diff", "Against the files in the program, for example after an upgrade"),
      .init("prowzi topics diff --topics topics", "Against the files of a folder"),
    ],
    options: [CommonOptions.data, TopicSource.folder, CommonOptions.format] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let plan = try TopicTarget(arguments).plan
    TopicPlanText.show(plan, output)
    if plan.isNothing, !output.isJSON { output.line("The topics are what their files say.") }
    return plan.isNothing ? .success : .difference
  }
}

enum TopicsApplyCommand: ProgramCommand {
  static let declaration = Command(
    "topics apply", "Makes missing topics and brings the others to what their files say",
    discussion: """
      Does what 'prowzi topics diff' shows. A difference by which records may go (a shorter retention, compaction) is refused without --allow-shrink; a topic \
      that no file speaks of stays, unless --delete names it. Partition counts and owners cannot be changed: they are what a topic is. Nothing is done unless \
      everything can be. Processes that are running go on with the definitions they began with.

      With --kafka the cluster's topics are meant. Where some are to be made, the cluster is tried out first, as by 'prowzi init'; the configuration that \
      a pipeline begins with is written by 'prowzi init', which completes what is there.
      """,
    examples: [
      .init("prowzi topics apply --dry-run", "What would be done"), .init("prowzi topics apply --topics topics", "From a folder of files"),
      .init("prowzi topics apply --kafka kafka.example.com:9092 --dry-run", "What would be done on a cluster"),
    ],
    options: [
      CommonOptions.data, TopicSource.folder, .flag("allow-shrink", "Also what lets records go"),
      .value("delete", "TOPIC", "Removes a topic that no file speaks of, with its records", isRepeated: true),
      .flag("dry-run", "Changes nothing"),
      .value("replication", "N", "With --kafka: copies of each partition of what is made; without it the cluster's default"),
      KafkaOptions.accept, CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let target = try TopicTarget(arguments, replication: arguments.integer("replication", in: 1...15) ?? -1)
    let plan = target.plan
    var removing: [TopicDefinition] = []
    for name in arguments.strings("delete") {
      guard let topic = plan.extra.first(where: { $0.name.text == name }) else {
        throw ProwziError(
          "usage.bad_value", "'\(name)' is no topic that may be deleted", place: "prowzi topics apply",
          advice: plan.extra.isEmpty
            ? "Every topic has a file" : "Those without a file are \(plan.extra.map(\.name.text).joined(separator: ", "))")
      }
      removing.append(topic)
    }
    if let (topic, difference) = plan.shrinking, !arguments.flag("allow-shrink") {
      throw ProwziError(
        "topic.shrinks", "\(difference.member) would become \(difference.wanted), so that records may go that \(difference.present) keeps",
        place: "\(topic)", advice: "Give --allow-shrink if that is meant.")
    }
    if !arguments.flag("dry-run") { try target.apply(removing: removing) }
    TopicPlanText.show(plan, removing: removing, output)
    if !output.isJSON {
      let count = plan.missing.count + plan.different.count + removing.count
      output.line(
        count == 0
          ? "The topics are what their files say."
          : "\(arguments.flag("dry-run") ? "Would change" : "Changed") \(Wording.count(count, "topic")).")
    }
    return .success
  }
}

enum TopicsCheckCommand: ProgramCommand {
  static let declaration = Command(
    "topics check", "Holds records against the JSON Schemas of their topics",
    discussion: """
      The schemas are the contract with everyone who reads a topic. Reads the values of all topics that have one, or of one topic, and names each record that \
      breaks it, where in the value, and which rule. Exit code 1 where one does. The schema is the data directory's, or with --topics that of a folder: so a \
      stricter schema can be tried on what is recorded.
      """,
    examples: [
      .init("prowzi topics check", "Everything"), .init("prowzi topics check prowzi.briefs --from 2026-02-21", "One topic, since a day"),
    ],
    arguments: [.init("topic", "Only this topic", isOptional: true)],
    options: [
      CommonOptions.data, TopicSource.folder, .value("partition", "P", "Only this partition", short: "p"),
      .value("from", "OFFSET|TIME", "Where to begin, included"), .value("to", "OFFSET|TIME", "Where to end, excluded"),
      .value("key", "KEY", "Only records with this key"),
      .value("limit", "N", "At most so many records that break the contract are shown", short: "n", defaultValue: "20"),
      CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let place = try arguments.place()
    let log = try place.reader()
    let selection = try RecordSelection(arguments)
    let limit = try arguments.integer("limit", in: 0...Int.max) ?? 20
    let definitions =
      try arguments.string("topics") == nil ? place.topics : TopicSource.wanted(arguments) { () throws(ProwziError) in [] }
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let line = ProgressLine("checking")
    var (checked, broken, topics) = (0, 0, 0)
    var document = JSONDocument()
    for topic in log.topics() where arguments.argument("topic").map({ $0 == topic.name.text }) ?? true {
      guard let text = definitions.first(where: { $0.name == topic.name })?.valueSchema, !text.isEmpty else { continue }
      let schema = try JSONSchema([UInt8](text: text), place: "topics/\(topic.name).json")
      topics += 1
      for target in try Targets.chosen(arguments, topic: topic.name.text, of: log) {
        try log.walk(target, from: try selection.from?.start(in: target, of: log)) { (records, index) throws(ProwziError) in
          guard selection.wants(records, index) else { return !interruption.stop.isRaised }
          let violations = Self.violations(records, index, schema, &document)
          checked += 1
          if checked & 1023 == 0 { line.update(checked) }
          if !violations.isEmpty {
            broken += 1
            if broken <= limit {
              line.finish()
              show(violations, target, records.records[index].offset, output)
            }
          }
          return !interruption.stop.isRaised && !output.isClosed
        }
      }
    }
    line.finish()
    if topics == 0, let name = arguments.argument("topic") {
      // An unknown topic is an error, one without a schema has nothing to break.
      _ = try Targets.chosen(arguments, topic: name, of: log)
    }
    if !output.isJSON {
      let what = "\(Wording.count(checked, "record")) of \(Wording.count(topics, "topic"))"
      output.line(
        broken == 0
          ? output.style.green("Valid:") + " \(what) keep what their schemas promise."
          : output.style.red("Broken:") + " \(Display.count(broken)) of \(what) break their schema.")
    }
    if interruption.stop.isRaised { return .interrupted }
    return broken == 0 ? .success : .difference
  }

  private static func violations(
    _ records: RecordBuffer, _ index: Int, _ schema: JSONSchema, _ document: inout JSONDocument
  ) -> [SchemaViolation] {
    guard let value = records.records[index].value else { return [] }  // A tombstone.
    do {
      try document.parse(records.bytes, in: value)
    } catch {
      return [SchemaViolation(pointer: "", keyword: "json", message: "the value is not JSON")]
    }
    return schema.violations(in: document)
  }

  private static func show(_ violations: [SchemaViolation], _ target: TopicPartition, _ offset: Offset, _ output: Output) {
    let place = Coordinates(topic: target.topic, partition: target.partition, offset: offset)
    if output.isJSON {
      return output.json { json in
        json.object { json in
          json.key("at")
          json.string("\(place)")
          json.key("violations")
          json.array { json in
            for violation in violations {
              json.object { json in
                json.key("keyword")
                json.string(violation.keyword)
                json.key("message")
                json.string(violation.message)
                json.key("pointer")
                json.string(violation.pointer)
              }
            }
          }
        }
      }
    }
    output.line("\(place)")
    for violation in violations {
      output.line(
        "  "
          + TextStyle.harmless(
            "\(violation.pointer.isEmpty ? "the value" : violation.pointer): \(violation.message) (\(violation.keyword))"))
    }
  }
}

/// How a plan is shown.
enum TopicPlanText {
  static func show(_ plan: TopicPlan, removing: [TopicDefinition] = [], _ output: Output) {
    if output.isJSON { return json(plan, removing, output) }
    let style = output.style
    for topic in plan.missing {
      output.line(style.green("+ \(topic.name)") + "  \(Wording.count(topic.partitions, "partition")), owner \(topic.owner)")
    }
    for (topic, differences) in plan.different {
      output.line(style.yellow("~ \(topic.name)"))
      for difference in differences {
        let note =
          switch difference.effect {
          case .harmless: ""
          case .shrinks: style.red("  records may go")
          case .impossible: style.red("  cannot be changed")
          }
        output.line(
          TextStyle.harmless(
            "    \(difference.member): \(Wording.cut(difference.present, to: 100)) → \(Wording.cut(difference.wanted, to: 100))") + note)
      }
    }
    for topic in plan.extra {
      output.line(removing.contains(topic) ? style.red("- \(topic.name)") : "  \(topic.name)  no file speaks of it")
    }
  }

  private static func json(_ plan: TopicPlan, _ removing: [TopicDefinition], _ output: Output) {
    output.json { json in
      json.object { json in
        json.key("different")
        json.array { json in
          for (topic, differences) in plan.different {
            json.object { json in
              json.key("differences")
              json.array { json in
                for difference in differences {
                  json.object { json in
                    json.key("effect")
                    json.string("\(difference.effect)")
                    json.key("member")
                    json.string(difference.member)
                    json.key("present")
                    json.string(difference.present)
                    json.key("wanted")
                    json.string(difference.wanted)
                  }
                }
              }
              json.key("topic")
              json.string(topic.name.text)
            }
          }
        }
        for (name, topics) in [("extra", plan.extra), ("missing", plan.missing), ("removed", removing)] {
          json.key(name)
          json.array { json in
            for topic in topics { json.string(topic.name.text) }
          }
        }
      }
    }
  }
}
