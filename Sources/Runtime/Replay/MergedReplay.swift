import Configuration
import Fold
import Model
import Ports
import RecordFormat
import Stages
import Synchronization

/// What one raw record has caused.
public struct MadeRecords: Sendable {
  public var partition: PartitionIndex
  /// When the raw record was observed.
  public var time: Timestamp
  /// By topic, in the order of the stages; records bear the offsets they have in the live topics, or would have.
  public var records: [(topic: DerivedTopic, buffer: RecordBuffer)]
}

/// One partition of a replay, whatever feeds it.
///
/// Unchecked: made by a worker, then used by one thread.
protocol ReplayCursor: AnyObject, Sendable {
  func approach(_ stop: StopFlag, _ report: (Int) -> Void) throws(ProwziError)
  func nextTime() throws(ProwziError) -> Timestamp?
  func advance() throws(ProwziError) -> MadeRecords?
}

private final class FeedCursor<Input: Feed>: ReplayCursor, @unchecked Sendable {
  private var replay: PartitionReplay<Input>
  private let topics: [DerivedTopic]
  /// The offset of the next record, by derived topic.
  private var next: [Offset] = []

  init(_ replay: PartitionReplay<Input>, topics: [DerivedTopic], _ log: any LogReader) throws(ProwziError) {
    self.replay = replay
    self.topics = topics
    for topic in DerivedTopic.allCases {
      let target = TopicPartition(topic: topic.name, partition: replay.window.partition)
      next.append(try log.offset(in: target, causedAtOrAfter: replay.window.from))
    }
  }

  func approach(_ stop: StopFlag, _ report: (Int) -> Void) throws(ProwziError) {
    while !replay.isAtStart, !stop.isRaised {
      let count = try replay.approach(BatchSize())
      if count == 0 { break }
      report(count)
    }
  }

  func nextTime() throws(ProwziError) -> Timestamp? { try replay.nextTime() }

  func advance() throws(ProwziError) -> MadeRecords? {
    guard let time = try replay.nextTime(), try replay.advance(BatchSize(records: 1)) > 0 else { return nil }
    var made = MadeRecords(partition: replay.window.partition, time: time, records: [])
    for topic in topics {
      var buffer = replay.fold.sink.buffers[topic.rawValue]
      if buffer.isEmpty { continue }
      for index in buffer.records.indices { buffer.records[index].offset = next[topic.rawValue].advanced(by: index) }
      next[topic.rawValue] = next[topic.rawValue].advanced(by: buffer.count)
      made.records.append((topic, buffer))
    }
    return made
  }
}

/// A window of all partitions as one stream, in the order in which its raw records were observed.
///
/// Within a partition the order is that of the log, which sensors may have written out of order: a record that comes late is not brought forward.
public struct MergedReplay {
  private var cursors: [any ReplayCursor] = []
  private var times: [Timestamp?] = []
  private var pacer: Pacer

  /// Finds the window and folds up to it.
  /// - Parameter progress: told how many raw records were folded on the way.
  /// - Throws: what `ReplayRequest.windows(in:partitions:)` throws; `log.corrupt`; the file system's errors.
  public init(
    _ place: any LogPlace, _ request: ReplayRequest, threads: Int, pace: Pace = .unlimited, clock: any SteadyClock, stop: StopFlag,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(ProwziError) {
    let log = try place.reader()
    let windows = try request.windows(in: log, partitions: place.partitions)
    let archive = StateArchive(place, log)
    let done = Atomic<Int>(0)
    cursors = try Workers.forEach(windows.count, threads: threads, stop: stop) { index throws(ProwziError) in
      let cursor: any ReplayCursor =
        request.needsRaw
        ? try FeedCursor(
          PartitionReplay<RawFeed>(windows[index], archive, log, configuration: request.configuration), topics: request.topics, log)
        : try FeedCursor(
          PartitionReplay<EnrichedFeed>(windows[index], archive, log, configuration: request.configuration), topics: request.topics, log)
      try cursor.approach(stop) { progress(done.wrappingAdd($0, ordering: .relaxed).newValue) }
      return cursor
    }
    for cursor in cursors { times.append(try cursor.nextTime()) }
    pacer = Pacer(pace, clock)
  }

  /// The observed time of the next record, and how long it is until it is due.
  public mutating func upcoming() -> (time: Timestamp, wait: Duration)? {
    guard let time = times.compactMap({ $0 }).min() else { return nil }
    return (time, pacer.left(until: time))
  }

  /// Waits until the next record is due and folds it.
  /// - Returns: `nil` at the window's end, or where `stop` was raised.
  public mutating func next(stop: StopFlag) throws(ProwziError) -> MadeRecords? {
    var best: (index: Int, time: Timestamp)?
    for (index, time) in times.enumerated() {
      if let time, best.map({ time < $0.time }) ?? true { best = (index, time) }
    }
    guard let best, pacer.wait(for: best.time, stop), let made = try cursors[best.index].advance() else { return nil }
    times[best.index] = try cursors[best.index].nextTime()
    return made
  }
}
