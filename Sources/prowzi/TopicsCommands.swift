import CommandLine
import Inspect
import JSON
import Kafka
import Model
import Ports
import Runtime
import Topics

enum TopicsListCommand: ProgramCommand {
  static let declaration = Command(
    "topics list", "Lists the topics",
    discussion: "Those of the data directory, or of the cluster of --kafka; where there is none, those that 'prowzi init' would make.",
    examples: [.init("prowzi topics list", "Names, owners, partitions and purposes")],
    options: [CommonOptions.data, CommonOptions.format] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let topics = try arguments.topicDefinitions()
    if output.isJSON {
      for topic in topics { output.json(topic.fileBytes) }
      return .success
    }
    var table = TextTable(["Topic", "Partitions", "Owner", "Codec", "Key"])
    for topic in topics { table.add([topic.name.text, "\(topic.partitions)", topic.owner, topic.codec.name, topic.key]) }
    output.text(table.text(style: output.style))
    return .success
  }
}

enum TopicsDescribeCommand: ProgramCommand {
  static let declaration = Command(
    "topics describe", "Describes one topic: what it is for, how it is kept, and the schema of its values",
    examples: [
      .init("prowzi topics describe prowzi.briefs", "For reading"),
      .init("prowzi topics describe prowzi.briefs --format json", "The topic file, with the schema"),
    ],
    arguments: [.init("topic", "A topic's name")], options: [CommonOptions.data, CommonOptions.format] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let topics = try arguments.topicDefinitions()
    guard let topic = topics.first(where: { $0.name.text == arguments.argument("topic") }) else {
      throw ProwziError(
        "log.unknown_topic", "there is no topic \(arguments.argument("topic") ?? "")",
        advice: "Choose one: \(topics.map(\.name.text).joined(separator: ", "))")
    }
    if output.isJSON {
      output.json(topic.fileBytes)
      return .success
    }
    output.line(output.style.bold(topic.name.text))
    output.line(Wrapping.wrap(topic.purpose, width: output.width))
    let facts: [(String, String)] = [
      ("key", topic.key), ("owner", topic.owner), ("partitions", "\(topic.partitions)"), ("codec", topic.codec.name),
      ("retention", topic.retentionMilliseconds.map { Display.duration(milliseconds: $0) } ?? "unlimited"),
      ("at most", topic.retentionBytes.map { Display.bytes(Int($0)) } ?? "unlimited"),
      ("segments", "\(Display.bytes(topic.segmentBytes)) or \(Display.duration(milliseconds: topic.segmentMilliseconds))"),
      ("compacted", topic.isCompacted ? "yes" : "no"),
    ]
    for (name, value) in facts { output.line("  \(name)\(String(repeating: " ", count: 12 - name.count))\(value)") }
    if let schema = PrettyJSON.text([UInt8](text: topic.valueSchema)) { output.line("\nSchema of the value:\n\(schema)") }
    return .success
  }
}

extension ParsedArguments {
  /// The topics of the data directory or cluster, by name; the built-in ones where there is none.
  fileprivate func topicDefinitions() throws(ProwziError) -> [TopicDefinition] {
    if let settings = try KafkaOptions.settings(self) {
      let there = try ClusterTopics(settings, events: KafkaOptions.events())
      return there.partitions == nil ? try there.files().sorted { $0.name < $1.name } : try there.present(there.files())
    }
    do throws(ProwziError) {
      return try directory().topics.sorted { $0.name < $1.name }
    } catch {
      guard error.code == "data.not_found" else { throw error }
      return try TopicFiles.builtIn().sorted { $0.name < $1.name }
    }
  }
}
