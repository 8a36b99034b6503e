import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import TestSupport
import Testing

/// What only a second line of defence notices.
@Suite struct GuardTests {
  /// Entries say what is, not what changes, so a journal without one of them would look whole: their numbers tell.
  @Test func aJournalWithAnEntryCutOutIsRefused() throws {
    let files = SimulatedFileSystem()
    let log = try openLog(files, .write(owner: "sensors"))
    for number in 0..<6 { _ = try log.commit(append(number % 2 == 0 ? raw0 : raw1, records(number..<number + 1))) }
    log.close()
    let path = "journal/sensors.journal"
    let bytes = try files.contents(path)
    // Behind the header of 24 bytes, each entry has a frame of magic, body length and checksum.
    var starts: [Int] = []
    var at = 24
    while at < bytes.count {
      starts.append(at)
      at += 12 + Int(bytes.bigEndian(at: at + 4) as UInt32)
    }
    #expect(starts.count == 7 && at == bytes.count)
    for (start, end) in zip(starts, starts.dropFirst()).dropFirst() {
      let cut = files.copy()
      cut.replace(path, with: Array(bytes[..<start] + bytes[end...]))
      for access in [SegmentLog.Access.read, .write(owner: "sensors")] {
        let error = #expect(throws: ProwziError.self, "\(start)..<\(end), \(access)") { _ = try openLog(cut.copy(), access) }
        #expect(error?.code == "log.corrupt")
      }
    }
    let reversed = files.copy()
    let (a, b, c) = (starts[4], starts[5], starts[6])
    reversed.replace(path, with: Array(bytes[..<a] + bytes[b..<c] + bytes[a..<b] + bytes[c...]))
    #expect(throws: ProwziError.self) { _ = try openLog(reversed, .read) }
  }

  /// Hashes that were synced with a segment outlive a crash, so that only those behind them are made again and nothing old is put aside.
  @Test func aCrashOnlyCostsTheHashesThatWereNotSynced() throws {
    let topics = definitions(segmentBytes: 1500)
    var crashes = 0
    let seeds = TestShare.seeds(0..<60, of: "seeds of GuardTests")
    for seed in seeds {
      let files = SimulatedFileSystem(seed: seed)
      let log = try openLog(files, .write(owner: "sensors"), topics)
      for number in 0..<40 { _ = try log.commit(append(raw0, records(number * 3..<number * 3 + 3, size: 60))) }
      files.add(.powerLoss(call: 1 + Int(seed % 12)))
      do throws(ProwziError) {
        for number in 40..<60 { _ = try log.commit(append(raw0, records(number * 3..<number * 3 + 3, size: 60))) }
      } catch { crashes += 1 }
      files.crash()
      _ = try openLog(files, .write(owner: "sensors"), topics)
      #expect(!files.paths().contains { $0.contains("removed") }, "seed \(seed): \(files.paths().filter { $0.contains("removed") })")
    }
    #expect(crashes == seeds.count && crashes > 0)
  }

  /// A reader that keeps its place must not have read ahead what was never committed: the next writer puts something else there.
  @Test func whatWasReadAheadIsWhatIsCommittedThere() throws {
    let files = SimulatedFileSystem()
    let path = "log/raw-0/00000000000000000000.log"
    let first = try openLog(files, .write(owner: "sensors"))
    _ = try first.commit(append(raw0, records(0..<1)))
    first.close()
    // A valid batch behind the commit, as a writer leaves it that is killed before it comes to its journal.
    let other = files.copy()
    let second = try openLog(other, .write(owner: "sensors"))
    _ = try second.commit(append(raw0, records(7..<8)))
    second.close()
    files.replace(path, with: try other.contents(path))
    let reader = try openLog(files, .read)
    #expect(try lines(readAll(reader, raw0)) == lines(records(0..<1)))
    let third = try openLog(files, .write(owner: "sensors"))
    _ = try third.commit(append(raw0, records(1..<2)))
    #expect(try reader.waitForCommit(timeoutMilliseconds: 1000))
    #expect(try lines(readAll(reader, raw0, from: Offset(1))) == Array(lines(records(0..<2)).suffix(1)))
  }

  /// What a reader sees ends with the last commit, also where the file already goes on.
  @Test func bytesBehindTheLastCommitAreNeverRead() throws {
    let files = SimulatedFileSystem()
    let log = try openLog(files, .write(owner: "sensors"))
    _ = try log.commit(append(raw0, records(0..<4)))
    let path = "log/raw-0/00000000000000000000.log"
    let committed = try files.contents(path)
    // The next commit's batch lies there already, as between its write and its entry in the journal.
    var more: [UInt8] = []
    try RecordBatch.encode(records(4..<6), 0..<2, baseOffset: Offset(4), codec: .none, compressor: NoCompressor(), appendingTo: &more)
    files.replace(path, with: committed + more)
    let reader = try openLog(files, .read)
    #expect(try reader.bounds(of: raw0).highWatermark == Offset(4))
    #expect(lines(try readAll(reader, raw0)) == lines(records(0..<4)))
    var buffer = RecordBuffer()
    #expect(try reader.read(raw0, from: Offset(3), maxRecords: 100, maxBytes: 1 << 20, into: &buffer) == Offset(4))
    #expect(buffer.count == 1)
  }
}
