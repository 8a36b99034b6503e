import CPostgres
import Model

/// What the server, or libpq, said about a failure.
struct ServerMessage {
  /// Five characters; empty where the failure was met by the client.
  var state = ""
  var message = ""
  var detail: String?
  var hint: String?
  var place: String?

  /// *Source*: libpq, PQresultErrorField; the field codes are those of the protocol's ErrorResponse.
  init(_ result: OpaquePointer) {
    func field(_ code: Unicode.Scalar) -> String? {
      PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
    }
    state = field("C") ?? ""
    message = field("M") ?? String(cString: PQresultErrorMessage(result))
    detail = field("D")
    hint = field("H")
    place = [field("t").map { "table \($0)" }, field("c").map { "column \($0)" }, field("n").map { "constraint \($0)" }].compactMap { $0 }
      .joined(separator: ", ")
    if place?.isEmpty == true { place = nil }
  }

  /// What libpq keeps about a connection. At verbosity VERBOSE a server's refusal reads `…FATAL:  28P01: password authentication failed…`.
  init(connection text: String) {
    message = text.split(separator: "\n").first.map(String.init) ?? "the connection failed"
    for marker in ["FATAL:  ", "ERROR:  ", "PANIC:  "] {
      guard let range = text.firstRange(of: marker) else { continue }
      let rest = text[range.upperBound...]
      let code = rest.prefix(5)
      if code.count == 5, rest.dropFirst(5).hasPrefix(": "), code.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isUppercase) }) {
        state = String(code)
        message = String(rest.dropFirst(7).prefix { $0 != "\n" })
        return
      }
    }
  }
}

extension ProwziError {
  /// An error of the server as one of ours: the code from the SQLSTATE, and what can be done about it.
  ///
  /// *Source*: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
  init(_ server: ServerMessage, place: String) {
    let (code, advice) = ServerErrors.meaning(of: server.state)
    var cause = server.state.isEmpty ? nil : "SQLSTATE \(server.state)"
    if let detail = server.detail { cause = (cause.map { $0 + ": " } ?? "") + detail }
    let message = server.message.isEmpty ? "the server gave no reason" : server.message
    self.init(
      code, "Postgres: \(message)", place: server.place.map { "\(place), \($0)" } ?? place, advice: advice ?? server.hint, cause: cause)
  }
}

/// SQLSTATE to code and advice: the longest entry that the state begins with counts.
enum ServerErrors {
  static let table: [(state: String, code: ProwziError.Code, advice: String?)] = [
    ("", "projection.connection_lost", "Check that the server runs and that the address is right"),
    ("08", "projection.connection_lost", "Check that the server runs and that the network holds"),
    ("57P01", "projection.connection_lost", "The server was told to close the connection; start again when it is back"),
    ("57P02", "projection.connection_lost", "The server is restarting after a crash; start again when it is back"),
    ("57P03", "projection.connection_lost", "The server is starting or shutting down; try again in a moment"),
    ("57P05", "projection.connection_lost", "The connection was idle too long; start again"),
    ("53300", "projection.connection_lost", "All connections of the server are taken; raise max_connections or close some"),
    ("28", "postgres.authentication", "Check the user and the password; a password can also stand in ~/.pgpass or PGPASSWORD"),
    ("3D000", "postgres.no_database", "Make the database with createdb, or name another at the end of the URL"),
    ("3F000", "postgres.not_migrated", "Make the tables with `prowzi project migrate`"),
    ("42P01", "postgres.not_migrated", "Make the tables with `prowzi project migrate`"),
    ("42883", "postgres.not_migrated", "Bring the tables up to date with `prowzi project migrate`"),
    ("42703", "postgres.not_migrated", "Bring the tables up to date with `prowzi project migrate`"),
    (
      "42501", "postgres.privilege", "Connect as a user with the role prowzi_projector, prowzi_reader or prowzi_admin, as the command needs"
    ),
    ("0LP01", "postgres.privilege", "Connect as a user who may grant roles, or let an administrator migrate"),
    ("25006", "postgres.read_only", "The server is a standby or read-only; connect to the primary"),
    ("53100", "postgres.disk_full", "Make room on the server's disk; nothing of the batch was kept, and it will be written again"),
    ("53200", "postgres.out_of_memory", "Give the server more memory, or raise max_locks_per_transaction where it says so"),
    ("53", "postgres.resources", "Look into the server's log"),
    ("58", "postgres.server_io", "Look into the server's log: its disk fails"),
    ("40", "postgres.busy", "Another transaction was in the way; try again"),
    ("55P03", "postgres.busy", "Another transaction holds the lock; try again when it has ended"),
    ("57014", "postgres.timeout", "The statement took longer than it may; look for what holds locks, or narrow the query"),
    ("22", "postgres.data", "A value does not fit the column; please report it with the record"),
    ("23", "postgres.constraint", "A row breaks a rule of the table; please report it with the record"),
    ("XX", "postgres.server_damaged", "Look into the server's log: it reports damage"),
  ]

  static func meaning(of state: String) -> (ProwziError.Code, String?) {
    var found: (length: Int, entry: (state: String, code: ProwziError.Code, advice: String?))?
    for entry in table where state.isEmpty ? entry.state.isEmpty : !entry.state.isEmpty && state.hasPrefix(entry.state) {
      if entry.state.utf8.count > found?.length ?? -1 { found = (entry.state.utf8.count, entry) }
    }
    guard let found else { return ("postgres.failed", nil) }
    return (found.entry.code, found.entry.advice)
  }
}
