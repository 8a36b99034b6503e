import Model
import Ports
import Projection
import RecordFormat

/// One partition being projected: reads what is committed in each topic, folds it into rows, and writes rows and positions in one transaction.
///
/// What it holds in memory can be lost at any moment: the positions that count are the store's.
///
/// Unchecked: a worker takes a projection out of the shared list under its lock, and nobody else has it until the worker puts it back under the lock.
final class PartitionProjection: @unchecked Sendable {
  let partition: PartitionIndex
  private(set) var report = ProjectionReport()
  private let log: any LogReader
  private let store: any ProjectionStore
  private let settings: ProjectorSettings
  private let notify: @Sendable (ProjectionNotice) -> Void
  private var session: (any ProjectionSession)?
  private var fold: ProjectionFold
  /// By `ProjectionFold.Input.rawValue`, as the store has them.
  private var positions: [ProjectionPosition] = []
  private var buffers = ProjectionFold.Input.allCases.map { _ in RecordBuffer() }
  private var batchRecords: Int
  /// The batch behind the one written last.
  private var prepared: Prepared?
  /// Where to stop, by `ProjectionFold.Input.rawValue`; `nil` for a projection that follows.
  private let limits: [Offset]?

  /// Whether the store has answered once: before that, a run that does not follow gives up at once.
  private var hasWorked = false
  private var failures = 0
  private var lostAt: ContinuousClock.Instant?
  private var dueAt: ContinuousClock.Instant?

  init(
    _ partition: PartitionIndex, _ log: any LogReader, _ store: any ProjectionStore, _ settings: ProjectorSettings,
    limits: [Offset]?, _ notify: @escaping @Sendable (ProjectionNotice) -> Void
  ) {
    self.partition = partition
    self.limits = limits
    self.log = log
    self.store = store
    self.settings = settings
    self.notify = notify
    fold = ProjectionFold(partition: Int(partition.value))
    batchRecords = settings.batchRecords
  }

  /// Records up to the limits that are not projected yet, as far as is known; 0 for a projection that follows. Decides only whose turn it is.
  var remaining: Int {
    guard let limits else { return 0 }
    return limits.enumerated().reduce(0) { sum, limit in
      sum + max(0, limit.element.distance(from: limit.offset < positions.count ? positions[limit.offset].next : .zero))
    }
  }

  /// Whether it may be tried now.
  var isDue: Bool { dueAt.map { $0 <= .now } ?? true }
  /// Whether a lost connection keeps it from going on.
  var isBehind: Bool { dueAt != nil }

  /// One transaction.
  /// - Returns: how many records it projected; 0 where there is nothing to do, or the store does not answer.
  func turn() throws(ProwziError) -> Int {
    do throws(ProwziError) {
      let count = try project()
      if lostAt != nil { notify(.back) }
      (hasWorked, failures, lostAt, dueAt) = (true, 0, nil, nil)
      return count
    } catch {
      try postpone(error)
      return 0
    }
  }

  private static let passing: Set<String> = ["projection.connection_lost", "postgres.busy", "postgres.timeout"]

  /// What passes by itself is tried again, after pauses that double.
  private func postpone(_ error: ProwziError) throws(ProwziError) {
    session?.close()
    session = nil
    prepared = nil
    // A full disk can be emptied while somebody follows.
    let passes = Self.passing.contains(error.code.text) || settings.follow && hasWorked && error.code == "postgres.disk_full"
    guard passes, hasWorked || settings.follow else { throw error }
    let now = ContinuousClock.now
    if lostAt == nil {
      lostAt = now
      report.lostConnections += 1
    }
    if !settings.follow, let lostAt, now - lostAt > .milliseconds(settings.patienceMilliseconds) { throw error }
    let pause = min(settings.longestPauseMilliseconds, settings.firstPauseMilliseconds << min(failures, 20))
    failures += 1
    dueAt = now + .milliseconds(pause)
    notify(.lost(error, pauseMilliseconds: pause))
  }

  /// A batch that is ready to be written.
  private struct Prepared {
    var batch: ProjectionBatch
    var counts: [Int]
    var isFull: Bool
    var unreadable: Int
  }

  /// Writes a batch, and meanwhile makes the next one, which counts only where the first was applied.
  private func project() throws(ProwziError) -> Int {
    let session = try takeSession()
    var next = prepared
    prepared = nil
    if next == nil { next = try prepare(from: positions) }
    guard let current = next else { return 0 }
    // The session is the writing thread's alone until its value is there, which is waited for below whatever happens.
    nonisolated(unsafe) let written = session
    let writing = BackgroundWork { [batch = current.batch] () throws(ProwziError) in
      let start = ContinuousClock.now
      return (outcome: try written.apply(batch), elapsed: ContinuousClock.now - start)
    }
    var following: Prepared?
    var failure: ProwziError?
    do throws(ProwziError) {
      following = try prepare(from: current.batch.to)
    } catch {
      failure = error
    }
    let (outcome, elapsed) = try writing.value()
    switch outcome {
    case .moved(let stored):
      notify(.moved(partition))
      try adopt(stored)
      return 0
    case .applied:
      positions = current.batch.to
      prepared = following
      adapt(elapsed, isFull: current.isFull)
      for (index, count) in current.counts.enumerated() { report.records[index] += count }
      for rows in current.batch.rows { report.rows[rows.table] += rows.count }
      report.transactions += 1
      report.unreadable = current.unreadable
      if let failure { throw failure }
      return current.counts.reduce(0, +)
    }
  }

