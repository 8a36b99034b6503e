import Model
import Ports
import RecordFormat

extension SegmentLog {
  public func offset(in partition: TopicPartition, atOrAfter time: Timestamp) throws(ProwziError) -> Offset {
    let state = try visibleState(of: partition)
    for base in try segments(of: partition, state) {
      if base == state.segmentBase, state.maxTimestamp < time { continue }
      if let offset = try search(partition, state, base: base, time: time) { return offset }
    }
    return state.highWatermark
  }

  /// Whether all of a closed segment is older than `time`.
  ///
  /// A segment goes for good by this answer, so the index alone is not believed: what it says is old is looked at in the log's headers.
  /// - Returns: `false` where the index is missing or the segment cannot be read: both stay.
  func isOlder(
    _ partition: TopicPartition, _ state: PartitionState, base: Offset, than time: Timestamp
  ) throws(ProwziError) -> Bool {
    guard let (index, length) = try index(partition, state, base: base, .timeindex), length >= TimeIndex.entrySize,
      let newest = try TimeIndex.entry(index, number: length / TimeIndex.entrySize - 1)?.timestamp, newest < time
    else { return false }
    let path = LogPaths.file(partition, base: base, .log)
    let file = try files.open(path, .read)
    var walker = BatchWalker(file: file, path: path, limit: try file.size(), expected: base)
    do throws(ProwziError) {
      while let (header, _) = try walker.next() {
        guard header.maxTimestamp < time else { return false }
      }
    } catch {
      guard error.code == .logCorrupt else { throw error }
      return false
    }
    return true
  }

  /// The first offset in one segment whose timestamp is at or after `time`.
  ///
  /// An entry (t, o) says that nothing before the batch that ends with `o` is newer than or as new as `t`. So the search begins at the batch of the
  /// last entry at or before `time`, and finds the first even where timestamps are out of order. A segment that is older as a whole has its last entry
  /// there, and ends soon behind it.
  private func search(
    _ partition: TopicPartition, _ state: PartitionState, base: Offset, time: Timestamp
  ) throws(ProwziError) -> Offset? {
    let path = LogPaths.file(partition, base: base, .log)
    let file = try files.open(path, .read)
    let limit = base == state.segmentBase ? state.segmentLength : try file.size()
    var walker = BatchWalker(file: file, path: path, limit: limit, expected: base)
    if let (index, length) = try index(partition, state, base: base, .timeindex),
      let entry = try TimeIndex.floor(index, length: length, timestamp: time), entry.relativeOffset > 0
    {
      let end = Offset(base.value + Int64(entry.relativeOffset))
      var ahead = try indexedWalker(partition, state, base: base, to: end, file: file, path: path, limit: limit)
      var found = ahead
      // The entry may be wrong; the log decides whether such a batch is there.
      while let (header, _) = try ahead.next() {
        guard header.lastOffset >= end else {
          found = ahead
          continue
        }
        if header.lastOffset == end, header.maxTimestamp == entry.timestamp { walker = found }
        break
      }
    }
    while let (header, position) = try walker.next() {
      guard header.maxTimestamp >= time, header.lastOffset >= state.logStart, !header.isControl else { continue }
      var cursor = Cursor(
        partition: partition, next: header.baseOffset, expected: header.baseOffset, base: base, path: path, file: file, position: position)
      var buffer = RecordBuffer()
      _ = try cursor.decode(limit: limit, readAhead: header.sizeInBytes, compressor: compressor, into: &buffer)
      if let record = buffer.records.first(where: { $0.timestamp >= time && $0.offset >= state.logStart }) { return record.offset }
    }
    return nil
  }
}
