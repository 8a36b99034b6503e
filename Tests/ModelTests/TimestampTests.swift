import Model
import Testing

struct TimestampTests {
  static let readable: [(text: String, milliseconds: Int64, isDayOnly: Bool)] = [
    ("1970-01-01T00:00:00Z", 0, false),
    ("2026-02-21T03:52:18Z", 1_771_645_938_000, false),
    ("2026-02-21t03:52:18z", 1_771_645_938_000, false),
    ("2026-02-21 03:52:18Z", 1_771_645_938_000, false),
    ("2026-02-21T03:52:18", 1_771_645_938_000, false),
    ("  2026-02-21T03:52:18Z\n", 1_771_645_938_000, false),
    ("2026-02-21T03:52:18.5Z", 1_771_645_938_500, false),
    ("2026-02-21T03:52:18.123999Z", 1_771_645_938_123, false),
    ("2026-02-21T05:52:18+02:00", 1_771_645_938_000, false),
    ("2026-02-20T22:22:18-0530", 1_771_645_938_000, false),
    ("2026-02-21T03:52:18 UTC", 1_771_645_938_000, false),
    ("2016-12-31T23:59:60Z", 1_483_228_800_000, false),
    ("2026-02-21", 1_771_632_000_000, true),
    ("20260221", 1_771_632_000_000, true),
    ("2024-02-29", 1_709_164_800_000, true),
    ("1969-12-31T23:59:59.999Z", -1, false),
    ("0000-01-01T00:00:00Z", Timestamp.earliest.milliseconds, false),
    ("9999-12-31T23:59:59.999Z", Timestamp.latest.milliseconds, false),
    ("Thu, 24 Jul 2025 04:20:52 +0000", 1_753_330_852_000, false),
    ("Thu, 24 Jul 2025 04:20:52 GMT", 1_753_330_852_000, false),
    ("24 Jul 2025 04:20:52 GMT", 1_753_330_852_000, false),
    ("4 Jul 2025 04:20:52 -0400", 1_751_617_252_000, false),
    ("Thu, 24 Jul 2025 04:20 GMT", 1_753_330_800_000, false),
    ("Thu, 24 Jul 2025", 1_753_315_200_000, true),
  ]

  @Test(arguments: readable) func aTextOfTimeIsRead(text: String, milliseconds: Int64, isDayOnly: Bool) {
    #expect(Timestamp.read(text) == .init(timestamp: Timestamp(milliseconds: milliseconds), isDayOnly: isDayOnly))
    #expect(Timestamp.read(Array(text.utf8)) == Timestamp.read(text))
  }

  @Test(arguments: [
    "", "now", "2026", "2026-02", "2026-02-30", "2025-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-02-21T",
    "2026-02-21T03", "2026-02-21T03:52Z", "2026-02-21T24:00:00Z", "2026-02-21T03:60:00Z", "2026-02-21T03:52:61Z", "2026-02-21T03:52:18.Z",
    "2026-02-21T03:52:18+", "2026-02-21T03:52:18+2", "2026-02-21T03:52:18Zz", "2026-02-21T03:52:18 PST", "2026-0221",
    "300000-01-01T00:00:00Z",
    "Thu 24 Jul 2025 04:20:52 GMT", "Thu, 32 Jul 2025 04:20:52 GMT", "Thu, 24 jul 2025 04:20:52 GMT", "2026-02-21T03:52:18-99:00",
    String(repeating: "2", count: 65),
  ]) func aTextThatIsNoTimeIsRefused(text: String) {
    #expect(Timestamp.read(text) == nil)
  }

  /// Each cut and each changed byte of good texts: read or refused, never a trap.
  @Test func noDamagedTextTraps() {
    for row in Self.readable {
      let bytes = Array(row.text.utf8)
      for count in 0...bytes.count { _ = Timestamp.read(bytes[..<count]) }
      for position in bytes.indices {
        for value in UInt8.min...UInt8.max {
          var changed = bytes
          changed[position] = value
          _ = Timestamp.read(changed)
        }
      }
    }
  }

  static let printed: [(milliseconds: Int64, text: String)] = [
    (0, "1970-01-01T00:00:00Z"),
    (1, "1970-01-01T00:00:00.001Z"),
    (-1, "1969-12-31T23:59:59.999Z"),
    (1_771_645_938_120, "2026-02-21T03:52:18.120Z"),
    (Timestamp.earliest.milliseconds, "0000-01-01T00:00:00Z"),
    (Timestamp.latest.milliseconds, "9999-12-31T23:59:59.999Z"),
    (Timestamp.latest.milliseconds + 1, "253402300800000"),
    (Timestamp.earliest.milliseconds - 1, "-62167219200001"),
    (Int64.max, "9223372036854775807"),
    (Int64.min, "-9223372036854775808"),
  ]

  @Test(arguments: printed) func aMomentIsPrinted(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
  }

  @Test func whatIsPrintedReadsBack() {
    for step in Int64(0)..<5000 {
      let time = Timestamp(milliseconds: Timestamp.earliest.milliseconds + step * 63_113_903_999)
      #expect(Timestamp.read(time.rfc3339)?.timestamp == time)
    }
  }

  @Test func argumentsMayBeMillisecondsOrText() {
    #expect(Timestamp.readArgument("1771645938000")?.milliseconds == 1_771_645_938_000)
    #expect(Timestamp.readArgument("-5")?.milliseconds == -5)
    #expect(Timestamp.readArgument("20260221")?.milliseconds == 1_771_632_000_000)
    #expect(Timestamp.readArgument("2026-02-21")?.milliseconds == 1_771_632_000_000)
    #expect(Timestamp.readArgument("yesterday") == nil)
  }
}

struct CalendarDayTests {
  /// Counts the calendar forward by its own rule, one day at a time, and holds both conversions against it.
  @Test func everyDayFrom1600To2400FollowsItsPredecessor() throws {
    var days = -135_140
    for year in 1600...2400 {
      let leap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
      for (index, length) in [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
        for day in 1...length {
          let date = try #require(CalendarDay(year: year, month: index + 1, day: day))
          // A plain comparison first: three hundred thousand expectations would take longer than the law itself.
          if date.daysSince1970 != days || CalendarDay(daysSince1970: days) != date {
            Issue.record("\(date) is day \(date.daysSince1970), and day \(days) is \(CalendarDay(daysSince1970: days))")
          }
          days += 1
        }
        #expect(CalendarDay(year: year, month: index + 1, day: length + 1) == nil)
      }
    }
    #expect(days == 157_420)
  }

  @Test func theEpochIsDayZero() throws {
    #expect(try #require(CalendarDay(year: 1970, month: 1, day: 1)).daysSince1970 == 0)
    #expect(try #require(CalendarDay(year: 2000, month: 3, day: 1)).daysSince1970 == 11_017)
  }
}
