import Model
import Ports

/// A call of a store, at which a fault may strike.
public enum ProjectionMoment: Sendable, Equatable {
  case open(PartitionIndex)
  case positions(PartitionIndex)
  /// The transaction's number counts the calls of `apply` in the whole store, from 0.
  case apply(PartitionIndex, transaction: Int)
  case snapshot
}

/// What goes wrong in a call.
public enum ProjectionFault: Sendable {
  /// The connection breaks before anything was done.
  case lostBefore
  /// The connection breaks when everything was done, before the caller hears of it.
  case lostAfter
  /// The call fails and changes nothing; the connection lives on.
  case fails(ProwziError)
}
