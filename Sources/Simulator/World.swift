import Configuration
import Fold
import MemoryProjection
import Model
import Ports
import RecordFormat
import Runtime
import Scorers
import SegmentLog
import Sensors
import Signatures
import Simulation
import Stages

/// One machine, the processes on it, and what must be true of them.
///
/// Everything happens on one thread at a time, in an order that the seed chooses; nothing reads a clock.
///
/// Unchecked: calls that reach it from the threads of a backfill or a verification are made while its own thread waits for them.
final class World: @unchecked Sendable {
  /// Who works on the machine. Each has processes of its own, one after the other.
  enum Actor: String, CaseIterable {
    case sensors, pipeline, reader, candidate, projector, creator
  }

  /// A process that ingests.
  struct SensorProcess {
    let process: SimulatedProcess
    let log: SegmentLog
    var appender: RawAppender
  }

  struct PipelineProcess {
    let process: SimulatedProcess
    let pipeline: LivePipeline
  }

  let scenario: Scenario
  let sabotage: Sabotage?
  let machine: SimulatedFileSystem
  /// The machine's files, as the sabotage leaves them.
  let files: any FileSystem
  var random: SplitMix64
  var truth: Truth
  var source: ItemSource
  /// What was handed to a commit that failed: the sensor may hand it over again.
  var unsent: [SensorItem] = []
  var sensors: SensorProcess?
  var pipeline: PipelineProcess?
  var topics: [TopicDefinition] = []
  /// Whose log was opened for writing since the last power failure, which gives back what indexes lost.
  var ownersSinceCrash: Set<Actor> = []
  /// Who is in the middle of something.
  var busy: Set<Actor> = []
  /// Whether something was broken since everybody last began anew, so that errors are no surprise.
  var isDisturbed = false
  /// How many more others get their turn in this step.
  var interludesLeft = 0
  /// Whether the end has begun, in which nothing goes wrong any more.
  var isSettling = false
  var figures = SimulationFigures()
  var trace: (String) -> Void
  let candidateScorer: CompiledScorer
  let store = MemoryProjectionStore()
  var isStoreDisturbed = false
  static let key = SigningKey(seed: [UInt8](repeating: 7, count: 32))!
  static let router = Router()
  static let path = "simulated"

