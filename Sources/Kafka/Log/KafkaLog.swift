import CKafka
import Glibc
import Merkle
import Model
import Ports
import RecordFormat
import Synchronization

/// A log on a cluster: topics as topics, a commit as a transaction.
///
/// Offsets are Kafka's own. Records that sensors append have no gaps between them, because no transaction is needed for them; derived topics have one for
/// each commit, where the transaction's marker lies. So what is counted and digested there is records, not offsets: `PartitionBounds.recordCount`.
///
/// All calls block: none belongs on the cooperative pool.
public final class KafkaLog: LogReader, LogWriter {
  let settings: KafkaSettings
  let events: KafkaEvents
  let consumer: KafkaConsumer
  private let definitions: [TopicDefinition]
  /// `nil` in a log opened for reading.
  private let owner: String?
  private let shared = Mutex(Shared())
  private let plain: Mutex<KafkaProducer?> = Mutex(nil)
  private let membership: GroupMembership?

  private struct Shared: Sendable {
    var held: [HoldKey: HeldPartition] = [:]
    var ledgers: [PartitionIndex: LedgerView] = [:]
    var begins: [TopicPartition: (offset: Offset, at: ContinuousClock.Instant)] = [:]
    /// The ends last seen of partitions that somebody asked for: what `waitForCommit` looks at.
    var ends: [TopicPartition: Offset] = [:]
    /// Partitions whose end was found where what was appended ends.
    var proven: Set<TopicPartition> = []
    var version: UInt64 = 0
    var waited: UInt64 = 0
  }

  struct HoldKey: Hashable, Sendable {
    var fold: String
    var partition: PartitionIndex
  }

  /// - Parameters:
  ///   - owner: who appends; `nil` to read only.
  ///   - membership: the group that gives out partitions, where there is one.
  init(
    _ settings: KafkaSettings, topics: [TopicDefinition], owner: String?, membership: GroupMembership? = nil, events: KafkaEvents
  ) throws(ProwziError) {
    self.settings = settings
    self.events = events
    self.owner = owner
    self.membership = membership
    definitions = topics.sorted { $0.name < $1.name }
    consumer = try KafkaConsumer(settings, events: events)
  }

  public func topics() -> [TopicDefinition] { definitions }

  // MARK: Bounds

  public func bounds(of partition: TopicPartition) throws(ProwziError) -> PartitionBounds {
    try check(partition)
    let end = try end(of: partition)
    let start = try begin(of: partition)
    var bounds = PartitionBounds(logStart: min(start, end), highWatermark: end, tree: MerkleTree(), sizeInBytes: 0)
    bounds.recordCount = end == .zero ? 0 : nil
    if let tree = try tree(of: partition) {
      bounds.tree = tree
      bounds.recordCount = tree.size
    }
    return bounds
  }

  /// The tree that a fold has committed over this partition; `nil` where none writes it.
  private func tree(of target: TopicPartition) throws(ProwziError) -> MerkleTree? {
    guard target.topic != .rawInput, definitions.contains(where: { $0.name == target.topic && $0.owner != "control" }) else { return nil }
    let held = shared.withLock { shared in
      shared.held.first { $0.key.partition == target.partition && $0.value.entry.trees[target.topic] != nil }?.value
    }
    if let held { return held.entry.trees[target.topic] }
    let ledger = try ledger(target.partition)
    for fold in ledger.entries.keys.sorted() {
      if let tree = ledger.entries[fold]?.trees[target.topic] { return tree }
    }
    return nil
  }

  private func check(_ target: TopicPartition) throws(ProwziError) {
    guard let definition = definitions.first(where: { $0.name == target.topic }) else {
      throw ProwziError("log.unknown_topic", "there is no topic \(target.topic)", place: "\(target)", advice: "Check the topic's name.")
    }
    guard (0..<definition.partitions).contains(Int(target.partition.value)) else {
      throw ProwziError(
        "log.unknown_topic", "the topic has partitions 0 to \(definition.partitions - 1)", place: "\(target)",
        advice: "Choose one of these partitions.")
    }
  }

  func end(of target: TopicPartition) throws(ProwziError) -> Offset {
    let found = try consumer.ends(of: [target])[target] ?? .zero
    shared.withLock { shared in
      // What the caller sees now is no news to it.
      if shared.ends[target] != found { shared.ends[target] = found }
    }
    return found
  }

