import CommandLine
import Inspect
import Model

/// Small things that several commands show alike.
enum Wording {
  static func time(_ time: Timestamp?) -> String { time?.rfc3339 ?? "-" }

  /// Names of records for people: `same_day` as `same day`.
  static func plain(_ name: String) -> String { Figures.plain(name) }

  /// The shortest digits that read back the same.
  static func number(_ value: Double) -> String { Figures.number(value) }

  /// Numbers of one column, their points below one another.
  static func column(_ values: [Double]) -> [String] { Figures.column(values) }

  /// The first 16 hexadecimal digits of a digest.
  static func short(_ digest: Digest) -> String { String(digest.hex.prefix(16)) }

  /// A text cut to a number of characters, with a sign that it was.
  static func cut(_ text: String, to length: Int) -> String {
    guard length > 1, text.count > length else { return text }
    return text.prefix(length - 1) + "…"
  }

  /// One thing or several: `1 record`, `2 records`.
  static func count(_ number: Int, _ noun: String) -> String { "\(Display.count(number)) \(noun)\(number == 1 ? "" : "s")" }
}
