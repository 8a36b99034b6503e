import Model

/// The two hashes of RFC 6962, section 2.1. Their prefixes differ, so that no node can be passed off as a leaf.
public enum MerkleHash {
  /// What stands before a leaf's data.
  public static let leafPrefix: UInt8 = 0
  /// What stands before the hashes of a node's children.
  public static let nodePrefix: UInt8 = 1

  /// The root of the tree without leaves: SHA-256 of nothing.
  public static let empty = Digest(
    words: (0xe3b0_c442_98fc_1c14, 0x9afb_f4c8_996f_b924, 0x27ae_41e4_649b_934c, 0xa495_991b_7852_b855))

  /// SHA-256(0x00 ‖ data).
  public static func leaf(_ data: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.update(byte: leafPrefix)
    hash.update(data)
    return hash.finish()
  }

  /// SHA-256(0x01 ‖ left ‖ right).
  public static func node(_ left: Digest, _ right: Digest) -> Digest { SHA256.digest(of: nodePrefix, left, right) }

  /// `node` of each two of the digests, an even number.
  public static func nodes(_ children: [Digest]) -> [Digest] { SHA256.digestsOfPairs(children) }
}

/// A tree over a list that only grows, held as the roots of its complete subtrees: all that is needed to go on and to tell the root.
///
/// ```swift
/// var tree = MerkleTree()
/// tree.append(MerkleHash.leaf(data))
/// tree.root
/// ```
///
/// *Complexity*: as many hashes as the size has one bits; an append hashes once for each leaf, on average.
public struct MerkleTree: Sendable, Equatable {
  /// How many leaves there are.
  public private(set) var size: Int64
  /// The roots of the complete subtrees, the largest and leftmost first: one for each one bit of the size.
  public private(set) var frontier: [Digest]

  /// A tree without leaves.
  public init() {
    size = 0
    frontier = []
  }

  /// Takes up a tree where an earlier one stood.
  /// - Returns: `nil` where there are not as many hashes as the size asks for.
  public init?(size: Int64, frontier: [Digest]) {
    guard size >= 0, frontier.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.frontier = frontier
  }

  /// The root of the tree as it is now; `MerkleHash.empty` without leaves.
  public var root: Digest {
    guard var hash = frontier.last else { return MerkleHash.empty }
    for left in frontier.dropLast().reversed() { hash = MerkleHash.node(left, hash) }
    return hash
  }

  /// Appends a leaf.
  public mutating func append(_ leaf: Digest) {
    var hash = leaf
    var bits = size
    while bits & 1 == 1 {
      hash = MerkleHash.node(frontier.removeLast(), hash)
      bits >>= 1
    }
    frontier.append(hash)
    size += 1
  }

  /// Appends a leaf, and to `stored` what has to be kept for proofs: the leaf's hash, then those of the subtrees it completes.
  public mutating func append(_ leaf: Digest, storing stored: inout [Digest]) {
    var hash = leaf
    stored.append(hash)
    var bits = size
    while bits & 1 == 1 {
      hash = MerkleHash.node(frontier.removeLast(), hash)
      stored.append(hash)
      bits >>= 1
    }
    frontier.append(hash)
    size += 1
  }
}

extension MerkleTree {
  /// Appends leaves, and to `stored` what `append(_:storing:)` would append for each in turn: hashed level by level, two nodes side by side.
  public mutating func append(_ leaves: [Digest], storing stored: inout [Digest]) {
    // The nodes that the leaves complete, by level; the leaves themselves are level 0.
    var levels = [leaves]
    // What is left over on each level, with no sibling yet.
    var rest: [Digest?] = []
    while let nodes = levels.last, !nodes.isEmpty {
      let level = levels.count - 1
      var children: [Digest] = []
      children.reserveCapacity(nodes.count + 1)
      if size >> Int64(level) & 1 == 1 { children.append(frontier.removeLast()) }
      children += nodes
      rest.append(children.count % 2 == 1 ? children.removeLast() : nil)
      levels.append(MerkleHash.nodes(children))
    }
    for left in rest.reversed() {
      if let left { frontier.append(left) }
    }
    var next = [Int](repeating: 0, count: levels.count)
    stored.reserveCapacity(stored.count + 2 * leaves.count)
    for leaf in leaves {
      stored.append(leaf)
      var (bits, level) = (size, 1)
      while bits & 1 == 1 {
        stored.append(levels[level][next[level]])
        next[level] += 1
        bits >>= 1
        level += 1
      }
      size += 1
    }
  }
}

/// What some appended records have done to a tree.
public struct TreeGrowth: Sendable, Equatable {
  /// The tree after them.
  public var tree: MerkleTree
  /// The hashes they add to those stored, in order (see `StoredHashes`).
  public var hashes: [Digest]

  public init(tree: MerkleTree, hashes: [Digest] = []) {
    self.tree = tree
    self.hashes = hashes
  }

  /// One more record.
  public mutating func append(_ leaf: Digest) { tree.append(leaf, storing: &hashes) }

  /// More records.
  public mutating func append(_ leaves: [Digest]) { tree.append(leaves, storing: &hashes) }
}
