import Merkle
import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import TestSupport
import Testing

/// The stored hashes of a partition: whatever becomes of the file, a writer that opens has a tree that goes on, and proofs that hold.
@Suite struct TreeTests {
  private static let path = "log/raw-0/tree.hashes"

  /// A partition of so many records, some commits long.
  private func subject(_ count: Int, topics: [TopicDefinition] = definitions()) throws -> SimulatedFileSystem {
    let files = SimulatedFileSystem()
    let log = try openLog(files, .write(owner: "sensors"), topics)
    var number = 0
    while number < count {
      let next = min(count, number + 1 + number % 4)
      _ = try log.commit(append(raw0, records(number..<next, size: 60)))
      number = next
    }
    log.close()
    return files
  }

  /// Everything that can be asked of a tree of `count` records: every inclusion, and consistency with every beginning.
  private func check(_ log: SegmentLog, _ count: Int, _ what: String = "", from first: Int = 0) throws {
    let all = records(0..<count, size: 60)
    var growth = TreeGrowth(tree: MerkleTree())
    var roots = [growth.tree.root]
    for index in 0..<count {
      growth.append(all, in: index..<index + 1)
      roots.append(growth.tree.root)
    }
    #expect(try log.bounds(of: raw0).tree == growth.tree, "\(what)")
    for index in first..<count {
      let proof = try log.inclusionProof(of: Offset(Int64(index)), in: raw0, size: Int64(count))
      #expect(
        InclusionProof.verify(
          leaf: all.leafHash(of: index), index: Int64(index), size: Int64(count), root: growth.tree.root, proof: proof), "\(what)")
      let consistency = try log.consistencyProof(in: raw0, from: Int64(index), to: Int64(count))
      #expect(
        ConsistencyProof.verify(from: Int64(index), root: roots[index], to: Int64(count), root: growth.tree.root, proof: consistency),
        "\(what)"
      )
      #expect(try log.tree(of: raw0, size: Int64(index)).root == roots[index], "\(what)")
    }
  }

  @Test func thePartitionsDigestIsTheRootAndProofsHoldForReadersAndWriters() throws {
    let files = try subject(37)
    try check(openLog(files, .write(owner: "sensors")), 37)
    try check(openLog(files, .read), 37)
    #expect(try files.contents(Self.path).count == 32 * Int(StoredHashes.count(37)))
  }

  @Test func anEmptyPartitionHasTheEmptyTreesRoot() throws {
    let files = try subject(0)
    let log = try openLog(files, .read)
    #expect(try log.bounds(of: raw0).digest == MerkleHash.empty)
    #expect(try log.consistencyProof(in: raw0, from: 0, to: 0) == [])
    let error = #expect(throws: ProwziError.self) { _ = try log.inclusionProof(of: .zero, in: raw0, size: 0) }
    #expect(error?.code == "log.tree_size")
    #expect(try !files.exists(Self.path))
  }

  @Test func whoeverHashesTheRecordsTheTreeIsTheSame() throws {
    let files = SimulatedFileSystem()
    let log = try openLog(files, .write(owner: "sensors"))
    var growth = TreeGrowth(tree: MerkleTree())
    growth.append(records(0..<9, size: 60))
    _ = try log.commit(Commit(appends: [.init(target: raw0, records: records(0..<9, size: 60), growth: growth)]))
    _ = try log.commit(
      Commit(appends: [
        .init(target: raw0, records: records(9..<12, size: 60)), .init(target: raw1, records: records(0..<1)),
        .init(target: raw0, records: records(12..<20, size: 60)),
      ]))
    try check(log, 20)
  }

  @Test func aFileThatIsMissingCutOrTooLongIsMendedWhenAWriterOpens() throws {
    let files = try subject(21)
    let whole = try files.contents(Self.path)
    for length in [nil, 0] + Array(stride(from: 1, to: whole.count, by: 29)) {
      let copy = files.copy()
      if let length { copy.replace(Self.path, with: Array(whole[..<length])) } else { try copy.remove(Self.path) }
      try check(openLog(copy, .write(owner: "sensors")), 21, "cut to \(length ?? -1)")
      #expect(try copy.contents(Self.path) == whole)
    }
    let ahead = files.copy()
    ahead.replace(Self.path, with: whole + [UInt8](repeating: 7, count: 333))
    try check(openLog(ahead, .write(owner: "sensors")), 21)
    #expect(try ahead.contents(Self.path) == whole)
  }

  @Test func everyChangedByteIsMendedWhenAWriterOpensAndNoReaderGivesAWrongProof() throws {
    let files = try subject(11)
    let whole = try files.contents(Self.path)
    for position in whole.indices {
      let copy = files.copy()
      var changed = whole
      changed[position] ^= 0x20
      copy.replace(Self.path, with: changed)
      let reader = try openLog(copy, .read)
      var refused = 0
      for index in 0..<11 {
        do throws(ProwziError) {
          let proof = try reader.inclusionProof(of: Offset(Int64(index)), in: raw0, size: 11)
          #expect(
            InclusionProof.verify(
              leaf: try reader.storedLeaf(Offset(Int64(index)), in: raw0), index: Int64(index), size: 11,
              root: try reader.bounds(of: raw0).digest, proof: proof))
        } catch {
          #expect(error.code == "log.tree_damaged")
          refused += 1
        }
      }
      #expect(refused > 0, "byte \(position)")
      try check(openLog(copy, .write(owner: "sensors")), 11, "byte \(position)")
    }
  }

  @Test func retentionKeepsTheTreeAndAnotherWriterGoesOnWithIt() throws {
    let topics = definitions(segmentBytes: 600, retentionMilliseconds: 5000)
    let files = try subject(60, topics: topics)
    let log = try openLog(files, .write(owner: "sensors"), topics)
    #expect(try log.enforceRetention(now: Timestamp(milliseconds: 60_000)) > 0)
    let start = try log.bounds(of: raw0).logStart
    #expect(start > Offset(20))
    try check(log, 60)
    log.close()
    // What the records can no longer give is kept; what they can is built again.
    let whole = try files.contents(Self.path)
    for length in [whole.count - 1, 32 * Int(StoredHashes.count(start.value))] {
      let copy = files.copy()
      copy.replace(Self.path, with: Array(whole[..<length]))
      let again = try openLog(copy, .write(owner: "sensors"), topics)
      _ = try again.commit(append(raw0, records(60..<63, size: 60)))
      try check(again, 63)
    }
    // Without it the tree still goes on, from the journal; only proofs are refused.
    try files.remove(Self.path)
    let again = try openLog(files, .write(owner: "sensors"), topics)
    _ = try again.commit(append(raw0, records(60..<61, size: 60)))
    #expect(try again.bounds(of: raw0).digest == digest(of: records(0..<61, size: 60)))
    let error = #expect(throws: ProwziError.self) { _ = try again.inclusionProof(of: Offset(60), in: raw0, size: 61) }
    #expect(error?.code == "log.tree_damaged")
  }

  @Test func repairBuildsHashesAgainThatNoOpeningLooksAt() throws {
    let topics = definitions(segmentBytes: 600)
    let files = try subject(60, topics: topics)
    let whole = try files.contents(Self.path)
    var changed = whole
    changed[100] ^= 1
    files.replace(Self.path, with: changed)
    try openLog(files, .write(owner: "sensors"), topics).close()
    #expect(try files.contents(Self.path) == changed, "what was synced is not read again at every opening")
    let actions = try SegmentLog.repair(files, topics: topics, owner: "sensors", compressor: NoCompressor())
    #expect(actions.map(\.file) == [Self.path])
    #expect(try files.contents(Self.path) == whole)
    #expect(try files.contents("log/raw-0/removed-tree.hashes") == changed, "it may be what tells which record was changed")
  }

  @Test func aCommitThatNamesAPartitionTwiceGrowsItsTreeByBoth() throws {
    for carriedBytes in [0, 256 << 10] {
      let files = SimulatedFileSystem()
      let log = try openLog(files, .write(owner: "sensors"), definitions(), options(carriedBytes: carriedBytes))
      let pieces = [records(0..<3, size: 60), records(3..<5, size: 60)]
      let firsts = try log.commit(Commit(appends: pieces.map { Commit.Append(target: raw0, records: $0) }))
      #expect(firsts == [Offset(0), Offset(3)])
      try check(log, 5)
    }
  }

  /// Power fails at any call; hashes are written without a sync, so anything may have become of them.
  @Test func afterAnyCrashTheTreeIsThatOfTheCommittedRecords() throws {
    let topics = definitions(segmentBytes: 1500)
    for seed in TestShare.seeds(0..<150, of: "seeds of TreeTests") {
      let files = SimulatedFileSystem(seed: seed)
      files.add(.powerLoss(call: 20 + Int(seed)))
      do throws(ProwziError) {
        let log = try openLog(files, .write(owner: "sensors"), topics)
        for number in 0..<1000 { _ = try log.commit(append(raw0, records(number * 3..<number * 3 + 3, size: 60))) }
      } catch {}
      files.crash()
      let log = try openLog(files, .write(owner: "sensors"), topics)
      let count = Int(try log.bounds(of: raw0).highWatermark.value)
      try check(log, count, "seed \(seed)")
      _ = try log.commit(append(raw0, records(count..<count + 2, size: 60)))
      try check(log, count + 2, "seed \(seed)", from: count)
    }
  }

  /// A commit that no entry carries: its hashes are written while its records are synced, and where the entry says that they are durable they are.
  @Test func whatIsHashedWhileItIsSyncedSurvivesAPowerFailureAtAnyCall() throws {
    let topics = definitions(segmentBytes: 900)
    for seed in TestShare.seeds(0..<200, of: "seeds of TreeTests") {
      let files = SimulatedFileSystem(seed: seed)
      files.add(.powerLoss(call: 14 + Int(seed % 60)))
      do throws(ProwziError) {
        let log = try openLog(files, .write(owner: "sensors"), topics, options(carriedBytes: 0))
        for number in 0..<100 { _ = try log.commit(append(raw0, records(number * 3..<number * 3 + 3, size: 60))) }
      } catch {}
      files.crash()
      let log = try openLog(files, .write(owner: "sensors"), topics)
      try check(log, Int(try log.bounds(of: raw0).highWatermark.value), "seed \(seed)")
    }
  }
}
