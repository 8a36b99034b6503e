import CommandLine
import Disk
import Model
import Ports
import RecordFormat
import Runtime
import Stages

/// The first record of a window, from a log that was just opened.
enum WindowCommand: BenchCommand {
  static let command = Command(
    "window", "How soon is the first record of a time window at hand?",
    discussion: """
      For moments drawn from a seed over all of the log: opens it anew, finds the first raw and the first banded record at that moment in one partition, \
      and reads them. Then the same with state: a window of one minute is verified, from the newest kept state before it.
      """,
    examples: [.init("prowzi-bench window --data /tmp/bench", "over what `prowzi-bench pipeline --work /tmp/bench` left")],
    options: [
      .value("data", "DIR", "a folded data directory", isRequired: true), .value("moments", "N", "how many", defaultValue: "100"),
      .value("seed", "N", "of the moments", defaultValue: "1"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let directory = try DataDirectory(path: arguments.required("data"))
    var draw = SplitMix64(seed: UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1))
    let count = try arguments.integer("moments", in: 1...100_000) ?? 100
    let whole = try directory.openReader()
    var records = 0
    for topic in whole.topics() {
      for index in 0..<topic.partitions {
        let bounds = try whole.bounds(of: TopicPartition(topic: topic.name, partition: PartitionIndex(index)))
        records += bounds.highWatermark.distance(from: bounds.logStart)
      }
    }
    var first: [Double] = []
    var verified: [Double] = []
    for number in 0..<count {
      let raw = TopicPartition(topic: .raw, partition: PartitionIndex(draw.below(directory.partitions)))
      let bounds = try whole.bounds(of: raw)
      guard bounds.highWatermark > bounds.logStart else { continue }
      var buffer = RecordBuffer()
      let drawn = bounds.logStart.advanced(by: draw.below(bounds.highWatermark.distance(from: bounds.logStart)))
      _ = try whole.read(raw, from: drawn, maxRecords: 1, maxBytes: 1, into: &buffer)
      guard let moment = buffer.records.first?.timestamp else { continue }

      var start = ContinuousClock.now
      let log = try DataDirectory(path: directory.path).openReader()
      for topic in [TopicName.raw, DerivedTopic.banded.name] {
        let target = TopicPartition(topic: topic, partition: raw.partition)
        buffer.removeAll()
        let offset = try log.offset(in: target, atOrAfter: moment)
        _ = try log.read(target, from: offset, maxRecords: 1, maxBytes: 1, into: &buffer)
      }
      first.append((ContinuousClock.now - start).inSeconds * 1000)

      if number % 10 == 0 {
        start = ContinuousClock.now
        let request = ReplayRequest(from: moment, to: moment.adding(milliseconds: .minute))
        let report = try Verifier(directory).verify(request, threads: 2, stop: StopFlag(), progress: { _ in })
        guard report.isIdentical else {
          throw ProwziError("replay.difference", "the window at \(moment) is not what is recorded")
        }
        verified.append((ContinuousClock.now - start).inSeconds * 1000)
      }
    }
    var result = BenchResult("window")
    result.add("records_in_log", Double(records))
    for (name, values) in [("first_record_ms", first.sorted()), ("verify_one_minute_ms", verified.sorted())] where !values.isEmpty {
      for (label, share) in [("p50", 0.5), ("p99", 0.99)] {
        result.add("\(name)_\(label)", values[min(values.count - 1, Int(Double(values.count) * share))])
      }
      result.add("\(name)_max", values[values.count - 1])
    }
    result.print(arguments)
    return .success
  }
}
