import Model

/// What must hold after every step, whatever the machine does. The raw value is the name that a failure is known by.
public enum Invariant: String, Sendable, CaseIterable {
  /// A record whose commit returned is there, as it was, for ever.
  case acknowledged
  /// No record is there more often than it was committed.
  case once
  /// Records lie in the order in which they were committed.
  case order
  /// Readers see whole commits: all partitions and positions of one, or none.
  case whole
  /// What a reader has seen can no longer be taken back, not by a power failure either.
  case durable
  /// Derived records are those of one uninterrupted fold over the same raw records.
  case derived
  /// A checkpoint that a commit names is the state of that fold, and can be restored.
  case checkpoint
  /// Positions never go back.
  case positions
  /// Folding a window again gives what is recorded.
  case replay
  /// A candidate that was interrupted judges as one that was not.
  case candidate
  /// The tables say what the log says.
  case projection
  /// Every signature that was made holds, and the log continues what was signed.
  case signatures
  /// A machine that is whole again serves: nothing is refused without a fault.
  case service
}

/// An invariant that did not hold.
public struct Violation: Error, Sendable, CustomStringConvertible {
  public var invariant: Invariant
  public var detail: String

  public init(_ invariant: Invariant, _ detail: String) {
    self.invariant = invariant
    self.detail = detail
  }

  public var description: String { "\(invariant.rawValue): \(detail)" }

  /// What an error means that no fault explains.
  init(_ error: ProwziError, by whom: String) {
    let invariant: Invariant =
      switch error.code.text {
      case "log.corrupt", "fold.input_missing", "log.offset_out_of_range": .acknowledged
      case "fold.diverged": .derived
      case "checkpoint.corrupt": .checkpoint
      case "file.not_found" where error.place?.contains("checkpoints/") == true: .checkpoint
      case "log.tampered", "note.invalid", "note.bad_signature", "note.unknown_key": .signatures
      default: .service
      }
    self.init(invariant, "\(whom) met \(error)")
  }
}
