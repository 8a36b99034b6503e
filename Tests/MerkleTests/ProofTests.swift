import Foundation
import Merkle
import Model
import Testing

@Suite struct ProofTests {
  private static let most = 40

  @Test func everyLeafOfEverySmallTreeIsProvedAndNothingElseIs() {
    let tree = StoredTree(size: Self.most)
    for size in 1...Self.most {
      let root = tree.root(size)
      for index in 0..<size {
        let proof = tree.inclusion(index, size: size)
        func holds(_ leaf: Int, at index: Int, of size: Int, _ root: Digest, _ proof: [Digest]) -> Bool {
          InclusionProof.verify(leaf: tree.leaves[leaf], index: Int64(index), size: Int64(size), root: root, proof: proof)
        }
        #expect(holds(index, at: index, of: size, root, proof))
        #expect(!holds((index + 1) % Self.most, at: index, of: size, root, proof))
        #expect(!holds(index, at: index, of: size, root, proof + [root]))
        #expect(!holds(index, at: -1, of: size, root, proof) && !holds(index, at: size, of: size, root, proof))
        for other in 0..<size where other != index { #expect(!holds(index, at: other, of: size, root, proof)) }
        for position in proof.indices {
          var changed = proof
          changed[position].words.2 ^= 1 << 40
          #expect(!holds(index, at: index, of: size, root, changed))
          changed = proof
          changed.remove(at: position)
          #expect(!holds(index, at: index, of: size, root, changed))
        }
      }
    }
  }

  @Test func everyBeginningOfEverySmallTreeIsProvedAndNothingElseIs() {
    let tree = StoredTree(size: Self.most)
    for to in 0...Self.most {
      for from in 0...to {
        let proof = tree.consistency(from, to)
        func holds(_ from: Int, _ first: Digest, _ to: Int, _ second: Digest, _ proof: [Digest]) -> Bool {
          ConsistencyProof.verify(from: Int64(from), root: first, to: Int64(to), root: second, proof: proof)
        }
        let (first, second) = (tree.root(from), tree.root(to))
        #expect(holds(from, first, to, second, proof), "\(from) to \(to)")
        #expect(!holds(from, .zero, to, second, proof) && (from == 0 || !holds(from, first, to, .zero, proof)))
        #expect(!holds(from, first, to, second, proof + [first]))
        #expect(to == from || !holds(to, second, from, first, proof))
        for position in proof.indices {
          var changed = proof
          changed[position].words.0 ^= 1
          #expect(!holds(from, first, to, second, changed))
          changed = proof
          changed.remove(at: position)
          #expect(!holds(from, first, to, second, changed))
        }
      }
    }
  }

  @Test func aProofReadsFewHashes() {
    let tree = StoredTree(size: 10_000)
    for index in [0, 4999, 8191, 8192, 9999] {
      var reads = 0
      let proof = InclusionProof.make(index: Int64(index), size: 10_000) { level, number in
        reads += 1
        return tree.read(level, number)
      }
      #expect(reads <= 28 && proof.count <= 14)
      #expect(InclusionProof.verify(leaf: tree.leaves[index], index: Int64(index), size: 10_000, root: tree.root, proof: proof))
    }
  }

  /// Python's hashlib and the RFC's recursive definitions, written apart from ours.
  @Test func anIndependentProgramComputesTheSameRootsAndProofs() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let sizes = [0, 1, 2, 3, 5, 8, 13, 31, 32, 33, 65]
    process.arguments =
      ["python3", URL(filePath: #filePath).deletingLastPathComponent().appending(path: "tree.py").path] + sizes.map(String.init)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let tree = StoredTree(size: 65)
    var expected: [String] = []
    for size in sizes {
      expected.append("root \(size) \(tree.root(size).hex)")
      for index in 0..<size {
        expected.append((["inclusion \(size) \(index)"] + tree.inclusion(index, size: size).map(\.hex)).joined(separator: " "))
      }
      for from in stride(from: 1, through: size, by: 1) {
        expected.append((["consistency \(size) \(from)"] + tree.consistency(from, size).map(\.hex)).joined(separator: " "))
      }
    }
    #expect(text.split(separator: "\n").map(String.init) == expected)
  }
}
