import Fold
import Model
import Ports
import RecordFormat
import Stages

/// What a partition of a log holds.
public struct PartitionStatus: Sendable, Equatable {
  public var target: TopicPartition
  public var bounds: PartitionBounds
  /// The observed times of the first and the last record that is no control record; `nil` where there is none.
  public var first: Timestamp?
  public var last: Timestamp?
  /// Of a raw partition: records not folded yet.
  public var lag: Int?

  public var records: Int {
    // On a cluster some offsets are transactions' markers.
    Int(max(0, min(bounds.highWatermark.value, bounds.recordCount ?? .max) - bounds.logStart.value))
  }
}

/// What a log holds, topic by topic.
public enum LogStatus {
  /// - Parameter fold: whose position the lag is measured against.
  /// - Complexity: two batches read for each partition, whatever the size of the log.
  public static func partitions(of log: any LogReader, fold: String) throws(ProwziError) -> [PartitionStatus] {
    var found: [PartitionStatus] = []
    for topic in log.topics() {
      for var status in try partitions(of: log, topic: topic.name) {
        if topic.name == .raw {
          let next = try log.position(of: fold, in: status.target.partition)?.next ?? status.bounds.logStart
          status.lag = max(0, status.bounds.highWatermark.distance(from: next))
        }
        found.append(status)
      }
    }
    return found
  }

  /// One topic's partitions, without lag.
  static func partitions(of log: any LogReader, topic: TopicName) throws(ProwziError) -> [PartitionStatus] {
    var found: [PartitionStatus] = []
    for target in try log.partitions(of: topic) {
      let bounds = try log.bounds(of: target)
      var status = PartitionStatus(target: target, bounds: bounds)
      status.first = try firstTime(log, target)
      status.last = try lastTime(log, target, bounds)
      found.append(status)
    }
    return found
  }

  private static func firstTime(_ log: any LogReader, _ target: TopicPartition) throws(ProwziError) -> Timestamp? {
    var time: Timestamp?
    // A new log begins with a configuration record, which says nothing about when something was observed.
    var seen = 0
    try log.walk(target) { (records, index) throws(ProwziError) in
      seen += 1
      if !records.isControl(index) { time = records.records[index].timestamp }
      return time == nil && seen < 1000
    }
    return time
  }

  private static func lastTime(
    _ log: any LogReader, _ target: TopicPartition, _ bounds: PartitionBounds
  ) throws(ProwziError) -> Timestamp? {
    var time: Timestamp?
    var back = 1
    while time == nil, back <= 1000, bounds.highWatermark > bounds.logStart {
      let from = max(bounds.logStart, bounds.highWatermark.advanced(by: -back))
      try log.walk(target, from: from) { (records, index) throws(ProwziError) in
        if !records.isControl(index) { time = records.records[index].timestamp }
        return true
      }
      if from == bounds.logStart { break }
      back *= 10
    }
    return time
  }
}

extension RecordBuffer {
  /// Whether a record of `prowzi.raw` governs the fold instead of feeding it.
  public func isControl(_ index: Int) -> Bool {
    guard let type = header("ce_type", of: index) else { return false }
    return bytes[type].starts(with: FoldControl.typePrefix.utf8)
  }
}
