import Events
import Model
import State

/// What a brief needs of an event: its fields, cut to a bounded size, with their places. A story keeps one, its most informative member.
struct Member: Sendable {
  /// A field of text.
  struct Piece: Sendable, Equatable {
    /// The path in the event's record.
    var field: String
    /// The field's bytes; the first of them where it is long, so offsets stay what they are.
    var text: [UInt8]
    var isCut = false
    var span: SourceSpan?
  }

  struct Number: Sendable, Equatable {
    var field: String
    var value: Double
    var span: SourceSpan?
    /// `.derived` for numbers that our own stages worked out.
    var basis: Binding.Basis
  }

  struct Named<Value: Sendable>: Sendable {
    var name: String
    var value: Value
  }

  var place: RecordPlace
  var kind: Kind
  var domain: Domain
  var source: String
  var observedAt: Timestamp
  var occurredAt: Timestamp
  var flags: EventFlags
  var isRevision: Bool
  var impact: Double
  var title: Piece?
  var body: Piece?
  var url: Piece?
  var hint: Piece?
  var facts: [Named<Piece>] = []
  var entities: [Named<Piece>] = []
  var numbers: [Named<Number>] = []
  var previousStars: Prior?
  var previousPrice: Prior?

  static let longestTitle = 1200
  static let longestBody = 1600
  static let longestText = 240
  static let mostFacts = 16
  static let mostNumbers = 32
  static let mostEntitiesOfType = 4

  func fact(_ name: String) -> Piece? { facts.first { $0.name == name }?.value }
  func entity(_ type: String) -> Piece? { entities.first { $0.name == type }?.value }
  func entities(_ type: String) -> [Piece] { entities.filter { $0.name == type }.map(\.value) }
  func number(_ name: String) -> Number? { numbers.first { $0.name == name }?.value }

  /// Binds the shown part of a text field.
  ///
  /// A field without a place in the raw value is what normalize made of it, and says so.
  func bind(_ piece: Piece, _ range: Range<Int>) -> Binding {
    Binding(
      field: piece.field, text: piece.text, range: range, event: place.event, partition: place.partition, offset: place.offset,
      span: piece.span, basis: .read)
  }

  func bind(_ number: Number) -> Binding {
    place.bind(number.field, canonicalNumber(number.value), span: number.span, basis: number.basis)
  }

  /// What a claim on fields of this member must say about how they came to be: `nil` where all stand in the raw value.
  func origin(_ bindings: [Binding]) -> String? {
    bindings.contains { $0.basis == .read && $0.span == nil } ? "normalize(\(source))" : nil
  }

  /// How much a headline from this member says: the kind first, then whether it has an amount.
  var informativeness: Int {
    let rank =
      switch kind {
      case .exploit, .fundingRound: 6
      case .advisory, .modelRelease: 5
      case .repoRelease, .paper, .tokenLaunch, .poolActivity, .tokenListing: 4
      case .repoStars: 3
      case .repoPush: 2
      case .news: 1
      case .generic: 0
      }
    return 2 * rank + (number("amount_usd") == nil ? 0 : 1)
  }

  /// Whether this member tells the story better than the one that tells it now. Ties stay as they are, save where newer figures replace older ones.
  func tellsBetter(than other: Member) -> Bool {
    if informativeness != other.informativeness { return informativeness > other.informativeness }
    if kind == other.kind {
      switch kind {
      case .repoStars, .modelRelease, .poolActivity, .repoRelease: return true
      default: if isRevision, source == other.source { return true }
      }
    }
    return impact > other.impact
  }
}

/// A number of an earlier event that this one is compared with.
struct Prior: Sendable {
  var number: Member.Number
  var place: RecordPlace
  var source: String
  var observedAt: Timestamp

  init(_ prior: PriorNumber, in partition: PartitionIndex) {
    number = Member.Number(field: "payload.extracted.metrics.\(prior.metric)", value: prior.value, span: prior.span, basis: .read)
    place = RecordPlace(event: prior.event, partition: partition, offset: prior.offset)
    source = prior.source
    observedAt = prior.observedAt
  }

  var binding: Binding { place.bind(number.field, canonicalNumber(number.value), span: number.span, basis: .read) }
}

// MARK: From an event

extension Member {
  init(_ banded: BandedEvent) {
    let enriched = banded.scored.enriched
    let event = enriched.event
    let history = enriched.enrichment.history
    place = RecordPlace(event: event.id, partition: event.rawPartition, offset: event.rawOffset)
    kind = event.kind
    domain = event.domain
    source = event.source
    observedAt = event.observedAt
    occurredAt = event.occurredAt
    flags = event.flags
    isRevision = event.revision > 1
    impact = banded.scored.value(.impact)
    previousStars = history.previousStars.map { Prior($0, in: event.rawPartition) }
    previousPrice = history.previousPrice.map { Prior($0, in: event.rawPartition) }

    func piece(_ path: String, _ field: Field?, _ limit: Int) -> Piece? {
      guard let field, !field.isEmpty else { return nil }
      let end = UTF8Text.boundary(
        in: event.bytes, atOrBefore: min(field.range.upperBound, field.range.lowerBound + limit), from: field.range.lowerBound)
      return Piece(
        field: path, text: Array(event.bytes[field.range.lowerBound..<end]), isCut: end < field.range.upperBound, span: field.span)
    }
    title = piece("payload.text.title", event.title, Self.longestTitle)
    body = piece("payload.text.body", event.body, Self.longestBody)
    url = piece("payload.text.url", event.url, Self.longestText)
    hint = piece("topic_hints[0]", event.hints.first, Self.longestText)
    for fact in event.facts.prefix(Self.mostFacts) {
      guard let value = piece("payload.extracted.facts.\(fact.name)", fact.value, Self.longestText) else { continue }
      facts.append(Named(name: fact.name, value: value))
    }
    for (index, entity) in event.entities.enumerated() where Self.shownEntities.contains(entity.type) {
      guard entities(entity.type).count < Self.mostEntitiesOfType,
        let value = piece("payload.extracted.entities[\(index)].id", entity.id, Self.longestText)
      else { continue }
      entities.append(Named(name: entity.type, value: value))
    }
    for metric in event.metrics.prefix(Self.mostNumbers) where metric.value.isFinite {
      let number = Number(field: "payload.extracted.metrics.\(metric.name)", value: metric.value, span: metric.span, basis: .read)
      numbers.append(Named(name: metric.name, value: number))
    }
    addFindings(banded.scored, history)
  }

  private static let shownEntities: Set<String> = [
    "repository", "author", "organization", "protocol", "chain", "token", "pool", "model", "provider", "address", "cve", "ghsa", "investor",
    "product",
  ]

  /// Numbers that our own stages worked out, under names of their own.
  private mutating func addFindings(_ scored: ScoredEvent, _ history: History) {
    func add(_ name: String, _ field: String, _ value: Double?) {
      guard let value, value.isFinite, number(name) == nil else { return }
      numbers.append(Named(name: name, value: Number(field: field, value: value, span: nil, basis: .derived)))
    }
    add("providers", "history.providers", history.providers.map(Double.init))
    add("price_step", "history.price_step", history.priceStep)
    add("star_burst", "history.star_burst", history.starBurst)
    add("deployer_launches", "history.deployer_launches", history.deployerLaunches.map(Double.init))
    for input in scored.details[Score.impact.rawValue].inputs where input.name == "has_code" || input.name == "is_benchmark" {
      add(input.name, "explanations.impact.inputs.\(input.name)", input.value)
    }
  }
}
