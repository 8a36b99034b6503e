import Configuration
import Fixtures
import Fold
import Glibc
import Model
import Ports
import RecordFormat
import Scorers
import SegmentLog
import Stages
import Testing

@testable import Runtime

/// Scorers that judge beside the one in force: backfill, shadow and live agree byte for byte.
@Suite struct CandidateTests {
  /// The scorer in force, under its own name.
  static func live() throws(ProwziError) -> CompiledScorer { try CompiledConfiguration.builtIn().scorer }

  /// Exploits over ten million dollars lifted, freshness worth more: another order of things.
  static func changed() throws(ProwziError) -> CompiledScorer {
    let patch = """
      {"name":"rush","version":2,"weights":{"freshness":0.45,"novelty":0.15,"impact":0.25,"confidence":0.1,"gap":0.05},
       "expressions":{"impact.exploit":"if amount_usd > 1e7 then 1 else base"}}
      """
    return try ScorerDocument.compile(CompiledConfiguration.patched(live().canonicalBytes, with: [UInt8](text: patch)))
  }

  static func settings(batch: Int = 200) -> RunSettings {
    var settings = RunSettings(threads: 2)
    settings.batch.records = batch
    settings.checkpointRecords = 150
    return settings
  }

  @discardableResult
  static func backfill(
    _ scorer: CompiledScorer, _ directory: DataDirectory, from: Timestamp? = nil, to: Timestamp? = nil, batch: Int = 200,
    stop: StopFlag = StopFlag(), replaces: Bool = false, progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws(ProwziError) -> BackfillReport {
    try Backfill(DataDirectory(path: directory.path), scorer: scorer, from: from, to: to, settings: settings(batch: batch)).run(
      replaces: replaces, now: Ingested.start, stop: stop, progress: progress)
  }

  /// The records of a set's topic that raw records from `starts` on have caused, as comparable lines.
  static func lines(
    _ topic: DerivedTopic, of set: TopicSet, in directory: DataDirectory, from starts: [Offset]? = nil, to ends: [Offset]? = nil
  ) throws -> [String] {
    let log = try DataDirectory(path: directory.path).openReader()
    var lines: [String] = []
    for index in 0..<directory.partitions {
      let target = TopicPartition(topic: set.topic(topic), partition: PartitionIndex(index))
      var next = try starts.map { try log.offset(in: target, causedAtOrAfter: $0[index]) } ?? .zero
      let end = try ends.map { try log.offset(in: target, causedAtOrAfter: $0[index]) } ?? log.bounds(of: target).highWatermark
      while next < end {
        var buffer = RecordBuffer()
        next = try log.read(target, from: next, maxRecords: 1000, maxBytes: 4 << 20, into: &buffer)
        for (number, record) in buffer.records.enumerated() where record.offset < end {
          let key = record.key.map { Array(buffer.bytes[$0]).displayText } ?? "-"
          let value = record.value.map { Array(buffer.bytes[$0]).displayText } ?? "-"
          let headers = buffer.headers(of: number).map { "\($0.name)=\($0.value?.displayText ?? "-")" }.joined(separator: " ")
          lines.append("\(index) \(record.timestamp) \(key) \(headers) \(value)")
        }
      }
    }
    return lines
  }

  /// A new data directory with the beginning of the fixtures' signals.
  static func directory(_ path: String, to end: Timestamp) throws(ProwziError) -> DataDirectory {
    let directory = try DataDirectory.create(
      path: path, partitions: FixtureOutcome.partitions, configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
    try ingest(into: directory, from: nil, to: end)
    return directory
  }

  static func ingest(into directory: DataDirectory, from start: Timestamp?, to end: Timestamp) throws(ProwziError) {
    _ = try Ingest(directory, clock: FixedClock()).manifest(
      Place.signals + "/streams.json", streams: nil, from: start, to: end, stop: StopFlag(), progress: { _ in })
  }

  static let judged: [DerivedTopic] = [.scored, .banded, .briefs]

  @Test func aBackfillOfTheScorerInForceIsWhatIsRecorded() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.folded.directory, as: "data")
    let before = try directory.derivedLines()
    let report = try Self.backfill(try Self.live(), directory)
    for topic in Self.judged {
      let live = try Self.lines(topic, of: .live, in: directory)
      #expect(live.count > 10)
      #expect(try Self.lines(topic, of: report.candidate.set, in: directory) == live, "\(topic)")
      #expect(report.records[topic.rawValue] == live.count)
    }
    #expect(try directory.derivedLines() == before, "nothing live is touched")
  }

