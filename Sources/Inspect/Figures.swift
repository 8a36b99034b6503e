import JSON
import Model

/// Numbers and recorded names as people read them, the same in every command and page.
public enum Figures {
  /// Names of records, which are made of underscores, for people: `same_day` as `same day`.
  public static func plain(_ name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }

  /// The shortest digits that read back the same.
  public static func number(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    var bytes: [UInt8] = []
    DecimalText.append(value, to: &bytes)
    return bytes.displayText
  }

  /// Numbers of one column, with as many decimals each as the longest has, so that points stand below one another.
  public static func column(_ values: [Double]) -> [String] {
    let texts = values.map(number)
    func decimals(_ text: String) -> Int { text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0 }
    let most = texts.map(decimals).max() ?? 0
    return texts.map { text in
      let missing = most - decimals(text)
      guard missing > 0, !text.contains("e") else { return text }
      return text + (decimals(text) == 0 ? "." : "") + String(repeating: "0", count: missing)
    }
  }
}

extension StoredEvaluation {
  /// Why the band is what it is, in words; `nil` where there is none. Rule names are as recorded.
  public var bandReason: String? {
    guard let band else { return nil }
    let threshold = Figures.number(band.threshold)
    let reason =
      switch band.reason {
      case "rule": "by the rule '\(band.rule ?? "")'"
      case "promotion": "because its story rose from \(Figures.plain(band.previous ?? "a lower band"))"
      case "merged": "merged into the story's alert"
      default:
        total >= band.threshold && band.threshold > 0
          ? "because \(Figures.number(total)) reaches the threshold \(threshold)" : "below every threshold"
      }
    return reason + (band.support > 1 ? "; \(band.support) events of the story so far" : "")
  }
}
