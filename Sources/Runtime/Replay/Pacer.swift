import Model
import Ports

/// How fast a replay goes through its window, against the time at which records were observed.
public struct Pace: Sendable, Equatable, CustomStringConvertible {
  /// 1 is the original spacing, 10 a tenth of it; `nil` waits for nothing.
  public let factor: Double?

  public static let unlimited = Pace(factor: nil)

  private init(factor: Double?) { self.factor = factor }

  /// Reads `1x`, `2.5x`, `10` or `max`.
  /// - Returns: `nil` for other texts, and for factors outside 0.001 to 1,000,000.
  public init?(_ text: String) {
    if text == "max" {
      self = .unlimited
      return
    }
    guard let factor = Double(text.hasSuffix("x") ? String(text.dropLast()) : text), factor >= 0.001, factor <= 1_000_000 else {
      return nil
    }
    self.init(factor: factor)
  }

  public var description: String {
    guard let factor else { return "max" }
    return factor == factor.rounded() ? "\(Int(factor))x" : "\(factor)x"
  }
}

/// Waits so that records come as far apart as they were observed, divided by a factor.
///
/// The first record asked for sets the beginning. What was observed earlier than that, or is overdue, is not waited for.
struct Pacer {
  private let pace: Pace
  private let clock: any SteadyClock
  private var origin: (moment: Duration, time: Timestamp)?

  init(_ pace: Pace, _ clock: any SteadyClock) {
    self.pace = pace
    self.clock = clock
  }

  var isUnlimited: Bool { pace.factor == nil }

  /// When a record is due; `nil` at once.
  private mutating func moment(of time: Timestamp) -> Duration? {
    guard let factor = pace.factor else { return nil }
    guard let origin else {
      self.origin = (clock.now(), time)
      return nil
    }
    let distance = time.milliseconds(since: origin.time)
    return distance <= 0 ? nil : origin.moment + .milliseconds(Double(distance) / factor)
  }

  /// How long it is until a record is due.
  mutating func left(until time: Timestamp) -> Duration { moment(of: time).map { max(.zero, $0 - clock.now()) } ?? .zero }

  /// Blocks until a record is due.
  /// - Returns: `false` where the wait was ended by `stop`.
  mutating func wait(for time: Timestamp, _ stop: StopFlag) -> Bool {
    guard let due = moment(of: time) else { return !stop.isRaised }
    while !stop.isRaised {
      if clock.now() >= due { return true }
      clock.wait(until: due)
    }
    return false
  }

  /// The observed time up to which records are due by now.
  func dueTime() -> Timestamp {
    guard let factor = pace.factor, let origin else { return Timestamp(milliseconds: .max) }
    let elapsed = clock.now() - origin.moment
    let milliseconds = Double(elapsed.components.seconds) * 1000 + Double(elapsed.components.attoseconds) / 1e15
    return origin.time.adding(milliseconds: Int64(min(milliseconds * factor, 1e15)))
  }
}
