import CommandLine
import Disk
import Model
import Ports
import Runtime
import Stages

/// Folds everything again and compares.
enum ReplayBenchCommand: BenchCommand {
  static let command = Command(
    "replay", "How fast is history folded again and compared with the record?",
    discussion:
      "Verifies all of a folded data directory from its first record on, once for each number of threads. The aim is at least the speed of the run. The limit beside it is reading the same bytes and nothing else.",
    examples: [.init("prowzi-bench replay --data /tmp/bench", "over what `prowzi-bench pipeline --work /tmp/bench` left")],
    options: [
      .value("data", "DIR", "a folded data directory", isRequired: true),
      .value("threads", "A,B", "numbers of workers", defaultValue: "1,2"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let directory = try DataDirectory(path: arguments.required("data"))
    let log = try directory.openReader()
    var records = 0
    for index in 0..<directory.partitions {
      let bounds = try log.bounds(of: TopicPartition(topic: .raw, partition: PartitionIndex(index)))
      records += bounds.highWatermark.distance(from: bounds.logStart)
    }
    var result = BenchResult("replay")
    result.add("records", Double(records))
    for threads in arguments.list("threads").compactMap({ Int($0) }) {
      let cpu = ProcessUsage.cpuSeconds
      let start = ContinuousClock.now
      let report = try Verifier(directory).verify(ReplayRequest(), threads: threads, stop: StopFlag(), progress: { _ in })
      let elapsed = (ContinuousClock.now - start).inSeconds
      guard report.isIdentical else {
        throw ProwziError("replay.difference", "folding again is not what is recorded", place: directory.path)
      }
      let used = ProcessUsage.cpuSeconds - cpu
      let reading = try BareBytes(directory).read([.raw] + DerivedTopic.allCases.map(\.name), threads: threads)
      result.add(
        "\(threads)_threads_records_per_second", Double(records) / elapsed, limit: Double(records) / reading,
        named: "\(threads)_threads_reading_alone_records_per_second")
      result.add("\(threads)_threads_cpu_microseconds", used * 1e6 / Double(max(1, records)))
    }
    result.add("resident_peak_mib", ProcessUsage.peakMebibytes)
    result.note("derived_digest", try directory.derivedDigest().hex)
    result.print(arguments)
    return .success
  }
}
