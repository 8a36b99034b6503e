import Model

extension ProwziError.Code {
  /// Bytes below the durable point that are not what was written there, or files that are missing. The place names file, offset and byte.
  public static let logCorrupt: Self = "log.corrupt"
  /// Another writer of the same owner holds the lock.
  public static let logLocked: Self = "log.locked"
  /// A write or a sync failed, so this writer takes no more commits.
  public static let logFailed: Self = "log.failed"
  public static let logClosed: Self = "log.closed"
  /// A commit to a log opened for reading.
  public static let logReadOnly: Self = "log.read_only"
  /// A commit to a topic of another owner.
  public static let logNotOwner: Self = "log.not_owner"
  public static let logUnknownTopic: Self = "log.unknown_topic"
  public static let logOffsetOutOfRange: Self = "log.offset_out_of_range"
}

extension ProwziError {
  static func corrupt(_ message: String, file: String, offset: Offset? = nil, byte: Int, cause: String? = nil) -> ProwziError {
    let offsetText = offset.map { ", offset \($0)" } ?? ""
    return ProwziError(
      .logCorrupt, message, place: "\(file)\(offsetText), byte \(byte)",
      advice: "Restore the file from a copy, or run prowzi log repair, which cuts the log there and keeps what it removes", cause: cause)
  }

  static func missingSegment(_ partition: TopicPartition, offset: Offset) -> ProwziError {
    .corrupt("a segment is missing", file: LogPaths.file(partition, base: offset, .log), offset: offset, byte: 0)
  }
}
