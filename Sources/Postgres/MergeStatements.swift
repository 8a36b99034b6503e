import Projection

/// The statements that bring rows from a staging table of the session into a table of the schema, made once from the tables' columns.
///
/// Staging tables are temporary: not written to the write-ahead log, gone with the session, emptied at every commit. They hold built-in types alone, so a
/// rebuilt schema needs no new ones.
struct MergeStatements: Sendable {
  /// By `ProjectionTable.rawValue`, as all of these. Each that is made is emptied at every commit, used or not, so a session makes those it needs.
  let createStaging: [String]
  let copy: [String]
  let merge: [String]
  /// Straight into the schema's tables: for rows that never change, where row security lets it.
  let direct: [String]
  /// As `merge`, but for rows that never change without a look whether a row is there already: quicker, and an error where it is.
  let insert: [String]

  init(schema: String) {
    let tables = ProjectionTable.allCases
    createStaging = tables.map { table in
      let columns = table.columns.map { "\($0.name) \($0.type.rawValue)" }.joined(separator: ", ")
      // Values stay in line up to a page: they would be compressed only to be taken apart again.
      return "CREATE TEMPORARY TABLE stage_\(table.name) (\(columns)) WITH (toast_tuple_target = 8160) ON COMMIT DELETE ROWS"
    }
    copy = tables.map { "COPY pg_temp.stage_\($0.name) (\(Self.names($0))) FROM STDIN (FORMAT binary)" }
    direct = tables.map { "COPY \(schema).\($0.name) (\(Self.names($0))) FROM STDIN (FORMAT binary)" }
    merge = tables.map { Self.merge($0, schema) }
    insert = tables.map { $0.isAppendOnly ? Self.insertion($0, schema) : Self.merge($0, schema) }
  }

  static func names(_ table: ProjectionTable) -> String { table.columns.map(\.name).joined(separator: ", ") }

  private static func insertion(_ table: ProjectionTable, _ schema: String) -> String {
    let names = names(table)
    return "INSERT INTO \(schema).\(table.name) AS old (\(names)) SELECT \(names) FROM pg_temp.stage_\(table.name)"
  }

  private static func merge(_ table: ProjectionTable, _ schema: String) -> String {
    let columns = table.columns
    let key = columns.filter { $0.merge == .key }.map(\.name).joined(separator: ", ")
    let insert = insertion(table, schema)
    let changes = columns.compactMap { change(of: $0).map { change in "\(change.0) = \(change.1)" } }.joined(separator: ", ")
    if changes.isEmpty { return "\(insert) ON CONFLICT (\(key)) DO NOTHING" }
    let isRevised = columns.contains { $0.merge == .latest }
    return "\(insert) ON CONFLICT (\(key)) DO UPDATE SET \(changes)"
      + (isRevised ? " WHERE old.record_offset <= excluded.record_offset" : "")
  }

  private static func change(of column: Column) -> (String, String)? {
    let name = column.name
    return switch column.merge {
    case .key, .keep: nil
    case .sum: (name, "old.\(name) + excluded.\(name)")
    case .minimum: (name, "least(old.\(name), excluded.\(name))")
    case .maximum: (name, "greatest(old.\(name), excluded.\(name))")
    case .latest: (name, "excluded.\(name)")
    case .fading: (name, "\(faded("old", name)) + \(faded("excluded", name))")
    }
  }

  /// What `Fading` computes: halves every seven days, and is nothing after a thousand of them (where `power` would fail for being too small).
  private static func faded(_ side: String, _ name: String) -> String {
    let age = "extract(epoch FROM greatest(old.last_seen_at, excluded.last_seen_at) - \(side).last_seen_at)::float8"
    return "\(side).\(name) * power(2::float8, greatest(-1000::float8, -\(age) / 604800))"
  }
}
