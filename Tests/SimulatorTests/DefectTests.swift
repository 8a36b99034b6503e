import Configuration
import Generator
import Model
import Ports
import RecordFormat
import Runtime
import SegmentLog
import Simulation
import Stages
import Testing

/// What the simulator has found, each without it.
@Suite struct DefectTests {
  static let start = SignalGenerator.defaultStart

  /// A data directory on a simulated machine, with so many generated signals in its raw topic.
  static func directory(_ machine: any FileSystem, signals: Int, partitions: Int = 1) throws(ProwziError) -> DataDirectory {
    let directory = try DataDirectory.create(
      path: "simulated", partitions: partitions, configuration: try .builtIn(), now: start, files: machine)
    let log = try directory.openWriter(DataDirectory.sensors)
    defer { log.close() }
    var appender = RawAppender(log: log, partitions: partitions)
    var generator = SignalGenerator(seed: 4, profile: .text)
    for _ in 0..<signals {
      let item = generator.next()
      try appender.append(
        source: item.source, contentType: item.contentType, value: item.value, columns: item.columns, key: Array(item.source.utf8),
        observedAt: item.observedAt)
    }
    try appender.flush()
    return directory
  }

  static func settings() -> RunSettings {
    var settings = RunSettings(threads: 1)
    settings.batch.records = 4
    settings.checkpointRecords = 4
    settings.checkpointsKept = 2
    settings.checkpointInterval = .seconds(1 << 40)
    return settings
  }

  @Test func aCreationKilledAtAnyCallCanBeMadeAgain() throws {
    var calls = 0
    for seed in UInt64(0)..<3 {
      for change in stride(from: 1, to: 400, by: 3) {
        let machine = SimulatedFileSystem(seed: seed)
        let process = SimulatedProcess(machine, seed: seed)
        process.kill(atChange: change)
        let first = try? DataDirectory.create(path: "d", partitions: 1, configuration: try .builtIn(), now: Self.start, files: process)
        if change % 2 == 0 { machine.crash() }
        let files = SimulatedProcess(machine, seed: 0)
        if (try? DataDirectory(path: "d", files: files)) == nil {
          #expect(first == nil || process.isDead, "change \(change)")
          _ = try DataDirectory.create(path: "d", partitions: 1, configuration: try .builtIn(), now: Self.start, files: files)
        }
        machine.crash()
        let directory = try DataDirectory(path: "d", files: machine)
        #expect(directory.topics.count >= 8 && directory.partitions == 1, "change \(change)")
        #expect(try directory.openReader().bounds(of: TopicPartition(topic: .raw, partition: PartitionIndex(0))).highWatermark >= Offset(1))
        calls += 1
        if !process.isDead { break }
      }
    }
    #expect(calls > 50)
  }

  /// Killed at every call between two states, and power lost: the state that the log names must be there.
  @Test func theStateThatTheLogNamesIsThereWhateverIsInterrupted() throws {
    for change in stride(from: 1, to: 160, by: 2) {
      let machine = SimulatedFileSystem(seed: UInt64(change))
      _ = try Self.directory(machine, signals: 24)
      let process = SimulatedProcess(machine, seed: UInt64(change))
      let pipeline = try LivePipeline(try DataDirectory(path: "d", files: process), settings: Self.settings())
      for _ in 0..<3 { _ = try pipeline.turn(0) }
      process.kill(atChange: change)
      while (try? pipeline.turn(0)) ?? 0 > 0 {}
      process.kill()
      if change % 4 == 1 { machine.crash() }
      let again = try LivePipeline(try DataDirectory(path: "d", files: machine), settings: Self.settings())
      while try again.turn(0) > 0 {}
      #expect(try again.log.position(of: pipelineFold, in: PartitionIndex(0))?.next == Offset(25), "change \(change)")
    }
  }

  /// Of two processes one makes the directory of the states and dies, the other fills it.
  @Test func aDirectoryOfStatesWhoseMakerDiedIsDurable() throws {
    for seed in UInt64(0)..<12 {
      let machine = SimulatedFileSystem(seed: seed)
      let directory = try Self.directory(machine, signals: 8)
      try machine.createDirectory("checkpoints/pipeline-0")
      let pipeline = try LivePipeline(directory, settings: Self.settings())
      while try pipeline.turn(0) > 0 {}
      try pipeline.finish()
      machine.crash()
      let again = try LivePipeline(directory, settings: Self.settings())
      #expect(try again.turn(0) == 0, "seed \(seed)")
    }
  }

  @Test func replayAgreesWithALogWhoseDerivedBeginningWasRemoved() throws {
    let machine = SimulatedFileSystem()
    let small = try Self.directory(machine, signals: 60).resized(segmentBytes: 2000, retentionBytes: 9000)
    let pipeline = try LivePipeline(small, settings: Self.settings())
    while try pipeline.turn(0) > 0 {}
    try pipeline.finish()
    #expect(try pipeline.log.enforceRetention(now: Self.start) > 0)
    pipeline.log.close()
    let log = try small.openReader()
    let starts = try DerivedTopic.allCases.map { try log.bounds(of: TopicPartition(topic: $0.name, partition: PartitionIndex(0))).logStart }
    #expect(starts.contains { $0 > .zero })
    for hours in [nil, 1, 6, 20, 48] as [Int64?] {
      let request = ReplayRequest(from: hours.map { Self.start.adding(milliseconds: $0 * .hour) })
      guard let report = try? Verifier(small).verify(request, threads: 1, stop: StopFlag(), progress: { _ in }) else { continue }
      #expect(report.isIdentical, "from \(String(describing: hours)) hours: \(String(describing: report.partitions.first?.difference))")
    }
    #expect(try Verifier(small).verify(ReplayRequest(), threads: 1, stop: StopFlag(), progress: { _ in }).partitions[0].compared > 0)
  }
}
