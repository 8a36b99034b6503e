import Model
import Ports
import SegmentLog
import Simulation
import Synchronization
import Testing

/// What is in a journal but on no disk yet is seen by nobody but its writer.
@Suite struct DurableMarkTests {
  private static let mark = "journal/pipeline.durable"
  private static let journal = "journal/pipeline.journal"

  /// What readers in other processes see just before each sync of the journal.
  @Test func aReaderSeesNoEntryBeforeItIsSynced() throws {
    let machine = SimulatedFileSystem()
    let process = SimulatedProcess(machine, seed: 1)
    let log = try openLog(process, .write(owner: "pipeline"))
    let follower = try openLog(machine, .read)
    let seen = Mutex<[[Int64]]>([])
    process.onChange { operation, path in
      // A journal is written through the handle that it was made with, under its first name.
      guard operation == .sync, path.hasPrefix(Self.journal) else { return }
      do {
        // So often that some looks trust the mark in hand and some go the whole way.
        for _ in 0..<100 { _ = try follower.waitForCommit(timeoutMilliseconds: 0) }
        let fresh = try openLog(machine, .read)
        let marks = [try follower.bounds(of: derived0).highWatermark.value, try fresh.bounds(of: derived0).highWatermark.value]
        seen.withLock { $0.append(marks) }
      } catch { Issue.record("\(error)") }
    }
    for number in 0..<3 {
      _ = try log.commit(append(derived0, records(number..<number + 1)))
      #expect(try follower.waitForCommit(timeoutMilliseconds: 0))
      #expect(try follower.bounds(of: derived0).highWatermark == Offset(Int64(number + 1)))
    }
    #expect(seen.withLock { $0 } == [[0, 0], [1, 1], [2, 2]])
  }

  /// While a journal takes the old one's place, at every call of it, a fresh reader sees what is committed.
  @Test func aJournalThatIsReplacedIsSeenWhole() throws {
    let machine = SimulatedFileSystem()
    let first = try openLog(machine, .write(owner: "pipeline"))
    for number in 0..<5 { _ = try first.commit(append(derived0, records(number..<number + 1))) }
    first.close()
    let process = SimulatedProcess(machine, seed: 1)
    let looks = Mutex(0)
    let follower = try openLog(machine, .read)
    process.onChange { _, _ in
      looks.withLock { $0 += 1 }
      do {
        #expect(try openLog(machine, .read).bounds(of: derived0).highWatermark == Offset(5))
        _ = try follower.waitForCommit(timeoutMilliseconds: 0)
        #expect(try follower.bounds(of: derived0).highWatermark == Offset(5))
      } catch { Issue.record("\(error)") }
    }
    let log = try openLog(process, .write(owner: "pipeline"))
    process.onChange(nil)
    #expect(looks.withLock { $0 } >= 5)
    _ = try log.commit(append(derived0, records(5..<6)))
    _ = try follower.waitForCommit(timeoutMilliseconds: 0)
    #expect(try follower.bounds(of: derived0).highWatermark == Offset(6))
  }

  @Test func whatReadersSawIsThereAfterAPowerFailure() throws {
    for seed in UInt64(0)..<60 {
      let machine = SimulatedFileSystem(seed: seed)
      let process = SimulatedProcess(machine, seed: seed)
      let log = try openLog(process, .write(owner: "pipeline"))
      let seen = Mutex<Offset>(.zero)
      process.onChange { _, _ in
        guard let reader = try? openLog(machine, .read), let bounds = try? reader.bounds(of: derived0) else { return }
        seen.withLock { $0 = max($0, bounds.highWatermark) }
      }
      machine.add(.powerLoss(call: 5 + Int(seed)))
      for number in 0..<30 where (try? log.commit(append(derived0, records(number..<number + 1)))) == nil { break }
      process.kill()
      machine.crash()
      #expect(try openLog(machine, .read).bounds(of: derived0).highWatermark >= seen.withLock { $0 }, "seed \(seed)")
    }
  }

  @Test func aMarkOfAnotherBootOrNoneBoundsNothingButDamageBelowItIsRefused() throws {
    let machine = SimulatedFileSystem()
    let log = try openLog(machine, .write(owner: "pipeline"))
    for number in 0..<3 { _ = try log.commit(append(derived0, records(number..<number + 1))) }
    let old = try machine.contents(Self.mark)
    _ = try log.commit(append(derived0, records(3..<4)))
    log.close()
    // An older mark of this boot: the last entry may be one that was never synced.
    machine.replace(Self.mark, with: old)
    #expect(try openLog(machine, .read).bounds(of: derived0).highWatermark == Offset(3))
    // Not whole, or gone.
    for bytes in [[], Array(old.dropLast()), old.map { $0 ^ 1 }] {
      machine.replace(Self.mark, with: bytes)
      #expect(try openLog(machine, .read).bounds(of: derived0).highWatermark == Offset(4))
    }
    // Of another boot.
    machine.replace(Self.mark, with: old)
    machine.crash()
    #expect(try openLog(machine, .read).bounds(of: derived0).highWatermark == Offset(4))
    // The third entry was durable when the mark was made, so it is no torn end; the fourth was not.
    let bytes = try machine.contents(Self.journal)
    for (cut, isRefused) in [(bytes.count - 1, false), (bytes.count - 300, true)] {
      let files = machine.copy()
      files.replace(Self.journal, with: Array(bytes[..<cut]))
      for access in [SegmentLog.Access.read, .write(owner: "pipeline")] {
        do throws(ProwziError) {
          let opened = try openLog(files.copy(), access)
          #expect(!isRefused)
          #expect(try opened.bounds(of: derived0).highWatermark == Offset(3))
        } catch {
          #expect(isRefused && error.code == "log.corrupt" && error.place?.hasPrefix(Self.journal) == true, "\(error)")
        }
      }
    }
  }

  /// A journal that begins anew, after all of an owner was dropped, is not measured by the old one's mark.
  @Test func aDroppedOwnerLeavesNoMark() throws {
    for seed in UInt64(0)..<12 {
      let machine = SimulatedFileSystem(seed: seed)
      let topics = definitions().filter { $0.owner == "pipeline" }
      for round in 0..<2 {
        let log = try openLog(machine, .write(owner: "pipeline"))
        for number in 0..<(round == 0 ? 20 : 1) { _ = try log.commit(append(derived0, records(number..<number + 1))) }
        log.close()
        if round == 0 { try SegmentLog.remove(machine, owner: "pipeline", topics: topics) }
      }
      machine.crash()
      let log = try openLog(machine, .write(owner: "pipeline"))
      #expect(try log.bounds(of: derived0).highWatermark == Offset(1), "seed \(seed)")
    }
  }

  @Test func directoriesWhoseMakerWasKilledBeforeSyncingThemAreSyncedByTheNext() throws {
    for seed in UInt64(0)..<24 {
      let machine = SimulatedFileSystem(seed: seed)
      for directory in ["journal", "log", "log/derived-0", "log/derived-1", "log/briefs-0", "log/briefs-1"] {
        try machine.createDirectory(directory)
      }
      let log = try openLog(machine, .write(owner: "pipeline"))
      _ = try log.commit(append(derived0, records(0..<3)))
      machine.crash()
      #expect(try readAll(openLog(machine, .write(owner: "pipeline")), derived0).count == 3, "seed \(seed)")
    }
  }
}
