import Fixtures
import Glibc
import Inspect
import Model
import Ports
import Runtime
import Stages
import Testing

@Suite struct CheckpointTests {
  static func rebuild(_ directory: DataDirectory, every: Int, _ request: ReplayRequest = ReplayRequest()) throws -> [RebuiltStates] {
    try CheckpointCatalogue(directory).rebuild(request, every: every, threads: 2, stop: StopFlag(), progress: { _ in })
  }

  @Test func rebuiltStatesAreThoseThatTheRunKept() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    try fold(directory, batch: 50, checkpointEvery: 100)
    let kept = try CheckpointCatalogue(directory).list()
    #expect(kept.count > 8)
    #expect(kept.allSatisfy { $0.soundness == .valid && $0.fileSize < $0.size && $0.time != nil })
    let file = try #require(kept.first { $0.offset.value % 100 == 0 })
    let path = "\(directory.path)/checkpoints"
    #expect(Process.run(["/bin/sh", "-c", "rm -r \(path)/*"]).status == 0)
    #expect(try CheckpointCatalogue(directory).list().isEmpty)
    let rebuilt = try Self.rebuild(directory, every: 100)
    #expect(rebuilt.allSatisfy { $0.difference == nil && $0.found.isEmpty && $0.from == .zero })
    #expect(rebuilt.contains { $0.written.count >= 2 })
    let states = try CheckpointCatalogue(directory).list()
    #expect(states.contains { $0.partition == file.partition && $0.offset == file.offset && $0.digest == file.digest })
    #expect(try verify(directory).isIdentical)
    // What is there is not made again.
    let again = try Self.rebuild(directory, every: 100)
    #expect(again.allSatisfy { $0.written.isEmpty && $0.difference == nil })
    #expect(again.map(\.found) == rebuilt.map { $0.written })
  }

  /// Whoever follows does not wait for states: they are written beside the fold that goes on, and named by the commit after that.
  @Test func statesWrittenBesideAFollowingFoldAreThoseOfTheirMoment() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    var settings = RunSettings(threads: 2)
    settings.follow = true
    settings.batch.records = 50
    settings.checkpointRecords = 100
    let stop = StopFlag()
    let runner = Runner(directory, settings: settings, clock: FixedClock())
    let run = BackgroundWork { () throws(ProwziError) in try runner.run(stop: stop) }
    for _ in 0..<3000 {
      if try Runner.backlog(directory.openReader(), partitions: directory.partitions) == 0 { break }
      usleep(10_000)
    }
    stop.raise()
    #expect(try run.value().counters.events > 0)
    let kept = try CheckpointCatalogue(directory).list()
    #expect(kept.allSatisfy { $0.soundness == .valid })
    let between = kept.filter { $0.offset.value % 50 == 0 }
    #expect(between.count > 4)

    #expect(Process.run(["/bin/sh", "-c", "rm -r \(directory.path)/checkpoints/*"]).status == 0)
    #expect(try Self.rebuild(directory, every: 50).allSatisfy { $0.difference == nil })
    let made = try CheckpointCatalogue(directory).list()
    for state in between {
      #expect(made.contains { $0.partition == state.partition && $0.offset == state.offset && $0.digest == state.digest })
    }
    #expect(try verify(directory).isIdentical)
  }

  @Test func aWindowGetsStatesOfItsOwn() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    try fold(directory)
    let before = try CheckpointCatalogue(directory).list()
    let rebuilt = try Self.rebuild(directory, every: 5, Window.request())
    let log = try directory.openReader()
    for part in rebuilt {
      let window = try ReplayWindow(Window.request(), of: part.partition, in: log)
      #expect(part.written.allSatisfy { $0 >= window.from && $0 <= window.to && $0.value % 5 == 0 })
    }
    #expect(rebuilt.contains { $0.written.count > 3 })
    #expect(try CheckpointCatalogue(directory).list().count == before.count + rebuilt.reduce(0) { $0 + $1.written.count })
  }

  /// A changed derived record: what follows it in its partition must not be vouched for.
  @Test func noStateIsKeptBehindADifference() throws {
    let folder = TemporaryFolder()
    let editor = try SegmentEditor.uncompressed(Ingested.directory, in: folder)
    let directory = editor.directory
    try fold(directory, batch: 100)
    #expect(Process.run(["/bin/sh", "-c", "rm -r \(directory.path)/checkpoints/*"]).status == 0)
    let log = try directory.openReader()
    let target = TopicPartition(topic: DerivedTopic.scored.name, partition: PartitionIndex(0))
    let middle = Offset(try log.bounds(of: target).highWatermark.value / 2)
    try editor.changeValue(of: middle, in: target, at: 30) { $0 ^ 1 }
    let rebuilt = try Self.rebuild(try DataDirectory(path: directory.path), every: 20)
    let broken = try #require(rebuilt.first { $0.partition == target.partition })
    #expect(broken.difference?.topic == target.topic)
    #expect(broken.difference?.offset == middle)
    let raw = try #require(broken.difference).rawOffset
    #expect(!broken.written.isEmpty && broken.written.allSatisfy { $0 <= raw })
    #expect(rebuilt.filter { $0.partition != target.partition }.allSatisfy { $0.difference == nil })
  }

  @Test func aDamagedStateIsNamedPassedOverAndMadeAgain() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    try fold(directory, batch: 50, checkpointEvery: 100)
    let victim = try #require(try CheckpointCatalogue(directory).list().first { $0.offset.value % 100 == 0 })
    let digits = String(victim.offset.value)
    let name = String(repeating: "0", count: 20 - digits.count) + digits
    let path = "\(directory.path)/checkpoints/pipeline-\(victim.partition)/\(name).checkpoint"
    var bytes = FileBytes.read(path)
    bytes[bytes.count / 2] ^= 0x10
    FileBytes.write(bytes, to: path)
    let states = try CheckpointCatalogue(directory).list()
    let damaged = states.filter { $0.soundness != .valid }
    #expect(damaged.map(\.offset) == [victim.offset])
    // A replay that would begin with it begins earlier.
    #expect(try verify(directory).isIdentical)
    let rebuilt = try Self.rebuild(directory, every: 100)
    #expect(rebuilt.contains { $0.partition == victim.partition && $0.written.contains(victim.offset) })
    #expect(try CheckpointCatalogue(directory).list().allSatisfy { $0.soundness == .valid })
  }

  @Test func asManyStatesAreKeptAsTheRunIsTold() throws {
    let folder = TemporaryFolder()
    for kept in [2, 5] {
      let directory = try folder.copy(of: Ingested.directory, as: "data-\(kept)")
      var settings = RunSettings(threads: 2)
      settings.batch.records = 20
      settings.checkpointRecords = 20
      settings.checkpointsKept = kept
      _ = try Runner(directory, settings: settings, clock: FixedClock()).run(stop: StopFlag())
      let states = try CheckpointCatalogue(directory).list()
      for index in 0..<directory.partitions {
        #expect(states.filter { Int($0.partition.value) == index }.count <= kept)
      }
      #expect(states.contains { state in states.filter { $0.partition == state.partition }.count == kept })
    }
  }
}
