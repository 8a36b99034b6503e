import Model

/// Proof that a leaf is in a tree: the sibling hashes on its way to the root, from the bottom (RFC 9162, section 2.1.3).
public enum InclusionProof {
  /// Makes the proof for a leaf.
  /// - Parameters:
  ///   - index: the leaf's, below `size`.
  ///   - size: the tree's, at most 2⁶².
  ///   - read: gives the stored hash of a level and number.
  /// - Complexity: at most two reads a level.
  public static func make<Failure: Error>(
    index: Int64, size: Int64, read: (_ level: Int, _ number: Int64) throws(Failure) -> Digest
  ) throws(Failure) -> [Digest] {
    precondition(index >= 0 && index < size, "A proof is for a leaf that is in the tree.")
    var path: [Digest] = []
    var (low, high) = (Int64(0), size)
    while high - low > 1 {
      let middle = low + largestPowerOfTwo(below: high - low)
      if index < middle {
        path.append(try StoredHashes.root(from: middle, to: high, read: read))
        high = middle
      } else {
        path.append(try StoredHashes.root(from: low, to: middle, read: read))
        low = middle
      }
    }
    return path.reversed()
  }

  /// The root that the proof leads to.
  /// - Returns: `nil` where the proof cannot be one for this leaf: an index outside the tree, too many hashes or too few.
  public static func root(leaf: Digest, index: Int64, size: Int64, proof: [Digest]) -> Digest? {
    guard index >= 0, index < size else { return nil }
    var (node, last) = (index, size - 1)
    var hash = leaf
    for sibling in proof {
      if last == 0 { return nil }
      if node & 1 == 1 || node == last {
        hash = MerkleHash.node(sibling, hash)
        while node & 1 == 0, node != 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        hash = MerkleHash.node(hash, sibling)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 ? hash : nil
  }

  /// Whether the proof shows that the leaf is in the tree with this root.
  public static func verify(leaf: Digest, index: Int64, size: Int64, root: Digest, proof: [Digest]) -> Bool {
    self.root(leaf: leaf, index: index, size: size, proof: proof) == root
  }

  /// The largest power of two that is smaller than `count`, which is at least 2: where RFC 6962 divides a tree.
  static func largestPowerOfTwo(below count: Int64) -> Int64 { 1 << Int64(63 - (count - 1).leadingZeroBitCount) }
}
