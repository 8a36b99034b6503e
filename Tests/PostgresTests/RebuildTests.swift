import Foundation
import Model
import Projection
import Runtime
import Synchronization
import Testing

@testable import Postgres

@Suite struct RebuildTests {
  /// Live input, a projector that follows it, a reader that never looks away, and a rebuild in the middle of it.
  @Test func aRebuildUnderLiveInputLosesAndRepeatsNothing() throws {
    let store = PostgresStore(try Cluster.database())
    let log = sampleLog(600)
    try project(log, store)
    try store.settings.connect().execute(
      "INSERT INTO prowzi.tenant_access VALUES ('somebody', 'north'); DELETE FROM prowzi.mentions WHERE ctid = (SELECT min(ctid) FROM prowzi.mentions)"
    )

    let stop = StopFlag()
    let over = Atomic<Bool>(false)
    var settings = ProjectorSettings()
    settings.follow = true
    let moved = Atomic<Int>(0)
    let follower = Projector(log, partitions: log.partitions, store: store, settings: settings) { notice in
      if case .moved = notice { moved.wrappingAdd(1, ordering: .relaxed) }
    }
    let failure = Mutex<(any Error)?>(nil)
    let group = DispatchGroup()
    func background(_ body: @escaping @Sendable () throws -> Void) {
      group.enter()
      Thread {
        do { try body() } catch { failure.withLock { $0 = error } }
        group.leave()
      }.start()
    }
    background { _ = try follower.run(stop: stop) }
    background {
      var samples = (0..<2).map { SampleRecords(seed: 900 + UInt64($0)) }
      while !over.load(ordering: .relaxed) {
        for partition in 0..<2 { samples[partition].append(5, to: log, partition: partition) }
        usleep(20_000)
      }
    }
    let looks = Atomic<Int>(0)
    background {
      let connection = try store.settings.connect()
      var most = 0
      while !over.load(ordering: .relaxed) {
        let rows = try connection.execute("SELECT count(*) FROM prowzi.events")
        let count = Int(rows[0, 0] ?? "") ?? 0
        if count < most { throw ProwziError("test.back_in_time", "\(count) events after \(most)") }
        most = count
        looks.wrappingAdd(1, ordering: .relaxed)
      }
    }
    usleep(300_000)
    let report = try ProjectionRebuild(log, partitions: log.partitions, store: store, settings: ProjectorSettings()).run(
      resume: true, stop: StopFlag())
    #expect(report.wasExchanged)
    usleep(400_000)
    over.store(true, ordering: .relaxed)
    for _ in 0..<200 where try !verifyPositions(log, store) { usleep(50_000) }
    stop.raise()
    group.wait()
    #expect(failure.withLock { $0 } == nil)
    #expect(looks.load(ordering: .relaxed) > 10)
    let result = try verify(log, store)
    #expect(result.isClean, "\(result.differences)")
    #expect(result.positions.allSatisfy { $0.behind == 0 })
    #expect(try store.settings.value("SELECT tenant FROM prowzi.tenant_access WHERE role_name = 'somebody'") == "north")
    #expect(try store.settings.value("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'prowzi\\_%'") == "0")
    // Days that come after the exchange are made in the new tables, and readers get in.
    #expect(try store.settings.value("SELECT prowzi.ensure_day(25000)") == "t")
    #expect(try store.settings.value("SELECT to_regclass('prowzi.events_203806') IS NOT NULL") == "t")
    #expect(try store.settings.value("SELECT has_schema_privilege('prowzi_reader', 'prowzi', 'USAGE')") == "t")
  }

  @Test func anInterruptedRebuildGoesOnAndQueriesNoticeNothing() throws {
    let store = PostgresStore(try Cluster.database())
    let log = sampleLog(800)
    try project(log, store)
    let before = try store.settings.value("SELECT 'prowzi'::regnamespace::oid")
    var settings = ProjectorSettings()
    settings.batchRecords = 50
    settings.largestBatch = 50
    let stop = StopFlag()
    let rebuild = ProjectionRebuild(log, partitions: log.partitions, store: store, settings: settings)
    let first = try rebuild.run(resume: true, stop: stop) { projector in
      Thread {
        while projector.recordsProjected < 200 { usleep(2000) }
        stop.raise()
      }.start()
    }
    #expect(!first.wasExchanged)
    #expect(try store.settings.value("SELECT 'prowzi'::regnamespace::oid") == before)
    #expect(try store.settings.value("SELECT has_schema_privilege('prowzi_reader', 'prowzi_next', 'USAGE')") == "f")
    #expect(try verify(log, store).isClean)
    let second = try rebuild.run(resume: true, stop: StopFlag())
    #expect(second.wasResumed)
    #expect(second.wasExchanged)
    let counts = [first, second].map { report in report.projection.records.reduce(0) { $0 + $1 } }
    let total = try Projector.backlog(log, partitions: log.partitions, positions: [])
    #expect(counts[0] > 0)
    #expect(counts[0] + counts[1] == total)
    #expect(try store.settings.value("SELECT 'prowzi'::regnamespace::oid") != before)
    #expect(try verify(log, store).isClean)
  }

  @Test func withoutTheExchangeProjectorsGoOn() throws {
    let store = PostgresStore(try Cluster.database())
    let frozen = try store.freeze()
    frozen.close()
    let log = sampleLog(50)
    try project(log, store)
    #expect(try verify(log, store).isClean)
  }
}
