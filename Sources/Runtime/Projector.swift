import Dispatch
import Model
import Ports
import Projection
import Synchronization

/// How a projection is run. None of it changes what the tables say.
public struct ProjectorSettings: Sendable {
  /// Records of a topic read for one transaction at first, and the bounds between which that number adapts.
  public var batchRecords = 2000
  public var smallestBatch = 50
  public var largestBatch = 20_000
  /// A transaction is to take about this long: longer ones hold locks and lose more when they are lost, shorter ones cost round trips.
  public var targetMilliseconds: Int64 = 500
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
    let halt = StopFlag()
    let group = DispatchGroup()
    let queue = DispatchQueue(label: "io.prowzi.project", attributes: .concurrent)
    let threads = max(1, min(settings.threads, partitions))
    for thread in 0..<threads {
      queue.async(group: group) { [self] in
        let mine = stride(from: thread, to: partitions, by: threads).map {
          PartitionProjection(PartitionIndex($0), log, store, settings, limits: bounds[$0], notify)
        }
        do throws(ProwziError) {
          try work(mine, stop, halt)
        } catch {
          halt.raise()
          outcome.withLock { $0.failure = $0.failure ?? error }
        }
        for projection in mine {
          projection.close()
          outcome.withLock { $0.report += projection.report }
        }
      }
    }
    group.wait()
    return try outcome.withLock { outcome throws(ProwziError) -> ProjectionReport in
      if let failure = outcome.failure { throw failure }
      outcome.report.wasStopped = stop.isRaised
      return outcome.report
    }
  }

  private func ends(of partition: PartitionIndex, _ until: [ProjectionPosition]?) throws(ProwziError) -> [Offset] {
    var ends: [Offset] = []
    for input in ProjectionFold.Input.allCases {
      guard let until else {
        ends.append(try log.bounds(of: TopicPartition(topic: input.topic, partition: partition)).highWatermark)
        continue
      }
      ends.append(until.first { $0.topic == input.topic && $0.partition == partition }?.next ?? .zero)
    }
    return ends
  }

  /// One worker: turns of one transaction each among its partitions.
  private func work(_ mine: [PartitionProjection], _ stop: StopFlag, _ halt: StopFlag) throws(ProwziError) {
    var seen = log.version
    while !stop.isRaised, !halt.isRaised {
      var count = 0
      var isWaiting = false
      for projection in mine where !stop.isRaised && !halt.isRaised {
        guard projection.isDue else {
          isWaiting = true
          continue
        }
        let done = try projection.turn()
        progress.wrappingAdd(done, ordering: .relaxed)
        count += done
        if projection.isBehind { isWaiting = true }
      }
      if count > 0 { continue }
      if isWaiting {
        // A lost connection: its partition says when it is due again.
        DispatchSemaphore(value: 0).wait(milliseconds: 20)
        continue
      }
      if !settings.follow { return }
      _ = try log.waitForCommit(after: seen, timeoutMilliseconds: 200)
      seen = log.version
    }
  }

  /// Records of the projected topics that the store has not seen, given where it stands.
  public static func backlog(_ log: any LogReader, partitions: Int, positions: [ProjectionPosition]) throws(ProwziError) -> Int {
    var total = 0
    for input in ProjectionFold.Input.allCases {
      for index in 0..<partitions {
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
