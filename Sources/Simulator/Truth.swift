import Fold
import Merkle
import Model
import Ports
import RecordFormat
import Runtime
import Stages

/// What must be there, kept apart from everything that is tested: the raw records as they were handed over, and one fold over them that nothing
/// ever interrupts.
///
/// A commit is *attempted* before it is made and *acknowledged* when it returned. One that did neither return nor surely fail is in doubt until its
/// owner opens the log again: both outcomes are right, a mixture is not.
final class Truth {
  /// One raw partition.
  struct Raw {
    /// Acknowledged records, and behind them those in doubt.
    var records = RecordBuffer()
    var acknowledged = 0
    var tree = MerkleTree()
    var attemptedTree = MerkleTree()
    var attempted: Int { records.count }
    /// The most that any reader has seen.
    var seen = 0
  }

  /// Where the fold of a partition stands after a commit.
  struct Mark {
    var next = Offset.zero
    var produced: [(next: Offset, root: Digest)] = DerivedTopic.allCases.map { _ in (.zero, MerkleTree().root) }
    var checkpoint: FoldPosition.Checkpoint?
  }

  /// One partition of the fold.
  struct Derived {
    /// As of the acknowledged mark.
    var fold: PartitionFold<Pipeline>
    var acknowledged = Mark()
    var attempted: (fold: PartitionFold<Pipeline>, mark: Mark)?
    /// The furthest position that any reader has seen.
    var seen = Offset.zero
  }

  private(set) var raw: [Raw]
  private(set) var derived: [Derived]
  private(set) var commits = 0
  private(set) var violation: Violation?
  let partitions: Int

  init(partitions: Int) {
    self.partitions = partitions
    raw = Array(repeating: Raw(), count: partitions)
    derived = (0..<partitions).map { Derived(fold: PartitionFold(Pipeline(), partition: PartitionIndex($0))) }
  }

  func fail(_ invariant: Invariant, _ detail: String) {
    if violation == nil { violation = Violation(invariant, detail) }
  }

  func fail(_ found: Violation) {
    if violation == nil { violation = found }
  }

  // MARK: Raw records

  var acknowledgedRaw: [Int] { raw.map(\.acknowledged) }
  var attemptedRaw: [Int] { raw.map(\.attempted) }

  func attemptRaw(_ commit: Commit) {
    for append in commit.appends {
      let index = Int(append.target.partition.value)
      var growth = TreeGrowth(tree: raw[index].tree)
      for record in append.records.records.indices {
        raw[index].records.append(record, of: append.records)
        raw[index].records.records[raw[index].records.count - 1].offset = Offset(Int64(raw[index].records.count - 1))
      }
      growth.append(append.records)
      raw[index].attemptedTree = growth.tree
    }
  }

  func acknowledgeRaw() {
    commits += 1
    for index in raw.indices { acceptRaw(index) }
  }

  private func acceptRaw(_ index: Int) {
    raw[index].acknowledged = raw[index].attempted
    raw[index].tree = raw[index].attemptedTree
  }

  /// The tree over a raw partition that holds so many records; `nil` where that is no commit's end.
  func rawTree(_ partition: Int, _ count: Int) -> MerkleTree? {
    if count == raw[partition].acknowledged { return raw[partition].tree }
    return count == raw[partition].attempted ? raw[partition].attemptedTree : nil
  }

  /// The owner has opened the log again, and this is what it holds: the doubt is over.
  func settleRaw(_ counts: [Int]) {
    if counts == attemptedRaw {
      for index in raw.indices { acceptRaw(index) }
    } else if counts == acknowledgedRaw {
      for index in raw.indices {
        let kept = raw[index].acknowledged
        raw[index].records.records.removeSubrange(kept...)
        raw[index].attemptedTree = raw[index].tree
      }
    } else {
      fail(.whole, "raw partitions hold \(counts) records; \(acknowledgedRaw) were acknowledged, \(attemptedRaw) attempted")
    }
  }

  /// Whatever is there at the beginning is what was wanted.
  func adoptRaw(_ partition: Int, _ records: RecordBuffer) {
    attemptRaw(
      Commit(appends: [.init(target: TopicPartition(topic: .raw, partition: PartitionIndex(partition)), records: records)]))
    acceptRaw(partition)
  }

  /// Notes what a reader has seen. Nobody may see less later.
  func seeRaw(_ counts: [Int]) {
    for (index, count) in counts.enumerated() {
      if count < raw[index].seen { fail(.durable, "raw partition \(index): \(raw[index].seen) records were seen, now there are \(count)") }
      raw[index].seen = max(raw[index].seen, count)
    }
  }

  // MARK: The fold

  /// Folds on to where a commit says the pipeline stands, and holds its checkpoint against the state there.
  func attemptFold(_ commit: Commit) {
    guard let position = commit.positions.first else { return }
    let index = Int(position.partition.value)
    let before = derived[index].acknowledged
    guard position.next >= before.next else {
      return fail(.positions, "the fold of partition \(index) commits \(position.next) after \(before.next)")
    }
    guard position.next.value <= raw[index].attempted else {
      return fail(.whole, "the fold of partition \(index) has read \(position.next) of \(raw[index].attempted) records")
    }
    var fold = derived[index].fold
    fold.fold(raw[index].records, in: Int(before.next.value)..<Int(position.next.value))
    fold.removeRecords()
    if let checkpoint = position.checkpoint, checkpoint != before.checkpoint {
      if checkpoint.offset != position.next || Checkpoint.digest(of: fold.checkpoint()) != checkpoint.digest {
        fail(.checkpoint, "partition \(index): the state committed at \(checkpoint.offset) is not that of an uninterrupted fold")
      }
    }
    let mark = Mark(next: position.next, produced: fold.produced.map { ($0.next, $0.digest) }, checkpoint: position.checkpoint)
    derived[index].attempted = (fold, mark)
  }

  func acknowledgeFold(_ commit: Commit) {
    commits += 1
    for position in commit.positions { acceptFold(Int(position.partition.value)) }
  }

  private func acceptFold(_ index: Int) {
    guard let attempted = derived[index].attempted else { return }
    derived[index].fold = attempted.fold
    derived[index].acknowledged = attempted.mark
    derived[index].attempted = nil
  }

  /// The pipeline's owner has opened the log again: the doubt about a partition is over.
  func settleFold(_ index: Int, _ position: FoldPosition?) {
    if let attempted = derived[index].attempted?.mark, let position, attempted.next == position.next,
      attempted.checkpoint == position.checkpoint
    {
      acceptFold(index)
    }
    derived[index].attempted = nil
  }

  func seeFold(_ index: Int, _ next: Offset) {
    if next < derived[index].seen { fail(.durable, "partition \(index) was seen folded to \(derived[index].seen), and now to \(next)") }
    derived[index].seen = max(derived[index].seen, next)
  }
}
