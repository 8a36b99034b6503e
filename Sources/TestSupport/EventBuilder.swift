import Events
import Model

/// Makes events for tests: each call adds a field, and the last gives the event in the shape that a stage takes.
///
/// ```swift
/// let event = EventBuilder("defillama_hacks", .exploit, .crypto).title("Marrow Finance").metric("amount_usd", 12_400_000)
///   .fact("chain", "Arbitrum").banded(.instant)
/// ```
///
/// *Shape*: text and metrics get spans one behind the other, as if the raw value listed them in the order of the calls, save those added with
/// `derived: true`. Ids follow from source, number and observed time.
public struct EventBuilder: Sendable {
  public var event: Event
  public var cluster: StoryCluster
  public var history = History()
  public var sentiment: Double?
  /// By `Score.rawValue`.
  public var scores = [0.98, 0.91, 0.77, 0.85, 0.5]
  public var weights = [0.25, 0.25, 0.3, 0.15, 0.05]
  public var impactInputs: [ScoreDetail.Input] = []
  private var rawPosition = 16

  /// - Parameters:
  ///   - number: makes the event's id and its raw offset.
  ///   - milliseconds: observed time; occurred time too until `occurred` says otherwise.
  public init(
    _ source: String, _ kind: Kind, _ domain: Domain, number: Int = 1, at milliseconds: Int64 = 1_767_225_600_000, story: Int = 1
  ) {
    event = Event(source: source, kind: kind, domain: domain)
    event.observedAt = Timestamp(milliseconds: milliseconds)
    event.occurredAt = event.observedAt
    event.id = EventBuilder.id("\(source)-\(number)", at: milliseconds)
    event.rawPartition = PartitionIndex(3)
    event.rawOffset = Offset(Int64(number))
    cluster = StoryCluster(
      id: EventBuilder.id("story-\(story)", at: 1_767_225_600_000), relation: .new, size: 1, recentSize: 1, sources: 1,
      firstSeenAt: Timestamp(milliseconds: 1_767_225_600_000), firstSource: source, similarity: 0)
    event.naturalID = event.store(Array("\(source)-\(number)".utf8))
  }

  /// An id as normalize makes it.
  public static func id(_ name: String, at milliseconds: Int64) -> EventID {
    var hash = NameHash()
    hash.add(name)
    return EventID(time: Timestamp(milliseconds: milliseconds), name: hash.finish())
  }

  private mutating func span(_ count: Int, _ derived: Bool) -> SourceSpan? {
    if derived { return nil }
    rawPosition += count + 8
    return SourceSpan(rawPosition - count..<rawPosition, .json)
  }

  private mutating func field(_ text: String, _ derived: Bool) -> Field {
    let bytes = Array(text.utf8)
    let span = span(bytes.count, derived)
    return event.store(bytes, from: span)
  }

  private func with(_ change: (inout EventBuilder) -> Void) -> EventBuilder {
    var copy = self
    change(&copy)
    return copy
  }

  // MARK: Fields

  public func title(_ text: String, derived: Bool = false) -> EventBuilder { with { $0.event.title = $0.field(text, derived) } }
  public func body(_ text: String, derived: Bool = false) -> EventBuilder { with { $0.event.body = $0.field(text, derived) } }
  public func url(_ text: String, derived: Bool = false) -> EventBuilder { with { $0.event.url = $0.field(text, derived) } }
  public func hint(_ text: String) -> EventBuilder { with { $0.event.hints.append($0.field(text, false)) } }

  public func fact(_ name: String, _ text: String, derived: Bool = false) -> EventBuilder {
    with {
      $0.event.facts.append(Fact(name, $0.field(text, derived)))
      $0.event.facts.sort { $0.name < $1.name }
    }
  }

  public func metric(_ name: String, _ value: Double, derived: Bool = false) -> EventBuilder {
    with {
      $0.event.metrics.append(Metric(name, value, from: $0.span(8, derived)))
      $0.event.metrics.sort { $0.name < $1.name }
    }
  }

  public func entity(_ type: String, _ id: String, declared: Bool = true) -> EventBuilder {
    with { $0.event.entities.append(Entity(type: type, id: $0.field(id, !declared), isDeclared: declared)) }
  }

  public func occurred(_ milliseconds: Int64) -> EventBuilder { with { $0.event.occurredAt = Timestamp(milliseconds: milliseconds) } }
  public func flags(_ flags: EventFlags) -> EventBuilder { with { $0.event.flags = flags } }
  public func revision(_ number: Int) -> EventBuilder { with { $0.event.revision = number } }

  // MARK: What the stages add

  public func story(size: Int, sources: Int, relation: Relation = .sameStory) -> EventBuilder {
    with {
      $0.cluster.size = size
      $0.cluster.recentSize = size
      $0.cluster.sources = sources
      $0.cluster.relation = relation
    }
  }

  public func history(_ change: (inout History) -> Void) -> EventBuilder { with { change(&$0.history) } }
  public func score(_ score: Score, _ value: Double) -> EventBuilder { with { $0.scores[score.rawValue] = value } }
  public func impactInput(_ name: String, _ value: Double) -> EventBuilder { with { $0.impactInputs.append(.init(name, value)) } }

  public var enriched: EnrichedEvent {
    var enrichment = Enrichment(cluster: cluster)
    enrichment.history = history
    enrichment.sentiment = sentiment
    return EnrichedEvent(event: event, enrichment: enrichment)
  }

  public var scored: ScoredEvent {
    let details = Score.allCases.map { score in
      ScoreDetail(
        value: scores[score.rawValue], weight: weights[score.rawValue], inputs: score == .impact ? impactInputs : [],
        sentence: Array("A score.".utf8))
    }
    return ScoredEvent(
      enriched: enriched, details: details, total: rounded(details.reduce(0) { $0 + $1.contribution }), scorer: "default@1")
  }

  /// - Parameter lifetime: milliseconds from the observed time to the expiry; `nil` for none.
  public func banded(
    _ band: UrgencyBand, reason: BandReason = .threshold, previous: UrgencyBand? = nil, lifetime: Int64? = 1_800_000
  ) -> BandedEvent {
    BandedEvent(
      scored: scored, band: band, reason: reason, threshold: 0.8, rule: "", support: cluster.size, previousBand: previous,
      expiresAt: lifetime.map { event.observedAt.adding(milliseconds: $0) })
  }
}
