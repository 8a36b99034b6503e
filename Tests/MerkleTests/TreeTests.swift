import Merkle
import Model
import RecordFormat
import Testing

@Suite struct TreeTests {
  /// The vectors of Certificate Transparency's reference implementation.
  private static let leaves = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
  ]
  private static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test func theRootsAreThoseOfTheReferenceVectors() throws {
    var tree = MerkleTree()
    #expect(tree.root.hex == Self.roots[0])
    for (text, root) in zip(Self.leaves, Self.roots.dropFirst()) {
      tree.append(MerkleHash.leaf(try #require([UInt8](hexadecimal: text))))
      #expect(tree.root.hex == root)
    }
  }

  @Test func aNodeIsTheHashOfItsPrefixAndItsChildren() {
    let (a, b) = (SHA256.digest(of: [1]), SHA256.digest(of: [2]))
    var bytes: [UInt8] = [1]
    a.append(to: &bytes)
    b.append(to: &bytes)
    #expect(MerkleHash.node(a, b) == SHA256.digest(of: bytes))
    #expect(MerkleHash.leaf([7, 8]) == SHA256.digest(of: [0, 7, 8]))
  }

  @Test func everySmallTreeHasTheRootThatDividingGives() {
    let tree = StoredTree(size: 300)
    for size in 0...300 {
      #expect(tree.root(size) == plainRoot(tree.leaves[..<size]))
      #expect(StoredTree(size: size).root == plainRoot(tree.leaves[..<size]))
    }
  }

  @Test func storedHashesLieWhereTheGoChecksumDatabaseHasThem() {
    // StoredHashIndex of golang.org/x/mod/sumdb/tlog, in its own words.
    func index(_ level: Int, _ number: Int64) -> Int64 {
      var n = number
      for _ in 0..<level { n = 2 * n + 1 }
      var i: Int64 = 0
      while n > 0 {
        i += n
        n >>= 1
      }
      return i + Int64(level)
    }
    for level in 0..<12 {
      for number in 0..<Int64(200) { #expect(StoredHashes.index(level: level, number: number) == index(level, number)) }
    }
    for size in 0..<200 { #expect(Int(StoredHashes.count(Int64(size))) == StoredTree(size: size).growth.hashes.count) }
  }

  @Test func aTreeGoesOnFromItsFrontier() throws {
    for size in 0..<70 {
      let small = StoredTree(size: size)
      var resumed = try #require(MerkleTree(size: Int64(size), frontier: small.growth.tree.frontier))
      for leaf in StoredTree(size: 80).leaves[size...] { resumed.append(leaf) }
      #expect(resumed == StoredTree(size: 80).growth.tree)
    }
    #expect(MerkleTree(size: 3, frontier: [.zero]) == nil)
    #expect(MerkleTree(size: -1, frontier: []) == nil)
  }

  @Test func leavesAppendedTogetherGiveWhatTheyGiveOneByOne() {
    for size in 0..<40 {
      for count in 0..<40 {
        var (one, all) = (StoredTree(size: size).growth, StoredTree(size: size).growth)
        let leaves = StoredTree(size: 80).leaves[size..<size + count]
        for leaf in leaves { one.append(leaf) }
        all.append(Array(leaves))
        #expect(one == all, "\(count) leaves after \(size)")
      }
    }
  }

  @Test func leavesHashedSideBySideHaveTheHashesTheyHaveAlone() {
    var buffer = RecordBuffer()
    for length in 0..<300 {
      // Neighbours of very different lengths too, and keys and values that are null.
      let bytes = (0..<(length % 7 == 0 ? 1000 - length : length)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ length) }
      buffer.append(
        timestamp: Timestamp(milliseconds: Int64(length) - 3), key: length % 5 == 0 ? nil : [UInt8(truncatingIfNeeded: length)],
        value: length % 11 == 0 ? nil : bytes, headers: length % 3 == 0 ? [] : [("h", bytes)])
    }
    let alone = buffer.records.indices.map(buffer.leafHash)
    #expect(buffer.leafHashes(of: 0..<300) == alone)
    for start in 0..<5 { #expect(buffer.leafHashes(of: start..<start + 4) == Array(alone[start..<start + 4])) }
    #expect(buffer.leafHashes(of: 9..<9).isEmpty)
    // Parts that do not lie in the order of the leaf's data.
    let value = buffer.records[4].value
    buffer.records[4].value = buffer.records[5].value
    buffer.records[5].value = value
    #expect(buffer.leafHashes(of: 3..<7) == (3..<7).map(buffer.leafHash))
  }

  @Test func everyPartOfARecordCountsInItsLeaf() {
    func leaf(_ change: (inout RecordBuffer) -> Void = { _ in }, time: Int64 = 5, key: [UInt8]? = [1], value: [UInt8]? = [2, 3]) -> Digest {
      var buffer = RecordBuffer()
      buffer.append(timestamp: Timestamp(milliseconds: time), key: key, value: value, headers: [("h", [9])])
      change(&buffer)
      #expect(MerkleHash.leaf(buffer.leafData(of: 0)) == buffer.leafHash(of: 0))
      return buffer.leafHash(of: 0)
    }
    let variants = [
      leaf(), leaf(time: 6), leaf(key: nil), leaf(key: []), leaf(key: [1, 2], value: [3]), leaf(value: nil), leaf(value: []),
      leaf({ $0.bytes[$0.records[0].headers.upperBound - 1] = 8 }),
    ]
    #expect(Set(variants).count == variants.count)
    #expect(leaf({ $0.records[0].offset = Offset(99) }) == leaf(), "the offset is the leaf's place, not part of it")
  }
}
