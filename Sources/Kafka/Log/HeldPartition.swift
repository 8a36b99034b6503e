import CKafka
import Merkle
import Model
import Ports
import RecordFormat
import Synchronization

/// A partition that this process writes for a fold: its producer, and what was committed last.
final class HeldPartition: Sendable {
  private struct State: Sendable {
    var entry: LedgerEntry
    var isNew: Bool
    /// States kept since, which the next commit will name.
    var states: [LedgerEntry.State]
  }

  private let fold: String
  private let producer: TransactionalProducer
  private let state: Mutex<State>

  init(_ fold: String, _ producer: TransactionalProducer, entry: LedgerEntry, isNew: Bool) {
    self.fold = fold
    self.producer = producer
    state = Mutex(State(entry: entry, isNew: isNew, states: entry.states))
  }

  /// As committed.
  var entry: LedgerEntry { state.withLock { $0.entry } }
  /// Whether nothing was committed for this fold and partition yet.
  var isNew: Bool { state.withLock { $0.isNew } }

  /// The states that the next commit will name.
  var states: [LedgerEntry.State] {
    get { state.withLock { $0.states } }
    set { state.withLock { $0.states = newValue } }
  }

  /// Commits records, the position, and the ledger entry that vouches for both, in one transaction.
  /// - Returns: how many records each append's partition had before.
  func commit(_ appends: [Commit.Append], _ position: FoldPosition, _ membership: GroupMembership?) throws(ProwziError) -> [Offset] {
    var next = entry
    next.next = position.next
    next.checkpoint = position.checkpoint
    next.states = states
    var counts: [Offset] = []
    for append in appends {
      let before = next.trees[append.target.topic] ?? MerkleTree()
      counts.append(Offset(before.size))
      guard let growth = append.growth else {
        var growth = TreeGrowth(tree: before)
        growth.append(append.records)
        next.trees[append.target.topic] = growth.tree
        continue
      }
      guard growth.tree.size == before.size + Int64(append.records.count) else {
        throw ProwziError(
          "fold.diverged", "the fold counted \(growth.tree.size) records, recorded are \(before.size) and \(append.records.count) come",
          place: "\(append.target)", advice: "Another process has written to the derived topics. Stop it and start again.")
      }
      next.trees[append.target.topic] = growth.tree
    }
    var ledger = RecordBuffer()
    ledger.append(
      timestamp: appends.last?.records.records.last?.timestamp ?? Timestamp(milliseconds: 0), key: [UInt8](text: fold), value: next.json)
    let input = TopicPartition(topic: .rawInput, partition: position.partition)
    let metadata = try membership?.metadata()
    defer { if let metadata { rd_kafka_consumer_group_metadata_destroy(metadata) } }
    try producer.commit(
      appends + [.init(target: TopicPartition(topic: .positions, partition: position.partition), records: ledger)],
      .init(group: GroupMembership.group(of: fold), metadata: metadata, input: input, next: position.next))
    state.withLock { state in
      state.entry = next
      state.isNew = false
    }
    return counts
  }
}