  init(
    scenario: Scenario, seed: UInt64, random: SplitMix64, sabotage: Sabotage?, captured: [SensorItem],
    trace: @escaping (String) -> Void
  ) throws(ProwziError) {
    self.scenario = scenario
    self.sabotage = sabotage
    self.random = random
    self.trace = trace
    machine = SimulatedFileSystem(seed: seed)
    files = sabotage?.files(machine) ?? machine
    truth = Truth(partitions: scenario.partitions)
    source = ItemSource(seed: Fingerprint.mix(seed &+ 1), captured: captured)
    candidateScorer = try Self.scorer(weights: #"{"freshness":0.1,"novelty":0.4,"impact":0.3,"confidence":0.1,"gap":0.1}"#)
  }

  var checker: Checker { Checker(truth: truth) }

  // MARK: Processes

  func newProcess(_ actor: Actor) -> SimulatedProcess {
    let process = SimulatedProcess(files, seed: random.next())
    if isSettling { return process }
    if actor != .reader, random.below(100) < scenario.faultPercent / 3 {
      process.kill(atChange: 1 + random.below(90))
      figures.killsPlanned += 1
    }
    if scenario.interludePercent > 0, actor == .sensors || actor == .pipeline || actor == .candidate {
      process.onChange { [unowned self] operation, path in self.interlude(by: actor, operation, path) }
    }
    return process
  }

  func directory(_ files: any FileSystem) throws(ProwziError) -> DataDirectory {
    // Read again after every power failure: the definitions must have lived through it.
    if topics.isEmpty { topics = try DataDirectory(path: Self.path, files: files).topics }
    let directory = DataDirectory(path: Self.path, files: files, topics: topics, logOptions: scenario.log)
    return directory.resized(segmentBytes: scenario.segmentBytes, retentionBytes: scenario.retentionBytes)
  }

  func settings() -> RunSettings {
    var settings = RunSettings(threads: 1)
    settings.batch.records = isSettling ? 1000 : scenario.batches[random.below(scenario.batches.count)]
    settings.checkpointRecords = scenario.checkpointRecords
    settings.checkpointInterval = .seconds(1 << 40)
    settings.checkpointsKept = scenario.checkpointsKept
    settings.signing.commits = scenario.signedCommits ?? 1 << 40
    settings.signing.milliseconds = 1 << 50
    settings.signingKey = Self.key
    return settings
  }

  func openSensors() throws(ProwziError) {
    if sensors != nil { return }
    let process = newProcess(.sensors)
    do throws(ProwziError) {
      let directory = try directory(process)
      let log = try directory.openWriter(DataDirectory.sensors)
      var counts: [Int] = []
      for index in 0..<scenario.partitions { counts.append(Int(try log.bounds(of: Checker.raw(index)).highWatermark.value)) }
      truth.settleRaw(counts)
      let signer = try LogSigner(directory, log: log, key: Self.key, policy: settings().signing)
      let recorder = CommitRecorder(
        sabotage?.raw(log) ?? log, attempt: { [unowned self] in self.truth.attemptRaw($0) },
        acknowledged: { [unowned self] _ in self.truth.acknowledgeRaw() })
      ownersSinceCrash.insert(.sensors)
      sensors = SensorProcess(
        process: process, log: log, appender: RawAppender(log: recorder, partitions: scenario.partitions, signer: signer))
      figures.openings += 1
    } catch {
      process.kill()
      throw error
    }
  }

  func openPipeline() throws(ProwziError) {
    if pipeline != nil { return }
    let process = newProcess(.pipeline)
    do throws(ProwziError) {
      let opened = try LivePipeline(try directory(process), settings: settings()) { [unowned self] log in
        CommitRecorder(
          self.sabotage?.derived(log) ?? log, attempt: { [unowned self] in self.truth.attemptFold($0) },
          acknowledged: { [unowned self] in self.truth.acknowledgeFold($0) })
      }
      for index in 0..<scenario.partitions {
        truth.settleFold(index, try opened.log.position(of: pipelineFold, in: PartitionIndex(index)))
      }
      ownersSinceCrash.insert(.pipeline)
      pipeline = PipelineProcess(process: process, pipeline: opened)
      figures.openings += 1
    } catch {
      process.kill()
      throw error
    }
  }

  func openReader() throws(ProwziError) -> any LogReader {
    let log = try directory(newProcess(.reader)).openReader()
    return sabotage?.reader(log) ?? log
  }

  static func scorer(weights: String) throws(ProwziError) -> CompiledScorer {
    let document = #"{"name":"simulated","version":1,"extends":"default@1","weights":\#(weights)}"#
    return try ScorerDocument.compile(
      try ScorerDocument.whole([UInt8](text: document), over: try CompiledConfiguration.builtIn().scorer.canonicalBytes))
  }

  /// A process is gone, however it went.
  func stop(_ actor: Actor) {
    switch actor {
    case .sensors:
      sensors?.process.kill()
      sensors = nil
    case .pipeline:
      pipeline?.process.kill()
      pipeline = nil
    default: break
    }
  }

  /// The power fails, and comes back.
  func crash() {
    for actor in Actor.allCases { stop(actor) }
    machine.crash()
    topics = []
    ownersSinceCrash = []
    isDisturbed = false
    trace("the power fails")
  }

  // MARK: Doing things

  /// Lets an actor do something. What goes wrong ends its process, as it would the real one; what no fault explains fails the simulation.
  func perform(_ actor: Actor, _ body: () throws(ProwziError) -> String) {
    guard truth.violation == nil, !busy.contains(actor) else { return }
    busy.insert(actor)
    defer { busy.remove(actor) }
    do throws(ProwziError) {
      let text = try body()
      trace("\(actor.rawValue): \(text)")
    } catch {
      figures.failures += 1
      let process = actor == .sensors ? sensors?.process : pipeline?.process
      trace("\(actor.rawValue): failed with \(error)")
      judge(error, actor, wasKilled: process?.isDead ?? false)
      stop(actor)
    }
  }

  /// Errors that a fault explains.
  private static let expected: Set<String> = ["file.io", "file.full", "log.failed", "log.closed"]

  private func judge(_ error: ProwziError, _ actor: Actor, wasKilled: Bool) {
    if error.code == "projection.connection_lost", isStoreDisturbed { return }
    let mayFail = isDisturbed || wasKilled || !machine.hasPower || "\(error)".contains("the simulated process was killed")
    if mayFail, Self.expected.contains(error.code.text) { return }
    // Reading and reopening may meet the same owner's lock in an interlude only.
    if error.code == "log.locked", busy.count > 1 { return }
    truth.fail(Violation(error, by: actor.rawValue))
  }

  /// Between two calls of one process another gets its turn.
  private func interlude(by actor: Actor, _ operation: SimulatedOperation, _ path: String) {
    // The moment between an entry's write and its sync is the one that others must not see.
    let isMoment = operation == .sync && path.hasPrefix("journal/")
    guard !isSettling, isMoment || interludesLeft > 0, busy.count == 1, machine.hasPower,
      random.below(100) < scenario.interludePercent * (isMoment ? 4 : 1)
    else { return }
    if !isMoment { interludesLeft -= 1 }
    figures.interludes += 1
    trace("  before \(operation) of \(path) by \(actor.rawValue):")
    switch random.below(4) {
    case 0 where actor != .pipeline && pipeline != nil: turn()
    case 1 where actor != .sensors && sensors != nil: ingest()
    default: look()
    }
  }

  // MARK: Steps

  /// Makes the data directory, however often that is interrupted.
  func create() throws(ProwziError) {
    for _ in 0..<20 {
      var isMade = false
      perform(.creator) { () throws(ProwziError) in
        let process = newProcess(.creator)
        defer { process.kill() }
        do throws(ProwziError) {
          _ = try DataDirectory(path: Self.path, files: process)
        } catch {
          guard error.code == "data.not_found" else { throw error }
          _ = try DataDirectory.create(
            path: Self.path, partitions: scenario.partitions, configuration: try .builtIn(), now: source.now, files: process)
        }
        let directory = try directory(process)
        guard directory.partitions == scenario.partitions, directory.topics.count >= 8 else {
          throw ProwziError("data.incomplete", "there are \(directory.topics.count) topics of \(directory.partitions) partitions")
        }
        if scenario.signedCommits != nil, try KeyStore(directory).verifiers().isEmpty {
          try KeyStore(directory).create(name: "simulated", outside: Self.key)
        }
        isMade = true
        return "made \(directory.topics.count) topics of \(directory.partitions) partitions"
      }
      if !machine.hasPower || !isMade && random.below(2) == 0 { crash() }
      if isMade { break }
    }
    guard truth.violation == nil else { return }
    machine.clearFaults()
    isDisturbed = false
    crash()
    let log = try openReader()
    for index in 0..<scenario.partitions { truth.adoptRaw(index, try Checker.all(log, Checker.raw(index))) }
  }

  func ingest() {
    perform(.sensors) { () throws(ProwziError) in
      try openSensors()
      // What was not acknowledged comes again, whether it was kept or not; now and then nobody cares.
      var items = random.below(4) > 0 ? unsent : []
      let again = items.count
      for _ in 0..<1 + random.below(scenario.chunk) { items.append(source.next()) }
      // A sensor remembers so much and no more.
      unsent = Array(items.suffix(3 * scenario.chunk))
      for item in items {
        let key = Self.router.routingKey(source: item.source, value: item.value, columns: item.columns)
        try sensors?.appender.append(
          source: item.source, contentType: item.contentType, value: item.value, columns: item.columns, key: key,
          observedAt: item.observedAt)
      }
      try sensors?.appender.flush()
      unsent = []
      figures.items += items.count
      return "ingested \(items.count) items, \(again) of them again"
    }
  }

  func control() {
    perform(.sensors) { () throws(ProwziError) in
      try openSensors()
      let kind = random.below(6)
      switch kind {
      case 0, 1, 2:
        try sensors?.appender.appendControl(type: FoldControl.configurationType, value: try Self.configuration(kind), at: source.now)
        return "another configuration"
      case 3:
        try sensors?.appender.appendControl(type: FoldControl.configurationType, value: [UInt8](text: "{\"score\":7}"), at: source.now)
        return "a configuration that is none"
      case 4:
        try sensors?.appender.appendControl(type: FoldControl.retractType, value: [UInt8](text: #"{"event_id":"nobody"}"#), at: source.now)
        return "a retraction of nothing"
      default:
        let chosen = random.below(scenario.partitions)
        try sensors?.appender.appendControl(
          type: FoldControl.tickType, value: [UInt8](text: "{}"), at: source.now.adding(milliseconds: Int64(random.below(7)) * .day),
          to: [chosen])
        return "a tick in partition \(chosen)"
      }
    }
  }

  /// One of three configurations.
  static func configuration(_ number: Int) throws(ProwziError) -> [UInt8] {
    let weights = [("0.2", "0.3"), ("0.35", "0.15"), ("0.1", "0.4")][number]
    let score = #"{"weights":{"freshness":\#(weights.0),"novelty":\#(weights.1)}}"#
    let patch = #"{"score":\#(score),"normalize":{"memory_items":\#(400 + 300 * number)}}"#
    return try CompiledConfiguration.patched(CompiledConfiguration.builtInDocument, with: [UInt8](text: patch))
  }

  func turn() {
    perform(.pipeline) { () throws(ProwziError) in
      try openPipeline()
      let partition = random.below(scenario.partitions)
      _ = try pipeline?.pipeline.log.waitForCommit(timeoutMilliseconds: 0)
      let count = try pipeline?.pipeline.turn(partition) ?? 0
      figures.folded += count
      return "folded \(count) records of partition \(partition)"
    }
  }

  func finishPipeline() {
    perform(.pipeline) { () throws(ProwziError) in
      try openPipeline()
      try pipeline?.pipeline.finish()
      try pipeline?.pipeline.sign()
      if random.below(2) == 0 {
        pipeline?.pipeline.log.close()
        stop(.pipeline)
        return "states kept, closed"
      }
      return "states kept"
    }
  }

  func retain() {
    perform(.pipeline) { () throws(ProwziError) in
      try openPipeline()
      let count = try pipeline?.pipeline.log.enforceRetention(now: source.now) ?? 0
      figures.segmentsRemoved += count
      return "\(count) segments removed"
    }
  }

  /// Somebody reads, in a process that knows nothing yet.
  func look(readingAll: Bool = false) {
    perform(.reader) { () throws(ProwziError) in
      let log = try openReader()
      try checker.look(log, "a reader")
      if readingAll {
        try checker.read(log, "a reader")
        try checkSignatures()
      }
      figures.looks += 1
      return readingAll ? "read everything" : "looked"
    }
  }

  /// Those who are at work look at what they wrote.
  func lookInside() {
    if let sensors, !busy.contains(.sensors), !sensors.process.isDead {
      perform(.reader) { () throws(ProwziError) in
        try checker.lookAtRaw(sensors.log, "the sensors")
        return "sensors agree"
      }
    }
    if let pipeline, !busy.contains(.pipeline), !pipeline.process.isDead {
      perform(.reader) { () throws(ProwziError) in
        try checker.lookAtDerived(pipeline.pipeline.log, "the pipeline")
        return "the pipeline agrees"
      }
    }
  }

  func replay() {
    perform(.reader) { () throws(ProwziError) in
      var request = ReplayRequest()
      if sabotage == .windowAltered { request.configuration = try .shared(document: Self.configuration(0)) }
      if random.below(2) == 0 { request.from = SignalTime.any(before: source.now, &random) }
      let directory = try directory(newProcess(.reader))
      do throws(ProwziError) {
        let report = try Verifier(directory).verify(
          request, threads: 1, batch: BatchSize(records: scenario.batches[random.below(scenario.batches.count)]), stop: StopFlag(),
          progress: { _ in })
        if let difference = report.partitions.compactMap(\.difference).first {
          truth.fail(.replay, "folding again, \(difference.topic)/\(difference.offset) is \(difference.kind) in its \(difference.part)")
        }
        figures.replays += 1
        return "replayed \(report.partitions.reduce(0) { $0 + $1.compared }) records"
      } catch {
        // A window may hold nothing.
        guard error.code.text.hasPrefix("replay.") else { throw error }
        return "nothing to replay"
      }
    }
  }

  // MARK: Faults

  func arm() {
    isDisturbed = true
    switch random.below(9) {
    case 0, 1:
      let call = 1 + random.below(40)
      machine.add(.powerLoss(call: call))
      trace("the power will fail at change \(call)")
    case 2, 3:
      let operation = SimulatedOperation.allCases[random.below(SimulatedOperation.allCases.count)]
      let forEver = random.below(4) == 0
      let call = 1 + random.below(25)
      machine.add(.failure(of: operation, call: call, forEver: forEver))
      trace("\(operation) will fail at call \(call)\(forEver ? " and for ever" : "")")
    case 4:
      let call = 1 + random.below(20)
      machine.add(.failure(of: .sync, call: call, forEver: false))
      trace("a sync will fail at call \(call)")
    case 5:
      let call = 1 + random.below(20)
      machine.add(.shortWrite(call: call))
      trace("write \(call) will be short")
    case 6:
      let space = random.below(9000)
      machine.limitSpace(to: space)
      trace("\(space) bytes are left")
    case 7:
      for actor in [Actor.sensors, .pipeline] where random.below(2) == 0 {
        trace("\(actor.rawValue) killed")
        figures.kills += 1
        stop(actor)
      }
    default: crash()
    }
  }

  /// Somebody exchanges the disk's cable and empties it: everyone begins anew on a machine that works.
  func mend() {
    guard isDisturbed else { return }
    machine.clearFaults()
    machine.limitSpace(to: nil)
    for actor in Actor.allCases { stop(actor) }
    isDisturbed = false
    trace("mended")
  }
}

/// Moments of stream time.
enum SignalTime {
  static func any(before now: Timestamp, _ random: inout SplitMix64) -> Timestamp {
    now.adding(milliseconds: -Int64(random.below(72)) * .hour)
  }
}
