import Model
import Ports
import RecordFormat

/// A log in front of another: whatever a conforming type does not say itself, the one behind answers.
protocol ForwardingLog: LogReader {
  /// The one behind.
  var behind: any LogReader { get }
}

extension ForwardingLog {
  func topics() -> [TopicDefinition] { behind.topics() }
  func bounds(of partition: TopicPartition) throws(ProwziError) -> PartitionBounds { try behind.bounds(of: partition) }
  func position(of fold: String, in partition: PartitionIndex) throws(ProwziError) -> FoldPosition? {
    try behind.position(of: fold, in: partition)
  }
  func offset(in partition: TopicPartition, atOrAfter time: Timestamp) throws(ProwziError) -> Offset {
    try behind.offset(in: partition, atOrAfter: time)
  }
  func read(
    _ partition: TopicPartition, from offset: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset {
    try behind.read(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes, into: &buffer)
  }
  func waitForCommit(timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    try behind.waitForCommit(timeoutMilliseconds: timeoutMilliseconds)
  }
  var version: UInt64 { behind.version }
  func waitForCommit(after seen: UInt64, timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    try behind.waitForCommit(after: seen, timeoutMilliseconds: timeoutMilliseconds)
  }
}
