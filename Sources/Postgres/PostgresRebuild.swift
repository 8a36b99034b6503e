import Model
import Ports

extension PostgresStore: RebuildableStore {
  public var next: any ProjectionStore { PostgresStore(settings, schema: Self.nextSchema) }

  public func prepareNext(resume: Bool) throws(ProwziError) -> Bool {
    let connection = try Connection(settings)
    try Schema.requireCurrent(schema, connection)
    let isThere = try connection.query("SELECT to_regnamespace($1)", [Self.nextSchema])[0, 0] != nil
    var isUsable = false
    if isThere, resume {
      do throws(ProwziError) {
        try Schema.requireCurrent(Self.nextSchema, connection)
        isUsable = true
      } catch {
        // Of another program, or half made: begun anew.
        if error.code == "projection.connection_lost" { throw error }
      }
    }
    if isUsable { return true }
    if isThere { try SchemaRemoval.drop(Self.nextSchema, connection) }
    try Schema.migrate(settings, schema: Self.nextSchema)
    return false
  }

  public func freeze() throws(ProwziError) -> any FrozenProjection { try FrozenPostgres(self) }

  public func dropRetired() throws(ProwziError) {
    let connection = try Connection(settings)
    for row in try connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'prowzi\\_retired%' ORDER BY nspname").rows {
      guard let name = row[0] else { continue }
      do throws(ProwziError) {
        try SchemaRemoval.drop(name, connection)
      } catch {
        // Somebody still reads it.
        if error.code != "postgres.busy" { throw error }
      }
    }
  }
}

/// Removes a schema in pieces: one transaction would have to lock every partition of every day at once.
public enum SchemaRemoval {
  public static func drop(_ schema: String, _ connection: Connection) throws(ProwziError) {
    try connection.execute("SET lock_timeout = '5s'")
    let tables = try connection.query(
      """
      SELECT format('%I.%I', $1::text, relname) FROM pg_class
      WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p') AND relispartition ORDER BY relkind DESC, relname
      """, [schema])
    for row in tables.rows {
      if let name = row[0] { try connection.execute("DROP TABLE IF EXISTS \(name) CASCADE") }
    }
    try connection.execute("DROP SCHEMA IF EXISTS \(schema) CASCADE")
    try connection.execute("SET lock_timeout = 0")
  }
}

/// Live tables whose projectors wait: a transaction that holds the table of fences, which every projector looks into before it writes.
final class FrozenPostgres: FrozenProjection {
  private let connection: Connection
  private let live = PostgresStore.liveSchema
  private let next = PostgresStore.nextSchema

  init(_ store: PostgresStore) throws(ProwziError) {
    connection = try Connection(store.settings)
    try connection.execute("BEGIN")
    // Conflicts with SELECT … FOR UPDATE, not with reading.
    try connection.execute("SET LOCAL lock_timeout = '60s'; LOCK TABLE \(live).fences IN EXCLUSIVE MODE")
  }

  func livePositions() throws(ProwziError) -> [ProjectionPosition] { try Positions.read(live, connection) }
  func nextPositions() throws(ProwziError) -> [ProjectionPosition] { try Positions.read(next, connection) }

  func exchange() throws(ProwziError) {
    let retired = try retiredName()
    // Who may see what, and who holds what, belongs to the place and not to the tables.
    try connection.execute(
      """
      LOCK TABLE \(live).tenant_access IN EXCLUSIVE MODE;
      INSERT INTO \(next).tenant_access SELECT * FROM \(live).tenant_access ON CONFLICT DO NOTHING;
      INSERT INTO \(next).fences SELECT * FROM \(live).fences
        ON CONFLICT (partition) DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner, since = excluded.since;
      ALTER SCHEMA \(live) RENAME TO \(retired);
      ALTER SCHEMA \(next) RENAME TO \(live);
      REVOKE ALL ON SCHEMA \(retired) FROM prowzi_reader, prowzi_projector, prowzi_admin
      """)
    try Schema.open(live, connection)
    // Functions with a search path of their own still name the schema they were made in.
    let functions = try connection.query(
      "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = to_regnamespace($1) AND proconfig IS NOT NULL ORDER BY oid", [live])
    for row in functions.rows {
      if let name = row[0] { try connection.execute("ALTER FUNCTION \(name) SET search_path = \(live), pg_temp") }
    }
    try connection.execute("COMMIT")
  }

  private func retiredName() throws(ProwziError) -> String {
    for number in 1... {
      let name = number == 1 ? PostgresStore.retiredSchema : "\(PostgresStore.retiredSchema)_\(number)"
      if try connection.query("SELECT to_regnamespace($1)", [name])[0, 0] == nil { return name }
    }
    return PostgresStore.retiredSchema
  }

  func close() { connection.rollBack() }
}
