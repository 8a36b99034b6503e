import Dispatch
import Model
import Ports
import Projection
import Synchronization

/// How a projection is run. None of it changes what the tables say.
public struct ProjectorSettings: Sendable {
  /// Records of a topic read for one transaction at first, and the bounds between which that number adapts.
  public var batchRecords = 4000
  public var smallestBatch = 50
  public var largestBatch = 20_000
  /// Bytes of a topic's records read for one transaction at most.
  public var batchBytes = 24 << 20
  /// A transaction is to take about this long: longer ones hold locks and lose more when they are lost, shorter ones cost round trips.
  public var targetMilliseconds: Int64 = 1000
  public var threads = 2
  /// Stay when all is projected, and go on with what comes.
  public var follow = false
  /// Without `follow`: how long a lost connection is tried again before the run gives up.
  public var patienceMilliseconds: Int64 = 30_000
  /// The first and the longest pause between two tries.
  public var firstPauseMilliseconds: Int64 = 100
  public var longestPauseMilliseconds: Int64 = 10_000

  public init() {}
}

/// What a projection did.
public struct ProjectionReport: Sendable {
  /// Records projected, by `ProjectionFold.Input.rawValue`.
  public var records = [Int](repeating: 0, count: ProjectionFold.Input.allCases.count)
  /// Rows sent, by `ProjectionTable.rawValue`.
  public var rows = [Int](repeating: 0, count: ProjectionTable.allCases.count)
  public var transactions = 0
  public var unreadable = 0
  public var lostConnections = 0
  public var wasStopped = false

  public init() {}

  static func += (a: inout ProjectionReport, b: ProjectionReport) {
    for index in a.records.indices { a.records[index] += b.records[index] }
    for index in a.rows.indices { a.rows[index] += b.rows[index] }
    a.transactions += b.transactions
    a.unreadable += b.unreadable
    a.lostConnections += b.lostConnections
  }
}

/// Something that people should hear of while a projection runs.
public enum ProjectionNotice: Sendable {
  /// The store does not answer; the next try comes after so many milliseconds.
  case lost(ProwziError, pauseMilliseconds: Int64)
  /// It answers again.
  case back
  /// The store stood elsewhere than expected, because it was rebuilt or restored: the projection goes on from there.
  case moved(PartitionIndex)
}

/// Projects the committed records of every partition into a store: what is there, and with `follow` what comes.
///
/// Reads only what the log has committed, with a reader of its own: a fold in the same process never waits for it.
public final class Projector: Sendable {
  private let log: any LogReader
  private let partitions: Int
  private let store: any ProjectionStore
  private let settings: ProjectorSettings
  private let notify: @Sendable (ProjectionNotice) -> Void
  private let progress = Atomic<Int>(0)

  public init(
    _ log: any LogReader, partitions: Int, store: any ProjectionStore, settings: ProjectorSettings,
    notify: @escaping @Sendable (ProjectionNotice) -> Void = { _ in }
  ) {
    self.log = log
    self.partitions = partitions
    self.store = store
    self.settings = settings
    self.notify = notify
  }

  /// Records projected so far, for progress lines.
  public var recordsProjected: Int { progress.load(ordering: .relaxed) }

