import Model
import Ports
import Projection

/// The tables at one moment: a read-only transaction that sees no later commit.
final class PostgresSnapshot: ProjectionSnapshot {
  private let connection: Connection
  private let schema: String

  init(_ store: PostgresStore) throws(ProwziError) {
    connection = try Connection(store.settings)
    schema = store.schema
    try Schema.requireCurrent(schema, connection)
    try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
  }

  func positions() throws(ProwziError) -> [ProjectionPosition] { try Positions.read(schema, connection) }

  func readRows(table: Int, partition: PartitionIndex, _ body: (Span<UInt8>) throws(ProwziError) -> Void) throws(ProwziError) {
    let table = ProjectionTable.allCases[table]
    let names = MergeStatements.names(table)
    try connection.copyOut(
      "COPY (SELECT \(names) FROM \(schema).\(table.name) WHERE partition = \(partition)) TO STDOUT (FORMAT binary)"
    ) { bytes throws(ProwziError) in
      try body(Span(_unsafeElements: bytes.assumingMemoryBound(to: UInt8.self)))
    }
  }

  func close() { connection.rollBack() }
}

extension PostgresStore {
  /// The tables as they stand now. Needs the right to read every tenant's rows: prowzi_projector or prowzi_admin.
  public func snapshot() throws(ProwziError) -> any ProjectionSnapshot { try PostgresSnapshot(self) }

  /// Where every partition stands.
  public func positions() throws(ProwziError) -> [ProjectionPosition] {
    let connection = try Connection(settings)
    try Schema.requireCurrent(schema, connection)
    return try Positions.read(schema, connection)
  }
}

/// The table of positions, read.
enum Positions {
  static func read(_ schema: String, _ connection: Connection, where condition: String = "true") throws(ProwziError) -> [ProjectionPosition]
  {
    try connection.execute(
      "SELECT topic, partition, next_offset, encode(digest, 'hex'), state FROM \(schema).positions WHERE \(condition) ORDER BY partition, topic"
    ).rows.compactMap { row in
      guard let text = row[0], let topic = TopicName(text), let partition = Int32(row[1] ?? ""), let next = Int64(row[2] ?? ""),
        let digest = Digest(hex: row[3] ?? "")
      else { return nil }
      return ProjectionPosition(
        topic: topic, partition: PartitionIndex(partition), next: Offset(next), digest: digest, state: row[4] ?? "")
    }
  }
}
