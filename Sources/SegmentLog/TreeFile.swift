import Merkle
import Model
import Ports

/// A partition's stored hashes: `tree.hashes`, 32 bytes each, in the order of `StoredHashes`.
///
/// An index of the log: written with each commit, synced now and then (`PartitionState.treeSynced`), and built again from the records where a crash
/// took its end. The committed tree is in the journal; what is read here counts only when it leads to that tree's root.
struct TreeFile {
  static let hashSize = 32
  /// After so many records the file is synced with the commit, so that no more than these are hashed again after a crash.
  static let syncInterval: Int64 = 65_536

  let file: any FileHandle

  /// Where the hashes of a tree of this size end.
  static func length(_ size: Int64) -> Int { Int(StoredHashes.count(size)) * hashSize }

  /// Opens the file for reading.
  /// - Returns: `nil` where there is none.
  static func open(_ files: any FileSystem, _ partition: TopicPartition) throws(ProwziError) -> TreeFile? {
    let path = LogPaths.tree(partition)
    return try files.exists(path) ? TreeFile(file: try files.open(path, .read)) : nil
  }

  /// The hash of a level and number; `Digest.zero` where the file ends before it.
  func hash(_ level: Int, _ number: Int64) throws(ProwziError) -> Digest {
    var bytes: [UInt8] = []
    let place = Int(StoredHashes.index(level: level, number: number)) * Self.hashSize
    try file.read(at: place, count: Self.hashSize, appendingTo: &bytes)
    return Digest(bytes: bytes) ?? .zero
  }

  /// Writes the hashes that came after `size` leaves.
  func write(_ hashes: [Digest], after size: Int64) throws(ProwziError) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(hashes.count * Self.hashSize)
    for hash in hashes { hash.append(to: &bytes) }
    try file.write(bytes.span, at: Self.length(size))
  }

  /// The tree of an earlier size, if what is stored leads from there to the committed tree.
  /// - Returns: `nil` where it does not, so that something stored is not what was.
  /// - Complexity: O(log n) reads.
  func tree(size: Int64, committed: MerkleTree) throws(ProwziError) -> MerkleTree? {
    if size == committed.size { return committed }
    let read = { (level: Int, number: Int64) throws(ProwziError) in try hash(level, number) }
    let tree = try MerkleTree(size: size, read: read)
    let proof = try ConsistencyProof.make(from: size, to: committed.size, read: read)
    return ConsistencyProof.verify(from: size, root: tree.root, to: committed.size, root: committed.root, proof: proof) ? tree : nil
  }
}
