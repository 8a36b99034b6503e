import Configuration
import Events
import JSON
import Model
import Stages
import State

/// The third stage: five scores and their weighted sum, each with its arithmetic.
///
/// Everything is computed from the enriched event, the configuration in force, and one small piece of state (how much attention each
/// node of the ontology had in the last days). So scoring can be folded again from `prowzi.enriched` without what came before it.
public struct ScoreStage: Stage {
  public static let identity = StageIdentity("score", version: 1)

  public init() {}

  public struct State: Checkpointable, Sendable {
    var attention = Attention()

    init() {}
    public init(from reader: inout StateReader) throws(ProwziError) { attention = try Attention(from: &reader) }
    public func write(to writer: inout StateWriter) { attention.write(to: &writer) }
  }

  public func initialState() -> State { State() }

  public func step(
    _ input: inout EnrichedEvent, state: inout State, context: StepContext, outputs: inout [ScoredEvent], records: inout RecordSink
  ) {
    let settings = context.configuration.scorer
    let weights = settings.weights[Int(input.event.domain.rawValue)]
    let details = [
      FreshnessScore.compute(input, settings, weights[0]),
      NoveltyScore.compute(input, settings, weights[1]),
      ImpactScore.compute(input, settings, weights[2]),
      ConfidenceScore.compute(input, settings, weights[3]),
      state.attention.gap(of: input, settings, weights[4]),
    ]
    var total = 0.0
    for detail in details { total += detail.contribution }
    let scored = ScoredEvent(taking: &input, details: details, total: rounded(total), scorer: settings.label)
    let event = scored.enriched.event
    records.write(
      .scored, by: Self.identity, id: event.id, key: nil, tenant: event.tenant, occurredAt: event.occurredAt, observedAt: event.observedAt
    ) { EvaluationRecord(scored).write(to: &$0) }
    outputs.append(scored)
  }
}

/// Builds an explanation's sentence.
struct Sentence {
  private(set) var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(96) }

  mutating func say(_ text: StaticString) {
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A number with at most two decimals, or six for what would read as zero.
  mutating func say(_ value: Double) {
    let two = (value * 100).rounded() / 100
    DecimalText.append(two == 0 && value != 0 ? rounded(value) : two, to: &bytes)
  }

  mutating func say(_ value: Int) { DecimalText.append(Int64(value), to: &bytes) }
}

extension Double {
  /// The value held within a range.
  func clamped(_ low: Double, _ high: Double) -> Double { Swift.min(Swift.max(self, low), high) }
}
