import Model

/// Proof that one tree is another's beginning: nothing was changed, removed, reordered or put in between (RFC 9162, section 2.1.4).
public enum ConsistencyProof {
  /// Makes the proof between two sizes of one tree. It is empty where the sizes are equal or the first is 0.
  /// - Parameter read: gives the stored hash of a level and number.
  /// - Complexity: at most two reads a level.
  public static func make<Failure: Error>(
    from first: Int64, to second: Int64, read: (_ level: Int, _ number: Int64) throws(Failure) -> Digest
  ) throws(Failure) -> [Digest] {
    precondition(first >= 0 && first <= second, "A proof goes from a smaller tree to a larger one.")
    guard first > 0, first < second else { return [] }
    var path: [Digest] = []
    var (low, high) = (Int64(0), second)
    while first != high {
      let middle = low + InclusionProof.largestPowerOfTwo(below: high - low)
      if first <= middle {
        path.append(try StoredHashes.root(from: middle, to: high, read: read))
        high = middle
      } else {
        path.append(try StoredHashes.root(from: low, to: middle, read: read))
        low = middle
      }
    }
    // The first tree's own root is known to whoever asks.
    if low > 0 { path.append(try StoredHashes.root(from: low, to: high, read: read)) }
    return path.reversed()
  }

  /// Whether the proof shows that the first tree is the second's beginning.
  public static func verify(from first: Int64, root firstRoot: Digest, to second: Int64, root secondRoot: Digest, proof: [Digest]) -> Bool {
    guard first >= 0, first <= second else { return false }
    if first == second { return proof.isEmpty && firstRoot == secondRoot }
    if first == 0 { return proof.isEmpty && firstRoot == MerkleHash.empty }
    var rest = proof[...]
    if first & (first - 1) == 0 { rest = [firstRoot] + rest }
    guard let start = rest.popFirst() else { return false }
    var (node, last) = (first - 1, second - 1)
    while node & 1 == 1 {
      node >>= 1
      last >>= 1
    }
    var (a, b) = (start, start)
    for hash in rest {
      if last == 0 { return false }
      if node & 1 == 1 || node == last {
        a = MerkleHash.node(hash, a)
        b = MerkleHash.node(hash, b)
        while node & 1 == 0, node != 0 {
          node >>= 1
          last >>= 1
        }
      } else {
        b = MerkleHash.node(b, hash)
      }
      node >>= 1
      last >>= 1
    }
    return last == 0 && a == firstRoot && b == secondRoot
  }
}
