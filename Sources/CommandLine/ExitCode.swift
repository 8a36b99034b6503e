public import Model

/// What the program tells the process that started it.
public enum ExitCode: Int32, Sendable, CaseIterable {
  case success = 0
  case difference = 1
  case usage = 2
  case input = 3
  case notFound = 4
  case locked = 5
  case storage = 6
  case corrupt = 7
  case unavailable = 8
  case internalError = 70
  case interrupted = 130

  public var meaning: String {
    switch self {
    case .success: "Success"
    case .difference: "The command ran and found a difference or a fault: replay differs, verify found damage"
    case .usage: "The command line is wrong"
    case .input: "A data or configuration file is invalid"
    case .notFound: "A topic, event, file or data directory is not there"
    case .locked: "Another process is writing here"
    case .storage: "The disk is full, denies access or fails"
    case .corrupt: "The log is damaged and the command could not go on"
    case .unavailable: "A server does not answer, refuses, or fails"
    case .internalError: "A fault in the program itself"
    case .interrupted: "Interrupted"
    }
  }

  /// Which error codes end in which exit code: the longest entry that is the code itself or a dotted beginning of it counts.
  static let byErrorCode: [(prefix: String, exit: ExitCode)] = [
    ("usage", .usage),
    ("config", .input), ("input", .input), ("sensor", .input), ("json", .input), ("csv", .input), ("xml", .input), ("manifest", .input),
    ("schema", .input), ("compression", .input), ("mission", .input), ("file.is_directory", .input), ("model", .input), ("scorer", .input),
    ("file.too_large", .input),
    ("not_found", .notFound), ("file.not_found", .notFound), ("log.not_found", .notFound), ("log.unknown_topic", .notFound),
    ("log.unknown_partition", .notFound), ("log.offset_out_of_range", .notFound), ("event.not_found", .notFound),
    ("data.not_found", .notFound), ("deadletter.not_found", .notFound),
    ("checkpoint.not_found", .notFound), ("scorer.not_found", .notFound),
    ("file.locked", .locked), ("log.locked", .locked), ("lock", .locked),
    ("file", .storage), ("storage", .storage), ("log", .storage),
    ("log.corrupt", .corrupt), ("codec", .corrupt), ("record", .corrupt), ("batch", .corrupt), ("checkpoint", .corrupt),
    ("state", .corrupt), ("names", .corrupt),
    ("codec.unsupported", .input),
    ("difference", .difference), ("replay.difference", .difference), ("verify", .difference), ("log.findings", .difference),
    ("data.exists", .usage), ("topic", .input), ("topic.shrinks", .usage), ("topic.impossible", .usage), ("fold", .corrupt),
    ("log.tampered", .corrupt), ("log.tree_damaged", .corrupt), ("log.tree_size", .notFound), ("key", .input), ("note", .difference),
    ("proof", .difference), ("proof.not_signed", .notFound), ("proof.not_found", .notFound),
    ("candidate", .usage), ("candidate.not_found", .notFound), ("candidate.invalid", .input), ("promotion", .usage),
    ("postgres", .unavailable), ("postgres.address", .usage), ("postgres.schema_newer", .input), ("postgres.schema_changed", .input),
    ("postgres.no_database", .notFound), ("postgres.not_migrated", .notFound), ("projection.connection_lost", .unavailable),
    ("projection.fenced", .locked), ("projection.other_log", .input), ("projection.records_gone", .notFound), ("query", .usage),
    ("kafka", .unavailable), ("kafka.bad_address", .usage), ("kafka.unknown_setting", .usage), ("kafka.bad_setting", .usage),
    ("kafka.reserved_setting", .usage), ("kafka.no_secret", .usage), ("kafka.fenced", .locked), ("kafka.partitions", .input),
    ("kafka.too_large", .input), ("mirror", .difference),
    ("comparison", .notFound), ("comparison.same_side", .usage),
    ("topics", .usage), ("topics.no_set", .notFound), ("topics.bad_name", .usage),
    ("replay", .usage), ("replay.outside_log", .notFound), ("replay.no_set", .notFound), ("replay.not_folded", .notFound),
    ("replay.bad_set", .corrupt), ("interrupted", .interrupted), ("internal", .internalError),
  ]

  /// The exit code of an error; `internalError` for a code nobody has put into the table.
  public init(for code: ProwziError.Code) {
    var found: (length: Int, exit: ExitCode)?
    for (prefix, exit) in Self.byErrorCode where code.text == prefix || code.text.hasPrefix(prefix + ".") {
      if prefix.utf8.count > found?.length ?? -1 { found = (prefix.utf8.count, exit) }
    }
    self = found?.exit ?? .internalError
  }

  /// The page of `help exit-codes`.
  public static func table(width: Int = 80) -> String {
    var page = "Exit codes:\n"
    for code in allCases {
      let number = String(code.rawValue)
      let body = Wrapping.wrap(code.meaning, width: width, indent: 7)
      page += String(repeating: " ", count: 5 - number.count) + number + String(body.dropFirst(5)) + "\n"
    }
    return page
  }
}
