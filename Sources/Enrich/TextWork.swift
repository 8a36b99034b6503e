import Configuration
import Events
import Model
import TextFeatures

/// What one event's text yields by itself.
struct TextFindings {
  /// The fingerprint of the title's words; 0 without prose.
  var title: UInt64 = 0
  var sentiment: Double?
  var language = "und"
  var numbers: [NumberFact] = []
  var ontology: [OntologyWeight] = []
  var embedding: Embedding?
  var buckets: [UInt64] = []
}

/// Reads texts with buffers that are used again for the next one.
///
/// Title and body are read as one text, the title first and a line's end between them.
struct TextWork: Sendable {
  private var tokens = TokenList()
  /// The title's part of the text.
  private var titleEnd = 0
  private var entities = EntityList()
  private var mentions: [NumberMention] = []
  private var assignments: [OntologyAssignment] = []
  private var embedder = Embedder()
  private var minHash = MinHash()
  /// The matcher of the configuration in force, copied because matching needs work memory.
  private var matcher: OntologyMatcher?
  private var matcherOf: Digest?

  var distinctWords: [UInt64] { embedder.distinctWords }
  var tellingWords: TellingWords { embedder.tellingWords }

  mutating func read(
    _ event: inout Event, text tables: TextConfiguration, settings: EnrichSettings, frequency: WordFrequency, models: ModelNameIndex,
    learned: NameIndex
  ) -> TextFindings {
    var findings = TextFindings()
    readWords(of: event)
    if event.kind.hasProse {
      if !event.isDomainKnown, let domain = tables.voter.vote(tokens).domain { event.domain = domain == .crypto ? .crypto : .ai }
      readNames(&event, tables, models, learned)
      readNumbers(event, &findings)
      findings.sentiment = tables.lexicon.score(tokens)
      findings.language = LanguageGuess.guess(tokens)
      findings.title = titleFingerprint()
      embedder.begin()
      embedder.add(tokens, titleEnd: titleEnd, frequency: frequency, settings: settings)
      findings.embedding = embedder.finish(minimumWords: settings.minimumWords)
      findings.buckets = minHash.buckets(of: tokens, titleEnd: titleEnd)
    }
    findings.ontology = ontology(of: event, tables)
    return findings
  }

  private mutating func readWords(of event: Event) {
    var text = tokens.takeText()
    titleEnd = 0
    if event.kind.hasProse {
      if let title = event.title { text.append(contentsOf: event.bytes[title.range]) }
      titleEnd = text.count
      if let body = event.body {
        text.append(0x0a)
        text.append(contentsOf: event.bytes[body.range])
      }
    }
    tokens.read(text)
  }

  /// Where a range of the text read lies in the event's bytes; `nil` where it reaches from the title into the body.
  private func place(_ range: Range<Int>, in event: Event) -> Range<Int>? {
    if range.upperBound <= titleEnd, let title = event.title {
      return title.range.lowerBound + range.lowerBound..<title.range.lowerBound + range.upperBound
    }
    guard range.lowerBound > titleEnd, let body = event.body else { return nil }
    let shift = body.range.lowerBound - titleEnd - 1
    return range.lowerBound + shift..<range.upperBound + shift
  }

  private func titleFingerprint() -> UInt64 {
    var print: UInt64 = 0
    var words = 0
    for token in tokens.tokens {
      if token.start >= titleEnd { break }
      print = Fingerprint.combine(print, token.fingerprint)
      words += 1
    }
    return words < 3 ? 0 : print
  }

  private mutating func readNames(_ event: inout Event, _ tables: TextConfiguration, _ models: ModelNameIndex, _ learned: NameIndex) {
    EntityExtractor.extract(from: tokens, names: tables.names, learned: learned, models: models, into: &entities)
    for mention in entities.mentions where mention.type != .url && event.entities.count < 64 {
      let type = mention.type.name
      let identifier = entities.identifiers[mention.identifier]
      let isKnown = event.entities.contains { $0.type == type && event.bytes[$0.id.range].elementsEqual(identifier) }
      if isKnown { continue }
      event.entities.append(Entity(type: type, id: event.store(identifier), isDeclared: false))
    }
  }

  private mutating func readNumbers(_ event: Event, _ findings: inout TextFindings) {
    mentions.removeAll(keepingCapacity: true)
    NumberExtractor.extract(from: tokens, into: &mentions)
    for mention in mentions where findings.numbers.count < 32 && mention.value.isFinite {
      guard let range = place(mention.range, in: event) else { continue }
      findings.numbers.append(NumberFact(kind: mention.kind.name, value: mention.value, unit: mention.unit, range: range))
    }
  }

  private mutating func ontology(of event: Event, _ tables: TextConfiguration) -> [OntologyWeight] {
    if matcherOf != tables.digest {
      matcher = tables.ontology
      matcherOf = tables.digest
    }
    let hints = OntologyHints(
      kind: tables.kindHints[Int(event.kind.rawValue)], source: Fingerprint.of(event.source, seed: OntologyHints.sourceSeed),
      categories: event.hints.prefix(8).map { Fingerprint.of(event.bytes, in: $0.range, seed: OntologyHints.categorySeed) },
      domain: event.domain == .crypto ? .crypto : .ai)
    matcher?.match(tokens, titleEnd: titleEnd, hints: hints, into: &assignments)
    return assignments.map { OntologyWeight(node: $0.node, weight: $0.weight) }
  }
}
