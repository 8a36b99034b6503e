import Merkle
import Model
import Ports
import RecordFormat

/// Makes a partition's stored hashes agree with the committed tree when a writer opens.
///
/// *Complexity*: reads and hashes what may not have been durable, at most `TreeFile.syncInterval` records and one commit. Only where that does not
/// lead to the committed root are records read: first those, then all.
struct TreeRecovery {
  let files: any FileSystem
  let partition: TopicPartition
  let compressor: any Compressor
  let state: PartitionState

  /// - Returns: whether hashes were built again.
  @discardableResult
  func run() throws(ProwziError) -> Bool {
    guard state.isTreeWhole else { return false }
    let path = LogPaths.tree(partition)
    if state.tree.size == 0, try !files.exists(path) { return false }
    let file = TreeFile(file: try files.open(path, .readWrite))
    let length = TreeFile.length(state.tree.size)
    let found = try state(of: file, length)
    if found == .good {
      if try file.file.size() > length { try file.file.truncate(to: length) }
      return false
    }
    // A crash takes at most what was not synced. Where more is wrong, the file has been damaged or removed.
    // A whole and consistent file that leads elsewhere is rather a log that was changed: it is kept under another name.
    let durable = max(state.treeSynced, state.logStart.value)
    if found == .torn, durable > state.logStart.value, try rebuild(file, from: durable) { return true }
    return try rebuildWhole(file)
  }

  private enum Finding {
    case good, torn
    /// The hashes follow from each other, and lead to another tree.
    case other
  }

  /// Whether the hashes behind the durable ones follow from each other and lead to the committed tree.
  private func state(of file: TreeFile, _ length: Int) throws(ProwziError) -> Finding {
    guard try file.file.size() >= length else { return .torn }
    var growth = TreeGrowth(
      tree: try MerkleTree(size: state.treeSynced) { (level, number) throws(ProwziError) in try file.hash(level, number) })
    var place = TreeFile.length(state.treeSynced)
    while place < length {
      var bytes: [UInt8] = []
      try file.file.read(at: place, count: min(1 << 20, length - place), appendingTo: &bytes)
      growth.hashes.removeAll(keepingCapacity: true)
      var at = 0
      // A leaf's hashes may lie across the end of what was read: they are then read again with the next.
      while at < bytes.count, growth.tree.size < state.tree.size {
        let count = 1 + (~growth.tree.size).trailingZeroBitCount
        guard at + count * TreeFile.hashSize <= bytes.count else { break }
        let before = growth.hashes.count
        growth.append(Digest(bytes: bytes[at..<at + TreeFile.hashSize])!)
        for hash in growth.hashes[before...] {
          guard Digest(bytes: bytes[at..<at + TreeFile.hashSize]) == hash else { return .torn }
          at += TreeFile.hashSize
        }
      }
      guard at > 0 else { return .torn }
      place += at
    }
    return growth.tree == state.tree ? .good : .other
  }

  /// Hashes the records from an offset on again and writes their hashes, if they lead to the committed tree.
  private func rebuild(_ file: TreeFile, from start: Int64) throws(ProwziError) -> Bool {
    var growth = TreeGrowth(tree: try MerkleTree(size: start) { (level, number) throws(ProwziError) in try file.hash(level, number) })
    let walk = RecordFiles(files: files, partition: partition, compressor: compressor, state: state)
    try walk.forEachBatch(from: Offset(start)) { (buffer) in growth.append(buffer) }
    guard growth.tree == state.tree else { return false }
    try file.write(growth.hashes, after: start)
    try file.file.truncate(to: TreeFile.length(state.tree.size))
    try file.file.sync()
    try files.syncDirectory(LogPaths.directory(partition))
    return true
  }

  /// Builds the file anew beside the old one. The old one is kept under another name: it may be what tells which record was changed.
  ///
  /// Where not even all records lead to the committed tree, everything is left as it is, for `prowzi log verify` to name.
  private func rebuildWhole(_ old: TreeFile) throws(ProwziError) -> Bool {
    let (path, aside) = (LogPaths.tree(partition), LogPaths.tree(partition) + ".new")
    let start = state.logStart.value
    var tree = try MerkleTree(size: start) { (level, number) throws(ProwziError) in try old.hash(level, number) }
    let new = TreeFile(file: try files.open(aside, .readWrite))
    try new.file.truncate(to: 0)
    var at = 0
    while at < TreeFile.length(start) {
      var chunk: [UInt8] = []
      try old.file.read(at: at, count: min(1 << 20, TreeFile.length(start) - at), appendingTo: &chunk)
      if chunk.isEmpty { break }
      try new.file.write(chunk.span, at: at)
      at += chunk.count
    }
    let walk = RecordFiles(files: files, partition: partition, compressor: compressor, state: state)
    try walk.forEachBatch(from: state.logStart) { (buffer) throws(ProwziError) in
      var growth = TreeGrowth(tree: tree)
      growth.append(buffer)
      try new.write(growth.hashes, after: tree.size)
      tree = growth.tree
    }
    guard tree == state.tree else {
      try files.remove(aside)
      return false
    }
    try new.file.sync()
    if try old.file.size() > 0 {
      try files.rename(path, to: try LogPaths.freeName(files, "\(LogPaths.directory(partition))/removed-tree.hashes"))
    }
    try files.rename(aside, to: path)
    try files.syncDirectory(LogPaths.directory(partition))
    return true
  }
}

/// Reads a partition's committed records straight from its files, without a log that is open.
struct RecordFiles {
  let files: any FileSystem
  let partition: TopicPartition
  let compressor: any Compressor
  let state: PartitionState

  /// Calls `body` with the records of each batch that lie at or after `start`, in order.
  ///
  /// Ends early, without an error, where a batch is damaged or a segment is missing: opening a log does not fail for the sake of an index.
  func forEachBatch(from start: Offset, _ body: (RecordBuffer) throws(ProwziError) -> Void) throws(ProwziError) {
    guard state.hasSegments else { return }
    let names = try files.list(LogPaths.directory(partition)).compactMap { LogPaths.parse($0) }
    let bases = names.filter { $0.kind == .log && $0.base <= state.segmentBase }.map(\.base).sorted()
    var expected: Offset?
    var buffer = RecordBuffer()
    for (index, base) in bases.enumerated() {
      if index + 1 < bases.count, bases[index + 1] <= start { continue }
      if let expected, expected != base { return }
      let path = LogPaths.file(partition, base: base, .log)
      let file = try files.open(path, .read)
      let limit = base == state.segmentBase ? state.segmentLength : try file.size()
      var cursor = Cursor(partition: partition, next: base, expected: base, base: base, path: path, file: file, position: 0)
      while cursor.position < limit {
        buffer.removeAll()
        do throws(ProwziError) {
          let header = try cursor.decode(limit: limit, readAhead: 256 << 10, compressor: compressor, into: &buffer)
          if header.isControl { continue }
        } catch {
          if error.code == .logCorrupt { return }
          throw error
        }
        buffer.records.removeAll { $0.offset < start }
        try body(buffer)
      }
      expected = cursor.expected
    }
  }
}
