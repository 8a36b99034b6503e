import CommandLine
import Dispatch
import Model
import Ports
import Postgres
import Projection
import RecordFormat
import Runtime
import Synchronization

/// A log into tables, exactly once, against a bare COPY of the rows that it leaves.
enum ProjectionCommand: BenchCommand {
  static let command = Command(
    "projection", "How fast is a log projected into Postgres, against a bare COPY of the same rows?",
    discussion: """
      Projects a data directory into a schema of its own (prowzi_bench), reads the rows back, and copies them with COPY alone into empty tables of the same \
      definition (prowzi_bench_copy: the same keys and indexes; days are made beforehand in both), over as many connections. Both schemas are dropped before and after. The ratio is rows \
      a second projected over rows a second copied; projecting also parses the records, folds, merges, and keeps positions.

      The bare COPY reads its rows from memory: what it measures is the server.
      """,
    examples: [
      .init("prowzi-bench projection --data DIR --postgres postgresql:///bench", "the ratio"),
      .init("prowzi-bench projection --data DIR --postgres postgresql:///bench --copy-text", "what COPY's text format would cost"),
    ],
    options: [
      .value("data", "DIR", "the data directory, folded", isRequired: true), .value("postgres", "URL", "a database", isRequired: true),
      .value("threads", "N", "connections", defaultValue: "2"), .flag("copy-text", "copy rows in COPY's text format, too"),
      .flag("keep", "leave both schemas for inspection"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  private static let schemas = ["prowzi_bench", "prowzi_bench_copy"]

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let threads = try arguments.integer("threads", in: 1...64) ?? 2
    let directory = try DataDirectory(path: arguments.required("data"))
    let log = try directory.openReader()
    let settings = ConnectionSettings(url: arguments.required("postgres"), applicationName: "prowzi-bench")
    for schema in schemas { try SchemaRemoval.drop(schema, Connection(settings)) }
    for schema in schemas { try Schema.migrate(settings, schema: schema) }
    var result = BenchResult("projection")

    try prepareDays(log, partitions: directory.partitions, settings)
    var how = ProjectorSettings()
    how.threads = threads
    let store = PostgresStore(settings, schema: schemas[0])
    let cpuStart = ProcessUsage.cpuSeconds
    let start = Terminal.steadyMilliseconds()
    let report = try Projector(log, partitions: directory.partitions, store: store, settings: how).run(stop: StopFlag())
    let projected = seconds(since: start)
    let records = report.records.reduce(0, +)
    result.add("records", Double(records))
    result.add("transactions", Double(report.transactions))
    result.add("project_seconds", projected)
    result.add("project_records_per_second", Double(records) / projected)
    result.add("project_client_cpu_seconds", ProcessUsage.cpuSeconds - cpuStart)

    let pieces = try readBack(settings, partitions: directory.partitions)
    let rows = pieces.reduce(0) { $0 + $1.rows }
    let copied = try copy(pieces, settings, threads: threads)
    result.add("rows", Double(rows))
    result.add("row_bytes", Double(pieces.reduce(0) { $0 + $1.bytes.count }))
    result.add("project_rows_per_second", Double(rows) / projected)
    result.add("copy_seconds", copied)
    result.add("copy_rows_per_second", Double(rows) / copied)
    result.add("ratio", copied / projected)
    if arguments.flag("copy-text") {
      let tables = pieces.map(\.table)
      try Connection(settings).execute("TRUNCATE " + Set(tables.map { "\(schemas[1]).\($0.name)" }).sorted().joined(separator: ", "))
      result.add("copy_text_seconds", try copyText(settings, partitions: directory.partitions, threads: threads))
    }
    let connection = try Connection(settings)
    for table in ProjectionTable.allCases {
      let counts = try connection.execute(
        "SELECT (SELECT count(*) FROM \(schemas[0]).\(table.name)), (SELECT count(*) FROM \(schemas[1]).\(table.name))")
      guard counts[0, 0] == counts[0, 1] else {
        throw ProwziError("internal.bench", "the two schemas differ in \(table.name)", advice: "Look at them with --keep")
      }
      result.note("rows_\(table.name)", counts[0, 0] ?? "")
    }
    if !arguments.flag("keep") { for schema in schemas { try SchemaRemoval.drop(schema, connection) } }
    result.print(arguments)
    return .success
  }

  private static func seconds(since start: Int64) -> Double { Double(max(1, Terminal.steadyMilliseconds() - start)) / 1000 }

  // MARK: The bare COPY

  /// The rows of one table and partition, in binary COPY format.
  private struct Piece: Sendable {
    var table: ProjectionTable
    var bytes: [UInt8]
    var rows: Int
  }

  private static func columns(_ table: ProjectionTable) -> String { table.columns.map(\.name).joined(separator: ", ") }

  private static func readBack(_ settings: ConnectionSettings, partitions: Int) throws(ProwziError) -> [Piece] {
    let connection = try Connection(settings)
    var pieces: [Piece] = []
    for table in ProjectionTable.allCases {
      for partition in 0..<partitions {
        var reader = RowReader(hasHeader: true)
        var piece = Piece(table: table, bytes: [], rows: 0)
        try connection.copyOut(
          "COPY (SELECT \(columns(table)) FROM \(schemas[0]).\(table.name) WHERE partition = \(partition)) TO STDOUT (FORMAT binary)"
        ) { bytes throws(ProwziError) in
          reader.append(Array(bytes))
          while let row = reader.next() {
            piece.rows += 1
            piece.bytes.append(bigEndian: Int16(row.count))
            for field in row {
              piece.bytes.append(bigEndian: Int32(field?.count ?? -1))
              if let field { piece.bytes.append(contentsOf: reader.bytes[field]) }
            }
          }
        }
        if piece.rows > 0 { pieces.append(piece) }
      }
    }
    return pieces
  }

  /// Makes the days of the log's events in both schemas, so that neither side is timed making them.
  private static func prepareDays(_ log: any LogReader, partitions: Int, _ settings: ConnectionSettings) throws(ProwziError) {
    var days: Set<Int64> = []
    for partition in 0..<partitions {
      let target = TopicPartition(topic: ProjectionFold.Input.enriched.topic, partition: PartitionIndex(partition))
      var buffer = RecordBuffer()
      var next = try log.bounds(of: target).logStart
      let end = try log.bounds(of: target).highWatermark
      while next < end {
        buffer.removeAll()
        next = try log.read(target, from: next, maxRecords: 4000, maxBytes: 8 << 20, into: &buffer)
        for record in buffer.records { days.insert(record.timestamp.milliseconds / .day) }
      }
    }
    let list = days.sorted().map(String.init).joined(separator: ",")
    for schema in schemas where !days.isEmpty {
      try Connection(settings).execute("SELECT \(schema).ensure_day(day) FROM unnest(ARRAY[\(list)]) AS day")
    }
  }

  private static func copy(_ pieces: [Piece], _ settings: ConnectionSettings, threads: Int) throws(ProwziError) -> Double {
    try share(pieces.count, settings, threads: threads) { (index, connection) throws(ProwziError) in
      let piece = pieces[index]
      try connection.copyIn(
        "COPY \(schemas[1]).\(piece.table.name) (\(columns(piece.table))) FROM STDIN (FORMAT binary)", binaryRows: piece.bytes)
    }
  }

  /// The same rows as text; a server writes them first, so only the second half is timed.
  private static func copyText(_ settings: ConnectionSettings, partitions: Int, threads: Int) throws(ProwziError) -> Double {
    let connection = try Connection(settings)
    var pieces: [(table: ProjectionTable, text: [UInt8])] = []
    for table in ProjectionTable.allCases {
      for partition in 0..<partitions {
        var text: [UInt8] = []
        try connection.copyOut("COPY (SELECT \(columns(table)) FROM \(schemas[0]).\(table.name) WHERE partition = \(partition)) TO STDOUT")
        {
          text.append(contentsOf: $0)
        }
        if !text.isEmpty { pieces.append((table, text)) }
      }
    }
    let all = pieces
    return try share(all.count, settings, threads: threads) { (index, connection) throws(ProwziError) in
      try connection.copyIn("COPY \(schemas[1]).\(all[index].table.name) (\(columns(all[index].table))) FROM STDIN", text: all[index].text)
    }
  }

  /// Does numbered pieces of work over several connections.
  /// - Returns: how many seconds all of it took.
  private static func share(
    _ count: Int, _ settings: ConnectionSettings, threads: Int, _ body: @escaping @Sendable (Int, Connection) throws(ProwziError) -> Void
  ) throws(ProwziError) -> Double {
    var connections: [Connection] = []
    for _ in 0..<threads {
      let connection = try Connection(settings)
      try connection.execute("SET synchronous_commit = off")
      connections.append(connection)
    }
    let next = Atomic<Int>(0)
    let failure = Mutex<ProwziError?>(nil)
    let group = DispatchGroup()
    let queue = DispatchQueue(label: "io.prowzi.bench.copy", attributes: .concurrent)
    let start = Terminal.steadyMilliseconds()
    for connection in connections {
      queue.async(group: group) {
        while failure.withLock({ $0 }) == nil {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < count else { return }
          do throws(ProwziError) {
            try body(index, connection)
          } catch {
            failure.withLock { $0 = error }
          }
        }
      }
    }
    group.wait()
    if let failure = failure.withLock({ $0 }) { throw failure }
    return seconds(since: start)
  }
}
