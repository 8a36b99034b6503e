import Model

/// How a transaction ended.
public enum ControlMarker: Int16, Sendable, CaseIterable {
  case abort = 0
  case commit = 1
}

/// What the one record of a control batch says.
///
/// *Shape*: key = version i16, type i16; value = version i16, coordinatorEpoch i32; big-endian. *Source*: Kafka, `ControlRecordType.java`
/// and `EndTransactionMarker.java`.
public struct ControlRecord: Sendable, Equatable {
  public var marker: ControlMarker
  public var coordinatorEpoch: Int32

  public init(marker: ControlMarker, coordinatorEpoch: Int32) {
    self.marker = marker
    self.coordinatorEpoch = coordinatorEpoch
  }

  /// Reads a record of a batch whose header says `isControl`.
  /// - Returns: `nil` for a type that is no end of a transaction, such as Raft's: such a record is passed over.
  /// - Throws: `batch.bad_control` where the key or the value is too short or has a negative version.
  public static func read(_ index: Int, of buffer: RecordBuffer) throws(ProwziError) -> ControlRecord? {
    let layout = buffer.records[index]
    guard let key = layout.key, key.count >= 4, buffer.bytes.bigEndian(at: key.lowerBound, as: Int16.self) >= 0 else {
      throw ProwziError(.batchBadControl, "The key of a control record is no version and type", place: "offset \(layout.offset)")
    }
    guard let marker = ControlMarker(rawValue: buffer.bytes.bigEndian(at: key.lowerBound + 2)) else { return nil }
    guard let value = layout.value, value.count >= 6, buffer.bytes.bigEndian(at: value.lowerBound, as: Int16.self) >= 0 else {
      throw ProwziError(.batchBadControl, "The value of a control record is no version and epoch", place: "offset \(layout.offset)")
    }
    return ControlRecord(marker: marker, coordinatorEpoch: buffer.bytes.bigEndian(at: value.lowerBound + 2))
  }
}

extension RecordBatch {
  /// Appends the control batch with which a coordinator ends a producer's transaction.
  @discardableResult
  public static func encode(
    _ control: ControlRecord, baseOffset: Offset, timestamp: Timestamp, partitionLeaderEpoch: Int32 = 0, producerID: Int64,
    producerEpoch: Int16, appendingTo output: inout [UInt8]
  ) throws(ProwziError) -> BatchHeader {
    var key: [UInt8] = []
    key.append(bigEndian: Int16(0))
    key.append(bigEndian: control.marker.rawValue)
    var value: [UInt8] = []
    value.append(bigEndian: Int16(0))
    value.append(bigEndian: control.coordinatorEpoch)
    var buffer = RecordBuffer()
    buffer.append(timestamp: timestamp, key: key, value: value)
    let options = Options(producerID: producerID, producerEpoch: producerEpoch, isTransactional: true, isControl: true)
    return try encode(
      buffer, 0..<1, baseOffset: baseOffset, partitionLeaderEpoch: partitionLeaderEpoch, codec: .none, compressor: NoCompressor(),
      options: options, appendingTo: &output)
  }
}

/// Copies what is not to be compressed and refuses every real codec: for control batches, tests and tools that need no C library.
public struct NoCompressor: Compressor {
  public init() {}

  public func compress(_ bytes: Span<UInt8>, with codec: Codec, appendingTo output: inout [UInt8]) throws(ProwziError) {
    guard codec == .none else { throw Self.unsupported(codec) }
    output.append(copying: bytes)
  }

  public func decompress(_ bytes: Span<UInt8>, with codec: Codec, limit: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    guard codec == .none else { throw Self.unsupported(codec) }
    guard bytes.count <= limit else {
      throw ProwziError("codec.too_large", "\(bytes.count) bytes are more than the limit of \(limit)")
    }
    output.append(copying: bytes)
  }

  private static func unsupported(_ codec: Codec) -> ProwziError {
    ProwziError("codec.unsupported", "The codec \(codec.name) is not available here")
  }
}
