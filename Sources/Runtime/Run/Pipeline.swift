import Band
import Curate
import Enrich
import Events
import Model
import Normalize
import Score
import Stages

/// The first two stages, raw records to enriched events: what is known, whoever judges it.
public typealias Recognition = Fused<Normalize, Enrich>

/// The last three stages, enriched events to briefs: what it is worth. A candidate scorer is tried by folding these alone.
///
/// A type of its own around the fusion, as `Pipeline` is.
public struct Assessment: Stage {
  public typealias Stages = Fused<Fused<ScoreStage, BandStage>, Curate>

  private let stages: Stages

  public init() { stages = Stages(.init(ScoreStage(), BandStage()), Curate()) }

  public static var identity: StageIdentity { Stages.identity }
  public static var signature: String { Stages.signature }

  public func initialState() -> Stages.State { stages.initialState() }

  public func step(
    _ input: inout EnrichedEvent, state: inout Stages.State, context: StepContext, outputs: inout [Brief], records: inout RecordSink
  ) {
    stages.step(&input, state: &state, context: context, outputs: &outputs, records: &records)
  }

  public func control(
    _ control: Control, state: inout Stages.State, context: StepContext, outputs: inout [Brief], records: inout RecordSink
  ) {
    stages.control(control, state: &state, context: context, outputs: &outputs, records: &records)
  }
}

/// The five stages as one: what `prowzi run` folds and `prowzi replay` folds again.
///
/// A type of its own around the fusion, so that the compiler sees every stage's type here and the whole step becomes one specialised function;
/// the fold, which knows no stages, calls it once a record.
public struct Pipeline: Stage {
  public typealias Stages = Fused<Recognition, Assessment>

  private let stages: Stages

  public init() { stages = Stages(Recognition(Normalize(), Enrich()), Assessment()) }

  public static var identity: StageIdentity { Stages.identity }
  public static var signature: String { Stages.signature }

  public func initialState() -> Stages.State { stages.initialState() }

  public func step(
    _ input: inout RawRecord, state: inout Stages.State, context: StepContext, outputs: inout [Brief], records: inout RecordSink
  ) {
    stages.step(&input, state: &state, context: context, outputs: &outputs, records: &records)
  }

  public func control(
    _ control: Control, state: inout Stages.State, context: StepContext, outputs: inout [Brief], records: inout RecordSink
  ) {
    stages.control(control, state: &state, context: context, outputs: &outputs, records: &records)
  }
}
