import Dispatch
import Fixtures
import Glibc
import Model
import Ports
import Runtime
import Testing

/// How a pipeline may be run without anyone being able to tell afterwards.
struct RunCase: Sendable, CustomTestStringConvertible {
  var batch = 4000
  var threads = 2
  var checkpointEvery = 250_000

  var testDescription: String { "batches of \(batch), \(threads) threads, checkpoints every \(checkpointEvery)" }
}

@Suite struct DeterminismTests {
  @Test(arguments: [
    RunCase(batch: 1), RunCase(batch: 7, threads: 1), RunCase(batch: 7), RunCase(batch: 1000, threads: 1), RunCase(batch: 1000),
    RunCase(threads: 1), RunCase(batch: 50, threads: 4, checkpointEvery: 50), RunCase(batch: 64, checkpointEvery: 177),
  ])
  func derivedTopicsDoNotDependOnHowTheFoldIsRun(_ run: RunCase) throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    try fold(directory, batch: run.batch, threads: run.threads, checkpointEvery: run.checkpointEvery)
    #expect(try directory.derivedLines() == Ingested.outcome.derivedLines)
  }

  @Test(arguments: [1, 7, 1000, 4000]) func replayEqualsWhatIsRecorded(_ batch: Int) throws {
    let report = try verify(Ingested.folded.directory, batch: batch)
    #expect(report.isIdentical)
    #expect(report.partitions.reduce(0) { $0 + $1.compared } == Ingested.outcome.topics.joined().reduce(0) { $0 + Int($1.next.value) })
  }

  /// A window's replay begins at a checkpoint, so this also holds the state of checkpoints against the whole fold.
  @Test func replayOfAWindowStartsAtACheckpointAndIsIdentical() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    try fold(directory, batch: 50, checkpointEvery: 60)
    let middle = Ingested.start.adding(milliseconds: 3 * .day)
    let report = try Verifier(directory).verify(
      ReplayRequest(from: middle, to: middle.adding(milliseconds: 2 * .day)), threads: 2, batch: BatchSize(records: 100), stop: StopFlag(),
      progress: { _ in })
    #expect(report.isIdentical)
    #expect(report.partitions.contains { $0.foldedFrom > .zero })
    #expect(report.partitions.contains { $0.compared > 0 })
  }

  @Test func tenPiecesGiveTheSameAsOneGo() throws {
    let folder = TemporaryFolder()
    let directory = try FixtureFolder.ingest(
      Place.signals, into: folder.path + "/data", cuts: (1...9).map { Ingested.start.adding(milliseconds: Int64($0) * 17 * .hour) },
      to: Ingested.end)
    #expect(try rawLines(directory) == rawLines(Ingested.directory))
    try fold(directory)
    #expect(try directory.derivedLines() == Ingested.outcome.derivedLines)
  }

  @Test func stoppingAndGoingOnGivesTheSameAsOneGo() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    var folded = 0
    // Each pass goes on from the state on disk, not from memory.
    while folded < Ingested.records {
      let stop = StopFlag()
      var settings = RunSettings(threads: 2)
      settings.batch.records = 25
      settings.checkpointRecords = 70
      let runner = Runner(directory, settings: settings, clock: FixedClock())
      DispatchQueue.global().async {
        while !stop.isRaised, runner.recordsFolded < 300 { usleep(100) }
        stop.raise()
      }
      let report = try runner.run(stop: stop)
      stop.raise()
      #expect(report.counters.records > 0)
      #expect(report.counters.records < Ingested.records, "it was stopped midway")
      folded += report.counters.records
    }
    #expect(folded == Ingested.records)
    #expect(try directory.derivedLines() == Ingested.outcome.derivedLines)
  }

  private func rawLines(_ directory: DataDirectory) throws(ProwziError) -> [String] {
    let log = try directory.openReader()
    var lines: [String] = []
    for index in 0..<directory.partitions {
      let bounds = try log.bounds(of: TopicPartition(topic: TopicName(known: "prowzi.raw"), partition: PartitionIndex(index)))
      lines.append("\(index) \(bounds.highWatermark) \(bounds.digest.hex)")
    }
    return lines
  }
}
