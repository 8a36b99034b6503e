import CPostgres
import Glibc
import Model
import Projection

/// How to reach a server.
public struct ConnectionSettings: Sendable {
  /// `postgresql://user:password@host:port/database`, or libpq's `keyword=value` form.
  public var url: String
  /// What the server's lists of connections show.
  public var applicationName: String
  /// How long connecting may take.
  public var connectMilliseconds: Int
  /// The oldest server that will do, as libpq counts (`150000` is 15.0). A test raises it to meet an old one.
  public var minimumVersion: Int
  /// No statement may take longer; 0 for no limit.
  public var statementMilliseconds: Int

  public init(
    url: String, applicationName: String = "prowzi", connectMilliseconds: Int = 10_000, minimumVersion: Int = 150_000,
    statementMilliseconds: Int = 0
  ) {
    self.url = url
    self.applicationName = applicationName
    self.connectMilliseconds = connectMilliseconds
    self.minimumVersion = minimumVersion
    self.statementMilliseconds = statementMilliseconds
  }
}

/// The answer to a query, in text form.
public struct Rows: Sendable {
  public var columns: [String]
  public var rows: [[String?]]

  public subscript(row: Int, column: Int) -> String? { rows[row][column] }
  public var count: Int { rows.count }
}

/// One connection to a server: the owner of libpq's PGconn and of every PGresult that comes of it. Calls block; not for the cooperative pool.
///
/// Unchecked: libpq allows a PGconn to be used by one thread at a time, wherever that thread is; whoever holds a `Connection` uses it so.
public final class Connection: @unchecked Sendable {
  private let connection: OpaquePointer
  /// Where it leads, without the password: for errors.
  public let place: String
  /// Warnings that the server has sent since they were last taken.
  private var notices: [ProwziError] = []

  /// - Throws: `postgres.address` for an address that cannot be read, `postgres.old_server`, `postgres.authentication`, `postgres.no_database`,
  ///   `projection.connection_lost` where nothing answers.
  public init(_ settings: ConnectionSettings) throws(ProwziError) {
    try Self.check(settings.url)
    // libpq-fe.h: PQconnectStartParams allocates even where it fails; PQfinish frees in every case.
    guard let connection = Self.start(settings) else { throw ProwziError("postgres.failed", "libpq has no memory for a connection") }
    self.connection = connection
    // Verbose, so that a refused connection tells its SQLSTATE.
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
    place = Self.describe(connection)
    // From here on every property is set, so `deinit` frees the connection where this throws.
    try Self.finishConnecting(connection, settings, place)
    PQsetErrorVerbosity(connection, PQERRORS_DEFAULT)
    let unmanaged = Unmanaged.passUnretained(self)
    PQsetNoticeReceiver(
      connection,
      { context, result in
        guard let context, let result else { return }
        let owner = Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
        owner.notices.append(ProwziError(ServerMessage(result), place: owner.place))
      }, unmanaged.toOpaque())
    let timeout = settings.statementMilliseconds
    _ = try execute(
      "SET client_min_messages = warning; SET timezone = 'UTC'; SET datestyle = 'ISO'; SET statement_timeout = \(timeout)")
  }

  deinit { PQfinish(connection) }

  // MARK: Connecting

  /// Whether libpq can read the address. Its own message would show the whole of it, password included.
  private static func check(_ url: String) throws(ProwziError) {
    var message: UnsafeMutablePointer<CChar>?
    let options = PQconninfoParse(url, &message)
    defer {
      PQconninfoFree(options)
      PQfreemem(message)
    }
    guard options != nil, url.contains("=") || url.hasPrefix("postgres") else {
      throw ProwziError(
        "postgres.address", "the address of the Postgres server cannot be read",
        advice: "Write it as postgresql://user:password@host:5432/database, with % for special characters")
    }
  }

  private static func start(_ settings: ConnectionSettings) -> OpaquePointer? {
    let words = [
      ("dbname", settings.url), ("fallback_application_name", settings.applicationName), ("client_encoding", "UTF8"),
      ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
    ]
    var keywords = words.map { UnsafePointer(strdup($0.0)) } + [nil]
    var values = words.map { UnsafePointer(strdup($0.1)) } + [nil]
    defer { for pointer in keywords + values { free(UnsafeMutablePointer(mutating: pointer)) } }
    return PQconnectStartParams(&keywords, &values, 1)
  }

