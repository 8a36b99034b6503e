import Merkle
import Model

/// A tree with its stored hashes, over the decimal digits of 0, 1, 2 …
struct StoredTree {
  private(set) var growth = TreeGrowth(tree: MerkleTree())
  private(set) var leaves: [Digest] = []

  init(size: Int) {
    for number in 0..<size {
      leaves.append(MerkleHash.leaf(Array("\(number)".utf8)))
      growth.append(leaves[number])
    }
  }

  var root: Digest { growth.tree.root }

  func read(_ level: Int, _ number: Int64) -> Digest { growth.hashes[Int(StoredHashes.index(level: level, number: number))] }

  func inclusion(_ index: Int, size: Int) -> [Digest] { InclusionProof.make(index: Int64(index), size: Int64(size), read: read) }

  func consistency(_ from: Int, _ to: Int) -> [Digest] { ConsistencyProof.make(from: Int64(from), to: Int64(to), read: read) }

  func root(_ size: Int) -> Digest { MerkleTree(size: Int64(size), read: read).root }
}

/// RFC 6962's MTH in its own words: divides and hashes anew.
func plainRoot(_ leaves: ArraySlice<Digest>) -> Digest {
  guard let first = leaves.first else { return MerkleHash.empty }
  guard leaves.count > 1 else { return first }
  var left = 1
  while left * 2 < leaves.count { left *= 2 }
  let middle = leaves.startIndex + left
  return MerkleHash.node(plainRoot(leaves[..<middle]), plainRoot(leaves[middle...]))
}
