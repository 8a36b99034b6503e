import Dispatch
import Foundation
import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Synchronization
import TestSupport
import Testing

/// What should be there after each commit of a workload, by partition.
struct Expected: Equatable {
  var lines: [TopicPartition: [String]] = [:]
  var position: FoldPosition?
}

/// Commits of one to three partitions with small segments and a small journal, so that every crash finds something under way.
struct Workload {
  var random: SplitMix64
  var number = 0
  static let topics = definitions(segmentBytes: 2500, codec: .none)
  static let partitions = [derived0, briefs0, TopicPartition(topic: derivedTopic, partition: PartitionIndex(1))]

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func next(after expected: Expected) -> (Commit, Expected) {
    var commit = Commit()
    var expected = expected
    for partition in Self.partitions where random.below(2) == 0 {
      let count = 1 + random.below(12)
      let buffer = records(number..<number + count, size: 20 + random.below(200))
      commit.appends.append(Commit.Append(target: partition, records: buffer))
      let first = expected.lines[partition, default: []].count
      var shifted = buffer
      for index in shifted.records.indices { shifted.records[index].offset = Offset(Int64(first + index)) }
      expected.lines[partition, default: []] += lines(shifted)
      number += count
    }
    let position = FoldPosition(
      fold: "pipeline", partition: PartitionIndex(0), next: Offset(Int64(number)),
      checkpoint: random.below(3) == 0 ? FoldPosition.Checkpoint(offset: Offset(Int64(number)), digest: digest(number)) : nil)
    commit.positions = [position]
    expected.position = position
    return (commit, expected)
  }

  static func found(in log: SegmentLog) throws(ProwziError) -> Expected {
    var found = Expected()
    for partition in partitions {
      let all = try lines(readAll(log, partition))
      if !all.isEmpty { found.lines[partition] = all }
    }
    found.position = try log.position(of: "pipeline", in: PartitionIndex(0))
    return found
  }
}

