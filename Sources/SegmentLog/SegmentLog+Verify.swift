import Model
import Ports
import RecordFormat

/// Something wrong in a partition's files.
public struct LogFinding: Sendable, Equatable {
  /// The file, relative to the data directory.
  public var file: String
  /// The offset in the partition, where there is one.
  public var offset: Offset?
  /// The byte in the file.
  public var byte: Int
  public var problem: String
  /// Whether records are damaged or gone. An index can always be built again.
  public var isLoss: Bool

  public init(file: String, offset: Offset?, byte: Int, problem: String, isLoss: Bool) {
    self.file = file
    self.offset = offset
    self.byte = byte
    self.problem = problem
    self.isLoss = isLoss
  }
}

/// One batch and where it lies.
public struct BatchPlace: Sendable {
  /// The file, relative to the data directory.
  public var file: String
  /// The byte in the file at which the batch begins.
  public var position: Int
  public var header: BatchHeader
}

extension SegmentLog {
  /// Walks the headers of a partition's committed batches, in order, from the one that holds `offset`.
  ///
  /// - Parameter body: called with each; `false` ends the walk.
  public func forEachBatch(
    in partition: TopicPartition, from offset: Offset? = nil, _ body: (BatchPlace) throws(ProwziError) -> Bool
  ) throws(ProwziError) {
    let state = try visibleState(of: partition)
    let start = offset ?? state.logStart
    for base in try segments(of: partition, state) {
      let path = LogPaths.file(partition, base: base, .log)
      let file = try files.open(path, .read)
      let limit = base == state.segmentBase ? state.segmentLength : try file.size()
      var walker = BatchWalker(file: file, path: path, limit: limit, expected: base)
      while let (header, position) = try walker.next() {
        if header.lastOffset < start { continue }
        guard try body(BatchPlace(file: path, position: position, header: header)) else { return }
      }
    }
  }

  /// Reads everything committed in a partition: checksums, records, the order of offsets, and both indexes against the log.
  ///
  /// - Returns: what is wrong, in the order of the files; a segment is left at its first damaged batch.
  /// - Complexity: O(bytes of the partition), one batch in memory at a time.
  public func verify(_ partition: TopicPartition) throws(ProwziError) -> [LogFinding] {
    let state = try visibleState(of: partition)
    var findings: [LogFinding] = []
    let bases = try segments(of: partition, state)
    if let first = bases.first, first > state.logStart {
      findings.append(
        LogFinding(
          file: LogPaths.file(partition, base: state.logStart, .log), offset: state.logStart, byte: 0, problem: "the segment is missing",
          isLoss: true))
    }
    for (index, base) in bases.enumerated() {
      let end = index + 1 < bases.count ? bases[index + 1] : state.highWatermark
      var verifier = SegmentVerifier(log: self, partition: partition, base: base, end: end)
      try verifier.run(state)
      findings += verifier.findings
    }
    return findings
  }
}

/// Verifies one segment.
private struct SegmentVerifier {
  let log: SegmentLog
  let partition: TopicPartition
  let base: Offset
  /// Where the next segment begins, or the high watermark.
  let end: Offset
  var findings: [LogFinding] = []
  /// Batches by place, for the indexes.
  private var lastOffsets: [Int: Offset] = [:]
  private var largestTimes: [(lastOffset: Offset, time: Timestamp)] = []

  init(log: SegmentLog, partition: TopicPartition, base: Offset, end: Offset) {
    self.log = log
    self.partition = partition
    self.base = base
    self.end = end
  }

