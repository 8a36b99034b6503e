import Dispatch
import Fold
import Model
import Ports
import RecordFormat
import Stages
import Synchronization

/// The name of the standard pipeline's fold in commits and checkpoints.
public let pipelineFold = "pipeline"

/// A fold of one partition that takes its turn among others.
protocol FoldTurns: AnyObject, Sendable {
  var partition: PartitionIndex { get }
  var set: TopicSet { get }

  /// Whether it has come to its end, so that nothing will ever be left to do.
  var isDone: Bool { get }

  /// About how long folding what is there will take: the partition with the most to do goes first, so that none is left over at the end.
  var remaining: Duration { get }

  /// Folds and commits one batch.
  /// - Returns: how many records it held; 0 where there is nothing to do.
  func turn() throws(ProwziError) -> Int

  /// Commits a checkpoint of this moment, if anything was folded since the last one.
  func finish() throws(ProwziError)
}

/// Where a fold ends, which may become known while it goes on.
final class EndMark: Sendable {
  private let mark: Mutex<Offset?>

  /// - Parameter offset: the raw offset to stop before; `nil` goes on with what comes.
  init(_ offset: Offset? = nil) { mark = Mutex(offset) }

  var offset: Offset? { mark.withLock { $0 } }

  func set(_ offset: Offset) { mark.withLock { $0 = offset } }
}

/// Where states are written beside the folds.
private let stateQueue = DispatchQueue(label: "io.prowzi.states")

/// One partition being folded: reads a batch, folds it, commits what came of it, and now and then a checkpoint.
///
/// What it does between two commits can be lost at any moment without anyone being able to tell. The live pipeline, replays into topics of their own
/// and candidates are the same task with other feeds, sets and beginnings.
///
/// Unchecked: a worker takes a task out of the shared list under its lock, and nobody else has it until the worker puts it back under the lock.
final class PartitionTask<Input: Feed>: FoldTurns, @unchecked Sendable {
  let partition: PartitionIndex
  private(set) var fold: PartitionFold<Input.Pipeline>
  private var feed: Input
  private let log: any LogReader & LogWriter
  let set: TopicSet
  /// The derived topics that are written; what else is made is dropped.
  private let topics: [DerivedTopic]
  private let store: any StateStore
  private let settings: RunSettings
  private let end: EndMark
  private let signer: LogSigner?
  private var checkpoint: FoldPosition.Checkpoint?
  private var sinceCheckpoint = 0
  private var needsPruning = false
  /// A state that is being kept while the fold goes on.
  private var pending: BackgroundWork<FoldPosition.Checkpoint?>?
  private var checkpointedAt = ContinuousClock.now
  /// What this partition's records have cost so far, to judge how long the rest will take.
  private var foldedRecords = 1
  private var foldedTime = Duration.zero

  private(set) var remaining = Duration.zero

  /// Takes up the fold where the last commit left it: from the newest checkpoint that the log vouches for, folding the records since again.
  /// - Parameters:
  ///   - beginning: the fold before its first record; asked only where no checkpoint was committed yet.
  ///   - prepare: called on a fold that was read from a checkpoint, for what a checkpoint does not hold.
  /// - Throws: `fold.diverged` where folding again does not give what is recorded: the program, or the log, is not what it was.
  init(
    partition: PartitionIndex, set: TopicSet, topics: [DerivedTopic], log: any LogReader & LogWriter, store: any StateStore,
    settings: RunSettings, end: EndMark = EndMark(), signer: LogSigner? = nil, pipeline: Input.Pipeline,
    prepare: (inout PartitionFold<Input.Pipeline>) throws(ProwziError) -> Void = { (_) throws(ProwziError) in },
    beginning: () throws(ProwziError) -> PartitionFold<Input.Pipeline>
  ) throws(ProwziError) {
    self.partition = partition
    self.set = set
    self.topics = topics
    self.log = log
    self.store = store
    self.settings = settings
    self.end = end
    feed = Input(log)
    let position = try log.position(of: set.fold, in: partition)
    self.signer = signer
    checkpoint = position?.checkpoint
    if let named = checkpoint, let kept = try Self.restoreNewest(pipeline, partition, named, store) {
      fold = kept
      try prepare(&fold)
    } else {
      checkpoint = nil
      fold = try beginning()
    }
    if let position { try catchUp(to: position.next) }
    self.position = fold.next
    committed = fold.produced.map(\.next)
  }

