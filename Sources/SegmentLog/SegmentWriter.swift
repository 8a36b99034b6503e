import Merkle
import Model
import Ports
import RecordFormat

/// Appends to the newest segment of one partition and begins the next when it is full.
///
/// Nothing here is durable or visible by itself: the commit syncs what `takeSyncWork` names and then writes the journal.
///
/// Unchecked: exactly one thread uses it at a time, the one for which the partition is reserved (`SegmentLog.reserve`).
final class SegmentWriter: @unchecked Sendable {
  /// What must be durable before the journal may refer to it.
  struct SyncWork {
    var files: [any FileHandle] = []
    var directories: [String] = []

    static func += (all: inout SyncWork, more: SyncWork) {
      all.files += more.files
      all.directories += more.directories
    }
  }

  private struct OpenSegment {
    var log: LatchedFile
    var index: any FileHandle
    var timeIndex: any FileHandle
    /// The place of the last batch with an index entry; 0 where there is none.
    var indexedPosition: Int
    var lastIndexedTimestamp: Timestamp?
  }

  let partition: TopicPartition
  let definition: TopicDefinition
  private let files: any FileSystem
  /// What has been written, committed or not.
  private(set) var state: PartitionState
  private var open: OpenSegment?
  private var tree: TreeFile?
  private var work = SyncWork()
  private var isLogDirty = false

  init(partition: TopicPartition, definition: TopicDefinition, files: any FileSystem, state: PartitionState) {
    self.partition = partition
    self.definition = definition
    self.files = files
    self.state = state
  }

  /// Where the next record goes.
  var next: Offset { state.highWatermark }

  /// Appends one encoded batch that begins at `next`.
  func append(_ batch: Span<UInt8>, _ header: BatchHeader) throws(ProwziError) {
    precondition(header.baseOffset == next, "A batch is appended where the log ends.")
    precondition(batch.count == header.sizeInBytes, "A batch is appended whole.")
    if needsNewSegment(for: header) {
      try closeSegment()
      try beginSegment(firstTimestamp: header.baseTimestamp)
    } else if open == nil {
      try openSegment()
    }
    guard var segment = open else { preconditionFailure("A segment was just opened.") }
    let position = state.segmentLength
    try segment.log.write(batch, at: position)
    isLogDirty = true
    if header.maxTimestamp > state.maxTimestamp {
      state.maxTimestamp = header.maxTimestamp
      state.maxTimestampOffset = header.lastOffset
    }
    if position - segment.indexedPosition > OffsetIndex.interval {
      try appendIndexEntry(lastOffset: header.lastOffset, position: position, to: &segment)
      try appendTimeIndexEntry(to: &segment)
    }
    open = segment
    state.segmentLength += batch.count
    state.sizeInBytes += batch.count
    state.highWatermark = Offset(header.lastOffset.value + 1)
  }

  /// Takes up what the records just appended have done to the tree, and keeps their hashes.
  func grow(_ records: RecordBuffer, _ known: TreeGrowth?) throws(ProwziError) {
    let count = Int64(records.count)
    guard count > 0 else { return }
    // Since a repair that lost the tree's beginning there is none to go on with.
    guard state.tree.size + count == next.value else { return }
    var growth = known ?? TreeGrowth(tree: state.tree)
    if known == nil { growth.append(records) }
    precondition(growth.tree.size == next.value, "A tree grows by the records that are appended.")
    let file: TreeFile
    if let tree { file = tree } else { file = TreeFile(file: try files.open(LogPaths.tree(partition), .readWrite)) }
    tree = file
    try file.write(growth.hashes, after: state.tree.size)
    state.tree = growth.tree
    if state.treeSynced < state.segmentBase.value || state.tree.size - state.treeSynced >= TreeFile.syncInterval {
      work.files.append(file.file)
      state.treeSynced = state.tree.size
    }
  }

  /// The oldest segments are gone (or are about to be).
  func setLogStart(_ logStart: Offset, removedBytes: Int) {
    state.logStart = logStart
    state.sizeInBytes -= removedBytes
  }

  /// Whether all that the appends since the last call of `takeSyncWork` have left unsynced is bytes of one segment, which can be carried.
  var canBeCarried: Bool { work.files.isEmpty && work.directories.isEmpty && isLogDirty }

  /// The log file that is written to.
  var log: LatchedFile? { open?.log }

  /// What the appends since the last call have left unsynced.
  func takeSyncWork() -> SyncWork {
    if isLogDirty, let open { work.files.append(open.log) }
    isLogDirty = false
    defer { work = SyncWork() }
    return work
  }

  // MARK: Segments

