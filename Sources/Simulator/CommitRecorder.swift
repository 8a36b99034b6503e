import Model
import Ports
import RecordFormat

/// A log that tells of each commit before and after it is made: how the model learns what is wanted, and what was promised.
final class CommitRecorder: LogReader, LogWriter {
  private let base: any LogReader & LogWriter
  private let attempt: @Sendable (Commit) -> Void
  private let acknowledged: @Sendable (Commit) -> Void

  init(
    _ base: any LogReader & LogWriter, attempt: @escaping @Sendable (Commit) -> Void, acknowledged: @escaping @Sendable (Commit) -> Void
  ) {
    self.base = base
    self.attempt = attempt
    self.acknowledged = acknowledged
  }

  func commit(_ commit: Commit) throws(ProwziError) -> [Offset] {
    attempt(commit)
    let offsets = try base.commit(commit)
    acknowledged(commit)
    return offsets
  }

  func close() { base.close() }
  func topics() -> [TopicDefinition] { base.topics() }
  func bounds(of partition: TopicPartition) throws(ProwziError) -> PartitionBounds { try base.bounds(of: partition) }
  func position(of fold: String, in partition: PartitionIndex) throws(ProwziError) -> FoldPosition? {
    try base.position(of: fold, in: partition)
  }
  func offset(in partition: TopicPartition, atOrAfter time: Timestamp) throws(ProwziError) -> Offset {
    try base.offset(in: partition, atOrAfter: time)
  }
  func read(
    _ partition: TopicPartition, from offset: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset {
    try base.read(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes, into: &buffer)
  }
  func waitForCommit(timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    try base.waitForCommit(timeoutMilliseconds: timeoutMilliseconds)
  }
  var version: UInt64 { base.version }
  func waitForCommit(after seen: UInt64, timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    try base.waitForCommit(after: seen, timeoutMilliseconds: timeoutMilliseconds)
  }
}
