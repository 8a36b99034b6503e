import Compression
import Dispatch
import Disk
import Foundation
import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Synchronization
import Testing

/// Runs with a directory that goes afterwards.
func withScratchDirectory(_ body: (DiskFileSystem) throws -> Void) throws {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("prowzi-log-\(UUID().uuidString)").path
  let files = DiskFileSystem(root: path)
  try files.createDirectory("")
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(files)
}

/// Syncs of journals take a while here.
private final class SlowJournal: ForwardingFileSystem {
  let behind: any FileSystem

  init(_ behind: any FileSystem) { self.behind = behind }

  private final class Handle: ForwardingFileHandle {
    let behind: any Ports.FileHandle

    init(_ behind: any Ports.FileHandle) { self.behind = behind }

    func sync() throws(ProwziError) {
      usleep(2000)
      try behind.sync()
    }
  }

  func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any Ports.FileHandle {
    let file = try behind.open(path, mode)
    return path.contains(".journal") ? Handle(file) : file
  }
}

@Suite struct SharingTests {
  @Test func twoWritersOfOneOwnerExcludeEachOtherAndOtherOwnersDoNot() throws {
    try withScratchDirectory { disk in
      for files in [disk as any FileSystem, SimulatedFileSystem()] {
        let sensors = try openLog(files, .write(owner: "sensors"))
        let pipeline = try openLog(files, .write(owner: "pipeline"))
        let error = #expect(throws: ProwziError.self) { _ = try openLog(files, .write(owner: "sensors")) }
        #expect(error?.code == "log.locked" && error?.advice != nil)
        if files is DiskFileSystem { #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier) ") == true) }
        _ = try openLog(files, .read)
        let wrong = #expect(throws: ProwziError.self) { _ = try sensors.commit(append(derived0, records(0..<1))) }
        #expect(wrong?.code == "log.not_owner")
        #expect(try sensors.commit(append(raw0, records(0..<1))) == [.zero])
        #expect(try pipeline.commit(append(derived0, records(0..<1))) == [.zero])
        sensors.close()
        let closed = #expect(throws: ProwziError.self) { _ = try sensors.commit(append(raw0, records(0..<1))) }
        #expect(closed?.code == "log.closed")
        // A log that is let go of without `close` lets go of its lock too.
        for number in 1..<3 {
          #expect(try openLog(files, .write(owner: "sensors")).commit(append(raw0, records(0..<1))) == [Offset(Int64(number))])
        }
      }
    }
  }

  @Test func readersFollowOtherWritersAlsoAcrossTheJournalsReplacement() throws {
    for journalBytes in [16 << 20, 1000] {
      let files = SimulatedFileSystem()
      let reader = try openLog(files, .read)
      #expect(try reader.waitForCommit(timeoutMilliseconds: 0) == false)
      let sensors = try openLog(files, .write(owner: "sensors"), definitions(), options(journalBytes: journalBytes))
      let pipeline = try openLog(files, .write(owner: "pipeline"), definitions(), options(journalBytes: journalBytes))
      var version = reader.version
      for number in 0..<30 {
        _ = try sensors.commit(append(raw0, records(number..<number + 1)))
        let position = FoldPosition(fold: "pipeline", partition: PartitionIndex(0), next: Offset(Int64(number + 1)))
        #expect(try pipeline.waitForCommit(timeoutMilliseconds: 1000))
        #expect(try pipeline.bounds(of: raw0).highWatermark == Offset(Int64(number + 1)))
        _ = try pipeline.commit(
          Commit(appends: [.init(target: derived0, records: records(number..<number + 1))], positions: [position]))
        if number % 3 == 2 {
          #expect(try reader.waitForCommit(after: version, timeoutMilliseconds: 1000))
          version = reader.version
          for log in [reader, pipeline] {
            #expect(try log.bounds(of: raw0).highWatermark == Offset(Int64(number + 1)))
            #expect(try log.position(of: "pipeline", in: PartitionIndex(0)) == position)
          }
          #expect(try readAll(reader, derived0).count == number + 1)
          #expect(try reader.waitForCommit(after: version, timeoutMilliseconds: 3) == false)
        }
      }
      #expect(try files.contents("journal/sensors.journal").count < (journalBytes == 1000 ? 1500 : 1 << 20))
    }
  }

  @Test func aCommitBetweenReadingAndWaitingIsNotMissed() throws {
    let log = try openLog(SimulatedFileSystem(), .write(owner: "sensors"))
    #expect(try log.waitForCommit(timeoutMilliseconds: 0) == false)
    let seen = log.version
    _ = try log.commit(append(raw0, records(0..<1)))
    #expect(try log.waitForCommit(timeoutMilliseconds: 60_000))
    #expect(try log.waitForCommit(timeoutMilliseconds: 0) == false)
    #expect(try log.waitForCommit(after: seen, timeoutMilliseconds: 60_000))
    #expect(try log.waitForCommit(after: log.version, timeoutMilliseconds: 0) == false)
  }

  @Test func aWaitingThreadIsWokenByAWriterInItsProcess() throws {
    var slow = options()
    slow.pollMilliseconds = 30_000
    let log = try openLog(SimulatedFileSystem(), .write(owner: "sensors"), definitions(), slow)
    let woken = Mutex(false)
    DispatchQueue.concurrentPerform(iterations: 2) { thread in
      if thread == 0 {
        let isNew = (try? log.waitForCommit(after: 0, timeoutMilliseconds: 30_000)) ?? false
        woken.withLock { $0 = isNew }
      } else {
        _ = try? log.commit(append(raw0, records(0..<1)))
      }
    }
    #expect(woken.withLock { $0 })
  }

  @Test func aReaderWaitsAtTheJournalsTornEnd() throws {
    let files = SimulatedFileSystem()
    let log = try openLog(files, .write(owner: "sensors"))
    _ = try log.commit(append(raw0, records(0..<1)))
    let reader = try openLog(files, .read)
    let before = try files.contents("journal/sensors.journal").count
    _ = try log.commit(append(raw0, records(1..<2)))
    let whole = try files.contents("journal/sensors.journal")
    let file = try files.open("journal/sensors.journal", .readWrite)
    for length in before..<whole.count {
      try file.truncate(to: length)
      #expect(try reader.waitForCommit(timeoutMilliseconds: 0) == false)
    }
    try file.write(whole.span, at: 0)
    #expect(try reader.waitForCommit(timeoutMilliseconds: 0))
    #expect(try readAll(reader, raw0).count == 2)
  }

  @Test func fourThreadsCommitToTheirPartitionsAtOnceOnTheRealDisk() throws {
    try withScratchDirectory { disk in
      let topics = definitions(segmentBytes: 20_000, partitions: 4, codec: .zstd)
      var options = SegmentLog.Options()
      options.journalBytes = 20_000
      let log = try SegmentLog.open(
        disk, topics: topics, compressor: LibraryCompressor(), access: .write(owner: "pipeline"), options: options)
      let failures = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 4) { thread in
        let partition = PartitionIndex(thread)
        do throws(ProwziError) {
          for number in 0..<60 {
            let next = Offset(Int64(number * 3))
            let commit = Commit(
              appends: [derivedTopic, briefTopic].map {
                .init(
                  target: TopicPartition(topic: $0, partition: partition), records: records(number * 3..<number * 3 + 3, size: 200))
              }, positions: [FoldPosition(fold: "pipeline", partition: partition, next: next)])
            let offsets = try log.commit(commit)
            let position = try log.position(of: "pipeline", in: partition)
            if offsets != [next, next] || position?.next != next { failures.withLock { $0.append("\(thread) \(number) \(offsets)") } }
          }
        } catch {
          failures.withLock { $0.append("\(error)") }
        }
      }
      #expect(failures.withLock { $0 } == [])
      log.close()
      let again = try SegmentLog.open(
        disk, topics: topics, compressor: LibraryCompressor(), access: .write(owner: "pipeline"), options: options)
      for thread in 0..<4 {
        for topic in [derivedTopic, briefTopic] {
          let partition = TopicPartition(topic: topic, partition: PartitionIndex(thread))
          #expect(try lines(readAll(again, partition)) == lines(records(0..<180, size: 200)))
          #expect(try again.verify(partition) == [])
          #expect(try again.bounds(of: partition).digest == digest(of: records(0..<180, size: 200)))
        }
      }
    }
  }

