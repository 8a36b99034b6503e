import Merkle
import Model
import Ports

/// What the journal says about a partition: enough to open it without reading its log.
struct PartitionState: Sendable, Equatable {
  var logStart = Offset.zero
  var highWatermark = Offset.zero
  /// The base offset of the segment that is written to.
  var segmentBase = Offset.zero
  /// How many bytes of that segment are committed; what lies beyond may be cut.
  var segmentLength = 0
  /// The bytes of its indexes that belong to the committed part. An index is not synced before its segment is closed, so after a crash it may be
  /// shorter, and is then rebuilt.
  var indexLength = 0
  var timeIndexLength = 0
  /// The first record's timestamp in the active segment, and the newest so far with the last offset of its batch.
  var firstTimestamp = Timestamp(milliseconds: 0)
  var maxTimestamp = Timestamp(milliseconds: Int64.min)
  var maxTimestampOffset = Offset.zero
  /// The bytes of all segments from the log start on.
  var sizeInBytes = 0
  /// The tree over all records below the high watermark, also those no longer kept; smaller where no whole one is known since a repair.
  var tree = MerkleTree()
  /// The hashes of how many records are durable in `tree.hashes`; at least those before the segment that is written to.
  var treeSynced: Int64 = 0

  /// Whether there is a segment at all. The first segment is made for the first record.
  var hasSegments: Bool { segmentLength > 0 }

  /// Whether a log of ours could be in this state: no length is negative, no offset out of order, no index ends inside an entry. What follows from the
  /// state (seeks, differences, truncations) relies on it.
  var isPossible: Bool {
    let farthest = Int64.max >> 1
    return logStart.value >= 0 && logStart <= highWatermark && highWatermark.value <= farthest && segmentBase.value >= 0
      && segmentBase <= highWatermark && highWatermark.value - segmentBase.value <= Int64(Int32.max) + 1
      && (0...Int(Int32.max)).contains(segmentLength) && indexLength >= 0 && indexLength.isMultiple(of: OffsetIndex.entrySize)
      && indexLength <= segmentLength && timeIndexLength >= 0 && timeIndexLength.isMultiple(of: TimeIndex.entrySize)
      && timeIndexLength <= segmentLength && sizeInBytes >= 0 && (0...farthest).contains(tree.size) && tree.size <= highWatermark.value
      && treeSynced >= 0 && treeSynced <= highWatermark.value && maxTimestampOffset.value >= 0 && maxTimestampOffset <= highWatermark
  }

  var isTreeWhole: Bool { tree.size == highWatermark.value }
}

/// Everything that the journal of one owner says.
struct OwnerState: Sendable, Equatable {
  struct PositionKey: Hashable, Sendable {
    var fold: String
    var partition: PartitionIndex
  }

  var sequence: UInt64 = 0
  var partitions: [TopicPartition: PartitionState] = [:]
  var positions: [PositionKey: FoldPosition] = [:]

  mutating func apply(_ entry: JournalEntry) {
    sequence = entry.sequence
    for (partition, state) in entry.partitions { partitions[partition] = state }
    for position in entry.positions { positions[PositionKey(fold: position.fold, partition: position.partition)] = position }
  }

  /// Whether nothing but the sequence number differs: what a journal's replacement leaves.
  func holdsTheSame(as other: OwnerState) -> Bool { partitions == other.partitions && positions == other.positions }

  /// One entry that says it all, in a fixed order.
  var snapshot: JournalEntry {
    JournalEntry(
      sequence: sequence, partitions: partitions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
      positions: positions.values.sorted { ($0.fold, $0.partition) < ($1.fold, $1.partition) })
  }
}
