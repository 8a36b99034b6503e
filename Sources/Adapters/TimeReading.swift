import Events
import JSON
import Model

/// Times as sources write them.
enum TimeReading {
  case moment(Timestamp, isDayOnly: Bool)
  case unreadable
  case outOfRange

  /// Reads a text; the two common forms (`2026-02-21T03:52:18Z`, `2026-02-21`) without taking memory.
  static func text(_ bytes: [UInt8], in range: Range<Int>) -> TimeReading {
    let count = range.count
    let at = range.lowerBound
    if count == 10 || count == 20, let day = dayNumber(bytes, at) {
      if count == 10 { return .moment(Timestamp(milliseconds: Int64(day) * .day), isDayOnly: true) }
      if bytes[at + 10] == UInt8(ascii: "T"), bytes[at + 13] == UInt8(ascii: ":"), bytes[at + 16] == UInt8(ascii: ":"),
        bytes[at + 19] == UInt8(ascii: "Z"), let hour = pair(bytes, at + 11), let minute = pair(bytes, at + 14),
        let second = pair(bytes, at + 17), hour < 24, minute < 60, second <= 60
      {
        let inDay = Int64((hour * 60 + minute) * 60 + second) * 1000
        return .moment(Timestamp(milliseconds: Int64(day) * .day + inDay), isDayOnly: false)
      }
    }
    if let reading = Timestamp.read(bytes[range]) { return .moment(reading.timestamp, isDayOnly: reading.isDayOnly) }
    return isFarYear(bytes, range) ? .outOfRange : .unreadable
  }

  /// Reads a number: seconds since 1970, or milliseconds from 100 thousand million upwards (in seconds that would be the year 5138).
  static func number(_ value: Double) -> TimeReading {
    guard value.isFinite else { return .outOfRange }
    let milliseconds = value.magnitude >= 1e11 ? value : value * 1000
    guard milliseconds >= Double(Timestamp.earliest.milliseconds), milliseconds <= Double(Timestamp.latest.milliseconds) else {
      return .outOfRange
    }
    return .moment(Timestamp(milliseconds: Int64(milliseconds.rounded(.down))), isDayOnly: false)
  }

  private static func pair(_ bytes: [UInt8], _ at: Int) -> Int? {
    let tens = bytes[at] &- 0x30
    let ones = bytes[at + 1] &- 0x30
    return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
  }

  private static func dayNumber(_ bytes: [UInt8], _ at: Int) -> Int? {
    guard bytes[at + 4] == UInt8(ascii: "-"), bytes[at + 7] == UInt8(ascii: "-"), let century = pair(bytes, at),
      let year = pair(bytes, at + 2), let month = pair(bytes, at + 5), let day = pair(bytes, at + 8)
    else { return nil }
    return CalendarDay(year: century * 100 + year, month: month, day: day)?.daysSince1970
  }

  /// `300000-01-01…` and `+12026-…`: written like a date, but with a year that no four digits hold.
  private static func isFarYear(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    var i = range.lowerBound
    while i < range.upperBound, bytes[i] == 0x20 { i += 1 }
    if i < range.upperBound, bytes[i] == UInt8(ascii: "+") || bytes[i] == UInt8(ascii: "-") { i += 1 }
    let first = i
    while i < range.upperBound, bytes[i] &- 0x30 < 10 { i += 1 }
    return i - first >= 5 && i + 2 < range.upperBound && bytes[i] == UInt8(ascii: "-") && bytes[i + 1] &- 0x30 < 10
  }
}

extension Event {
  /// Takes over a time that the source gave, or says at which byte it cannot be used.
  mutating func setTime(_ reading: TimeReading, at byte: Int) throws(Rejection) {
    switch reading {
    case .moment(let timestamp, let isDayOnly):
      occurredAt = timestamp
      if isDayOnly { flags.insert(.timeDayOnly) } else { flags.remove(.timeDayOnly) }
      flags.remove(.timeMissing)
    case .unreadable: throw Rejection("time.unreadable", "the time is in no form that is known", at: byte)
    case .outOfRange: throw Rejection("time.out_of_range", "the time lies outside the years 0 to 9999", at: byte)
    }
  }
}
