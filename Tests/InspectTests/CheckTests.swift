import Inspect
import Merkle
import Model
import Ports
import SegmentLog
import Testing

@Suite struct CheckTests {
  private let target = TopicPartition(topic: .raw, partition: PartitionIndex(0))

  private func sample(leaf: Digest? = nil) throws -> SampleLog {
    let sample = try SampleLog()
    try sample.append(
      .raw, 0, [.init(time: hour(0), key: "k", value: "one"), .init(time: hour(1), key: "k", value: "two")], leaf: leaf)
    return sample
  }

  @Test func aSoundPartitionAddsUpToItsDigest() throws {
    let log = try sample().reader()
    let check = try LogCheck.run(target, of: log) { true }
    #expect(check.isSound)
    #expect(check.digest == .same(try log.bounds(of: target).digest))
    #expect(check.records == 2)
  }

  @Test func aWrongDigestIsFound() throws {
    let wrong = Digest(words: (1, 2, 3, 4))
    let check = try LogCheck.run(target, of: try sample(leaf: wrong).reader()) { true }
    #expect(!check.isSound)
    guard case .different(let committed, let computed) = check.digest else {
      Issue.record("\(check.digest)")
      return
    }
    #expect(committed == MerkleHash.node(wrong, wrong) && computed != committed)
  }

  @Test func everyFlippedByteOfASegmentIsFound() throws {
    let sample = try sample()
    let path = "log/prowzi.raw-0/00000000000000000000.log"
    let bytes = try sample.files.contents(path)
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= 0x10
      sample.files.replace(path, with: damaged)
      #expect(try !LogCheck.run(target, of: try sample.reader()) { true }.isSound, "byte \(index)")
    }
  }

  @Test func aStoppedCheckSaysSo() throws {
    let check = try LogCheck.run(target, of: try sample().reader()) { false }
    #expect(check.digest == .notComputed("the check was stopped"))
  }
}