  /// Reads and folds what comes behind these positions.
  /// - Returns: `nil` where there is nothing.
  private func prepare(from base: [ProjectionPosition]) throws(ProwziError) -> Prepared? {
    var batch = ProjectionBatch(partition: partition, from: base, to: base)
    var counts: [Int] = []
    fold.removeRows()
    fold.lastScorer = base[ProjectionFold.Input.controls.rawValue].state
    for input in ProjectionFold.Input.all(in: partition) { counts.append(try read(input, &batch.to[input.rawValue])) }
    guard counts.contains(where: { $0 > 0 }) else { return nil }
    batch.to[ProjectionFold.Input.controls.rawValue].state = fold.lastScorer
    batch.rows = fold.takeRows().map { ProjectionRows(table: $0.table.rawValue, bytes: $0.bytes, count: $0.count) }
    batch.days = fold.days.sorted()
    batch.newBriefs = fold.newBriefs
    batch.revisedBriefs = fold.revisedBriefs
    return Prepared(batch: batch, counts: counts, isFull: counts.contains { $0 >= batchRecords }, unreadable: fold.unreadable)
  }

  private func takeSession() throws(ProwziError) -> any ProjectionSession {
    if let session { return session }
    let opened = try store.open(partition)
    try adopt(try opened.positions())
    session = opened
    return opened
  }

  /// Takes the store's positions as ours, after a look whether the log can go on from them.
  private func adopt(_ stored: [ProjectionPosition]) throws(ProwziError) {
    prepared = nil
    positions = ProjectionFold.Input.all(in: partition).map { input in
      stored.first { $0.topic == input.topic } ?? ProjectionPosition(topic: input.topic, partition: partition)
    }
    for position in positions {
      let target = TopicPartition(topic: position.topic, partition: partition)
      var bounds = try log.bounds(of: target)
      if position.next > bounds.highWatermark {
        // Another projector may have read what this reader has not looked for yet.
        _ = try log.waitForCommit(timeoutMilliseconds: 200)
        bounds = try log.bounds(of: target)
      }
      guard position.next <= bounds.highWatermark else {
        throw ProwziError(
          "projection.other_log", "the tables hold records up to offset \(position.next), but the log ends at \(bounds.highWatermark)",
          place: "\(target)", advice: "Give the data directory that these tables were made from, or rebuild them: `prowzi project rebuild`")
      }
      guard position.next == .zero || position.next >= bounds.logStart else {
        throw ProwziError(
          "projection.records_gone", "the tables hold records up to offset \(position.next), but the log begins at \(bounds.logStart)",
          place: "\(target)",
          advice: "Retention took what was not projected yet; rebuild from what is left with `prowzi project rebuild`")
      }
    }
  }

  /// Reads and folds a topic's next records.
  private func read(_ input: ProjectionFold.Input, _ position: inout ProjectionPosition) throws(ProwziError) -> Int {
    let target = TopicPartition(topic: input.topic, partition: partition)
    let index = input.rawValue
    buffers[index].removeAll()
    let from = position.next == .zero ? try log.bounds(of: target).logStart : position.next
    if let limit = limits?[index], from >= limit { return 0 }
    var next = try log.read(target, from: from, maxRecords: batchRecords, maxBytes: settings.batchBytes, into: &buffers[index])
    var count = buffers[index].count
    if let limit = limits?[index], next > limit {
      count = buffers[index].records.firstIndex { $0.offset >= limit } ?? count
      next = limit
    }
    guard count > 0 else { return 0 }
    fold.fold(input, buffers[index], in: 0..<count)
    position.digest = ProjectionDigest.advance(position.digest, over: buffers[index], in: 0..<count)
    position.next = next
    return count
  }

  /// Half or double, so that a transaction takes about as long as wished.
  private func adapt(_ elapsed: Duration, isFull: Bool) {
    let (seconds, attoseconds) = elapsed.components
    let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    if milliseconds > 2 * settings.targetMilliseconds {
      batchRecords = max(settings.smallestBatch, batchRecords / 2)
    } else if isFull, milliseconds < settings.targetMilliseconds / 2 {
      batchRecords = min(settings.largestBatch, batchRecords * 2)
    }
  }

  func close() {
    session?.close()
    session = nil
  }
}
