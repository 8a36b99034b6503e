import Foundation
import MemoryProjection
import Model
import Ports
import Projection
import RecordFormat
import Runtime
import Testing

@testable import Postgres

/// What every store of a projection keeps, whether it is Postgres or memory.
@Suite struct StoreLawTests {
  enum Kind: CaseIterable { case postgres, memory }

  /// An empty store, and how somebody else takes a partition unnoticed.
  struct Subject {
    var store: any ProjectionStore
    var overtake: () throws -> Void

    init(_ kind: Kind) throws {
      switch kind {
      case .postgres:
        let settings = try Cluster.database()
        store = PostgresStore(settings)
        overtake = { try settings.connect().execute("UPDATE prowzi.fences SET epoch = epoch + 1") }
      case .memory:
        let memory = MemoryProjectionStore()
        store = memory
        overtake = { memory.overtake(PartitionIndex(0)) }
      }
    }

    /// Every row of a table, in words.
    func rows(_ table: ProjectionTable, partitions: Int = 1) throws -> [String] {
      let snapshot = try store.snapshot()
      defer { snapshot.close() }
      var lines: [String] = []
      for partition in 0..<partitions {
        var reader = RowReader(hasHeader: true)
        try snapshot.readRows(table: table.rawValue, partition: PartitionIndex(partition)) { bytes throws(ProwziError) in
          reader.append(bytes)
          while let row = reader.next() {
            let canonical = CanonicalRow(table, row, of: reader.bytes)
            lines.append(
              zip(table.columns, canonical.fields).filter { !$0.0.isApproximate }.map { CanonicalRow.text($0.0.type, $0.1) }.joined(
                separator: "|"))
          }
        }
      }
      return lines.sorted()
    }
  }

  /// The first event of a log as a batch, from the beginning.
  static func oneEvent() -> ProjectionBatch {
    let from = ProjectionFold.Input.allCases.map { ProjectionPosition(topic: $0.topic, partition: PartitionIndex(0)) }
    var to = from
    to[0].next = Offset(1)
    var sample = SampleRecords(seed: 9)
    var buffer = RecordBuffer()
    let record = sample.next().enriched
    buffer.append(timestamp: record.time, key: nil, value: record.value, headers: record.headers)
    var fold = ProjectionFold(partition: 0)
    fold.fold(.enriched, buffer, in: 0..<1)
    let rows = fold.takeRows().map { ProjectionRows(table: $0.table.rawValue, bytes: $0.bytes, count: $0.count) }
    return ProjectionBatch(partition: PartitionIndex(0), from: from, to: to, rows: rows, days: fold.days.sorted())
  }

  @Test(arguments: Kind.allCases, [3, 50, 5000])
  func theTablesAreWhatTheLogSaysWhateverTheBatch(_ kind: Kind, batch: Int) throws {
    let store = try Subject(kind).store
    let events = batch == 3 ? 200 : 1200
    let log = sampleLog(events, tenants: ["shared", "north"])
    #expect(try project(log, store, batch: batch, largest: batch).unreadable == 0)
    let result = try verify(log, store)
    #expect(result.isClean, "\(result.differences)")
    #expect(result.rows[ProjectionTable.events.rawValue] == events)
    #expect(result.positions.allSatisfy { $0.behind == 0 })
    #expect(result.rows.indices.allSatisfy { result.rows[$0] > 0 })
  }

