/// What a simulated file system can be told to get wrong.
public enum SimulatedOperation: Sendable, CaseIterable {
  case open, read, write, truncate, sync, rename, remove, syncDirectory
}

/// A scripted fault.
public enum SimulatedFault: Sendable {
  /// The `call`-th call (1 is the next) of an operation fails with `file.io`, once or for ever after.
  ///
  /// A sync that fails loses some of what it should have made durable, and the sync after it claims success. Readers may go on seeing what was lost,
  /// or see it gone: Linux marks such pages clean, and may drop them ("fsyncgate", 2018).
  case failure(of: SimulatedOperation, call: Int, forEver: Bool)
  /// From the `call`-th call that changes anything (1 is the next), the machine is dead: this call and all later ones fail until `crash`.
  /// A write that is hit may still have reached the disk in part.
  case powerLoss(call: Int)
  /// The `call`-th write (1 is the next) writes some of its bytes and fails with `file.io`.
  case shortWrite(call: Int)
}

/// In which order a disk's cache reaches the disk: one of the ways in which disks differ, chosen by the seed.
public enum SimulatedOrdering: Sendable, CaseIterable {
  /// Whatever was made later is lost first; only what was under way can be torn.
  case inOrder
  /// Each change is kept, dropped, torn or trashed by itself.
  case independent
  /// As `independent`, and changes of one file reach it in any order.
  case shuffled
}

/// What a simulated disk has done to those who trusted it.
public struct SimulatedFigures: Sendable, Equatable {
  public var crashes = 0
  public var failures: [SimulatedOperation: Int] = [:]
  public var shortWrites = 0
  public var fullWrites = 0
  /// Files whose unsynced pages were dropped after a failed sync.
  public var pagesDropped = 0
  public var writesKept = 0
  public var writesDropped = 0
  public var writesTorn = 0
  public var writesTrashed = 0
  /// Changes of names that no directory sync had covered at a crash.
  public var namesUnsynced = 0

  public init() {}

  public static func += (a: inout SimulatedFigures, b: SimulatedFigures) {
    a.crashes += b.crashes
    a.failures.merge(b.failures) { $0 + $1 }
    a.shortWrites += b.shortWrites
    a.fullWrites += b.fullWrites
    a.pagesDropped += b.pagesDropped
    a.writesKept += b.writesKept
    a.writesDropped += b.writesDropped
    a.writesTorn += b.writesTorn
    a.writesTrashed += b.writesTrashed
    a.namesUnsynced += b.namesUnsynced
  }
}