  private static func describe(_ connection: OpaquePointer) -> String {
    func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
    let host = text(PQhost(connection))
    return "\(text(PQuser(connection)))@\(host.isEmpty ? "localhost" : host)/\(text(PQdb(connection)))"
  }

  private static func finishConnecting(
    _ connection: OpaquePointer, _ settings: ConnectionSettings, _ place: String
  ) throws(ProwziError) {
    func refused() -> ProwziError {
      ProwziError(ServerMessage(connection: String(cString: PQerrorMessage(connection))), place: place)
    }
    if PQstatus(connection) == CONNECTION_BAD { throw refused() }
    let deadline = ContinuousClock.now + .milliseconds(settings.connectMilliseconds)
    // libpq documentation, PQconnectStart: behave as if the last call had answered PGRES_POLLING_WRITING.
    var state = PGRES_POLLING_WRITING
    while state != PGRES_POLLING_OK {
      if state == PGRES_POLLING_FAILED { throw refused() }
      let left = ContinuousClock.now.duration(to: deadline)
      var wait = pollfd(fd: PQsocket(connection), events: Int16(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
      let ready = left > .zero ? poll(&wait, 1, Int32(clamping: left.components.seconds * 1000 + 1)) : 0
      if ready == 0 {
        throw ProwziError(
          "projection.connection_lost", "Postgres: no answer within \(settings.connectMilliseconds) ms", place: place,
          advice: "Check that the server runs and that the address is right")
      }
      if ready < 0, errno != EINTR { throw refused() }
      state = PQconnectPoll(connection)
    }
    let version = Int(PQserverVersion(connection))
    guard version >= settings.minimumVersion else {
      throw ProwziError(
        "postgres.old_server", "Postgres \(name(ofVersion: version)) is too old", place: place,
        advice: "Connect to a server of version \(settings.minimumVersion / 10_000) or newer")
    }
  }

  private static func name(ofVersion version: Int) -> String { "\(version / 10_000).\(version % 10_000)" }

  // MARK: State

  public var serverVersion: Int { Int(PQserverVersion(connection)) }
  public var isAlive: Bool { PQstatus(connection) == CONNECTION_OK }
  public var isInTransaction: Bool { PQtransactionStatus(connection) != PQTRANS_IDLE }

  /// Warnings since the last call.
  public func takeNotices() -> [ProwziError] {
    defer { notices.removeAll() }
    return notices
  }

  // MARK: Statements

  /// Runs statements separated by semicolons; answers the rows of the last.
  @discardableResult
  public func execute(_ sql: String) throws(ProwziError) -> Rows { try take(PQexec(connection, sql)) }

  /// Runs one statement with values for `$1`, `$2`, …; `nil` is null.
  @discardableResult
  public func query(_ sql: String, _ values: [String?]) throws(ProwziError) -> Rows {
    var pointers = values.map { value in value.map { UnsafePointer(strdup($0)) } ?? nil }
    defer { for pointer in pointers { free(UnsafeMutablePointer(mutating: pointer)) } }
    return try take(PQexecParams(connection, sql, Int32(values.count), nil, &pointers, nil, nil, 0))
  }

  /// Runs the body in a transaction; rolls back where it throws.
  public func transaction<Answer>(_ begin: String = "BEGIN", _ body: () throws(ProwziError) -> Answer) throws(ProwziError) -> Answer {
    try execute(begin)
    do throws(ProwziError) {
      let answer = try body()
      try execute("COMMIT")
      return answer
    } catch {
      rollBack()
      throw error
    }
  }

  /// Ends a transaction that failed, if there is one and the connection is alive.
  public func rollBack() {
    if isAlive, isInTransaction { _ = try? execute("ROLLBACK") }
  }

  /// A result as rows; frees it.
  private func take(_ result: OpaquePointer?) throws(ProwziError) -> Rows {
    // libpq: a null pointer is treated like a PGRES_FATAL_ERROR result, and the reason stands with the connection.
    guard let result else { throw failure() }
    defer { PQclear(result) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return Rows(columns: [], rows: [])
    case PGRES_TUPLES_OK: return read(result)
    case PGRES_COPY_IN, PGRES_COPY_OUT: return Rows(columns: [], rows: [])
    default: throw isAlive ? ProwziError(ServerMessage(result), place: place) : lost(ServerMessage(result))
    }
  }

  private func read(_ result: OpaquePointer) -> Rows {
    let columns = (0..<PQnfields(result)).map { String(cString: PQfname(result, $0)) }
    let rows = (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
      }
    }
    return Rows(columns: columns, rows: rows)
  }

  private func failure() -> ProwziError {
    let message = ServerMessage(connection: String(cString: PQerrorMessage(connection)))
    return isAlive ? ProwziError(message, place: place) : lost(message)
  }

  /// The last words of a server that has gone, as what they mean: the connection is lost.
  private func lost(_ message: ServerMessage) -> ProwziError {
    var error = ProwziError(message, place: place)
    error.code = "projection.connection_lost"
    error.advice = "Check that the server runs; what was not committed will be written again"
    return error
  }

  // MARK: COPY

  /// A piece of one message: large enough to cost few calls, small enough not to double the buffer.
  private static let pieceBytes = 1 << 20

  /// Sends rows in binary COPY format (without header and trailer) to `COPY … FROM STDIN (FORMAT binary)`.
  public func copyIn(_ sql: String, binaryRows rows: [UInt8]) throws(ProwziError) {
    try execute(sql)
    guard put(CopyFormat.header, in: CopyFormat.header.indices), putPieces(rows), put(CopyFormat.trailer, in: CopyFormat.trailer.indices),
      PQputCopyEnd(connection, nil) == 1
    else {
      let error = failure()
      drain()
      throw error
    }
    try finishCopy()
  }

  /// Sends text to `COPY … FROM STDIN`, in text format.
  public func copyIn(_ sql: String, text: [UInt8]) throws(ProwziError) {
    try execute(sql)
    guard putPieces(text), PQputCopyEnd(connection, nil) == 1 else {
      let error = failure()
      drain()
      throw error
    }
    try finishCopy()
  }

  private func putPieces(_ bytes: [UInt8]) -> Bool {
    var at = 0
    while at < bytes.count {
      let end = min(bytes.count, at + Self.pieceBytes)
      if !put(bytes, in: at..<end) { return false }
      at = end
    }
    return true
  }

  private func put(_ bytes: [UInt8], in range: Range<Int>) -> Bool {
    bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress, !range.isEmpty else { return true }
      return PQputCopyData(connection, (start + range.lowerBound).assumingMemoryBound(to: CChar.self), Int32(range.count)) == 1
    }
  }

