import CKafka
import Model

/// A live member of the group that shares partitions, as transactions need it: so that a member which was thrown out is refused.
struct GroupMembership: Sendable {
  /// Makes what names the member and its generation. The caller frees it with `rd_kafka_consumer_group_metadata_destroy`.
  var make: @Sendable () -> UInt

  func metadata() throws(ProwziError) -> OpaquePointer? { OpaquePointer(bitPattern: make()) }

  /// The group whose offsets say, to tools that know only groups, how far a fold is.
  static func group(of fold: String) -> String { "prowzi.\(fold)" }
}
