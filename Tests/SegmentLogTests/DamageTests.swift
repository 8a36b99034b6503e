import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Testing

/// Every byte of the last two commits, cut or changed: the log shows the last commit, or the one before, or says where the damage is.
@Suite struct DamageTests {
  private static let partitions = [derived0, briefs0]
  private static let topics = definitions(segmentBytes: 1 << 20)

  private struct Subject {
    let files = SimulatedFileSystem()
    /// What was there after each commit.
    var states: [Expected] = []
    var sizesBeforeLastTwo: [String: Int] = [:]

    init(carriedBytes: Int = 256 << 10) throws {
      let log = try openLog(files, .write(owner: "pipeline"), DamageTests.topics, options(carriedBytes: carriedBytes))
      for number in 0..<5 {
        if number == 3 { for path in files.paths() { sizesBeforeLastTwo[path] = try files.contents(path).count } }
        var commit = Commit()
        for partition in DamageTests.partitions {
          commit.appends.append(.init(target: partition, records: records(number * 2..<number * 2 + 2)))
        }
        commit.positions = [FoldPosition(fold: "pipeline", partition: PartitionIndex(0), next: Offset(Int64(number)))]
        _ = try log.commit(commit)
        states.append(try Workload.found(in: log))
      }
      log.close()
    }
  }

  /// Opens a damaged log both ways.
  private func check(_ files: SimulatedFileSystem, against states: [Expected], _ what: String) {
    for access in [SegmentLog.Access.read, .write(owner: "pipeline")] {
      do throws(ProwziError) {
        let log = try openLog(files.copy(), access, Self.topics)
        let found = try Workload.found(in: log)
        #expect(found == states[4] || found == states[3], "\(what), \(access)")
      } catch {
        #expect(error.code == "log.corrupt" && error.place?.contains("byte") == true, "\(what), \(access): \(error)")
      }
    }
  }

  @Test func everyByteOfTheJournalMayBeLostOrWrong() throws {
    let subject = try Subject()
    let path = "journal/pipeline.journal"
    let bytes = try subject.files.contents(path)
    for position in subject.sizesBeforeLastTwo[path]!..<bytes.count {
      let files = subject.files.copy()
      var changed = bytes
      changed[position] ^= 0x41
      files.replace(path, with: changed)
      check(files, against: subject.states, "journal byte \(position) changed")
    }
    let lastEntry = bytes.count - (bytes.count - subject.sizesBeforeLastTwo[path]!) / 2
    for position in lastEntry..<bytes.count {
      let files = subject.files.copy()
      files.replace(path, with: Array(bytes[..<position]))
      check(files, against: subject.states, "journal cut at \(position)")
    }
  }

  @Test func everyByteOfTheJournalsBeginningIsGuarded() throws {
    let subject = try Subject()
    let path = "journal/pipeline.journal"
    let bytes = try subject.files.contents(path)
    for position in 0..<subject.sizesBeforeLastTwo[path]! {
      let files = subject.files.copy()
      var changed = bytes
      changed[position] ^= 0x10
      files.replace(path, with: changed)
      let error = #expect(throws: ProwziError.self) { _ = try openLog(files, .read, Self.topics) }
      #expect(error?.code == "log.corrupt", "byte \(position)")
    }
  }

  @Test func everyByteOfTheBatchesMayBeLostOrWrong() throws {
    let subject = try Subject()
    let path = "log/derived-0/00000000000000000000.log"
    let bytes = try subject.files.contents(path)
    for position in subject.sizesBeforeLastTwo[path]!..<bytes.count {
      let files = subject.files.copy()
      var changed = bytes
      changed[position] ^= 0x41
      files.replace(path, with: changed)
      check(files, against: subject.states, "log byte \(position) changed")
      files.replace(path, with: Array(bytes[..<position]))
      check(files, against: subject.states, "log cut at \(position)")
    }
  }

  @Test func damageInTheMiddleIsReportedWhereItIsAndWhatLiesBeforeIsRead() throws {
    let subject = try Subject()
    let path = "log/derived-0/00000000000000000000.log"
    var bytes = try subject.files.contents(path)
    let secondBatch = bytes.count / 5
    bytes[secondBatch + 70] ^= 1
    subject.files.replace(path, with: bytes)
    let log = try openLog(subject.files, .read, Self.topics)
    var buffer = RecordBuffer()
    let next = try log.read(derived0, from: .zero, maxRecords: 100, maxBytes: 1 << 20, into: &buffer)
    #expect(next == Offset(2) && buffer.count == 2)
    let error = #expect(throws: ProwziError.self) { _ = try log.read(derived0, from: next, maxRecords: 9, maxBytes: 99, into: &buffer) }
    #expect(error?.code == "log.corrupt" && error?.place == "\(path), offset 2, byte \(secondBatch)")
    let findings = try log.verify(derived0)
    #expect(findings.map(\.byte) == [secondBatch] && findings[0].isLoss && findings[0].file == path)
    #expect(try log.verify(briefs0) == [])
  }

