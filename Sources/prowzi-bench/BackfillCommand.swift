import CommandLine
import Configuration
import Disk
import Model
import Ports
import Runtime
import Scorers
import Sensors
import Stages

/// Another scorer over recorded events: how many a second.
enum BackfillCommand: BenchCommand {
  static let command = Command(
    "backfill", "How fast does another scorer judge recorded events?",
    discussion: """
      Folds score, band and curate over prowzi.enriched of a data directory that is folded already, into a candidate's topics with durable commits, \
      once for each number of threads, and drops them again. The scorer in force is taken as the candidate, and what comes of it must be what is \
      recorded; then a scorer document where one is given. The limit beside each is reading the events and writing what comes of them, and nothing else.
      """,
    examples: [.init("prowzi-bench backfill --data /tmp/bench", "over what `prowzi-bench pipeline --work /tmp/bench` left")],
    options: [
      .value("data", "DIR", "a folded data directory", isRequired: true), .value("scorer", "FILE", "a scorer document to try as well"),
      .value("threads", "A,B", "numbers of workers", defaultValue: "1,2"),
      .value("batch", "N", "events between commits", defaultValue: "\(BatchSize.standardRecords)"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let directory = try DataDirectory(path: arguments.required("data"))
    let live = try directory.configurationInForce(try directory.openReader()).scorer
    var scorers = [(name: "live", scorer: live)]
    if let file = arguments.string("scorer") {
      let document = try FileSource.contents(ofFile: file, limit: CompiledScorer.sizeLimit)
      let whole = try ScorerRegistry(log: directory.openReader()).whole(document)
      scorers.append(("document", try ScorerDocument.compile(whole)))
    }
    var result = BenchResult("backfill")
    var isSame = true
    for threads in arguments.list("threads").compactMap({ Int($0) }) {
      for (name, scorer) in scorers {
        var settings = RunSettings(threads: threads)
        if let batch = try arguments.integer("batch", in: 1...1_000_000) { settings.batch.records = batch }
        let cpu = ProcessUsage.cpuSeconds
        let start = Terminal.steadyMilliseconds()
        let report = try Backfill(directory, scorer: scorer, from: nil, to: nil, settings: settings).run(
          replaces: true, now: SystemClock().now(), stop: StopFlag(), progress: { _, _ in })
        let elapsed = Double(max(1, Terminal.steadyMilliseconds() - start))
        let events = Double(report.records[DerivedTopic.scored.rawValue])
        let used = ProcessUsage.cpuSeconds - cpu
        let bytes = try BareBytes(directory)
        let reading = try bytes.read([DerivedTopic.enriched.name], threads: threads)
        let writing = try bytes.write(
          [DerivedTopic.scored, .banded, .briefs].map { report.candidate.set.topic($0) }, pieces: Int(events) / settings.batch.records + 1)
        result.add(
          "\(name)_\(threads)_threads_events_per_second", events * 1000 / elapsed, limit: events / (reading + writing),
          named: "\(name)_\(threads)_threads_bytes_alone_events_per_second")
        result.add("\(name)_\(threads)_threads_cpu_microseconds_per_event", used * 1e6 / max(1, events))
        if name == "live" { isSame = try agrees(report.candidate, directory) && isSame }
        try report.candidate.drop(from: try DataDirectory(path: directory.path))
      }
    }
    result.add("resident_peak_mib", ProcessUsage.peakMebibytes)
    result.note("live_agrees_with_record", isSame ? "yes" : "NO")
    result.print(arguments)
    return isSame ? .success : .difference
  }

  /// Whether a candidate's partitions have the roots of the live ones.
  private static func agrees(_ candidate: Candidate, _ directory: DataDirectory) throws(ProwziError) -> Bool {
    let log = try DataDirectory(path: directory.path).openReader()
    for topic in [DerivedTopic.scored, .banded, .briefs] {
      for index in 0..<directory.partitions {
        let live = try log.bounds(of: TopicPartition(topic: topic.name, partition: PartitionIndex(index)))
        let made = try log.bounds(of: TopicPartition(topic: candidate.set.topic(topic), partition: PartitionIndex(index)))
        if live.digest != made.digest || live.highWatermark != made.highWatermark { return false }
      }
    }
    return true
  }
}
