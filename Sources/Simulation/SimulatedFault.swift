/// What a simulated file system can be told to get wrong.
public enum SimulatedOperation: Sendable, CaseIterable {
  case open, read, write, truncate, sync, rename, remove, syncDirectory
}

/// A scripted fault.
public enum SimulatedFault: Sendable {
  /// The `call`-th call (1 is the next) of an operation fails with `file.io`, once or for ever after.
  ///
  /// A sync that fails once loses what it should have made durable and still shows it to readers; the sync after it claims success, as
  /// Linux did ("fsyncgate", 2018).
  case failure(of: SimulatedOperation, call: Int, forEver: Bool)
  /// From the `call`-th call that changes anything (1 is the next), the machine is dead: this call and all later ones fail until `crash`.
  /// A write that is hit may still have reached the disk in part.
  case powerLoss(call: Int)
}
