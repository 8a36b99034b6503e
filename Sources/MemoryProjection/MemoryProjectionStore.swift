import Model
import Ports
import Projection
import Synchronization

/// The tables of a projection in memory: what Postgres promises, without it, and with faults where a test wants them.
///
/// ```swift
/// let store = MemoryProjectionStore()
/// store.setFaults { if case .apply(_, transaction: 7) = $0 { .lostAfter } else { nil } }
/// ```
///
/// *Determinism*: what it holds and answers is a function of the calls in their order; nothing here reads a clock or waits.
public final class MemoryProjectionStore: ProjectionStore {
  public typealias Faults = @Sendable (ProjectionMoment) -> ProjectionFault?

  /// One table and partition.
  struct Place: Hashable, Sendable, Comparable {
    var partition: PartitionIndex
    var table: Int
    static func < (a: Place, b: Place) -> Bool { (a.partition, a.table) < (b.partition, b.table) }
  }

  /// What one transaction changed, oldest change first.
  struct Transaction: Sendable {
    var partition: PartitionIndex
    var changes: [(place: Place, undo: MemoryTable.Undo)] = []
    var positions: [ProjectionPosition] = []
    var told = 0
  }

  /// Everything a snapshot sees.
  struct Contents: Sendable {
    var tables: [Place: MemoryTable] = [:]
    var positions: [PartitionIndex: [ProjectionPosition]] = [:]
    var told: [EventID] = []

    func sortedPositions() -> [ProjectionPosition] {
      positions.values.flatMap { $0 }.sorted { ($0.partition, $0.topic.text) < ($1.partition, $1.topic.text) }
    }
  }

  struct State: Sendable {
    var contents = Contents()
    var epochs: [PartitionIndex: Int] = [:]
    /// The epoch of the session that holds a partition.
    var holders: [PartitionIndex: Int] = [:]
    var transactions = 0
    /// The newest transactions, for crashes that take some back.
    var history: [Transaction] = []
    var faults: Faults?
  }

  let state = Mutex(State())
  private let remembered: Int

  /// - Parameter remembered: how many of the newest transactions a crash may take back.
  public init(remembered: Int = 64) {
    precondition(remembered >= 0, "a store cannot remember fewer than no transactions")
    self.remembered = remembered
  }

  /// Asks this from now on at every call what goes wrong there. Called while the store is locked: it must not call the store.
  public func setFaults(_ faults: Faults?) { state.withLock { $0.faults = faults } }

  /// Briefs that listeners were told of, in that order: those of transactions that were applied.
  public var toldBriefs: [EventID] { state.withLock { $0.contents.told } }

  /// Calls of `apply` so far.
  public var transactions: Int { state.withLock { $0.transactions } }

  /// How many rows a table has over all partitions.
  public func count(_ table: ProjectionTable) -> Int {
    state.withLock { $0.contents.tables.reduce(0) { $0 + ($1.key.table == table.rawValue ? $1.value.rows.count : 0) } }
  }

  /// As if another process had taken a partition unnoticed: whoever holds it is fenced out at its next transaction.
  public func overtake(_ partition: PartitionIndex) { state.withLock { $0.epochs[partition, default: 0] += 1 } }

  /// As if the server had crashed and come back: every session has lost its connection, and the newest transactions are gone, rows and positions together.
  /// - Parameter takingBack: how many, at most as many as are remembered.
  /// - Returns: how many were taken back.
  @discardableResult
  public func crash(takingBack: Int = 0) -> Int {
    state.withLock { state in
      state.holders.removeAll()
      var count = 0
      while count < takingBack, let last = state.history.popLast() {
        for change in last.changes.reversed() {
          state.contents.tables[change.place]?.takeBack(change.undo, ProjectionTable.allCases[change.place.table])
        }
        state.contents.positions[last.partition] = last.positions
        state.contents.told.removeLast(last.told)
        count += 1
      }
      return count
    }
  }

  public func open(_ partition: PartitionIndex) throws(ProwziError) -> any ProjectionSession {
    let epoch = try state.withLock { state throws(ProwziError) -> Int in
      try Self.strike(.open(partition), &state) { state throws(ProwziError) in
        if let holder = state.holders[partition], holder == state.epochs[partition] {
          throw Self.fenced("another projector holds partition \(partition)")
        }
        state.epochs[partition, default: 0] += 1
        state.holders[partition] = state.epochs[partition]
        return state.epochs[partition] ?? 0
      }
    }
    return MemorySession(self, partition, epoch)
  }

  public func snapshot() throws(ProwziError) -> any ProjectionSnapshot {
    try state.withLock { state throws(ProwziError) -> MemorySnapshot in
      try Self.strike(.snapshot, &state) { state throws(ProwziError) in MemorySnapshot(state.contents) }
    }
  }

  public func positions() throws(ProwziError) -> [ProjectionPosition] { state.withLock { $0.contents.sortedPositions() } }

  // MARK: Faults

  static let place = "tables in memory"

  static func fenced(_ message: String) -> ProwziError {
    ProwziError(
      "projection.fenced", message, place: place, advice: "Stop one of the two; each partition is projected by one process at a time")
  }

  static func lost() -> ProwziError {
    ProwziError("projection.connection_lost", "the connection broke", place: place, advice: "Open the partition again")
  }

