/// Text for markup.
public enum Markup {
  /// Text as text: the five characters of markup as references, and whatever would reorder or hide what follows it as `\u{…}`.
  public static func escape(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": shown += "&amp;"
      case "<": shown += "&lt;"
      case ">": shown += "&gt;"
      case "\"": shown += "&quot;"
      case "'": shown += "&#39;"
      case "\n", "\t": shown.unicodeScalars.append(scalar)
      default:
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x200b...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff, 0xfffe...0xffff:
          shown += "\\u{\(String(scalar.value, radix: 16))}"
        default: shown.unicodeScalars.append(scalar)
        }
      }
    }
    return shown
  }
}
