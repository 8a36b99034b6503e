import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Synchronization
import TestSupport
import Testing

/// Every byte of the last two batches of every partition, of the journals' last two entries, and of every index: cut there, and changed there.
///
/// What must come of it:
///
/// * A log file that is not what was committed is refused, with file, offset and byte, at opening or where it is read, or put right by a writer from what
///   the journal carries. No altered record is ever handed out; a change of what Kafka keeps outside the checksum and readers do not use (the leader epoch) may pass.
/// * A journal with its mark is refused wherever it is damaged. Without the mark, as after a power failure, an invalid end is a torn write: the log is that
///   of the commit before, whole. With a valid entry behind it, it is refused.
/// * Indexes and stored hashes are built again by the next writer, and mislead no reader before.
@Suite struct CutTests {
  static let topics = definitions(segmentBytes: 900)
  static let partitions = [raw0, raw1, derived0, TopicPartition(topic: derivedTopic, partition: PartitionIndex(1)), briefs0]

  /// What a reader sees: the records of every partition, and where the folds stand.
  struct Contents: Equatable {
    var lines: [[String]] = []
    var positions: [FoldPosition?] = []

    init(_ log: SegmentLog) throws(ProwziError) {
      for partition in CutTests.partitions { lines.append(try SegmentLogTests.lines(readAll(log, partition))) }
      for index in 0..<2 { positions.append(try log.position(of: "pipeline", in: PartitionIndex(index))) }
    }
  }

  /// A log of two owners and three topics, with what was there after each commit.
  struct Subject: Sendable {
    let files = SimulatedFileSystem()
    /// By owner, the last the newest.
    var states: [String: [Contents]] = [:]
    /// By file, the bytes at which batches or entries begin.
    var starts: [String: [Int]] = [:]

    init(carries: Bool) throws {
      let settings = options(carriedBytes: carries ? 256 << 10 : 0)
      let logs = [
        ("sensors", try openLog(files, .write(owner: "sensors"), CutTests.topics, settings)),
        ("pipeline", try openLog(files, .write(owner: "pipeline"), CutTests.topics, settings)),
      ]
      for number in 0..<7 {
        for (owner, log) in logs {
          for path in files.paths() where path.hasSuffix(".log") || path.hasSuffix(".journal") {
            let size = try files.contents(path).count
            if starts[path]?.last != size { starts[path, default: []].append(size) }
          }
          var commit = Commit()
          for partition in CutTests.partitions where (partition.topic == rawTopic) == (owner == "sensors") {
            commit.appends.append(.init(target: partition, records: records(number * 3..<number * 3 + 1 + number % 3, size: 30)))
          }
          if owner == "pipeline" {
            let checkpoint = FoldPosition.Checkpoint(offset: Offset(Int64(number)), digest: digest(number))
            commit.positions = (0..<2).map {
              FoldPosition(fold: "pipeline", partition: PartitionIndex($0), next: Offset(Int64(number)), checkpoint: checkpoint)
            }
          }
          _ = try log.commit(commit)
        }
        let reader = try openLog(files, .read, CutTests.topics)
        let contents = try Contents(reader)
        for (owner, _) in logs { states[owner, default: []].append(contents) }
      }
      for (_, log) in logs { log.close() }
    }

    var last: Contents { states["pipeline"]!.last! }

    /// Where the last two batches or entries of a file begin; one, where it has no more.
    func lastTwo(_ path: String) throws -> [Int] {
      let size = try files.contents(path).count
      return Array(Set(([path.hasSuffix(".log") ? 0 : 24] + (starts[path] ?? [])).filter { $0 < size })).sorted().suffix(2)
    }

    /// The contents when one owner's last commit is not there.
    func before(_ owner: String) -> Contents {
      let (older, newer) = (states[owner]![5], last)
      var mixed = newer
      for (index, partition) in CutTests.partitions.enumerated() where (partition.topic == rawTopic) == (owner == "sensors") {
        mixed.lines[index] = older.lines[index]
      }
      if owner == "pipeline" { mixed.positions = older.positions }
      return mixed
    }
  }

  /// One whose journals carry the records, and one whose segments were synced with each commit.
  private static let subjects = [true, false].map { carries in Result { try Subject(carries: carries) } }

  static func subject(_ carries: Bool) throws -> Subject { try subjects[carries ? 0 : 1].get() }
  static let points = Mutex<[String: Int]>([:])

  enum Damage: CaseIterable {
    case cut, lowBit, highBit, zeroed, trashedToTheEnd, zeroedToTheEnd

    /// Whether this damage at this byte is among the cases that run.
    func isTaken(at position: Int) -> Bool {
      TestShare.takes(position * Self.allCases.count + Self.allCases.firstIndex(of: self)!, of: "cuts and changes of the log's files")
    }

    /// - Returns: `nil` where nothing would change.
    func apply(to bytes: [UInt8], at position: Int) -> [UInt8]? {
      var changed = bytes
      switch self {
      case .cut: changed.removeSubrange(position...)
      case .lowBit: changed[position] ^= 1
      case .highBit: changed[position] ^= 0x80
      case .zeroed: changed[position] = 0
      case .trashedToTheEnd:
        var random = SplitMix64(seed: UInt64(position))
        for index in position..<changed.count { changed[index] = UInt8(truncatingIfNeeded: random.next()) }
      case .zeroedToTheEnd: for index in position..<changed.count { changed[index] = 0 }
      }
      return changed == bytes ? nil : changed
    }
  }

