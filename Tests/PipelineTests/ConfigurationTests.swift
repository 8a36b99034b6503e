import Configuration
import Fixtures
import Fold
import Model
import Ports
import Runtime
import Stages
import Testing

@Suite struct ConfigurationTests {
  /// The built-in configuration with other weights.
  static func reweighted() throws(ProwziError) -> CompiledConfiguration {
    let patch = [UInt8](text: #"{"score":{"weights":{"freshness":0.3,"impact":0.25}}}"#)
    return try .shared(document: try CompiledConfiguration.patched(CompiledConfiguration.builtInDocument, with: patch))
  }

  @Test func aChangedWeightIsFoundInTheScoresByPartitionAndOffset() throws {
    let request = ReplayRequest(configuration: try Self.reweighted())
    let report = try Verifier(Ingested.folded.directory).verify(
      request, threads: 2, batch: BatchSize(records: 500), stop: StopFlag(), progress: { _ in })
    for partition in report.partitions {
      let difference = try #require(partition.difference)
      #expect(difference.topic == DerivedTopic.scored.name, "what lies before scoring is the same")
      #expect(difference.part == "value")
      #expect(difference.recorded != difference.folded)
    }
  }

  @Test func theSameConfigurationGivenBesideTheLogIsIdentical() throws {
    let request = ReplayRequest(configuration: try .builtIn())
    let report = try Verifier(Ingested.folded.directory).verify(
      request, threads: 2, batch: BatchSize(records: 500), stop: StopFlag(), progress: { _ in })
    #expect(report.isIdentical)
  }

  /// Signals, a new configuration, more signals: the log alone says which weights were in force when.
  @Test func aConfigurationAppliedMidStreamReplaysIdentically() throws {
    let folder = TemporaryFolder()
    let middle = Ingested.start.adding(milliseconds: 3 * .day)
    let directory = try FixtureFolder.ingest(Place.signals, into: folder.path + "/data", to: middle)
    let live = try folder.copy(of: directory, as: "live")
    let configuration = try Self.reweighted()
    for each in [directory, live] {
      // One is folded as it goes, the other at the end.
      if each.path == live.path { try fold(each, batch: 100) }
      try apply(configuration, to: each, at: middle)
      _ = try Ingest(each, clock: FixedClock()).manifest(
        Place.signals + "/streams.json", streams: nil, from: middle, to: middle.adding(milliseconds: 2 * .day), stop: StopFlag(),
        progress: { _ in })
      try fold(each, batch: 33, checkpointEvery: 90)
      #expect(try verify(each).isIdentical)
    }
    #expect(try live.derivedLines() == directory.derivedLines())
    let configurations = Set(try directory.records(of: DerivedTopic.scored.name).map { $0.header("prowzi-config") })
    let inForce = [try CompiledConfiguration.builtIn(), configuration].map { String($0.digest.hex.prefix(16)) }
    #expect(configurations == Set(inForce))
  }

  @Test func aBadConfigurationRecordIsADeadLetterAndTheOldOneStaysInForce() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    let log = try directory.openWriter(DataDirectory.sensors)
    try RawAppender(log: log, partitions: directory.partitions).appendControl(
      type: FoldControl.configurationType, value: [UInt8](text: #"{"score":{}}"#), at: Ingested.end)
    log.close()
    try fold(directory)
    let letters = try directory.records(of: DerivedTopic.deadletters.name).filter { $0.header("prowzi-error-code") == "control.bad_config" }
    #expect(letters.count == directory.partitions)
    #expect(try verify(directory).isIdentical)
  }
}

/// Writes a configuration into the log, as `prowzi config apply` does.
func apply(_ configuration: CompiledConfiguration, to directory: DataDirectory, at time: Timestamp) throws(ProwziError) {
  let log = try directory.openWriter(DataDirectory.sensors)
  defer { log.close() }
  try RawAppender(log: log, partitions: directory.partitions).appendControl(
    type: FoldControl.configurationType, value: configuration.canonicalBytes, at: time)
}
