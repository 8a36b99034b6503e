import Model

/// Shares the raw partitions among the processes that fold one pipeline.
public protocol PartitionSharing: Sendable {
  /// Joins the others. Both closures are called from a thread of its own, one at a time.
  /// - Parameters:
  ///   - given: partitions that this process is to fold from now on.
  ///   - taken: partitions that go to others. They are handed over when it returns; where `isLost`, somebody has them already.
  func join(
    given: @escaping @Sendable ([PartitionIndex]) -> Void,
    taken: @escaping @Sendable (_ partitions: [PartitionIndex], _ isLost: Bool) -> Void
  ) throws(ProwziError)

  /// Leaves, so that the others need not wait to find out. What is held is taken first.
  func leave()
}
