import Fold
import Generator
import MemoryProjection
import Model
import Ports
import Projection
import RecordFormat
import Runtime
import SegmentLog
import Signatures
import Simulation
import Stages

extension World {
  /// Projects what there is into tables, and holds the tables against the log.
  func project(toTheEnd: Bool = false) {
    // What retention has removed can be projected no more.
    guard scenario.retentionBytes == nil else { return }
    perform(.projector) { () throws(ProwziError) in
      let log = try directory(newProcess(.projector)).openReader()
      var settings = ProjectorSettings()
      settings.threads = 1
      let batch = [1, 9, 200][random.below(3)]
      (settings.batchRecords, settings.smallestBatch, settings.largestBatch) = (batch, batch, batch)
      (settings.patienceMilliseconds, settings.firstPauseMilliseconds, settings.longestPauseMilliseconds) = (0, 0, 0)
      if !toTheEnd { disturbStore() }
      defer { store.setFaults(nil) }
      let report = try Projector(
        log, partitions: scenario.partitions, store: sabotage?.store(store) ?? store, settings: settings
      ).run(stop: StopFlag())
      store.setFaults(nil)
      let found = try ProjectionVerifier(log, partitions: scenario.partitions).verify(try store.snapshot(), stop: StopFlag())
      if !found.isClean {
        let tables = found.differences.map { "\($0.table)" }
        truth.fail(.projection, "the tables are not what the log gives: \(tables.isEmpty ? "positions" : tables.joined(separator: ", "))")
      }
      if toTheEnd, found.positions.contains(where: { $0.behind > 0 }) { truth.fail(.projection, "records were left out") }
      figures.projections += 1
      return "projected \(report.records.reduce(0, +)) records in \(report.transactions) transactions"
    }
  }

  /// The store's connection breaks, or the store comes back with less than it had.
  private func disturbStore() {
    switch random.below(6) {
    case 0:
      let (number, isBefore) = (store.transactions + random.below(6), random.below(2) == 0)
      store.setFaults { moment in
        if case .apply(_, number) = moment { isBefore ? .lostBefore : .lostAfter } else { nil }
      }
      isStoreDisturbed = true
      trace("the store's connection will break \(isBefore ? "before" : "after") transaction \(number)")
    case 1:
      let count = random.below(5)
      store.crash(takingBack: count)
      trace("the store forgets \(count) transactions")
    default: break
    }
  }

  /// Lets a candidate judge what is recorded, up to now.
  func backfill() {
    guard scenario.retentionBytes == nil else { return }
    perform(.candidate) { () throws(ProwziError) in
      let process = newProcess(.candidate)
      defer { process.kill() }
      // Read anew: an earlier, interrupted backfill has left topics.
      var directory = try DataDirectory(path: Self.path, files: process)
      directory.logOptions = scenario.log
      let log = try directory.openReader()
      var folded = 0
      for index in 0..<scenario.partitions { folded += Int(try log.position(of: pipelineFold, in: PartitionIndex(index))?.next.value ?? 0) }
      guard folded > 0 else { return "nothing to judge" }
      figures.backfills += 1
      let report = try Backfill(directory, scorer: candidateScorer, from: nil, to: nil, settings: settings()).run(
        replaces: true, now: source.now, stop: StopFlag(), progress: { _, _ in })
      return "a candidate judged \(report.records[DerivedTopic.scored.rawValue]) events"
    }
  }