  @Test(arguments: Kind.allCases) func promotionsAreReadOffConfigurationsAndNotOffLabels(_ kind: Kind) throws {
    let subject = try Subject(kind)
    let log = sampleLog(100, partitions: 1)
    // As under a canary: another scorer judges an event here and there.
    let time = Timestamp(milliseconds: 1_771_945_938_000)
    for (number, scorer) in ["default@2", "rush@3", "default@2"].enumerated() {
      let id = EventID(high: UInt64(time.milliseconds) << 16, low: UInt64(number))
      log.append(
        .banded, 0, [.init(time: time, value: SampleRecords.banded(id, id, "ai", "news", "archive", 0.1, scorer: scorer), headers: [])])
    }
    try project(log, subject.store, batch: 7, largest: 7)
    #expect(
      try subject.rows(.promotions).map { $0.split(separator: "|", omittingEmptySubsequences: false)[3...5].joined(separator: " ") } == [
        "default@1 null null", "default@2 default@1 promote default@2",
      ])
    #expect(try subject.rows(.controls).count == 4)
    #expect(try subject.rows(.controls).contains { $0.contains("|default@1|rush@3|") })
    #expect(try subject.rows(.scorers).count == 3)
    #expect(try subject.rows(.scorerDocuments).count == 2)
    #expect(try verify(log, subject.store).isClean)
  }

  @Test(arguments: Kind.allCases) func whatRetentionLeftIsCompared(_ kind: Kind) throws {
    let subject = try Subject(kind)
    let log = sampleLog(400)
    try project(log, subject.store)
    log.cut(.enriched, 0, before: 90)
    log.cut(.banded, 0, before: 60)
    let result = try verify(log, subject.store)
    #expect(result.isClean, "\(result.differences)")
    #expect(result.positions.compactMap(\.comparedFrom) == [Offset(90), Offset(60)])
    #expect(result.uncompared == [.stories, .storySources, .entities, .mentions, .edges, .heat, .bands, .scorers])
    // The other partition is whole, and so are rows of what remains: 110 and 200 events.
    #expect(result.rows[ProjectionTable.events.rawValue] == 310)
    #expect(result.rows[ProjectionTable.evaluations.rawValue] == 340)
    #expect(result.rows[ProjectionTable.briefRevisions.rawValue] > 0)
  }

  @Test func aChangeInWhatRetentionLeftIsFoundAndOneBeforeItIsNot() throws {
    let store = PostgresStore(try Cluster.database())
    let log = sampleLog(200, partitions: 1)
    try project(log, store)
    log.cut(.banded, 0, before: 100)
    try store.settings.connect().execute("UPDATE prowzi.evaluations SET kind = 'other' WHERE record_offset = 20")
    #expect(try verify(log, store).isClean)
    try store.settings.connect().execute("UPDATE prowzi.evaluations SET kind = 'other' WHERE record_offset = 150")
    let result = try verify(log, store)
    #expect(result.differences.map(\.table) == [.evaluations])
    #expect(result.differences.flatMap(\.rows).allSatisfy { $0.hasPrefix("changed: event_id") && $0.contains("kind is other") })
  }

  @Test func tablesMadeFromWhatRetentionLeftAreComparedWhole() throws {
    let store = MemoryProjectionStore()
    let log = sampleLog(200, partitions: 1)
    log.cut(.enriched, 0, before: 50)
    try project(log, store)
    let result = try verify(log, store)
    #expect(result.isClean && result.uncompared.isEmpty)
    #expect(result.rows[ProjectionTable.events.rawValue] == 150)
  }

  @Test func bothStoresHoldTheSameRows() throws {
    let log = sampleLog(600, partitions: 1, tenants: ["shared", "north"])
    let subjects = try Kind.allCases.map { try Subject($0) }
    for subject in subjects { try project(log, subject.store, batch: 70, largest: 70) }
    for table in ProjectionTable.allCases {
      let found = try subjects.map { try $0.rows(table) }
      #expect(found[0] == found[1], "\(table.name)")
      #expect(!found[0].isEmpty, "\(table.name)")
    }
    #expect(try subjects[0].store.positions() == subjects[1].store.positions())
  }

  @Test(arguments: Kind.allCases) func projectingAgainChangesNothing(_ kind: Kind) throws {
    let subject = try Subject(kind)
    let log = sampleLog(400)
    try project(log, subject.store)
    let before = try subject.rows(.entities, partitions: 2)
    #expect(try project(log, subject.store).records.reduce(0, +) == 0)
    #expect(try subject.rows(.entities, partitions: 2) == before)
  }

  @Test(arguments: Kind.allCases) func aBatchSeenTwiceChangesNothing(_ kind: Kind) throws {
    let subject = try Subject(kind)
    let session = try subject.store.open(PartitionIndex(0))
    defer { session.close() }
    let batch = Self.oneEvent()
    #expect(try session.apply(batch) == .applied)
    let heat = try subject.rows(.heat)
    guard case .moved(let stored) = try session.apply(batch) else { return #expect(Bool(false), "the batch was applied twice") }
    #expect(stored.first { $0.topic == batch.to[0].topic }?.next == Offset(1))
    #expect(stored == (try session.positions()))
    #expect(try subject.rows(.heat) == heat)
  }

  @Test(arguments: Kind.allCases) func theSecondProjectorIsFencedOutUntilTheFirstGivesBack(_ kind: Kind) throws {
    let subject = try Subject(kind)
    let first = try subject.store.open(PartitionIndex(3))
    let error = #expect(throws: ProwziError.self) { try subject.store.open(PartitionIndex(3)) }
    #expect(error?.code == "projection.fenced")
    #expect(error?.message.contains("another projector holds partition 3") == true)
    // Another partition is free.
    try subject.store.open(PartitionIndex(4)).close()
    first.close()
    try subject.store.open(PartitionIndex(3)).close()
    let late = #expect(throws: ProwziError.self) { try first.positions() }
    #expect(late?.code == "projection.connection_lost")
  }

  @Test(arguments: Kind.allCases) func aProjectorThatWasOvertakenWritesNothing(_ kind: Kind) throws {
    let subject = try Subject(kind)
    let session = try subject.store.open(PartitionIndex(0))
    defer { session.close() }
    try subject.overtake()
    let error = #expect(throws: ProwziError.self) { try session.apply(Self.oneEvent()) }
    #expect(error?.code == "projection.fenced")
    #expect(try subject.store.positions().isEmpty)
    #expect(try subject.rows(.events).isEmpty)
  }

  @Test(arguments: Kind.allCases) func aSnapshotSeesNoLaterTransaction(_ kind: Kind) throws {
    let subject = try Subject(kind)
    let log = sampleLog(100, partitions: 1)
    try project(log, subject.store)
    let snapshot = try subject.store.snapshot()
    defer { snapshot.close() }
    let before = try snapshot.positions()
    var sample = SampleRecords(seed: 99)
    sample.append(50, to: log, partition: 0)
    try project(log, subject.store)
    #expect(try snapshot.positions() == before)
    var bytes = 0
    try snapshot.readRows(table: ProjectionTable.events.rawValue, partition: PartitionIndex(0)) { bytes += $0.count }
    #expect(bytes > 0)
    #expect(try subject.store.positions() != before)
    #expect(try verify(log, subject.store).isClean)
  }
}

