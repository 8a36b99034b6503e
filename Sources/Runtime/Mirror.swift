import Fold
import Merkle
import Model
import Ports
import RecordFormat
import Stages

/// Copies a log's history from one place to another: keys, values, headers, timestamps and order as they are, the position and the newest states of the
/// pipeline with them, so that it can be gone on with there. Then both sides are read and their trees compared.
///
/// Doing it again copies what has come since, after what is there was found to be the beginning of what the source has.
public struct Mirror {
  /// One partition, copied and compared.
  public struct Line: Sendable {
    public var target: TopicPartition
    public var copied: Int
    public var records: Int64
    /// The root over the source's records, and over the copy's as it was read back.
    public var source: Digest
    public var copy: Digest
    public var isEqual: Bool { source == copy }
  }

  public struct Report: Sendable {
    public var lines: [Line] = []
    public var wasStopped = false
    public var isEqual: Bool { lines.allSatisfy(\.isEqual) }
  }

  private let source: any LogPlace
  private let target: any LogPlace
  private let from: any LogReader

  private static let batchRecords = 4000
  private static let batchBytes = 4 << 20

  /// - Throws: `mirror.partitions` where the two have different numbers of partitions.
  public init(from source: any LogPlace, to target: any LogPlace) throws(ProwziError) {
    guard source.partitions == target.partitions else {
      throw ProwziError(
        "mirror.partitions", "\(source.name) has \(source.partitions) partitions and \(target.name) has \(target.partitions)",
        place: "prowzi.raw", advice: "A history is copied partition by partition; make the copy with as many.")
    }
    self.source = source
    self.target = target
    from = try source.reader()
  }

  /// - Parameter progress: told how many records were read so far, of either side.
  /// - Throws: `mirror.gaps`, `mirror.beginning_gone`, `mirror.differs`, and both logs' errors.
  public func run(stop: StopFlag, progress: (Int) -> Void) throws(ProwziError) -> Report {
    var report = Report()
    var read = 0
    let count = { (more: Int) in
      read += more
      progress(read)
    }
    for index in 0..<source.partitions where !stop.isRaised {
      try copy(PartitionIndex(index), &report, stop, count)
    }
    if !stop.isRaised, let scorers = source.topics.first(where: { $0.owner == "control" }), has(scorers.name) {
      let partition = TopicPartition(topic: scorers.name, partition: PartitionIndex(0))
      let log = try target.writer(scorers.owner)
      defer { log.close() }
      let end = try from.bounds(of: partition).highWatermark
      report.lines.append(try copy(partition, before: end, to: log, stop, count) { Commit(appends: [$0]) })
    }
    report.wasStopped = stop.isRaised
    return report
  }

  private func has(_ topic: TopicName) -> Bool { target.topics.contains { $0.name == topic } }

  /// One partition of everything: raw records first, then what was made of them.
  private func copy(
    _ partition: PartitionIndex, _ report: inout Report, _ stop: StopFlag, _ progress: (Int) -> Void
  ) throws(ProwziError) {
    let (position, ends) = try moment(partition)
    let raw = TopicPartition(topic: .raw, partition: partition)
    let sensors = try target.writer(DataDirectory.sensors)
    defer { sensors.close() }
    let rawEnd = try from.bounds(of: raw).highWatermark
    try checkBeginning(raw)
    report.lines.append(try copy(raw, before: rawEnd, to: sensors, stop, progress) { Commit(appends: [$0]) })
    guard let position, !stop.isRaised else { return }

    let log = try target.writer(DataDirectory.pipeline)
    defer { log.close() }
    try log.take(partition, for: pipelineFold)
    // A commit on a cluster carries a position; the state follows with the last.
    let bare = FoldPosition(
      fold: pipelineFold, partition: partition, next: position.next,
      checkpoint: try log.position(of: pipelineFold, in: partition)?.checkpoint)
    for (topic, end) in zip(DerivedTopic.allCases, ends) where !stop.isRaised {
      let derived = TopicPartition(topic: topic.name, partition: partition)
      report.lines.append(try copy(derived, before: end, to: log, stop, progress) { Commit(appends: [$0], positions: [bare]) })
    }
    guard !stop.isRaised else { return }
    var final = bare
    if let checkpoint = position.checkpoint, checkpoint != bare.checkpoint {
      let states = source.states(of: pipelineFold, log: from)
      // A state that is gone costs folding from the beginning, no more.
      if let bytes = try? states.read(partition, at: checkpoint.offset) {
        try target.states(of: pipelineFold, log: log).write(bytes, partition, at: checkpoint.offset)
        final.checkpoint = checkpoint
      }
    }
    if try log.position(of: pipelineFold, in: partition) != final { _ = try log.commit(Commit(positions: [final])) }
  }

