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
///
/// A pipeline that begins with raw records is folded with `fold(_:)`; one that begins with enriched events with `fold(_:before:)`.
public struct PartitionFold<Pipeline: Stage>: Sendable {
  public let pipeline: Pipeline
  public let partition: PartitionIndex
  /// The next raw offset to be folded.
  public internal(set) var next: Offset
  /// For each derived topic, by `DerivedTopic.rawValue`: the offset its next record will have, and the tree over those below it.
  public internal(set) var produced: [Produced]
  public internal(set) var configuration: CompiledConfiguration?
  /// What is made of each configuration before it comes into force; `nil` leaves them as they are.
  var revision: Revision?
  /// Set where a configuration was pinned: the records' own are then passed over.
  var isPinned = false
  var state: Pipeline.State
  /// Whether what is made is hashed into the trees. Only records that are written, or a state that is kept, need that: folding again to compare or
  /// to look does not, and then `produced` counts records and its digests mean nothing.
  public var keepsTrees = true
  /// The records made since the last `takeRecords`.
  public internal(set) var sink = RecordSink()
  var outputs: [Pipeline.Output] = []
  var envelope = RawEnvelope()
  var eventReader = EventReader(readsEmbeddings: false)
  /// Whether the raw record at `next` has been begun: it may cause several events.
  var isMidRecord = false

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

  /// Carries the trees over what was made since the counts in `before` were taken.
  mutating func growTrees(from before: [Int]) {
    for topic in DerivedTopic.allCases {
      let number = topic.rawValue
      if keepsTrees { produced[number].growth.append(sink.buffers[number], in: before[number]..<sink.buffers[number].count) }
      produced[number].next = produced[number].next.advanced(by: sink.buffers[number].count - before[number])
    }
  }

  /// Forgets the records made so far, once they are committed or compared.
  public mutating func removeRecords() {
    sink.removeRecords()
    for index in produced.indices { produced[index].growth.hashes.removeAll(keepingCapacity: true) }
  }

  // MARK: Control records

  static var identity: StageIdentity { StageIdentity("fold", version: 1) }

  /// Lets a control record take effect and writes down that it has; one that cannot becomes a dead letter.
  mutating func control(_ records: RecordBuffer, _ index: Int, _ type: String, at offset: Offset) {
    sink.counters.controls += 1
    let time = records.records[index].timestamp
    do {
      switch try FoldControl(type, value: records.records[index].value.map { Array(records.bytes[$0]) } ?? []) {
      case .configuration(let compiled):
        // Headers name what the log says even where another configuration is tried, so that only its consequences differ.
        if isPinned { sink.use(configurationDigest: compiled.digest) } else { use(try revised(compiled)) }
      case .stage(let control):
        if let configuration {
          let context = StepContext(partition: partition, offset: offset, observedAt: time, configuration: configuration)
          pipeline.control(control, state: &state, context: context, outputs: &outputs, records: &sink)
          outputs.removeAll(keepingCapacity: true)
        }
      }
      if Self.writesControls { sink.writeControl(of: records, at: index, by: Self.identity) }
    } catch {
      sink.reject(error, by: Self.identity)
    }
  }

  /// Folds with this configuration whatever the records say: to see what a change would have done.
  public mutating func pin(_ compiled: CompiledConfiguration) {
    configuration = compiled
    isPinned = true
  }

  /// A pure function of configurations.
  public typealias Revision = @Sendable (CompiledConfiguration) throws(ProwziError) -> CompiledConfiguration

  /// Folds from here on with every configuration revised, the one in force included: how a candidate is tried.
  /// - Throws: what the revision throws for the configuration in force.
  public mutating func revise(_ revision: @escaping Revision) throws(ProwziError) {
    self.revision = revision
    if let configuration { use(try revision(configuration)) }
  }

  private func revised(_ compiled: CompiledConfiguration) throws(Rejection) -> CompiledConfiguration {
    guard let revision else { return compiled }
    do {
      return try revision(compiled)
    } catch {
      throw Rejection("control.bad_config", error.message, at: 0)
    }
  }

  mutating func use(_ compiled: CompiledConfiguration) {
    configuration = compiled
    sink.use(configurationDigest: compiled.digest)
  }

  /// The whole state as canonical bytes: equal states give equal bytes.
  public func stateBytes() -> [UInt8] {
    var writer = StateWriter()
    state.write(to: &writer)
    return writer.bytes
  }

  /// SHA-256 of the state's bytes.
  /// - Complexity: linear in the state, which may be tens of megabytes.
  public var stateDigest: Digest { SHA256.digest(of: stateBytes()) }

  /// A fold that has read raw records vouches for their control records; one that began later only follows them.
  static var writesControls: Bool { Pipeline.Input.self == RawRecord.self }
}

enum PartitionFoldLimits {
  /// So few inputs that what comes of them is still in the processor's cache when it is hashed.
  static let hashedTogether = 32
}

// MARK: Raw records

extension PartitionFold where Pipeline.Input == RawRecord {
  /// Folds the records of a raw partition, in order. What they cause is appended to `sink`.
  public mutating func fold(_ records: RecordBuffer) { fold(records, in: records.records.indices) }

  /// Folds some of the records.
  public mutating func fold(_ records: RecordBuffer, in range: Range<Int>) {
    var first = range.lowerBound
    while first < range.upperBound {
      let end = min(range.upperBound, first + PartitionFoldLimits.hashedTogether)
      let before = sink.buffers.map(\.count)
      for index in first..<end {
        let offset = records.records[index].offset
        precondition(offset >= next, "records must come in the order of their offsets")
        step(records, index, offset)
        next = offset.advanced(by: 1)
      }
      growTrees(from: before)
      first = end
    }
  }

  private mutating func step(_ records: RecordBuffer, _ index: Int, _ offset: Offset) {
    sink.begin(partition: partition, offset: offset)
    sink.counters.records += 1
    envelope.read(records, index)
    if envelope.isControl {
      control(records, index, envelope.type, at: offset)
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
}
