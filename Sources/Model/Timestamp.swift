/// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// *Shape*: any `Int64` can be held, but text can only be read and written from year 0 to year 9999.
/// *Determinism*: nothing here reads a clock; a moment arrives in a record.
public struct Timestamp: Hashable, Comparable, Sendable {
  public var milliseconds: Int64

  @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  @inlinable public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

  /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z: what RFC 3339 can write.
  public static let earliest = Timestamp(milliseconds: -62_167_219_200_000)
  public static let latest = Timestamp(milliseconds: 253_402_300_799_999)

  @inlinable public func adding(milliseconds: Int64) -> Timestamp {
    Timestamp(milliseconds: self.milliseconds + milliseconds)
  }

  /// Milliseconds from `earlier` to this moment; negative when it is the later one.
  @inlinable public func milliseconds(since earlier: Timestamp) -> Int64 { milliseconds - earlier.milliseconds }
}

extension Int64 {
  public static let second: Int64 = 1000
  public static let minute: Int64 = 60_000
  public static let hour: Int64 = 3_600_000
  public static let day: Int64 = 86_400_000
}

/// A day of the proleptic Gregorian calendar.
///
/// *Source*: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil and civil_from_days.
public struct CalendarDay: Hashable, Sendable {
  public var year: Int
  public var month: Int
  public var day: Int

