import Model

/// The wall clock: for sensors that stamp records and for progress lines. Stages never see one.
public protocol WallClock: Sendable {
  func now() -> Timestamp
}
