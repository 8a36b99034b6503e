import Fold
import Model
import Ports
import RecordFormat
import SegmentLog
import Signatures
import Stages
import Synchronization

/// How a pipeline is run. None of it changes what comes out.
public struct RunSettings: Sendable {
  /// What is folded between two commits.
  public var batch = BatchSize()
  /// Workers; partitions are shared among them.
  public var threads: Int
  /// A partition's state is kept after this many records…
  public var checkpointRecords = 25_000
  /// …or after this long, if there was anything to fold: it bounds how long taking up the fold takes.
  public var checkpointInterval = Duration.seconds(300)
  /// How many states of a partition are kept: the newest, and older ones further and further apart.
  public var checkpointsKept = 16
  /// Stay when all is folded, and go on with what comes.
  public var follow = false
  /// While following: how long a quiet partition waits for a tick record.
  public var tickMilliseconds: Int64 = .minute
  /// When derived partitions are signed, where the log has a key; they are in any case when the run ends.
  public var signing = SigningPolicy()
  /// Whether states are written beside the fold and not between two turns: nobody waits for them, and for a moment they are held twice in memory.
  var keepsStatesAside = false
  /// A private key kept elsewhere.
  public var signingKey: SigningKey?

  public init(threads: Int) { self.threads = threads }
}

/// What a run did.
public struct RunReport: Sendable {
  public var counters = StageCounters()
  /// Records written, by `DerivedTopic.rawValue`.
  public var written = [Int](repeating: 0, count: DerivedTopic.allCases.count)
  public var wasStopped = false
}

/// Folds the pipeline over every partition: what is there, and with `follow` what comes.
public final class Runner: Sendable {
  private let place: any LogPlace
  private let sharing: (any PartitionSharing)?
  private let settings: RunSettings
  private let clock: any WallClock
  private let notice: @Sendable (String) -> Void
  private let progress = Atomic<Int>(0)

  /// - Parameters:
  ///   - sharing: who says which partitions this process folds; without it, all of them.
  ///   - notice: told, in a sentence, what goes wrong beside the run and does not end it.
  public init(
    _ place: any LogPlace, settings: RunSettings, sharing: (any PartitionSharing)? = nil, clock: any WallClock,
    notice: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.place = place
    self.sharing = sharing
    self.settings = settings
    self.clock = clock
    self.notice = notice
  }

  /// Raw records folded so far, for progress lines.
  public var recordsFolded: Int { progress.load(ordering: .relaxed) }

  /// Raw records not folded yet.
  public static func backlog(_ log: any LogReader, partitions: Int) throws(ProwziError) -> Int {
    var total = 0
    for index in 0..<partitions {
      let partition = PartitionIndex(index)
      let bounds = try log.bounds(of: TopicPartition(topic: .raw, partition: partition))
      total += bounds.highWatermark.distance(from: try log.position(of: pipelineFold, in: partition)?.next ?? bounds.logStart)
    }
    return total
  }

  /// Runs until all is folded, or with `follow` until `stop` is raised. Blocks; not for the cooperative pool.
  public func run(stop: StopFlag) throws(ProwziError) -> RunReport {
    guard let directory = place as? DataDirectory else {
      let run = try ClusterRun(
        place, settings: settings, sharing: sharing, clock: clock, notice: notice,
        progress: { self.progress.wrappingAdd($0, ordering: .relaxed) })
      return try run.run(stop: stop)
    }
    var settings = settings
    settings.keepsStatesAside = settings.follow
    let pipeline = try LivePipeline(directory, settings: settings)
    let (log, tasks, signer) = (pipeline.log, pipeline.tasks, pipeline.signer)
    defer { log.close() }
    let before = tasks.map { ($0.fold.produced.map(\.next), $0.fold.sink.counters) }
    try work(tasks, directory, log, stop)
    for task in tasks where task.fold.produced.map(\.next) != before[Int(task.partition.value)].0 { try signer?.sign(task.targets) }

    var report = RunReport()
    report.wasStopped = stop.isRaised
    for task in tasks {
      let (offsets, _) = before[Int(task.partition.value)]
      report.counters += task.fold.sink.counters
      for topic in DerivedTopic.allCases.map(\.rawValue) {
        report.written[topic] += task.fold.produced[topic].next.distance(from: offsets[topic])
      }
    }
    return report
  }

  private func work(_ tasks: [any FoldTurns], _ directory: DataDirectory, _ log: SegmentLog, _ stop: StopFlag) throws(ProwziError) {
    let ticker = settings.follow ? Ticker(place: place, clock: clock, every: settings.tickMilliseconds) : nil
    let follows = settings.follow
    let patience = follows ? 100 : 2
    let shadows = Shadows(directory, settings: settings, notice: notice)
    let turns = TurnTaking(
      threads: settings.threads, follows: settings.follow, progress: { self.progress.wrappingAdd($0, ordering: .relaxed) },
      look: { () throws(ProwziError) in
        // Without it, what is appended while partitions are busy is seen only when all have nothing left.
        if follows { _ = try log.waitForCommit(after: .max, timeoutMilliseconds: 0) }
      },
      pause: { (turns) throws(ProwziError) in
        try ticker?.tickIfDue(log)
        shadows.look(turns)
        return try log.waitForCommit(timeoutMilliseconds: patience)
      },
      onEnd: { shadows.ended($0) },
      onFailure: { _, task, error in
        if task.set != .live { shadows.give(up: task.set, error) }
        return task.set != .live
      })
    for task in tasks { turns.add(task) }
    shadows.look(turns)
    try turns.run(stop: stop)
    for task in tasks { try task.finish() }
    shadows.finish()
  }
}
