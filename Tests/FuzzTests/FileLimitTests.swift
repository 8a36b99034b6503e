import Disk
import Glibc
import Model
import Ports
import Proofs
import RecordFormat
import Sensors
import Simulation
import Synchronization
import Testing

@testable import Runtime
@testable import SegmentLog

/// Says of the files whose names end so that they have so many bytes; they hold no more than before.
private final class ClaimedSizes: ForwardingFileSystem {
  let behind: any FileSystem
  private let suffix: String
  private let size: Int

  init(_ behind: any FileSystem, _ suffix: String, _ size: Int) { (self.behind, self.suffix, self.size) = (behind, suffix, size) }

  private final class Handle: ForwardingFileHandle {
    let behind: any FileHandle
    let claimed: Int

    init(_ behind: any FileHandle, _ claimed: Int) { (self.behind, self.claimed) = (behind, claimed) }

    func size() throws(ProwziError) -> Int { claimed }
    func read(at position: Int, count: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
      try behind.read(at: position, count: min(count, 1 << 20), appendingTo: &output)
    }
  }

  func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
    let file = try behind.open(path, mode)
    return path.hasSuffix(suffix) ? Handle(file, size) : file
  }
}

/// The bounds of whole files, at the limit and one byte beyond. What would be half a gigabyte is only said to be so.
@Suite struct FileLimitTests {
  private func error(_ body: () throws -> Void) -> ProwziError? {
    do {
      try body()
      return nil
    } catch let error as ProwziError { return error } catch { return ProwziError("test.other", "\(error)") }
  }

  @Test func aSmallFileAndACheckpointHaveTheirLargestSizes() throws {
    let files = SimulatedFileSystem()
    let checkpoint = "checkpoints/fold-0/00000000000000000007.checkpoint"
    files.replace("small", with: [1, 2, 3])
    files.replace(checkpoint, with: [1, 2, 3])
    for (beyond, wanted) in [(0, nil), (1, "file.too_large")] as [(Int, String?)] {
      let small = ClaimedSizes(files, "small", Limits.smallFileBytes + beyond)
      #expect(error { _ = try DataDirectory.read("small", small) }?.code.text == wanted)
      let large = ClaimedSizes(files, ".checkpoint", Limits.checkpointFileBytes + beyond)
      #expect(error { _ = try CheckpointStore(files: large, fold: "fold").read(PartitionIndex(0), at: Offset(7)) }?.code.text == wanted)
    }
  }

  /// The topics of a log with one record.
  private static let topics = [
    TopicDefinition(
      name: TopicName(known: "raw"), purpose: "a test", key: "none", owner: "sensors", partitions: 1, codec: .none,
      retentionMilliseconds: nil,
      retentionBytes: nil, segmentBytes: 1 << 20, segmentMilliseconds: .day)
  ]

  private func open(_ files: any FileSystem, _ access: SegmentLog.Access) throws(ProwziError) -> SegmentLog {
    try SegmentLog.open(files, topics: Self.topics, compressor: NoCompressor(), access: access)
  }

  @Test func aJournalIsReadUpToItsLimit() throws {
    let files = SimulatedFileSystem()
    try SegmentLog.create(files, topics: Self.topics)
    let log = try open(files, .write(owner: "sensors"))
    var records = RecordBuffer()
    records.append(timestamp: Timestamp(milliseconds: 1), key: nil, value: [1])
    let target = TopicPartition(topic: Self.topics[0].name, partition: PartitionIndex(0))
    _ = try log.commit(Commit(appends: [Commit.Append(target: target, records: records)]))
    log.close()
    let full = ClaimedSizes(files, ".journal", Limits.journalBytes)
    let larger = ClaimedSizes(files, ".journal", Limits.journalBytes + 1)
    #expect(try open(full, .read).bounds(of: target).highWatermark == Offset(1))
    #expect(error { _ = try open(larger, .read) }?.code == "file.too_large")
    #expect(error { _ = try open(larger, .write(owner: "sensors")) }?.code == "file.too_large")
    // Whoever follows it, as it grows.
    var follower = JournalFollower(owner: "sensors")
    #expect(try follower.poll(files))
    var other = JournalFollower(owner: "sensors")
    #expect(error { _ = try other.poll(larger) }?.code == "file.too_large")
  }

  /// A journal entry of that many bytes behind its frame: positions of folds with long names.
  private static func entry(_ size: Int) -> [UInt8] {
    var entry = JournalEntry(sequence: 1, partitions: [], positions: [])
    var left = size - 16
    while left > 0 {
      // A position takes 15 bytes and its name; the last but one leaves room for the last.
      var name = min(left - 15, 65_535)
      if left - 15 - name > 0, left - 15 - name < 15 { name -= 100 }
      entry.positions.append(
        FoldPosition(fold: String(repeating: "f", count: name), partition: PartitionIndex(0), next: Offset(1)))
      left -= 15 + name
    }
    var bytes: [UInt8] = []
    entry.encode(appendingTo: &bytes)
    return bytes
  }

  @Test func aJournalEntryHasItsLargestSize() {
    let limit = Limits.journalEntryBytes
    let full = Self.entry(limit)
    #expect(full.count == limit + JournalEntry.frameSize)
    #expect(JournalEntry.decode(full, at: 0)?.size == full.count)
    let larger = Self.entry(limit + 1)
    #expect(larger.count == limit + 1 + JournalEntry.frameSize)
    #expect(JournalEntry.decode(larger, at: 0) == nil)
  }

  @Test func aProofHasItsLargestSize() {
    func message(_ size: Int) -> String {
      let bytes = [UInt8](text: "\"") + [UInt8](repeating: 0x61, count: size - 3) + [UInt8](text: "\"\n")
      precondition(bytes.count == size)
      return error { _ = try ProofBundle(bytes, place: "a test") }?.message ?? ""
    }
    let (full, larger) = (message(Limits.proofBytes), message(Limits.proofBytes + 1))
    #expect(!full.isEmpty && !full.contains("more than"))
    #expect(larger.contains("more than 64 MiB"))
  }

  @Test func aManifestHasItsLargestSize() throws {
    var template = Array("/tmp/prowzi-limit-XXXXXX".utf8CString)
    let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    let disk = DiskFileSystem(root: folder)
    defer {
      try? disk.remove("manifest.json")
      rmdir(folder)
    }
    for (beyond, wanted) in [(0, nil), (1, ProwziError.Code.recordTooLong)] as [(Int, ProwziError.Code?)] {
      let text = [UInt8](text: #"[{"source":"a","path":"b"}]"#)
      let bytes = text + [UInt8](repeating: 0x20, count: Limits.manifestBytes + beyond - text.count)
      if try disk.exists("manifest.json") { try disk.remove("manifest.json") }
      try disk.open("manifest.json", .createNew).write(bytes.span, at: 0)
      var count = 0
      #expect(error { count = try Manifest(path: folder + "/manifest.json").streams.count }?.code == wanted)
      #expect(count == 1 - beyond)
    }
  }
}
