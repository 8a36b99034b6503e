import Configuration
import Model
import Testing

@testable import TextFeatures

@Suite struct ToneAndTopicTests {
  static let lexicon = SentimentLexicon(
    LexiconDefinition(
      terms: [.init("good", 2), .init("bad", -2), .init("flash crash", -3), .init("soar*", 3)], negators: ["not"],
      intensifiers: [.init("very", 1.5)]))

  /// s / √(s² + 8), as the type's description says.
  @Test(arguments: [
    ("good", 2.0), ("bad", -2.0), ("very good", 3.0), ("not good", -1.5), ("not very good", -2.25), ("not here. good", 2.0),
    ("soaring", 3.0),
    ("flash crash", -3.0), ("nothing", 0.0), ("good good good good", 6.0), ("https://good.com/bad", 0.0), ("good and bad", 0.0),
  ])
  func toneFollowsItsArithmetic(text: String, sum: Double) {
    let expected = sum == 0 ? 0 : (sum / (sum * sum + 8).squareRoot() * 1_000_000).rounded() / 1_000_000
    #expect(Self.lexicon.score(tokens(text)) == expected)
  }

  static let definition = OntologyDefinition(
    nodes: [
      .init(
        identifier: "crypto.security.exploit", title: "Exploits", terms: [.init("flash loan", 1.5), .init("drain*", 1)],
        hints: [.init("kind:exploit", 2)]),
      .init(identifier: "crypto.defi.lending", title: "Lending", terms: [.init("loan", 1), .init("aave", 1)]),
      .init(
        identifier: "ai.research.language", title: "Language", terms: [.init("language model", 1)], hints: [.init("category:cs.CL", 1)]),
      .init(identifier: "ai.models.language", title: "Models", terms: [.init("language model", 1)]),
    ], cryptoVocabulary: [.init("bitcoin", 2), .init("token", 0.5)], aiVocabulary: [.init("llm", 2), .init("token", 0.5)])

  func assign(_ text: String, titleEnd: Int = .max, _ hints: OntologyHints = OntologyHints()) -> [String] {
    var matcher = OntologyMatcher(Self.definition)
    var found: [OntologyAssignment] = []
    matcher.match(tokens(text), titleEnd: titleEnd, hints: hints, into: &found)
    return found.map { "\(matcher.nodes[$0.node]) \($0.weight)" }
  }

  @Test func aLongTermHidesTheWordsInIt() {
    #expect(assign("A flash loan") == ["crypto.security.exploit 0.6"])
    #expect(assign("A loan") == ["crypto.defi.lending 0.5"])
  }

  @Test func equalEvidenceFollowsTheDefinition() {
    #expect(assign("Language models") == ["ai.research.language 0.5", "ai.models.language 0.5"])
  }

  @Test func bodyCountsLessAndRepetitionsAdd() {
    #expect(assign("x\nloan", titleEnd: 1) == [])
    #expect(assign("x\nloan, loan", titleEnd: 1) == ["crypto.defi.lending 0.444444"])
  }

  @Test func titleAndBodyMayComeApart() {
    var matcher = OntologyMatcher(Self.definition)
    var apart: [OntologyAssignment] = []
    var together: [OntologyAssignment] = []
    matcher.match(title: tokens("Aave"), body: tokens("loan, loan drains"), hints: OntologyHints(), into: &apart)
    matcher.match(tokens("Aave\nloan, loan drains"), titleEnd: 4, hints: OntologyHints(), into: &together)
    #expect(apart == together)
    #expect(apart.count == 1)
  }

  @Test func hintsSpeakWithoutWords() {
    let kind = OntologyHints.fingerprint("kind", Array("exploit".utf8))
    let category = OntologyHints.fingerprint("category", Array("cs.CL".utf8))
    #expect(assign("x", OntologyHints(kind: kind)) == ["crypto.security.exploit 0.666667"])
    #expect(assign("x", OntologyHints(categories: [category])) == ["ai.research.language 0.5"])
    #expect(assign("x", OntologyHints(categories: [1, category])) == [])
  }

  @Test func theOtherDomainNeedsTwiceTheEvidence() {
    #expect(assign("A loan", OntologyHints(domain: .ai)) == [])
    #expect(assign("Aave loan", OntologyHints(domain: .ai)) == ["crypto.defi.lending 0.5"])
  }

  @Test(arguments: [
    ("Bitcoin falls", TextDomain.crypto, 0.666667), ("a new LLM", .ai, 0.666667), ("token", nil, 0), ("Bitcoin LLM", nil, 0),
    ("weather", nil, 0),
  ])
  func vocabularyVotesForADomain(text: String, domain: TextDomain?, margin: Double) {
    #expect(DomainVoter(Self.definition).vote(tokens(text)) == DomainVote(domain: domain, margin: margin))
  }

  @Test(arguments: [
    ("The price of the token is up", "en"), ("Bitcoin surges", "en"), ("El precio de la moneda que sube con los días", "es"),
    ("Der Preis der Währung ist nicht mit dem Markt gefallen", "de"), ("Le prix de la monnaie est dans les mains", "fr"),
    ("比特币价格上涨", "zh"), ("ビットコインの価格", "ja"), ("비트코인 가격", "ko"), ("Цена биткоина растёт", "ru"), ("", "und"), ("12 34", "und"),
  ])
  func languageIsGuessed(text: String, expected: String) {
    #expect(LanguageGuess.guess(tokens(text)) == expected)
  }
}
