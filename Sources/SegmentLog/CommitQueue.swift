import Dispatch
import Model
import Ports
import Synchronization

/// The writing half of a log: reserves partitions, collects what waits for the journal, and lets one thread write it for all.
///
/// ```
///  thread A: reserve ─ append ──────────── enqueue ─ release ─┐
///  thread B: reserve ─ append, sync data ─ enqueue ─ release ─┼─► one leads: one entry, one sync, publish ─► all return
///  thread C:       (same partition as A: waits) …              ┘
/// ```
///
/// Whose data are few (A) does not sync them: the entry carries them. Until the segment's file is synced for another reason, by a larger commit or with
/// its end, the journal alone has them for certain; so before a new journal takes its place, the files of all such segments are synced (`SegmentSync`).
///
/// Commits that share a partition are enqueued in the order in which they appended. Those that wait together become *one* entry: a cut-off write
/// can then only damage the last entry, so damage anywhere else is known to be corruption.
final class CommitQueue: Sendable {
  /// What a commit adds to the next journal entry.
  struct Change: Sendable {
    var partitions: [(TopicPartition, PartitionState)] = []
    var positions: [FoldPosition] = []
    /// Where the data are not synced: the data.
    var carried: [CarriedBytes] = []
  }

  private struct State: Sendable {
    var reserved: Set<TopicPartition> = []
    var waiting: [Change] = []
    /// How many changes were ever enqueued, and how many of them are durable and published.
    var enqueued: UInt64 = 0
    var finished: UInt64 = 0
    var isLed = false
    var failure: ProwziError?
    var isClosed = false
  }

  /// The journal and what it says. Only the leading thread touches it.
  private struct Ledger: Sendable {
    var journal: JournalWriter
    var durable: OwnerState
    /// While the segments are being synced for the next journal: what was carried since that began.
    var carriedSince: [CarriedBytes] = []
    var segmentSync: SegmentSync?
  }

  let owner: String
  /// The writers of the owner's partitions; each is used by the thread that has its partition reserved.
  let writers: [TopicPartition: SegmentWriter]
  private let lock: any FileLock
  private let files: any FileSystem
  private let options: SegmentLog.Options
  private let state = Monitor(State())
  private let ledger: Mutex<Ledger>
  /// The log files with bytes that only the journal has for certain.
  private let unsynced = Mutex<[TopicPartition: LatchedFile]>([:])
  private let parallelSync = ParallelSync()
  /// In a structure: a bare closure would be wrapped once more by every access through the lock, and each call would go through all the wrappings.
  private struct Publisher: Sendable {
    var call: (@Sendable (JournalEntry) -> Void)?
  }
  private let publisher = Mutex(Publisher())

  /// Called with every durable entry, in order. Set once, before the first commit.
  var publish: (@Sendable (JournalEntry) -> Void)? {
    get { publisher.withLock { $0.call } }
    set { publisher.withLock { $0.call = newValue } }
  }

  init(
    owner: String, lock: any FileLock, files: any FileSystem, options: SegmentLog.Options, journal: JournalWriter, durable: OwnerState,
    writers: [TopicPartition: SegmentWriter]
  ) {
    self.owner = owner
    self.lock = lock
    self.files = files
    self.options = options
    self.writers = writers
    ledger = Mutex(Ledger(journal: journal, durable: durable))
  }

  deinit { lock.release() }

  // MARK: Reservations

  /// Waits until nobody else uses any of these partitions, then takes them all.
  func reserve(_ partitions: Set<TopicPartition>) throws(ProwziError) {
    let refusal = state.wait { state -> ProwziError?? in
      if let refusal = Self.refusal(state) { return .some(refusal) }
      guard state.reserved.isDisjoint(with: partitions) else { return nil }
      state.reserved.formUnion(partitions)
      return .some(nil)
    }
    if let refusal { throw refusal }
  }

  func release(_ partitions: Set<TopicPartition>) { state.change { $0.reserved.subtract(partitions) } }

  private static func refusal(_ state: State) -> ProwziError? {
    if let failure = state.failure {
      return ProwziError(
        .logFailed, "an earlier write failed, so nothing more is written", advice: "Open the log again, which cuts what is not committed",
        cause: failure.description)
    }
    return state.isClosed ? ProwziError(.logClosed, "the log has been closed", advice: "Open it again") : nil
  }

  /// No commit succeeds after this one: what the failed call left on the disk is not known.
  func poison(_ error: ProwziError) {
    state.change { if $0.failure == nil { $0.failure = error } }
  }

  func close() {
    state.change { $0.isClosed = true }
    _ = state.wait { $0.reserved.isEmpty && !$0.isLed && ($0.waiting.isEmpty || $0.failure != nil) ? true : nil }
    lock.release()
  }

  // MARK: Segments

  /// Blocks until all is synced.
  /// - Parameter other: what else is to be done before it returns, if possible while the disk is busy.
  func sync(
    _ work: SegmentWriter.SyncWork, _ other: () throws(ProwziError) -> Void = { () throws(ProwziError) in }
  ) throws(ProwziError) {
    if options.syncsInParallel {
      try parallelSync.run(work, in: files, other)
    } else {
      for file in work.files { try file.sync() }
      for directory in work.directories { try files.syncDirectory(directory) }
      try other()
    }
  }

