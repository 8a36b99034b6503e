import Model

/// The wall clock: for sensors that stamp records and for progress lines. Stages never see one.
public protocol WallClock: Sendable {
  func now() -> Timestamp
}

/// A clock that never goes back, to wait by. A reading means nothing by itself; the distance between two does.
public protocol SteadyClock: Sendable {
  func now() -> Duration

  /// Blocks until a moment, or for less: whoever waits asks `now` again, and so can look up in between whether it should go on waiting.
  func wait(until moment: Duration)
}
