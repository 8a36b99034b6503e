import Foundation
import Model
import Ports
import Projection
import RecordFormat
import Runtime
import Synchronization
import Testing

@testable import Postgres

/// A log of so many events, spread over partitions.
func sampleLog(_ events: Int, partitions: Int = 2, seed: UInt64 = 1, tenants: [String] = ["shared"]) -> MemoryLog {
  let log = MemoryLog(partitions: partitions)
  for partition in 0..<partitions {
    var sample = SampleRecords(seed: seed + UInt64(partition), tenants: tenants)
    sample.append(events / partitions, to: log, partition: partition)
  }
  return log
}

@discardableResult
func project(_ log: MemoryLog, _ store: any ProjectionStore, batch: Int = 2000, largest: Int = 20_000) throws -> ProjectionReport {
  var settings = ProjectorSettings()
  settings.batchRecords = batch
  settings.smallestBatch = min(batch, settings.smallestBatch)
  settings.largestBatch = largest
  return try Projector(log, partitions: log.partitions, store: store, settings: settings).run(stop: StopFlag())
}

func verify(_ log: MemoryLog, _ store: any ProjectionStore) throws -> ProjectionVerification {
  let snapshot = try store.snapshot()
  defer { snapshot.close() }
  return try ProjectionVerifier(log, partitions: log.partitions).verify(snapshot, stop: StopFlag())
}

