import Configuration
import Events
import JSON
import Merkle
import Model
import RecordFormat
import Stages
import State

/// A pipeline folded over one partition: records in, records out, and everything that must be kept to go on.
///
/// Pure: no clock, no file. Live running, replay and catching up after a crash all go through `fold`. The same raw records give the same derived
/// records and the same state, however they are divided into calls.
public struct PartitionFold<Pipeline: Stage> where Pipeline.Input == RawRecord {
  public let pipeline: Pipeline
  public let partition: PartitionIndex
  /// The next raw offset to be folded.
  public internal(set) var next: Offset
  /// For each derived topic, by `DerivedTopic.rawValue`: the offset its next record will have, and the tree over those below it.
  public internal(set) var produced: [Produced]
  public internal(set) var configuration: CompiledConfiguration?
  /// Set where a configuration was pinned: the records' own are then passed over.
  private var isPinned = false
  var state: Pipeline.State
  /// The records made since the last `takeRecords`.
  public internal(set) var sink = RecordSink()
  private var outputs: [Pipeline.Output] = []
  private var envelope = RawEnvelope()

  /// How far a derived partition has come.
  public struct Produced: Sendable, Equatable {
    public var next: Offset
    /// The tree, and the hashes that the records since the last `removeRecords` have added to those stored.
    public var growth: TreeGrowth

    public init(next: Offset, tree: MerkleTree) {
      self.next = next
      growth = TreeGrowth(tree: tree)
    }

    /// The partition's digest: its tree's root.
    public var digest: Digest { growth.tree.root }
  }

  /// A fold that has seen nothing.
  public init(_ pipeline: Pipeline, partition: PartitionIndex) {
    self.pipeline = pipeline
    self.partition = partition
    next = .zero
    produced = DerivedTopic.allCases.map { _ in Produced(next: .zero, tree: MerkleTree()) }
    state = pipeline.initialState()
  }

  /// Folds the records of a raw partition, in order. What they cause is appended to `sink`.
  public mutating func fold(_ records: RecordBuffer) { fold(records, in: records.records.indices) }

  /// Folds some of the records.
  public mutating func fold(_ records: RecordBuffer, in range: Range<Int>) {
    let before = sink.buffers.map(\.count)
    for index in range {
      let offset = records.records[index].offset
      precondition(offset >= next, "records must come in the order of their offsets")
      step(records, index, offset)
      next = offset.advanced(by: 1)
    }
    growTrees(from: before)
  }

  private mutating func growTrees(from before: [Int]) {
    for topic in DerivedTopic.allCases {
      let number = topic.rawValue
      produced[number].growth.append(sink.buffers[number], in: before[number]..<sink.buffers[number].count)
      produced[number].next = produced[number].next.advanced(by: sink.buffers[number].count - before[number])
    }
  }

  /// Forgets the records made so far, once they are committed or compared.
  public mutating func removeRecords() {
    sink.removeRecords()
    for index in produced.indices { produced[index].growth.hashes.removeAll(keepingCapacity: true) }
  }

  private mutating func step(_ records: RecordBuffer, _ index: Int, _ offset: Offset) {
    sink.begin(partition: partition, offset: offset)
    sink.counters.records += 1
    envelope.read(records, index)
    if envelope.isControl {
      control(records, index, offset)
    } else if let configuration {
      let context = StepContext(
        partition: partition, offset: offset, observedAt: records.records[index].timestamp, configuration: configuration)
      var raw = envelope.record(records, index)
      pipeline.step(&raw, state: &state, context: context, outputs: &outputs, records: &sink)
      outputs.removeAll(keepingCapacity: true)
    } else {
      sink.reject(
        Rejection("config.missing", "no configuration is in force before this record", at: 0), by: Self.identity)
    }
    sink.writeRejections(of: records, at: index)
  }

  private static var identity: StageIdentity { StageIdentity("fold", version: 1) }

  // MARK: Control records

  private mutating func control(_ records: RecordBuffer, _ index: Int, _ offset: Offset) {
    sink.counters.controls += 1
    let time = records.records[index].timestamp
    do {
      switch try FoldControl(envelope.type, value: records.records[index].value.map { Array(records.bytes[$0]) } ?? []) {
      case .configuration(let compiled):
        // Headers name what the log says even where another configuration is tried, so that only its consequences differ.
        if isPinned { sink.use(configurationDigest: compiled.digest) } else { use(compiled) }
      case .stage(let control):
        guard let configuration else { return }
        let context = StepContext(partition: partition, offset: offset, observedAt: time, configuration: configuration)
        pipeline.control(control, state: &state, context: context, outputs: &outputs, records: &sink)
        outputs.removeAll(keepingCapacity: true)
      }
    } catch {
      sink.reject(error, by: Self.identity)
    }
  }

  /// Folds with this configuration whatever the records say: to see what a change would have done.
  public mutating func pin(_ compiled: CompiledConfiguration) {
    configuration = compiled
    isPinned = true
  }

  mutating func use(_ compiled: CompiledConfiguration) {
    configuration = compiled
    sink.use(configurationDigest: compiled.digest)
  }

  /// Serialises the whole state and answers its digest: what the digest lines of status, verify and checkpoints show.
  public func stateBytes() -> [UInt8] {
    var writer = StateWriter()
    state.write(to: &writer)
    return writer.bytes
  }
}
