import Model
import Ports
import RecordFormat

extension LogReader {
  /// Goes through the committed records of a partition in order, some thousand in memory at a time.
  ///
  /// - Parameters:
  ///   - from: the first offset; the beginning of the partition where there is none, or where it lies before that.
  ///   - to: the end, excluded; the high watermark of this moment where there is none.
  ///   - body: called with a buffer and a record's place in it; `false` ends the walk.
  /// - Throws: what reading throws: `log.corrupt`, `log.unknown_topic`, the file system's errors.
  /// - Returns: the offset behind the last record given to `body`, or where the walk ended.
  @discardableResult
  public func walk(
    _ partition: TopicPartition, from: Offset? = nil, to: Offset? = nil,
    _ body: (_ records: RecordBuffer, _ index: Int) throws(ProwziError) -> Bool
  ) throws(ProwziError) -> Offset {
    let bounds = try bounds(of: partition)
    let end = min(to ?? bounds.highWatermark, bounds.highWatermark)
    var next = max(from ?? bounds.logStart, bounds.logStart)
    var buffer = RecordBuffer()
    while next < end {
      buffer.removeAll()
      let following = try read(partition, from: next, maxRecords: 4000, maxBytes: 4 << 20, into: &buffer)
      for index in buffer.records.indices {
        let offset = buffer.records[index].offset
        if offset >= end { return end }
        guard try body(buffer, index) else { return offset.advanced(by: 1) }
      }
      guard following > next else { break }
      next = following
    }
    return next
  }

  /// The partitions of a topic.
  /// - Throws: `log.unknown_topic`, with the names there are.
  public func partitions(of topic: TopicName) throws(ProwziError) -> [TopicPartition] {
    guard let definition = topics().first(where: { $0.name == topic }) else {
      throw ProwziError(
        "log.unknown_topic", "there is no topic \(topic)",
        advice: "Choose one: \(topics().map(\.name.text).joined(separator: ", "))")
    }
    return (0..<definition.partitions).map { TopicPartition(topic: topic, partition: PartitionIndex($0)) }
  }
}
