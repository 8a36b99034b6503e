import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Testing

@Suite struct SegmentTests {
  private func bases(_ files: SimulatedFileSystem, _ suffix: String = ".log") throws -> [Int] {
    try files.list("log/raw-0").filter { $0.hasSuffix(suffix) }.map { Int($0.prefix(20))! }
  }

  @Test func aSegmentIsClosedBySizeAndByAge() throws {
    let bySize = SimulatedFileSystem()
    let first = try openLog(bySize, .write(owner: "sensors"), definitions(segmentBytes: 1000))
    for number in 0..<10 { _ = try first.commit(append(raw0, records(number..<number + 1, size: 300))) }
    #expect(try bases(bySize) == [0, 2, 4, 6, 8])
    for name in try bySize.list("log/raw-0") where name.hasSuffix(".log") {
      #expect(try bySize.contents("log/raw-0/\(name)").count <= 1000)
    }
    let byAge = SimulatedFileSystem()
    let second = try openLog(byAge, .write(owner: "sensors"), definitions(segmentMilliseconds: 5000))
    for number in 0..<12 { _ = try second.commit(append(raw0, records(number..<number + 1, size: 3000))) }
    // A segment holds 5 s from its first record on, once it has its least size (4,096 bytes here).
    #expect(try bases(byAge) == [0, 6])
  }

  @Test func theFilesHaveKafkasLayout() throws {
    let files = SimulatedFileSystem()
    let log = try openLog(files, .write(owner: "sensors"), definitions(segmentBytes: 20_000))
    for number in 0..<10 { _ = try log.commit(append(raw0, records(number..<number + 1, size: 3000) { _ in Int64(1000 - number) })) }
    #expect(
      try files.list("log/raw-0") == [
        "00000000000000000000.index", "00000000000000000000.log", "00000000000000000000.timeindex", "00000000000000000006.index",
        "00000000000000000006.log", "00000000000000000006.timeindex", "leader-epoch-checkpoint",
        "tree.hashes",
      ])
    #expect(try files.contents("log/raw-0/leader-epoch-checkpoint").displayText == "0\n1\n0 0\n")
    // Batches of 3,075 bytes (3,074 while the key has one digit): the third and the fifth have an entry.
    let size = try files.contents("log/raw-0/00000000000000000000.log").count / 6
    var index: [UInt8] = []
    for (offset, position) in [(2, 2 * size), (4, 4 * size)] {
      index.append(bigEndian: Int32(offset))
      index.append(bigEndian: Int32(position))
    }
    #expect(try files.contents("log/raw-0/00000000000000000000.index") == index)
    // Timestamps fall, so the first record stays the newest: one entry, and none added when the segment closes.
    var times: [UInt8] = []
    times.append(bigEndian: Int64(1000))
    times.append(bigEndian: Int32(0))
    #expect(try files.contents("log/raw-0/00000000000000000000.timeindex") == times)
    #expect(try log.verify(raw0) == [])
  }

  @Test func lostOrWrongIndexesOfTheActiveSegmentAreBuiltAgain() throws {
    let files = SimulatedFileSystem()
    let log = try openLog(files, .write(owner: "sensors"))
    for number in 0..<40 { _ = try log.commit(append(raw0, records(number..<number + 1, size: 1500))) }
    log.close()
    for name in ["00000000000000000000.index", "00000000000000000000.timeindex"] {
      let path = "log/raw-0/\(name)"
      let good = try files.contents(path)
      var swapped = good
      swapped[7] ^= 0xff
      for bad in [[], Array(good.dropLast(5)), [UInt8](repeating: 0, count: good.count), [UInt8](repeating: 0xff, count: good.count)] {
        let copy = files.copy()
        copy.replace(path, with: bad)
        let again = try openLog(copy, .write(owner: "sensors"))
        #expect(try copy.contents(path) == good)
        #expect(try again.verify(raw0) == [])
        #expect(try lines(readAll(again, raw0)) == lines(records(0..<40, size: 1500)))
      }
      // A reader repairs nothing and is not misled.
      let copy = files.copy()
      copy.replace(path, with: swapped)
      let reader = try openLog(copy, .read)
      for offset in 0..<40 { #expect(try readAll(reader, raw0, from: Offset(Int64(offset))).count == 40 - offset) }
      #expect(try reader.verify(raw0).count > 0)
    }
  }

  @Test func retentionRemovesWholeSegmentsFromTheOldestAndNeverTheActiveOne() throws {
    for byTime in [true, false] {
      let files = SimulatedFileSystem()
      let topics = definitions(
        segmentBytes: 1000, retentionMilliseconds: byTime ? 4000 : nil, retentionBytes: byTime ? nil : 2000)
      let log = try openLog(files, .write(owner: "sensors"), topics)
      for number in 0..<10 { _ = try log.commit(append(raw0, records(number..<number + 1, size: 300))) }
      let reader = try openLog(files, .read, topics)
      #expect(try bases(files) == [0, 2, 4, 6, 8])
      // By time: the newest of the first two segments (1 s, 3 s) is more than 4 s before 7.5 s. By size: three segments are more than 2,000 bytes.
      #expect(try log.enforceRetention(now: Timestamp(milliseconds: 7500)) == (byTime ? 2 : 3))
      let start = byTime ? 4 : 6
      #expect(try bases(files).first == start && bases(files, ".index").first == start && bases(files, ".timeindex").first == start)
      let bounds = try log.bounds(of: raw0)
      #expect(bounds.logStart == Offset(Int64(start)))
      #expect(try readAll(log, raw0).records.map(\.offset.value) == Array(Int64(start)..<10))
      var buffer = RecordBuffer()
      let error = #expect(throws: ProwziError.self) { _ = try reader.read(raw0, from: .zero, maxRecords: 1, maxBytes: 1, into: &buffer) }
      #expect(error?.code == "log.offset_out_of_range")
      #expect(try log.offset(in: raw0, atOrAfter: Timestamp(milliseconds: 0)) == Offset(Int64(start)))
      #expect(try log.enforceRetention(now: Timestamp(milliseconds: 1 << 50)) == (byTime ? 2 : 0))
      #expect(try bases(files).last == 8)
      log.close()
      let again = try openLog(files, .write(owner: "sensors"), topics)
      let size = try files.paths().filter { $0.hasPrefix("log/raw-0/") && $0.hasSuffix(".log") }.map { try files.contents($0).count }
        .reduce(0, +)
      #expect(try again.bounds(of: raw0).sizeInBytes == size)
      #expect(try again.verify(raw0) == [])
    }
  }

  @Test func aCrashWhileOldSegmentsGoLeavesALogThatOpens() throws {
    for call in 1...16 {
      let files = SimulatedFileSystem(seed: UInt64(call))
      let topics = definitions(segmentBytes: 1000, retentionBytes: 2000)
      let log = try openLog(files, .write(owner: "sensors"), topics)
      for number in 0..<10 { _ = try log.commit(append(raw0, records(number..<number + 1, size: 300))) }
      files.add(.powerLoss(call: call))
      _ = try? log.enforceRetention(now: Timestamp(milliseconds: 0))
      files.crash()
      let again = try openLog(files, .write(owner: "sensors"), topics)
      let start = try again.bounds(of: raw0).logStart.value
      #expect(start == 0 || start == 6)
      #expect(try readAll(again, raw0).records.map(\.offset.value) == Array(start..<10))
      #expect(try Int64(bases(files).first!) == start)
    }
  }
}
