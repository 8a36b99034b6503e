import Model
import Ports
import RecordFormat

/// One record with everything that is logically in it: what two records must share to be the same record.
public struct LogRecord: Sendable, Equatable {
  public struct Header: Sendable, Equatable {
    public var name: String
    public var value: [UInt8]?

    public init(_ name: String, _ value: [UInt8]?) {
      self.name = name
      self.value = value
    }
  }

  public var place: Coordinates
  public var timestamp: Timestamp
  public var key: [UInt8]?
  public var value: [UInt8]?
  /// In the order of the record.
  public var headers: [Header]

  public init(_ records: RecordBuffer, _ index: Int, at place: Coordinates) {
    let layout = records.records[index]
    self.place = place
    timestamp = layout.timestamp
    key = layout.key.map { Array(records.bytes[$0]) }
    value = layout.value.map { Array(records.bytes[$0]) }
    headers = records.headers(of: index).map { Header($0.name, $0.value) }
  }

  /// A record of a partition as the log gave it.
  public init(_ records: RecordBuffer, _ index: Int, of target: TopicPartition) {
    self.init(
      records, index, at: Coordinates(topic: target.topic, partition: target.partition, offset: records.records[index].offset))
  }

  /// The first header with this name, as text.
  public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value?.displayText }
}

extension LogReader {
  /// The record at a place.
  /// - Returns: `nil` where nothing (any more, or yet) is recorded there.
  /// - Throws: `log.unknown_topic`, `log.corrupt`, the file system's errors.
  public func record(at place: Coordinates) throws(ProwziError) -> LogRecord? {
    guard let target = try partitions(of: place.topic).first(where: { $0.partition == place.partition }) else { return nil }
    let bounds = try bounds(of: target)
    guard place.offset >= bounds.logStart, place.offset < bounds.highWatermark else { return nil }
    var buffer = RecordBuffer()
    _ = try read(target, from: place.offset, maxRecords: 1, maxBytes: 1, into: &buffer)
    guard let index = buffer.records.firstIndex(where: { $0.offset == place.offset }) else { return nil }
    return LogRecord(buffer, index, of: target)
  }
}
