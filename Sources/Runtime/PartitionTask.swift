import Band
import Curate
import Enrich
import Events
import Fold
import Model
import Normalize
import Ports
import RecordFormat
import Score
import Stages

/// The five stages as one: what `prowzi run` folds and `prowzi replay` folds again.
///
/// A type of its own around the fusion, so that the compiler sees every stage's type here and the whole step becomes one specialised function;
/// the fold, which knows no stages, calls it once a record.
public struct Pipeline: Stage {
  public typealias Stages = Fused<Fused<Fused<Fused<Normalize, Enrich>, ScoreStage>, BandStage>, Curate>

  private let stages: Stages

  public init() { stages = Stages(.init(.init(.init(Normalize(), Enrich()), ScoreStage()), BandStage()), Curate()) }

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

/// The name of the standard pipeline's fold in commits and checkpoints.
public let pipelineFold = "pipeline"

/// One partition being folded: reads a batch, folds it, commits what came of it, and now and then a checkpoint.
///
/// What it does between two commits can be lost at any moment without anyone being able to tell.
///
/// Unchecked: a worker takes a task out of the shared list under its lock, and nobody else has it until the worker puts it back under the lock.
final class PartitionTask: @unchecked Sendable {
  let partition: PartitionIndex
  private(set) var fold: PartitionFold<Pipeline>
  private let log: any LogReader & LogWriter
  private let store: CheckpointStore
  private let settings: RunSettings
  private let signer: LogSigner?
  private var checkpoint: FoldPosition.Checkpoint?
  private var sinceCheckpoint = 0
  private var input = RecordBuffer()
  /// What this partition's records have cost so far, to judge how long the rest will take.
  private var foldedRecords = 1
  private var foldedTime = Duration.zero

  /// About how long folding what is there will take: the partition with the most to do goes first, so that none is left over at the end.
  private(set) var remaining = Duration.zero

  /// Takes up the fold where the last commit left it: from the newest checkpoint that the log vouches for, folding the records since again.
  /// - Throws: `fold.diverged` where folding again does not give what is recorded: the program, or the log, is not what it was.
  init(
    partition: PartitionIndex, log: any LogReader & LogWriter, store: CheckpointStore, settings: RunSettings, signer: LogSigner?
  ) throws(ProwziError) {
    self.partition = partition
    self.log = log
    self.store = store
    self.settings = settings
    self.signer = signer
    let position = try log.position(of: pipelineFold, in: partition)
    checkpoint = position?.checkpoint
    fold = try Self.restore(partition, position, store)
    try catchUp(to: position?.next ?? .zero)
  }

  private static func restore(
    _ partition: PartitionIndex, _ position: FoldPosition?, _ store: CheckpointStore
  ) throws(ProwziError) -> PartitionFold<Pipeline> {
    guard let checkpoint = position?.checkpoint else { return PartitionFold(Pipeline(), partition: partition) }
    let bytes = try store.read(partition, at: checkpoint.offset)
    guard Checkpoint.digest(of: bytes) == checkpoint.digest else {
      throw ProwziError(
        "checkpoint.corrupt", "the checkpoint is not the one the log speaks of",
        place: "partition \(partition), offset \(checkpoint.offset)",
        advice: "Remove the file under checkpoints/; `prowzi replay --verify` shows whether the log itself is sound.")
    }
    return try PartitionFold(Pipeline(), checkpoint: bytes)
  }

