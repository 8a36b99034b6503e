import Events
import JSON
import Model

/// Why one scorer judged an event as it did, as recorded.
public struct Explanation: Sendable, Equatable {
  public struct Input: Sendable, Equatable {
    public var name: String
    public var value: Double
  }

  /// One of the five scores.
  public struct Part: Sendable, Equatable {
    public var score: Score
    public var value: Double
    public var weight: Double
    public var contribution: Double
    /// In ascending order of their names.
    public var inputs: [Input]
    public var sentence: String
  }

  public var scorer: String
  public var total: Double
  /// In the order they are added up.
  public var parts: [Part]
  public var band: UrgencyBand
  public var reason: String
  public var threshold: Double
  /// Empty where no rule decided.
  public var rule: String
  public var previous: String?
  public var support: Int
  /// What an expression for the total says of itself; `nil` where the total is the sum of the contributions.
  public var totalSentence: String?

  /// - Returns: `nil` where the value is no banded event.
  public init?(value: [UInt8]) {
    guard let json = try? JSONDocument(value), let explanations = json.member("explanations", of: json.root),
      let decision = json.member("band", of: explanations),
      let band = UrgencyBand(name: json.string(json.member("band", of: json.root)) ?? "")
    else { return nil }
    func text(_ name: StaticString, _ node: Int?) -> String { json.string(json.member(name, of: node)) ?? "" }
    func number(_ name: StaticString, _ node: Int?) -> Double { json.double(json.member(name, of: node)) ?? 0 }
    scorer = text("scorer", json.root)
    total = number("total_evi", json.root)
    self.band = band
    reason = text("reason", decision)
    threshold = number("threshold", decision)
    rule = text("rule", decision)
    previous = json.string(json.member("previous", of: decision))
    support = Int(json.int(json.member("support", of: decision)) ?? 1)
    totalSentence = json.string(json.member("sentence", of: json.member("total", of: explanations)))
    parts = Score.allCases.map { score in
      let node = json.member(score.name, of: explanations)
      return Part(
        score: score, value: number("value", node), weight: number("weight", node), contribution: number("contribution", node),
        inputs: json.members(of: json.member("inputs", of: node)).map {
          Input(name: json.string($0.key) ?? "", value: json.double($0.value) ?? 0)
        },
        sentence: text("sentence", node))
    }
  }

  /// Why the band is what it is, in words.
  public var bandReason: String {
    let reason =
      switch reason {
      case "rule": "by the rule '\(rule)'"
      case "promotion": "its story rose from \(previous.map(Names.plain) ?? "a lower band")"
      case "merged": "merged into the story's alert"
      default:
        threshold > 0 && total >= threshold
          ? "\(Fixed.text(total, decimals: 3)) reaches the threshold \(Fixed.text(threshold, decimals: 3))" : "below every threshold"
      }
    return reason + (support > 1 ? "; \(support) events of the story so far" : "")
  }
}

/// An input of a score that the two scorers do not share.
public struct InputDifference: Sendable, Equatable {
  public var score: Score
  public var name: String
  /// `nil` where that side has no such input.
  public var from: Double?
  public var to: Double?

  /// In the order of the scores, then of the names.
  public static func list(_ from: Explanation, _ to: Explanation) -> [InputDifference] {
    var found: [InputDifference] = []
    for (a, b) in zip(from.parts, to.parts) {
      var names = a.inputs.map(\.name)
      for input in b.inputs where !names.contains(input.name) { names.append(input.name) }
      for name in names.sorted() {
        let values = (a.inputs.first { $0.name == name }?.value, b.inputs.first { $0.name == name }?.value)
        if values.0 != values.1 { found.append(InputDifference(score: a.score, name: name, from: values.0, to: values.1)) }
      }
    }
    return found
  }
}

enum Names {
  /// Names of records, which are made of underscores, for people: `same_day` as `same day`.
  static func plain(_ name: String) -> String { String(name.map { $0 == "_" ? " " : $0 }) }
  static func plain(_ band: UrgencyBand) -> String { plain("\(band.name)") }
}