/// What a simulation does to a store in memory, and what must hold all the same.
@Suite struct MemoryFaultTests {
  static func quick() -> ProjectorSettings {
    var settings = ProjectorSettings()
    settings.batchRecords = 40
    settings.smallestBatch = 40
    settings.largestBatch = 40
    settings.threads = 1
    settings.firstPauseMilliseconds = 0
    settings.longestPauseMilliseconds = 0
    return settings
  }

  @Test func connectionsLostBeforeAndAfterApplyingLoseAndRepeatNothing() throws {
    let store = MemoryProjectionStore()
    store.setFaults { moment in
      switch moment {
      // A run that does not follow gives up where a partition never answered.
      case .apply(_, let number) where number < 6: nil
      case .apply(_, let number) where number % 3 == 1: .lostAfter
      case .apply(_, let number) where number % 5 == 2: .lostBefore
      default: nil
      }
    }
    let log = sampleLog(900, tenants: ["shared", "north"])
    let report = try Projector(log, partitions: log.partitions, store: store, settings: Self.quick()).run(stop: StopFlag())
    #expect(report.lostConnections > 4)
    #expect(store.count(.events) == 900)
    #expect(try verify(log, store).isClean)
    // Each brief was told of once, whatever was tried again.
    #expect(Set(store.toldBriefs).count == store.toldBriefs.count)
    #expect(!store.toldBriefs.isEmpty)
  }

  @Test func aCrashTakesRowsAndPositionsBackTogether() throws {
    let store = MemoryProjectionStore(remembered: 10)
    let log = sampleLog(900)
    _ = try Projector(log, partitions: log.partitions, store: store, settings: Self.quick()).run(stop: StopFlag())
    let told = store.toldBriefs
    #expect(store.crash(takingBack: 7) == 7)
    #expect(try Projector.backlog(log, partitions: log.partitions, positions: store.positions()) > 0)
    // What is left is what the log says up to where it stands.
    #expect(try verify(log, store).isClean)
    _ = try Projector(log, partitions: log.partitions, store: store, settings: Self.quick()).run(stop: StopFlag())
    #expect(try verify(log, store).isClean)
    #expect(Set(store.toldBriefs) == Set(told))
    #expect(store.crash(takingBack: 100) == 10)
    #expect(try verify(log, store).isClean)
  }

  @Test func anErrorThatDoesNotPassEndsTheRunAndChangesNothing() throws {
    let store = MemoryProjectionStore()
    store.setFaults { if case .apply(_, transaction: 2) = $0 { .fails(ProwziError("postgres.failed", "no")) } else { nil } }
    let log = sampleLog(300, partitions: 1)
    let error = #expect(throws: ProwziError.self) {
      try Projector(log, partitions: 1, store: store, settings: Self.quick()).run(stop: StopFlag())
    }
    #expect(error?.code == "postgres.failed")
    #expect(try verify(log, store).isClean)
    #expect(store.count(.events) > 0)
  }
}
