import Model
import Ports
import RecordFormat

extension SegmentLog {
  public func offset(in partition: TopicPartition, atOrAfter time: Timestamp) throws(ProwziError) -> Offset {
    let state = try visibleState(of: partition)
    for base in try segments(of: partition, state) {
      if base != state.segmentBase, let newest = try newestTimestamp(partition, state, base: base), newest < time { continue }
      if base == state.segmentBase, state.maxTimestamp < time { continue }
      if let offset = try search(partition, state, base: base, time: time) { return offset }
    }
    return state.highWatermark
  }

  /// The largest timestamp of a closed segment: the last entry of its time index.
  /// - Returns: `nil` where the index is missing or empty, so that the segment must be searched.
  func newestTimestamp(_ partition: TopicPartition, _ state: PartitionState, base: Offset) throws(ProwziError) -> Timestamp? {
    guard let (file, length) = try index(partition, state, base: base, .timeindex), length >= TimeIndex.entrySize else { return nil }
    return try TimeIndex.entry(file, number: length / TimeIndex.entrySize - 1)?.timestamp
  }

  /// The first offset in one segment whose timestamp is at or after `time`.
  ///
  /// An entry (t, o) says that nothing before the batch that ends with `o` is newer than or as new as `t`. So the search begins at the batch of the
  /// last entry at or before `time`, and finds the first even where timestamps are out of order.
  private func search(
    _ partition: TopicPartition, _ state: PartitionState, base: Offset, time: Timestamp
  ) throws(ProwziError) -> Offset? {
    let path = LogPaths.file(partition, base: base, .log)
    let file = try files.open(path, .read)
    let limit = base == state.segmentBase ? state.segmentLength : try file.size()
    var start = base
    if let (index, length) = try index(partition, state, base: base, .timeindex),
      let entry = try TimeIndex.floor(index, length: length, timestamp: time), entry.relativeOffset > 0
    {
      start = Offset(base.value + Int64(entry.relativeOffset))
    }
    var walker = try indexedWalker(partition, state, base: base, to: start, file: file, path: path, limit: limit)
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
