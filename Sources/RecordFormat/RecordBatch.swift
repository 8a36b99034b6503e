import Model

/// Kafka's record batch, version 2: written from a `RecordBuffer`, read into one.
///
/// ```swift
/// var bytes: [UInt8] = []
/// try RecordBatch.encode(buffer, 0..<buffer.count, baseOffset: next, codec: .zstd, compressor: compressor, appendingTo: &bytes)
/// var decoded = RecordBuffer()
/// let header = try RecordBatch.decode(bytes, at: 0, compressor: compressor, into: &decoded)
/// ```
///
/// *Determinism*: without a codec the bytes are a function of the arguments. *Source*: Kafka, `DefaultRecordBatch.java` and
/// `DefaultRecord.java`.
public enum RecordBatch {
  /// The largest batch, compressed or not, that is written or read unless the caller says otherwise: 64 MiB.
  public static let defaultLimit = Limits.batchBytes

  /// What the header of a written batch says besides its records.
  public struct Options: Sendable, Equatable {
    /// -1 for a producer that is not idempotent.
    public var producerID: Int64
    public var producerEpoch: Int16
    /// The sequence number of the first record; -1 without a producer.
    public var baseSequence: Int32
    public var isTransactional: Bool
    public var isControl: Bool

    public init(
      producerID: Int64 = -1, producerEpoch: Int16 = -1, baseSequence: Int32 = -1, isTransactional: Bool = false, isControl: Bool = false
    ) {
      self.producerID = producerID
      self.producerEpoch = producerEpoch
      self.baseSequence = baseSequence
      self.isTransactional = isTransactional
      self.isControl = isControl
    }
  }

  /// Reads the header at `position` and compares the checksum with the bytes it covers, without looking at the records.
  ///
  /// For recovery and `prowzi log verify`. What lies before byte 21 (base offset, leader epoch) is not covered: Kafka leaves it to the broker.
  /// - Throws: what `BatchHeader.read` throws, `batch.truncated` or `batch.bad_checksum`.
  @discardableResult
  public static func verifyChecksum(_ bytes: Span<UInt8>, at position: Int, limit: Int = defaultLimit) throws(ProwziError) -> BatchHeader {
    let header = try BatchHeader.read(bytes, at: position, maximumSize: limit)
    guard bytes.count - position >= header.sizeInBytes else {
      throw ProwziError(
        .batchTruncated, "The bytes end inside a batch: \(bytes.count - position) of \(header.sizeInBytes) are there",
        place: "byte \(bytes.count)")
    }
    let covered = position + BatchHeader.checksummedFrom..<position + header.sizeInBytes
    let found = CRC32C.checksum(of: bytes.extracting(covered))
    guard found == header.checksum else {
      throw ProwziError(
        .batchBadChecksum,
        "The checksum of a batch is \(header.checksum), but its bytes \(covered.lowerBound)..<\(covered.upperBound) give \(found)",
        place: "byte \(position + 17)")
    }
    return header
  }

  /// The same over an array.
  @discardableResult
  public static func verifyChecksum(_ bytes: [UInt8], at position: Int, limit: Int = defaultLimit) throws(ProwziError) -> BatchHeader {
    try verifyChecksum(bytes.span, at: position, limit: limit)
  }
}
