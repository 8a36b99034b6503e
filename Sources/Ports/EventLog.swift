import Merkle
import Model
import RecordFormat

/// What a topic is: the contents of one file in `topics/`.
public struct TopicDefinition: Sendable, Equatable {
  public var name: TopicName
  public var purpose: String
  /// What the key holds, in words.
  public var key: String
  /// Who appends: a log has one writer an owner at a time (`sensors` for raw, `pipeline` for what is derived).
  public var owner: String
  public var partitions: Int
  public var codec: Codec
  /// Records older than this may go, a segment at a time; `nil` keeps them.
  public var retentionMilliseconds: Int64?
  /// The oldest segments go while the partition is larger; `nil` sets no limit.
  public var retentionBytes: Int64?
  /// A segment is closed when it would grow beyond this…
  public var segmentBytes: Int
  /// …or when its first and newest record lie this far apart.
  public var segmentMilliseconds: Int64
  /// Whether a newer record with the same key replaces an older one (kept for clusters; the embedded log keeps all).
  public var isCompacted: Bool
  /// JSON Schema 2020-12 of the value, as text; empty where the value is not JSON.
  public var valueSchema: String

  public init(
    name: TopicName, purpose: String, key: String, owner: String, partitions: Int = 8, codec: Codec = .zstd,
    retentionMilliseconds: Int64? = 90 * .day, retentionBytes: Int64? = nil, segmentBytes: Int = 256 << 20,
    segmentMilliseconds: Int64 = 7 * .day, isCompacted: Bool = false, valueSchema: String = ""
  ) {
    self.name = name
    self.purpose = purpose
    self.key = key
    self.owner = owner
    self.partitions = partitions
    self.codec = codec
    self.retentionMilliseconds = retentionMilliseconds
    self.retentionBytes = retentionBytes
    self.segmentBytes = segmentBytes
    self.segmentMilliseconds = segmentMilliseconds
    self.isCompacted = isCompacted
    self.valueSchema = valueSchema
  }
}

/// What a reader can see of a partition.
public struct PartitionBounds: Sendable, Equatable {
  /// The first offset kept.
  public var logStart: Offset
  /// One past the last committed record: readers see only what lies below.
  public var highWatermark: Offset
  /// The Merkle tree over the logical records below the high watermark; empty where the topic keeps none.
  public var tree: MerkleTree
  /// Bytes on disk below the high watermark, indexes not counted; 0 where a cluster does not tell.
  public var sizeInBytes: Int
  /// How many records the partition ever had. The embedded log's offsets count records, so there it is the high watermark; on a cluster, where
  /// transactions leave markers between records, it is what the positions say, and `nil` in topics that no fold writes.
  public var recordCount: Int64?

  public init(logStart: Offset, highWatermark: Offset, tree: MerkleTree, sizeInBytes: Int) {
    self.logStart = logStart
    self.highWatermark = highWatermark
    self.tree = tree
    self.sizeInBytes = sizeInBytes
    recordCount = highWatermark.value
  }

  /// Whether the tree spans every record that the partition ever had. It does not after a repair that had to cut a log whose beginning is gone.
  public var isTreeWhole: Bool { tree.size == recordCount }

  /// The partition's digest: its tree's root, `MerkleHash.empty` for a partition that never had a record. `Digest.zero` where no whole tree is kept.
  public var digest: Digest { isTreeWhole ? tree.root : .zero }
}

/// Where a named fold stands in one input partition.
public struct FoldPosition: Sendable, Equatable {
  /// The fold's name, such as `pipeline`.
  public var fold: String
  public var partition: PartitionIndex
  /// The next input offset to be folded.
  public var next: Offset
  /// The newest state checkpoint that the log vouches for, by the input offset it was taken at and its digest.
  public var checkpoint: Checkpoint?

  public struct Checkpoint: Sendable, Equatable {
    public var offset: Offset
    public var digest: Digest
    public init(offset: Offset, digest: Digest) {
      self.offset = offset
      self.digest = digest
    }
  }

  public init(fold: String, partition: PartitionIndex, next: Offset, checkpoint: Checkpoint? = nil) {
    self.fold = fold
    self.partition = partition
    self.next = next
    self.checkpoint = checkpoint
  }
}

