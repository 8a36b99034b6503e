import CommandLine
import Disk
import Model
import Ports
import RecordFormat
import SegmentLog

/// Appends with a sync a commit, beside what the disk takes.
enum LogWriteCommand: BenchCommand {
  static let command = Command(
    "log-write", "How fast does the log take records, every commit durable?",
    discussion: """
      Appends records of one size to a new log, some thousand a commit, then writes the same bytes to a plain file in the same pieces with the same two syncs \
      (the data, and a few bytes of a second file that stand for the journal): the limit beside it. Both in turns, so that a noisy disk meets both.
      """,
    examples: [.init("prowzi-bench log-write --work /tmp/bench-log", "1 KiB records, 1,000 a commit")],
    options: [
      .value("work", "DIR", "new folder; left for `log-read`", isRequired: true), .value("records", "N", "in all", defaultValue: "200000"),
      .value("size", "BYTES", "of a value", defaultValue: "1024"), .value("batch", "N", "records a commit", defaultValue: "1000"),
      .choice("codec", ["none", "lz4", "zstd"], "of the batches", defaultValue: "none"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let count = try arguments.integer("records", in: 1...100_000_000) ?? 200_000
    let size = try arguments.integer("size", in: 1...(1 << 20)) ?? 1024
    let batch = try arguments.integer("batch", in: 1...100_000) ?? 1000
    let folder = Harness.folder(arguments.required("work"))
    let bench = try BenchLog(folder, codec: Codec(name: arguments.string("codec") ?? "none") ?? .none)
    let log = try bench.open(.write(owner: "bench"))
    defer { log.close() }
    var plain = try PlainFiles(folder)
    var (logTime, plainTime) = (Duration.zero, Duration.zero)
    var commits = Latencies()
    var done = 0
    while done < count {
      let records = BenchLog.records(min(batch, count - done), size: size, seed: UInt64(done), from: done)
      let start = ContinuousClock.now
      _ = try log.commit(Commit(appends: [.init(target: BenchLog.target, records: records)]))
      let middle = ContinuousClock.now
      logTime += middle - start
      commits.add(middle - start)
      try plain.append(records.bytes.span)
      plainTime += ContinuousClock.now - middle
      done += records.count
    }
    var result = BenchResult("log-write")
    result.add("records", Double(count))
    result.add("records_per_second", Double(count) / logTime.inSeconds)
    let mebibytes = Double(plain.size) / 1_048_576
    result.add(
      "mebibytes_per_second", mebibytes / logTime.inSeconds, limit: mebibytes / plainTime.inSeconds,
      named: "plain_file_mebibytes_per_second")
    for (label, share) in [("p50", 0.5), ("p99", 0.99)] { result.add("commit_\(label)_ms", commits.milliseconds(at: share)) }
    result.note("root", try log.bounds(of: BenchLog.target).digest.hex)
    result.print(arguments)
    try plain.remove()
    return .success
  }
}
