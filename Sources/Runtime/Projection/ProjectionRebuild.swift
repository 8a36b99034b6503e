import Model
import Ports
import Projection

/// What a rebuild did.
public struct RebuildReport: Sendable {
  public var projection = ProjectionReport()
  /// Whether it took up what an interrupted one had left.
  public var wasResumed = false
  public var wasExchanged = false
  /// How long live projectors were held.
  public var heldMilliseconds: Int64 = 0
}

/// Makes all tables anew from the log, beside the live ones, and exchanges them in one transaction.
///
/// Queries see the old tables until they see the new ones. A projector that follows live input goes on all the while; at the end it is held for as long as it
/// takes to project what came in the last moments, and then finds the new tables at the position it had reached or beyond.
public struct ProjectionRebuild: Sendable {
  private let log: any LogReader
  private let partitions: Int
  private let store: any RebuildableStore
  private let settings: ProjectorSettings
  private let notify: @Sendable (ProjectionNotice) -> Void

  public init(
    _ log: any LogReader, partitions: Int, store: any RebuildableStore, settings: ProjectorSettings,
    notify: @escaping @Sendable (ProjectionNotice) -> Void = { _ in }
  ) {
    self.log = log
    self.partitions = partitions
    self.store = store
    self.settings = settings
    self.notify = notify
  }

  /// - Parameters:
  ///   - resume: take up what an interrupted rebuild left; otherwise begin anew.
  ///   - watch: called with the projector that does the work, for progress lines.
  /// - Throws: what a projector throws; the tables being made then stay for the next try, and the live ones are as they were.
  public func run(resume: Bool, stop: StopFlag, watch: (Projector) -> Void = { _ in }) throws(ProwziError) -> RebuildReport {
    var report = RebuildReport()
    try store.dropRetired()
    report.wasResumed = try store.prepareNext(resume: resume)
    var settings = settings
    settings.follow = false
    // Twice: the second pass takes what came during the first, and leaves little for the moment in which others wait.
    for _ in 0..<2 where !stop.isRaised {
      let projector = Projector(log, partitions: partitions, store: store.next, settings: settings, notify: notify)
      watch(projector)
      report.projection += try projector.run(stop: stop)
    }
    if stop.isRaised {
      report.projection.wasStopped = true
      return report
    }
    let start = ContinuousClock.now
    let frozen = try store.freeze()
    defer { frozen.close() }
    _ = try log.waitForCommit(timeoutMilliseconds: 0)
    // As far as the live tables stand, and no further: the log may be growing as fast as it is read.
    report.projection += try Projector(log, partitions: partitions, store: store.next, settings: settings, notify: notify).run(
      stop: stop, until: try frozen.livePositions())
    if stop.isRaised {
      report.projection.wasStopped = true
      return report
    }
    try requireNothingLost(frozen)
    try frozen.exchange()
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    report.heldMilliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    report.wasExchanged = true
    try store.dropRetired()
    return report
  }

  /// An exchange never takes the tables back in time.
  private func requireNothingLost(_ frozen: any FrozenProjection) throws(ProwziError) {
    let next = try frozen.nextPositions()
    for live in try frozen.livePositions() {
      let made = next.first { $0.topic == live.topic && $0.partition == live.partition }
      let bounds = try log.bounds(of: TopicPartition(topic: live.topic, partition: live.partition))
      // Tables of another, longer log are what a rebuild is there to replace.
      if live.next <= bounds.highWatermark, (made?.next ?? .zero) < live.next {
        throw ProwziError(
          "projection.behind", "the new tables end at offset \(made?.next ?? .zero), the live ones at \(live.next)",
          place: "\(live.topic)/\(live.partition)", advice: "Run the rebuild again; the live tables are as they were")
      }
    }
  }
}
