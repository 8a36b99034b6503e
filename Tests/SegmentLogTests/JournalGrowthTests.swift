import Dispatch
import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Synchronization
import Testing

/// How a journal grows, is followed, and gives way to the next one.
@Suite struct JournalGrowthTests {
  private static let journal = "journal/sensors.journal"

  @Test func aJournalThatGrowsAheadOfItsEntriesKeepsItsSizeAndIsReadToItsLast() throws {
    let files = SimulatedFileSystem()
    let log = try openLog(files, .write(owner: "sensors"), definitions(), options(journalGrowthBytes: 6000))
    let follower = try openLog(files, .read)
    var sizes: [Int] = []
    for number in 0..<40 {
      _ = try log.commit(append(raw0, records(number..<number + 1)))
      sizes.append(try files.contents(Self.journal).count)
      #expect(try follower.waitForCommit(timeoutMilliseconds: 0))
      #expect(try follower.bounds(of: raw0).highWatermark == Offset(Int64(number + 1)))
    }
    #expect(Set(sizes).count < 10 && sizes == sizes.sorted() && zip(sizes, sizes.dropFirst()).allSatisfy { $1 - $0 < 7000 })
    // What lies behind the last entry is zeros, for those too whom no mark tells where they begin.
    for hasMark in [true, false] {
      if !hasMark { try files.remove("journal/sensors.durable") }
      let late = try openLog(files, .read)
      #expect(try lines(readAll(late, raw0)) == lines(records(0..<40)))
      #expect(try late.waitForCommit(timeoutMilliseconds: 0) == false)
    }
    log.close()
    for number in 40..<44 {
      let again = try openLog(files, .write(owner: "sensors"), definitions(), options(journalGrowthBytes: 6000))
      _ = try again.commit(append(raw0, records(number..<number + 1)))
      again.close()
    }
    #expect(try lines(readAll(openLog(files, .read), raw0)) == lines(records(0..<44)))
  }

  /// Counts what is opened.
  private final class OpenCounter: ForwardingFileSystem {
    let behind: any FileSystem
    let opened = Mutex(0)

    init(_ behind: any FileSystem) { self.behind = behind }

    func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
      opened.withLock { $0 += 1 }
      return try behind.open(path, mode)
    }
  }

  @Test func aFollowerThatFindsNothingNewOpensNoFileAndMissesNoJournalThatTakesTheOldOnesPlace() throws {
    let files = SimulatedFileSystem()
    let topics = definitions().filter { $0.owner == "sensors" }
    var log = try openLog(files, .write(owner: "sensors"), topics)
    _ = try log.commit(append(raw0, records(0..<1)))
    let counter = OpenCounter(files)
    let follower = try openLog(counter, .read, topics)
    counter.opened.withLock { $0 = 0 }
    for _ in 0..<50 { #expect(try follower.waitForCommit(timeoutMilliseconds: 0) == false) }
    #expect(counter.opened.withLock { $0 } == 0)
    for number in 1..<200 {
      // Another writer, and with it another journal; now and then all begins anew.
      if number.isMultiple(of: 9) {
        log.close()
        log = try openLog(files, .write(owner: "sensors"), topics)
      }
      _ = try log.commit(append(raw0, records(number..<number + 1)))
      #expect(try follower.waitForCommit(timeoutMilliseconds: 0))
      #expect(try follower.bounds(of: raw0).highWatermark == Offset(Int64(number + 1)))
    }
    log.close()
    try SegmentLog.remove(files, owner: "sensors", topics: topics)
    log = try openLog(files, .write(owner: "sensors"), topics)
    for number in 0..<3 { _ = try log.commit(append(raw0, records(number..<number + 1))) }
    for _ in 0..<100 { _ = try follower.waitForCommit(timeoutMilliseconds: 0) }
    #expect(try follower.bounds(of: raw0).highWatermark == Offset(3))
  }

  // MARK: Replacement

  /// Syncs of segments are made, and then wait at a gate.
  private final class Gate: ForwardingFileSystem {
    let behind: any FileSystem
    let isShut = Mutex(false)
    let waiting = Mutex(0)

    init(_ behind: any FileSystem) { self.behind = behind }

    private final class Handle: ForwardingFileHandle {
      let behind: any FileHandle
      let gate: Gate

      init(_ behind: any FileHandle, _ gate: Gate) { (self.behind, self.gate) = (behind, gate) }

      func sync() throws(ProwziError) {
        try behind.sync()
        gate.waiting.withLock { $0 += 1 }
        while gate.isShut.withLock({ $0 }) { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(1)) }
        gate.waiting.withLock { $0 -= 1 }
      }
    }

    func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
      let file = try behind.open(path, mode)
      return mode != .read && path.hasSuffix(".log") ? Handle(file, self) : file
    }
  }

  /// The journal's generation, which its header says.
  private static func generation(_ files: SimulatedFileSystem) throws -> UInt64 { try files.contents(journal).bigEndian(at: 12) }

  @Test func commitsGoOnWhileSegmentsAreSyncedForTheNextJournalWhichCarriesThemAgain() throws {
    for seed in UInt64(0)..<12 {
      let machine = SimulatedFileSystem(seed: seed)
      let gate = Gate(machine)
      var settings = options(journalBytes: 4000)
      settings.syncsInParallel = true
      let log = try openLog(gate, .write(owner: "sensors"), definitions(), settings)
      var number = 0
      func commit() throws(ProwziError) {
        _ = try log.commit(append(raw0, records(number..<number + 1)))
        number += 1
      }
      try commit()
      gate.isShut.withLock { $0 = true }
      while try machine.contents(Self.journal).count <= 4000 { try commit() }
      try commit()
      for _ in 0..<10_000 where gate.waiting.withLock({ $0 }) == 0 {
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(1))
      }
      try #require(gate.waiting.withLock { $0 } == 1, "seed \(seed): no segment was synced")
      // What comes now, no sync of a segment has seen.
      for _ in 0..<3 { try commit() }
      #expect(try Self.generation(machine) == 1)
      gate.isShut.withLock { $0 = false }
      while try Self.generation(machine) == 1, number < 100 {
        try commit()
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(1))
      }
      #expect(try Self.generation(machine) == 2)
      let reader = try openLog(machine, .read)
      #expect(try reader.bounds(of: raw0).highWatermark == Offset(Int64(number)))
      log.close()
      machine.crash()
      #expect(try lines(readAll(openLog(machine, .read), raw0)) == lines(records(0..<number)), "seed \(seed), reader")
      #expect(try lines(readAll(openLog(machine, .write(owner: "sensors")), raw0)) == lines(records(0..<number)), "seed \(seed)")
    }
  }
}
