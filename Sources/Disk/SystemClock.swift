import Glibc
import Model
import Ports

/// The machine's wall clock: clock_gettime(2) with `CLOCK_REALTIME`. It can step back.
public struct SystemClock: WallClock {
  public init() {}

  public func now() -> Timestamp {
    var time = timespec()
    guard clock_gettime(CLOCK_REALTIME, &time) == 0 else { preconditionFailure("CLOCK_REALTIME always exists on Linux") }
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}

/// The machine's steady clock: clock_gettime(2) with `CLOCK_MONOTONIC`, which counts on through changes of the wall clock.
public struct SystemSteadyClock: SteadyClock {
  /// The longest sleep without looking up.
  static let slice = Duration.milliseconds(50)

  public init() {}

  public func now() -> Duration {
    var time = timespec()
    guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { preconditionFailure("CLOCK_MONOTONIC always exists on Linux") }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  public func wait(until moment: Duration) {
    let left = min(moment - now(), Self.slice)
    guard left > .zero else { return }
    // A signal ends the sleep early, which the contract allows.
    var time = timespec(tv_sec: 0, tv_nsec: Int(left.components.attoseconds / 1_000_000_000))
    nanosleep(&time, nil)
  }
}
