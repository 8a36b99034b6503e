import Configuration
import Fold
import Model
import Ports
import RecordFormat
import Stages
import State
import Synchronization

/// One raw record, folded again, and what came of it.
public struct ReplayStep: Sendable {
  /// Counted from 1, in the order of observed times over all partitions.
  public var number: Int
  public var partition: PartitionIndex
  /// The raw record, alone in a buffer, with its offset.
  public var raw: RecordBuffer
  /// By topic, in the order of the stages; records bear the offsets they have in the live topics, or would have.
  public var made: [(topic: DerivedTopic, buffer: RecordBuffer)]

  public var offset: Offset { raw.records[0].offset }
  public var time: Timestamp { raw.records[0].timestamp }

  /// Who brought the raw record in: the last part of its `ce_source`.
  public var source: String {
    guard let header = raw.header("ce_source", of: 0) else { return "" }
    return raw.bytes[header].split(separator: UInt8(ascii: "/")).last.map { Array($0).displayText } ?? ""
  }
}

/// The states around a step.
public struct StepStates: Sendable {
  public var before: [StateInspector.Stage]
  public var after: [StateInspector.Stage]
}

/// Goes through a window one raw record at a time, forwards and backwards. Writes nothing.
///
/// Backwards means folding again from the newest kept state before. For one thread.
public final class ReplayStepper {
  private let log: any LogReader
  private let archive: StateArchive
  private let configuration: CompiledConfiguration?
  private let topics: [DerivedTopic]
  private let windows: [ReplayWindow]
  private var cursors: [Cursor]
  private var times: [Timestamp?] = []
  /// The raw records gone through so far.
  private var history: [(partition: Int, offset: Offset)] = []
  /// A fold that stands before a step, kept because the next question is mostly about the next step of the partition.
  private var trailing: Cursor?

  public private(set) var current: ReplayStep?

  private struct Cursor {
    var fold: PartitionFold<Pipeline>
    var feed: RawFeed

    /// The observed time of the next record; `nil` where there is none before `end`.
    mutating func nextTime(before end: Offset) throws(ProwziError) -> Timestamp? { try feed.nextTime(fold, before: end) }

    /// Folds the next record, which `nextTime` has found, and nothing else.
    /// - Returns: that record.
    mutating func step(before end: Offset) throws(ProwziError) -> RecordBuffer {
      var raw = RecordBuffer()
      raw.append(feed.taken, of: feed.input)
      raw.records[0].offset = feed.input.records[feed.taken].offset
      fold.removeRecords()
      _ = try feed.advance(&fold, before: end, BatchSize(records: 1))
      return raw
    }

    mutating func approach(_ offset: Offset, _ stop: StopFlag, _ report: (Int) -> Void) throws(ProwziError) {
      while fold.next < offset, !stop.isRaised {
        let count = try feed.advance(&fold, before: offset, BatchSize())
        if count == 0 { break }
        fold.removeRecords()
        report(count)
      }
    }
  }

