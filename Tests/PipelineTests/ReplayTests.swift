import Fixtures
import Glibc
import Inspect
import Model
import Ports
import RecordFormat
import Runtime
import SegmentLog
import Stages
import Synchronization
import Testing

/// Steady time that moves only when somebody waits for it.
final class HandClock: SteadyClock {
  private let state = Mutex((now: Duration.seconds(1000), waits: [Duration]()))
  /// Raised once this much time has gone by.
  private let stop: (flag: StopFlag, after: Duration)?

  init(stop: (flag: StopFlag, after: Duration)? = nil) { self.stop = stop }

  func now() -> Duration { state.withLock { $0.now } }
  func wait(until moment: Duration) {
    state.withLock { state in
      state.waits.append(moment - state.now)
      state.now = moment
      if let stop, state.now - .seconds(1000) >= stop.after { stop.flag.raise() }
    }
  }
  var elapsed: Duration { now() - .seconds(1000) }
  var waits: [Duration] { state.withLock { $0.waits } }
}

/// The second day of the fixtures, six hours of it.
enum Window {
  static let from = Ingested.start.adding(milliseconds: 2 * .day)
  static let to = from.adding(milliseconds: 6 * .hour)
  static func request(_ stages: [StageName] = StageName.allCases) -> ReplayRequest {
    ReplayRequest(from: from, to: to, stages: Set(stages))
  }
}

/// A record without its offset, as text that can be compared.
struct RecordText: Equatable, CustomStringConvertible {
  var key: [UInt8]?
  var value: [UInt8]?
  var headers: [UInt8]
  var time: Timestamp

  init(_ buffer: RecordBuffer, _ index: Int) {
    let layout = buffer.records[index]
    key = layout.key.map { Array(buffer.bytes[$0]) }
    value = layout.value.map { Array(buffer.bytes[$0]) }
    headers = Array(buffer.bytes[layout.headers])
    time = layout.timestamp
  }

  var description: String { "\(time) \(key?.displayText ?? "null") \((value ?? []).displayText.prefix(200))" }
}

extension LogReader {
  func texts(_ target: TopicPartition, from: Offset? = nil, to: Offset? = nil) throws -> [RecordText] {
    var found: [RecordText] = []
    try walk(target, from: from, to: to) { (buffer, index) throws(ProwziError) in
      found.append(RecordText(buffer, index))
      return true
    }
    return found
  }

  /// What the window's raw records have caused in a live topic.
  func liveTexts(_ topic: DerivedTopic, _ window: ReplayWindow) throws -> (first: Offset, texts: [RecordText]) {
    let target = TopicPartition(topic: topic.name, partition: window.partition)
    let first = try offset(in: target, causedAtOrAfter: window.from)
    let last = try offset(in: target, causedAtOrAfter: window.to)
    return (first, try texts(target, from: first, to: last))
  }
}

@Suite struct ReplayTests {
  /// Folded with states every hundred records.
  static func folded(_ folder: TemporaryFolder, _ name: String = "data") throws -> DataDirectory {
    let directory = try folder.copy(of: Ingested.directory, as: name)
    try fold(directory, batch: 50, checkpointEvery: 100)
    return directory
  }

  @discardableResult
  static func replay(
    _ directory: DataDirectory, _ request: ReplayRequest, into name: String = "test", batch: Int = 64, pace: Pace = .unlimited,
    clock: any SteadyClock = HandClock(), replaces: Bool = false, stop: StopFlag = StopFlag(),
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) throws(ProwziError) -> ReplaySetStatus {
    var run = RunSettings(threads: 2)
    run.batch.records = batch
    run.checkpointRecords = 30
    var settings = SetReplaySettings(run)
    settings.pace = pace
    settings.replaces = replaces
    return try SetReplay(directory, clock: clock).run(request, into: name, settings, stop: stop, progress: progress)
  }

  static func expectLive(_ status: ReplaySetStatus, in path: String) throws {
    let log = try DataDirectory(path: path).openReader()
    var count = 0
    for topic in status.set.request.topics {
      let name = try TopicSet(.replay, status.set.name).topic(topic)
      for window in status.set.windows {
        let live = try log.liveTexts(topic, window).texts
        let replayed = try log.texts(TopicPartition(topic: name, partition: window.partition))
        #expect(replayed == live, "\(topic) \(window)")
        count += live.count
      }
    }
    #expect(count > 20, "the window holds something to compare")
  }

