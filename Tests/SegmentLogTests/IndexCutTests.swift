import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Testing

/// Every byte of offset and time indexes that have entries, of a closed segment and of the one that is written to: cut there, and changed there.
///
/// An index is a shortcut. Whatever stands in it, offsets and times lead to the same records, and retention takes nothing that is not old.
@Suite struct IndexCutTests {
  static let topics = definitions(segmentBytes: 26_000, retentionMilliseconds: 40_000)
  static let count = 60
  /// Not in order: each record but the fourth of four is a little older than the one before; the segment's newest is rarely its last.
  static func time(_ number: Int) -> Int64 { Int64(number / 4 * 4 - number % 4) * 1000 + 10_000 }

  static let files = Result {
    let files = SimulatedFileSystem()
    let log = try openLog(files, .write(owner: "sensors"), topics)
    for number in 0..<count { _ = try log.commit(append(raw0, records(number..<number + 1, size: 1200, time: time))) }
    log.close()
    return files
  }

  /// What may be asked of a log by offset and by time.
  private struct Answers: Equatable {
    var lines: [String]
    var first: [String] = []
    var times: [Offset] = []

    init(_ log: SegmentLog) throws {
      lines = try SegmentLogTests.lines(readAll(log, raw0))
      for offset in stride(from: 0, to: count, by: 7) {
        var buffer = RecordBuffer()
        _ = try log.read(raw0, from: Offset(Int64(offset)), maxRecords: 1, maxBytes: 1, into: &buffer)
        first += SegmentLogTests.lines(buffer)
      }
      for time in stride(from: Int64(6000), to: Int64(count) * 1000 + 14_000, by: 3500) {
        times.append(try log.offset(in: raw0, atOrAfter: Timestamp(milliseconds: time)))
      }
    }
  }

  static let paths = ["00000000000000000000", "00000000000000000020", "00000000000000000040"].flatMap { base in
    ["log/raw-0/\(base).index", "log/raw-0/\(base).timeindex"]
  }

  @Test(arguments: paths) func noByteOfAnIndexLeadsAstray(path: String) throws {
    let files = try Self.files.get()
    let bytes = try files.contents(path)
    #expect(bytes.count >= 24, "This is about indexes with entries.")
    let clean = try Answers(openLog(files.copy(), .read, Self.topics))
    // The right answers, from the times themselves.
    let all = (0..<Self.count).map(Self.time)
    let times = stride(from: Int64(6000), to: Int64(Self.count) * 1000 + 14_000, by: 3500).map { time in
      Offset(Int64(all.firstIndex { $0 >= time } ?? Self.count))
    }
    #expect(clean.times == times)
    for position in bytes.indices {
      for kind in CutTests.Damage.allCases {
        guard kind.isTaken(at: position), let changed = kind.apply(to: bytes, at: position) else { continue }
        let copy = files.copy()
        copy.replace(path, with: changed)
        let what = "\(path), byte \(position), \(kind)"
        #expect(try Answers(openLog(copy, .read, Self.topics)) == clean, "\(what), read")
        let log = try openLog(copy, .write(owner: "sensors"), Self.topics)
        #expect(try Answers(log) == clean, "\(what), write")
        // A writer goes on from the last entry, so that one is made right.
        if path == Self.paths[4], position >= bytes.count - 8 { #expect(try copy.contents(path) == bytes, "\(what)") }
        #expect(try !log.verify(raw0).contains(where: \.isLoss), "\(what)")
        // It goes on.
        #expect(try log.commit(append(raw0, records(90..<92, size: 1200))) == [Offset(Int64(Self.count))], "\(what)")
      }
    }
  }

  /// The first segment is old, the second is not: whatever their indexes say, at most the first goes.
  @Test func retentionTakesNothingThatIsNotOldWhateverItsIndexSays() throws {
    let files = try Self.files.get()
    let oldest = (0..<20).map(Self.time).max()!
    let now = Timestamp(milliseconds: oldest + 40_001)
    let clean = files.copy()
    #expect(try openLog(clean, .write(owner: "sensors"), Self.topics).enforceRetention(now: now) == 1)
    for path in Self.paths where path.hasSuffix(".timeindex") {
      let bytes = try files.contents(path)
      for position in bytes.indices {
        for kind in CutTests.Damage.allCases {
          guard kind.isTaken(at: position), let changed = kind.apply(to: bytes, at: position) else { continue }
          let copy = files.copy()
          copy.replace(path, with: changed)
          let log = try openLog(copy, .write(owner: "sensors"), Self.topics)
          #expect(try log.enforceRetention(now: now) <= 1, "\(path), byte \(position), \(kind)")
          #expect(try log.bounds(of: raw0).logStart <= Offset(20), "\(path), byte \(position), \(kind)")
        }
      }
    }
  }
}
