import Model
import Ports
import RecordFormat
import Synchronization

/// The embedded log: topics as directories of Kafka segments, and a commit journal that makes several partitions change at once.
///
/// ```swift
/// let log = try SegmentLog.open(files, topics: topics, compressor: compressor, access: .write(owner: "pipeline"))
/// let offsets = try log.commit(Commit(appends: [.init(target: partition, records: buffer)]))
/// let next = try log.read(partition, from: offsets[0], maxRecords: 1000, maxBytes: 1 << 20, into: &records)
/// ```
///
/// One writer an owner at a time, any number of readers, in this process or others. All calls block: none belongs on the cooperative pool.
///
/// *Shape*: `log/<topic>-<partition>/` holds Kafka's files and `tree.hashes` (see `TreeFile`), `journal/<owner>.journal` what is committed (see `Journal`).
public final class SegmentLog: LogReader, LogWriter {
  /// Who opens a log.
  public enum Access: Sendable, Equatable {
    /// Takes no lock and changes nothing.
    case read
    /// Appends to the topics of one owner, reads all.
    case write(owner: String)
  }

  /// What may be set besides the topics.
  public struct Options: Sendable {
    /// A journal that is larger is replaced by a snapshot.
    public var journalBytes = 16 << 20
    /// By how much the journal's file grows at most ahead of its entries; 0 grows it by each entry. Into a file that is long enough a sync needs one
    /// write, and need not wait for the file system to note a new size.
    public var journalGrowthBytes = 4 << 20
    /// A batch is ended before it holds more records, or more bytes before compression, than this. A larger record has a batch of its own.
    public var batchRecords = 10_000
    public var batchBytes = 1 << 20
    /// How long `waitForCommit` sleeps between looks at the journals of other processes, once it has waited for some time; a millisecond before.
    public var pollMilliseconds = 5
    /// How much of a segment is read at once.
    public var readAheadBytes = 256 << 10
    /// A commit whose batches have no more bytes than this, together, carries them in its journal entry instead of syncing its segments; 0 syncs always.
    public var carriedBytes = 256 << 10
    /// Whether the files of one commit are synced by several threads, which lets a file system merge them.
    public var syncsInParallel = true

    public init() {}
  }

  /// What readers see. A version is counted up by every change.
  struct Visible: Sendable {
    var owners: [String: OwnerState] = [:]
    var version: UInt64 = 0
  }

  /// What readers look through; a writer's own files need no patches.
  let files: PatchedFiles
  let compressor: any Compressor
  let options: Options
  let definitions: [TopicName: TopicDefinition]
  let visible = Monitor(Visible())
  let followers: Mutex<[JournalFollower]>
  let cursors = CursorCache()
  /// The version at which `waitForCommit` last returned.
  let lastWaited = Mutex<UInt64>(0)
  let segmentLists = Mutex<[TopicPartition: SegmentList]>([:])
  /// `nil` in a log opened for reading.
  let writer: CommitQueue?

  init(
    files: any FileSystem, compressor: any Compressor, options: Options, definitions: [TopicName: TopicDefinition],
    followers: [JournalFollower], writer: CommitQueue?
  ) {
    self.files = PatchedFiles(files)
    self.compressor = compressor
    self.options = options
    self.definitions = definitions
    self.followers = Mutex(followers)
    self.writer = writer
  }

  public func topics() -> [TopicDefinition] { definitions.values.sorted { $0.name < $1.name } }

  public func bounds(of partition: TopicPartition) throws(ProwziError) -> PartitionBounds {
    let state = try visibleState(of: partition)
    return PartitionBounds(
      logStart: state.logStart, highWatermark: state.highWatermark, tree: state.tree, sizeInBytes: state.sizeInBytes)
  }

  public func position(of fold: String, in partition: PartitionIndex) throws(ProwziError) -> FoldPosition? {
    let key = OwnerState.PositionKey(fold: fold, partition: partition)
    return visible.withLock { visible in
      if let own = self.writer?.owner, let position = visible.owners[own]?.positions[key] { return position }
      for owner in visible.owners.keys.sorted() {
        if let position = visible.owners[owner]?.positions[key] { return position }
      }
      return nil
    }
  }

  /// Stops taking commits, waits for those under way and lets go of the owner's lock. Reading goes on working.
  public func close() { writer?.close() }

  func definition(of partition: TopicPartition) throws(ProwziError) -> TopicDefinition {
    guard let definition = definitions[partition.topic] else {
      throw ProwziError(.logUnknownTopic, "there is no topic \(partition.topic)", place: "\(partition)", advice: "Check the topic's name")
    }
    guard partition.partition.value >= 0, Int(partition.partition.value) < definition.partitions else {
      throw ProwziError(
        .logUnknownTopic, "the topic has partitions 0 to \(definition.partitions - 1)", place: "\(partition)",
        advice: "Choose one of these partitions")
    }
    return definition
  }

  func visibleState(of partition: TopicPartition) throws(ProwziError) -> PartitionState {
    let owner = try definition(of: partition).owner
    return visible.withLock { $0.owners[owner]?.partitions[partition] ?? PartitionState() }
  }
}
