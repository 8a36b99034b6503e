import Merkle
import Model
import Ports
import RecordFormat

/// Something that a repair did.
public struct RepairAction: Sendable, Equatable {
  /// What was cut or moved, relative to the data directory.
  public var file: String
  /// Where it is kept now; `nil` where nothing was removed.
  public var kept: String?
  /// Where a partition ends now.
  public var highWatermark: Offset?
  public var description: String
}

extension SegmentLog {
  /// Makes a damaged log of one owner openable again: every partition ends before its first damaged batch.
  ///
  /// An explicit act, as committed records go. Nothing is destroyed: a bad tail and the segments behind it are moved to `removed-…` files beside the
  /// log, a damaged journal to one beside the journals. The tree of a partition that was cut is that of the records it still has; where the log's
  /// beginning is gone and the stored hashes do not help, there is none from then on. Fold positions stay as they were: what was derived from the
  /// removed records must be folded again.
  ///
  /// - Returns: what was done, in order; empty where nothing was wrong.
  /// - Throws: `log.locked`, or what the file system throws.
  /// - Complexity: O(bytes of the owner's topics).
  public static func repair(
    _ files: any FileSystem, topics: [TopicDefinition], owner: String, compressor: any Compressor
  ) throws(ProwziError) -> [RepairAction] {
    let own = topics.filter { $0.owner == owner }
    try create(files, topics: own)
    let lock = try takeLock(files, owner: owner)
    defer { lock.release() }
    var actions: [RepairAction] = []
    var journal = try JournalRescue(files: files, owner: owner).run(&actions)
    let isJournalDamaged = !actions.isEmpty
    let hasPositions = !journal.state.positions.isEmpty
    for topic in own {
      for index in 0..<topic.partitions {
        let partition = TopicPartition(topic: topic.name, partition: PartitionIndex(index))
        let before = journal.state.partitions[partition]
        let rescue = PartitionRescue(files: files, partition: partition, compressor: compressor)
        // A journal that lost entries says too little: what lies behind its high watermark may have been committed. Where it also holds positions
        // the two must agree, or folding on would write the same records twice.
        let limit = isJournalDamaged && !hasPositions ? nil : before?.highWatermark ?? .zero
        let after = try rescue.run(before, limit: limit, keepsTail: isJournalDamaged, &actions)
        if before != nil || after.hasSegments { journal.state.partitions[partition] = after }
      }
    }
    guard !actions.isEmpty else { return [] }
    journal.state.sequence += 1
    _ = try Journal.replace(files, owner: owner, generation: journal.generation + 1, state: journal.state)
    return actions
  }
}

/// Reads what can be read of a damaged journal.
private struct JournalRescue {
  let files: any FileSystem
  let owner: String

  func run(_ actions: inout [RepairAction]) throws(ProwziError) -> (state: OwnerState, generation: UInt64) {
    let path = LogPaths.journal(owner)
    do throws(ProwziError) {
      guard let contents = try Journal.read(files, owner: owner) else {
        actions.append(RepairAction(file: path, description: "There was no journal; the segments were read instead."))
        return (OwnerState(), 0)
      }
      try Redo.run(files, contents)
      return (contents.state, contents.generation)
    } catch {
      guard error.code == .logCorrupt else { throw error }
    }
    let bytes = try files.open(path, .read).contents(limit: Limits.journalBytes, place: path)
    // Entries say what is, not what changes, so the later ones hold whatever lies between.
    var found = Journal.Contents(generation: 0, state: OwnerState(), end: 0, entries: 0)
    var at = 0
    while let next = Journal.firstEntry(in: bytes, after: at - 1) {
      if next.entry.sequence > found.state.sequence {
        found.state.apply(next.entry)
        found.carried += next.entry.carried
      }
      at = next.position + next.size
    }
    let generation: UInt64 = bytes.count >= Journal.headerSize ? bytes.bigEndian(at: 12) : 0
    let kept = try LogPaths.freeName(files, "\(LogPaths.journalDirectory)/removed-\(owner).journal")
    let copy = try files.open(kept, .createNew)
    try copy.write(bytes.span, at: 0)
    try copy.sync()
    try files.syncDirectory(LogPaths.journalDirectory)
    actions.append(RepairAction(file: path, kept: kept, description: "The journal was damaged; its valid entries were taken over."))
    try Redo.run(files, found)
    return (found.state, generation < UInt64.max / 2 ? generation : 0)
  }
}

