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
struct TextWork: Sendable {
  private var title = TokenList()
  private var body = TokenList()
  private var entities = EntityList()
  private var mentions: [NumberMention] = []
  private var assignments: [OntologyAssignment] = []
  private var embedder = Embedder()
  private var minHash = MinHash()
  /// The matcher of the configuration in force, copied because matching needs work memory.
  private var matcher: OntologyMatcher?
  private var matcherOf: Digest?

  var distinctWords: [UInt64] { embedder.distinctWords }

  mutating func read(
    _ event: inout Event, text: TextConfiguration, settings: EnrichSettings, frequency: WordFrequency, models: ModelNameIndex,
    learned: NameIndex
  ) -> TextFindings {
    var findings = TextFindings()
    let hasProse = event.kind.hasProse
    title.read(hasProse ? event.title.map { Array(event.bytes[$0.range]) } ?? [] : [])
    body.read(hasProse ? event.body.map { Array(event.bytes[$0.range]) } ?? [] : [])
    if hasProse {
      if !event.isDomainKnown { decideDomain(&event, text) }
      readNames(&event, text, models, learned)
      readNumbers(event, &findings)
      findings.sentiment = sentiment(text)
      findings.language = LanguageGuess.guess(body.count > title.count ? body : title)
      findings.title = titleFingerprint()
      findings.embedding = embed(settings, frequency)
      findings.buckets = minHash.buckets(of: title)
    }
    findings.ontology = ontology(of: event, text)
    return findings
  }

  private func decideDomain(_ event: inout Event, _ text: TextConfiguration) {
    let vote = text.voter.vote(title)
    if let domain = vote.domain ?? text.voter.vote(body).domain { event.domain = domain == .crypto ? .crypto : .ai }
  }

  /// The title counts twice: a headline says what the text is about.
  private func sentiment(_ text: TextConfiguration) -> Double {
    let ofTitle = text.lexicon.score(title)
    guard body.count > 0 else { return ofTitle }
    return rounded((2 * ofTitle + text.lexicon.score(body)) / 3)
  }

  private func titleFingerprint() -> UInt64 {
    guard title.count >= 3 else { return 0 }
    var print: UInt64 = 0
    for token in title.tokens { print = Fingerprint.combine(print, token.fingerprint) }
    return print
  }

  private mutating func embed(_ settings: EnrichSettings, _ frequency: WordFrequency) -> Embedding? {
    embedder.begin()
    embedder.add(title, asTitle: true, frequency: frequency, settings: settings)
    embedder.add(body, asTitle: false, frequency: frequency, settings: settings)
    return embedder.finish(minimumWords: settings.minimumWords)
  }

  private mutating func readNames(_ event: inout Event, _ text: TextConfiguration, _ models: ModelNameIndex, _ learned: NameIndex) {
    for (list, field) in [(title, event.title), (body, event.body)] {
      guard list.count > 0, let field else { continue }
      EntityExtractor.extract(from: list, names: text.names, learned: learned, models: models, into: &entities)
      for mention in entities.mentions where mention.type != .url && event.entities.count < 64 {
        add(mention, in: field, to: &event)
      }
    }
  }

  private func add(_ mention: EntityMention, in field: Field, to event: inout Event) {
    let type = mention.type.name
    let identifier = entities.identifiers[mention.identifier]
    let isKnown = event.entities.contains { $0.type == type && event.bytes[$0.id.range].elementsEqual(identifier) }
    if isKnown { return }
    let id = event.store(identifier)
    event.entities.append(Entity(type: type, id: id, isDeclared: false))
    _ = field
  }

  private mutating func readNumbers(_ event: Event, _ findings: inout TextFindings) {
    for (list, field) in [(title, event.title), (body, event.body)] {
      guard list.count > 0, let field else { continue }
      mentions.removeAll(keepingCapacity: true)
      NumberExtractor.extract(from: list, into: &mentions)
      for mention in mentions where findings.numbers.count < 32 && mention.value.isFinite {
        let start = field.range.lowerBound
        findings.numbers.append(
          NumberFact(
            kind: mention.kind.name, value: mention.value, unit: mention.unit,
            range: start + mention.range.lowerBound..<start + mention.range.upperBound))
      }
    }
  }

  private mutating func ontology(of event: Event, _ text: TextConfiguration) -> [OntologyWeight] {
    if matcherOf != text.digest {
      matcher = text.ontology
      matcherOf = text.digest
    }
    let hints = OntologyHints(
      kind: text.kindHints[Int(event.kind.rawValue)], source: OntologyHints.fingerprint("source", Array(event.source.utf8)),
      categories: event.hints.prefix(8).map { OntologyHints.fingerprint("category", Array(event.bytes[$0.range])) },
      domain: event.domain == .crypto ? .crypto : .ai)
    matcher?.match(title: title, body: body, hints: hints, into: &assignments)
    return assignments.map { OntologyWeight(node: $0.node, weight: $0.weight) }
  }
}
