import Model
import Ports
import RecordFormat
import Synchronization

/// The base offsets of a partition's segments, as they were for one committed state.
struct SegmentList: Sendable {
  var logStart: Offset
  var active: Offset
  var bases: [Offset]
}

extension SegmentLog {
  public func read(
    _ partition: TopicPartition, from offset: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset {
    let state = try visibleState(of: partition)
    try check(offset, in: partition, state)
    guard offset < state.highWatermark, maxRecords > 0 else { return offset }
    let firstRecord = buffer.records.count
    let firstByte = buffer.bytes.count
    var next = offset
    do throws(ProwziError) {
      var cursor: Cursor
      if let kept = cursors.take(partition, at: offset) { cursor = kept } else { cursor = try seek(partition, state, to: offset) }
      var limit = try limit(of: cursor, state)
      while next < state.highWatermark, buffer.records.count - firstRecord < maxRecords, buffer.bytes.count - firstByte < maxBytes {
        if cursor.position >= limit {
          cursor = try following(cursor, state)
          limit = try self.limit(of: cursor, state)
        }
        let before = buffer.records.count
        let header = try cursor.decode(limit: limit, readAhead: options.readAheadBytes, compressor: compressor, into: &buffer)
        if header.isControl { buffer.records.removeSubrange(before...) }
        if next > header.baseOffset {
          let unwanted = buffer.records[before...].prefix { $0.offset < next }.count
          buffer.records.removeSubrange(before..<before + unwanted)
        }
        next = cursor.next
      }
      cursor.trim(to: options.readAheadBytes)
      cursors.keep(cursor)
    } catch {
      // What was read before the error is good; the next read begins with the error.
      guard next == offset else { return next }
      // A writer's retention may have been faster than this reader's look at the journal.
      if error.code == "file.not_found" || error.code == .logCorrupt {
        _ = try poll()
        try check(offset, in: partition, try visibleState(of: partition))
      }
      if error.code == "file.not_found" { throw .missingSegment(partition, offset: offset) }
      throw error
    }
    return next
  }

  private func check(_ offset: Offset, in partition: TopicPartition, _ state: PartitionState) throws(ProwziError) {
    guard offset >= state.logStart, offset <= state.highWatermark else {
      throw ProwziError(
        .logOffsetOutOfRange, "offset \(offset) is not in the log, which has \(state.logStart)..<\(state.highWatermark)",
        place: "\(partition)", advice: "Begin at an offset in that range")
    }
  }

  /// How far the cursor's file is committed. A segment behind which another is committed is committed whole.
  private func limit(of cursor: Cursor, _ state: PartitionState) throws(ProwziError) -> Int {
    cursor.base == state.segmentBase ? state.segmentLength : try cursor.file.size()
  }

  /// The beginning of the next segment.
  private func following(_ cursor: Cursor, _ state: PartitionState) throws(ProwziError) -> Cursor {
    let bases = try segments(of: cursor.partition, state)
    guard let base = bases.first(where: { $0 > cursor.base }), base == cursor.expected else {
      throw .corrupt(
        "the segment ends before the next one begins", file: cursor.path, offset: cursor.expected, byte: cursor.position)
    }
    let path = LogPaths.file(cursor.partition, base: base, .log)
    return Cursor(
      partition: cursor.partition, next: cursor.next, expected: base, base: base, path: path, file: try files.open(path, .read), position: 0
    )
  }

  /// A cursor before the batch that holds `offset`.
  func seek(_ partition: TopicPartition, _ state: PartitionState, to offset: Offset) throws(ProwziError) -> Cursor {
    let bases = try segments(of: partition, state)
    guard let base = bases.last(where: { $0 <= offset }) else { throw .missingSegment(partition, offset: offset) }
    let path = LogPaths.file(partition, base: base, .log)
    let file = try files.open(path, .read)
    let limit = base == state.segmentBase ? state.segmentLength : try file.size()
    var walker = try indexedWalker(partition, state, base: base, to: offset, file: file, path: path, limit: limit)
    while let (header, position) = try walker.next() {
      if header.lastOffset >= offset {
        return Cursor(
          partition: partition, next: offset, expected: header.baseOffset, base: base, path: path, file: file, position: position)
      }
    }
    throw .corrupt("the segment ends before offset \(offset)", file: path, offset: offset, byte: limit)
  }

  /// A walker that begins as near before `offset` as the index says; at the segment's beginning where the index is missing or wrong.
  func indexedWalker(
    _ partition: TopicPartition, _ state: PartitionState, base: Offset, to offset: Offset, file: any FileHandle, path: String, limit: Int
  ) throws(ProwziError) -> BatchWalker {
    let fromStart = BatchWalker(file: file, path: path, limit: limit, expected: base)
    guard let (index, length) = try index(partition, state, base: base, .index),
      let entry = try OffsetIndex.floor(index, length: length, relativeOffset: offset.value - base.value),
      entry.position > 0, Int(entry.position) < limit
    else { return fromStart }
    let walker = BatchWalker(file: file, path: path, limit: limit, position: Int(entry.position))
    var copy = walker
    let first: (header: BatchHeader, position: Int)?
    do throws(ProwziError) { first = try copy.next() } catch { return fromStart }
    guard let first, first.header.lastOffset.value == base.value + Int64(entry.relativeOffset) else { return fromStart }
    return walker
  }

  /// An index file and how much of it is to be looked at; `nil` where there is none.
  func index(
    _ partition: TopicPartition, _ state: PartitionState, base: Offset, _ kind: LogPaths.Kind
  ) throws(ProwziError) -> (file: any FileHandle, length: Int)? {
    let path = LogPaths.file(partition, base: base, kind)
    guard try files.exists(path) else { return nil }
    let file = try files.open(path, .read)
    let size = try file.size()
    guard base == state.segmentBase else { return (file, size) }
    return (file, min(size, kind == .index ? state.indexLength : state.timeIndexLength))
  }

  /// The bases of the segments that hold committed records, in order; listed again when the log has rolled or lost its oldest.
  func segments(of partition: TopicPartition, _ state: PartitionState) throws(ProwziError) -> [Offset] {
    guard state.hasSegments else { return [] }
    let known = segmentLists.withLock { $0[partition] }
    if let known, known.active == state.segmentBase, known.logStart == state.logStart { return known.bases }
    let names = try files.list(LogPaths.directory(partition))
    var bases = names.compactMap { LogPaths.parse($0) }.filter { $0.kind == .log && $0.base <= state.segmentBase }.map(\.base).sorted()
    while bases.count > 1, bases[1] <= state.logStart { bases.removeFirst() }
    let list = SegmentList(logStart: state.logStart, active: state.segmentBase, bases: bases)
    segmentLists.withLock { $0[partition] = list }
    return bases
  }
}
