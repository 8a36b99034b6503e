import Configuration
import Fold
import Model
import Ports
import Scorers
import SegmentLog
import Stages
import Synchronization

/// What a backfill did.
public struct BackfillReport: Sendable {
  public var candidate: Candidate
  /// Records its topics hold, by `DerivedTopic.rawValue`.
  public var records = [Int](repeating: 0, count: DerivedTopic.allCases.count)
  /// Events that an earlier, interrupted backfill had judged already.
  public var resumedAfter: Int
  public var wasStopped: Bool
}

/// Lets a scorer judge history: folds score, band and curate over `prowzi.enriched` into topics of the candidate's own.
///
/// Can be killed at any moment; the same backfill again goes on where the last commit left it, and what comes of it is the same as without the
/// interruption. No live topic is touched, and nothing is delivered.
public struct Backfill: Sendable {
  private let bench: CandidateBench
  private var directory: DataDirectory { bench.directory }
  private let scorer: CompiledScorer
  private let from: Timestamp?
  private let to: Timestamp?
  private let settings: RunSettings

  /// - Parameters:
  ///   - from: events of raw records observed at this time or later; `nil` begins with the first.
  ///   - to: before this time; `nil` ends with the last that was folded.
  public init(_ directory: DataDirectory, scorer: CompiledScorer, from: Timestamp?, to: Timestamp?, settings: RunSettings) {
    self.init(CandidateBench(directory), scorer: scorer, from: from, to: to, settings: settings)
  }

  /// The same of events that lie elsewhere.
  public init(_ bench: CandidateBench, scorer: CompiledScorer, from: Timestamp?, to: Timestamp?, settings: RunSettings) {
    self.bench = bench
    self.scorer = scorer
    self.from = from
    self.to = to
    self.settings = settings
  }

  /// Folds until all is judged or `stop` is raised. Blocks.
  /// - Parameters:
  ///   - replaces: begin anew where there is a backfill of this scorer over another window.
  ///   - progress: told events judged so far and all there are.
  /// - Throws: `replay.empty_window`; `candidate.other_window`; `log.locked` where it is being folded; `fold.diverged`; what the log throws.
  public func run(
    replaces: Bool, now: Timestamp, stop: StopFlag, progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
  ) throws(ProwziError) -> BackfillReport {
    let request = ReplayRequest(from: from, to: to)
    try request.check()
    let candidate = try prepare(request, replaces: replaces, now: now)
    // Read again: a set that was replaced is known no more.
    let directory = try directory.reloaded().adding(candidate.set, topics: Candidate.topics)
    let log = try bench.reader(directory.openWriter(candidate.set.fold))
    defer { log.close() }
    let archive = try bench.archive()
    let total = try events(candidate, log)
    let before = try records(candidate, log)
    let done = Atomic<Int>(before[DerivedTopic.scored.rawValue])
    let turns = TurnTaking(
      threads: settings.threads, follows: false,
      progress: { count in progress(min(total, done.wrappingAdd(count, ordering: .relaxed).newValue), total) },
      pause: { (_) throws(ProwziError) in try log.waitForCommit(timeoutMilliseconds: 2) })
    var tasks: [PartitionTask<EnrichedFeed>] = []
    for index in 0..<directory.partitions where !stop.isRaised {
      let task = try candidate.task(
        PartitionIndex(index), directory, log, archive: archive, end: EndMark(candidate.ends?[index]), settings: settings)
      try task.estimate()
      tasks.append(task)
      turns.add(task)
    }
    try turns.run(stop: stop)
    for task in tasks { try task.finish() }
    return BackfillReport(
      candidate: candidate, records: try records(candidate, log), resumedAfter: before[DerivedTopic.scored.rawValue],
      wasStopped: stop.isRaised)
  }

  /// Finds the backfill to go on with, or begins one.
  private func prepare(_ request: ReplayRequest, replaces: Bool, now: Timestamp) throws(ProwziError) -> Candidate {
    let log = try bench.reader()
    var windows: [ReplayWindow] = []
    for index in 0..<directory.partitions { windows.append(try ReplayWindow(request, of: PartitionIndex(index), in: log)) }
    if var known = try Candidate.find(.candidate, scorer, in: directory) {
      if known.document == scorer.canonicalBytes, known.from == from, known.to == to, known.starts == windows.map(\.from) {
        // The log may have grown since: the same window then ends later.
        known.ends = windows.map(\.to)
        try known.write(in: directory)
        return known
      }
      guard replaces else {
        throw ProwziError(
          "candidate.other_window", "there is a backfill of \(scorer.label) over another window",
          place: "\(known.from.map { "\($0)" } ?? "the beginning") to \(known.to.map { "\($0)" } ?? "the end")",
          advice:
            "Repeat its window to go on with it, give --replace to begin anew, or drop it with `prowzi candidate drop \(scorer.label)`.")
      }
      try known.drop(from: directory)
    }
    let candidate = Candidate(
      set: try Candidate.set(.candidate, of: scorer), scorer: scorer, from: from, to: to, starts: windows.map(\.from),
      ends: windows.map(\.to), createdAt: now)
    try candidate.write(in: directory)
    return candidate
  }

  /// How many events lie in the candidate's window.
  private func events(_ candidate: Candidate, _ log: any LogReader) throws(ProwziError) -> Int {
    var total = 0
    for (index, start) in candidate.starts.enumerated() {
      let enriched = TopicPartition(topic: DerivedTopic.enriched.name, partition: PartitionIndex(index))
      let first = try log.offset(in: enriched, causedAtOrAfter: start)
      let end = candidate.ends?[index]
      let last = try end.map { end throws(ProwziError) in try log.offset(in: enriched, causedAtOrAfter: end) }
      let watermark = try log.bounds(of: enriched).highWatermark
      total += (last ?? watermark).distance(from: first)
    }
    return total
  }

  private func records(_ candidate: Candidate, _ log: any LogReader) throws(ProwziError) -> [Int] {
    var counts = [Int](repeating: 0, count: DerivedTopic.allCases.count)
    for topic in Candidate.topics {
      for index in 0..<candidate.starts.count {
        let target = TopicPartition(topic: candidate.set.topic(topic), partition: PartitionIndex(index))
        counts[topic.rawValue] += Int(try log.bounds(of: target).highWatermark.value)
      }
    }
    return counts
  }
}