@Suite struct CrashTests {
  private static func setting(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

  /// 300 seeds or a share of them, or as many as `PROWZI_SEEDS` says, or only the one in `PROWZI_SEED`.
  private static let seeds: [Range<UInt64>] = {
    if let seed = setting("PROWZI_SEED") { return [seed..<seed + 1] }
    let all = setting("PROWZI_SEEDS") ?? UInt64(TestShare.count(300, of: "seeds of CrashTests"))
    return stride(from: 0, to: all, by: 50).map { $0..<min($0 + 50, all) }
  }()

  /// One seed decides the workload, the moment of each crash and what it leaves. A failure is repeated with
  /// `PROWZI_SEED=<seed> swift test --filter noAcknowledgedCommitIsLost`.
  @Test(arguments: seeds) func noAcknowledgedCommitIsLostAndNothingPartialIsVisible(seeds: Range<UInt64>) throws {
    for seed in seeds {
      do {
        try run(seed: seed)
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
    }
  }

  private func run(seed: UInt64) throws {
    let files = SimulatedFileSystem(seed: seed)
    var random = SplitMix64(seed: seed ^ 0xabcd)
    var workload = Workload(seed: seed)
    var acknowledged = Expected()
    // With small batches one commit ends segments that it has itself written to.
    // Some logs sync every commit, some none, and some both kinds in turn; some journals are replaced all the time, some never.
    let options = options(
      journalBytes: seed / 6 % 2 == 0 ? 3000 : 1 << 20, batchRecords: seed.isMultiple(of: 2) ? 10_000 : 3,
      carriedBytes: [0, 256 << 10, 1200][Int(seed % 3)], journalGrowthBytes: seed / 12 % 2 == 0 ? 0 : 4000)
    for round in 0..<3 {
      files.add(.powerLoss(call: 1 + random.below(160)))
      var attempted = acknowledged
      let error = work(files, options, &workload, &acknowledged, &attempted)
      #expect("\(error)".contains("no power"), "seed \(seed)")
      files.crash()
      let log = try openLog(files, .write(owner: "pipeline"), Workload.topics, options)
      let found = try Workload.found(in: log)
      guard found == acknowledged || found == attempted else {
        Issue.record("seed \(seed): what is there is neither the acknowledged state nor the one under way")
        return
      }
      if round == 2 {
        let findings = try Workload.partitions.flatMap { try log.verify($0) }
        #expect(findings == [], "seed \(seed)")
        let reader = try openLog(files, .read, Workload.topics)
        #expect(try Workload.found(in: reader) == found, "seed \(seed)")
      }
      acknowledged = found
      log.close()
    }
  }

  /// Commits until the power fails.
  private func work(
    _ files: SimulatedFileSystem, _ options: SegmentLog.Options, _ workload: inout Workload, _ acknowledged: inout Expected,
    _ attempted: inout Expected
  ) -> ProwziError {
    do throws(ProwziError) {
      let log = try openLog(files, .write(owner: "pipeline"), Workload.topics, options)
      while true {
        let (commit, after) = workload.next(after: acknowledged)
        attempted = after
        _ = try log.commit(commit)
        acknowledged = after
      }
    } catch {
      return error
    }
  }

  /// The order of calls differs from run to run here; the law does not.
  @Test func threadsThatCommitWhenThePowerFailsLoseNothingAcknowledgedAndSplitNoCommit() throws {
    for seed in TestShare.seeds(0..<80, of: "seeds of CrashTests") {
      let files = SimulatedFileSystem(seed: seed)
      let topics = definitions(segmentBytes: 2000, partitions: 3)
      var settings = options(journalBytes: 2000)
      // Then also segments are synced beside the commits, for the next journal.
      settings.syncsInParallel = !seed.isMultiple(of: 3)
      let log = try openLog(files, .write(owner: "pipeline"), topics, settings)
      files.add(.powerLoss(call: 30 + Int(seed) * 5))
      let acknowledged = Mutex([0, 0, 0])
      DispatchQueue.concurrentPerform(iterations: 3) { thread in
        let partition = PartitionIndex(thread)
        for number in 0..<1000 {
          let buffer = records(number..<number + 1, size: 100)
          let commit = Commit(
            appends: [derivedTopic, briefTopic].map {
              .init(target: TopicPartition(topic: $0, partition: partition), records: buffer)
            }, positions: [FoldPosition(fold: "pipeline", partition: partition, next: Offset(Int64(number + 1)))])
          guard (try? log.commit(commit)) != nil else { return }
          acknowledged.withLock { $0[thread] = number + 1 }
        }
      }
      files.crash()
      let again = try openLog(files, .write(owner: "pipeline"), topics)
      for (thread, least) in acknowledged.withLock({ $0 }).enumerated() {
        let partition = PartitionIndex(thread)
        let derived = try readAll(again, TopicPartition(topic: derivedTopic, partition: partition))
        let briefs = try readAll(again, TopicPartition(topic: briefTopic, partition: partition))
        #expect((least...least + 1).contains(derived.count), "seed \(seed)")
        #expect(lines(derived) == lines(records(0..<derived.count, size: 100)) && lines(briefs) == lines(derived), "seed \(seed)")
        #expect(try again.position(of: "pipeline", in: partition)?.next.value ?? 0 == Int64(derived.count), "seed \(seed)")
      }
    }
  }

  @Test func aFailedSyncEndsTheWriterAndLosesNothing() throws {
    for forEver in [false, true] {
      for call in 1...6 {
        let files = SimulatedFileSystem(seed: UInt64(call))
        let log = try openLog(files, .write(owner: "sensors"))
        _ = try log.commit(append(raw0, records(0..<3)))
        files.add(.failure(of: .sync, call: call, forEver: forEver))
        var number = 3
        var failure: ProwziError?
        while failure == nil {
          do throws(ProwziError) {
            _ = try log.commit(append(raw0, records(number..<number + 1)))
            number += 1
          } catch { failure = error }
        }
        #expect(failure?.code == "file.io")
        files.clearFaults()
        let refusal = #expect(throws: ProwziError.self) { _ = try log.commit(append(raw0, records(0..<1))) }
        #expect(refusal?.code == "log.failed")
        #expect(try readAll(log, raw0).count == number)
        log.close()
        // The sync "succeeds" from here on, but what it lost stays lost: reopening may keep it only if it is written again.
        let again = try openLog(files, .write(owner: "sensors"))
        let kept = try readAll(again, raw0).count
        #expect(kept == number || kept == number + 1)
        again.close()
        files.crash()
        #expect(try readAll(openLog(files, .write(owner: "sensors")), raw0).count == kept)
      }
    }
  }

  /// Whoever reads segments with other tools sees their files, not the journal.
  @Test func whatLiesBehindTheLastCommitIsCutFromTheSegmentWhenAWriterOpens() throws {
    let path = "log/raw-0/00000000000000000000.log"
    for carriedBytes in [0, 256 << 10] {
      let files = SimulatedFileSystem()
      let log = try openLog(files, .write(owner: "sensors"), definitions(), options(carriedBytes: carriedBytes))
      _ = try log.commit(append(raw0, records(0..<3)))
      log.close()
      let committed = try files.contents(path)
      files.replace(path, with: committed + committed.prefix(100))
      try openLog(files, .write(owner: "sensors")).close()
      #expect(try files.contents(path) == committed)
    }
  }

  /// Neither a commit that failed nor its cutting reaches the disk for certain, and readers see what no disk has. Once the segment is closed and the power
  /// has failed, nothing of it may be back.
  @Test func whatWasCutWhileSyncsFailedStaysCutInAClosedSegment() throws {
    let topics = definitions(segmentBytes: 900)
    /// Without the offsets.
    func contents(_ lines: [String]) -> [Substring] { lines.map { $0.drop { $0 != " " } } }
    for seed in UInt64(0)..<120 {
      let files = SimulatedFileSystem(seed: seed)
      // What is carried fails with the journal's sync: where the entry stays in memory, the next writer may find it, and then makes it durable.
      let isCarried = seed >= 60
      var log = try openLog(files, .write(owner: "sensors"), topics, options(carriedBytes: isCarried ? 256 << 10 : 0))
      _ = try log.commit(append(raw0, records(0..<3)))
      files.add(.failure(of: .sync, call: 1, forEver: true))
      #expect(throws: ProwziError.self) { _ = try log.commit(append(raw0, records(3..<9))) }
      log.close()
      _ = try? openLog(files, .write(owner: "sensors"), topics)
      files.clearFaults()
      log = try openLog(files, .write(owner: "sensors"), topics)
      // Each is long enough to end the segment.
      var written: [Substring] = []
      for number in [20, 40] {
        let more = records(number..<number + 12, size: 80)
        _ = try log.commit(append(raw0, more))
        written += contents(lines(more))
      }
      log.close()
      files.crash()
      let again = try openLog(files, .write(owner: "sensors"), topics)
      do throws(ProwziError) {
        let found = try contents(lines(readAll(again, raw0)))
        let without = contents(lines(records(0..<3))) + written
        let with = contents(lines(records(0..<9))) + written
        #expect(found == without || isCarried && found == with, "seed \(seed)")
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
    }
  }

  @Test func oneFailedSyncAmongSeveralAtOnceFailsTheWholeCommit() throws {
    for (operation, calls) in [(SimulatedOperation.sync, 1...4), (.syncDirectory, 1...2)] {
      for call in calls {
        let files = SimulatedFileSystem(seed: UInt64(call))
        var parallel = options()
        parallel.syncsInParallel = true
        let log = try openLog(files, .write(owner: "pipeline"), definitions(), parallel)
        files.add(.failure(of: operation, call: call, forEver: false))
        let commit = Commit(appends: [derived0, briefs0].map { .init(target: $0, records: records(0..<3)) })
        let error = #expect(throws: ProwziError.self) { _ = try log.commit(commit) }
        #expect(error?.code == "file.io")
        let refusal = #expect(throws: ProwziError.self) { _ = try log.commit(commit) }
        #expect(refusal?.code == "log.failed")
        #expect(try log.bounds(of: derived0).highWatermark == .zero)
        log.close()
        let again = try openLog(files, .write(owner: "pipeline"))
        #expect(try readAll(again, derived0).count == 0 && readAll(again, briefs0).count == 0)
        #expect(try again.commit(commit) == [.zero, .zero])
      }
    }
  }

  @Test func aFullDiskIsSaidAndReopeningGoesOnWhereTheCommitsEnd() throws {
    for space in stride(from: 0, to: 1200, by: 37) {
      let files = SimulatedFileSystem()
      let log = try openLog(files, .write(owner: "sensors"))
      _ = try log.commit(append(raw0, records(0..<3)))
      files.limitSpace(to: space)
      var number = 3
      var failure: ProwziError?
      while failure == nil {
        do throws(ProwziError) {
          _ = try log.commit(append(raw0, records(number..<number + 2)))
          number += 2
        } catch { failure = error }
      }
      #expect(failure?.code == "file.full")
      log.close()
      files.limitSpace(to: nil)
      let again = try openLog(files, .write(owner: "sensors"))
      #expect(try lines(readAll(again, raw0)) == lines(records(0..<number)))
      #expect(try again.commit(append(raw0, records(number..<number + 1))) == [Offset(Int64(number))])
    }
  }
}
