import Disk
import Dispatch
import Model
import Ports
import RecordFormat
import Runtime
import Stages
import Synchronization

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
    let failure = Mutex<ProwziError?>(nil)
    let partitions = directory.partitions
    DispatchQueue.concurrentPerform(iterations: threads) { worker in
      do throws(ProwziError) {
        for index in stride(from: worker, to: partitions, by: threads) {
          for topic in topics { try readAll(TopicPartition(topic: topic, partition: PartitionIndex(index))) }
        }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
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
    let files = DiskFileSystem(root: directory.path)
    let names = ["bare.data", "bare.journal"]
    for name in names where try files.exists(name) { try files.remove(name) }
    let plain = try files.open(names[0], .createNew)
    let journal = try files.open(names[1], .createNew)
    let start = ContinuousClock.now
    for number in 0..<pieces {
      try plain.write(piece.span, at: number * piece.count)
      try plain.sync()
      try journal.write(piece.span.extracting(0..<min(256, piece.count)), at: number * 256)
      try journal.sync()
    }
    let elapsed = (ContinuousClock.now - start).inSeconds
    for name in names { try files.remove(name) }
    return elapsed
  }
}