  private func needsNewSegment(for header: BatchHeader) -> Bool {
    guard state.hasSegments else { return true }
    let size = state.segmentLength + header.sizeInBytes
    if size > definition.segmentBytes || size > Int(Int32.max) { return true }
    if header.lastOffset.value - state.segmentBase.value > Int64(Int32.max) { return true }
    // Old data that is loaded in bulk spans years in every batch. The floor keeps that from giving each batch a segment of its own.
    let age = max(header.maxTimestamp, state.maxTimestamp).milliseconds(since: state.firstTimestamp)
    return age > definition.segmentMilliseconds && state.segmentLength >= definition.segmentBytes / 256
  }

  /// Ends the segment that is written to: the final time index entry, and everything synced with the next commit.
  private func closeSegment() throws(ProwziError) {
    guard state.hasSegments else { return }
    if open == nil { try openSegment() }
    guard var segment = open else { preconditionFailure("A segment was just opened.") }
    try appendTimeIndexEntry(to: &segment)
    // What an earlier opening cut off is still on the disk where the sync of that cut failed, and comes back when the power fails. Of a closed segment
    // readers take the whole file, so the cut is made again.
    try segment.log.truncate(to: state.segmentLength)
    work.files += [segment.log, segment.index, segment.timeIndex]
    isLogDirty = false
    open = nil
  }

  private func beginSegment(firstTimestamp: Timestamp) throws(ProwziError) {
    let base = next
    if !state.hasSegments { try writeLeaderEpochs() }
    func create(_ kind: LogPaths.Kind) throws(ProwziError) -> any FileHandle {
      try files.open(LogPaths.file(partition, base: base, kind), .createNew)
    }
    open = OpenSegment(
      log: LatchedFile(try create(.log)), index: try create(.index), timeIndex: try create(.timeindex), indexedPosition: 0,
      lastIndexedTimestamp: nil)
    work.directories = [LogPaths.directory(partition)]
    state.segmentBase = base
    state.segmentLength = 0
    state.indexLength = 0
    state.timeIndexLength = 0
    state.firstTimestamp = firstTimestamp
    state.maxTimestamp = Timestamp(milliseconds: Int64.min)
    state.maxTimestampOffset = base
  }

  /// Opens the segment that an earlier writer left; recovery has made the files agree with the state.
  private func openSegment() throws(ProwziError) {
    func reopen(_ kind: LogPaths.Kind) throws(ProwziError) -> any FileHandle {
      try files.open(LogPaths.file(partition, base: state.segmentBase, kind), .readWrite)
    }
    var segment = OpenSegment(
      log: LatchedFile(try reopen(.log)), index: try reopen(.index), timeIndex: try reopen(.timeindex), indexedPosition: 0,
      lastIndexedTimestamp: nil)
    if state.indexLength > 0 {
      var bytes: [UInt8] = []
      try segment.index.read(at: state.indexLength - OffsetIndex.entrySize, count: OffsetIndex.entrySize, appendingTo: &bytes)
      if bytes.count == OffsetIndex.entrySize { segment.indexedPosition = Int(OffsetIndex.entry(bytes, at: 0).position) }
    }
    if state.timeIndexLength > 0 {
      segment.lastIndexedTimestamp = try TimeIndex.entry(segment.timeIndex, number: state.timeIndexLength / TimeIndex.entrySize - 1)?
        .timestamp
    }
    open = segment
  }

  private func appendIndexEntry(lastOffset: Offset, position: Int, to segment: inout OpenSegment) throws(ProwziError) {
    var entry: [UInt8] = []
    entry.append(bigEndian: Int32(lastOffset.value - state.segmentBase.value))
    entry.append(bigEndian: Int32(position))
    try segment.index.write(entry.span, at: state.indexLength)
    state.indexLength += entry.count
    segment.indexedPosition = position
  }

  private func appendTimeIndexEntry(to segment: inout OpenSegment) throws(ProwziError) {
    if let last = segment.lastIndexedTimestamp, state.maxTimestamp <= last { return }
    var entry: [UInt8] = []
    entry.append(bigEndian: state.maxTimestamp.milliseconds)
    entry.append(bigEndian: Int32(state.maxTimestampOffset.value - state.segmentBase.value))
    try segment.timeIndex.write(entry.span, at: state.timeIndexLength)
    state.timeIndexLength += entry.count
    segment.lastIndexedTimestamp = state.maxTimestamp
  }

  /// Kafka's `leader-epoch-checkpoint`: version, count, and one epoch that began at offset 0. It never changes here.
  private func writeLeaderEpochs() throws(ProwziError) {
    let file = try files.open(LogPaths.leaderEpochs(partition), .readWrite)
    try file.truncate(to: 0)
    try file.write(Array("0\n1\n0 0\n".utf8).span, at: 0)
    work.files.append(file)
  }
}
