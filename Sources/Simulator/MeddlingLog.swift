import Model
import Ports
import RecordFormat
import Stages

/// A log that does something else with a commit than it was told, or shows something else than there is.
final class MeddlingLog: LogReader, LogWriter {
  let base: any LogReader & LogWriter
  let changesCommit: @Sendable (Commit) -> Commit

  init(_ base: any LogReader & LogWriter, changesCommit: @escaping @Sendable (Commit) -> Commit) {
    self.base = base
    self.changesCommit = changesCommit
  }

  func commit(_ commit: Commit) throws(ProwziError) -> [Offset] { try base.commit(changesCommit(commit)) }
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
}

/// A reader to whom topics appear one after the other: of one derived topic it shows less than the commit that it shows of the others.
final class TearingReader: LogReader {
  let base: any LogReader

  init(_ base: any LogReader) { self.base = base }

  func topics() -> [TopicDefinition] { base.topics() }
  func bounds(of partition: TopicPartition) throws(ProwziError) -> PartitionBounds {
    var bounds = try base.bounds(of: partition)
    if partition.topic == DerivedTopic.banded.name, bounds.highWatermark > .zero {
      bounds.highWatermark = bounds.highWatermark.advanced(by: -1)
    }
    return bounds
  }
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
}
