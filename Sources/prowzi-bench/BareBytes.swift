import Disk
import Model
import Ports
import RecordFormat
import Runtime
import Stages

/// What this machine takes for the bytes of a folded data directory alone, with nothing done to the records: the limit beside what folds them.
struct BareBytes {
  private let directory: DataDirectory
  private let log: any LogReader

  init(_ directory: DataDirectory) throws(ProwziError) {
    // Opened anew, so that what was committed meanwhile is seen.
    self.directory = try DataDirectory(path: directory.path)
    log = try self.directory.openReader()
  }

  /// Seconds for reading topics from their first record to their last: decompressed, checksums checked.
  func read(_ topics: [TopicName], threads: Int) throws(ProwziError) -> Double {
    let start = ContinuousClock.now
    _ = try Workers.forEach(directory.partitions, threads: threads, stop: StopFlag()) { [self] index throws(ProwziError) in
      for topic in topics { try readAll(TopicPartition(topic: topic, partition: PartitionIndex(index))) }
    }
    return (ContinuousClock.now - start).inSeconds
  }

  private func readAll(_ target: TopicPartition) throws(ProwziError) {
    let bounds = try log.bounds(of: target)
    var next = bounds.logStart
    var buffer = RecordBuffer()
    while next < bounds.highWatermark {
      buffer.removeAll()
      next = try log.read(target, from: next, maxRecords: 4000, maxBytes: 4 << 20, into: &buffer)
    }
  }

  /// Seconds for writing as many bytes as topics have on disk to a plain file, with two syncs for each of so many pieces, as each commit has: one for the data, one
  /// for the journal.
  func write(_ topics: [TopicName], pieces: Int) throws(ProwziError) -> Double {
    var size = 0
    for topic in topics {
      for index in 0..<directory.partitions {
        size += try log.bounds(of: TopicPartition(topic: topic, partition: PartitionIndex(index))).sizeInBytes
      }
    }
    let piece = [UInt8](repeating: 0x5a, count: max(1, size / max(1, pieces)))
    var plain = try PlainFiles(directory.path)
    let start = ContinuousClock.now
    for _ in 0..<pieces { try plain.append(piece.span) }
    let elapsed = (ContinuousClock.now - start).inSeconds
    try plain.remove()
    return elapsed
  }
}

/// A plain file that is synced after every piece, and a second one, of which a few bytes stand for the journal: what commits cost at least.
struct PlainFiles {
  private static let names = ["plain.data", "plain.journal"]
  private static let entryBytes = 256

  private let files: DiskFileSystem
  private let data: any FileHandle
  private let journal: any FileHandle
  /// Bytes written.
  private(set) var size = 0
  private var pieces = 0

  /// Makes both in a folder, empty.
  init(_ folder: String) throws(ProwziError) {
    files = DiskFileSystem(root: folder)
    for name in Self.names where try files.exists(name) { try files.remove(name) }
    data = try files.open(Self.names[0], .createNew)
    journal = try files.open(Self.names[1], .createNew)
  }

  mutating func append(_ piece: Span<UInt8>) throws(ProwziError) {
    try data.write(piece, at: size)
    try data.sync()
    try journal.write(piece.extracting(0..<min(Self.entryBytes, piece.count)), at: pieces * Self.entryBytes)
    try journal.sync()
    size += piece.count
    pieces += 1
  }

  func remove() throws(ProwziError) {
    for name in Self.names { try files.remove(name) }
  }
}
