import Configuration
import Model
import Testing

@testable import TextFeatures

/// What holds for every text.
@Suite struct LawTests {
  /// Pieces that meet the readers' conditions, so that random texts reach their depths.
  static let pieces = [
    "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "$", "€", "US$", "1,200", ".5", "12.5", "M", "B", "x7B", "%", " ", " ", " ", "-", "–",
    "'", "’", "'s", "/", ":",
    ".", ",", "arXiv:", "2401.12345", "v2", "10.1145/", "CVE-", "2024-", "3094", "GHSA-", "jfh8-", "c2jp", "https://", "www.",
    "github.com/", "a/b", "(", ")",
    "context", "tokens", "million", "USDC", "ETH", "OpenAI", "GPT-4", "not", "very", "exploit", "flash loan", "币", "é", "Ж", "🚀", "U.S.",
    "\n", "\\%", "×", "₿", "\u{0}",
    "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "Claude Opus", "repo ", "\u{301}", "İ",
  ]

  static func randomText(_ generator: inout SeededGenerator) -> [UInt8] {
    var text = ""
    for _ in 0..<Int.random(in: 0...24, using: &generator) {
      if Int.random(in: 0..<5, using: &generator) == 0 {
        let scalar = UInt32.random(in: 0...0x10FFFF, using: &generator)
        text.unicodeScalars.append(Unicode.Scalar(scalar) ?? "\u{FFFD}")
      } else if Int.random(in: 0..<4, using: &generator) == 0 {
        text.unicodeScalars.append(Unicode.Scalar(UInt8.random(in: 0..<128, using: &generator)))
      } else {
        text += pieces[Int.random(in: 0..<pieces.count, using: &generator)]
      }
    }
    return Array(text.utf8)
  }

  /// Everything the target reads from a text, as one value, through buffers that may have been used before.
  struct Reader {
    var list = TokenList()
    var entities = EntityList()
    var numbers: [NumberMention] = []
    var assignments: [OntologyAssignment] = []
    var matcher: OntologyMatcher
    let lexicon: SentimentLexicon
    let voter: DomainVoter
    let names: NameIndex
    var models = ModelNameIndex()

    init() throws {
      matcher = OntologyMatcher(try DataTests.definition())
      voter = DomainVoter(try DataTests.definition())
      lexicon = SentimentLexicon(try DataTests.lexicon())
      names = NameIndex(try DataTests.names())
      models.insert("anthropic/claude-opus-4-5")
    }

    mutating func read(_ text: [UInt8]) -> String {
      list.read(text)
      EntityExtractor.extract(from: list, names: names, learned: NameIndex(capacity: 1), models: models, into: &entities)
      NumberExtractor.extract(from: list, into: &numbers)
      matcher.match(list, titleEnd: text.count / 2, hints: OntologyHints(), into: &assignments)
      let words = list.tokens.map { "\($0.range) \($0.fingerprint) \($0.singular) \($0.flags.rawValue)" }
      return """
        \(words) \(list.links) \(entities.mentions) \(entities.identifiers) \(numbers) \(assignments)
        \(lexicon.score(list)) \(voter.vote(list)) \(LanguageGuess.guess(list))
        """
    }
  }

  @Test func rangesLieOnCharacterBoundariesInOrder() throws {
    var reader = try Reader()
    var generator = SeededGenerator(state: 1)
    for round in 0..<4000 {
      let text = Self.randomText(&generator)
      _ = reader.read(text)
      func isSound(_ range: Range<Int>) -> Bool {
        range.lowerBound >= 0 && range.upperBound <= text.count && !range.isEmpty
          && (range.upperBound == text.count || text[range.upperBound] & 0xC0 != 0x80)
          && text[range.lowerBound] & 0xC0 != 0x80
      }
      let ranges =
        reader.list.tokens.map(\.range) + reader.list.links.map(\.range) + reader.entities.mentions.map(\.range)
        + reader.numbers.map(\.range)
      #expect(ranges.allSatisfy(isSound), "round \(round): \(String(decoding: text, as: UTF8.self))")
      let words = reader.list.tokens
      #expect(zip(words, words.dropFirst()).allSatisfy { $0.end <= $1.start }, "round \(round)")
      let mentions = reader.entities.mentions
      #expect(zip(mentions, mentions.dropFirst()).allSatisfy { $0.range.lowerBound <= $1.range.lowerBound }, "round \(round)")
      #expect(String(validating: reader.list.lowered, as: UTF8.self) != nil, "round \(round)")
      #expect(reader.list.lowered.count == text.count)
    }
  }

  @Test func whatWasReadBeforeLeavesNoTrace() throws {
    var used = try Reader()
    let fresh = try Reader()
    var generator = SeededGenerator(state: 2)
    for round in 0..<600 {
      let text = Self.randomText(&generator)
      var copy = fresh
      #expect(used.read(text) == copy.read(text), "round \(round): \(String(decoding: text, as: UTF8.self))")
    }
  }

  @Test func randomBytesMadeValidNeverTrap() throws {
    var reader = try Reader()
    var generator = SeededGenerator(state: 3)
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let text = Array(String(decoding: bytes, as: UTF8.self).utf8)
      #expect(!reader.read(text).isEmpty)
    }
  }

  @Test func everyTokenHasTheFingerprintOfItsBytes() throws {
    var generator = SeededGenerator(state: 4)
    var list = TokenList()
    var checked = 0
    for _ in 0..<2000 {
      list.read(Self.randomText(&generator))
      for token in list.tokens
      where !list.text[token.range].contains(0x2E) && !list.text[token.range].contains(0x27)
        && list.text[token.range].allSatisfy({ $0 < 0x80 })
      {
        #expect(token.fingerprint == Fingerprint.of(list.lowered, in: token.range))
        checked += 1
      }
    }
    #expect(checked > 1000)
  }
}
