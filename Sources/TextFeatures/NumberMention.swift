/// A number in a text with what it measures.
public struct NumberMention: Sendable, Equatable {
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// An amount of a currency or an asset; the unit is its code.
    case money
    /// Hundredths; 5 % is 5. The unit is `%`, or `points` for percentage points.
    case percent
    /// `3x`, `tenfold` in digits. The unit is `x`.
    case multiple
    /// How many of something; the unit is the word, in lower case as written.
    case count
    /// Parameters of a model. The unit is `parameters`; `8x7B` is 56 billion.
    case parameters
    /// How much a model reads at once, K being a thousand. The unit is `tokens`.
    case context

    public var name: String {
      switch self {
      case .money: "money"
      case .percent: "percent"
      case .multiple: "multiple"
      case .count: "count"
      case .parameters: "parameters"
      case .context: "context"
      }
    }
  }

  public var kind: Kind
  /// The number with its scale (`million`, `K`) applied: the double nearest to what is written.
  public var value: Double
  public var unit: String
  /// From the sign or currency to the last byte that belongs to it.
  public var range: Range<Int>

  public init(kind: Kind, value: Double, unit: String, range: Range<Int>) {
    self.kind = kind
    self.value = value
    self.unit = unit
    self.range = range
  }
}