  @Test func aWindowBeginsWithTheStateThatThePipelineHadThere() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.folded.directory, as: "data")
    let from = Ingested.start.adding(milliseconds: 3 * .day)
    let report = try Self.backfill(try Self.live(), directory, from: from, to: from.adding(milliseconds: 2 * .day))
    for topic in Self.judged {
      let live = try Self.lines(topic, of: .live, in: directory, from: report.candidate.starts, to: report.candidate.ends)
      #expect(live.count > 3)
      #expect(try Self.lines(topic, of: report.candidate.set, in: directory) == live, "\(topic)")
    }
  }

  @Test func anInterruptedBackfillGoesOnAndGivesTheSame() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.folded.directory, as: "whole")
    let whole = try Self.backfill(try Self.changed(), directory)
    let other = try folder.copy(of: Ingested.folded.directory, as: "parts")
    var interruptions = 0
    for limit in [1, 300, 900, 1700, Int.max] {
      let stop = StopFlag()
      let report = try Self.backfill(try Self.changed(), other, batch: 37, stop: stop) { done, _ in if done >= limit { stop.raise() } }
      interruptions += report.wasStopped ? 1 : 0
    }
    #expect(interruptions >= 3)
    for topic in Self.judged {
      let expected = try Self.lines(topic, of: whole.candidate.set, in: directory)
      #expect(try Self.lines(topic, of: whole.candidate.set, in: other) == expected, "\(topic)")
      #expect(try Self.lines(topic, of: .live, in: directory) != expected, "the scorer changes something")
    }
  }

  @Test func anotherWindowIsRefusedAndReplacedWhenAsked() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.folded.directory, as: "data")
    let to = Ingested.start.adding(milliseconds: .day)
    try Self.backfill(try Self.live(), directory, to: to)
    let error = try #require(throws: ProwziError.self) { try Self.backfill(try Self.live(), directory) }
    #expect(error.code == "candidate.other_window")
    let again = try Self.backfill(try Self.live(), directory, replaces: true)
    #expect(again.resumedAfter == 0)
    #expect(try Self.lines(.banded, of: again.candidate.set, in: directory) == Self.lines(.banded, of: .live, in: directory))
    let reopened = try DataDirectory(path: directory.path)
    try again.candidate.drop(from: reopened)
    #expect(try DataDirectory(path: directory.path).sets.isEmpty)
    #expect(try Candidate.all(in: reopened).isEmpty)
  }

  /// Ingests the second half of the fixtures' first week while a scorer is tried, in the three ways there are.
  @Test func liveShadowAndBackfillOfOneScorerAgree() throws {
    let folder = TemporaryFolder()
    let middle = Ingested.start.adding(milliseconds: 3 * .day)
    let shadowed = try Self.directory(folder.path + "/shadowed", to: middle)
    try fold(shadowed)
    let promoted = try folder.copy(of: shadowed, as: "promoted")
    let scorer = try Self.changed()
    let shadow = try Shadow.start(scorer, in: shadowed, now: middle)
    do {
      let log = try promoted.openWriter(DataDirectory.sensors)
      defer { log.close() }
      _ = try Promotion(promoted, log).promote(scorer, at: middle)
    }
    for directory in [shadowed, promoted] {
      try Self.ingest(into: directory, from: middle, to: Ingested.end)
      try fold(directory, batch: 300, checkpointEvery: 200)
      #expect(try verify(directory).isIdentical, "replay across the moment of the change")
    }
    let backfilled = try Self.backfill(scorer, shadowed, from: middle)
    #expect(try Self.lines(.banded, of: .live, in: shadowed) != Self.lines(.banded, of: .live, in: promoted))
    for topic in Self.judged {
      // The promotion is a raw record of its own: offsets behind it are one higher, and that is all that may differ.
      let starts = shadow.starts.map { $0.advanced(by: 1) }
      let live = try Self.lines(topic, of: .live, in: promoted, from: starts).map { Self.without(shadow.starts, $0) }
      #expect(live.count > 10)
      let beside = try Self.lines(topic, of: shadow.set, in: shadowed)
      #expect(beside == live, "shadow and live, \(topic)")
      let begun = backfilled.candidate.starts
      #expect(
        try Self.lines(topic, of: shadow.set, in: shadowed, from: begun) == Self.lines(topic, of: backfilled.candidate.set, in: shadowed),
        "shadow and backfill, \(topic)")
    }
  }

  /// Raw offsets behind the promotion as they would be without it.
  private static func without(_ promotions: [Offset], _ line: String) -> String {
    line.replacing(/prowzi\.raw\/(\d+)\/(\d+)/) { match in
      let (partition, offset) = (Int(match.1) ?? 0, Int64(match.2) ?? 0)
      return "prowzi.raw/\(partition)/\(offset > promotions[partition].value ? offset - 1 : offset)"
    }
  }

  @Test func aStoppedShadowEndsWhereItWasStopped() throws {
    let folder = TemporaryFolder()
    let middle = Ingested.start.adding(milliseconds: 2 * .day)
    let directory = try Self.directory(folder.path + "/data", to: middle)
    try fold(directory)
    let scorer = try Self.live()
    _ = try Shadow.start(scorer, in: directory, now: middle)
    try Self.ingest(into: directory, from: middle, to: middle.adding(milliseconds: .day))
    try fold(directory)
    let stopped = try Shadow.stop(scorer, in: directory)
    let judged = try Self.lines(.banded, of: stopped.set, in: directory)
    #expect(try judged == Self.lines(.banded, of: .live, in: directory, from: stopped.starts))
    try Self.ingest(into: directory, from: middle.adding(milliseconds: .day), to: Ingested.end)
    try fold(directory)
    #expect(try Self.lines(.banded, of: stopped.set, in: directory) == judged)
    let status = try #require(try CandidateStatus.all(in: try DataDirectory(path: directory.path)).first)
    #expect(status.left == 0)
    #expect(status.events == judged.count)
  }

  /// The program follows while another process promotes, and a third ingests: the moment of the change is where the record lies, in every replay.
  @Test func aPromotionInTheMiddleOfARunningFoldReplaysIdentically() throws {
    let folder = TemporaryFolder()
    let middle = Ingested.start.adding(milliseconds: 3 * .day)
    let directory = try Self.directory(folder.path + "/data", to: middle)
    let document = folder.write(
      [UInt8](text: #"{"extends":"default@1","name":"rush","version":1,"weights":{"freshness":0.45,"novelty":0.05}}"#), to: "rush.json")
    let run = Process.start([Process.prowzi, "run", "--follow", "--data", directory.path, "--batch", "50"])
    try #require(Process.run([Process.prowzi, "scorer", "add", document, "--data", directory.path]).status == 0)
    try #require(Process.run([Process.prowzi, "shadow", "start", "default@1", "--data", directory.path]).status == 0)
    let promotion = Process.run([Process.prowzi, "promote", "rush@1", "--data", directory.path])
    try #require(promotion.status == 0, "\(promotion.output)")
    try Self.ingest(into: directory, from: middle, to: middle.adding(milliseconds: .day))
    for _ in 0..<600 where try Runner.backlog(try directory.openReader(), partitions: directory.partitions) > 0 { usleep(100_000) }
    usleep(1_500_000)
    kill(run, SIGTERM)
    #expect(Process.wait(run) == 130)
    #expect(try verify(directory).isIdentical)
    let scorers = Set(
      try directory.records(of: DerivedTopic.scored.name).compactMap { record in
        record.value.map { $0.displayText.contains(#""scorer":"rush@1""#) }
      })
    #expect(scorers == [true, false], "events before the promotion and behind it")
    let reopened = try DataDirectory(path: directory.path)
    let shadow = try #require(try CandidateStatus.all(in: reopened).first)
    #expect(shadow.left == 0, "the run has folded the shadow too")
    #expect(shadow.events > 0)
    let judged = try Self.lines(.banded, of: shadow.candidate.set, in: reopened)
    #expect(judged.allSatisfy { $0.contains(#""scorer":"default@1""#) })
  }

  @Test func aRollbackPutsBackWhatWasInForceBefore() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.folded.directory, as: "data")
    let log = try directory.openWriter(DataDirectory.sensors)
    defer { log.close() }
    let none = try #require(throws: ProwziError.self) { try Promotion(directory, log).rollback(at: Ingested.end) }
    #expect(none.code == "promotion.no_earlier")
    let third = try ScorerDocument.compile(
      CompiledConfiguration.patched(try Self.changed().canonicalBytes, with: [UInt8](text: #"{"version":3}"#)))
    _ = try Promotion(directory, log).promote(try Self.changed(), at: Ingested.end)
    try fold(directory)
    _ = try Promotion(directory, log).promote(third, at: Ingested.end)
    #expect(try Promotion(directory, log).current.scorer.label == "rush@3")
    #expect(try Promotion(directory, log).rollback(at: Ingested.end).scorer.label == "rush@2")
    #expect(try Promotion(directory, log).rollback(at: Ingested.end).scorer.label == "default@1")
    #expect(throws: ProwziError.self) { try Promotion(directory, log).rollback(at: Ingested.end) }
    try fold(directory)
    #expect(
      try directory.configurations(log).map(\.configuration.scorer.label) == ["default@1", "rush@2", "rush@3", "rush@2", "default@1"])
    #expect(try verify(directory).isIdentical)
  }
}
