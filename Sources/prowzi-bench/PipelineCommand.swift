import CommandLine
import Configuration
import Disk
import Glibc
import JSON
import Model
import Ports
import Runtime
import Stages

/// Raw to briefs, all five stages, durable commits: how many events a second, in how much memory.
enum PipelineCommand: BenchCommand {
  static let command = Command(
    "pipeline", "How fast are raw records folded to briefs, with every commit durable?",
    discussion: """
      Ingests a manifest's captures into a new data directory, as often as it takes to reach the number of events (each copy in a later stretch of \
      time, with its natural ids changed, so that it is new), or without a manifest generates as many signals in the shapes and rates of the captures, runs the pipeline, and folds again to verify. Prints rates, resident memory \
      and a digest of everything derived. Beside the rates stands what the bytes alone allow: reading what is folded, and writing what is derived to a plain file \
      with the syncs of as many commits.
      """,
    examples: [
      .init("prowzi-bench pipeline --events 1000000 --work /tmp/bench", "generated signals"),
      .init("prowzi-bench pipeline --manifest captures/streams.json --events 1000000 --work /tmp/bench", "a mixed capture, scaled"),
    ],
    options: [
      .value("manifest", "FILE", "streams to read (see `prowzi ingest --manifest`); without it, signals are generated"),
      .value("seed", "N", "of generated signals", defaultValue: "1"),
      .value("streams", "A,B", "only these sources"),
      .value("events", "N", "scale to at least this many raw records", defaultValue: "0"),
      .value("work", "DIR", "new data directory; left for inspection", isRequired: true),
      .flag("ingest-only", "stop before the run"), .flag("ingested", "run what --ingest-only has left in --work"),
      .value("threads", "N", "workers", defaultValue: "4"), .value("partitions", "N", "of the new data directory", defaultValue: "8"),
      .value("batch", "N", "raw records between commits", defaultValue: "\(BatchSize.standardRecords)"),
      .flag("no-verify", "leave out folding again"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let clock = SystemClock()
    let threads = try arguments.integer("threads", in: 1...64) ?? 4
    var result = BenchResult("pipeline")
    let directory: DataDirectory
    if arguments.flag("ingested") {
      directory = try DataDirectory(path: arguments.required("work"))
    } else {
      directory = try DataDirectory.create(
        path: Harness.folder(arguments.required("work")), partitions: arguments.integer("partitions", in: 1...64) ?? 8,
        configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
      let ingestStart = Terminal.steadyMilliseconds()
      let ingested = try ingest(arguments, directory, clock)
      result.add("ingested_records", Double(ingested))
      result.add("ingest_per_second", rate(ingested, since: ingestStart))
    }
    if arguments.flag("ingest-only") {
      result.print(arguments)
      return .success
    }

    var settings = RunSettings(threads: threads)
    if let batch = try arguments.integer("batch", in: 1...1_000_000) { settings.batch.records = batch }
    let cpuStart = ProcessUsage.cpuSeconds
    let runStart = Terminal.steadyMilliseconds()
    let report = try Runner(directory, settings: settings, clock: clock).run(stop: StopFlag())
    result.add("run_records", Double(report.counters.records))
    result.add("run_events", Double(report.counters.events))
    result.add("run_repeats", Double(report.counters.repeats))
    result.add("run_rejected", Double(report.counters.rejected))
    result.add("run_briefs", Double(report.written[4]))
    result.add("run_seconds", Double(Terminal.steadyMilliseconds() - runStart) / 1000)
    let (runRate, runCPU) = (rate(report.counters.records, since: runStart), ProcessUsage.cpuSeconds - cpuStart)
    let peak = ProcessUsage.peakMebibytes
    let (records, derived) = (Double(report.counters.records), DerivedTopic.allCases.map(\.name))
    let bytes = try BareBytes(directory)
    let reading = try bytes.read([.raw], threads: threads)
    let writing = try bytes.write(derived, pieces: report.counters.records / settings.batch.records + 1)
    result.add("run_records_per_second", runRate, limit: records / (reading + writing), named: "bytes_alone_records_per_second")
    result.add("run_cpu_microseconds_per_record", runCPU * 1e6 / max(1, records))
    result.add("resident_peak_mib", peak)

    if !arguments.flag("no-verify") {
      let verifyStart = Terminal.steadyMilliseconds()
      let verified = try Verifier(directory).verify(
        ReplayRequest(), threads: threads, batch: settings.batch, stop: StopFlag(), progress: { _ in })
      let verifyRate = rate(report.counters.records, since: verifyStart)
      let readingAll = try bytes.read([.raw] + derived, threads: threads)
      result.add("verify_records_per_second", verifyRate, limit: records / readingAll, named: "reading_alone_records_per_second")
      result.add("verify_identical", verified.isIdentical ? 1 : 0)
      guard verified.isIdentical else {
        result.print(arguments)
        return .difference
      }
    }
    let digest = try directory.derivedDigest()
    result.note("derived_digest", digest.hex)
    result.print(arguments)
    return .success
  }

  private static func ingest(
    _ arguments: ParsedArguments, _ directory: DataDirectory, _ clock: SystemClock
  ) throws(ProwziError) -> Int {
    let events = try arguments.integer("events", in: 0...100_000_000) ?? 0
    guard let manifest = arguments.string("manifest") else {
      let seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
      return try GeneratedIngest(directory).ingest(seed: seed, events: max(events, 1000), perDay: 20_000)
    }
    let streams = arguments.string("streams") == nil ? nil : arguments.list("streams")
    return try ScaledIngest(directory, clock: clock).ingest(manifest: manifest, streams: streams, atLeast: events)
  }

  private static func rate(_ count: Int, since start: Int64) -> Double {
    Double(count) * 1000 / Double(max(1, Terminal.steadyMilliseconds() - start))
  }
}

/// What the operating system says of this process.
enum ProcessUsage {
  private static var usage: rusage {
    var usage = rusage()
    _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage
  }

  /// The most memory that was ever resident.
  static var peakMebibytes: Double { Double(usage.ru_maxrss) / 1024 }

  /// Seconds of processor time, user and system, all threads.
  static var cpuSeconds: Double {
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }
}
