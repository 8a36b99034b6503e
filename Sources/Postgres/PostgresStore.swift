import Glibc
import Model
import Ports
import Projection

/// The tables of a projection in a schema of a Postgres database.
public struct PostgresStore: ProjectionStore {
  /// The schema that queries read.
  public static let liveSchema = "prowzi"
  /// Where a rebuild works.
  public static let nextSchema = "prowzi_next"
  /// What a rebuild took out of service, until it is dropped.
  public static let retiredSchema = "prowzi_retired"

  public let settings: ConnectionSettings
  public let schema: String
  let statements: MergeStatements

  public init(_ settings: ConnectionSettings, schema: String = PostgresStore.liveSchema) {
    self.settings = settings
    self.schema = schema
    statements = MergeStatements(schema: schema)
  }

  public func open(_ partition: PartitionIndex) throws(ProwziError) -> any ProjectionSession {
    try PostgresSession(self, partition)
  }
}

/// One partition held for writing, over a connection of its own.
final class PostgresSession: ProjectionSession {
  private let store: PostgresStore
  private let partition: PartitionIndex
  private var connection: Connection?
  private let epoch: Int64
  /// Whether this user stands above row security, below which COPY may not write. Rows that never change then need no staging table.
  private let mayCopyDirectly: Bool
  /// Tables whose staging tables this session has, by `ProjectionTable.rawValue`.
  private var staged: Set<Int> = []
  /// Whether rows that never change may be there already.
  private var expectsRows = false

  /// Takes the partition: a lock that lasts as long as the connection keeps living projectors apart, and an epoch keeps one out whose connection was lost, or
  /// shared by a pooler, without its knowing.
  init(_ store: PostgresStore, _ partition: PartitionIndex) throws(ProwziError) {
    self.store = store
    self.partition = partition
    let connection = try Connection(store.settings)
    // A commit that a crash of the server takes back takes the positions with it, so nothing waits for the disk.
    try connection.execute(
      "SET synchronous_commit = off; SET temp_buffers = '64MB'; SET work_mem = '32MB'; SET idle_in_transaction_session_timeout = '60s'; SET jit = off"
    )
    try Schema.requireCurrent(store.schema, connection)
    try Self.lock(connection, store.schema, partition)
    let owner = Quote.literal("\(store.settings.applicationName), process \(ProcessName.id) on \(ProcessName.host)")
    let rows = try connection.execute(
      """
      INSERT INTO \(store.schema).fences AS fence (partition, epoch, owner) VALUES (\(partition), 1, \(owner))
      ON CONFLICT (partition) DO UPDATE SET epoch = fence.epoch + 1, owner = excluded.owner, since = now() RETURNING epoch
      """)
    epoch = Int64(rows[0, 0] ?? "") ?? 0
    try Self.standAbovePolicies(connection, store.schema)
    mayCopyDirectly = try connection.query("SELECT row_security_active($1)", ["\(store.schema).events"])[0, 0] == "f"
    self.connection = connection
  }

  /// Writes as prowzi_projector where that stands above row security and this user does not: the attribute is not inherited, the role has to be taken.
  private static func standAbovePolicies(_ connection: Connection, _ schema: String) throws(ProwziError) {
    let may = try connection.query(
      """
      SELECT rolbypassrls AND row_security_active($1 || '.events') AND pg_has_role(current_user, oid, 'MEMBER')
        AND has_schema_privilege(oid, $1, 'USAGE') AND has_database_privilege(oid, current_database(), 'TEMPORARY')
      FROM pg_roles WHERE rolname = 'prowzi_projector'
      """, [schema])
    if may.count > 0, may[0, 0] == "t" { try connection.execute("SET ROLE prowzi_projector") }
  }

  private static let lockAttempts = 20

  private static func lock(_ connection: Connection, _ schema: String, _ partition: PartitionIndex) throws(ProwziError) {
    let key = "hashtext('prowzi projection ' || current_database() || ' \(schema)'), \(partition)"
    // The server takes a moment to notice that a killed process has gone.
    for attempt in 0..<lockAttempts {
      if attempt > 0 { usleep(100_000) }
      if try connection.execute("SELECT pg_try_advisory_lock(\(key))")[0, 0] == "t" { return }
    }
    let rows = try connection.execute("SELECT owner, since FROM \(schema).fences WHERE partition = \(partition)")
    let holder = rows.count > 0 ? "\(rows[0, 0] ?? "?"), since \(rows[0, 1] ?? "?")" : "unknown"
    throw fenced("another projector holds partition \(partition): \(holder)", connection.place)
  }

  private static func fenced(_ message: String, _ place: String) -> ProwziError {
    ProwziError(
      "projection.fenced", message, place: place, advice: "Stop one of the two; each partition is projected by one process at a time")
  }

