import Fold
import Model
import Ports
import RecordFormat
import SegmentLog
import Stages
import Synchronization

/// A state that is kept.
public struct KeptState: Sendable {
  public enum Soundness: Sendable, Equatable {
    case valid
    /// Made by other stages, or other versions of them: cannot be gone on from.
    case otherStages(String)
    case damaged(String)
  }

  public var partition: PartitionIndex
  /// The first raw record that it does not know of.
  public var offset: Offset
  /// When that record was observed; of the last one, where there is none yet. `nil` where neither is there.
  public var time: Timestamp?
  /// Bytes on disk, and of the state they hold.
  public var fileSize: Int
  public var size: Int
  public var digest: Digest?
  public var soundness: Soundness
}

/// What `CheckpointCatalogue.rebuild` did in one partition.
public struct RebuiltStates: Sendable {
  public var partition: PartitionIndex
  /// Where folding began and ended.
  public var from: Offset
  public var to: Offset
  /// The states that were written, and those that were there already.
  public var written: [Offset] = []
  public var found: [Offset] = []
  /// Derived records that were compared with the recorded ones.
  public var compared = 0
  /// Where what was folded differs from the record; nothing is kept from there on.
  public var difference: VerifyReport.Difference?
}

/// The states that are kept of the live pipeline: what there is, and how to make more.
public struct CheckpointCatalogue: Sendable {
  private let directory: DataDirectory

  public init(_ directory: DataDirectory) { self.directory = directory }

  /// Every state there is, by partition and offset.
  /// - Complexity: reads every one whole.
  public func list(stop: StopFlag = StopFlag()) throws(ProwziError) -> [KeptState] {
    let log = try directory.openReader()
    let store = CheckpointStore(files: directory.files, fold: pipelineFold)
    var found: [KeptState] = []
    for index in 0..<directory.partitions {
      let partition = PartitionIndex(index)
      for offset in try store.offsets(of: partition) where !stop.isRaised {
        let fileSize = try store.storedSize(partition, at: offset)
        var state = KeptState(
          partition: partition, offset: offset, time: try Self.time(offset, partition, log), fileSize: fileSize, size: 0, digest: nil,
          soundness: .valid)
        do throws(ProwziError) {
          let bytes = try store.read(partition, at: offset)
          state.size = bytes.count
          let summary = try Checkpoint.Summary(bytes)
          state.digest = summary.digest
          if summary.signature != Pipeline.signature { state.soundness = .otherStages(summary.signature) }
          if summary.next != offset || summary.partition != partition {
            state.soundness = .damaged("it is of another place than its name says")
          }
        } catch {
          guard error.code.text.hasPrefix("checkpoint.") || error.code.text.hasPrefix("state.") || error.code.text.hasPrefix("codec.")
          else {
            throw error
          }
          state.soundness = .damaged(error.message)
        }
        found.append(state)
      }
    }
    return found
  }

  private static func time(_ offset: Offset, _ partition: PartitionIndex, _ log: any LogReader) throws(ProwziError) -> Timestamp? {
    let raw = TopicPartition(topic: .raw, partition: partition)
    let bounds = try log.bounds(of: raw)
    let wanted = offset < bounds.highWatermark ? offset : offset.advanced(by: -1)
    guard wanted >= bounds.logStart, wanted < bounds.highWatermark else { return nil }
    var buffer = RecordBuffer()
    _ = try log.read(raw, from: wanted, maxRecords: 1, maxBytes: 1, into: &buffer)
    return buffer.records.first?.timestamp
  }

  /// Folds a window again and keeps states that are missing, one after every `every` raw records of a partition.
  ///
  /// Every derived record is compared with the recorded one before a state that follows it is kept: a state whose history differs from the record
  /// would make every replay that begins with it differ. Folding begins at the newest sound state at or before the window.
  /// - Throws: `log.locked` while `prowzi run` may be keeping and pruning states; what `ReplayRequest.windows(in:partitions:)` throws.
  public func rebuild(
    _ request: ReplayRequest, every: Int, threads: Int, stop: StopFlag, progress: @escaping @Sendable (Int) -> Void
  ) throws(ProwziError) -> [RebuiltStates] {
    precondition(every > 0, "states lie at least one record apart")
    let lock = try SegmentLog.lock(directory.files, owner: DataDirectory.pipeline)
    defer { lock.release() }
    let log = try directory.openReader()
    let windows = try request.windows(in: log, partitions: directory.partitions)
    let sound = Set(
      try list(stop: stop).filter { $0.soundness == .valid }.map { Place(partition: $0.partition, offset: $0.offset) })
    let done = Atomic<Int>(0)
    return try Workers.forEach(windows.count, threads: threads, stop: stop) { index throws(ProwziError) in
      try self.rebuild(windows[index], every: every, sound, log, stop) {
        progress(done.wrappingAdd($0, ordering: .relaxed).newValue)
      }
    }
  }

  private struct Place: Hashable {
    var partition: PartitionIndex
    var offset: Offset
  }

  private func rebuild(
    _ window: ReplayWindow, every: Int, _ sound: Set<Place>, _ log: any LogReader, _ stop: StopFlag, _ progress: (Int) -> Void
  ) throws(ProwziError) -> RebuiltStates {
    let partition = window.partition
    let store = CheckpointStore(files: directory.files, fold: pipelineFold)
    // Damaged ones, and those of other versions, are passed over here and overwritten below.
    var begin = Offset.zero
    for place in sound where place.partition == partition && place.offset <= window.from { begin = max(begin, place.offset) }
    var result = RebuiltStates(partition: partition, from: begin, to: begin)
    let replay = try PartitionReplay<RawFeed>(
      ReplayWindow(partition: partition, from: begin, to: max(begin, window.to)), begin == .zero ? nil : StateArchive(directory), log,
      keepsTrees: true)
    var verification = try PartitionVerification<RawFeed>(replay, log, topics: ReplayRequest().topics)
    func left(_ next: Offset) -> Int { min(4000, every - Int(next.value % Int64(every))) }
    func isDue(_ next: Offset) -> Bool { next.value % Int64(every) == 0 && next >= window.from }
    let report = try verification.run(BatchSize(records: left(begin)), stop, progress) { (fold) throws(ProwziError) in
      result.to = fold.next
      if isDue(fold.next) {
        if sound.contains(Place(partition: partition, offset: fold.next)) {
          result.found.append(fold.next)
        } else if try Self.agrees(fold, log) {
          try store.write(fold.checkpoint(), partition, at: fold.next)
          result.written.append(fold.next)
        }
      }
      return left(fold.next)
    }
    result.compared = report.compared
    result.difference = report.difference
    return result
  }

  /// At the position the live pipeline has committed, the digests it has recorded are known as well.
  private static func agrees(_ fold: PartitionFold<Pipeline>, _ log: any LogReader) throws(ProwziError) -> Bool {
    guard try log.position(of: pipelineFold, in: fold.partition)?.next == fold.next else { return true }
    for topic in DerivedTopic.allCases {
      let bounds = try log.bounds(of: TopicPartition(topic: topic.name, partition: fold.partition))
      let made = fold.produced[topic.rawValue]
      guard bounds.highWatermark == made.next, bounds.digest == made.digest else { return false }
    }
    return true
  }
}
