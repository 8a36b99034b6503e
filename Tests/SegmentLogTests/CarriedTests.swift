import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Synchronization
import TestSupport
import Testing

/// Small commits, whose bytes the journal carries.
@Suite struct CarriedTests {
  static let log0 = "log/derived-0/00000000000000000000.log"
  static let journal = "journal/pipeline.journal"
  static let targets = [derived0, briefs0]

  /// One record to each of two topics, and the position behind them.
  static func commit(_ number: Int, size: Int = 60) -> Commit {
    Commit(
      appends: targets.map { .init(target: $0, records: records(number..<number + 1, size: size)) },
      positions: [FoldPosition(fold: "pipeline", partition: PartitionIndex(0), next: Offset(Int64(number + 1)))])
  }

  /// That the log holds exactly the first so many commits.
  static func expect(_ log: SegmentLog, holds count: Int, size: Int = 60, _ what: String) throws(ProwziError) {
    for target in targets {
      let found = try lines(readAll(log, target))
      #expect(found == lines(records(0..<count, size: size)), "\(what), \(target)")
    }
    let next = try log.position(of: "pipeline", in: PartitionIndex(0))?.next.value ?? 0
    #expect(next == Int64(count), "\(what)")
  }

  /// A machine without power, after so many commits whose segments were not synced since the first.
  static func crashed(seed: UInt64, count: Int, _ options: SegmentLog.Options = options()) throws -> SimulatedFileSystem {
    let files = SimulatedFileSystem(seed: seed)
    let log = try openLog(files, .write(owner: "pipeline"), definitions(), options)
    for number in 0..<count { _ = try log.commit(commit(number)) }
    files.crash()
    return files
  }

  // MARK: What is synced

  /// Counts syncs by path.
  private final class Counter: ForwardingFileSystem {
    let behind: any FileSystem
    let syncs = Mutex<[String]>([])

    init(_ behind: any FileSystem) { self.behind = behind }

    private final class Handle: ForwardingFileHandle {
      let behind: any FileHandle
      let path: String
      let counter: Counter

      init(_ behind: any FileHandle, _ path: String, _ counter: Counter) {
        (self.behind, self.path, self.counter) = (behind, path, counter)
      }

      func sync() throws(ProwziError) {
        counter.syncs.withLock { $0.append(path) }
        try behind.sync()
      }
    }

    func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle { Handle(try behind.open(path, mode), path, self) }
  }