/// Cuts one partition before its first damaged batch.
private struct PartitionRescue {
  let files: any FileSystem
  let partition: TopicPartition
  let compressor: any Compressor

  /// - Parameters:
  ///   - limit: up to which offset the log is committed; `nil` takes all that is whole.
  ///   - keepsTail: whether what lies beyond is moved away; otherwise the next opening cuts it.
  func run(
    _ known: PartitionState?, limit: Offset?, keepsTail: Bool, _ actions: inout [RepairAction]
  ) throws(ProwziError) -> PartitionState {
    let directory = LogPaths.directory(partition)
    let names = try files.list(directory).compactMap { LogPaths.parse($0) }.filter { $0.kind == .log }
    let bases = names.map(\.base).sorted()
    var state = PartitionState(logStart: known?.logStart ?? bases.first ?? .zero)
    if let first = bases.last(where: { $0 <= state.logStart }) ?? bases.first, first > state.logStart { state.logStart = first }
    var expected: Offset?
    var cut: (base: Offset, position: Int)?
    for base in bases {
      if let next = bases.first(where: { $0 > base }), next <= state.logStart { continue }
      if let limit, base >= limit, !keepsTail { break }
      if cut != nil || limit.map({ base >= $0 }) ?? false || (expected != nil && expected != base) {
        let kept = try keep(base, from: 0)
        actions.append(
          RepairAction(
            file: LogPaths.file(partition, base: base, .log), kept: kept, highWatermark: expected,
            description: "The segment lies behind the cut and was moved away."))
        cut = cut ?? (base, 0)
        continue
      }
      let walk = try walk(base, limit: limit)
      if walk.end > 0 {
        state.segmentBase = base
        state.segmentLength = walk.end
        state.sizeInBytes += walk.end
      }
      expected = walk.next
      state.highWatermark = walk.next
      if walk.isDamaged || (keepsTail && walk.isLimited) {
        cut = (base, walk.end)
        let kept = try keep(base, from: walk.end)
        actions.append(
          RepairAction(
            file: LogPaths.file(partition, base: base, .log), kept: kept, highWatermark: walk.next,
            description:
              "The log was cut at byte \(walk.end), \(walk.isDamaged ? "before its first damaged batch" : "where the journal ends")."))
      }
    }
    if let limit, cut == nil, state.highWatermark < limit {
      actions.append(
        RepairAction(
          file: LogPaths.file(partition, base: state.segmentBase, .log), highWatermark: state.highWatermark,
          description: "Records up to offset \(limit) are missing; the log ends where they begin."))
    } else if cut == nil, let known, !keepsTail {
      try repairTree(known, &actions)
      return known
    }
    // Offsets are never used twice, even where no record is left.
    if !state.hasSegments { state = PartitionState(logStart: state.highWatermark, highWatermark: state.highWatermark) }
    state.tree = try tree(of: state, known)
    state.treeSynced = state.isTreeWhole ? state.logStart.value : 0
    return state.hasSegments ? try rebuildIndexes(state) : state
  }

