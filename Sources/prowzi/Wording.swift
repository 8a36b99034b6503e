import CommandLine
import JSON
import Model

/// Small things that several commands show alike.
enum Wording {
  /// `2026-02-21 03:52`, UTC: precise enough for people, sortable.
  static func minute(_ time: Timestamp) -> String {
    let text = time.rfc3339
    guard text.utf8.count >= 20 else { return text }
    return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
  }

  static func time(_ time: Timestamp?) -> String { time?.rfc3339 ?? "-" }

  /// Names of records, which are made of underscores, for people: `same_day` as `same day`.
  static func plain(_ name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }

  /// The shortest digits that read back the same.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    var bytes: [UInt8] = []
    DecimalText.append(value, to: &bytes)
    return bytes.displayText
  }

  /// Numbers of one column, with as many decimals each as the longest has, so that points stand below one another.
  static func column(_ values: [Double]) -> [String] {
    let texts = values.map(number)
    func decimals(_ text: String) -> Int { text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0 }
    let most = texts.map(decimals).max() ?? 0
    return texts.map { text in
      let missing = most - decimals(text)
      guard missing > 0, !text.contains("e") else { return text }
      return text + (decimals(text) == 0 ? "." : "") + String(repeating: "0", count: missing)
    }
  }

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