  /// Opens damaged files as a reader and as each writer; `body` judges.
  private func damage(
    _ path: String, _ range: Range<Int>, _ kinds: [Damage] = Damage.allCases, with files: SimulatedFileSystem, what: String,
    _ body: (SimulatedFileSystem, SegmentLog.Access, String) throws -> Void
  ) throws {
    let bytes = try files.contents(path)
    var count = 0
    for position in range {
      for kind in kinds {
        guard kind.isTaken(at: position), let changed = kind.apply(to: bytes, at: position) else { continue }
        for access in [SegmentLog.Access.read, .write(owner: path.contains("raw") || path.contains("sensors") ? "sensors" : "pipeline")] {
          let copy = files.copy()
          copy.replace(path, with: changed)
          count += 1
          try body(copy, access, "\(path), byte \(position), \(kind), \(access)")
        }
      }
    }
    Self.points.withLock { $0[what, default: 0] += count }
    print("CutTests: \(count) crash points in \(path)")
  }

  private static let logFiles: [String] = partitions.map { "log/\($0)" }

  @Test(arguments: logFiles, [true, false]) func noByteOfTheLastTwoBatchesCanGoOrChangeUnnoticed(directory: String, carries: Bool) throws {
    let subject = try Self.subject(carries)
    // The last two batches may lie in two segments.
    let paths = subject.files.paths().filter { $0.hasPrefix(directory + "/") && $0.hasSuffix(".log") }.suffix(2)
    var left = 2
    for path in paths.reversed() where left > 0 {
      let bytes = try subject.files.contents(path)
      let starts = try subject.lastTwo(path)
      let from = starts.suffix(left).first!
      left -= min(left, starts.count)
      try damage(path, from..<bytes.count, with: subject.files, what: "segments") { files, access, what in
        do throws(ProwziError) {
          let log = try openLog(files, access, Self.topics)
          let found = try Contents(log)
          #expect(found == subject.last, "\(what)")
        } catch {
          let place = error.place ?? ""
          #expect(error.code == "log.corrupt" && place.hasPrefix(directory) && place.contains("byte"), "\(what): \(error)")
        }
      }
    }
  }

  @Test(arguments: ["sensors", "pipeline"], [true, false])
  func aJournalWithItsMarkIsRefusedWhereverItIsDamaged(owner: String, carries: Bool) throws {
    let subject = try Self.subject(carries)
    let path = "journal/\(owner).journal"
    let from = try subject.lastTwo(path)[0]
    try damage(path, from..<(try subject.files.contents(path).count), with: subject.files, what: "journals") { files, access, what in
      let error = #expect(throws: ProwziError.self, "\(what)") { _ = try openLog(files, access, Self.topics) }
      #expect(error?.code == "log.corrupt" && error?.place?.hasPrefix(path) == true && error?.place?.contains("byte") == true, "\(what)")
    }
  }

  @Test(arguments: ["sensors", "pipeline"], [true, false])
  func aJournalWithoutItsMarkEndsBeforeATornEntryAndIsRefusedInTheMiddle(owner: String, carries: Bool) throws {
    let subject = try Self.subject(carries)
    let files = subject.files.copy()
    try files.remove("journal/\(owner).durable")
    let path = "journal/\(owner).journal"
    let (middle, last, end) = (try subject.lastTwo(path)[0], try subject.lastTwo(path)[1], try files.contents(path).count)
    try damage(path, last..<end, with: files, what: "journals") { files, access, what in
      let log = try openLog(files, access, Self.topics)
      #expect(try Contents(log) == subject.before(owner), "\(what)")
      guard access != .read else { return }
      // And it goes on.
      let target = owner == "sensors" ? raw0 : derived0
      let next = try log.bounds(of: target).highWatermark
      #expect(try log.commit(append(target, records(90..<92))) == [next], "\(what)")
      #expect(try log.verify(target).isEmpty, "\(what)")
    }
    try damage(path, middle..<last, [.lowBit, .highBit, .zeroed], with: files, what: "journals") { files, access, what in
      let error = #expect(throws: ProwziError.self, "\(what)") { _ = try openLog(files, access, Self.topics) }
      #expect(error?.code == "log.corrupt" && error?.place?.hasPrefix(path) == true, "\(what)")
    }
  }

  @Test(arguments: ["index", "timeindex", "hashes"], [true, false]) func indexesMisleadNobodyAndAreBuiltAgain(suffix: String, carries: Bool)
    throws
  {
    let subject = try Self.subject(carries)
    for path in subject.files.paths() where path.hasSuffix("." + suffix) {
      let size = try subject.files.contents(path).count
      let from = max(0, size - 400)
      try damage(path, from..<size, with: subject.files, what: "indexes") { files, access, what in
        let log = try openLog(files, access, Self.topics)
        #expect(try Contents(log) == subject.last, "\(what)")
        guard access != .read, let partition = Self.partitions.first(where: { path.hasPrefix("log/\($0)/") }) else { return }
        #expect(try !log.verify(partition).contains(where: \.isLoss), "\(what)")
        let size = try log.bounds(of: partition).tree.size
        for offset in [0, size / 2, size - 1] {
          // A proof is right or is refused.
          do throws(ProwziError) {
            _ = try log.inclusionProof(of: Offset(offset), in: partition, size: size)
          } catch {
            #expect(error.code == "log.tree_damaged", "\(what): \(error)")
          }
        }
      }
    }
  }
}