/// What only a real server can show about projecting.
@Suite struct ExactlyOnceTests {
  /// 20,454 and 20,484 are the first and the last of January 2026, 25,000 is a day in June 2038.
  @Test func monthsFarFromNowHaveOnePartitionAndDaysAboutNowTheirOwn() throws {
    let settings = try Cluster.database()
    func ensure(_ days: String) throws -> String? {
      try settings.value("SELECT string_agg(prowzi.ensure_day(day)::text, ' ') FROM unnest(ARRAY[\(days)]) AS day")
    }
    #expect(try ensure("20454, 20484, 20485, 25000, 25001, 25000") == "true false true true false false")
    let partitions =
      "SELECT string_agg(inhrelid::regclass::text, ' ' ORDER BY 1) FROM pg_inherits WHERE inhparent = 'prowzi.events'::regclass"
    #expect(try settings.value(partitions) == "prowzi.events_202601 prowzi.events_202602 prowzi.events_203806")
    let today = try #require(try settings.value("SELECT (now() AT TIME ZONE 'UTC')::date - date '1970-01-01'").flatMap { Int($0) })
    #expect(try ensure("\(today), \(today - 1), \(today)") == "true true false")

    // A month that was current when its first rows came goes on day by day.
    try settings.connect().execute(
      """
      CREATE TABLE prowzi.events_20251205 PARTITION OF prowzi.events
        FOR VALUES FROM (prowzi.first_id('2025-12-05T00:00:00Z')) TO (prowzi.first_id('2025-12-06T00:00:00Z')) PARTITION BY LIST (domain)
      """)
    #expect(try ensure("20427, 20428") == "false true")
    #expect(
      try settings.value("SELECT to_regclass('prowzi.events_20251206') IS NOT NULL AND to_regclass('prowzi.events_202512') IS NULL") == "t")
  }

  @Test func theTablesHaveTheColumnsThatRowsHave() throws {
    let settings = try Cluster.database()
    for table in ProjectionTable.allCases {
      let found = try settings.connect().query(
        """
        SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
        WHERE attrelid = ('prowzi.' || $1)::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attname <> 'projected_at' ORDER BY attnum
        """, [table.name])
      let columns = table.columns.map { [$0.name, $0.type == .time ? "timestamp with time zone" : $0.type.rawValue] }
      #expect(found.rows.map { $0.map { $0 ?? "" } } == columns, "\(table.name)")
      let key = try settings.connect().query(
        """
        SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = ('prowzi.' || $1)::regclass AND indisprimary
        """, [table.name])
      #expect(Set(key.rows.compactMap { $0[0] }) == Set(table.columns.filter { $0.merge == .key }.map(\.name)), "\(table.name)")
    }
  }

  @Test func theSchemaAndTheProgramGiveAnEntityTheSameID() throws {
    let settings = try Cluster.database()
    for (type, name) in [("organization", "openai"), ("repository", "a/b"), ("", ""), ("token", "ñ \"quoted\" 🦊")] {
      let found = try settings.connect().query("SELECT prowzi.entity_id($1, $2)", [type, name])
      #expect(found[0, 0] == EntityID.of(type: type, name: name).text)
    }
    let id = EventID(high: 0x019c_7e53_a950_8123, low: 0x8000_0000_0000_0000)
    #expect(try settings.value("SELECT prowzi.id_time('\(id)') = timestamptz 'epoch' + \(id.time.milliseconds) * interval '1 ms'") == "t")
  }

  @Test func aFencedProjectorIsToldWhoHoldsThePartition() throws {
    let store = PostgresStore(try Cluster.database())
    let first = try store.open(PartitionIndex(3))
    defer { first.close() }
    let error = #expect(throws: ProwziError.self) { try store.open(PartitionIndex(3)) }
    #expect(error?.message.contains("another projector holds partition 3: tests, process \(getpid())") == true)
  }

  @Test func connectionsThatAreLostLoseNothing() throws {
    let store = PostgresStore(try Cluster.database())
    let log = sampleLog(1600)
    let over = Atomic<Bool>(false)
    let killer = Thread {
      let connection = try? store.settings.connect()
      for kill in 0..<8 where !over.load(ordering: .relaxed) {
        usleep(UInt32(150_000 + kill * 40_000))
        if over.load(ordering: .relaxed) { return }
        _ = try? connection?.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
      }
    }
    killer.start()
    defer { over.store(true, ordering: .relaxed) }
    let lost = Atomic<Int>(0)
    var settings = ProjectorSettings()
    settings.batchRecords = 60
    settings.largestBatch = 60
    settings.firstPauseMilliseconds = 10
    settings.longestPauseMilliseconds = 50
    settings.follow = true
    let stop = StopFlag()
    let projector = Projector(log, partitions: log.partitions, store: store, settings: settings) { notice in
      if case .lost = notice { lost.wrappingAdd(1, ordering: .relaxed) }
    }
    let watcher = Thread {
      while (try? verifyPositions(log, store)) != true { usleep(100_000) }
      over.store(true, ordering: .relaxed)
      stop.raise()
    }
    watcher.start()
    let report = try projector.run(stop: stop)
    // A last blow may be under way.
    usleep(100_000)
    #expect(report.lostConnections > 0)
    #expect(lost.load(ordering: .relaxed) > 0)
    #expect(try verify(log, store).isClean)
  }

  @Test func verifyNamesWhatDiffers() throws {
    let store = PostgresStore(try Cluster.database())
    let log = sampleLog(300)
    try project(log, store)
    let connection = try store.settings.connect()
    let changed = try connection.execute("SELECT event_id FROM prowzi.events ORDER BY event_id LIMIT 1")[0, 0] ?? ""
    let removed = try connection.execute("SELECT event_id FROM prowzi.evaluations ORDER BY event_id DESC LIMIT 1")[0, 0] ?? ""
    try connection.execute(
      """
      UPDATE prowzi.events SET metrics = '{"amount_usd": 2}' WHERE event_id = '\(changed)';
      DELETE FROM prowzi.evaluations WHERE event_id = '\(removed)';
      INSERT INTO prowzi.mentions VALUES ('\(changed)', '\(changed)', 'shared', 0, true);
      UPDATE prowzi.edges SET weight = weight + 0.001 WHERE ctid = (SELECT min(ctid) FROM prowzi.edges)
      """)
    let result = try verify(log, store)
    #expect(Set(result.differences.map(\.table)) == [.events, .evaluations, .mentions, .edges])
    let lines = result.differences.flatMap(\.rows)
    #expect(lines.contains { $0.hasPrefix("changed: event_id \(changed)") && $0.contains(#"metrics is {"amount_usd":2}, the log says"#) })
    #expect(lines.contains { $0.hasPrefix("missing: event_id \(removed)") })
    #expect(lines.contains { $0.hasPrefix("not in the log: entity_id \(changed)") })
  }

  @Test func aPositionOfOtherRecordsIsNoticed() throws {
    let store = PostgresStore(try Cluster.database())
    try project(sampleLog(100), store)
    let other = sampleLog(100, seed: 50)
    #expect(try verify(other, store).positions.contains { !$0.isSame })
    let error = #expect(throws: ProwziError.self) { try project(MemoryLog(partitions: 2), store) }
    #expect(error?.code == "projection.other_log")
  }

  @Test func aRecordThatCannotBeReadStopsNothing() throws {
    let store = PostgresStore(try Cluster.database())
    let log = sampleLog(40, partitions: 1)
    let time = Timestamp(milliseconds: 1_771_645_938_000)
    log.append(
      .enriched, 0,
      [
        .init(time: time, value: Array("{not json".utf8), headers: []), .init(time: time, value: nil, headers: []),
        .init(time: time, value: Array(#"{"event_id":"none"}"#.utf8), headers: SampleRecords.headers("north")),
      ])
    var sample = SampleRecords(seed: 77)
    log.append(.enriched, 0, [sample.next().enriched])
    #expect(try project(log, store).unreadable == 3)
    #expect(try store.settings.value("SELECT count(*) FROM prowzi.events") == "41")
    #expect(
      try store.settings.value(
        "SELECT string_agg(tenant || ': ' || message, '; ' ORDER BY record_offset) FROM prowzi.dead_letters WHERE code = 'projection.unreadable'"
      )
        == "shared: the value is not JSON: syntax at byte 1; shared: the record has no value; north: the value lacks event_id, or it is not what it should be"
    )
    #expect(try verify(log, store).isClean)
  }

  @Test func rowsThatAreThereAlreadyStayAsTheyAre() throws {
    let store = PostgresStore(try Cluster.database())
    let log = sampleLog(200)
    try project(log, store)
    // As if somebody had lost the books but not the tables.
    try store.settings.connect().execute("DELETE FROM prowzi.positions")
    try project(log, store)
    #expect(try store.settings.value("SELECT count(*) FROM prowzi.events") == "200")
    // What is added up shows that it was added twice.
    #expect(Set(try verify(log, store).differences.map(\.table)).isSubset(of: [.storySources, .entities, .edges, .heat, .bands, .scorers]))
  }

  @Test(arguments: [1, 100])
  func aBriefThatBeginsAgainAtRevisionOneIsKeptTwiceAndTheLaterCounts(batch: Int) throws {
    let store = PostgresStore(try Cluster.database())
    let log = MemoryLog(partitions: 1)
    let time = Timestamp(milliseconds: 1_771_645_938_000)
    let story = EventID(time: time, name: .zero)
    for (number, revision) in [1, 2, 1].enumerated() {
      let event = EventID(high: story.high, low: story.low + UInt64(number))
      let value = SampleRecords.brief(
        event, (story, revision), "ai", "news", "instant", 0.5, "Title \(number)", time.adding(milliseconds: Int64(number)))
      log.append(.briefs, 0, [.init(time: time, value: value, headers: [])])
    }
    try project(log, store, batch: batch, largest: batch)
    #expect(try store.settings.value("SELECT revision || ' ' || headline FROM prowzi.briefs") == "1 Title 2")
    #expect(try store.settings.value("SELECT count(*) FROM prowzi.brief_revisions") == "3")
    #expect(try store.settings.value("SELECT string_agg(DISTINCT claim, ',') FROM prowzi.story_evidence") == "0.5,Title 2")
    #expect(try verify(log, store).isClean)
  }

  @Test func listenersHearOfNewBriefsOnceTheyAreThere() throws {
    let store = PostgresStore(try Cluster.database())
    let listener = try store.settings.connect()
    try listener.execute("LISTEN prowzi_briefs")
    let log = sampleLog(60, partitions: 1)
    try project(log, store)
    var heard: Set<String> = []
    while let notification = try listener.waitForNotification(milliseconds: 300) {
      #expect(notification.channel == "prowzi_briefs")
      heard.insert(notification.payload)
    }
    let known = try listener.execute("SELECT brief_id FROM prowzi.brief_revisions WHERE revision = 1")
    #expect(!heard.isEmpty)
    #expect(heard == Set(known.rows.compactMap { $0[0] }))
  }
}

/// Whether the store has everything there is.
func verifyPositions(_ log: MemoryLog, _ store: PostgresStore) throws -> Bool {
  try Projector.backlog(log, partitions: log.partitions, positions: store.positions()) == 0
}
