import Model

/// One numbered step of the schema.
public struct Migration: Sendable {
  public var number: Int
  public var name: String
  public var sql: String
  public var digest: Digest
}

/// What `migrate` finds, or does.
public struct MigrationPlan: Sendable {
  /// Numbers already applied.
  public var applied: [Int]
  public var pending: [Migration]
  public var serverVersion: Int
  public var place: String
}

/// The schema: its migrations, and whether a database has them.
public enum Schema {
  /// In ascending order, without gaps. A file once released is never changed: its digest is recorded where it was applied.
  public static var migrations: [Migration] {
    [
      ("tables", PackageResources.m0001_tables_sql), ("days", PackageResources.m0002_days_sql),
      ("tenants", PackageResources.m0003_tenants_sql), ("views", PackageResources.m0004_views_sql),
    ].enumerated().map { index, file in
      var hash = SHA256()
      hash.update(file.1)
      return Migration(number: index + 1, name: file.0, sql: String(decoding: file.1, as: UTF8.self), digest: hash.finish())
    }
  }

  /// What would be done, without doing it.
  /// - Throws: `postgres.schema_newer` where the database knows migrations that this program does not; `postgres.schema_changed` where one that was applied
  ///   differs from the one of the same number here.
  public static func plan(_ settings: ConnectionSettings, schema: String = PostgresStore.liveSchema) throws(ProwziError) -> MigrationPlan {
    try plan(schema, Connection(settings))
  }

  static func plan(_ schema: String, _ connection: Connection) throws(ProwziError) -> MigrationPlan {
    var plan = MigrationPlan(applied: [], pending: [], serverVersion: connection.serverVersion, place: connection.place)
    var recorded: [Int: String] = [:]
    if try connection.query("SELECT to_regclass($1)", ["\(schema).migrations"])[0, 0] != nil {
      for row in try connection.execute("SELECT number, encode(digest, 'hex') FROM \(schema).migrations ORDER BY number").rows {
        recorded[Int(row[0] ?? "") ?? 0] = row[1] ?? ""
      }
    }
    let known = migrations
    if let newest = recorded.keys.max(), newest > known.count {
      throw ProwziError(
        "postgres.schema_newer",
        "the tables were made by a newer program: they have migration \(newest), this program knows \(known.count)",
        place: connection.place, advice: "Use the newer program; nothing was changed")
    }
    for migration in known {
      guard let digest = recorded[migration.number] else {
        plan.pending.append(migration)
        continue
      }
      guard digest == migration.digest.hex else {
        throw ProwziError(
          "postgres.schema_changed", "migration \(migration.number) (\(migration.name)) was applied with other contents",
          place: connection.place,
          advice: "Use the program that made the tables, or drop the schema and project again: nothing in it is lost")
      }
      plan.applied.append(migration.number)
    }
    return plan
  }

  /// Applies what is missing, in one transaction.
  /// - Returns: what was pending.
  @discardableResult
  public static func migrate(_ settings: ConnectionSettings, schema: String = PostgresStore.liveSchema) throws(ProwziError) -> MigrationPlan
  {
    // Roles are the whole server's: where another database is migrated at this moment, Postgres may refuse one of the two ("tuple concurrently
    // updated", in the server's language and without a state of its own: XX000, internal error), and nothing was done.
    for _ in 0..<5 {
      do throws(ProwziError) {
        return try migrateOnce(settings, schema)
      } catch {
        guard error.cause?.hasPrefix("SQLSTATE XX000") == true else { throw error }
      }
    }
    return try migrateOnce(settings, schema)
  }

  private static func migrateOnce(_ settings: ConnectionSettings, _ schema: String) throws(ProwziError) -> MigrationPlan {
    let connection = try Connection(settings)
    return try connection.transaction { () throws(ProwziError) in
      // Two at once: the second finds everything done.
      try connection.execute("SELECT pg_advisory_xact_lock(hashtext('prowzi migrate ' || current_database()))")
      let plan = try plan(schema, connection)
      if plan.pending.isEmpty { return plan }
      if plan.applied.isEmpty {
        try connection.execute("CREATE SCHEMA IF NOT EXISTS \(schema)")
      }
      try connection.execute("SET LOCAL search_path = \(schema), pg_temp")
      try connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text NOT NULL, digest bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
      )
      for migration in plan.pending {
        do throws(ProwziError) {
          try connection.execute(migration.sql)
        } catch {
          var error = error
          error.place = "\(connection.place), migration \(migration.number) (\(migration.name))"
          if error.code == "postgres.not_migrated" { error.code = "postgres.failed" }
          throw error
        }
        try connection.execute(
          "INSERT INTO migrations (number, name, digest) VALUES (\(migration.number), \(Quote.literal(migration.name)), '\\x\(migration.digest.hex)')"
        )
      }
      // Until now nobody but the owner could look in; what a rebuild makes stays closed until it is exchanged.
      if schema == PostgresStore.liveSchema { try open(schema, connection) }
      return plan
    }
  }

  static func open(_ schema: String, _ connection: Connection) throws(ProwziError) {
    try connection.execute("GRANT USAGE ON SCHEMA \(schema) TO prowzi_reader, prowzi_projector, prowzi_admin")
    try connection.execute("GRANT SELECT ON \(schema).migrations TO prowzi_projector, prowzi_admin")
  }

  /// - Throws: `postgres.not_migrated` where tables are missing; what `plan` throws.
  static func requireCurrent(_ schema: String, _ connection: Connection) throws(ProwziError) {
    guard try connection.query("SELECT to_regclass($1)", ["\(schema).migrations"])[0, 0] != nil else {
      throw ProwziError(
        "postgres.not_migrated", "the database has no tables of Prowzi", place: connection.place,
        advice: "Make them with `prowzi project migrate`")
    }
    let plan = try plan(schema, connection)
    guard plan.pending.isEmpty else {
      throw ProwziError(
        "postgres.not_migrated", "the tables lack \(plan.pending.count) of \(migrations.count) migrations", place: connection.place,
        advice: "Bring them up to date with `prowzi project migrate`")
    }
  }
}
