import Events
import Model
import State

/// What curate remembers of a story.
///
/// Of its members it keeps the ids, the one that tells most, the scores of the one that scored highest, and two figures where sources contradict
/// each other; so its size does not grow with the story.
struct Story: Sendable {
  static let mostEvents = 50

  /// The scores of one member, and where its record lies.
  struct Evaluation: Sendable {
    var place: RecordPlace
    /// By `Score.rawValue`.
    var values: [Double]
    var contributions: [Double]
    var total: Double
  }

  /// An amount and who gave it.
  struct Figure: Sendable {
    var number: Member.Number
    var place: RecordPlace
    var source: String

    var binding: Binding { place.bind(number.field, canonicalNumber(number.value), span: number.span, basis: number.basis) }
  }

  /// Two sources, two amounts.
  struct Conflict: Sendable {
    var newer: Figure
    var older: Figure

    /// The larger amount over the smaller one.
    var ratio: Double {
      let low = min(newer.number.value, older.number.value)
      let ratio = low > 0 ? rounded(max(newer.number.value, older.number.value) / low) : 0
      return ratio.isFinite ? ratio : 0
    }
  }

  var id: EventID
  var brief: EventID
  var tenant: String
  var firstSeenAt: Timestamp
  /// 0 until a brief was emitted.
  var revision = 0
  /// When a revision was last made, or refused by the gate.
  var attemptedAt: Timestamp
  /// The highest that a member had.
  var band: UrgencyBand
  var expiresAt: Timestamp?
  var lead: Member
  var peak: Evaluation
  var maximumImpact: Double
  /// The newest member.
  var latest: RecordPlace
  /// The newest member that had the story's band. Not always the latest: band forgets a story sooner than curate does.
  var decider: RecordPlace
  var sources: Int
  var clusterSize: Int
  var confidence: Double
  var events: [EventID]
  var conflict: Conflict?
  /// Has members that no revision tells of yet.
  var isPending = false
  var isRetracted = false
  /// The next member leads whatever it says: the one that led was withdrawn.
  var isLeadRetracted = false

  init(_ banded: BandedEvent, at time: Timestamp) {
    let event = banded.scored.enriched.event
    let cluster = banded.scored.enriched.enrichment.cluster
    id = cluster.id
    brief = cluster.briefID
    tenant = event.tenant
    firstSeenAt = cluster.firstSeenAt
    attemptedAt = time
    band = banded.band
    expiresAt = banded.expiresAt
    lead = Member(banded)
    peak = Evaluation(banded)
    maximumImpact = lead.impact
    latest = lead.place
    decider = lead.place
    sources = cluster.sources
    clusterSize = cluster.size
    confidence = banded.scored.value(.confidence)
    events = [event.id]
    noteConflict(banded, lead)
  }

  /// Takes a further member in.
  mutating func add(_ banded: BandedEvent) {
    let cluster = banded.scored.enriched.enrichment.cluster
    let member = Member(banded)
    latest = member.place
    sources = cluster.sources
    clusterSize = cluster.size
    confidence = banded.scored.value(.confidence)
    if banded.band >= band {
      band = banded.band
      expiresAt = banded.expiresAt
      decider = member.place
    }
    maximumImpact = max(maximumImpact, member.impact)
    if banded.scored.total > peak.total { peak = Evaluation(banded) }
    if events.count < Story.mostEvents, !events.contains(member.place.event) { events.append(member.place.event) }
    noteConflict(banded, member)
    if isLeadRetracted || member.tellsBetter(than: lead) {
      lead = member
      isLeadRetracted = false
    }
  }

  private mutating func noteConflict(_ banded: BandedEvent, _ member: Member) {
    guard let other = banded.scored.enriched.enrichment.history.otherAmount, let amount = member.number(other.metric) else { return }
    let prior = Prior(other, in: member.place.partition)
    conflict = Conflict(
      newer: Figure(number: amount, place: member.place, source: member.source),
      older: Figure(number: prior.number, place: prior.place, source: prior.source))
  }
}

extension Story.Evaluation {
  init(_ banded: BandedEvent) {
    let event = banded.scored.enriched.event
    place = RecordPlace(event: event.id, partition: event.rawPartition, offset: event.rawOffset)
    values = banded.scored.details.map(\.value)
    contributions = banded.scored.details.map(\.contribution)
    total = banded.scored.total
  }
}
