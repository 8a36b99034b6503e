import Fold
import Glibc
import Model
import Ports
import Stages
import Synchronization

/// The live pipeline on a log whose partitions can be lost: to another process, or to a transaction that the cluster gave up.
///
/// A task that fails in a way that taking its partition anew mends is built again from the last commit: that is the same as after a crash, for one partition.
final class ClusterRun: Sendable {
  private struct Held: Sendable {
    var task: PartitionTask<RawFeed>
    /// What was recorded when it was taken up.
    var before: [Offset]
    var counters: StageCounters
  }

  private struct State: Sendable {
    var held: [PartitionIndex: Held] = [:]
    var report = RunReport()
    /// How often a partition was taken anew since it last committed something.
    var failures: [PartitionIndex: Int] = [:]
    var failure: ProwziError?
    var settled = ContinuousClock.now
  }

  private let place: any LogPlace
  private let settings: RunSettings
  private let sharing: (any PartitionSharing)?
  private let notice: @Sendable (String) -> Void
  private let log: any LogReader & LogWriter
  private let store: any StateStore
  private let ticker: Ticker?
  private let progress: @Sendable (Int) -> Void
  private let state = Mutex(State())

  /// How often a partition is taken anew without any progress in between.
  private static let attempts = 5

  init(
    _ place: any LogPlace, settings: RunSettings, sharing: (any PartitionSharing)?, clock: any WallClock,
    notice: @escaping @Sendable (String) -> Void, progress: @escaping @Sendable (Int) -> Void
  ) throws(ProwziError) {
    self.place = place
    self.settings = settings
    self.sharing = sharing
    self.notice = notice
    self.progress = progress
    log = try place.writer(DataDirectory.pipeline)
    store = place.states(of: pipelineFold, log: log)
    ticker = settings.follow ? Ticker(place: place, clock: clock, every: settings.tickMilliseconds) : nil
  }

  func run(stop: StopFlag) throws(ProwziError) -> RunReport {
    defer { log.close() }
    let turns = TurnTaking(
      threads: settings.threads, follows: settings.follow || sharing != nil, progress: progress,
      pause: { (turns) throws(ProwziError) in try self.pause(turns) },
      onFailure: { turns, task, error in self.failed(task, error, turns, stop) })
    state.withLock { $0.report = RunReport() }
    if let sharing {
      try sharing.join(
        given: { partitions in self.given(partitions, turns) }, taken: { partitions, isLost in self.taken(partitions, isLost, turns) })
    } else {
      for index in 0..<place.partitions { turns.add(try takeUp(PartitionIndex(index))) }
    }
    let outcome = Result { () throws(ProwziError) in try turns.run(stop: stop) }
    // Leaving takes what is held, which ends it with a state.
    sharing?.leave()
    try outcome.get()
    if let failure = state.withLock({ $0.failure }) { throw failure }
    for partition in state.withLock({ $0.held.keys.sorted() }) { try end(partition, finishes: true) }
    return state.withLock { state in
      state.report.wasStopped = stop.isRaised
      return state.report
    }
  }

  // MARK: Partitions come and go

  private func takeUp(_ partition: PartitionIndex) throws(ProwziError) -> PartitionTask<RawFeed> {
    try log.take(partition, for: pipelineFold)
    let task = try PartitionTask<RawFeed>(
      partition: partition, set: .live, topics: DerivedTopic.allCases, log: log, store: store, settings: settings, pipeline: Pipeline()
    ) { () throws(ProwziError) in PartitionFold(Pipeline(), partition: partition) }
    try task.estimate()
    state.withLock { state in
      // What was folded again to get there was folded by somebody before.
      state.held[partition] = Held(task: task, before: task.fold.produced.map(\.next), counters: task.fold.sink.counters)
      state.settled = .now
    }
    return task
  }

  /// Lets a partition go and counts what was done there.
  private func end(_ partition: PartitionIndex, finishes: Bool) throws(ProwziError) {
    guard let held = state.withLock({ $0.held.removeValue(forKey: partition) }) else { return }
    defer {
      log.release(partition, of: pipelineFold)
      state.withLock { state in
        state.report.counters += held.task.fold.sink.counters - held.counters
        for topic in DerivedTopic.allCases.map(\.rawValue) {
          state.report.written[topic] += held.task.committed[topic].distance(from: held.before[topic])
        }
        state.settled = .now
      }
    }
    if finishes { try held.task.finish() }
  }

  private func given(_ partitions: [PartitionIndex], _ turns: TurnTaking) {
    for partition in partitions where state.withLock({ $0.failure == nil }) {
      do throws(ProwziError) {
        turns.add(try takeUp(partition))
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
        turns.end()
      }
    }
    notice("folding \(list(partitions))")
  }

  private func taken(_ partitions: [PartitionIndex], _ isLost: Bool, _ turns: TurnTaking) {
    for partition in partitions {
      guard let held = state.withLock({ $0.held[partition] }) else { continue }
      turns.withdraw(held.task)
      do throws(ProwziError) {
        try end(partition, finishes: !isLost)
      } catch {
        // Whoever takes it goes on from the last commit.
        log.release(partition, of: pipelineFold)
      }
    }
    notice("\(list(partitions)) \(partitions.count == 1 ? "is" : "are") handed over")
  }

  private func list(_ partitions: [PartitionIndex]) -> String {
    "partition\(partitions.count == 1 ? "" : "s") \(partitions.map { "\($0)" }.joined(separator: ", "))"
  }

  // MARK: Failures

  /// Takes a partition anew where that mends what went wrong.
  /// - Returns: whether the run goes on.
  private func failed(_ task: any FoldTurns, _ error: ProwziError, _ turns: TurnTaking, _ stop: StopFlag) -> Bool {
    let partition = task.partition
    guard let held = state.withLock({ $0.held[partition] }), Self.isMended(error) else { return false }
    let last = held.task.position
    do throws(ProwziError) {
      try end(partition, finishes: false)
      if error.code == "kafka.fenced" {
        // A member of a group is told when it is to fold the partition again.
        if sharing != nil { return true }
        // Either another process has it, and then it moves on; or the cluster gave up a transaction that took too long.
        usleep(3_000_000)
        let reader = try place.reader()
        guard try reader.position(of: pipelineFold, in: partition)?.next ?? .zero == last else { return false }
      }
      let failures = state.withLock { state in
        state.failures[partition] = (state.failures[partition] ?? 0) + 1
        return state.failures[partition] ?? 0
      }
      guard failures <= Self.attempts, !stop.isRaised else { return false }
      notice("partition \(partition): \(error.message); going on from the last commit")
      turns.add(try takeUp(partition))
      return true
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
      turns.end()
      return true
    }
  }

  private static func isMended(_ error: ProwziError) -> Bool {
    ["kafka.aborted", "kafka.failed", "kafka.fenced", "kafka.unreachable"].contains(error.code.text)
  }

  // MARK: Nothing to do

  private func pause(_ turns: TurnTaking) throws(ProwziError) -> Bool {
    try ticker?.tickIfDue(log)
    if !settings.follow, sharing != nil {
      // Others may be at it, or may be gone: the run ends when nobody has anything left.
      let quiet = state.withLock { ContinuousClock.now - $0.settled }
      if quiet > .seconds(1), try Runner.backlog(try place.reader(), partitions: place.partitions) == 0 { turns.end() }
    }
    return try log.waitForCommit(timeoutMilliseconds: settings.follow ? 100 : 20)
  }
}
