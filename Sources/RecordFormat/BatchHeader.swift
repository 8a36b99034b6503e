import Model

/// The 61 bytes before the records of a batch, checked.
///
/// *Shape*: big-endian.
///
/// ```
///  0 baseOffset i64            21 attributes i16        43 producerId i64
///  8 batchLength i32           23 lastOffsetDelta i32   51 producerEpoch i16
/// 12 partitionLeaderEpoch i32  27 baseTimestamp i64     53 baseSequence i32
/// 16 magic i8 = 2              35 maxTimestamp i64      57 recordCount i32
/// 17 crc u32 (of bytes 21…)                             61 records
/// ```
///
/// *Source*: Kafka, `DefaultRecordBatch.java`.
public struct BatchHeader: Sendable, Equatable {
  /// The bytes of the header itself.
  public static let size = 61
  /// The bytes of `baseOffset` and `batchLength`, which `batchLength` does not count.
  public static let lengthOverhead = 12
  /// Where what the checksum covers begins.
  static let checksummedFrom = 21
  /// The smallest record: six one-byte fields behind a one-byte length.
  static let smallestRecord = 7

  /// Who wrote the timestamps: attribute bit 3.
  public enum TimestampType: Sendable, Equatable {
    /// The producer: each record has its own.
    case create
    /// The broker: every record has the batch's `maxTimestamp`.
    case append
  }

  public let baseOffset: Offset
  public let batchLength: Int32
  public let partitionLeaderEpoch: Int32
  public let checksum: UInt32
  public let attributes: Int16
  public let lastOffsetDelta: Int32
  public let baseTimestamp: Timestamp
  public let maxTimestamp: Timestamp
  /// -1 where the producer is not idempotent.
  public let producerID: Int64
  public let producerEpoch: Int16
  public let baseSequence: Int32
  public let recordCount: Int32

  public var codec: Codec {
    guard let codec = Codec(rawValue: UInt8(attributes & 7)) else { preconditionFailure("A header is only made with a known codec.") }
    return codec
  }
  public var timestampType: TimestampType { attributes & 8 == 0 ? .create : .append }
  public var isTransactional: Bool { attributes & 16 != 0 }
  /// The batch holds a transaction's marker and no data.
  public var isControl: Bool { attributes & 32 != 0 }
  /// `baseTimestamp` is the moment from which compaction may drop the batch's tombstones.
  public var hasDeleteHorizon: Bool { attributes & 64 != 0 }
  /// The last offset the batch stands for; after compaction there may be no record with it.
  public var lastOffset: Offset { Offset(baseOffset.value + Int64(lastOffsetDelta)) }
  /// The whole batch, header included.
  public var sizeInBytes: Int { Self.lengthOverhead + Int(batchLength) }

  /// Reads and checks the header at `position`. The records need not be there yet; the checksum is not looked at.
  /// - Parameter maximumSize: the largest batch accepted, in bytes.
  /// - Throws: `batch.truncated`, `batch.bad_length`, `batch.bad_magic`, `batch.bad_codec`, `batch.bad_offset` or `batch.bad_count`, each with
  ///   the byte's position in `bytes`.
  public static func read(_ bytes: [UInt8], at position: Int, maximumSize: Int = RecordBatch.defaultLimit) throws(ProwziError)
    -> BatchHeader
  {
    try read(bytes.span, at: position, maximumSize: maximumSize)
  }

  /// The same over a span.
  public static func read(_ bytes: Span<UInt8>, at position: Int, maximumSize: Int = RecordBatch.defaultLimit) throws(ProwziError)
    -> BatchHeader
  {
    precondition(position >= 0 && position <= bytes.count, "A batch is read from a place inside the bytes.")
    guard bytes.count - position >= size else {
      throw ProwziError(
        .batchTruncated, "The bytes end inside the header of a batch: \(bytes.count - position) of \(size) are there",
        place: "byte \(bytes.count)")
    }
    func number<Number: FixedWidthInteger>(_ at: Int, _ type: Number.Type = Number.self) -> Number {
      var value: Number = 0
      for i in 0..<Number.bitWidth / 8 { value = value << 8 | Number(truncatingIfNeeded: bytes[position + at + i]) }
      return value
    }
    let header = BatchHeader(
      baseOffset: Offset(number(0)), batchLength: number(8), partitionLeaderEpoch: number(12), checksum: number(17), attributes: number(21),
      lastOffsetDelta: number(23), baseTimestamp: Timestamp(milliseconds: number(27)), maxTimestamp: Timestamp(milliseconds: number(35)),
      producerID: number(43), producerEpoch: number(51), baseSequence: number(53), recordCount: number(57))
    try header.check(magic: bytes[position + 16], maximumSize: maximumSize, position: position)
    return header
  }

  private func check(magic: UInt8, maximumSize: Int, position: Int) throws(ProwziError) {
    guard magic == 2 else {
      throw ProwziError(
        .batchBadMagic, "The version of a batch is \(magic), and only 2 is read", place: "byte \(position + 16)",
        advice: "Brokers have written version 2 since Kafka 0.11; older segments must be converted by a broker")
    }
    guard batchLength >= Self.size - Self.lengthOverhead, sizeInBytes <= maximumSize else {
      throw ProwziError(
        .batchBadLength, "The length of a batch is \(batchLength); it is at least 49 and here at most \(maximumSize - Self.lengthOverhead)",
        place: "byte \(position + 8)")
    }
    guard baseOffset.value >= 0, lastOffsetDelta >= 0, baseOffset.value <= Int64.max - Int64(lastOffsetDelta) - 1 else {
      throw ProwziError(
        .batchBadOffset, "The offsets of a batch are not possible: base \(baseOffset), last delta \(lastOffsetDelta)",
        place: "byte \(position)")
    }
    guard attributes & 7 <= 4 else {
      throw ProwziError(.batchBadCodec, "No codec has the number \(attributes & 7)", place: "byte \(position + 21)")
    }
    guard recordCount >= 0, Int(recordCount) <= Int(lastOffsetDelta) + 1 else {
      throw ProwziError(
        .batchBadCount, "A batch of \(Int(lastOffsetDelta) + 1) offsets cannot hold \(recordCount) records", place: "byte \(position + 57)")
    }
  }
}