  /// The state that the log names; where it is not kept any more, as on a cluster that has lost it, or is of an earlier program's format, the
  /// newest one before that can be read.
  /// - Returns: `nil` where none is kept.
  private static func restoreNewest(
    _ pipeline: Input.Pipeline, _ partition: PartitionIndex, _ checkpoint: FoldPosition.Checkpoint, _ store: any StateStore
  ) throws(ProwziError) -> PartitionFold<Input.Pipeline>? {
    do throws(ProwziError) {
      return try restore(pipeline, partition, checkpoint, store)
    } catch {
      guard error.code == "checkpoint.missing" || error.code == "checkpoint.other_format" else { throw error }
    }
    for offset in try store.offsets(of: partition).reversed() where offset < checkpoint.offset {
      // What is folded on from here is held against what is recorded, so a wrong state cannot go unnoticed.
      if let bytes = try? store.read(partition, at: offset), let fold = try? PartitionFold(pipeline, checkpoint: bytes) { return fold }
    }
    return nil
  }

  private static func restore(
    _ pipeline: Input.Pipeline, _ partition: PartitionIndex, _ checkpoint: FoldPosition.Checkpoint, _ store: any StateStore
  ) throws(ProwziError) -> PartitionFold<Input.Pipeline> {
    let bytes = try store.read(partition, at: checkpoint.offset)
    guard Checkpoint.digest(of: bytes) == checkpoint.digest else {
      throw ProwziError(
        "checkpoint.corrupt", "the checkpoint is not the one the log speaks of",
        place: "partition \(partition), offset \(checkpoint.offset)",
        advice: "Remove the file under checkpoints/; `prowzi replay --verify` shows whether the log itself is sound.")
    }
    return try PartitionFold(pipeline, checkpoint: bytes)
  }

  /// Folds what lies between the checkpoint and the committed position, and holds the result against what is recorded.
  private func catchUp(to position: Offset) throws(ProwziError) {
    while fold.next < position {
      let count = try feed.advance(&fold, before: position, settings.batch)
      guard count > 0 else {
        throw ProwziError(
          "fold.input_missing", "records that were folded before are gone", place: "prowzi.raw/\(partition) offset \(fold.next)")
      }
      fold.removeRecords()
      sinceCheckpoint += count
    }
    for topic in topics {
      let target = TopicPartition(topic: set.topic(topic), partition: partition)
      let bounds = try log.bounds(of: target)
      let made = fold.produced[topic.rawValue]
      guard bounds.recordCount == made.next.value, bounds.digest == made.digest else {
        let recorded = bounds.recordCount.map(String.init) ?? "unknown"
        throw ProwziError(
          "fold.diverged",
          "folding again gives \(made.next) records and digest \(made.digest.hex.prefix(16)), recorded are \(recorded) and \(bounds.digest.hex.prefix(16))",
          place: "\(target)",
          advice: "`prowzi replay --verify` names the first record that differs. A log is continued by the version that wrote it.")
      }
    }
  }

  /// The raw offset up to which everything is committed.
  private(set) var position = Offset.zero
  /// How many records of each derived topic are committed.
  private(set) var committed: [Offset] = []

  /// The derived partitions it writes.
  var targets: [TopicPartition] { topics.map { TopicPartition(topic: set.topic($0), partition: partition) } }

  func turn() throws(ProwziError) -> Int {
    let limit = try limit()
    let start = ContinuousClock.now
    // Up to the next state at most, so that states lie no farther apart than was asked for.
    var batch = settings.batch
    batch.records = min(batch.records, max(1, settings.checkpointRecords - sinceCheckpoint))
    let count = try feed.advance(&fold, before: limit, batch)
    guard count > 0 else {
      remaining = .zero
      return 0
    }
    foldedTime += ContinuousClock.now - start
    try keep(count)
    try estimate()
    return count
  }

  /// Folds and commits what was observed up to a time, one batch at most, as far as it comes before anything later.
  /// - Returns: how many records it held.
  func turn(upTo time: Timestamp) throws(ProwziError) -> Int {
    let limit = try limit()
    var count = 0
    while count < settings.batch.records, let next = try feed.nextTime(fold, before: limit), next <= time {
      count += try feed.advance(&fold, before: limit, BatchSize(records: 1))
    }
    if count > 0 { try keep(count) }
    return count
  }

