import Dispatch
import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Synchronization
import Testing

/// What must not be taken for something else where a journal carries bytes.
@Suite struct CarriedGuardTests {
  /// What a writer puts in its place when it opens does not reach the segments.
  private final class Forgetful: ForwardingFileSystem {
    let behind: any FileSystem

    init(_ behind: any FileSystem) { self.behind = behind }

    private final class Handle: ForwardingFileHandle {
      let behind: any FileHandle
      init(_ behind: any FileHandle) { self.behind = behind }
      func write(_ bytes: Span<UInt8>, at position: Int) throws(ProwziError) {}
    }

    func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
      let file = try behind.open(path, mode)
      return mode == .readWrite && path.hasSuffix(".log") ? Handle(file) : file
    }
  }

  @Test func anOpeningThatPutsNothingInItsPlaceIsNoticed() throws {
    var refused = 0
    for seed in UInt64(0)..<24 {
      let files = try CarriedTests.crashed(seed: seed, count: 12)
      do throws(ProwziError) {
        let log = try openLog(Forgetful(files), .write(owner: "pipeline"))
        var found = 0
        for target in CarriedTests.targets { found += try readAll(log, target).count }
        if found == 24 { continue }
        Issue.record("seed \(seed): \(found) of 24 records, and no error")
      } catch {
        #expect(error.code == "log.corrupt", "seed \(seed): \(error)")
        refused += 1
      }
    }
    #expect(refused > 10)
  }

  /// A segment that was cut short below what the journal carries is damaged, not filled up with zeros.
  @Test func behindAGapNothingIsPut() throws {
    let files = SimulatedFileSystem()
    for round in 0..<2 {
      let log = try openLog(files, .write(owner: "pipeline"))
      for number in 0..<5 { _ = try log.commit(CarriedTests.commit(round * 5 + number)) }
      log.close()
    }
    let whole = try files.contents(CarriedTests.log0)
    // The second journal carries the second half.
    for (length, isMended) in [(whole.count / 2, true), (whole.count / 2 - 1, false), (whole.count * 3 / 4, true)] {
      let copy = files.copy()
      copy.replace(CarriedTests.log0, with: Array(whole[..<length]))
      do throws(ProwziError) {
        let log = try openLog(copy, .write(owner: "pipeline"))
        #expect(isMended)
        try CarriedTests.expect(log, holds: 10, "cut to \(length)")
        let mended = try copy.contents(CarriedTests.log0)
        #expect(mended == whole)
      } catch {
        #expect(!isMended && error.code == "log.corrupt" && error.place?.hasPrefix(CarriedTests.log0) == true, "\(error)")
        #expect(try copy.contents(CarriedTests.log0).count == length)
        let actions = try SegmentLog.repair(copy, topics: definitions(), owner: "pipeline", compressor: NoCompressor())
        #expect(actions.first?.highWatermark == Offset(4))
      }
    }
  }

  @Test func repairPutsInPlaceWhatTheJournalHasBeforeItCutsAnything() throws {
    for seed in UInt64(0)..<12 {
      let files = try CarriedTests.crashed(seed: seed, count: 12)
      // Stored hashes are built again, and nothing is cut.
      let actions = try SegmentLog.repair(files, topics: definitions(), owner: "pipeline", compressor: NoCompressor())
      #expect(actions.allSatisfy { $0.kept == nil && $0.highWatermark == nil }, "seed \(seed): \(actions)")
      try CarriedTests.expect(openLog(files, .write(owner: "pipeline")), holds: 12, "seed \(seed)")
      // A damaged entry in the middle: what came before is there, and also what came after, as far as it follows.
      let damaged = try CarriedTests.crashed(seed: seed, count: 12)
      var bytes = try damaged.contents(CarriedTests.journal)
      bytes[bytes.count - 5] ^= 1
      bytes += bytes[24..<24 + 12 + Int(bytes.bigEndian(at: 28) as UInt32)]
      damaged.replace(CarriedTests.journal, with: bytes)
      _ = try SegmentLog.repair(damaged, topics: definitions(), owner: "pipeline", compressor: NoCompressor())
      let log = try openLog(damaged, .write(owner: "pipeline"))
      #expect(try readAll(log, derived0).count >= 11 && log.verify(derived0) == [], "seed \(seed)")
    }
  }

  /// Records hold what anybody sends. One that holds a journal's entry is not found behind a torn one.
  @Test func anEntryInsideARecordIsNeverBelieved() throws {
    // An entry of another journal, with a number far ahead.
    let other = SimulatedFileSystem()
    let ahead = try openLog(other, .write(owner: "pipeline"))
    for number in 0..<40 { _ = try ahead.commit(CarriedTests.commit(number)) }
    let bytes = try other.contents(CarriedTests.journal)
    var start = 24
    var last = start
    while start < bytes.count {
      last = start
      start += 12 + Int(bytes.bigEndian(at: start + 4) as UInt32)
    }
    let entry = Array(bytes[last...])
    for shift in 0..<8 {
      let files = SimulatedFileSystem()
      let log = try openLog(files, .write(owner: "pipeline"))
      _ = try log.commit(CarriedTests.commit(0))
      var buffer = RecordBuffer()
      buffer.append(timestamp: Timestamp(milliseconds: 0), key: [1], value: [UInt8](repeating: 7, count: shift) + entry, headers: [])
      let before = try files.contents(CarriedTests.journal).count
      _ = try log.commit(append(derived0, buffer))
      log.close()
      try files.remove("journal/pipeline.durable")
      var journal = try files.contents(CarriedTests.journal)
      journal[before + 20] ^= 1
      files.replace(CarriedTests.journal, with: journal)
      try CarriedTests.expect(openLog(files, .write(owner: "pipeline")), holds: 1, "shift \(shift)")
    }
  }

  @Test func journalsOfTheVersionBeforeAreReadAndThoseOfOneToComeAreNot() throws {
    for (version, isKnown) in [(UInt8(1), false), (2, true), (3, true), (4, false)] {
      let files = SimulatedFileSystem()
      let log = try openLog(files, .write(owner: "pipeline"), definitions(), options(carriedBytes: 0))
      for number in 0..<4 { _ = try log.commit(CarriedTests.commit(number)) }
      log.close()
      var bytes = try files.contents(CarriedTests.journal)
      #expect(bytes[11] == 3)
      bytes[11] = version
      var checksum: [UInt8] = []
      checksum.append(bigEndian: CRC32C.checksum(of: Array(bytes[..<20])))
      bytes.replaceSubrange(20..<24, with: checksum)
      files.replace(CarriedTests.journal, with: bytes)
      for access in [SegmentLog.Access.read, .write(owner: "pipeline")] {
        do throws(ProwziError) {
          let log = try openLog(files, access)
          #expect(isKnown, "version \(version)")
          try CarriedTests.expect(log, holds: 4, "version \(version)")
        } catch { #expect(!isKnown && error.code == "log.version", "version \(version): \(error)") }
      }
    }
  }

  // MARK: Syncs that fail

  /// The kernel tells one of two who sync a file at once that it failed. The other must not take the journal away.
  private final class TwoFaced: ForwardingFileSystem {
    let behind: any FileSystem
    /// 0: as usual; 1: the next sync of the segment fails, as soon as another is under way or after a while; 2: it is under way; 3: it has company.
    let state = Mutex(0)

    init(_ behind: any FileSystem) { self.behind = behind }

    private final class Handle: ForwardingFileHandle {
      let behind: any FileHandle
      let files: TwoFaced
      init(_ behind: any FileHandle, _ files: TwoFaced) { (self.behind, self.files) = (behind, files) }

      func sync() throws(ProwziError) {
        let before = files.state.withLock { state in
          defer { if state == 1 || state == 2 { state += 1 } }
          return state
        }
        if before == 0 { return try behind.sync() }
        // The second is told that all is well, and nothing is.
        guard before == 1 else { return }
        for _ in 0..<200 where files.state.withLock({ $0 }) < 3 { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(1)) }
        throw ProwziError("file.io", "the device failed")
      }
    }

    func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
      let file = try behind.open(path, mode)
      return mode == .read || path != CarriedTests.log0 ? file : Handle(file, self)
    }
  }

  @Test func ofTwoWhoSyncASegmentAtOnceNeitherTrustsItWhenOneIsToldOfAFailure() throws {
    for seed in UInt64(0)..<8 {
      let machine = SimulatedFileSystem(seed: seed)
      let files = TwoFaced(machine)
      let log = try openLog(files, .write(owner: "pipeline"), definitions(), options(journalBytes: 4000, carriedBytes: 2000))
      for number in 0..<3 { _ = try log.commit(CarriedTests.commit(number)) }
      files.state.withLock { $0 = 1 }
      DispatchQueue.concurrentPerform(iterations: 2) { thread in
        if thread == 0 {
          #expect(throws: ProwziError.self) { _ = try log.commit(append(derived0, records(3..<4, size: 3000))) }
        } else {
          while files.state.withLock({ $0 }) == 1 { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(1)) }
          // Until the journal is to be replaced.
          for number in 0..<40 where (try? log.commit(append(briefs0, records(number..<number + 1, size: 60)))) == nil { return }
        }
      }
      log.close()
      machine.crash()
      let again = try openLog(machine, .write(owner: "pipeline"))
      #expect(try lines(readAll(again, derived0)) == lines(records(0..<3, size: 60)), "seed \(seed)")
    }
  }
}
