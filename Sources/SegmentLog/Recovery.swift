import Model
import Ports
import RecordFormat

/// Makes one partition's files agree with the journal when a writer opens: what is not committed is cut, what is missing is corruption.
///
/// *Complexity*: reads the directory's names, the active segment's indexes, and its headers behind the last index entry; where an index is not what
/// the journal says, all headers of the active segment.
struct Recovery {
  let files: any FileSystem
  let partition: TopicPartition
  let compressor: any Compressor

  /// - Returns: the state, its indexes rebuilt where necessary.
  func run(_ state: PartitionState) throws(ProwziError) -> PartitionState {
    try removeFiles(state)
    let recovered = try recoverSegments(state)
    try TreeRecovery(files: files, partition: partition, compressor: compressor, state: recovered).run()
    return recovered
  }

  private func recoverSegments(_ state: PartitionState) throws(ProwziError) -> PartitionState {
    guard state.hasSegments else { return state }
    let path = LogPaths.file(partition, base: state.segmentBase, .log)
    guard try files.exists(path) else { throw .missingSegment(partition, offset: state.segmentBase) }
    let log = try files.open(path, .readWrite)
    let size = try log.size()
    guard size >= state.segmentLength else {
      throw .corrupt("the file has \(size) bytes, and \(state.segmentLength) are committed", file: path, offset: nil, byte: size)
    }
    if size > state.segmentLength {
      try log.truncate(to: state.segmentLength)
      try log.sync()
    }
    var state = state
    let index = try files.open(LogPaths.file(partition, base: state.segmentBase, .index), .readWrite)
    let timeIndex = try files.open(LogPaths.file(partition, base: state.segmentBase, .timeindex), .readWrite)
    let last: (header: BatchHeader, position: Int)
    if let found = try checkIndexes(state, log: log, path: path, index: index, timeIndex: timeIndex) {
      last = found
      if try index.size() > state.indexLength { try index.truncate(to: state.indexLength) }
      if try timeIndex.size() > state.timeIndexLength { try timeIndex.truncate(to: state.timeIndexLength) }
    } else {
      last = try IndexBuilder(state: state, log: log, path: path).rebuild(&state, index: index, timeIndex: timeIndex)
      try index.sync()
      try timeIndex.sync()
      try files.syncDirectory(LogPaths.directory(partition))
    }
    try verify(last, log: log, path: path)
    return state
  }

  /// Removes segments that begin beyond the committed one, and those that lie wholly before the log's start.
  private func removeFiles(_ state: PartitionState) throws(ProwziError) {
    let directory = LogPaths.directory(partition)
    let segments = try files.list(directory).compactMap { LogPaths.parse($0) }
    let bases = Set(segments.filter { $0.kind == .log }.map(\.base)).sorted()
    var hasRemoved = false
    for (base, kind) in segments {
      let following = bases.first { $0 > base }
      let isBeyond = !state.hasSegments || base > state.segmentBase
      let isBefore = state.hasSegments && base < state.segmentBase && (following ?? state.segmentBase) <= state.logStart
      if isBeyond || isBefore {
        try files.remove(LogPaths.file(partition, base: base, kind))
        hasRemoved = true
      }
    }
    if hasRemoved { try files.syncDirectory(directory) }
  }

  /// Holds the indexes against the journal and the log.
  /// - Returns: the last committed batch; `nil` where the indexes must be rebuilt.
  private func checkIndexes(
    _ state: PartitionState, log: any FileHandle, path: String, index: any FileHandle, timeIndex: any FileHandle
  ) throws(ProwziError) -> (header: BatchHeader, position: Int)? {
    var bytes: [UInt8] = []
    try index.read(at: 0, count: state.indexLength, appendingTo: &bytes)
    var times: [UInt8] = []
    try timeIndex.read(at: 0, count: state.timeIndexLength, appendingTo: &times)
    guard bytes.count == state.indexLength, times.count == state.timeIndexLength else { return nil }
    var previous = OffsetIndex.Entry(relativeOffset: -1, position: 0)
    for at in stride(from: 0, to: bytes.count, by: OffsetIndex.entrySize) {
      let entry = OffsetIndex.entry(bytes, at: at)
      guard entry.relativeOffset > previous.relativeOffset, entry.position > previous.position else { return nil }
      previous = entry
    }
    var previousTime: TimeIndex.Entry?
    for at in stride(from: 0, to: times.count, by: TimeIndex.entrySize) {
      let entry = TimeIndex.entry(times, at: at)
      if let last = previousTime, entry.timestamp <= last.timestamp || entry.relativeOffset <= last.relativeOffset { return nil }
      guard entry.timestamp <= state.maxTimestamp, entry.relativeOffset >= 0 else { return nil }
      previousTime = entry
    }
    guard Int(previous.position) < state.segmentLength else { return nil }
    var walker = BatchWalker(
      file: log, path: path, limit: state.segmentLength, position: Int(previous.position), expected: bytes.isEmpty ? state.segmentBase : nil
    )
    if !bytes.isEmpty {
      // The entry itself may be wrong; the log decides.
      var copy = walker
      let first: (header: BatchHeader, position: Int)?
      do throws(ProwziError) { first = try copy.next() } catch { return nil }
      guard let first, first.header.lastOffset.value - state.segmentBase.value == Int64(previous.relativeOffset) else { return nil }
    }
    return try last(of: &walker, state: state, path: path)
  }

