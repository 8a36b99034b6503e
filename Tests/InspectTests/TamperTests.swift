import Inspect
import Merkle
import Model
import Ports
import RecordFormat
import SegmentLog
import Signatures
import Simulation
import Stages
import Testing

/// Someone changes records and mends everything but what was signed: batches, checksums, indexes and journal are those of a sound log.
@Suite struct TamperTests {
  private static let target = TopicPartition(topic: .raw, partition: PartitionIndex(0))
  private static let count = 200
  private static let signed: [Int64] = [50, 120, 200]

  private static func line(_ number: Int) -> SampleLog.Line { .init(time: hour(number), key: "k", value: "record \(number)") }

  private static func log(_ numbers: [Int], changed: Int? = nil) throws -> SampleLog {
    let sample = try SampleLog()
    for start in stride(from: 0, to: numbers.count, by: 7) {
      let lines = numbers[start..<min(numbers.count, start + 7)].map { number in
        var line = line(number)
        if number == changed { line.value = "Record \(number)" }
        return line
      }
      try sample.append(.raw, 0, lines)
    }
    return sample
  }

  private static let original: (sample: SampleLog, checkpoints: [LogCheckpoint]) = {
    do {
      let sample = try log(Array(0..<count))
      let reader = try sample.reader()
      let checkpoints = try signed.map { size in
        LogCheckpoint(origin: "log/\(target)", size: size, root: try reader.tree(of: target, size: size).root)
      }
      return (sample, checkpoints)
    } catch { preconditionFailure("\(error)") }
  }()

  private static let treeFile = "log/\(target)/tree.hashes"

  /// Checks a forged log, with the stored hashes it had or with those that fit the forgery.
  private func check(_ forged: SampleLog, fixesHashes: Bool) throws -> LogCheck {
    if !fixesHashes { forged.files.replace(Self.treeFile, with: try Self.original.sample.files.contents(Self.treeFile)) }
    let log = try forged.reader()
    let plain = try LogCheck.run(Self.target, of: log) { true }
    #expect(plain.tampering == nil && plain.findings.allSatisfy { !$0.isLoss }, "without a checkpoint nothing tells")
    if fixesHashes { #expect(plain.isSound) }
    return try LogCheck.run(Self.target, of: log, checkpoints: Self.original.checkpoints) { true }
  }

  @Test func aSoundLogIsThatOfItsCheckpoints() throws {
    let check = try LogCheck.run(Self.target, of: try Self.original.sample.reader(), checkpoints: Self.original.checkpoints) { true }
    #expect(check.isSound && check.tampering == nil && check.confirmed == 200 && check.checkpoints == 3)
    let more = try Self.log(Array(0..<250))
    let grown = try LogCheck.run(Self.target, of: try more.reader(), checkpoints: Self.original.checkpoints) { true }
    #expect(grown.isSound && grown.confirmed == 200)
  }

  @Test(arguments: [0, 3, 49, 50, 77, 128, 199]) func aChangedRecordIsNamed(_ at: Int) throws {
    let forged = try Self.log(Array(0..<Self.count), changed: at)
    let named = try check(forged, fixesHashes: false)
    #expect(!named.isSound && named.tampering?.kind == .changed && named.tampering?.offset.value == Int64(at))
    #expect(named.tampering?.sentence == "the record at offset \(at) was changed")
    let ranged = try check(try Self.log(Array(0..<Self.count), changed: at), fixesHashes: true)
    let end = Self.signed.first { $0 > Int64(at) }!
    let start = Self.signed.last { $0 <= Int64(at) } ?? 0
    #expect(!ranged.isSound && ranged.tampering?.kind == nil)
    #expect(ranged.tampering?.offset.value == start && ranged.tampering?.end?.value == end)
  }

  @Test(arguments: [0, 3, 49, 50, 77, 128, 198]) func aRemovedRecordIsNamed(_ at: Int) throws {
    var numbers = Array(0..<Self.count)
    numbers.remove(at: at)
    let named = try check(try Self.log(numbers), fixesHashes: false)
    #expect(!named.isSound && named.tampering?.kind == .removed && named.tampering?.offset.value == Int64(at))
    #expect(named.tampering?.sentence == "the record signed at offset \(at) was removed")
    #expect(try check(try Self.log(numbers), fixesHashes: true).tampering != nil)
    // A record put at the end hides the gap in the count, and nothing else.
    let hidden = try check(try Self.log(numbers + [500]), fixesHashes: false)
    #expect(hidden.tampering?.kind == .removed && hidden.tampering?.offset.value == Int64(at))
  }

  @Test func aRemovedEndIsNamed() throws {
    for fixesHashes in [false, true] {
      for count in [199, 150, 121, 120] {
        let check = try check(try Self.log(Array(0..<count)), fixesHashes: fixesHashes)
        #expect(!check.isSound && check.tampering?.kind == .removed, "\(count)")
        #expect(check.tampering?.offset.value == Int64(count) && check.tampering?.end?.value == 200)
      }
    }
  }

  @Test(arguments: [(0, 1), (3, 40), (49, 50), (77, 140), (198, 199)]) func reorderedRecordsAreNamed(_ a: Int, _ b: Int) throws {
    var numbers = Array(0..<Self.count)
    numbers.swapAt(a, b)
    let named = try check(try Self.log(numbers), fixesHashes: false)
    #expect(!named.isSound && named.tampering?.kind == .reordered && named.tampering?.offset.value == Int64(a))
    #expect(try check(try Self.log(numbers), fixesHashes: true).tampering != nil)
    // One record moved, the others closing up.
    var moved = Array(0..<Self.count)
    moved.insert(moved.remove(at: a), at: b)
    let other = try check(try Self.log(moved), fixesHashes: false)
    #expect(other.tampering?.kind == .reordered && other.tampering?.offset.value == Int64(a))
  }

  @Test(arguments: [0, 3, 49, 50, 77, 128, 199]) func anAddedRecordIsNamed(_ at: Int) throws {
    var numbers = Array(0..<Self.count)
    numbers.insert(900, at: at)
    let named = try check(try Self.log(numbers), fixesHashes: false)
    #expect(!named.isSound && named.tampering?.kind == .added && named.tampering?.offset.value == Int64(at))
    #expect(named.tampering?.sentence == "the record at offset \(at) was added")
    #expect(try check(try Self.log(numbers), fixesHashes: true).tampering != nil)
  }

  @Test func aChangedStoredHashAloneIsNoTampering() throws {
    let sample = try Self.log(Array(0..<Self.count))
    var bytes = try sample.files.contents(Self.treeFile)
    bytes[Int(StoredHashes.index(level: 0, number: 33)) * 32] ^= 1
    sample.files.replace(Self.treeFile, with: bytes)
    let check = try LogCheck.run(Self.target, of: try sample.reader(), checkpoints: Self.original.checkpoints) { true }
    #expect(check.tampering == nil && check.findings.map(\.offset) == [Offset(33)] && !check.findings[0].isLoss)
  }

  @Test func aWriterThatOpensAForgedLogKeepsTheHashesThatTell() throws {
    let forged = try Self.log(Array(0..<Self.count), changed: 77)
    let original = try Self.original.sample.files.contents(Self.treeFile)
    forged.files.replace(Self.treeFile, with: original)
    try forged.append(.raw, 0, [Self.line(300)])
    #expect(try forged.files.contents("log/\(Self.target)/removed-tree.hashes") == original)
    let check = try LogCheck.run(Self.target, of: try forged.reader(), checkpoints: Self.original.checkpoints) { true }
    #expect(check.tampering?.offset == Offset(50) && check.tampering?.end == Offset(120))
  }
}