  /// The observed time of the next record; `nil` where there is none.
  func nextTime() throws(ProwziError) -> Timestamp? { try feed.nextTime(fold, before: try limit()) }

  private func limit() throws(ProwziError) -> Offset {
    let available = try feed.end(of: partition)
    return min(end.offset ?? available, available)
  }

  /// Commits what was folded, and a checkpoint where one is due.
  private func keep(_ count: Int) throws(ProwziError) {
    foldedRecords += count
    sinceCheckpoint += count
    let isDue = sinceCheckpoint >= settings.checkpointRecords || ContinuousClock.now - checkpointedAt >= settings.checkpointInterval
    if isDue, !settings.keepsStatesAside { try writeCheckpoint() }
    try commit()
    if isDue, settings.keepsStatesAside { keepAside() }
  }

  var isDone: Bool { end.offset.map { fold.next >= $0 } ?? false }

  /// Looks how much there is to do. Decides only the order in which partitions take their turns, which nothing recorded depends on.
  func estimate() throws(ProwziError) {
    let left = try limit().distance(from: fold.next)
    remaining = foldedTime == .zero ? .microseconds(left) : foldedTime / foldedRecords * left
  }

  func finish() throws(ProwziError) {
    if let pending {
      pending.wait()
      try takePending()
    } else if sinceCheckpoint == 0 {
      return
    }
    if sinceCheckpoint > 0 { try writeCheckpoint() }
    try commit()
  }

  /// Begins to keep the state of this moment, which is committed, beside the fold: writing a large one takes a tenth of a second and more, which whoever
  /// follows the derived topics would notice. The commit after it is kept names it. Where the one before is not kept yet, the next turn asks again.
  ///
  /// One at a time in a process (`stateQueue`): a state that is being written is held twice in memory, as far as the fold changes it meanwhile.
  private func keepAside() {
    guard pending == nil else { return }
    let (snapshot, store, partition) = (fold, store, partition)
    pending = BackgroundWork(on: stateQueue) { () throws(ProwziError) in
      let bytes = snapshot.checkpoint()
      try store.write(bytes, partition, at: snapshot.next)
      return Checkpoint.digest(of: bytes).map { FoldPosition.Checkpoint(offset: snapshot.next, digest: $0) }
    }
    sinceCheckpoint = 0
    checkpointedAt = .now
  }

  /// - Throws: what keeping the state has thrown.
  private func takePending() throws(ProwziError) {
    guard let outcome = pending?.outcome else { return }
    pending = nil
    checkpoint = try outcome.get()
    needsPruning = true
  }

  private func writeCheckpoint() throws(ProwziError) {
    let bytes = fold.checkpoint()
    try store.write(bytes, partition, at: fold.next)
    checkpoint = Checkpoint.digest(of: bytes).map { FoldPosition.Checkpoint(offset: fold.next, digest: $0) }
    sinceCheckpoint = 0
    checkpointedAt = .now
    needsPruning = true
  }

  /// Removes states that are too many. Not before the commit that names the newest: until then the one before it is what counts.
  private func prune() throws(ProwziError) {
    guard needsPruning, pending == nil, let checkpoint else { return }
    try store.prune(partition, keeping: settings.checkpointsKept, sparing: checkpoint.offset)
    needsPruning = false
  }

  private func commit() throws(ProwziError) {
    try takePending()
    var commit = Commit(positions: [FoldPosition(fold: set.fold, partition: partition, next: fold.next, checkpoint: checkpoint)])
    var expected: [Offset] = []
    for topic in topics {
      let records = fold.sink.buffers[topic.rawValue]
      if records.isEmpty { continue }
      let made = fold.produced[topic.rawValue]
      expected.append(made.next.advanced(by: -records.count))
      commit.appends.append(
        .init(target: TopicPartition(topic: set.topic(topic), partition: partition), records: records, growth: made.growth))
    }
    let firsts = try log.commit(commit)
    guard firsts == expected else {
      throw ProwziError(
        "fold.diverged", "the log has other records than the fold counted", place: "partition \(partition)",
        advice: "Another process has written to the derived topics. Stop it and start again.")
    }
    // Let go of the shared bytes first, so that the buffers' memory is used again and not copied.
    let targets = commit.appends.map(\.target)
    commit.appends.removeAll()
    fold.removeRecords()
    position = fold.next
    committed = fold.produced.map(\.next)
    try prune()
    try signer?.committed(targets)
  }
}