  private func alive() throws(ProwziError) -> Connection {
    guard let connection else {
      throw ProwziError("projection.connection_lost", "the partition was given back", place: "partition \(partition)")
    }
    return connection
  }

  func positions() throws(ProwziError) -> [ProjectionPosition] {
    try Positions.read(store.schema, alive(), where: "partition = \(partition)")
  }

  func apply(_ batch: ProjectionBatch) throws(ProwziError) -> ProjectionOutcome {
    do throws(ProwziError) {
      return try write(batch)
    } catch {
      connection?.rollBack()
      guard error.code == "postgres.constraint" else { throw error }
      // Either the schema was exchanged between the making of a day and the writing of its rows, or somebody has put rows there that are ours: positions see
      // to it that we do not do so twice.
      expectsRows = true
      do throws(ProwziError) {
        return try write(batch)
      } catch {
        connection?.rollBack()
        throw error
      }
    }
  }

  private func write(_ batch: ProjectionBatch) throws(ProwziError) -> ProjectionOutcome {
    let connection = try alive()
    if !batch.days.isEmpty {
      let days = batch.days.map(String.init).joined(separator: ",")
      try connection.execute("SELECT \(store.schema).ensure_day(day) FROM unnest(ARRAY[\(days)]) AS day ORDER BY day")
    }
    // Before the transaction, which may be rolled back.
    for rows in batch.rows where !goesDirectly(rows) && !staged.contains(rows.table) {
      try connection.execute(store.statements.createStaging[rows.table])
      staged.insert(rows.table)
    }
    if let moved = try guardPositions(batch, connection) {
      connection.rollBack()
      return .moved(moved)
    }
    for rows in batch.rows {
      try connection.copyIn((goesDirectly(rows) ? store.statements.direct : store.statements.copy)[rows.table], binaryRows: rows.bytes)
    }
    try connection.execute(closing(batch))
    return .applied
  }

  private func goesDirectly(_ rows: ProjectionRows) -> Bool {
    mayCopyDirectly && !expectsRows && ProjectionTable.allCases[rows.table].isAppendOnly
  }

  /// Begins the transaction and holds the partition's fence in it.
  /// - Returns: where the partition stands if that is not where the batch begins.
  private func guardPositions(_ batch: ProjectionBatch, _ connection: Connection) throws(ProwziError) -> [ProjectionPosition]? {
    let rows = try connection.execute(
      """
      BEGIN;
      SELECT epoch FROM \(store.schema).fences WHERE partition = \(partition) FOR UPDATE
      """)
    let found = rows.count > 0 ? Int64(rows[0, 0] ?? "") : nil
    guard found == epoch else {
      connection.rollBack()
      throw Self.fenced(
        "another projector has taken partition \(partition) (epoch \(found.map(String.init) ?? "none"), ours was \(epoch))",
        connection.place)
    }
    let stored = try positions()
    for expected in batch.from {
      let position =
        stored.first { $0.topic == expected.topic }
        ?? ProjectionPosition(topic: expected.topic, partition: partition)
      if position != expected { return stored }
    }
    return nil
  }

  /// Merges, positions, notifications, commit: one round trip.
  private func closing(_ batch: ProjectionBatch) -> String {
    var statements = batch.rows.filter { !goesDirectly($0) }.map {
      expectsRows ? store.statements.merge[$0.table] : store.statements.insert[$0.table]
    }
    let positions = batch.to.map { position in
      "(\(Quote.literal(position.topic.text)), \(partition), \(position.next.value), '\\x\(position.digest.hex)', \(Quote.literal(position.state)))"
    }.joined(separator: ", ")
    statements.append(
      """
      INSERT INTO \(store.schema).positions (topic, partition, next_offset, digest, state) VALUES \(positions)
      ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, digest = excluded.digest, state = excluded.state, updated_at = now()
      """)
    // A rebuild tells nobody: what it makes was told before.
    if store.schema == PostgresStore.liveSchema {
      for brief in batch.newBriefs { statements.append("NOTIFY prowzi_briefs, '\(brief)'") }
      for brief in batch.revisedBriefs { statements.append("NOTIFY prowzi_revisions, '\(brief.id)/\(brief.revision)'") }
    }
    statements.append("COMMIT")
    return statements.joined(separator: ";\n")
  }

  func close() {
    // Said, and not left to the server's noticing: the next to take the partition may be in this very process.
    if let connection, connection.isAlive { _ = try? connection.execute("ROLLBACK; SELECT pg_advisory_unlock_all()") }
    connection = nil
  }
}

extension PostgresStore {
  /// Whether the server answers and has the tables.
  /// - Throws: what opening a partition would throw.
  public func check() throws(ProwziError) { try Schema.requireCurrent(schema, Connection(settings)) }
}
