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