  @Test func threadsThatShareAPartitionGetOffsetsOfTheirOwn() throws {
    let log = try openLog(SimulatedFileSystem(), .write(owner: "sensors"))
    let firsts = Mutex<[Int64]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<25 {
        if let offset = try? log.commit(append(raw0, records(0..<2))) { firsts.withLock { $0.append(offset[0].value) } }
      }
    }
    #expect(firsts.withLock { $0.sorted() } == (0..<100).map { Int64($0 * 2) })
    #expect(try readAll(log, raw0).count == 200)
  }

  /// While one thread syncs the journal, several commits of one partition come to wait for the next entry: the newest state is the one that counts.
  @Test func commitsOfOnePartitionThatWaitTogetherKeepTheirOrder() throws {
    let files = SimulatedFileSystem()
    let log = try openLog(SlowJournal(files), .write(owner: "sensors"))
    let (threads, commits) = (6, 15)
    let firsts = Mutex<[Offset]>([])
    let group = DispatchGroup()
    for _ in 0..<threads {
      group.enter()
      Thread.detachNewThread {
        for number in 0..<commits {
          guard let made = try? log.commit(append(raw0, records(number..<number + 1))) else { break }
          // What is acknowledged is there at once.
          #expect((try? log.bounds(of: raw0).highWatermark).map { $0 > made[0] } == true)
          firsts.withLock { $0 += made }
        }
        group.leave()
      }
    }
    group.wait()
    let wanted = (0..<threads * commits).map { Offset(Int64($0)) }
    #expect(firsts.withLock { $0.sorted() } == wanted)
    log.close()
    let again = try openLog(files, .write(owner: "sensors"))
    #expect(try readAll(again, raw0).records.map(\.offset) == wanted)
  }

  @Test func aTopicThatIsAddedLaterAndACommitWithoutRecordsWork() throws {
    let files = SimulatedFileSystem()
    let few = [definitions()[1]]
    let log = try openLog(files, .write(owner: "pipeline"), few)
    _ = try log.commit(append(derived0, records(0..<2)))
    let position = FoldPosition(
      fold: "pipeline", partition: PartitionIndex(1), next: Offset(9), checkpoint: .init(offset: Offset(8), digest: digest(4)))
    #expect(try log.commit(Commit(positions: [position])) == [])
    #expect(try log.commit(append(derived0, RecordBuffer())) == [Offset(2)])
    log.close()
    let again = try openLog(files, .write(owner: "pipeline"))
    #expect(try again.position(of: "pipeline", in: PartitionIndex(1)) == position)
    #expect(try again.position(of: "other", in: PartitionIndex(1)) == nil)
    #expect(try again.commit(append(briefs0, records(0..<1))) == [.zero])
    #expect(try readAll(again, derived0).count == 2)
  }
}
