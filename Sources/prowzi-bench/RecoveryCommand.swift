import CommandLine
import Disk
import Glibc
import Model
import Ports
import Runtime
import Stages

/// From the start of a process that was killed to the first fold.
enum RecoveryCommand: BenchCommand {
  static let command = Command(
    "recovery", "How soon does a pipeline fold again after a kill?",
    discussion: """
      Writes bytes behind the last commit of every derived partition, as a kill in the middle of a batch leaves them, then opens the log as a writer (which cuts \
      them), takes every partition up from its checkpoint, and stops as there is nothing new. Prints the time from opening to that end, which is when the first \
      fold could begin, and the size of the log. The data directory stays sound.
      """,
    examples: [.init("prowzi-bench recovery --data /tmp/bench", "over what `prowzi-bench pipeline --work /tmp/bench` left")],
    options: [
      .value("data", "DIR", "a folded data directory", isRequired: true), .value("kills", "N", "how often", defaultValue: "5"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let directory = try DataDirectory(path: arguments.required("data"))
    let before = try directory.derivedDigest()
    var times = Latencies()
    var size = 0
    let log = try directory.openReader()
    for topic in log.topics() {
      for index in 0..<topic.partitions {
        size += try log.bounds(of: TopicPartition(topic: topic.name, partition: PartitionIndex(index))).sizeInBytes
      }
    }
    for kill in 0..<(try arguments.integer("kills", in: 1...1000) ?? 5) {
      for topic in DerivedTopic.allCases {
        for index in 0..<directory.partitions { try tear(directory, topic.name, index, bytes: 100 + 37 * kill) }
      }
      let start = ContinuousClock.now
      let report = try Runner(directory, settings: RunSettings(threads: 2), clock: SystemClock()).run(stop: StopFlag())
      times.add(ContinuousClock.now - start)
      precondition(report.counters.records == 0 || kill == 0, "nothing is folded twice")
    }
    let isSame = try directory.derivedDigest() == before
    var result = BenchResult("recovery")
    result.add("log_mebibytes", Double(size) / 1_048_576)
    result.add("median_ms", times.milliseconds(at: 0.5))
    result.add("most_ms", times.milliseconds(at: 1))
    result.note("derived_digest", isSame ? before.hex : "CHANGED")
    result.print(arguments)
    return isSame ? .success : .difference
  }

  private static func tear(_ directory: DataDirectory, _ topic: TopicName, _ index: Int, bytes: Int) throws(ProwziError) {
    let folder = "log/\(TopicPartition(topic: topic, partition: PartitionIndex(index)))"
    guard let last = try directory.files.list(folder).filter({ $0.hasSuffix(".log") }).sorted().last else { return }
    let file = try directory.files.open("\(folder)/\(last)", .readWrite)
    try file.write([UInt8](repeating: 0xa5, count: bytes).span, at: try file.size())
  }
}
