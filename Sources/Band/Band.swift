import Configuration
import Events
import Model
import Stages
import State

/// The fourth stage: how soon somebody should look.
///
/// The band of an event follows from its total and the thresholds, unless a rule of the configuration says otherwise. Events of one story are
/// merged: after the first alert they add support, and only a rise into a higher band (past its threshold by the hysteresis, once for each band)
/// alerts again. A story is never silently lowered.
public struct BandStage: Stage {
  public static let identity = StageIdentity("band", version: 1)

  public init() {}

  /// What is remembered of a story.
  struct Story: Sendable {
    var band: UrgencyBand
    var support: Int
    var expiresAt: Timestamp?
  }

  public struct State: Checkpointable, Sendable {
    var stories = AgingTable<WideKey, Story>()
    var newest = Timestamp(milliseconds: .min)

    init() {}

    public func write(to writer: inout StateWriter) {
      writer.time(newest)
      stories.write(to: &writer) { story, writer in
        writer.unsigned(UInt64(story.band.rawValue))
        writer.count(story.support)
        writer.bool(story.expiresAt != nil)
        if let expiresAt = story.expiresAt { writer.time(expiresAt) }
      }
    }

    public init(from reader: inout StateReader) throws(ProwziError) {
      newest = try reader.time()
      stories = try AgingTable(from: &reader) { (reader) throws(ProwziError) in
        guard let band = UrgencyBand(rawValue: UInt8(truncatingIfNeeded: try reader.unsigned())) else {
          throw ProwziError("state.corrupt", "there is no such band", place: "byte \(reader.position)")
        }
        let support = Int(truncatingIfNeeded: try reader.unsigned())
        return Story(band: band, support: support, expiresAt: try reader.bool() ? try reader.time() : nil)
      }
    }
  }

  public func initialState() -> State { State() }

  public func step(
    _ input: inout ScoredEvent, state: inout State, context: StepContext, outputs: inout [BandedEvent], records: inout RecordSink
  ) {
    let settings = context.configuration.band
    state.newest = max(state.newest, context.observedAt)
    state.stories.expire(before: state.newest.adding(milliseconds: -settings.memoryMilliseconds), keeping: settings.memoryItems)

    let banded = band(input, state: &state, settings)
    records.writeBanded(banded, by: Self.identity)
    outputs.append(consume banded)
  }

  static func key(of story: EventID) -> WideKey { WideKey(high: story.high ^ Fingerprint.mix(story.low), low: story.low) }

  private func band(_ input: ScoredEvent, state: inout State, _ settings: BandSettings) -> BandedEvent {
    let rule = settings.rules.first { $0.matches(input) }
    let thresholds = settings.thresholds[Int(input.enriched.event.kind.rawValue)]
    let own = rule?.band ?? thresholds.band(of: input.total)
    let cluster = input.enriched.enrichment.cluster
    let key = Self.key(of: cluster.id)
    let known = state.stories[key]

    var result = BandedEvent(
      scored: input, band: own, reason: rule == nil ? .threshold : .rule, threshold: thresholds.least(own), rule: rule?.name ?? "",
      support: (known?.support ?? 0) + 1, previousBand: known?.band, expiresAt: nil)
    if let known {
      let rises = own > known.band && (rule != nil || input.total >= thresholds.least(own) + settings.hysteresis)
      result.band = rises ? own : known.band
      result.threshold = thresholds.least(result.band)
      if rises {
        result.reason = .promotion
      } else if known.band >= .sameDay {
        result.reason = .merged
      } else {
        // A story nobody was alerted to: its later events are judged by themselves, within its band.
        result.band = min(own, known.band)
        result.threshold = thresholds.least(result.band)
      }
    }
    result.expiresAt = expiry(result, known, settings)
    state.stories.insert(
      key, Story(band: max(result.band, known?.band ?? .archive), support: result.support, expiresAt: result.expiresAt), at: state.newest)
    return result
  }

  private func expiry(_ banded: BandedEvent, _ known: Story?, _ settings: BandSettings) -> Timestamp? {
    if banded.reason == .merged { return known?.expiresAt }
    let now = banded.scored.enriched.event.observedAt
    switch banded.band {
    case .instant: return now.adding(milliseconds: settings.instantExpiryMilliseconds)
    case .sameDay: return now.adding(milliseconds: settings.sameDayExpiryMilliseconds)
    case .weekly, .archive: return nil
    }
  }
}

extension BandSettings.Rule {
  func matches(_ input: ScoredEvent) -> Bool {
    if let kind, kind != input.enriched.event.kind { return false }
    if let domain, domain != input.enriched.event.domain { return false }
    if let source, source != input.enriched.event.source { return false }
    if let minimumImpact, input.value(.impact) < minimumImpact { return false }
    return true
  }
}
