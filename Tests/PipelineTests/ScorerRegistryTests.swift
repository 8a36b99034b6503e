import Configuration
import Fixtures
import Model
import Ports
import RecordFormat
import Runtime
import Scorers
import SegmentLog
import Stages
import Testing

/// The laws of the registry, over a log on the disk.
@Suite struct ScorerRegistryTests {
  static func document(_ name: String, _ version: Int, gap: String = "0.5", extends base: String = "default@1") -> [UInt8] {
    [UInt8](text: "{\"name\":\"\(name)\",\"version\":\(version),\"extends\":\"\(base)\",\"expressions\":{\"gap\":\"\(gap)\"}}")
  }

  static func directory(_ folder: TemporaryFolder) throws -> DataDirectory {
    try DataDirectory.create(
      path: folder.path + "/data", partitions: 4, configuration: .builtIn(), now: Timestamp(milliseconds: 0)
    )
  }

  static func add(_ document: [UInt8], to directory: DataDirectory, at milliseconds: Int64 = 0) throws -> (RegisteredScorer, Bool) {
    let log = try directory.openWriter(DataDirectory.control)
    defer { log.close() }
    return try ScorerRegistry(log: log).add(document, to: log, now: Timestamp(milliseconds: milliseconds))
  }

  @Test func theTopicIsOnePartitionHoweverManyOthersHave() throws {
    let folder = TemporaryFolder()
    let directory = try Self.directory(folder)
    #expect(directory.topics.first { $0.name == .scorers }?.partitions == 1)
    #expect(directory.topics.first { $0.name == .raw }?.partitions == 4)
    #expect(directory.partitions == 4)
  }

  @Test func listsTheBuiltInOneAndTheOthersByNameAndVersion() throws {
    let folder = TemporaryFolder()
    let directory = try Self.directory(folder)
    for (name, version) in [("b", 2), ("a", 10), ("b", 1), ("a", 9)] { _ = try Self.add(Self.document(name, version), to: directory) }
    let registry = ScorerRegistry(log: try directory.openReader())
    #expect(try registry.list().map { "\($0.label)" } == ["default@1", "a@9", "a@10", "b@1", "b@2"])
    #expect(try ScorerRegistry(log: nil).list().map { "\($0.label)" } == ["default@1"])
  }

  @Test func whatIsFoundIsWhatWasAddedAndWhole() throws {
    let folder = TemporaryFolder()
    let directory = try Self.directory(folder)
    let (added, isNew) = try Self.add(Self.document("a", 1), to: directory, at: 77)
    #expect(isNew)
    let found = try ScorerRegistry(log: try directory.openReader()).find("a@1")
    #expect(found.scorer.canonicalBytes == added.scorer.canonicalBytes)
    #expect(found.addedAt == Timestamp(milliseconds: 77))
    #expect(found.place == Coordinates("prowzi.scorers/0/0"))
    // It stands by itself, whatever becomes of what it extended.
    #expect(try ScorerDocument.compile(found.scorer.canonicalBytes).digest == added.scorer.digest)
    #expect(try ScorerDocument.extended(by: found.scorer.canonicalBytes) == nil)
  }

  @Test func theSameAgainChangesNothingAndOtherBytesAreRefused() throws {
    let folder = TemporaryFolder()
    let directory = try Self.directory(folder)
    _ = try Self.add(Self.document("a", 1), to: directory, at: 1)
    _ = try Self.add(Self.document("a", 4), to: directory, at: 2)
    let (again, isNew) = try Self.add(Self.document("a", 1), to: directory, at: 3)
    #expect(!isNew)
    #expect(again.addedAt == Timestamp(milliseconds: 1))
    let error = #expect(throws: ProwziError.self) { try Self.add(Self.document("a", 1, gap: "0.6"), to: directory) }
    #expect(error?.code == "scorer.immutable")
    #expect(error?.advice == "Give this one the version 5.")
    let bounds = try directory.openReader().bounds(of: TopicPartition(topic: .scorers, partition: PartitionIndex(0)))
    #expect(bounds.highWatermark == Offset(2))
  }

  @Test func aScorerThatThisProgramLacksIsPassedOverInListsAndRefusedByName() throws {
    let folder = TemporaryFolder()
    let directory = try Self.directory(folder)
    let log = try directory.openWriter(DataDirectory.control)
    var whole = try ScorerDocument.whole(Self.document("later", 1), over: CompiledConfiguration.builtIn().scorer.canonicalBytes)
    whole = try CompiledConfiguration.patched(whole, with: [UInt8](text: "{\"expressions\":null,\"swift\":\"corroboration@2\"}"))
    var records = RecordBuffer()
    records.append(timestamp: Timestamp(milliseconds: 0), key: [UInt8](text: "later@1"), value: whole, headers: [])
    let target = TopicPartition(topic: .scorers, partition: PartitionIndex(0))
    _ = try log.commit(Commit(appends: [.init(target: target, records: records)]))
    log.close()
    let registry = ScorerRegistry(log: try directory.openReader())
    #expect(try registry.list().count == 1)
    let error = #expect(throws: ProwziError.self) { try registry.find("later@1") }
    #expect(error?.message == "this program has no scorer \"corroboration@2\"")
  }

  @Test func aFoldGoesOnWhileAScorerIsRegistered() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    let pipeline = try directory.openWriter(DataDirectory.pipeline)
    defer { pipeline.close() }
    _ = try Self.add(Self.document("a", 1), to: directory.ensuring(.scorers))
  }

  /// Half of the events judged by another scorer, then that scorer for all: one fold, any batches, one replay.
  @Test func aCanaryAndItsPromotionReplayIdentically() throws {
    let folder = TemporaryFolder()
    let third = Ingested.start.adding(milliseconds: 2 * .day)
    let two = Ingested.start.adding(milliseconds: 4 * .day)
    let candidate = try ScorerDocument.whole(
      [UInt8](
        text: """
          {"name":"candidate","version":2,"extends":"default@1","gap":{"window_ms":2592000000},\
          "expressions":{"impact":"base + 0.1","total":"max(base, impact)"}}
          """), over: CompiledConfiguration.builtIn().scorer.canonicalBytes)
    var outcomes: [[String]] = []
    for (name, batch, checkpoint) in [("a", 4000, 250_000), ("b", 37, 90)] {
      let directory = try FixtureFolder.ingest(Place.signals, into: folder.path + "/" + name, to: third)
      let canary = try CompiledConfiguration(
        document: CompiledConfiguration.builtIn().document(withCanary: candidate, percent: 50, salt: "x"))
      for (configuration, from, to) in [
        (canary, third, two), (try CompiledConfiguration(document: canary.document(withScorer: candidate)), two, Ingested.end),
      ] {
        if name == "b" { try fold(directory, batch: batch, checkpointEvery: checkpoint) }
        try apply(configuration, to: directory, at: from)
        _ = try Ingest(directory, clock: FixedClock()).manifest(
          Place.signals + "/streams.json", streams: nil, from: from, to: to, stop: StopFlag(), progress: { _ in })
      }
      try fold(directory, batch: batch, checkpointEvery: checkpoint)
      #expect(try verify(directory).isIdentical)
      let log = try directory.openReader()
      outcomes.append(
        try (0..<directory.partitions).map {
          try log.bounds(of: TopicPartition(topic: DerivedTopic.briefs.name, partition: PartitionIndex($0))).digest.hex
        })
    }
    #expect(outcomes[0] == outcomes[1])
  }
}