  /// Says that the segments written to have bytes that a change carries, before it is enqueued.
  func note(unsynced segments: [SegmentWriter]) {
    unsynced.withLock { unsynced in
      for segment in segments { unsynced[segment.partition] = segment.log }
    }
  }

  /// Says that all there is of these partitions was synced. They are reserved, so nobody has written to them since.
  func note(synced segments: [SegmentWriter]) {
    unsynced.withLock { unsynced in
      for segment in segments { unsynced[segment.partition] = nil }
    }
  }

  /// Begins to make durable in the segments what the journal carries, so that it can go. What is written and noted from here on is in an entry that is
  /// yet to come.
  private func beginSegmentSync() -> SegmentSync {
    let segments = unsynced.withLock { unsynced in
      defer { unsynced = [:] }
      return unsynced.sorted { $0.key < $1.key }.map(\.value)
    }
    let work = SegmentSync(segments, isParallel: options.syncsInParallel)
    work.start()
    return work
  }

  /// Puts a new journal in the place of one that has grown, if the segments are ready for that.
  ///
  /// Dozens of segments take longer to sync than a commit should wait. So commits go on while that is done, and what they carry meanwhile the new journal's
  /// first entry carries again.
  private func replaceIfGrown(_ ledger: inout Ledger) throws(ProwziError) {
    guard ledger.journal.end > options.journalBytes else { return }
    if ledger.segmentSync == nil {
      ledger.carriedSince = []
      ledger.segmentSync = beginSegmentSync()
    }
    guard let segmentSync = ledger.segmentSync else { preconditionFailure("It was just begun.") }
    // A disk that cannot keep up is waited for, before the first entry would be larger than is read.
    let most = options.journalBytes + min(options.journalBytes, JournalEntry.bodyLimit / 4)
    guard segmentSync.isDone || ledger.journal.end > most else { return }
    try segmentSync.wait()
    ledger.durable.sequence += 1
    ledger.journal = try Journal.replace(
      files, owner: owner, generation: ledger.journal.generation + 1, state: ledger.durable, carried: ledger.carriedSince,
      growthBytes: options.journalGrowthBytes)
    ledger.segmentSync = nil
    ledger.carriedSince = []
  }

  // MARK: The journal

  /// Puts a change behind all earlier ones. Its data must be durable already, or be carried.
  /// - Returns: the ticket to wait with.
  func enqueue(_ change: Change) -> UInt64 {
    state.withLock { state in
      state.waiting.append(change)
      state.enqueued += 1
      return state.enqueued
    }
  }

  private enum Turn: Sendable {
    case done
    case failed(ProwziError)
    case lead([Change], last: UInt64)
  }

  /// Returns when the change is durable and visible. The first thread to come writes for all that wait.
  func waitUntilDurable(_ ticket: UInt64) throws(ProwziError) {
    while true {
      let turn = state.wait { state -> Turn? in
        if state.finished >= ticket { return .done }
        if let refusal = state.failure { return .failed(refusal) }
        guard !state.isLed else { return nil }
        state.isLed = true
        let count = Self.countTogether(state.waiting)
        defer { state.waiting.removeFirst(count) }
        return .lead(Array(state.waiting[..<count]), last: state.finished + UInt64(count))
      }
      switch turn {
      case .done: return
      case .failed(let cause):
        throw ProwziError(
          .logFailed, "a write by another commit failed, so this one was not made", advice: "Open the log again", cause: cause.description)
      case .lead(let changes, let last):
        do throws(ProwziError) {
          try write(changes)
        } catch {
          state.change { state in
            state.isLed = false
            if state.failure == nil { state.failure = error }
          }
          throw error
        }
        state.change { state in
          state.isLed = false
          state.finished = last
        }
      }
    }
  }

  /// How many of the changes that wait become one entry: all, unless what they carry would make it larger than is read.
  private static func countTogether(_ changes: [Change]) -> Int {
    var size = 0
    for (index, change) in changes.enumerated() {
      size += change.carried.reduce(0) { $0 + $1.bytes.count }
      if size > JournalEntry.bodyLimit / 2 { return max(1, index) }
    }
    return changes.count
  }

  private func write(_ changes: [Change]) throws(ProwziError) {
    // The last change of a partition or position is the one that counts.
    var merged = OwnerState()
    for change in changes {
      merged.apply(JournalEntry(sequence: 0, partitions: change.partitions, positions: change.positions))
    }
    let entry = try ledger.withLock { ledger throws(ProwziError) in
      try replaceIfGrown(&ledger)
      merged.sequence = ledger.durable.sequence + 1
      var entry = merged.snapshot
      entry.carried = changes.flatMap(\.carried)
      try ledger.journal.append(entry)
      ledger.durable.apply(entry)
      if ledger.segmentSync != nil { ledger.carriedSince += entry.carried }
      entry.carried = []
      return entry
    }
    publish?(entry)
  }
}