  /// Finds the window and folds up to it.
  /// - Parameter request: all stages are folded, whichever it names; only the named ones' records are shown.
  /// - Throws: what `ReplayRequest.windows(in:partitions:)` throws; `log.corrupt`; the file system's errors.
  public init(
    _ place: any LogPlace, _ request: ReplayRequest, threads: Int, stop: StopFlag,
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(ProwziError) {
    let log = try place.reader()
    let windows = try request.windows(in: log, partitions: place.partitions)
    let archive = StateArchive(place, log)
    let configuration = request.configuration
    let done = Atomic<Int>(0)
    // Unchecked: each is made by one worker and handed over when all are done.
    struct Made: @unchecked Sendable { var cursor: Cursor }
    let made = try Workers.forEach(windows.count, threads: threads, stop: stop) { index throws(ProwziError) in
      var cursor = try Self.cursor(windows[index].partition, atOrBefore: windows[index].from, archive, configuration, log)
      try cursor.approach(windows[index].from, stop) { progress(done.wrappingAdd($0, ordering: .relaxed).newValue) }
      return Made(cursor: cursor)
    }
    self.log = log
    self.archive = archive
    self.configuration = configuration
    topics = request.topics
    self.windows = windows
    cursors = made.map(\.cursor)
    for index in cursors.indices { times.append(try nextTime(index)) }
  }

  private static func cursor(
    _ partition: PartitionIndex, atOrBefore offset: Offset, _ archive: StateArchive, _ configuration: CompiledConfiguration?,
    _ log: any LogReader
  ) throws(ProwziError) -> Cursor {
    var fold = try RawFeed.state(configuration == nil ? archive : nil, partition, atOrBefore: offset)
    if let configuration { fold.pin(configuration) }
    return Cursor(fold: fold, feed: RawFeed(log))
  }

  private func nextTime(_ index: Int) throws(ProwziError) -> Timestamp? { try cursors[index].nextTime(before: windows[index].to) }

  /// How many raw records the window holds.
  public var total: Int { windows.reduce(0) { $0 + $1.count } }

  /// Folds the next raw record.
  /// - Returns: `false` at the window's end, where `current` stays as it is.
  public func next() throws(ProwziError) -> Bool {
    var best: (index: Int, time: Timestamp)?
    for (index, time) in times.enumerated() {
      if let time, best.map({ time < $0.time }) ?? true { best = (index, time) }
    }
    guard let index = best?.index else { return false }
    let raw = try cursors[index].step(before: windows[index].to)
    times[index] = try nextTime(index)
    history.append((index, raw.records[0].offset))
    current = ReplayStep(number: history.count, partition: windows[index].partition, raw: raw, made: made(by: cursors[index].fold))
    return true
  }

  private func made(by fold: PartitionFold<Pipeline>) -> [(topic: DerivedTopic, buffer: RecordBuffer)] {
    var made: [(topic: DerivedTopic, buffer: RecordBuffer)] = []
    for topic in DerivedTopic.allCases where topics.contains(topic) || topic == .deadletters {
      var buffer = fold.sink.buffers[topic.rawValue]
      if buffer.isEmpty { continue }
      let first = fold.produced[topic.rawValue].next.advanced(by: -buffer.count)
      for index in buffer.records.indices { buffer.records[index].offset = first.advanced(by: index) }
      made.append((topic, buffer))
    }
    return made
  }

  /// Goes on to the next breakpoint.
  /// - Returns: the one that was hit; `nil` at the window's end, or where `stop` was raised.
  public func run(to breakpoints: [Breakpoint], stop: StopFlag, progress: (Int) -> Void = { _ in }) throws(ProwziError) -> Breakpoint? {
    while !stop.isRaised, try next() {
      guard let current else { break }
      progress(current.number)
      if let hit = breakpoints.first(where: { $0.isHit(by: current) }) { return hit }
    }
    return nil
  }

  /// Goes back: `current` is then the step that many before.
  /// - Returns: `false` where there are not that many, and nothing has changed.
  public func back(_ steps: Int, stop: StopFlag) throws(ProwziError) -> Bool {
    guard steps > 0, history.count > steps else { return false }
    let target = history.count - steps - 1
    // By partition: the first record that is to be folded again.
    var first: [Int: Offset] = [:]
    for entry in history[target...] where first[entry.partition] == nil { first[entry.partition] = entry.offset }
    for index in cursors.indices {
      guard let offset = first[index] else { continue }
      var cursor = try Self.cursor(windows[index].partition, atOrBefore: offset, archive, configuration, log)
      try cursor.approach(offset, stop) { _ in }
      cursors[index] = cursor
      times[index] = try nextTime(index)
    }
    history.removeLast(history.count - target)
    trailing = nil
    return try next()
  }

  /// What the stages of the step's partition remember before it and after it.
  /// - Returns: `nil` before the first step.
  public func states(_ wish: StateWish, stop: StopFlag) throws(ProwziError) -> StepStates? {
    guard let current, let last = history.last else { return nil }
    var cursor =
      if let trailing, trailing.fold.partition == current.partition, trailing.fold.next <= current.offset {
        trailing
      } else {
        try Self.cursor(current.partition, atOrBefore: current.offset, archive, configuration, log)
      }
    trailing = nil
    try cursor.approach(current.offset, stop) { _ in }
    let states = StepStates(before: cursor.fold.inspect(wish), after: cursors[last.partition].fold.inspect(wish))
    trailing = cursor
    return states
  }
}