  private func last(of walker: inout BatchWalker, state: PartitionState, path: String) throws(ProwziError) -> (BatchHeader, Int) {
    var last: (header: BatchHeader, position: Int)?
    while let batch = try walker.next() { last = batch }
    guard let last, last.header.lastOffset.value + 1 == state.highWatermark.value else {
      throw .corrupt(
        "the log ends before offset \(state.highWatermark), up to which it is committed", file: path, offset: last?.header.lastOffset,
        byte: last?.position ?? 0)
    }
    return last
  }

  private func verify(_ batch: (header: BatchHeader, position: Int), log: any FileHandle, path: String) throws(ProwziError) {
    var bytes: [UInt8] = []
    try log.read(at: batch.position, count: batch.header.sizeInBytes, appendingTo: &bytes)
    do throws(ProwziError) {
      _ = try RecordBatch.verifyChecksum(bytes.span, at: 0)
    } catch {
      throw .corrupt(
        "the last committed batch is not valid", file: path, offset: batch.header.baseOffset, byte: batch.position,
        cause: "\(error.code): \(error.message)")
    }
  }
}

/// Writes the indexes of one segment again from its log.
struct IndexBuilder {
  let state: PartitionState
  let log: any FileHandle
  let path: String

  /// - Returns: the last batch. The new lengths and the largest timestamp are put into `state`.
  func rebuild(
    _ state: inout PartitionState, index: any FileHandle, timeIndex: any FileHandle
  ) throws(ProwziError) -> (header: BatchHeader, position: Int) {
    var entries: [UInt8] = []
    var times: [UInt8] = []
    var lastTime: Timestamp?
    var indexedPosition = 0
    var last: (header: BatchHeader, position: Int)?
    state.maxTimestamp = Timestamp(milliseconds: Int64.min)
    var walker = BatchWalker(file: log, path: path, limit: state.segmentLength, expected: state.segmentBase)
    while let (header, position) = try walker.next() {
      if header.maxTimestamp > state.maxTimestamp {
        state.maxTimestamp = header.maxTimestamp
        state.maxTimestampOffset = header.lastOffset
      }
      if position == 0 { state.firstTimestamp = header.baseTimestamp }
      if position - indexedPosition > OffsetIndex.interval {
        entries.append(bigEndian: Int32(header.lastOffset.value - state.segmentBase.value))
        entries.append(bigEndian: Int32(position))
        indexedPosition = position
        if lastTime.map({ state.maxTimestamp > $0 }) ?? true {
          times.append(bigEndian: state.maxTimestamp.milliseconds)
          times.append(bigEndian: Int32(state.maxTimestampOffset.value - state.segmentBase.value))
          lastTime = state.maxTimestamp
        }
      }
      last = (header, position)
    }
    guard let last, last.header.lastOffset.value + 1 == state.highWatermark.value else {
      throw .corrupt(
        "the log ends before offset \(state.highWatermark), up to which it is committed", file: path, offset: last?.header.lastOffset,
        byte: last?.position ?? 0)
    }
    try index.truncate(to: 0)
    try index.write(entries.span, at: 0)
    try timeIndex.truncate(to: 0)
    try timeIndex.write(times.span, at: 0)
    state.indexLength = entries.count
    state.timeIndexLength = times.count
    return last
  }
}
