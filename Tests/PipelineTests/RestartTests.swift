import Fixtures
import Model
import Ports
import Testing

@testable import Runtime

/// A fold that ends and goes on from the state it kept.
@Suite struct RestartTests {
  private static func store(_ directory: DataDirectory) -> CheckpointStore { CheckpointStore(files: directory.files, fold: pipelineFold) }

  /// Raw records come in a day at a time, and each day is folded by a run of its own.
  @Test func aFoldThatGoesOnFromItsStateEachDayGivesTheSame() throws {
    let folder = TemporaryFolder()
    let directory = try DataDirectory.create(
      path: folder.path + "/data", partitions: FixtureOutcome.partitions, configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
    var start: Timestamp?
    for day in 1...7 {
      let end = Ingested.start.adding(milliseconds: Int64(day) * .day)
      _ = try Ingest(directory, clock: FixedClock()).manifest(
        Place.signals + "/streams.json", streams: nil, from: start, to: end, stop: StopFlag(), progress: { _ in })
      try fold(directory, batch: 20, checkpointEvery: 30)
      start = end
    }
    let once = try DataDirectory.create(
      path: folder.path + "/once", partitions: FixtureOutcome.partitions, configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
    _ = try Ingest(once, clock: FixedClock()).manifest(
      Place.signals + "/streams.json", streams: nil, from: nil, to: Ingested.end, stop: StopFlag(), progress: { _ in })
    try fold(once)
    #expect(try directory.derivedLines() == once.derivedLines())
    #expect(try verify(directory).isIdentical)
  }

  /// The log vouches for one state of each partition by its digest: another one in its place, though sound in itself, is not taken up.
  @Test func aStateThatTheLogDoesNotVouchForIsNotTakenUp() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    try fold(directory, batch: 20, checkpointEvery: 30)
    let partition = PartitionIndex(0)
    let offsets = try Self.store(directory).offsets(of: partition)
    let (older, newest) = (try #require(offsets.dropLast().last), try #require(offsets.last))
    try Self.store(directory).write(Self.store(directory).read(partition, at: older), partition, at: newest)
    let error = #expect(throws: ProwziError.self) { try fold(directory) }
    #expect(error?.code == "checkpoint.corrupt")
  }

  /// As after an update of the program: all that is lost is the time to fold again, and what comes of it is held against what is recorded.
  @Test func statesOfAnotherFormatArePassedOverAndTheFoldGoesOn() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    try fold(directory, batch: 20, checkpointEvery: 30)
    let lines = try directory.derivedLines()
    let store = Self.store(directory)
    for index in 0..<FixtureOutcome.partitions {
      let partition = PartitionIndex(index)
      var newest: FoldPosition.Checkpoint?
      for offset in try store.offsets(of: partition) {
        var bytes = Array(try store.read(partition, at: offset).dropLast(32))
        bytes[8] -= 1
        let digest = SHA256.digest(of: bytes)
        digest.append(to: &bytes)
        try store.write(bytes, partition, at: offset)
        newest = FoldPosition.Checkpoint(offset: offset, digest: digest)
      }
      let log = try directory.openWriter(pipelineFold)
      defer { log.close() }
      let position = try #require(try log.position(of: pipelineFold, in: partition))
      _ = try log.commit(
        Commit(positions: [FoldPosition(fold: pipelineFold, partition: partition, next: position.next, checkpoint: newest)]))
    }
    try fold(directory, batch: 20, checkpointEvery: 30)
    #expect(try directory.derivedLines() == lines)
    #expect(try verify(directory).isIdentical)
  }

  /// A state whose own digest stands but whose bytes do not fit it.
  @Test func aStateWithAChangedByteIsNotTakenUp() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    try fold(directory, batch: 20, checkpointEvery: 30)
    let partition = PartitionIndex(0)
    let newest = try #require(try Self.store(directory).offsets(of: partition).last)
    var bytes = try Self.store(directory).read(partition, at: newest)
    // In the middle of the tables of the state, where any value is possible.
    bytes[bytes.count - 4000] ^= 1
    try Self.store(directory).write(bytes, partition, at: newest)
    let error = #expect(throws: ProwziError.self) { try fold(directory) }
    #expect(error?.code == "checkpoint.corrupt")
  }
}