  private func begin(of target: TopicPartition) throws(ProwziError) -> Offset {
    let now = ContinuousClock.now
    if let known = shared.withLock({ $0.begins[target] }), now - known.at < .seconds(5) { return known.offset }
    let found = try consumer.ends(of: [target], beginning: true)[target] ?? .zero
    shared.withLock { $0.begins[target] = (found, now) }
    return found
  }

  // MARK: Reading

  public func read(
    _ partition: TopicPartition, from offset: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset {
    try check(partition)
    return try readUnchecked(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes, into: &buffer)
  }

  func readUnchecked(
    _ partition: TopicPartition, from offset: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset {
    guard maxRecords > 0 else { return offset }
    // Ends only grow, so what was seen once is enough while it lies ahead.
    var end = shared.withLock { $0.ends[partition] } ?? .zero
    if offset >= end { end = try self.end(of: partition) }
    guard offset < end else {
      guard offset == end else { throw Self.outOfRange(partition, offset, try begin(of: partition), end) }
      return offset
    }
    let start = try begin(of: partition)
    guard offset >= start else { throw Self.outOfRange(partition, offset, start, end) }
    return try consumer.read(partition, from: offset, before: end, maxRecords: maxRecords, maxBytes: maxBytes, into: &buffer)
  }

  private static func outOfRange(_ target: TopicPartition, _ offset: Offset, _ start: Offset, _ end: Offset) -> ProwziError {
    ProwziError(
      "log.offset_out_of_range", "offset \(offset) is not in the log, which has \(start)..<\(end)", place: "\(target)",
      advice: "Begin at an offset in that range.")
  }

  public func offset(in partition: TopicPartition, atOrAfter time: Timestamp) throws(ProwziError) -> Offset {
    try check(partition)
    let bounds = (start: try begin(of: partition), end: try end(of: partition))
    guard bounds.start < bounds.end else { return bounds.end }
    // Where nothing is that early, every broker agrees.
    var at = try consumer.offset(in: partition, at: time)
    if at == nil || at == .zero {
      // A broker that cannot look up by time answers like one that has nothing, or with the beginning.
      guard try lastTime(partition, bounds.end, bounds.start).map({ $0 >= time }) ?? true else { return bounds.end }
      if at == nil {
        events.tell("this broker does not look up offsets by time, so records are read instead, which takes longer")
        at = bounds.start
      }
    }
    // Some brokers answer with the beginning of a batch.
    var next = max(at ?? bounds.start, bounds.start)
    var buffer = RecordBuffer()
    while next < bounds.end {
      buffer.removeAll()
      let following = try consumer.read(partition, from: next, before: bounds.end, maxRecords: 2000, maxBytes: 1 << 20, into: &buffer)
      if let found = buffer.records.first(where: { $0.timestamp >= time }) { return found.offset }
      if following == next { break }
      next = following
    }
    return bounds.end
  }

  /// The newest record's time. Records late in a partition may be older than earlier ones; this only tells what brokers can do.
  private func lastTime(_ target: TopicPartition, _ end: Offset, _ start: Offset) throws(ProwziError) -> Timestamp? {
    var back = 4
    while true {
      let from = max(start, end.advanced(by: -back))
      var buffer = RecordBuffer()
      _ = try consumer.read(target, from: from, before: end, maxRecords: back, maxBytes: 16 << 20, into: &buffer)
      if let last = buffer.records.map(\.timestamp).max() { return last }
      if from == start { return nil }
      back *= 16
    }
  }

  // MARK: Following

  public var version: UInt64 { shared.withLock { $0.version } }

  public func waitForCommit(timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    let seen = shared.withLock { $0.waited }
    let isNew = try waitForCommit(after: seen, timeoutMilliseconds: timeoutMilliseconds)
    shared.withLock { $0.waited = $0.version }
    return isNew
  }

  public func waitForCommit(after seen: UInt64, timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
    while true {
      try look()
      if version > seen { return true }
      consumer.rest()
      let left = deadline - ContinuousClock.now
      guard left > .zero else { return false }
      usleep(UInt32(min(50_000, max(1000, left / .microseconds(1)))))
    }
  }

  /// Asks for the ends of what was asked for before, in one request a broker.
  private func look() throws(ProwziError) {
    let known = shared.withLock { $0.ends }
    guard !known.isEmpty else { return }
    let ends = try consumer.ends(of: known.keys.sorted())
    shared.withLock { shared in
      for (target, end) in ends where end > shared.ends[target] ?? .zero {
        shared.ends[target] = end
        shared.version += 1
      }
    }
  }

  // MARK: Positions

  public func position(of fold: String, in partition: PartitionIndex) throws(ProwziError) -> FoldPosition? {
    try entry(of: fold, in: partition)?.position(fold, partition)
  }

  /// What is recorded of a fold; of one that is held here, what was committed last.
  func entry(of fold: String, in partition: PartitionIndex) throws(ProwziError) -> LedgerEntry? {
    if let held = held(fold, partition) { return held.isNew ? nil : held.entry }
    return try ledger(partition).entries[fold]
  }

  private func ledger(_ partition: PartitionIndex) throws(ProwziError) -> LedgerView {
    let target = TopicPartition(topic: .positions, partition: partition)
    let known = shared.withLock { $0.ledgers[partition] }
    let end = try consumer.ends(of: [target])[target] ?? .zero
    if let known, known.end == end { return known }
    let read = try LedgerView.read(target, before: end, start: try begin(of: target), known: known, consumer)
    shared.withLock { $0.ledgers[partition] = read }
    return read
  }

  func held(_ fold: String, _ partition: PartitionIndex) -> HeldPartition? {
    shared.withLock { $0.held[HoldKey(fold: fold, partition: partition)] }
  }

  // MARK: Writing

  public func take(_ partition: PartitionIndex, for fold: String) throws(ProwziError) {
    precondition(owner != nil, "a log opened for reading takes no partition")
    let producer = try TransactionalProducer(
      settings, transactionalID: "prowzi.\(fold).\(partition)", partition: partition, events: events)
    // Only now nobody else can move the position.
    let entry = try ledger(partition).entries[fold]
    let held = HeldPartition(fold, producer, entry: entry ?? LedgerEntry(), isNew: entry == nil)
    shared.withLock { $0.held[HoldKey(fold: fold, partition: partition)] = held }
  }

  public func release(_ partition: PartitionIndex, of fold: String) {
    shared.withLock { _ = $0.held.removeValue(forKey: HoldKey(fold: fold, partition: partition)) }
  }

  public func commit(_ commit: Commit) throws(ProwziError) -> [Offset] {
    precondition(owner != nil, "a log opened for reading takes no commit")
    guard let position = commit.positions.first else { return try appendPlainly(commit.appends) }
    precondition(
      commit.positions.count == 1 && commit.appends.allSatisfy { $0.target.partition == position.partition },
      "a transaction is of one fold in one partition")
    guard let held = held(position.fold, position.partition) else {
      preconditionFailure("partition \(position.partition) is taken before something is committed to it")
    }
    return try held.commit(commit.appends, position, membership)
  }

  func appendPlainly(_ appends: [Commit.Append]) throws(ProwziError) -> [Offset] {
    let producer = try plain.withLock { plain throws(ProwziError) -> KafkaProducer in
      if let plain { return plain }
      let made = try KafkaProducer(settings, events: events)
      plain = made
      return made
    }
    let first = try producer.append(appends)
    for (append, offset) in zip(appends, first) where append.records.count > 1 { try prove(append, offset) }
    return first
  }

  /// Makes sure, once for each partition, that the broker says of it that it ends where it does: whatever lies behind what it says would be overlooked
  /// by every reader that asks, and silently.
  private func prove(_ append: Commit.Append, _ first: Offset) throws(ProwziError) {
    guard !shared.withLock({ $0.proven.contains(append.target) }) else { return }
    let needed = first.advanced(by: append.records.count)
    var told = Offset.zero
    for _ in 0..<40 {
      told = try consumer.ends(of: [append.target])[append.target] ?? .zero
      if told >= needed { return shared.withLock { _ = $0.proven.insert(append.target) } }
      usleep(50_000)
    }
    throw ProwziError(
      .kafkaUnsupported, "the broker took records up to offset \(needed.advanced(by: -1)) and says that the partition ends at \(told)",
      place: "\(append.target)",
      advice: "They would be overlooked. Use another broker; one that counts batches may count right with --kafka-set batch.num.messages=1."
    )
  }

  public func close() {
    shared.withLock { $0.held.removeAll() }
    plain.withLock { $0 = nil }
  }
}
