import Model

extension ProwziError.Code {
  /// The bytes end inside a batch.
  public static let batchTruncated: Self = "batch.truncated"
  /// A length below the smallest batch or above the limit in force.
  public static let batchBadLength: Self = "batch.bad_length"
  /// Not a batch of version 2.
  public static let batchBadMagic: Self = "batch.bad_magic"
  /// Attribute bits 0 to 2 name no codec.
  public static let batchBadCodec: Self = "batch.bad_codec"
  /// A negative offset, or one beyond the largest.
  public static let batchBadOffset: Self = "batch.bad_offset"
  /// A record count that the batch cannot hold, or that differs from the records there are.
  public static let batchBadCount: Self = "batch.bad_count"
  /// The CRC-32C differs from the bytes it covers.
  public static let batchBadChecksum: Self = "batch.bad_checksum"
  /// A record whose parts do not fit together.
  public static let batchBadRecord: Self = "batch.bad_record"
  /// Bytes behind the last record.
  public static let batchTrailingBytes: Self = "batch.trailing_bytes"
  /// A control record whose key or value has another shape.
  public static let batchBadControl: Self = "batch.bad_control"
  /// Records that would make a batch larger than a reader accepts.
  public static let batchTooLarge: Self = "batch.too_large"
}
