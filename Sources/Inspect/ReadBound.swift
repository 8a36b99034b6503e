import Model
import Ports

/// One end of what is to be read: an offset or a time.
///
/// *Shape* in text: RFC 3339 or a day is a time; a whole number below 100,000,000,000 (the year 1973 in milliseconds) is an offset, a larger
/// one milliseconds since 1970. No partition of ours gets that long, and nobody asks for 1970.
public enum ReadBound: Sendable, Equatable {
  case offset(Offset)
  case time(Timestamp)

  static let firstTime: Int64 = 100_000_000_000

  /// - Returns: `nil` for other texts.
  public init?(_ text: String) {
    if let number = Int64(text), text.utf8.count != 8 || number < Self.firstTime && CalendarDay(compact: text) == nil {
      guard number >= 0 else { return nil }
      self = number < Self.firstTime ? .offset(Offset(number)) : .time(Timestamp(milliseconds: number))
    } else if let time = Timestamp.readArgument(text) {
      self = .time(time)
    } else {
      return nil
    }
  }

  /// The offset to begin at for records at or after this bound. Records behind it may still be older than a time: sensors deliver out of order.
  public func start(in partition: TopicPartition, of log: any LogReader) throws(ProwziError) -> Offset {
    switch self {
    case .offset(let offset): offset
    case .time(let time): try log.offset(in: partition, atOrAfter: time)
    }
  }

  /// Whether a record lies at or after this bound.
  public func isReached(by offset: Offset, at time: Timestamp) -> Bool {
    switch self {
    case .offset(let bound): offset >= bound
    case .time(let bound): time >= bound
    }
  }
}

extension CalendarDay {
  /// Reads `20260221`: eight digits that are a day of this or a neighbouring century.
  fileprivate init?(compact text: String) {
    guard let number = Int(text), (1900_01_01...2199_12_31).contains(number) else { return nil }
    self.init(year: number / 10_000, month: number / 100 % 100, day: number % 100)
  }
}