  @Test func repairCutsBeforeTheDamageAndKeepsWhatItRemoves() throws {
    // Of what the journal carries there is nothing to cut: it is put in its place again.
    let subject = try Subject(carriedBytes: 0)
    let path = "log/derived-0/00000000000000000000.log"
    let whole = try subject.files.contents(path)
    var bytes = whole
    bytes[whole.count - 5] ^= 1
    subject.files.replace(path, with: bytes)
    let refusal = #expect(throws: ProwziError.self) { _ = try openLog(subject.files, .write(owner: "pipeline"), Self.topics) }
    #expect(refusal?.code == "log.corrupt")
    let actions = try SegmentLog.repair(subject.files, topics: Self.topics, owner: "pipeline", compressor: NoCompressor())
    #expect(actions.count == 1 && actions[0].highWatermark == Offset(8))
    let kept = try #require(actions[0].kept)
    #expect(try subject.files.contents(kept) == Array(bytes[(whole.count / 5 * 4)...]))
    let log = try openLog(subject.files, .write(owner: "pipeline"), Self.topics)
    #expect(try readAll(log, derived0).count == 8)
    #expect(try log.bounds(of: derived0).digest == digest(of: records(0..<8)))
    #expect(try readAll(log, briefs0).count == 10)
    #expect(try log.commit(append(derived0, records(8..<9))) == [Offset(8)])
    #expect(try log.verify(derived0) == [])
    log.close()
    #expect(try SegmentLog.repair(subject.files, topics: Self.topics, owner: "pipeline", compressor: NoCompressor()) == [])
  }

  @Test func repairOfAJournalKeepsPositionsAndRecordsTogether() throws {
    let subject = try Subject()
    let path = "journal/pipeline.journal"
    var bytes = try subject.files.contents(path)
    bytes[bytes.count - 3] ^= 1
    // The last entry looks cut off; a valid one behind it makes it corruption.
    bytes += bytes[subject.sizesBeforeLastTwo[path]!..<subject.sizesBeforeLastTwo[path]! + 12]
    let beforeLast = bytes[24 + 0]
    bytes[24] = ~beforeLast
    subject.files.replace(path, with: bytes)
    #expect(throws: ProwziError.self) { _ = try openLog(subject.files, .read, Self.topics) }
    let actions = try SegmentLog.repair(subject.files, topics: Self.topics, owner: "pipeline", compressor: NoCompressor())
    #expect(actions.count == 3)
    let log = try openLog(subject.files, .write(owner: "pipeline"), Self.topics)
    var found = try Workload.found(in: log)
    #expect(found.position == subject.states[3].position)
    #expect(found == subject.states[3])
    found.position = nil
    #expect(try log.verify(derived0) == [])
  }

  @Test func aMissingSegmentAndAMissingJournalAreRefused() throws {
    let files = SimulatedFileSystem()
    let topics = definitions(segmentBytes: 400)
    let log = try openLog(files, .write(owner: "sensors"), topics)
    for number in 0..<20 { _ = try log.commit(append(raw0, records(number..<number + 1, size: 100))) }
    log.close()
    let names = try files.list("log/raw-0").filter { $0.hasSuffix(".log") }
    let gap = files.copy()
    try gap.remove("log/raw-0/\(names[2])")
    let reader = try openLog(gap, .read, topics)
    let error = #expect(throws: ProwziError.self) { _ = try readAll(reader, raw0) }
    #expect(error?.code == "log.corrupt")
    #expect(try reader.verify(raw0).count == 1)
    try files.remove("journal/sensors.journal")
    let refusal = #expect(throws: ProwziError.self) { _ = try openLog(files, .write(owner: "sensors"), topics) }
    #expect(refusal?.code == "log.corrupt")
    #expect(try SegmentLog.repair(files, topics: topics, owner: "sensors", compressor: NoCompressor()).count == 1)
    #expect(try readAll(openLog(files, .write(owner: "sensors"), topics), raw0).count == 20)
  }
}