  /// Projects what is there now, or with `follow` what comes, too, until `stop` is raised. Blocks; not for the cooperative pool.
  /// - Parameter until: goes no further than these positions; topics and partitions that are not among them are left alone.
  /// - Throws: `projection.fenced`, `projection.records_gone`, `projection.other_log`, the store's and the log's errors.
  public func run(stop: StopFlag, until: [ProjectionPosition]? = nil) throws(ProwziError) -> ProjectionReport {
    // What is there now is an end that is reached, however fast the log grows.
    var limits: [[Offset]?] = []
    for index in 0..<partitions { limits.append(settings.follow ? nil : try ends(of: PartitionIndex(index), until)) }
    let bounds = limits
    let outcome = Mutex<(report: ProjectionReport, failure: ProwziError?)>((ProjectionReport(), nil))
    let board = Board(
      (0..<partitions).map { PartitionProjection(PartitionIndex($0), log, store, settings, limits: bounds[$0], notify) })
    let group = DispatchGroup()
    let queue = DispatchQueue(label: "io.prowzi.project", attributes: .concurrent)
    for _ in 0..<max(1, min(settings.threads, partitions)) {
      queue.async(group: group) { [self] in
        do throws(ProwziError) {
          try work(board, stop)
        } catch {
          board.shared.withLock { $0.hasFailed = true }
          outcome.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    group.wait()
    for projection in board.shared.withLock({ $0.waiting }) {
      projection.close()
      outcome.withLock { $0.report += projection.report }
    }
    return try outcome.withLock { outcome throws(ProwziError) -> ProjectionReport in
      if let failure = outcome.failure { throw failure }
      outcome.report.wasStopped = stop.isRaised
      return outcome.report
    }
  }

  private func ends(of partition: PartitionIndex, _ until: [ProjectionPosition]?) throws(ProwziError) -> [Offset] {
    var ends: [Offset] = []
    for input in ProjectionFold.Input.allCases {
      guard input.isIn(partition) else {
        ends.append(.zero)
        continue
      }
      guard let until else {
        ends.append(try log.bounds(of: TopicPartition(topic: input.topic, partition: partition)).highWatermark)
        continue
      }
      ends.append(until.first { $0.topic == input.topic && $0.partition == partition }?.next ?? .zero)
    }
    return ends
  }

  /// What workers share.
  private struct Shared: Sendable {
    var waiting: [PartitionProjection]
    /// Turns in a row that found nothing to do.
    var idle = 0
    var hasFailed = false
  }

  private final class Board: Sendable {
    let shared: Mutex<Shared>
    init(_ projections: [PartitionProjection]) { shared = Mutex(Shared(waiting: projections)) }
  }

  private enum Next {
    case turn(PartitionProjection)
    /// Nothing is due: a connection is lost, or others hold what there is.
    case pause
    case rest
    case end
  }

  /// One worker: takes the partition with the longest rest, or following the next in turn, does one transaction, puts it back.
  private func work(_ board: Board, _ stop: StopFlag) throws(ProwziError) {
    var seen = log.version
    while !stop.isRaised {
      let next = board.shared.withLock { shared -> Next in
        if shared.hasFailed { return .end }
        if shared.idle >= partitions {
          if shared.waiting.contains(where: \.isBehind) { shared.idle = 0 } else { return settings.follow ? .rest : .end }
        }
        let due = shared.waiting.indices.filter { shared.waiting[$0].isDue }
        guard let index = settings.follow ? due.first : due.max(by: { shared.waiting[$0].remaining < shared.waiting[$1].remaining }) else {
          return .pause
        }
        return .turn(shared.waiting.remove(at: index))
      }
      switch next {
      case .end: return
      case .pause: DispatchSemaphore(value: 0).wait(milliseconds: 10)
      case .rest:
        _ = try log.waitForCommit(after: seen, timeoutMilliseconds: 200)
        seen = log.version
        board.shared.withLock { $0.idle = 0 }
      case .turn(let projection): try turn(projection, board)
      }
    }
  }

  private func turn(_ projection: PartitionProjection, _ board: Board) throws(ProwziError) {
    var count = 0
    var failure: ProwziError?
    do throws(ProwziError) {
      count = try projection.turn()
    } catch {
      failure = error
    }
    progress.wrappingAdd(count, ordering: .relaxed)
    board.shared.withLock { shared in
      shared.waiting.append(projection)
      shared.idle = count > 0 ? 0 : shared.idle + 1
    }
    if let failure { throw failure }
  }

  /// Records of the projected topics that the store has not seen, given where it stands.
  public static func backlog(_ log: any LogReader, partitions: Int, positions: [ProjectionPosition]) throws(ProwziError) -> Int {
    var total = 0
    for input in ProjectionFold.Input.allCases {
      for index in 0..<partitions where input.isIn(PartitionIndex(index)) {
        let target = TopicPartition(topic: input.topic, partition: PartitionIndex(index))
        let bounds = try log.bounds(of: target)
        let stored = positions.first { $0.topic == target.topic && $0.partition == target.partition }?.next ?? .zero
        total += max(0, bounds.highWatermark.distance(from: max(stored, bounds.logStart)))
      }
    }
    return total
  }
}

extension DispatchSemaphore {
  /// Sleeps: nobody signals.
  func wait(milliseconds: Int) { _ = wait(timeout: .now() + .milliseconds(milliseconds)) }
}
