import Fold
import Inspect
import Model
import Ports
import RecordFormat
import Stages

/// Folds single raw records again, each from the nearest checkpoint at or before it, and keeps what they make.
public struct Rederivation: Sendable {
  private let directory: DataDirectory
  private let batchRecords: Int

  public init(_ directory: DataDirectory, batchRecords: Int = 4000) {
    self.directory = directory
    self.batchRecords = batchRecords
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
    let store = CheckpointStore(files: directory.files, fold: pipelineFold)
    var count = 0
    var next: (partition: PartitionIndex, offset: Offset)?
    for place in Self.inOrder(wanted) {
      let checkpoint = try store.offsets(of: place.partition).last { $0 <= place.offset } ?? .zero
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
    let log = try directory.openReader()
    let store = CheckpointStore(files: directory.files, fold: pipelineFold)
    var result = Result()
    var folded = 0
    var current: (fold: PartitionFold<Pipeline>, stretch: Stretch)?
    var input = RecordBuffer()
    for place in Self.inOrder(wanted) {
      if stop.isRaised {
        result.wasStopped = true
        result.unfolded.append((place, "the audit was stopped"))
        continue
      }
      let raw = TopicPartition(topic: .raw, partition: place.partition)
      let bounds = try log.bounds(of: raw)
      guard place.offset >= bounds.logStart, place.offset < bounds.highWatermark else {
        result.unfolded.append((place, "the raw record is not kept"))
        continue
      }
      let isNear =
        try current.map { current throws(ProwziError) in
          let newer = try store.offsets(of: place.partition).last { $0 <= place.offset }
          return current.stretch.partition == place.partition && (newer ?? .zero) <= current.fold.next
        } ?? false
      if !isNear {
        if let current { result.stretches.append(current.stretch) }
        current = try Self.begin(place, store)
      }
      guard var (fold, stretch) = current, fold.next >= bounds.logStart else {
        result.unfolded.append((place, "the raw records since the nearest checkpoint are not kept"))
        current = nil
        continue
      }
      current = nil
      while fold.next <= place.offset, !stop.isRaised {
        input.removeAll()
        _ = try log.read(raw, from: fold.next, maxRecords: batchRecords, maxBytes: 4 << 20, into: &input)
        guard !input.isEmpty else { break }
        let before = min(batchRecords, input.records.firstIndex { $0.offset >= place.offset } ?? input.count)
        fold.fold(input, in: 0..<before)
        fold.removeRecords()
        folded += before
        if before < input.count, input.records[before].offset == place.offset {
          fold.fold(input, in: before..<before + 1)
          result.made += Self.records(of: fold.sink, place.partition)
          fold.removeRecords()
          folded += 1
        }
        progress(folded)
      }
      if fold.next <= place.offset {
        result.wasStopped = result.wasStopped || stop.isRaised
        result.unfolded.append((place, "the audit was stopped"))
      }
      stretch.to = fold.next
      current = (fold, stretch)
    }
    if let current { result.stretches.append(current.stretch) }
    return result
  }

  private static func inOrder(_ wanted: [Coordinates]) -> [Coordinates] {
    wanted.sorted { $0.partition == $1.partition ? $0.offset < $1.offset : $0.partition < $1.partition }
  }

  /// A fold that stands at or before a record: from the newest usable checkpoint, else from nothing.
  private static func begin(
    _ place: Coordinates, _ store: CheckpointStore
  ) throws(ProwziError) -> (fold: PartitionFold<Pipeline>, stretch: Stretch) {
    for offset in try store.offsets(of: place.partition).reversed() where offset <= place.offset {
      guard let bytes = try? store.read(place.partition, at: offset), let fold = try? PartitionFold(Pipeline(), checkpoint: bytes) else {
        continue
      }
      return (fold, Stretch(partition: place.partition, checkpoint: offset, from: fold.next, to: fold.next))
    }
    return (
      PartitionFold(Pipeline(), partition: place.partition),
      Stretch(partition: place.partition, checkpoint: nil, from: .zero, to: .zero)
    )
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
