import Fold
import Inspect
import Model
import Ports
import RecordFormat
import Stages

/// Folds single raw records again, each from the nearest checkpoint at or before it, and keeps what they make.
public struct Rederivation: Sendable {
  private let place: any LogPlace
  private let archive: StateArchive
  private let batch: BatchSize

  public init(_ place: any LogPlace, batch: BatchSize = BatchSize()) throws(ProwziError) {
    self.place = place
    archive = StateArchive(place, try place.reader())
    self.batch = batch
  }

  /// What folding again gave.
  public struct Result: Sendable {
    /// Everything that the wanted raw records make; their offsets count from 0 in each step and mean nothing.
    public var made: [LogRecord] = []
    /// The stretches folded for it.
    public var stretches: [Stretch] = []
    /// Wanted records that were not folded again, and why.
    public var unfolded: [(place: Coordinates, reason: String)] = []
    public var wasStopped = false
  }

  public struct Stretch: Sendable, Equatable {
    public var partition: PartitionIndex
    /// The checkpoint that it began at; `nil` for the beginning of the log.
    public var checkpoint: Offset?
    public var from: Offset
    public var to: Offset
  }

  /// How many raw records lie between the wanted ones and the checkpoints before them.
  public func cost(of wanted: [Coordinates]) throws(ProwziError) -> Int {
    var count = 0
    var next: (partition: PartitionIndex, offset: Offset)?
    for place in Self.inOrder(wanted) {
      let checkpoint = try archive.store.offsets(of: place.partition).last { $0 <= place.offset } ?? .zero
      let from = next.map { $0.partition == place.partition ? max($0.offset, checkpoint) : checkpoint } ?? checkpoint
      count += max(0, place.offset.distance(from: from) + 1)
      next = (place.partition, place.offset.advanced(by: 1))
    }
    return count
  }

  /// Folds the wanted records of `prowzi.raw` again.
  /// - Parameter progress: told how many records are folded so far.
  /// - Throws: `log.corrupt` and the file system's errors. A checkpoint that is damaged or of other stages is passed over for an older one.
  public func run(_ wanted: [Coordinates], stop: StopFlag, progress: (Int) -> Void) throws(ProwziError) -> Result {
    let log = try place.reader()
    var result = Result()
    var folded = 0
    var current: Walk?
    for place in Self.inOrder(wanted) {
      if stop.isRaised {
        result.wasStopped = true
        result.unfolded.append((place, "the audit was stopped"))
        continue
      }
      let bounds = try log.bounds(of: TopicPartition(topic: .raw, partition: place.partition))
      guard place.offset >= bounds.logStart, place.offset < bounds.highWatermark else {
        result.unfolded.append((place, "the raw record is not kept"))
        continue
      }
      if try !(current?.isNearest(to: place, archive) ?? false) {
        if let current { result.stretches.append(current.stretch) }
        current = try Walk(to: place, archive, log)
      }
      guard var walk = current, walk.fold.next >= bounds.logStart else {
        result.unfolded.append((place, "the raw records since the nearest checkpoint are not kept"))
        current = nil
        continue
      }
      current = nil
      while walk.fold.next <= place.offset, !stop.isRaised {
        let isThere = walk.fold.next == place.offset
        let count = try walk.advance(before: isThere ? place.offset.advanced(by: 1) : place.offset, batch)
        if isThere { result.made += Self.records(of: walk.fold.sink, place.partition) }
        walk.fold.removeRecords()
        if count == 0 { break }
        folded += count
        progress(folded)
      }
      if walk.fold.next <= place.offset {
        result.wasStopped = result.wasStopped || stop.isRaised
        result.unfolded.append((place, "the audit was stopped"))
      }
      current = walk
    }
    if let current { result.stretches.append(current.stretch) }
    return result
  }

  /// A fold on its way from one wanted record to the next.
  private struct Walk {
    var fold: PartitionFold<Pipeline>
    private var feed: RawFeed
    private let from: Offset
    private let checkpoint: Offset?

    init(to place: Coordinates, _ archive: StateArchive, _ log: any LogReader) throws(ProwziError) {
      fold = try archive.pipeline(place.partition, atOrBefore: place.offset)
      fold.keepsTrees = false
      feed = RawFeed(log)
      from = fold.next
      checkpoint = from == .zero ? nil : from
    }

    var stretch: Stretch { Stretch(partition: fold.partition, checkpoint: checkpoint, from: from, to: fold.next) }

    /// Whether going on is at least as near as the newest kept state.
    func isNearest(to place: Coordinates, _ archive: StateArchive) throws(ProwziError) -> Bool {
      guard fold.partition == place.partition else { return false }
      return try archive.store.offsets(of: place.partition).last { $0 <= place.offset } ?? .zero <= fold.next
    }

    mutating func advance(before end: Offset, _ batch: BatchSize) throws(ProwziError) -> Int {
      try feed.advance(&fold, before: end, batch)
    }
  }

  private static func inOrder(_ wanted: [Coordinates]) -> [Coordinates] {
    wanted.sorted { $0.partition == $1.partition ? $0.offset < $1.offset : $0.partition < $1.partition }
  }

  private static func records(of sink: RecordSink, _ partition: PartitionIndex) -> [LogRecord] {
    var found: [LogRecord] = []
    for topic in DerivedTopic.allCases {
      let buffer = sink.buffers[topic.rawValue]
      for index in buffer.records.indices {
        let place = Coordinates(topic: topic.name, partition: partition, offset: buffer.records[index].offset)
        found.append(LogRecord(buffer, index, at: place))
      }
    }
    return found
  }
}