  /// - Returns: `nil` where the calendar has no such day.
  public init?(year: Int, month: Int, day: Int) {
    guard (0...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let length = month == 2 ? (leap ? 29 : 28) : (month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31)
    guard day <= length else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The day that lies `days` after 1970-01-01.
  public init(daysSince1970 days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  public var daysSince1970: Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// Midnight UTC at the beginning of the day.
  public var start: Timestamp { Timestamp(milliseconds: Int64(daysSince1970) * .day) }
}

extension Timestamp {
  /// What a text said about time.
  public struct Reading: Hashable, Sendable {
    public var timestamp: Timestamp
    /// The text named a day and no time of day.
    public var isDayOnly: Bool

    public init(timestamp: Timestamp, isDayOnly: Bool) {
      self.timestamp = timestamp
      self.isDayOnly = isDayOnly
    }
  }

  /// Reads RFC 3339 (`2026-02-21T03:52:18Z`, a fraction, a numeric zone, a space for the `T`), a bare day (`2026-02-21`, `20260221`)
  /// or the RFC 822 form of feeds (`Thu, 24 Jul 2025 04:20:52 +0000`).
  ///
  /// A fraction is cut to milliseconds. A date-time without a zone is read as UTC. Surrounding white space is passed over.
  ///
  /// - Returns: `nil` where the text is none of these or names a moment that the calendar lacks.
  public static func read(_ text: String) -> Reading? {
    var copy = text
    return copy.withUTF8 { buffer in
      var parser = unsafe TimeTextParser(bytes: Array(buffer))
      return parser.parse()
    }
  }

  /// The same over UTF-8 bytes.
  public static func read(_ bytes: some Sequence<UInt8>) -> Reading? {
    var parser = TimeTextParser(bytes: Array(bytes))
    return parser.parse()
  }

  /// Reads what a person types: every text form above, or a whole number of milliseconds since 1970.
  public static func readArgument(_ text: String) -> Timestamp? {
    if let milliseconds = Int64(text), text.utf8.count != 8 { return Timestamp(milliseconds: milliseconds) }
    return read(text)?.timestamp
  }

  /// `2026-02-21T03:52:18Z`, with `.mmm` before the `Z` where the milliseconds are not zero. Outside years 0 to 9999: the milliseconds.
  public var rfc3339: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    appendRFC3339(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends what `rfc3339` says.
  public func appendRFC3339(to bytes: inout [UInt8]) {
    guard self >= .earliest, self <= .latest else {
      bytes.append(contentsOf: String(milliseconds).utf8)
      return
    }
    let days = milliseconds >= 0 ? milliseconds / .day : (milliseconds - .day + 1) / .day
    let rest = Int(milliseconds - days * .day)
    let date = CalendarDay(daysSince1970: Int(days))
    let hasMilliseconds = rest % 1000 != 0
    unsafe bytes.append(upTo: 24) { out in
      var at = 0
      func put(_ value: Int, _ width: Int, then separator: UInt8) {
        var value = value
        for place in stride(from: width - 1, through: 0, by: -1) {
          unsafe out[at + place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
          value /= 10
        }
        unsafe out[at + width] = separator
        at += width + 1
      }
      put(date.year, 4, then: UInt8(ascii: "-"))
      put(date.month, 2, then: UInt8(ascii: "-"))
      put(date.day, 2, then: UInt8(ascii: "T"))
      put(rest / 3_600_000, 2, then: UInt8(ascii: ":"))
      put(rest / 60_000 % 60, 2, then: UInt8(ascii: ":"))
      put(rest / 1000 % 60, 2, then: hasMilliseconds ? UInt8(ascii: ".") : UInt8(ascii: "Z"))
      if hasMilliseconds { put(rest % 1000, 3, then: UInt8(ascii: "Z")) }
      return at
    }
  }
}

extension Timestamp: CustomStringConvertible {
  public var description: String { rfc3339 }
}

/// Reads the text forms of time. One pass, no backtracking, bounded by the length of the text.
private struct TimeTextParser {
  let bytes: [UInt8]
  var at = 0

  init(bytes: [UInt8]) {
    var first = 0
    var last = bytes.count
    while first < last, bytes[first] <= 0x20 { first += 1 }
    while last > first, bytes[last - 1] <= 0x20 { last -= 1 }
    self.bytes = first == 0 && last == bytes.count ? bytes : Array(bytes[first..<last])
  }

  mutating func parse() -> Timestamp.Reading? {
    guard bytes.count >= 8, bytes.count <= 64 else { return nil }
    return isDigit(bytes[0]) && bytes.count != 5 && !startsLikeFeedDate ? parseISO() : parseFeedDate()
  }

  /// `24 Jul 2025 …` without the day's name.
  private var startsLikeFeedDate: Bool { bytes[1] == 0x20 || bytes[2] == 0x20 }

  private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private mutating func number(_ width: ClosedRange<Int>) -> Int? {
    var value = 0
    var count = 0
    while count < width.upperBound, at < bytes.count, isDigit(bytes[at]) {
      value = value * 10 + Int(bytes[at] - 0x30)
      at += 1
      count += 1
    }
    return width.contains(count) ? value : nil
  }

  private mutating func accept(_ byte: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func parseISO() -> Timestamp.Reading? {
    guard let year = number(4...4) else { return nil }
    let dashed = accept(UInt8(ascii: "-"))
    guard let month = number(2...2) else { return nil }
    if dashed, !accept(UInt8(ascii: "-")) { return nil }
    guard let dayNumber = number(2...2), let day = CalendarDay(year: year, month: month, day: dayNumber) else { return nil }
    if at == bytes.count { return .init(timestamp: day.start, isDayOnly: true) }
    guard dashed, accept(UInt8(ascii: "T")) || accept(UInt8(ascii: "t")) || accept(0x20) else { return nil }
    return parseTimeAndZone(on: day, secondsRequired: true)
  }

  private mutating func parseTimeAndZone(on day: CalendarDay, secondsRequired: Bool) -> Timestamp.Reading? {
    guard let hour = number(2...2), hour < 24, accept(UInt8(ascii: ":")), let minute = number(2...2), minute < 60 else { return nil }
    var second = 0
    var fraction = 0
    if accept(UInt8(ascii: ":")) {
      guard let value = number(2...2), value <= 60 else { return nil }
      second = value
      if accept(UInt8(ascii: ".")) {
        var digits = 0
        while at < bytes.count, isDigit(bytes[at]) {
          if digits < 3 { fraction = fraction * 10 + Int(bytes[at] - 0x30) }
          digits += 1
          at += 1
        }
        guard digits > 0 else { return nil }
        for _ in min(digits, 3)..<3 { fraction *= 10 }
      }
    } else if secondsRequired {
      return nil
    }
    while at < bytes.count, bytes[at] == 0x20 { at += 1 }
    guard let zoneMinutes = parseZone() else { return nil }
    let inDay = Int64((hour * 60 + minute - zoneMinutes) * 60 + second) * 1000 + Int64(fraction)
    return .init(timestamp: day.start.adding(milliseconds: inDay), isDayOnly: false)
  }

  private mutating func parseZone() -> Int? {
    if at == bytes.count { return 0 }
    if accept(UInt8(ascii: "Z")) || accept(UInt8(ascii: "z")) { return at == bytes.count ? 0 : nil }
    let negative = bytes[at] == UInt8(ascii: "-")
    if negative || bytes[at] == UInt8(ascii: "+") {
      at += 1
      guard let hours = number(2...2), hours < 24 else { return nil }
      _ = accept(UInt8(ascii: ":"))
      guard let minutes = number(2...2), minutes < 60, at == bytes.count else { return nil }
      return (negative ? -1 : 1) * (hours * 60 + minutes)
    }
    return matchName(["UTC", "GMT", "UT"]) != nil && at == bytes.count ? 0 : nil
  }

  private mutating func matchName(_ names: [String]) -> Int? {
    for (index, name) in names.enumerated() {
      let utf8 = Array(name.utf8)
      if at + utf8.count <= bytes.count, Array(bytes[at..<at + utf8.count]) == utf8 {
        at += utf8.count
        return index
      }
    }
    return nil
  }

  private mutating func parseFeedDate() -> Timestamp.Reading? {
    if matchName(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]) != nil {
      guard accept(UInt8(ascii: ",")), accept(0x20) else { return nil }
    }
    guard let dayNumber = number(1...2), accept(0x20),
      let month = matchName(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]), accept(0x20),
      let year = number(4...4), let day = CalendarDay(year: year, month: month + 1, day: dayNumber)
    else { return nil }
    if at == bytes.count { return .init(timestamp: day.start, isDayOnly: true) }
    guard accept(0x20) else { return nil }
    return parseTimeAndZone(on: day, secondsRequired: false)
  }
}
