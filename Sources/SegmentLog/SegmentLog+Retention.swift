import Model
import Ports

extension SegmentLog {
  /// Removes the oldest segments of the owner's topics: those whose newest record is older than the topic keeps records, and those that make a
  /// partition larger than the topic allows. Whole segments only, and never the one that is written to.
  ///
  /// The new start of the log is committed before any file goes, so that no reader is promised what is not there.
  /// - Parameter now: what "older" is counted from.
  /// - Returns: how many segments were removed.
  /// - Throws: `log.read_only`, `log.failed`, or what the file system throws; files that could not be removed go at the next opening.
  @discardableResult
  public func enforceRetention(now: Timestamp) throws(ProwziError) -> Int {
    let writer = try requireWriter()
    var count = 0
    for topic in topics() where topic.owner == writer.owner {
      guard topic.retentionMilliseconds != nil || topic.retentionBytes != nil else { continue }
      for index in 0..<topic.partitions {
        count += try enforceRetention(of: TopicPartition(topic: topic.name, partition: PartitionIndex(index)), topic, now: now, writer)
      }
    }
    return count
  }

  private func enforceRetention(
    of partition: TopicPartition, _ topic: TopicDefinition, now: Timestamp, _ writer: CommitQueue
  ) throws(ProwziError) -> Int {
    try writer.reserve([partition])
    defer { writer.release([partition]) }
    let segment = writer.writers[partition]!
    let bases = try segments(of: partition, segment.state)
    var removed: [Offset] = []
    var removedBytes = 0
    for base in bases where base != segment.state.segmentBase {
      let size = try files.open(LogPaths.file(partition, base: base, .log), .read).size()
      let isTooLarge = topic.retentionBytes.map { Int64(segment.state.sizeInBytes - removedBytes) > $0 } ?? false
      var isTooOld = false
      if let limit = topic.retentionMilliseconds {
        isTooOld = try isOlder(partition, segment.state, base: base, than: Timestamp(milliseconds: now.milliseconds - limit))
      }
      guard isTooLarge || isTooOld else { break }
      removed.append(base)
      removedBytes += size
    }
    guard !removed.isEmpty else { return 0 }
    segment.setLogStart(bases[removed.count], removedBytes: removedBytes)
    try writer.waitUntilDurable(writer.enqueue(CommitQueue.Change(partitions: [(partition, segment.state)])))
    for base in removed {
      for kind in LogPaths.Kind.allCases {
        let path = LogPaths.file(partition, base: base, kind)
        if try files.exists(path) { try files.remove(path) }
      }
    }
    try files.syncDirectory(LogPaths.directory(partition))
    return removed.count
  }
}
