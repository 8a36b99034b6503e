/// Judges the tone of a text by its words: −1 (bad news) to 1 (good news).
///
/// The weights of the words found are summed; a negator among the three words before turns a weight round and takes a quarter off; intensifiers
/// among the two words before multiply it. The sum s of n words becomes s' = s / max(1, n/3), and the result s' / √(s'² + 8), so that one strong word
/// (3) gives 0.73 and a long text is not more extreme for its length.
///
/// *Units*: rounded to six decimals. *Determinism*: sums run in the order of the text; the only root is IEEE 754's own.
public struct SentimentLexicon: Sendable {
  private enum Role: Sendable { case word, negator, intensifier }

  private var table = PhraseTable()
  private var roles: [Role] = []
  private var weights: [Double] = []

  public init(_ definition: LexiconDefinition) {
    for term in definition.terms { add(term.pattern, .word, term.weight) }
    for word in definition.negators { add(word, .negator, 0) }
    for term in definition.intensifiers { add(term.pattern, .intensifier, term.weight) }
  }

  private mutating func add(_ pattern: String, _ role: Role, _ weight: Double) {
    guard table.insert(pattern, Int32(roles.count)) else { return }
    roles.append(role)
    weights.append(weight)
  }

  /// The tone of a text.
  public func score(_ tokens: borrowing TokenList) -> Double {
    var matches: [PhraseTable.Match] = []
    var sum = 0.0
    var found = 0
    var negatorReach = -1
    var factor = 1.0
    var factorReach = -1
    var index = 0
    while index < tokens.tokens.count {
      let flags = tokens.tokens[index].flags
      if flags.contains(.inLink) {
        index += 1
        continue
      }
      if flags.contains(.startsClause) {
        negatorReach = -1
        factorReach = -1
      }
      matches.removeAll(keepingCapacity: true)
      table.find(in: tokens, at: index, into: &matches)
      guard var match = matches.first else {
        index += 1
        continue
      }
      // A whole word wins over a stem, a longer phrase over both.
      for other in matches where other.words > match.words { match = other }
      let next = index + match.words
      switch roles[Int(match.value)] {
      case .negator: negatorReach = next + 2
      case .intensifier:
        factor = factorReach >= index ? factor * weights[Int(match.value)] : weights[Int(match.value)]
        factorReach = next + 1
      case .word:
        var weight = weights[Int(match.value)]
        if factorReach >= index { weight *= factor }
        if negatorReach >= index { weight *= -0.75 }
        sum += weight
        found += 1
        factorReach = -1
      }
      index = next
    }
    guard found > 0 else { return 0 }
    if found > 3 { sum /= Double(found) / 3 }
    return (sum / (sum * sum + 8).squareRoot() * 1_000_000).rounded() / 1_000_000
  }
}
