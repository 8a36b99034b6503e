/// Which domain a text speaks of, for sources that carry both and much else.
public struct DomainVote: Sendable, Equatable {
  /// Nil: neither.
  public var domain: TextDomain?
  /// How clearly, 0…1: the difference of the two sums over their sum plus one. For neither: 0.
  public var margin: Double
}

/// Counts the words of two vocabularies; each counts once.
///
/// *Determinism*: a function of the tokens. A domain needs a sum of 1, and half as much again as the other has.
public struct DomainVoter: Sendable {
  private var table = PhraseTable()
  private var crypto: [Double] = []
  private var ai: [Double] = []

  public init(_ definition: OntologyDefinition) {
    for (terms, isCrypto) in [(definition.cryptoVocabulary, true), (definition.aiVocabulary, false)] {
      for term in terms {
        if let known = table.value(of: term.pattern) {
          if isCrypto { crypto[Int(known)] = term.weight } else { ai[Int(known)] = term.weight }
          continue
        }
        guard table.insert(term.pattern, Int32(crypto.count)) else { continue }
        crypto.append(isCrypto ? term.weight : 0)
        ai.append(isCrypto ? 0 : term.weight)
      }
    }
  }

  /// The domain that the words speak for.
  public func vote(_ tokens: borrowing TokenList) -> DomainVote {
    var matches: [PhraseTable.Match] = []
    var seen: [Int32] = []
    var cryptoSum = 0.0
    var aiSum = 0.0
    var covered = 0
    for index in tokens.tokens.indices where !tokens.tokens[index].flags.contains(.inLink) {
      matches.removeAll(keepingCapacity: true)
      table.find(in: tokens, at: index, into: &matches)
      guard var match = matches.first else { continue }
      for other in matches where other.words > match.words { match = other }
      guard index >= covered || match.words > 1 else { continue }
      covered = max(covered, index + match.words)
      guard seen.count < 64, !seen.contains(match.value) else { continue }
      seen.append(match.value)
      cryptoSum += crypto[Int(match.value)]
      aiSum += ai[Int(match.value)]
    }
    let high = max(cryptoSum, aiSum)
    let low = min(cryptoSum, aiSum)
    guard high >= 1, high >= low * 1.5 else { return DomainVote(domain: nil, margin: 0) }
    let margin = ((high - low) / (high + low + 1) * 1_000_000).rounded() / 1_000_000
    return DomainVote(domain: cryptoSum > aiSum ? .crypto : .ai, margin: margin)
  }
}
