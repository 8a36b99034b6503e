import JSON
import Model

/// The five scores, in the order they are added up.
public enum Score: Int, Sendable, CaseIterable {
  case freshness, novelty, impact, confidence, gap

  public var name: StaticString {
    switch self {
    case .freshness: "freshness"
    case .novelty: "novelty"
    case .impact: "impact"
    case .confidence: "confidence"
    case .gap: "gap"
    }
  }
}

/// One score with the arithmetic behind it: `contribution` = `weight` · `value`.
public struct ScoreDetail: Sendable {
  /// What a score was computed from: a name and a number, in ascending order of the names.
  public struct Input: Sendable, Equatable {
    public var name: String
    public var value: Double
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// 0…1, rounded to six decimals.
  public var value: Double { didSet { json = [] } }
  public var weight: Double { didSet { json = [] } }
  public var inputs: [Input] { didSet { json = [] } }
  /// One plain sentence, ASCII.
  public var sentence: [UInt8] { didSet { json = [] } }
  /// The detail in canonical JSON, where it was written down for several events; else empty.
  private(set) var json: [UInt8] = []

  public init(value: Double, weight: Double, inputs: [Input], sentence: [UInt8]) {
    self.value = value
    self.weight = weight
    self.inputs = inputs
    self.sentence = sentence
  }

  /// Writes the detail down, for many events that have the same.
  public func written() -> ScoreDetail {
    var copy = self
    var json = JSONWriter()
    EvaluationRecord.write(self, &json)
    copy.json = json.bytes
    return copy
  }

  /// Rounded to six decimals.
  public var contribution: Double { rounded(value * weight) }
}

/// An event with its scores: the input of band.
///
/// The event is kept beside it and shared: its fields take a kilobyte, and three stages hand it on.
public struct ScoredEvent: Sendable {
  @usableFromInline let shared: Shared

  @usableFromInline final class Shared: Sendable {
    @usableFromInline let enriched: EnrichedEvent

    init(_ enriched: consuming EnrichedEvent) { self.enriched = enriched }
  }

  @inlinable public var enriched: EnrichedEvent { _read { yield shared.enriched } }

  /// By `Score.rawValue`.
  public let details: [ScoreDetail]
  /// The arithmetic of a total that is not the sum of the contributions.
  let totalDetail: ScoreDetail?
  /// The sum of the contributions, or what the scorer's expression for it gives; rounded to six decimals.
  public var total: Double
  /// `name@version` of the scorer.
  public var scorer: String

  /// Takes the event out of where it stands, as `EnrichedEvent.init(taking:enrichment:)` does.
  public init(
    taking enriched: inout EnrichedEvent, details: [ScoreDetail], total: Double, totalDetail: ScoreDetail? = nil, scorer: String
  ) {
    var taken = EnrichedEvent.placeholder
    swap(&taken, &enriched)
    self.init(enriched: taken, details: details, total: total, totalDetail: totalDetail, scorer: scorer)
  }

  /// - Parameter totalDetail: the arithmetic of a total that is not the sum of the contributions.
  public init(enriched: consuming EnrichedEvent, details: [ScoreDetail], total: Double, totalDetail: ScoreDetail? = nil, scorer: String) {
    shared = Shared(enriched)
    self.details = details
    self.totalDetail = totalDetail
    self.total = total
    self.scorer = scorer
  }

  public func value(_ score: Score) -> Double { details[score.rawValue].value }
}

/// How soon somebody should look, most urgent first.
public enum UrgencyBand: UInt8, Sendable, CaseIterable, Comparable {
  case archive = 0
  case weekly, sameDay, instant

  public var name: StaticString {
    switch self {
    case .instant: "instant"
    case .sameDay: "same_day"
    case .weekly: "weekly"
    case .archive: "archive"
    }
  }

  public init?(name: String) {
    guard let band = UrgencyBand.allCases.first(where: { "\($0.name)" == name }) else { return nil }
    self = band
  }

  public static func < (a: UrgencyBand, b: UrgencyBand) -> Bool { a.rawValue < b.rawValue }
}

/// Why a band was chosen.
public enum BandReason: UInt8, Sendable {
  /// The total lies at or above the band's threshold.
  case threshold
  /// A rule of the configuration names the band.
  case rule
  /// The story gathered sources or impact and rose.
  case promotion
  /// The story had been alerted already; this event adds support.
  case merged

  public var name: StaticString {
    switch self {
    case .threshold: "threshold"
    case .rule: "rule"
    case .promotion: "promotion"
    case .merged: "merged"
    }
  }
}

/// An event with its band: the input of curate.
public struct BandedEvent: Sendable {
  public var scored: ScoredEvent
  public var band: UrgencyBand
  public var reason: BandReason
  /// The threshold the total was held against, or 0.
  public var threshold: Double
  /// The name of the rule that decided; empty where none did.
  public var rule: String
  /// Events of this story that the band has merged, this one included.
  public var support: Int
  /// The band the story had before; `nil` for its first event.
  public var previousBand: UrgencyBand?
  /// When the band stops mattering; `nil` where it does not expire.
  public var expiresAt: Timestamp?

  public init(
    scored: ScoredEvent, band: UrgencyBand, reason: BandReason, threshold: Double, rule: String, support: Int, previousBand: UrgencyBand?,
    expiresAt: Timestamp?
  ) {
    self.scored = scored
    self.band = band
    self.reason = reason
    self.threshold = threshold
    self.rule = rule
    self.support = support
    self.previousBand = previousBand
    self.expiresAt = expiresAt
  }
}

/// Rounds to six decimals: what is compared or recorded has no more. Adds half a millionth and cuts, away from zero.
@inlinable public func rounded(_ value: Double) -> Double {
  let scaled = value * 1_000_000
  // Beyond 2^52 there are no decimals to lose.
  guard scaled.magnitude < 4_503_599_627_370_496 else { return value }
  return Double(Int64(scaled < 0 ? scaled - 0.5 : scaled + 0.5)) / 1_000_000
}
