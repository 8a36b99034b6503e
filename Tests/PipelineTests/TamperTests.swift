import Inspect
import Model
import Ports
import Runtime
import Stages
import Testing

@Suite struct TamperTests {
  private static let folder = TemporaryFolder().removeAtExit()
  private static let uncompressed: DataDirectory = {
    do {
      let directory = try SegmentEditor.uncompressed(Ingested.directory, in: folder).directory
      try fold(directory, batch: 100)
      return directory
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  /// One byte, with a checksum that fits: only folding again, or adding up the digest again, can tell.
  @Test(arguments: DerivedTopic.allCases) func aChangedByteInADerivedRecordIsFoundByPartitionAndOffset(_ topic: DerivedTopic) throws {
    let folder = TemporaryFolder()
    let editor = SegmentEditor(directory: try folder.copy(of: Self.uncompressed, as: "data"))
    #expect(try editor.directory.derivedLines() == Ingested.outcome.derivedLines, "the codec is no part of the digests")

    let records = try editor.directory.records(of: topic.name).filter { !($0.value ?? []).isEmpty }
    var draw = SplitMix64(seed: UInt64(topic.rawValue))
    let victim = records[draw.below(records.count)]
    let target = TopicPartition(topic: topic.name, partition: victim.partition)
    try editor.changeValue(of: victim.offset, in: target, at: draw.below(10_000)) { $0 ^ 1 }

    let report = try verify(editor.directory)
    #expect(!report.isIdentical)
    let differences = report.partitions.compactMap { partition in partition.difference.map { (partition.window.partition, $0) } }
    try #require(differences.count == 1)
    let (partition, difference) = differences[0]
    #expect(partition == victim.partition)
    #expect(difference.topic == topic.name)
    #expect(difference.offset == victim.offset)
    #expect(difference.kind == .changed)
    #expect(difference.part == "value")
    #expect(zip(difference.recorded, difference.folded).filter { $0 != $1 }.count == 1)

    let check = try LogCheck.run(target, of: try editor.directory.openReader()) { true }
    #expect(!check.isSound, "the committed digest tells too")
  }

  @Test func aFlippedByteIsCorruptionNamedByFileOffsetAndByte() throws {
    let folder = TemporaryFolder()
    let editor = SegmentEditor(directory: try folder.copy(of: Ingested.folded.directory, as: "data"))
    let target = TopicPartition(topic: DerivedTopic.scored.name, partition: PartitionIndex(1))
    let place = try editor.flip(batchOf: Offset(0), in: target, byte: 75)
    do throws(ProwziError) {
      _ = try verify(editor.directory)
      Issue.record("the damage was not noticed")
    } catch {
      #expect(error.code == "log.corrupt")
      let file = place.file.split(separator: "/").suffix(2).joined(separator: "/")
      #expect(error.place?.contains(file) == true)
      #expect(error.place?.contains("offset 0") == true)
      #expect(error.place?.contains("byte \(place.byte)") == true)
      #expect(error.advice != nil)
    }
    let result = Process.run([Process.prowzi, "replay", "--verify", "--data", editor.directory.path])
    #expect(result.status == 7)
    #expect(result.output.contains("byte \(place.byte)"))
  }

  /// What a crash of the whole machine must not do, a person can: a run says so instead of building upon it.
  @Test func aRunGoesOnOnlyOnWhatItWouldHaveMade() throws {
    let folder = TemporaryFolder()
    let editor = try SegmentEditor.uncompressed(Ingested.directory, in: folder)
    try fold(editor.directory, checkpointEvery: 50)
    for name in Process.shell("cd \"$1\" && find . -name '*.checkpoint'", editor.directory.path + "/checkpoints").output.split(
      separator: "\n")
    {
      let path = "\(editor.directory.path)/checkpoints/\(name)"
      var bytes = FileBytes.read(path)
      bytes[bytes.count / 2] ^= 1
      FileBytes.write(bytes, to: path)
    }
    do throws(ProwziError) {
      try fold(editor.directory)
      Issue.record("damaged checkpoints were taken up")
    } catch {
      #expect(error.code == "checkpoint.corrupt")
    }
  }

  /// Where the log names no state, a run begins at the first record, and says so where what it makes is no longer what is recorded.
  @Test func aRunDoesNotGoOnWhereItsInputFoldsToSomethingElse() throws {
    let folder = TemporaryFolder()
    let editor = try SegmentEditor.uncompressedInput(Ingested.directory, in: folder)
    try fold(editor.directory)
    func forgetStates() throws {
      let log = try editor.directory.openWriter(DataDirectory.pipeline)
      defer { log.close() }
      for target in try log.partitions(of: .raw) {
        let position = try #require(try log.position(of: pipelineFold, in: target.partition))
        _ = try log.commit(
          Commit(positions: [FoldPosition(fold: pipelineFold, partition: target.partition, next: position.next, checkpoint: nil)]))
      }
    }
    try forgetStates()
    try fold(editor.directory)
    try forgetStates()
    // A letter of a title.
    let member = [UInt8](text: #""title":""#)
    var found: (record: StoredRecord, place: Int)?
    for record in try editor.directory.records(of: .raw) {
      guard let value = record.value, found == nil else { continue }
      for start in value.indices.dropLast(member.count + 1) where value[start...].starts(with: member) {
        if value[start + member.count] | 0x20 >= 0x61, value[start + member.count] | 0x20 < 0x7a {
          found = found ?? (record, start + member.count)
        }
      }
    }
    let (victim, place) = try #require(found)
    try editor.changeValue(of: victim.offset, in: TopicPartition(topic: .raw, partition: victim.partition), at: place) { $0 + 1 }
    let error = #expect(throws: ProwziError.self) { try fold(editor.directory) }
    #expect(error?.code == "fold.diverged")
  }
}
