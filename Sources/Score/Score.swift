import Configuration
import Events
import Model
import Scorers
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
    /// Reused results; leave no trace, so no part of a checkpoint.
    var memo = ScoreMemo()

    init() {}
    public init(from reader: inout StateReader) throws(ProwziError) { attention = try Attention(from: &reader) }
    public func write(to writer: inout StateWriter) { attention.write(to: &writer) }
  }

  public func initialState() -> State { State() }

  public func step(
    _ input: inout EnrichedEvent, state: inout State, context: StepContext, outputs: inout [ScoredEvent], records: inout RecordSink
  ) {
    let live = context.configuration.scorer
    let scorer = context.configuration.scorer(for: input.event.id)
    let coverage = state.attention.count(input, for: scorer, live: live, canary: context.configuration.canary?.scorer)
    let evaluation = scorer.evaluate(input, coverage: coverage, remembering: &state.memo)
    let scored = ScoredEvent(
      taking: &input, details: evaluation.details, total: evaluation.total, totalDetail: evaluation.totalDetail,
      scorer: scorer.label)
    records.writeScored(scored, by: Self.identity)
    outputs.append(consume scored)
  }
}
