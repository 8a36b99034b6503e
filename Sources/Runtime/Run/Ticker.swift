import Fold
import Model
import Ports
import Synchronization

/// Writes clock-tick records into partitions that have gone quiet, so that what hangs on stream time happens there too.
///
/// Only a partition whose newest record is recent gets ticks: a log of last year's captures stays in last year.
final class Ticker: Sendable {
  private let place: any LogPlace
  private let clock: any WallClock
  private let every: Int64
  private let lastLook = Mutex<Timestamp>(Timestamp(milliseconds: 0))

  /// A partition counts as live while its newest record is no older than this.
  static let liveMilliseconds = Int64.hour

  init(place: any LogPlace, clock: any WallClock, every: Int64) {
    self.place = place
    self.clock = clock
    self.every = every
  }

  /// Ticks if the time has come and no sensor holds the raw topic; otherwise tries again later.
  func tickIfDue(_ log: any LogReader) throws(ProwziError) {
    let now = clock.now()
    let isDue = lastLook.withLock { last in
      guard now.milliseconds(since: last) >= every else { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let quiet = try quietPartitions(log, now: now)
    guard !quiet.isEmpty else { return }
    do throws(ProwziError) {
      let sensors = try place.writer(DataDirectory.sensors)
      defer { sensors.close() }
      try RawAppender(log: sensors, partitions: place.partitions).appendControl(
        type: FoldControl.tickType, value: [UInt8](text: "{}"), at: now, to: quiet)
    } catch {
      // A sensor is writing, so time moves by itself.
      if error.code != "log.locked" { throw error }
    }
  }

  private func quietPartitions(_ log: any LogReader, now: Timestamp) throws(ProwziError) -> [Int] {
    var quiet: [Int] = []
    for index in 0..<place.partitions {
      let partition = TopicPartition(topic: .raw, partition: PartitionIndex(index))
      let bounds = try log.bounds(of: partition)
      let recent = try log.offset(in: partition, atOrAfter: now.adding(milliseconds: -every))
      let live = try log.offset(in: partition, atOrAfter: now.adding(milliseconds: -Self.liveMilliseconds))
      if recent == bounds.highWatermark, live < bounds.highWatermark { quiet.append(index) }
    }
    return quiet
  }
}
