import Dispatch
import Fold
import Model
import Ports
import RecordFormat
import SegmentLog
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
///
/// Workers take turns of one batch each, so partitions advance together and none holds more than a batch in memory: a slow disk slows the fold
/// and nothing piles up.
public final class Runner: Sendable {
  private let directory: DataDirectory
  private let settings: RunSettings
  private let clock: any WallClock
  private let progress = Atomic<Int>(0)

  public init(_ directory: DataDirectory, settings: RunSettings, clock: any WallClock) {
    self.directory = directory
    self.settings = settings
    self.clock = clock
  }

  /// Raw records folded so far, for progress lines.
  public var recordsFolded: Int { progress.load(ordering: .relaxed) }

  /// What workers share.
  private struct Shared: Sendable {
    var waiting: [any FoldTurns]
    /// Turns in a row that found nothing to do.
    var idle = 0
    var failure: ProwziError?
  }

  private final class Board: Sendable {
    let shared: Mutex<Shared>
    init(_ tasks: [any FoldTurns]) { shared = Mutex(Shared(waiting: tasks)) }
  }

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
    let log = try directory.openWriter(DataDirectory.pipeline)
    defer { log.close() }
    let store = CheckpointStore(files: directory.files, fold: pipelineFold)
    var tasks: [PartitionTask<RawFeed>] = []
    for index in 0..<directory.partitions {
      let partition = PartitionIndex(index)
      let task = try PartitionTask<RawFeed>(
        partition: partition, set: .live, topics: DerivedTopic.allCases, log: log, store: store, settings: settings, end: nil,
        pipeline: Pipeline()
      ) { () throws(ProwziError) in PartitionFold(Pipeline(), partition: partition) }
      try task.estimate()
      tasks.append(task)
    }
    let before = tasks.map { ($0.fold.produced.map(\.next), $0.fold.sink.counters) }
    try work(tasks, log, stop)

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

  private func work(_ tasks: [any FoldTurns], _ log: SegmentLog, _ stop: StopFlag) throws(ProwziError) {
    let board = Board(tasks)
    let group = DispatchGroup()
    let queue = DispatchQueue(label: "io.prowzi.fold", attributes: .concurrent)
    let ticker = settings.follow ? Ticker(directory: directory, clock: clock, every: settings.tickMilliseconds) : nil
    for _ in 0..<max(1, min(settings.threads, tasks.count)) {
      queue.async(group: group) { self.loop(board, log, stop, partitions: tasks.count, ticker: ticker) }
    }
    group.wait()
    if let failure = board.shared.withLock({ $0.failure }) { throw failure }
    for task in tasks { try task.finish() }
  }

  private enum Next {
    case task(any FoldTurns)
    case wait
    case end
  }

  /// One worker: takes the partition that has waited longest, folds a batch, puts it back.
  private func loop(_ board: Board, _ log: SegmentLog, _ stop: StopFlag, partitions: Int, ticker: Ticker?) {
    while !stop.isRaised {
      let next = board.shared.withLock { shared -> Next in
        if shared.failure != nil { return .end }
        // Every partition was found empty since anybody last folded something.
        if shared.idle >= partitions { return settings.follow ? .wait : .end }
        if shared.waiting.isEmpty { return .wait }
        // Catching up, the longest rest first; following, each in its turn, lest a busy partition keep a quiet one waiting.
        let index = settings.follow ? 0 : shared.waiting.indices.max { shared.waiting[$0].remaining < shared.waiting[$1].remaining } ?? 0
        return .task(shared.waiting.remove(at: index))
      }
      switch next {
      case .end: return
      case .wait: pause(board, log, ticker)
      case .task(let task): turn(task, board)
      }
    }
  }

  private func turn(_ task: any FoldTurns, _ board: Board) {
    var count = 0
    var failure: ProwziError?
    do throws(ProwziError) {
      count = try task.turn()
    } catch {
      failure = error
    }
    progress.wrappingAdd(count, ordering: .relaxed)
    board.shared.withLock { shared in
      shared.waiting.append(task)
      shared.idle = count > 0 ? 0 : shared.idle + 1
      if let failure, shared.failure == nil { shared.failure = failure }
    }
  }

  private func pause(_ board: Board, _ log: SegmentLog, _ ticker: Ticker?) {
    do throws(ProwziError) {
      if settings.follow { try ticker?.tickIfDue(log) }
      if try log.waitForCommit(timeoutMilliseconds: settings.follow ? 100 : 2) {
        board.shared.withLock { $0.idle = 0 }
      }
    } catch {
      board.shared.withLock { $0.failure = $0.failure ?? error }
    }
  }
}