  /// Folds what lies between the checkpoint and the committed position, and holds the result against what is recorded.
  private func catchUp(to position: Offset) throws(ProwziError) {
    let raw = TopicPartition(topic: .raw, partition: partition)
    while fold.next < position {
      input.removeAll()
      let left = position.distance(from: fold.next)
      _ = try log.read(raw, from: fold.next, maxRecords: min(left, settings.batchRecords), maxBytes: settings.batchBytes, into: &input)
      guard !input.isEmpty else {
        throw ProwziError("fold.input_missing", "raw records that were folded before are gone", place: "\(raw) offset \(fold.next)")
      }
      let end = input.records.firstIndex { $0.offset >= position } ?? input.count
      fold.fold(input, in: 0..<end)
      fold.removeRecords()
      sinceCheckpoint += end
    }
    for topic in DerivedTopic.allCases {
      let target = TopicPartition(topic: topic.name, partition: partition)
      let bounds = try log.bounds(of: target)
      let made = fold.produced[topic.rawValue]
      guard bounds.highWatermark == made.next, bounds.digest == made.digest else {
        throw ProwziError(
          "fold.diverged",
          "folding again gives offset \(made.next) and digest \(made.digest.hex.prefix(16)), recorded are \(bounds.highWatermark) and \(bounds.digest.hex.prefix(16))",
          place: "\(target)",
          advice: "`prowzi replay --verify` names the first record that differs. A log is continued by the version that wrote it.")
      }
    }
  }

  /// The derived partitions it writes.
  var targets: [TopicPartition] { DerivedTopic.allCases.map { TopicPartition(topic: $0.name, partition: partition) } }

  /// Folds and commits one batch.
  /// - Returns: how many raw records it held; 0 where there is nothing to do.
  func turn() throws(ProwziError) -> Int {
    input.removeAll()
    _ = try log.read(
      TopicPartition(topic: .raw, partition: partition), from: fold.next, maxRecords: settings.batchRecords, maxBytes: settings.batchBytes,
      into: &input)
    // The log gives whole batches; a smaller batch size is the caller's wish and must not change what comes out.
    let count = min(input.count, settings.batchRecords)
    guard count > 0 else { return 0 }
    let start = ContinuousClock.now
    fold.fold(input, in: 0..<count)
    foldedTime += ContinuousClock.now - start
    foldedRecords += count
    sinceCheckpoint += count
    if sinceCheckpoint >= settings.checkpointRecords { try writeCheckpoint() }
    try commit()
    try estimate()
    return count
  }

  /// Looks how much there is to do. Decides only the order in which partitions take their turns, which nothing recorded depends on.
  func estimate() throws(ProwziError) {
    let end = try log.bounds(of: TopicPartition(topic: .raw, partition: partition)).highWatermark
    remaining = foldedTime / foldedRecords * end.distance(from: fold.next)
    if foldedTime == .zero { remaining = .microseconds(end.distance(from: fold.next)) }
  }

  /// Commits a checkpoint of this moment, if anything was folded since the last one.
  func finish() throws(ProwziError) {
    guard sinceCheckpoint > 0 else { return }
    try writeCheckpoint()
    try commit()
  }

  private func writeCheckpoint() throws(ProwziError) {
    let bytes = fold.checkpoint()
    try store.write(bytes, partition, at: fold.next)
    checkpoint = Checkpoint.digest(of: bytes).map { FoldPosition.Checkpoint(offset: fold.next, digest: $0) }
    sinceCheckpoint = 0
    try store.prune(partition)
  }

  private func commit() throws(ProwziError) {
    var commit = Commit(positions: [FoldPosition(fold: pipelineFold, partition: partition, next: fold.next, checkpoint: checkpoint)])
    var expected: [Offset] = []
    for topic in DerivedTopic.allCases {
      let records = fold.sink.buffers[topic.rawValue]
      if records.isEmpty { continue }
      let made = fold.produced[topic.rawValue]
      expected.append(made.next.advanced(by: -records.count))
      commit.appends.append(
        .init(target: TopicPartition(topic: topic.name, partition: partition), records: records, growth: made.growth))
    }
    let firsts = try log.commit(commit)
    guard firsts == expected else {
      throw ProwziError(
        "fold.diverged", "the log gave other offsets than the fold counted", place: "partition \(partition)",
        advice: "Another process has written to the derived topics. Stop it and start again.")
    }
    // Let go of the shared bytes first, so that the buffers' memory is used again and not copied.
    let targets = commit.appends.map(\.target)
    commit.appends.removeAll()
    fold.removeRecords()
    try signer?.committed(targets)
  }
}
