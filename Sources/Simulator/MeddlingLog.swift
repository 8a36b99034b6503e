import Model
import Ports
import RecordFormat
import Stages

/// A log that does something else with a commit than it was told, or shows something else than there is.
final class MeddlingLog: ForwardingLog, LogWriter {
  let base: any LogReader & LogWriter
  let changesCommit: @Sendable (Commit) -> Commit

  init(_ base: any LogReader & LogWriter, changesCommit: @escaping @Sendable (Commit) -> Commit) {
    self.base = base
    self.changesCommit = changesCommit
  }

  func commit(_ commit: Commit) throws(ProwziError) -> [Offset] { try base.commit(changesCommit(commit)) }
  func close() { base.close() }
  var behind: any LogReader { base }
}

/// A reader to whom topics appear one after the other: of one derived topic it shows less than the commit that it shows of the others.
final class TearingReader: ForwardingLog {
  let behind: any LogReader

  init(_ base: any LogReader) { behind = base }

  func bounds(of partition: TopicPartition) throws(ProwziError) -> PartitionBounds {
    var bounds = try behind.bounds(of: partition)
    if partition.topic == DerivedTopic.banded.name, bounds.highWatermark > .zero {
      bounds.highWatermark = bounds.highWatermark.advanced(by: -1)
    }
    return bounds
  }
}
