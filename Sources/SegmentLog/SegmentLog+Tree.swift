import Merkle
import Model
import Ports

extension SegmentLog {
  /// A partition's tree as it was when it had `size` records, checked against the committed one.
  ///
  /// - Throws: `log.tree_size` where there are not so many records, `log.tree_damaged` where stored hashes do not lead to the committed root.
  /// - Complexity: O(log n) reads, as for the proofs.
  public func tree(of partition: TopicPartition, size: Int64) throws(ProwziError) -> MerkleTree {
    let state = try treeState(of: partition, size: size)
    guard size < state.tree.size else { return state.tree }
    guard let file = try TreeFile.open(files, partition), let tree = try file.tree(size: size, committed: state.tree) else {
      throw .treeDamaged(partition)
    }
    return tree
  }

  /// The hash of a record's leaf, as stored.
  public func storedLeaf(_ offset: Offset, in partition: TopicPartition) throws(ProwziError) -> Digest {
    guard let file = try TreeFile.open(files, partition) else { throw .treeDamaged(partition) }
    return try file.hash(0, offset.value)
  }

  /// Proves that the record at an offset is in the partition's tree of `size` records.
  public func inclusionProof(of offset: Offset, in partition: TopicPartition, size: Int64) throws(ProwziError) -> [Digest] {
    let tree = try tree(of: partition, size: size)
    guard offset.value >= 0, offset.value < size else { throw .treeSize(partition, offset.value, size) }
    guard let file = try TreeFile.open(files, partition) else { throw .treeDamaged(partition) }
    let proof = try InclusionProof.make(index: offset.value, size: size) { (level, number) throws(ProwziError) in
      try file.hash(level, number)
    }
    let leaf = try file.hash(0, offset.value)
    guard InclusionProof.verify(leaf: leaf, index: offset.value, size: size, root: tree.root, proof: proof) else {
      throw .treeDamaged(partition)
    }
    return proof
  }

  /// Proves that the partition's tree of `from` records is the beginning of the one of `to` records.
  public func consistencyProof(in partition: TopicPartition, from: Int64, to: Int64) throws(ProwziError) -> [Digest] {
    guard from <= to else { throw .treeSize(partition, from, to) }
    let (first, second) = (try tree(of: partition, size: from), try tree(of: partition, size: to))
    guard from > 0, from < to else { return [] }
    guard let file = try TreeFile.open(files, partition) else { throw .treeDamaged(partition) }
    let proof = try ConsistencyProof.make(from: from, to: to) { (level, number) throws(ProwziError) in try file.hash(level, number) }
    guard ConsistencyProof.verify(from: from, root: first.root, to: to, root: second.root, proof: proof) else {
      throw .treeDamaged(partition)
    }
    return proof
  }

  /// A partition's tree as it was when it had `size` records, if the stored hashes lead from there to a root that is trusted.
  /// - Parameter later: a size with its root, such as a signed checkpoint's.
  /// - Returns: `nil` where they do not.
  public func tree(of partition: TopicPartition, size: Int64, leadingTo later: (size: Int64, root: Digest)) throws(ProwziError)
    -> MerkleTree?
  {
    guard size <= later.size, let file = try TreeFile.open(files, partition) else { return nil }
    let read = { (level: Int, number: Int64) throws(ProwziError) in try file.hash(level, number) }
    let tree = try MerkleTree(size: size, read: read)
    let proof = try ConsistencyProof.make(from: size, to: later.size, read: read)
    return ConsistencyProof.verify(from: size, root: tree.root, to: later.size, root: later.root, proof: proof) ? tree : nil
  }

  /// Whether a leaf's hash and the stored hashes beside it lead to a root that is trusted.
  public func storedLeafLeads(
    _ leaf: Digest, at offset: Offset, in partition: TopicPartition, to later: (size: Int64, root: Digest)
  ) throws(ProwziError) -> Bool {
    guard offset.value < later.size, let file = try TreeFile.open(files, partition) else { return false }
    let proof = try InclusionProof.make(index: offset.value, size: later.size) { (level, number) throws(ProwziError) in
      try file.hash(level, number)
    }
    return InclusionProof.verify(leaf: leaf, index: offset.value, size: later.size, root: later.root, proof: proof)
  }

  /// Reads the leaf hashes stored of a partition, in order.
  public func storedLeaves(of partition: TopicPartition, from offset: Offset) throws(ProwziError) -> StoredLeaves? {
    try TreeFile.open(files, partition).map { StoredLeaves(file: $0, next: offset.value) }
  }

  private func treeState(of partition: TopicPartition, size: Int64) throws(ProwziError) -> PartitionState {
    let state = try visibleState(of: partition)
    guard size >= 0, size <= state.tree.size else { throw .treeSize(partition, size, state.tree.size) }
    return state
  }
}

/// The leaf hashes stored of a partition, one after the other.
public struct StoredLeaves {
  private let file: TreeFile
  private var next: Int64
  private var chunk: [UInt8] = []
  private var at = 0

  init(file: TreeFile, next: Int64) {
    self.file = file
    self.next = next
  }

  /// The next leaf's hash; `nil` where the file ends. It may go beyond what is committed.
  public mutating func following() throws(ProwziError) -> Digest? {
    let count = 1 + (~next).trailingZeroBitCount
    if at + count * TreeFile.hashSize > chunk.count {
      chunk.removeAll(keepingCapacity: true)
      at = 0
      try file.file.read(at: TreeFile.length(next), count: 256 << 10, appendingTo: &chunk)
    }
    guard at + count * TreeFile.hashSize <= chunk.count else { return nil }
    defer {
      at += count * TreeFile.hashSize
      next += 1
    }
    return Digest(bytes: chunk[at..<at + TreeFile.hashSize])
  }
}

extension ProwziError.Code {
  /// Stored hashes that do not lead to the committed root.
  public static let logTreeDamaged: Self = "log.tree_damaged"
  /// A proof for a record or a size that the tree does not have.
  public static let logTreeSize: Self = "log.tree_size"
}

extension ProwziError {
  fileprivate static func treeDamaged(_ partition: TopicPartition) -> ProwziError {
    ProwziError(
      .logTreeDamaged, "the stored hashes do not lead to the committed root", place: LogPaths.tree(partition),
      advice: "`prowzi log verify` says whether a record was changed; `prowzi log repair` builds the hashes again from the records.")
  }

  fileprivate static func treeSize(_ partition: TopicPartition, _ wanted: Int64, _ size: Int64) -> ProwziError {
    ProwziError(
      .logTreeSize, "there is nothing at \(wanted) in a tree of \(size) records", place: "\(partition)",
      advice: "Name a size or an offset the partition has; `prowzi status` shows them.")
  }
}