  /// The position and the ends of what was derived, as they belong together, though the source may be at work.
  private func moment(_ partition: PartitionIndex) throws(ProwziError) -> (position: FoldPosition?, ends: [Offset]) {
    while true {
      let before = try from.position(of: pipelineFold, in: partition)
      var ends: [Offset] = []
      for topic in DerivedTopic.allCases {
        ends.append(try from.bounds(of: TopicPartition(topic: topic.name, partition: partition)).highWatermark)
      }
      if try from.position(of: pipelineFold, in: partition)?.next == before?.next { return (before, ends) }
      _ = try from.waitForCommit(timeoutMilliseconds: 5)
    }
  }

  /// Derived records name raw offsets, so the copy's must be the same.
  private func checkBeginning(_ raw: TopicPartition) throws(ProwziError) {
    guard try from.bounds(of: raw).logStart == .zero else {
      throw ProwziError(
        "mirror.beginning_gone",
        "the first raw records are not kept any more, so the copy's offsets would not be those that derived records name",
        place: "\(raw)", advice: "Keep raw records without limit (retention.ms=-1) where histories are to be copied.")
    }
  }

  /// Copies what the target lacks of one partition, and reads it back.
  private func copy(
    _ partition: TopicPartition, before end: Offset, to log: any LogReader & LogWriter, _ stop: StopFlag, _ progress: (Int) -> Void,
    commit: (Commit.Append) -> Commit
  ) throws(ProwziError) -> Line {
    let there = try tree(of: partition, in: log, stop, progress)
    var growth = TreeGrowth(tree: MerkleTree())
    var next = try from.bounds(of: partition).logStart
    var copied = 0
    if there.size == 0 { try check(there, growth.tree, partition) }
    while next < end, !stop.isRaised {
      var buffer = RecordBuffer()
      let following = try from.read(partition, from: next, maxRecords: Self.batchRecords, maxBytes: Self.batchBytes, into: &buffer)
      if following == next { break }
      next = following
      if let beyond = buffer.records.firstIndex(where: { $0.offset >= end }) { buffer.records.removeSubrange(beyond...) }
      progress(buffer.count)
      var known = 0
      for index in buffer.records.indices {
        if partition.topic == .raw, buffer.records[index].offset.value != growth.tree.size {
          throw gap(partition, buffer.records[index].offset)
        }
        growth.append(buffer.leafHash(of: index))
        if growth.tree.size <= there.size { known += 1 }
        if growth.tree.size == there.size { try check(there, growth.tree, partition) }
      }
      growth.hashes.removeAll(keepingCapacity: true)
      buffer.removeFirst(known)
      if buffer.isEmpty { continue }
      _ = try log.commit(commit(Commit.Append(target: partition, records: buffer)))
      copied += buffer.count
    }
    guard stop.isRaised || growth.tree.size >= there.size else { throw differs(partition, there.size) }
    let back = try tree(of: partition, in: log, stop, progress)
    return Line(target: partition, copied: copied, records: growth.tree.size, source: growth.tree.root, copy: back.root)
  }

  private func check(_ there: MerkleTree, _ tree: MerkleTree, _ partition: TopicPartition) throws(ProwziError) {
    guard there.root == tree.root else { throw differs(partition, there.size) }
  }

  private func differs(_ partition: TopicPartition, _ size: Int64) -> ProwziError {
    ProwziError(
      "mirror.differs", "the \(size) records that are there are not the beginning of what is to be copied",
      place: "\(partition) in \(target.name)",
      advice: "Copy to an empty place, or to an earlier copy of the same history.")
  }

  private func gap(_ partition: TopicPartition, _ offset: Offset) -> ProwziError {
    ProwziError(
      "mirror.gaps", "there are gaps between raw offsets, so the copy's would not be those that derived records name",
      place: "\(partition) offset \(offset)",
      advice: "Ingest the raw records anew and let them be folded there: identities then name the new place.")
  }

  /// The tree over a partition's records, from the records themselves.
  private func tree(
    of partition: TopicPartition, in log: any LogReader, _ stop: StopFlag, _ progress: (Int) -> Void
  ) throws(ProwziError) -> MerkleTree {
    _ = try log.waitForCommit(timeoutMilliseconds: 0)
    let bounds = try log.bounds(of: partition)
    var tree = MerkleTree()
    var next = bounds.logStart
    while next < bounds.highWatermark, !stop.isRaised {
      var buffer = RecordBuffer()
      let following = try log.read(partition, from: next, maxRecords: Self.batchRecords, maxBytes: Self.batchBytes, into: &buffer)
      if following == next { break }
      next = following
      for index in buffer.records.indices { tree.append(buffer.leafHash(of: index)) }
      progress(buffer.count)
    }
    return tree
  }
}

extension DataDirectory {
  /// Makes a data directory with nothing in it, for a copy: without a configuration, which comes with the records.
  /// - Throws: `data.exists` where there is one already.
  public static func createEmpty(path: String, topics: [TopicDefinition]) throws(ProwziError) -> DataDirectory {
    try create(path: path, topics: topics) { (_) throws(ProwziError) in }
  }
}
