import Events
import Fold
import JSON
import Model
import Ports
import RecordFormat
import Sensors
import Stages

/// Appends what sensors see to `prowzi.raw`, many records a commit.
///
/// *Shape* of a raw record: the value is the sensor's bytes; the key decides the partition by Kafka's own hash; the timestamp is the observed
/// time. Headers: CloudEvents attributes, `prowzi-tenant`, and for a CSV row `prowzi-csv-columns`, the header line of its file.
public struct RawAppender {
  private let log: any LogReader & LogWriter
  private let signer: LogSigner?
  private let partitions: Int
  private var buffers: [RecordBuffer]
  private var pendingRecords = 0
  private var pendingBytes = 0

  /// When what is buffered is committed by itself.
  static let commitRecords = 20_000
  static let commitBytes = 16 << 20

  public init(log: any LogReader & LogWriter, partitions: Int, signer: LogSigner? = nil) {
    self.log = log
    self.signer = signer
    self.partitions = partitions
    buffers = Array(repeating: RecordBuffer(), count: partitions)
  }

  /// Takes a record; it is durable after the next `flush`, or when enough has gathered.
  public mutating func append(
    source: String, contentType: String, value: [UInt8], columns: [UInt8]?, key: [UInt8], observedAt: Timestamp, tenant: String = "shared"
  ) throws(ProwziError) {
    let index = Int(partition(forKey: key, count: partitions).value)
    var id: [UInt8] = []
    SHA256.digest(of: value).appendHex(to: &id, digits: 32)
    var headers: [(name: String, value: [UInt8]?)] = [
      ("ce_specversion", [UInt8](text: "1.0")), ("ce_id", id), ("ce_source", [UInt8](text: "/sensors/\(source)")),
      ("ce_type", [UInt8](text: "io.prowzi.raw.v1")), ("ce_time", [UInt8](text: observedAt.rfc3339)),
      ("content-type", [UInt8](text: contentType)), ("prowzi-tenant", [UInt8](text: tenant)),
    ]
    if let columns { headers.append(("prowzi-csv-columns", columns)) }
    buffers[index].append(timestamp: observedAt, key: key, value: value, headers: headers)
    pendingRecords += 1
    pendingBytes += value.count
    if pendingRecords >= Self.commitRecords || pendingBytes >= Self.commitBytes { try flush() }
  }

  /// Commits what is buffered, to all partitions at once.
  public mutating func flush() throws(ProwziError) {
    var appends: [Commit.Append] = []
    for index in buffers.indices where !buffers[index].isEmpty {
      appends.append(Commit.Append(target: TopicPartition(topic: .raw, partition: PartitionIndex(index)), records: buffers[index]))
    }
    guard !appends.isEmpty else { return }
    _ = try log.commit(Commit(appends: appends))
    try signer?.committed(appends.map(\.target))
    for index in buffers.indices { buffers[index].removeAll() }
    pendingRecords = 0
    pendingBytes = 0
  }

  /// Signs every raw partition, where the log has a key.
  func sign() throws(ProwziError) {
    try signer?.sign((0..<partitions).map { TopicPartition(topic: .raw, partition: PartitionIndex($0)) })
  }

  /// Appends a control record to partitions (all unless told otherwise), in one commit.
  /// - Parameter reason: why, for people who read the log; goes into the header `prowzi-reason`.
  public func appendControl(
    type: String, value: [UInt8], reason: String? = nil, at time: Timestamp, to chosen: [Int]? = nil
  ) throws(ProwziError) {
    var appends: [Commit.Append] = []
    for index in chosen ?? Array(0..<partitions) {
      let target = TopicPartition(topic: .raw, partition: PartitionIndex(index))
      var id: [UInt8] = []
      SHA256.digest(of: value + [UInt8](text: "\(type)\(time.milliseconds)")).appendHex(to: &id, digits: 32)
      var buffer = RecordBuffer()
      buffer.append(
        timestamp: time, key: nil, value: value,
        headers: [
          ("ce_specversion", [UInt8](text: "1.0")), ("ce_id", id), ("ce_source", [UInt8](text: "/control")),
          ("ce_type", [UInt8](text: type)),
          ("ce_time", [UInt8](text: time.rfc3339)), ("content-type", [UInt8](text: "application/json")),
          ("prowzi-tenant", [UInt8](text: "shared")),
        ] + (reason.map { [("prowzi-reason", [UInt8](text: $0))] } ?? []))
      appends.append(Commit.Append(target: target, records: buffer))
    }
    _ = try log.commit(Commit(appends: appends))
  }
}