  /// The tree over what a cut partition still has: from its records, before them from the stored hashes if these lead to the tree that was
  /// committed.
  /// - Returns: the empty tree where it cannot be told.
  private func tree(of state: PartitionState, _ known: PartitionState?) throws(ProwziError) -> MerkleTree {
    if let known, known.highWatermark == state.highWatermark { return known.tree }
    var growth = TreeGrowth(tree: MerkleTree())
    if state.logStart > .zero {
      guard let known, known.isTreeWhole, known.tree.size >= state.logStart.value, let file = try TreeFile.open(files, partition),
        let tree = try file.tree(size: state.logStart.value, committed: known.tree)
      else { return MerkleTree() }
      growth.tree = tree
    }
    let walk = RecordFiles(files: files, partition: partition, compressor: compressor, state: state)
    try walk.forEachBatch(from: state.logStart) { buffer in
      growth.append(buffer)
      growth.hashes.removeAll(keepingCapacity: true)
    }
    return growth.tree.size == state.highWatermark.value ? growth.tree : MerkleTree()
  }

  /// Holds every stored hash against the committed tree, not only those that a crash can take.
  private func repairTree(_ state: PartitionState, _ actions: inout [RepairAction]) throws(ProwziError) {
    var state = state
    state.treeSynced = state.logStart.value
    guard try TreeRecovery(files: files, partition: partition, compressor: compressor, state: state).run() else { return }
    actions.append(
      RepairAction(file: LogPaths.tree(partition), description: "The stored hashes were built again from the records."))
  }

  /// Reads every batch of a segment.
  private func walk(_ base: Offset, limit: Offset?) throws(ProwziError) -> (
    end: Int, next: Offset, isDamaged: Bool, isLimited: Bool
  ) {
    let path = LogPaths.file(partition, base: base, .log)
    let file = try files.open(path, .read)
    let size = try file.size()
    var cursor = Cursor(partition: partition, next: base, expected: base, base: base, path: path, file: file, position: 0)
    var buffer = RecordBuffer()
    while cursor.position < size {
      if let limit, cursor.expected >= limit { return (cursor.position, cursor.expected, false, true) }
      buffer.removeAll()
      do throws(ProwziError) {
        _ = try cursor.decode(limit: size, readAhead: 256 << 10, compressor: compressor, into: &buffer)
      } catch {
        guard error.code == .logCorrupt else { throw error }
        return (cursor.position, cursor.expected, true, false)
      }
    }
    return (cursor.position, cursor.expected, false, false)
  }

  /// Moves a segment's bytes from a position on to a file of their own, durably, before they are cut.
  private func keep(_ base: Offset, from position: Int) throws(ProwziError) -> String {
    let directory = LogPaths.directory(partition)
    let path = LogPaths.file(partition, base: base, .log)
    let kept = try LogPaths.freeName(files, "\(directory)/removed-\(LogPaths.segmentName(base))-\(position).log")
    if position == 0 {
      try files.rename(path, to: kept)
      for kind in [LogPaths.Kind.index, .timeindex] where try files.exists(LogPaths.file(partition, base: base, kind)) {
        try files.remove(LogPaths.file(partition, base: base, kind))
      }
    } else {
      let source = try files.open(path, .readWrite)
      let copy = try files.open(kept, .createNew)
      var at = position
      var chunk: [UInt8] = []
      repeat {
        chunk.removeAll(keepingCapacity: true)
        try source.read(at: at, count: 1 << 20, appendingTo: &chunk)
        try copy.write(chunk.span, at: at - position)
        at += chunk.count
      } while !chunk.isEmpty
      try copy.sync()
      try files.syncDirectory(directory)
      try source.truncate(to: position)
      try source.sync()
    }
    try files.syncDirectory(directory)
    return kept
  }

  private func rebuildIndexes(_ state: PartitionState) throws(ProwziError) -> PartitionState {
    var state = state
    let path = LogPaths.file(partition, base: state.segmentBase, .log)
    let log = try files.open(path, .read)
    let index = try files.open(LogPaths.file(partition, base: state.segmentBase, .index), .readWrite)
    let timeIndex = try files.open(LogPaths.file(partition, base: state.segmentBase, .timeindex), .readWrite)
    _ = try IndexBuilder(state: state, log: log, path: path).rebuild(&state, index: index, timeIndex: timeIndex)
    try index.sync()
    try timeIndex.sync()
    try files.syncDirectory(LogPaths.directory(partition))
    return state
  }
}