  @Test(arguments: [StageName.allCases, [.normalize, .enrich], [.score, .band, .curate], [.band]])
  func whatIsReplayedIntoASetEqualsTheLiveRecordsOfTheWindow(_ stages: [StageName]) throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    let before = try directory.derivedLines()
    let status = try Self.replay(directory, Window.request(stages))
    #expect(status.isComplete)
    #expect(status.topics.count == (stages.count == 5 ? 7 : stages.count))
    try Self.expectLive(status, in: directory.path)
    #expect(try directory.derivedLines() == before)
  }

  @Test func aReplayStoppedMidwayGoesOnAndGivesTheSame() throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    let whole = try Self.replay(directory, Window.request(), into: "whole")
    let stop = StopFlag()
    let seen = Atomic<Int>(0)
    var status = try Self.replay(directory, Window.request(), into: "pieces", batch: 3, stop: stop) { _ in
      if seen.wrappingAdd(1, ordering: .relaxed).newValue > 40 { stop.raise() }
    }
    #expect(!status.isComplete)
    status = try Self.replay(try DataDirectory(path: directory.path), Window.request(), into: "pieces", batch: 7)
    #expect(status.isComplete)
    #expect(status.topics.map(\.digests) == whole.topics.map(\.digests))
    #expect(status.topics.map(\.records) == whole.topics.map(\.records))
    // Asking once more changes nothing.
    let again = try Self.replay(try DataDirectory(path: directory.path), Window.request(), into: "pieces")
    #expect(again.topics.map(\.digests) == whole.topics.map(\.digests))
  }

  @Test func anotherRequestUnderTheSameNameIsRefusedUnlessItReplaces() throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    try Self.replay(directory, Window.request())
    var other = Window.request()
    other.to = Window.to.adding(milliseconds: .hour)
    let known = try DataDirectory(path: directory.path)
    #expect(throws: ProwziError.self) { try Self.replay(known, other) }
    do { try Self.replay(known, other) } catch { #expect(error.code == "replay.other_request") }
    let replaced = try Self.replay(known, other, replaces: true)
    #expect(replaced.set.request.to == other.to)
    try Self.expectLive(replaced, in: directory.path)
    #expect(try DataDirectory(path: directory.path).replaySets().map(\.set.name) == ["test"])
  }

  @Test func aDroppedSetLeavesNothingBehind() throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    func files() -> [String] {
      Process.run(["/usr/bin/find", directory.path, "-type", "f", "-not", "-name", "*.lock"]).output.split(separator: "\n").map(String.init)
        .sorted()
    }
    let before = files()
    try Self.replay(directory, Window.request())
    #expect(files().count > before.count)
    let known = try DataDirectory(path: directory.path)
    #expect(known.sets.count == 1)
    try known.dropReplay("test")
    #expect(files() == before)
    do {
      try DataDirectory(path: directory.path).dropReplay("test")
      Issue.record("a set that is not there was dropped")
    } catch { #expect(error.code == "replay.no_set") }
  }

  /// The program follows and a sensor writes while a window is replayed.
  @Test func aReplayRunsBesideTheLivePipeline() throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    let alone = try Self.replay(directory, Window.request(), into: "alone")
    let live = Process.start([Process.prowzi, "run", "--data", directory.path, "--follow", "--batch", "20"])
    usleep(500_000)
    let line = #"{"first_seen_at":"2026-03-21T03:10:18Z","title":"A small gardening club meets on Tuesdays"}"#
    let file = folder.write([UInt8]((line + "\n").utf8), to: "headlines.jsonl")
    let sensor = Process.start([
      Process.prowzi, "ingest", "--data", directory.path, "--source", "ai_headlines", "--time-field", "first_seen_at", file,
    ])
    let beside = try Self.replay(try DataDirectory(path: directory.path), Window.request(), into: "beside")
    #expect(Process.wait(sensor) == 0)
    usleep(500_000)
    kill(live, SIGTERM)
    #expect(Process.wait(live) == 130)
    #expect(beside.topics.map(\.digests) == alone.topics.map(\.digests))
    let report = try verify(try DataDirectory(path: directory.path))
    #expect(report.isIdentical)
  }

  // MARK: Printing

  static func printed(
    _ directory: DataDirectory, _ request: ReplayRequest, pace: Pace = .unlimited, clock: any SteadyClock = HandClock(),
    stop: StopFlag = StopFlag()
  ) throws -> [MadeRecords] {
    var replay = try MergedReplay(directory, request, threads: 2, pace: pace, clock: clock, stop: stop)
    var all: [MadeRecords] = []
    while let made = try replay.next(stop: stop) { all.append(made) }
    return all
  }

  @Test(arguments: [StageName.allCases, [.score, .band, .curate]])
  func theStreamHoldsTheLiveRecordsInTheOrderOfObservedTimes(_ stages: [StageName]) throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    let made = try Self.printed(directory, Window.request(stages))
    let log = try directory.openReader()
    for index in 0..<directory.partitions {
      let window = try ReplayWindow(Window.request(stages), of: PartitionIndex(index), in: log)
      for topic in Window.request(stages).topics {
        let buffers = made.filter { $0.partition == window.partition }.flatMap(\.records).filter { $0.topic == topic }.map(\.buffer)
        let live = try log.liveTexts(topic, window)
        #expect(buffers.flatMap { buffer in buffer.records.indices.map { RecordText(buffer, $0) } } == live.texts)
        #expect(buffers.flatMap { $0.records.map(\.offset) } == live.texts.indices.map { live.first.advanced(by: $0) })
      }
    }
    // Fixtures are recorded in order, so the merged stream is too.
    #expect(made.map(\.time) == made.map(\.time).sorted())
    #expect(Set(made.map(\.partition)).count > 1)
  }

  @Test func pacedRecordsComeAsFarApartAsTheyWereObserved() throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    let plain = try Self.printed(directory, Window.request())
    let span = try #require(plain.last).time.milliseconds(since: plain[0].time)
    let clock = HandClock()
    let paced = try Self.printed(directory, Window.request(), pace: try #require(Pace("2.5x")), clock: clock)
    #expect(paced.count == plain.count)
    #expect(abs((clock.elapsed - .milliseconds(Double(span) / 2.5)).components.seconds) == 0)
    #expect(clock.waits.count > 3)
    // Interrupted in a gap, it ends there.
    let stop = StopFlag()
    let short = try Self.printed(
      directory, Window.request(), pace: try #require(Pace("1x")), clock: HandClock(stop: (stop, .seconds(3600))), stop: stop)
    #expect(short.count > 0 && short.count < plain.count)
    #expect(try #require(short.last).time <= plain[0].time.adding(milliseconds: .hour + .hour))
  }

  @Test func aPacedSetHoldsTheSameRecords() throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    let clock = HandClock()
    let status = try Self.replay(directory, Window.request(), pace: try #require(Pace("10x")), clock: clock)
    #expect(status.isComplete)
    try Self.expectLive(status, in: directory.path)
    #expect(clock.elapsed > .seconds(600))
    #expect(clock.elapsed <= .seconds(2160))
  }

  @Test func pacesAreFactorsOrMax() {
    #expect(Pace("max") == .unlimited)
    #expect(Pace("2.5x")?.factor == 2.5)
    #expect(Pace("10")?.factor == 10)
    for bad in ["0x", "-1x", "nan", "x", "", "1e9x", "fast"] { #expect(Pace(bad) == nil, "\(bad)") }
  }

  // MARK: Verifying

  /// One hour in the middle is verified without what lies before the state it begins at.
  @Test func aWindowInTheMiddleIsVerifiedReadingLittle() throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    func verified(_ request: ReplayRequest) throws -> VerifyReport {
      try Verifier(directory).verify(request, threads: 2, stop: StopFlag(), progress: { _ in })
    }
    let whole = try verified(ReplayRequest())
    #expect(whole.isIdentical)
    #expect(whole.volume.log == whole.volume.logSize)
    let from = Ingested.start.adding(milliseconds: 3 * .day)
    let hour = try verified(ReplayRequest(from: from, to: from.adding(milliseconds: .hour)))
    #expect(hour.isIdentical)
    #expect(hour.partitions.allSatisfy { $0.window.from.distance(from: $0.foldedFrom) <= 150 })
    #expect(hour.partitions.contains { $0.foldedFrom > .zero })
    #expect(hour.volume.checkpoints > 0)
    #expect(hour.volume.log < whole.volume.log, "\(hour.volume) of \(whole.volume)")
  }

  @Test func windowsWithoutRecordsSayWhatTheLogCovers() throws {
    let folder = TemporaryFolder()
    let directory = try Self.folded(folder)
    func error(_ from: Timestamp?, _ to: Timestamp?) -> ProwziError? {
      do throws(ProwziError) {
        _ = try Verifier(directory).verify(ReplayRequest(from: from, to: to), threads: 1, stop: StopFlag(), progress: { _ in })
        return nil
      } catch { return error }
    }
    let year = 365 * Int64.day
    let after = error(Ingested.end.adding(milliseconds: year), nil)
    #expect(after?.code == "replay.outside_log")
    #expect(after?.message == "the window begins after the last raw record")
    #expect(after?.advice?.contains("The log covers 2026-0") == true, "\(String(describing: after))")
    for from in [nil, Ingested.start.adding(milliseconds: -2 * year)] {
      let before = error(from, Ingested.start.adding(milliseconds: -year))
      #expect(before?.message == "the window ends before the first raw record", "\(String(describing: before))")
    }
    #expect(error(Window.to, Window.from)?.code == "replay.empty_window")
    let raw = try folder.copy(of: Ingested.directory, as: "raw")
    do {
      _ = try Verifier(raw).verify(Window.request(), threads: 1, stop: StopFlag(), progress: { _ in })
      Issue.record("nothing was folded, and yet it was verified")
    } catch { #expect(error.code == "replay.not_folded") }
  }
}