  /// The same raw records once more on a machine where nothing ever happens: every topic must come out the same, a candidate's too.
  func compareWithCleanRun() {
    backfill()
    guard truth.violation == nil else { return }
    perform(.reader) { () throws(ProwziError) in
      let clean = SimulatedFileSystem(seed: 0)
      _ = try DataDirectory.create(
        path: Self.path, partitions: scenario.partitions, configuration: try .builtIn(), now: SignalGenerator.defaultStart, files: clean)
      var other = try DataDirectory(path: Self.path, files: clean)
      other.logOptions = scenario.log
      try refill(other)
      _ = try Runner(other, settings: RunSettings(threads: 1), clock: StoppedClock()).run(stop: StopFlag())
      let scorer =
        sabotage == .candidateAltered
        ? try Self.scorer(weights: #"{"freshness":0.4,"novelty":0.1,"impact":0.3,"confidence":0.1,"gap":0.1}"#) : candidateScorer
      let report = try Backfill(other, scorer: scorer, from: nil, to: nil, settings: RunSettings(threads: 1)).run(
        replaces: true, now: source.now, stop: StopFlag(), progress: { _, _ in })
      let here = try DataDirectory(path: Self.path, files: files).openReader()
      let there = try DataDirectory(path: Self.path, files: clean).openReader()
      for index in 0..<scenario.partitions {
        let partition = PartitionIndex(index)
        for (topics, set, invariant) in [
          (DerivedTopic.allCases, TopicSet.live, Invariant.derived), (Candidate.topics, report.candidate.set, .candidate),
        ] {
          for topic in topics {
            let target = TopicPartition(topic: set.topic(topic), partition: partition)
            let (a, b) = (try here.bounds(of: target), try there.bounds(of: target))
            if a.highWatermark != b.highWatermark || a.digest != b.digest {
              truth.fail(
                invariant, "\(target) has \(a.highWatermark) records, and a run on a sound machine \(b.highWatermark) or others")
            }
          }
        }
      }
      return "compared with a run on a sound machine"
    }
  }

  /// Fills the raw topic of a fresh directory with what is acknowledged, behind what its creation has put there.
  private func refill(_ directory: DataDirectory) throws(ProwziError) {
    let log = try directory.openWriter(DataDirectory.sensors)
    defer { log.close() }
    var commit = Commit()
    for index in 0..<scenario.partitions {
      var records = RecordBuffer()
      let before = Int(try log.bounds(of: Checker.raw(index)).highWatermark.value)
      for record in before..<truth.raw[index].acknowledged { records.append(record, of: truth.raw[index].records) }
      if !records.isEmpty { commit.appends.append(.init(target: Checker.raw(index), records: records)) }
    }
    if !commit.appends.isEmpty { _ = try log.commit(commit) }
  }

  /// Every signature that is kept holds, and the log continues what was signed.
  func checkSignatures() throws(ProwziError) {
    guard scenario.signedCommits != nil else { return }
    let directory = try directory(newProcess(.reader))
    let log = try directory.openReader()
    let (store, keys) = (SignatureStore(directory), try KeyStore(directory).verifiers())
    for topic in [TopicName.raw] + DerivedTopic.allCases.map(\.name) {
      // After a power failure stored hashes may lag behind until their owner opens the log.
      guard ownersSinceCrash.contains(topic == .raw ? .sensors : .pipeline) else { continue }
      for index in 0..<scenario.partitions {
        let target = TopicPartition(topic: topic, partition: PartitionIndex(index))
        for size in try store.sizes(of: target).suffix(3) {
          let checkpoint = try store.read(target, size, trusting: keys).checkpoint
          let bounds = try log.bounds(of: target)
          if checkpoint.size > bounds.tree.size {
            truth.fail(.signatures, "\(checkpoint.size) records of \(target) are signed, and there are \(bounds.tree.size)")
          } else if try log.tree(of: target, size: checkpoint.size).root != checkpoint.root {
            truth.fail(.signatures, "\(target) does not continue what was signed at \(checkpoint.size)")
          }
        }
      }
    }
  }
}

/// A store that writes every batch's rows twice.
final class DoublingStore: ProjectionStore {
  private let base: MemoryProjectionStore

  init(_ base: MemoryProjectionStore) { self.base = base }

  func open(_ partition: PartitionIndex) throws(ProwziError) -> any ProjectionSession { Session(try base.open(partition)) }
  func snapshot() throws(ProwziError) -> any ProjectionSnapshot { try base.snapshot() }
  func positions() throws(ProwziError) -> [ProjectionPosition] { try base.positions() }

  private final class Session: ProjectionSession {
    private let base: any ProjectionSession
    init(_ base: any ProjectionSession) { self.base = base }
    func positions() throws(ProwziError) -> [ProjectionPosition] { try base.positions() }
    func apply(_ batch: ProjectionBatch) throws(ProwziError) -> ProjectionOutcome {
      let outcome = try base.apply(batch)
      var again = batch
      again.from = batch.to
      if outcome == .applied { _ = try base.apply(again) }
      return outcome
    }
    func close() { base.close() }
  }
}