/// Everything that becomes visible together: records of several topics and partitions, and the positions that caused them.
public struct Commit: Sendable {
  /// Records for one partition, in order; their offsets are assigned by the log.
  public struct Append: Sendable {
    public var target: TopicPartition
    public var records: RecordBuffer
    /// What these records do to the partition's tree, from whoever has hashed them already; `nil` lets the log hash them.
    public var growth: TreeGrowth?

    public init(target: TopicPartition, records: RecordBuffer, growth: TreeGrowth? = nil) {
      self.target = target
      self.records = records
      self.growth = growth
    }
  }

  public var appends: [Append]
  public var positions: [FoldPosition]

  public init(appends: [Append] = [], positions: [FoldPosition] = []) {
    self.appends = appends
    self.positions = positions
  }
}

/// Reads topics: the embedded log or a Kafka cluster. Safe to use from several threads at once.
///
/// *Errors*: `log.unknown_topic`, `log.offset_out_of_range`, `log.corrupt` (with file, offset and byte), and the file system's.
public protocol LogReader: Sendable {
  /// The topics there are, by name.
  func topics() -> [TopicDefinition]

  /// What can be seen of a partition now.
  func bounds(of partition: TopicPartition) throws(ProwziError) -> PartitionBounds

  /// Where a fold stands; `nil` where it has committed nothing in this partition.
  func position(of fold: String, in partition: PartitionIndex) throws(ProwziError) -> FoldPosition?

  /// The first offset whose record's timestamp is at or after `time`; the high watermark where there is none.
  func offset(in partition: TopicPartition, atOrAfter time: Timestamp) throws(ProwziError) -> Offset

  /// Appends to `buffer` the committed records from `offset` on: whole batches until at least `maxBytes` of record bytes or `maxRecords`
  /// records have been taken, cut to what lies at or after `offset` and below the high watermark. Control batches are passed over.
  /// - Returns: the offset to go on from; `offset` itself where there is nothing (yet).
  func read(
    _ partition: TopicPartition, from offset: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset

  /// Looks for commits by other processes; then blocks until something new is visible or the time is over. For one following thread.
  /// - Returns: whether something new has become visible since the last call returned.
  func waitForCommit(timeoutMilliseconds: Int) throws(ProwziError) -> Bool

  /// Counts up with every change that this reader sees.
  var version: UInt64 { get }

  /// Blocks until the version is beyond `seen` or the time is over. Of several threads that follow one log, each keeps the version from before it
  /// read, so that none misses what another's look has found:
  ///
  /// ```swift
  /// let seen = log.version
  /// // … read everything …
  /// _ = try log.waitForCommit(after: seen, timeoutMilliseconds: 1000)
  /// ```
  /// - Returns: whether something new is visible.
  func waitForCommit(after seen: UInt64, timeoutMilliseconds: Int) throws(ProwziError) -> Bool
}

extension LogReader {
  /// A reader that counts nothing stands at 0, and then waits as for one thread.
  public var version: UInt64 { 0 }

  public func waitForCommit(after seen: UInt64, timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    try waitForCommit(timeoutMilliseconds: timeoutMilliseconds)
  }
}

/// Appends to the topics of one owner. Safe to use from several threads at once; a commit is atomic and durable when it returns.
public protocol LogWriter: Sendable {
  /// Appends, makes durable, and shows everything in the commit at once.
  ///
  /// - Returns: in the order of `appends`, how many records each partition had before: in the embedded log that is the offset of the append's first
  ///   record. On a cluster, appends that no position goes with get the offset itself.
  /// - Throws: after an error the writer refuses further commits (`log.failed`): reopen the log, which cuts what is not committed.
  func commit(_ commit: Commit) throws(ProwziError) -> [Offset]

  /// Takes a partition for a fold, before its position is read: whoever had it can commit nothing there any more. The embedded log gives all partitions
  /// to whoever opens it to write, so there it does nothing.
  func take(_ partition: PartitionIndex, for fold: String) throws(ProwziError)

  /// Lets a partition go that another may take.
  func release(_ partition: PartitionIndex, of fold: String)

  /// Stops taking commits, waits for those under way and lets go of what it holds.
  func close()
}

extension LogWriter {
  public func take(_ partition: PartitionIndex, for fold: String) throws(ProwziError) {}
  public func release(_ partition: PartitionIndex, of fold: String) {}
}
