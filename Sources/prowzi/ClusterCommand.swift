import CommandLine
import Inspect
import JSON
import Kafka
import Model

enum ClusterCheckCommand: ProgramCommand {
  static let declaration = Command(
    "cluster check", "Finds out whether a Kafka cluster can carry a pipeline",
    discussion: """
      Makes a topic named prowzi.check.*, does with it what a pipeline does, looks at what comes of it, and removes it: where partitions end, \
      transactions, isolation, fencing, look-up by time, settings of topics, groups. Exit code 1 where something is missing that records hang on.

      'prowzi init --kafka' does the same before it makes a pipeline, and makes none where something is missing that records hang on, unless --accept \
      names it. Compaction and retention are the broker's own work, which takes hours: only that it keeps their settings is checked.
      """,
    examples: [
      .init("prowzi cluster check --kafka kafka.example.com:9092", "What this cluster can do"),
      .init("prowzi cluster check --kafka kafka.example.com:9092 --format json", "One JSON object a finding"),
    ],
    options: [
      .value("kafka", "HOST:PORT", "The cluster; several brokers separated by commas", isRequired: true), KafkaOptions.file,
      KafkaOptions.setting, CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let settings = try KafkaOptions.settings(arguments.required("kafka"), arguments)
    let findings = try BrokerCheck(settings, token: KafkaOptions.token(), events: KafkaOptions.events()).run()
    let isFit = findings.allSatisfy { $0.works || !$0.ability.isNeeded }
    if output.isJSON {
      for finding in findings {
        output.json { json in
          json.object { json in
            json.key("ability")
            json.string(finding.ability.rawValue)
            json.key("consequence")
            if finding.works { json.null() } else { json.string(finding.ability.consequence) }
            json.key("needed")
            json.bool(finding.ability.isNeeded)
            json.key("seen")
            json.string(finding.seen)
            json.key("works")
            json.bool(finding.works)
          }
        }
      }
      return isFit ? .success : .difference
    }
    for finding in findings {
      let lead = finding.works ? output.style.green("yes") : finding.ability.isNeeded ? output.style.red("NO ") : output.style.yellow("no ")
      let name = finding.ability.rawValue
      output.line("\(lead)  \(name)\(String(repeating: " ", count: 14 - name.count))\(TextStyle.harmless(finding.seen))")
      if !finding.works { output.line("\(String(repeating: " ", count: 19))\(finding.ability.consequence)") }
    }
    output.line(
      isFit
        ? "\n" + output.style.green("Fit:") + " this cluster can carry a pipeline."
        : "\n" + output.style.red("Unfit:") + " records hang on what this cluster cannot do.")
    return isFit ? .success : .difference
  }
}

extension KafkaOptions {
  static let accept = Command.Option.value(
    "accept", "LIST", "With --kafka: what the cluster may lack, as 'prowzi cluster check' names it, separated by commas")

  /// Something that no other check has.
  static func token() -> String { String(UInt64.random(in: 0 ... .max), radix: 36) }

  /// Refuses a cluster that a pipeline cannot be trusted to, and tells what is accepted.
  static func check(_ settings: KafkaSettings, accepting arguments: ParsedArguments, _ events: KafkaEvents) throws(ProwziError) {
    let accepted = Set(arguments.list("accept"))
    for name in accepted.sorted() where BrokerAbility(rawValue: name) == nil {
      throw ProwziError(
        "usage.bad_value", "'\(name)' is nothing that a cluster is checked for", place: "--accept",
        advice: "Choose from \(BrokerAbility.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    // Groups take seconds to form, and only some runs want them.
    let findings = try BrokerCheck(settings, token: token(), events: events).run(Set(BrokerAbility.allCases).subtracting([.groups]))
    let missing = findings.filter { !$0.works }
    for finding in missing where !finding.ability.isNeeded || accepted.contains(finding.ability.rawValue) {
      Notice.tell("this broker lacks '\(finding.ability.rawValue)': \(finding.seen). \(finding.ability.consequence)")
    }
    let fatal = missing.filter { $0.ability.isNeeded && !accepted.contains($0.ability.rawValue) }
    guard !fatal.isEmpty else { return }
    throw ProwziError(
      "kafka.unsupported",
      "this broker cannot carry a pipeline: \(fatal.map { "\($0.seen) (\($0.ability.rawValue))" }.joined(separator: "; "))",
      place: settings.bootstrap,
      advice: "Use another broker. 'prowzi cluster check' shows what each of these means; --accept goes on without them.")
  }
}