  /// After the end of data: one result for the COPY, then none.
  private func finishCopy() throws(ProwziError) {
    let result = PQgetResult(connection)
    do throws(ProwziError) {
      _ = try take(result)
    } catch {
      drain()
      throw error
    }
    drain()
  }

  private func drain() {
    while let result = PQgetResult(connection) {
      let status = PQresultStatus(result)
      PQclear(result)
      if status == PGRES_COPY_IN { _ = PQputCopyEnd(connection, "given up") }
      if !isAlive { return }
    }
  }

  /// Hands on what `COPY … TO STDOUT` sends, piece by piece.
  public func copyOut(_ sql: String, _ body: (UnsafeRawBufferPointer) throws(ProwziError) -> Void) throws(ProwziError) {
    try execute(sql)
    while true {
      var buffer: UnsafeMutablePointer<CChar>?
      // libpq: the buffer is the caller's to free; -1 is the end, -2 a failure.
      let count = PQgetCopyData(connection, &buffer, 0)
      defer { PQfreemem(buffer) }
      guard count > 0 else {
        if count == -1 { return try finishCopy() }
        throw failure()
      }
      try body(UnsafeRawBufferPointer(start: buffer, count: Int(count)))
    }
  }

  // MARK: Listening

  /// Waits for a notification.
  /// - Returns: its channel and payload; `nil` where the time is over.
  public func waitForNotification(milliseconds: Int) throws(ProwziError) -> (channel: String, payload: String)? {
    let deadline = ContinuousClock.now + .milliseconds(milliseconds)
    while true {
      guard PQconsumeInput(connection) == 1 else { throw failure() }
      if let notification = PQnotifies(connection) {
        defer { PQfreemem(notification) }
        return (String(cString: notification.pointee.relname), String(cString: notification.pointee.extra))
      }
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { return nil }
      var wait = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
      let (seconds, attoseconds) = left.components
      _ = poll(&wait, 1, Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
    }
  }
}

/// A text as an SQL literal, or a name as an identifier.
enum Quote {
  static func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''").replacing("\0", with: "") + "'" }
  static func name(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }
}
