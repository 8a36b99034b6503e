import Fold
import Model
import Ports
import RecordFormat
import Stages

/// The observed times between which a log has raw records, control records not counted.
public struct LogCoverage: Sendable, Equatable {
  public var first: Timestamp
  public var last: Timestamp

  /// - Returns: `nil` for a log without observations.
  /// - Complexity: a few batches of each partition.
  public init?(of log: any LogReader, partitions: Int) throws(ProwziError) {
    var first: Timestamp?
    var last: Timestamp?
    for index in 0..<partitions {
      let target = TopicPartition(topic: .raw, partition: PartitionIndex(index))
      let bounds = try log.bounds(of: target)
      if let time = try Self.time(log, target, from: bounds.logStart, to: min(bounds.highWatermark, bounds.logStart.advanced(by: 1000))) {
        first = min(first ?? time.first, time.first)
        last = max(last ?? time.last, time.last)
      }
      let tail = Offset(max(bounds.logStart.value, bounds.highWatermark.value - 1000))
      if let time = try Self.time(log, target, from: tail, to: bounds.highWatermark) {
        first = min(first ?? time.first, time.first)
        last = max(last ?? time.last, time.last)
      }
    }
    guard let first, let last else { return nil }
    self.first = first
    self.last = last
  }

  private static func time(
    _ log: any LogReader, _ target: TopicPartition, from: Offset, to: Offset
  ) throws(ProwziError) -> (first: Timestamp, last: Timestamp)? {
    var buffer = RecordBuffer()
    var next = from
    while next < to {
      let following = try log.read(target, from: next, maxRecords: next.distance(to: to), maxBytes: 4 << 20, into: &buffer)
      if following == next { break }
      next = following
    }
    var found: (first: Timestamp, last: Timestamp)?
    for index in buffer.records.indices where buffer.records[index].offset < to && !buffer.isFoldControl(index) {
      let time = buffer.records[index].timestamp
      found = (min(found?.first ?? time, time), max(found?.last ?? time, time))
    }
    return found
  }
}

extension Offset {
  fileprivate func distance(to other: Offset) -> Int { other.distance(from: self) }
}

extension RecordBuffer {
  /// Whether a raw record governs the fold instead of feeding it.
  func isFoldControl(_ index: Int) -> Bool {
    guard let type = header("ce_type", of: index) else { return false }
    return bytes[type].starts(with: FoldControl.typePrefix.utf8)
  }
}

extension ReplayRequest {
  /// The windows of all partitions.
  /// - Throws: `replay.empty_window`, `replay.no_stages`; `replay.outside_log` where times are given and nothing was observed between them, with
  ///   the times that the log covers; `replay.not_folded` where nothing of it was folded yet.
  public func windows(in log: any LogReader, partitions: Int) throws(ProwziError) -> [ReplayWindow] {
    try check()
    var windows: [ReplayWindow] = []
    for index in 0..<partitions { windows.append(try ReplayWindow(self, of: PartitionIndex(index), in: log)) }
    // The first record of each partition is a configuration, which was observed by nobody.
    guard from != nil || to != nil, windows.reduce(0, { $0 + $1.count }) <= partitions else { return windows }
    let coverage = try LogCoverage(of: log, partitions: partitions)
    if !windows.allSatisfy(\.isEmpty) {
      guard let to, let coverage, to <= coverage.first else { return windows }
    }
    var isRecorded = false
    for window in windows {
      let raw = TopicPartition(topic: .raw, partition: window.partition)
      let end = try log.bounds(of: raw).highWatermark
      let first = try from.map { time throws(ProwziError) in try log.offset(in: raw, atOrAfter: time) } ?? .zero
      let last = try to.map { time throws(ProwziError) in try log.offset(in: raw, atOrAfter: time) } ?? end
      if first < last, !windows.contains(where: { !$0.isEmpty }) { isRecorded = true }
    }
    let place = [from.map { "--from \($0)" }, to.map { "--to \($0)" }].compactMap { $0 }.joined(separator: " ")
    if isRecorded {
      throw ProwziError(
        "replay.not_folded", "the window's raw records are not folded yet, so there is nothing to fold again", place: place,
        advice: "`prowzi run` folds them.")
    }
    guard let coverage else {
      throw ProwziError("replay.outside_log", "the log has no records", place: place, advice: "`prowzi ingest` brings some in.")
    }
    let what =
      if let from, from > coverage.last {
        "the window begins after the last raw record"
      } else if let to, to <= coverage.first {
        "the window ends before the first raw record"
      } else {
        "no raw record was observed in the window"
      }
    throw ProwziError(
      "replay.outside_log", what, place: place, advice: "The log covers \(coverage.first) to \(coverage.last); choose times between them.")
  }
}
