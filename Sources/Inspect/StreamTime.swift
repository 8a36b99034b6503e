import Model
import Ports
import RecordFormat
import Stages

/// Which moment a control record made by a person carries.
public enum StreamTime {
  /// How near the newest record must be to the clock for the log to count as live.
  static let liveMilliseconds = Int64.hour

  /// The clock's time in a live log, else the time of the newest raw record: in a log of last year's captures the clock would move stream time by a
  /// year, and everything that hangs on it would be forgotten.
  public static func now(in log: any LogReader, clock: Timestamp) throws(ProwziError) -> Timestamp {
    var newest: Timestamp?
    for status in try LogStatus.partitions(of: log, topic: .raw) {
      if let last = status.last { newest = max(newest ?? last, last) }
    }
    guard let newest, clock.milliseconds(since: newest) > liveMilliseconds else { return clock }
    return newest
  }
}