  @Test func aSmallCommitSyncsTheJournalAloneAndALargeOneItsSegmentsFirst() throws {
    let counter = Counter(SimulatedFileSystem())
    let log = try openLog(counter, .write(owner: "pipeline"), definitions(), options(carriedBytes: 1000))
    let (derived, briefs) = (Self.log0, Self.log0.replacing("derived", with: "briefs"))
    // The first begins segments, which are names in a directory.
    for (number, size, wanted) in [
      (0, 60, nil), (1, 60, []), (2, 60, []), (3, 900, [derived, briefs]), (4, 60, [String]()),
    ] {
      counter.syncs.withLock { $0 = [] }
      _ = try log.commit(Self.commit(number, size: size))
      let synced = counter.syncs.withLock { $0 }
      #expect(synced.last?.hasPrefix(Self.journal) == true && synced.filter { $0.hasPrefix(Self.journal) }.count == 1)
      if let wanted { #expect(Array(synced.dropLast()) == wanted, "commit \(number)") }
    }
  }

  // MARK: Crashes

  @Test func whatOnlyTheJournalHadIsReadBeforeAndAfterAWriterPutsItInItsPlace() throws {
    var missing = 0
    for seed in UInt64(0)..<24 {
      let files = try Self.crashed(seed: seed, count: 12)
      let found = try files.contents(Self.log0)
      let reader = try openLog(files, .read)
      try Self.expect(reader, holds: 12, "seed \(seed), reader")
      #expect(try reader.verify(derived0).filter(\.isLoss) == [], "seed \(seed)")
      #expect(try reader.offset(in: derived0, atOrAfter: Timestamp(milliseconds: 7000)) == Offset(7), "seed \(seed)")
      #expect(try files.contents(Self.log0) == found, "readers change nothing")
      let log = try openLog(files, .write(owner: "pipeline"))
      try Self.expect(log, holds: 12, "seed \(seed), writer")
      #expect(try log.verify(derived0) == [] && log.verify(briefs0) == [], "seed \(seed)")
      if try files.contents(Self.log0) != found { missing += 1 }
      // The reader goes on with what comes.
      _ = try log.commit(Self.commit(12))
      #expect(try reader.waitForCommit(timeoutMilliseconds: 0))
      try Self.expect(reader, holds: 13, "seed \(seed), reader that stayed")
      // The new journal says nothing of them: by now the segments have them for certain.
      log.close()
      files.crash()
      try Self.expect(openLog(files, .write(owner: "pipeline")), holds: 13, "seed \(seed), again")
    }
    #expect(missing > 10, "This is about files that lack their end.")
  }

  /// Small commits only, or mixed with large ones; a journal that is replaced all the time, now and then, or never; every call that changes something.
  @Test(arguments: [0, 1, 2, 3, 4, 5]) func noCallAtWhichThePowerFailsLosesOrSplitsACommit(variant: Int) throws {
    let settings = options(
      journalBytes: [900, 6000, 1 << 20][variant % 3], carriedBytes: 2000, journalGrowthBytes: variant % 2 == 0 ? 0 : 5000)
    func size(_ number: Int) -> Int { variant >= 3 && number % 4 == 2 ? 1200 : 60 }
    let topics = definitions(segmentBytes: 9000)
    func work(_ files: SimulatedFileSystem) -> Int {
      var acknowledged = 0
      do throws(ProwziError) {
        let log = try openLog(files, .write(owner: "pipeline"), topics, settings)
        let first = Int(try log.bounds(of: derived0).highWatermark.value)
        for number in first..<26 {
          _ = try log.commit(Self.commit(number, size: size(number)))
          acknowledged = number + 1
        }
      } catch {}
      return acknowledged
    }
    func check(_ files: SimulatedFileSystem, _ acknowledged: Int, _ what: String, _ access: SegmentLog.Access) throws -> Int {
      let log = try openLog(files, access, topics, settings)
      let count = Int(try log.bounds(of: derived0).highWatermark.value)
      #expect((acknowledged...acknowledged + 1).contains(count), "\(what)")
      for target in Self.targets {
        let wanted = (0..<count).flatMap { number in lines(records(number..<number + 1, size: size(number))).map { $0.drop { $0 != " " } } }
        #expect(try lines(readAll(log, target)).map { $0.drop { $0 != " " } } == wanted, "\(what), \(access)")
        #expect(try log.verify(target).filter(\.isLoss) == [], "\(what), \(access)")
      }
      #expect(try log.position(of: "pipeline", in: PartitionIndex(0))?.next.value ?? 0 == Int64(count), "\(what)")
      return count
    }
    let calls: Int = {
      let files = SimulatedFileSystem()
      #expect(work(files) == 26)
      return files.changes
    }()
    for call in TestShare.seeds(1..<calls, of: "power failures of CarriedTests") {
      let files = SimulatedFileSystem(seed: call &* 7 &+ UInt64(variant))
      files.add(.powerLoss(call: Int(call)))
      var acknowledged = work(files)
      // And once more while the log is being opened, which puts things in their places.
      files.crash()
      files.add(.powerLoss(call: 1 + Int(call) % 13))
      do throws(ProwziError) {
        let log = try openLog(files, .write(owner: "pipeline"), topics, settings)
        let count = Int(try log.bounds(of: derived0).highWatermark.value)
        #expect(count >= acknowledged, "call \(call)")
      } catch {}
      files.crash()
      let what = "call \(call) of \(calls)"
      if try files.exists(Self.journal) { _ = try check(files, acknowledged, what, .read) }
      acknowledged = try check(files, acknowledged, what, .write(owner: "pipeline"))
    }
  }

  /// Torn anywhere, the last entry is not there, nor is what it carries; the entries before are whole, whatever the segments have kept of them.
  @Test func whereverTheLastEntriesAreCutWhatIsBeforeTheCutIsWhole() throws {
    for seed in UInt64(0)..<4 {
      let files = try Self.crashed(seed: seed, count: 6)
      try files.remove("journal/pipeline.durable")
      let bytes = try files.contents(Self.journal)
      var ends = [24]
      while ends.last! < bytes.count { ends.append(ends.last! + 12 + Int(bytes.bigEndian(at: ends.last! + 4) as UInt32)) }
      #expect(ends.last == bytes.count && ends.count == 8)
      for cut in ends[ends.count - 3]..<bytes.count where TestShare.takes(cut, of: "cuts of journals that carry bytes") {
        // The snapshot at the journal's beginning holds no commit.
        let whole = ends.count { $0 <= cut } - 2
        for access in [SegmentLog.Access.read, .write(owner: "pipeline")] {
          let copy = files.copy()
          copy.replace(Self.journal, with: Array(bytes[..<cut]))
          try Self.expect(openLog(copy, access), holds: whole, "seed \(seed), cut at \(cut), \(access)")
        }
      }
    }
  }

  @Test func aPartitionWhoseTopicIsNotNamedIsMendedToo() throws {
    for seed in UInt64(0)..<12 {
      let files = try Self.crashed(seed: seed, count: 8)
      let few = definitions().filter { $0.name != briefTopic }
      let log = try openLog(files, .write(owner: "pipeline"), few)
      _ = try log.commit(append(derived0, records(8..<9, size: 60)))
      log.close()
      files.crash()
      let again = try openLog(files, .write(owner: "pipeline"))
      #expect(try lines(readAll(again, briefs0)) == lines(records(0..<8, size: 60)), "seed \(seed)")
    }
  }
}