  mutating func run(_ state: PartitionState) throws(ProwziError) {
    let path = LogPaths.file(partition, base: base, .log)
    let file = try log.files.open(path, .read)
    let size = try file.size()
    let limit = base == state.segmentBase ? state.segmentLength : size
    if size < limit { add(path, end, size, "the file has \(size) bytes, and \(limit) are committed", isLoss: true) }
    var cursor = Cursor(partition: partition, next: base, expected: base, base: base, path: path, file: file, position: 0)
    var buffer = RecordBuffer()
    while cursor.position < min(limit, size) {
      buffer.removeAll()
      let position = cursor.position
      do throws(ProwziError) {
        let header = try cursor.decode(
          limit: min(limit, size), readAhead: log.options.readAheadBytes, compressor: log.compressor, into: &buffer)
        lastOffsets[position] = header.lastOffset
        largestTimes.append((header.lastOffset, max(header.maxTimestamp, largestTimes.last?.time ?? header.maxTimestamp)))
        check(header, buffer, path, position)
      } catch {
        guard error.code == .logCorrupt else { throw error }
        add(path, cursor.expected, position, error.message + (error.cause.map { " (\($0))" } ?? ""), isLoss: true)
        return
      }
    }
    if cursor.expected != end { add(path, cursor.expected, cursor.position, "the segment ends before offset \(end)", isLoss: true) }
    try checkOffsetIndex(state)
    try checkTimeIndex(state)
  }

  private mutating func check(_ header: BatchHeader, _ buffer: RecordBuffer, _ path: String, _ position: Int) {
    if header.partitionLeaderEpoch != 0 {
      add(
        path, header.baseOffset, position + 12, "the leader epoch is \(header.partitionLeaderEpoch), and this log writes 0", isLoss: false)
    }
    let newest = buffer.records.map(\.timestamp).max()
    if let newest, newest != header.maxTimestamp {
      add(path, header.baseOffset, position + 35, "the header's largest timestamp is not that of the records", isLoss: false)
    }
  }

  private mutating func checkOffsetIndex(_ state: PartitionState) throws(ProwziError) {
    let path = LogPaths.file(partition, base: base, .index)
    guard let (file, length) = try log.index(partition, state, base: base, .index) else {
      return add(path, base, 0, "the index is missing", isLoss: false)
    }
    var bytes: [UInt8] = []
    try file.read(at: 0, count: length, appendingTo: &bytes)
    for at in stride(from: 0, to: bytes.count - OffsetIndex.entrySize + 1, by: OffsetIndex.entrySize) {
      let entry = OffsetIndex.entry(bytes, at: at)
      let offset = Offset(base.value + Int64(entry.relativeOffset))
      if lastOffsets[Int(entry.position)] != offset {
        add(path, offset, at, "no batch that ends with offset \(offset) begins at byte \(entry.position) of the log", isLoss: false)
      }
    }
    if bytes.count % OffsetIndex.entrySize != 0 { add(path, nil, bytes.count, "the index ends inside an entry", isLoss: false) }
  }

  private mutating func checkTimeIndex(_ state: PartitionState) throws(ProwziError) {
    let path = LogPaths.file(partition, base: base, .timeindex)
    guard let (file, length) = try log.index(partition, state, base: base, .timeindex) else {
      return add(path, base, 0, "the time index is missing", isLoss: false)
    }
    var bytes: [UInt8] = []
    try file.read(at: 0, count: length, appendingTo: &bytes)
    var previous: TimeIndex.Entry?
    var batch = 0
    for at in stride(from: 0, to: bytes.count - TimeIndex.entrySize + 1, by: TimeIndex.entrySize) {
      let entry = TimeIndex.entry(bytes, at: at)
      let offset = Offset(base.value + Int64(entry.relativeOffset))
      while batch < largestTimes.count, largestTimes[batch].lastOffset < offset { batch += 1 }
      if let previous, entry.timestamp <= previous.timestamp {
        add(path, offset, at, "the timestamps do not increase", isLoss: false)
      } else if batch == largestTimes.count || largestTimes[batch].lastOffset != offset || largestTimes[batch].time != entry.timestamp {
        add(path, offset, at, "\(entry.timestamp) is not the largest timestamp up to offset \(offset)", isLoss: false)
      }
      previous = entry
    }
    if base != state.segmentBase, let newest = largestTimes.last?.time, previous?.timestamp != newest {
      add(path, nil, bytes.count, "the last entry is not the segment's largest timestamp", isLoss: false)
    }
    if bytes.count % TimeIndex.entrySize != 0 { add(path, nil, bytes.count, "the time index ends inside an entry", isLoss: false) }
  }

  private mutating func add(_ file: String, _ offset: Offset?, _ byte: Int, _ problem: String, isLoss: Bool) {
    findings.append(LogFinding(file: file, offset: offset, byte: byte, problem: problem, isLoss: isLoss))
  }
}
