import Model

/// Where the hashes of complete subtrees lie in one list that only grows: each leaf's hash, followed by those of the subtrees it completes.
///
/// A hash of level l and number n is the root over leaves n·2ˡ ..< (n+1)·2ˡ. The order is that of Go's `golang.org/x/mod/sumdb/tlog`.
public enum StoredHashes {
  /// How many hashes a tree of `size` leaves has stored: nearly two for each leaf.
  public static func count(_ size: Int64) -> Int64 { 2 * size - Int64(size.nonzeroBitCount) }

  /// The place of a hash.
  public static func index(level: Int, number: Int64) -> Int64 {
    // It is written with the last leaf it spans, behind that leaf and the levels between.
    let lastLeaf = (number + 1) << Int64(level) - 1
    return count(lastLeaf) + Int64(level)
  }

  /// The complete subtrees that together span leaves `from` ..< `to`, in order.
  ///
  /// `from` must be a multiple of the largest power of two below `to - from`, as it is everywhere in an RFC 6962 tree.
  static func subtrees(from: Int64, to: Int64) -> [(level: Int, number: Int64)] {
    var found: [(level: Int, number: Int64)] = []
    var at = from
    while at < to {
      let level = 63 - (to - at).leadingZeroBitCount
      found.append((level, at >> Int64(level)))
      at += 1 << Int64(level)
    }
    return found
  }

  /// The hash over leaves `from` ..< `to` (RFC 6962's MTH).
  static func root<Failure: Error>(
    from: Int64, to: Int64, read: (_ level: Int, _ number: Int64) throws(Failure) -> Digest
  ) throws(Failure) -> Digest {
    var hash: Digest?
    for subtree in subtrees(from: from, to: to).reversed() {
      let left = try read(subtree.level, subtree.number)
      hash = hash.map { MerkleHash.node(left, $0) } ?? left
    }
    return hash ?? MerkleHash.empty
  }
}

extension MerkleTree {
  /// The tree as it was when it had `size` leaves, from stored hashes. What is read is not checked; compare the root with one you trust.
  /// - Parameter read: gives the hash of a level and number.
  public init<Failure: Error>(
    size: Int64, read: (_ level: Int, _ number: Int64) throws(Failure) -> Digest
  ) throws(Failure) {
    var frontier: [Digest] = []
    for subtree in StoredHashes.subtrees(from: 0, to: size) { frontier.append(try read(subtree.level, subtree.number)) }
    self.init(size: size, frontier: frontier)!
  }
}
