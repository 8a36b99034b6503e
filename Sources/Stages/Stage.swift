import Configuration
import Events
import Model
import State

/// A stage's name and version, which every record it makes carries. Behaviour that changes what is written bumps the version.
public struct StageIdentity: Sendable, Equatable {
  public let name: StaticString
  public let version: Int

  public init(_ name: StaticString, version: Int) {
    self.name = name
    self.version = version
  }

  /// `score/3`.
  public var text: String { "\(name)/\(version)" }

  public static func == (a: StageIdentity, b: StageIdentity) -> Bool { a.text == b.text }
}

/// What surrounds one step: everything a stage may know besides its state and its input.
///
/// There is no clock here. "Now" is `observedAt`, the time at which the record in hand entered the log.
public struct StepContext: Sendable {
  /// Where the raw record that causes this step lies.
  public var partition: PartitionIndex
  public var offset: Offset
  public var observedAt: Timestamp
  /// The configuration in force: the last configuration record at or before this offset.
  public var configuration: CompiledConfiguration

  public init(partition: PartitionIndex, offset: Offset, observedAt: Timestamp, configuration: CompiledConfiguration) {
    self.partition = partition
    self.offset = offset
    self.observedAt = observedAt
    self.configuration = configuration
  }
}

/// A record that is not an event but changes what stages do.
public enum Control: Sendable {
  /// Stream time has come this far although nothing else happened.
  case tick
  /// What the source said under this natural id, or this event, no longer holds.
  case retract(event: EventID, reason: String)
}

/// A pure function folded over a partition: state and one input in, outputs and records out.
///
/// A stage may read its arguments and nothing else: no clock, file, environment, random generator or global, nothing whose order is not fixed.
/// Live running and replay call the same `step`.
///
/// The laws, which `Tests/StagesTests` hold every stage to: the same inputs give the same outputs however they are divided into
/// calls; a state written and read back behaves as the original.
public protocol Stage: Sendable {
  associatedtype Input
  associatedtype Output: Sendable
  associatedtype State: Checkpointable, Sendable

  static var identity: StageIdentity { get }

  /// The names and versions of all stages in it, in order: `normalize/1+enrich/1`. A checkpoint of one signature is refused by another.
  static var signature: String { get }

  /// The state before the first record.
  func initialState() -> State

  /// Folds one input: changes the state, appends what it makes for the next stage to `outputs` and its records to `records`.
  func step(
    _ input: inout Input, state: inout State, context: StepContext, outputs: inout [Output], records: inout RecordSink)

  /// Folds one control record. Does nothing unless a stage says otherwise.
  func control(
    _ control: Control, state: inout State, context: StepContext, outputs: inout [Output], records: inout RecordSink)
}

extension Stage {
  public static var signature: String { identity.text }

  @inlinable public func control(
    _ control: Control, state: inout State, context: StepContext, outputs: inout [Output], records: inout RecordSink
  ) {}
}

/// Two stages as one: what the first makes, the second is given, in order.
///
/// The five stages fused are `Fused<Fused<Fused<Fused<Normalize, Enrich>, Score>, Band>, Curate>`: one pass over a raw partition, without a
/// queue or a copy between them.
public struct Fused<First: Stage, Second: Stage>: Stage where First.Output == Second.Input {
  public let first: First
  public let second: Second

  @inlinable public init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  public static var identity: StageIdentity { Second.identity }

  public static var signature: String { First.signature + "+" + Second.signature }

  /// The states of both, and the list between them (empty between steps, so no part of a checkpoint).
  public struct State: Checkpointable, Sendable {
    public var first: First.State
    public var second: Second.State
    @usableFromInline var between: [First.Output] = []

    @inlinable init(first: First.State, second: Second.State) {
      self.first = first
      self.second = second
    }

    public init(from reader: inout StateReader) throws(ProwziError) {
      first = try First.State(from: &reader)
      second = try Second.State(from: &reader)
    }

    public func write(to writer: inout StateWriter) {
      first.write(to: &writer)
      second.write(to: &writer)
    }
  }

  @inlinable public func initialState() -> State { State(first: first.initialState(), second: second.initialState()) }

  @inlinable public func step(
    _ input: inout First.Input, state: inout State, context: StepContext, outputs: inout [Second.Output], records: inout RecordSink
  ) {
    first.step(&input, state: &state.first, context: context, outputs: &state.between, records: &records)
    drain(&state, context, &outputs, &records)
  }

  @inlinable public func control(
    _ control: Control, state: inout State, context: StepContext, outputs: inout [Second.Output], records: inout RecordSink
  ) {
    first.control(control, state: &state.first, context: context, outputs: &state.between, records: &records)
    drain(&state, context, &outputs, &records)
    second.control(control, state: &state.second, context: context, outputs: &outputs, records: &records)
  }

  @inlinable func drain(
    _ state: inout State, _ context: StepContext, _ outputs: inout [Second.Output], _ records: inout RecordSink
  ) {
    if state.between.isEmpty { return }
    for index in state.between.indices {
      second.step(&state.between[index], state: &state.second, context: context, outputs: &outputs, records: &records)
    }
    state.between.removeAll(keepingCapacity: true)
  }
}