  /// Does the work of a call, or what the fault of this moment leaves of it.
  static func strike<Answer>(
    _ moment: ProjectionMoment, _ state: inout State, _ work: (inout State) throws(ProwziError) -> Answer
  ) throws(ProwziError) -> Answer {
    switch state.faults?(moment) {
    case nil: return try work(&state)
    case .fails(let error): throw error
    case .lostBefore:
      // Who opens has no connection to the partition yet, but another may.
      if case .open = moment { throw lost() }
      release(moment, &state)
      throw lost()
    case .lostAfter:
      _ = try work(&state)
      release(moment, &state)
      throw lost()
    }
  }

  /// The connection of a session is gone, and its hold with it.
  private static func release(_ moment: ProjectionMoment, _ state: inout State) {
    switch moment {
    case .positions(let partition), .apply(let partition, _), .open(let partition): state.holders[partition] = nil
    case .snapshot: break
    }
  }

  /// Rows and positions of a batch, which begins where the store stands.
  func write(_ batch: ProjectionBatch, _ state: inout State) {
    var transaction = Transaction(partition: batch.partition)
    for rows in batch.rows {
      let table = ProjectionTable.allCases[rows.table]
      let place = Place(partition: batch.partition, table: rows.table)
      var reader = RowReader(hasHeader: false)
      reader.append(rows.bytes)
      var count = 0
      while let ranges = reader.next() {
        precondition(ranges.count == table.columns.count, "a row of \(table.name) has \(table.columns.count) fields, not \(ranges.count)")
        let row = ranges.map { range in range.map { Array(reader.bytes[$0]) } }
        if let undo = state.contents.tables[place, default: MemoryTable()].merge(row, table) { transaction.changes.append((place, undo)) }
        count += 1
      }
      precondition(count == rows.count, "\(rows.count) rows of \(table.name) were announced and \(count) came")
    }
    transaction.positions = state.contents.positions[batch.partition] ?? []
    for position in batch.to {
      var known = state.contents.positions[batch.partition] ?? []
      if let index = known.firstIndex(where: { $0.topic == position.topic }) { known[index] = position } else { known.append(position) }
      state.contents.positions[batch.partition] = known
    }
    state.contents.told += batch.newBriefs
    transaction.told = batch.newBriefs.count
    state.history.append(transaction)
    if state.history.count > remembered { state.history.removeFirst(state.history.count - remembered) }
  }
}

/// One partition held for writing.
final class MemorySession: ProjectionSession {
  private let store: MemoryProjectionStore
  private let partition: PartitionIndex
  private let epoch: Int

  init(_ store: MemoryProjectionStore, _ partition: PartitionIndex, _ epoch: Int) {
    self.store = store
    self.partition = partition
    self.epoch = epoch
  }

  deinit { close() }

  /// A session that lost its connection, or was closed, is no holder any more.
  private func requireAlive(_ state: MemoryProjectionStore.State) throws(ProwziError) {
    guard state.holders[partition] == epoch else { throw MemoryProjectionStore.lost() }
  }

  func positions() throws(ProwziError) -> [ProjectionPosition] {
    try store.state.withLock { state throws(ProwziError) -> [ProjectionPosition] in
      try requireAlive(state)
      return try MemoryProjectionStore.strike(.positions(partition), &state) { state throws(ProwziError) in
        (state.contents.positions[partition] ?? []).sorted { $0.topic.text < $1.topic.text }
      }
    }
  }

  func apply(_ batch: ProjectionBatch) throws(ProwziError) -> ProjectionOutcome {
    precondition(batch.partition == partition, "a session writes its own partition alone")
    return try store.state.withLock { state throws(ProwziError) -> ProjectionOutcome in
      try requireAlive(state)
      let number = state.transactions
      state.transactions += 1
      return try MemoryProjectionStore.strike(.apply(partition, transaction: number), &state) { state throws(ProwziError) in
        guard state.epochs[partition] == epoch else {
          throw MemoryProjectionStore.fenced("another projector has taken partition \(partition)")
        }
        let stored = state.contents.positions[partition] ?? []
        for expected in batch.from {
          let found = stored.first { $0.topic == expected.topic } ?? ProjectionPosition(topic: expected.topic, partition: partition)
          if found != expected { return .moved(stored.sorted { $0.topic.text < $1.topic.text }) }
        }
        store.write(batch, &state)
        return .applied
      }
    }
  }

  func close() {
    store.state.withLock { state in
      if state.holders[partition] == epoch { state.holders[partition] = nil }
    }
  }
}

/// The tables at one moment: a copy, which later transactions do not touch.
final class MemorySnapshot: ProjectionSnapshot {
  private let contents: MemoryProjectionStore.Contents

  init(_ contents: MemoryProjectionStore.Contents) { self.contents = contents }

  func positions() throws(ProwziError) -> [ProjectionPosition] { contents.sortedPositions() }

  func readRows(table: Int, partition: PartitionIndex, _ body: (Span<UInt8>) throws(ProwziError) -> Void) throws(ProwziError) {
    let (header, trailer) = (CopyFormat.header, CopyFormat.trailer)
    try body(header.span)
    for row in contents.tables[.init(partition: partition, table: table)]?.rows ?? [] {
      var bytes: [UInt8] = []
      bytes.append(bigEndian: Int16(row.count))
      for field in row {
        bytes.append(bigEndian: Int32(field?.count ?? -1))
        if let field { bytes.append(contentsOf: field) }
      }
      try body(bytes.span)
    }
    try body(trailer.span)
  }

  func close() {}
}
