import Model

/// What to look for. Absent means anything.
public struct QueryFilter: Sendable {
  /// Observed (of a brief: made) at this time or later, and before that one.
  public var since: Timestamp?
  public var until: Timestamp?
  public var domain: String?
  public var kind: String?
  public var band: String?
  public var impact: String?
  /// `type:name`, or a name of any type.
  public var entity: String?
  /// Words, "phrases", or, -not.
  public var text: String?
  public var limit = 20
  /// Where the last page ended.
  public var after: String?

  public init() {}

  /// The smallest id of a moment: ids begin with the milliseconds of their observation.
  static func firstID(_ time: Timestamp?) -> EventID {
    EventID(high: UInt64(min(max(0, time?.milliseconds ?? 0), 0xffff_ffff_ffff)) << 16, low: 0)
  }

  var low: EventID { Self.firstID(since) }
  var high: EventID { until.map { Self.firstID($0) } ?? EventID(high: .max, low: .max) }
}

/// One page of an answer.
public struct QueryPage: Sendable {
  public var rows: Rows
  /// Give it as `after` for the next page; `nil` where this is the last.
  public var next: String?
}

/// What a question read.
public struct Trace: Sendable {
  public var indexes: Set<String> = []
  /// Read from end to end.
  public var tables: Set<String> = []

  public init() {}
}

/// Asks the tables. Each question is a read-only transaction, in which the tenant is set.
public final class Reader {
  let connection: Connection
  private let tenant: String?
  private let asJSON: Bool
  /// Instead of rows, how the server finds them.
  private let explains: Bool
  private let traces: Bool
  /// With `traces`: what the last question read, counted by the server; also what functions read, which no plan shows.
  public private(set) var trace = Trace()
  /// Whose rows this transaction sees.
  var tenants: [String] = []

  /// - Parameters:
  ///   - tenant: whose rows are seen besides `shared`, where the user may.
  ///   - asJSON: rows have one column, a JSON object.
  ///   - explains: answers plans.
  ///   - traces: notes which indexes and tables each question reads.
  public init(_ settings: ConnectionSettings, tenant: String? = nil, asJSON: Bool = false, explains: Bool = false, traces: Bool = false)
    throws(ProwziError)
  {
    connection = try Connection(settings)
    self.tenant = tenant
    self.asJSON = asJSON
    self.explains = explains
    self.traces = traces
  }

  /// Values of one statement, numbered as they are added.
  struct Values {
    private(set) var list: [String?] = []
    mutating func add(_ value: String?, _ type: String) -> String {
      list.append(value)
      return "$\(list.count)::\(type)"
    }
  }

  func transaction<Answer>(_ body: () throws(ProwziError) -> Answer) throws(ProwziError) -> Answer {
    try connection.transaction("BEGIN READ ONLY") { () throws(ProwziError) in
      // Short questions: no helpers to start, and no walk through a day's events because a list of ids looks as long as the day.
      try connection.execute(
        "SET LOCAL search_path = prowzi, pg_temp; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL enable_seqscan = off"
      )
      if let tenant { try connection.query("SELECT set_config('prowzi.tenant', $1, true)", [tenant]) }
      // Named in every statement: row security alone would hide other tenants' rows, but only after walking through them.
      tenants = try connection.execute("SELECT unnest(reading_tenants())").rows.compactMap { $0[0] }
      guard traces else { return try body() }
      let before = try scans()
      let answer = try body()
      let after = try scans()
      trace = Trace()
      for (name, count) in after where count != before[name, default: "0"] {
        if name.hasPrefix("table ") { trace.tables.insert(String(name.dropFirst(6))) } else { trace.indexes.insert(name) }
      }
      return answer
    }
  }

  /// How often this session has scanned each index and, as `table NAME`, each table from end to end. Days count as `events`.
  private func scans() throws(ProwziError) -> [String: String] {
    let rows = try connection.execute(
      """
      SELECT CASE relkind WHEN 'i' THEN '' ELSE 'table ' END || regexp_replace(relname, '^events_[0-9]+_(ai|crypto)', 'events') AS name,
        sum(pg_stat_get_xact_numscans(oid))
      FROM pg_class WHERE relnamespace = 'prowzi'::regnamespace AND relkind IN ('i', 'r') GROUP BY 1
      """)
    return Dictionary(rows.rows.map { ($0[0] ?? "", $0[1] ?? "") }, uniquingKeysWith: { first, _ in first })
  }

  /// The rows that people see.
  func show(_ sql: String, _ values: Values = Values()) throws(ProwziError) -> Rows {
    if explains { return try connection.query("EXPLAIN (ANALYZE, BUFFERS) " + sql, values.list) }
    return try connection.query(asJSON ? "SELECT row_to_json(answer)::text AS json FROM (\(sql)) AS answer" : sql, values.list)
  }

  /// Rows that only lead to others; with `explains`, their plan is shown, too, before the others'.
  func find(_ sql: String, _ values: Values, plans: inout [[String?]]) throws(ProwziError) -> Rows {
    if explains {
      plans += try connection.query("EXPLAIN (ANALYZE, BUFFERS) " + sql, values.list).rows
      plans.append([""])
    }
    return try connection.query(sql, values.list)
  }

  /// The best rows of each tenant, and of these the best: every branch reads along an index that begins with the tenant.
  /// - Parameters:
  ///   - select: a statement up to its conditions, `{tenant}` where the tenant is to stand, as `tenant = {tenant}`.
  ///   - order: of the answer's columns, as after ORDER BY.
  func best(_ select: String, order: String, limit: Int) -> String {
    let branches = tenants.map { "(\(select.replacing("{tenant}", with: Quote.literal($0))) ORDER BY \(order) LIMIT \(limit))" }
    if branches.count == 1 { return "\(select.replacing("{tenant}", with: Quote.literal(tenants[0]))) ORDER BY \(order) LIMIT \(limit)" }
    return "SELECT * FROM (\(branches.joined(separator: " UNION ALL "))) AS best ORDER BY \(order) LIMIT \(limit)"
  }

  /// The tenants as a list for `IN`.
  var tenantList: String { tenants.map { Quote.literal($0) }.joined(separator: ", ") }

  /// Ids as an array that the planner sees, so that it looks into the days of these ids alone.
  static func array(_ ids: [String]) -> String { "'{\(ids.joined(separator: ","))}'::uuid[]" }

  /// The ids of an entity: `type:name` names one, a name alone all types that have it.
  /// - Throws: `query.unknown_entity` where there is none.
  func entities(_ text: String) throws(ProwziError) -> [String] {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    if parts.count == 2 {
      let id = try connection.query("SELECT entity_id($1, $2)", parts)[0, 0] ?? ""
      if try connection.query("SELECT FROM entities WHERE entity_id = $1::uuid LIMIT 1", [id]).count > 0 { return [id] }
    }
    let found = try connection.query(
      "SELECT entity_id, sum(mentions) FROM entities WHERE name_key = $1 GROUP BY entity_id ORDER BY sum(mentions) DESC, entity_id LIMIT 20",
      [String(text.prefix(200)).lowercased()])
    guard found.count > 0 else {
      let near = try connection.query(
        "SELECT DISTINCT type || ':' || name FROM entities WHERE name_key >= $1 AND name_key < $2 LIMIT 3",
        [String(text.prefix(200)).lowercased(), String(text.prefix(199)).lowercased() + "\u{10ffff}"])
      let names = near.rows.compactMap { $0[0] }
      throw ProwziError(
        "query.unknown_entity", "no entity is called '\(text)'",
        advice: names.isEmpty
          ? "Write it as type:name, such as repository:owner/name, or as its whole name" : "Did you mean \(names.joined(separator: ", "))?")
    }
    return found.rows.compactMap { $0[0] }
  }

  /// The briefs about an entity: from its mentions to the briefs that these events are members of in the latest revision.
  func briefs(about entity: String, _ plans: inout [[String?]]) throws(ProwziError) -> [String] {
    try find(
      """
      SELECT DISTINCT member.brief_id FROM mentions AS mention
      JOIN brief_events AS member ON member.event_id = mention.event_id
      JOIN briefs AS brief ON brief.brief_id = member.brief_id AND mention.event_id = ANY (brief.event_ids)
      WHERE mention.entity_id = ANY (\(Self.array(try entities(entity)))) AND mention.tenant IN (\(tenantList)) LIMIT 20000
      """, Values(), plans: &plans
    ).rows.compactMap { $0[0] }
  }

  /// - Throws: `query.bad_page`.
  static func parts(ofPage text: String, count: Int) throws(ProwziError) -> [String] {
    let parts = text.split(separator: "~", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == count else {
      throw ProwziError("query.bad_page", "'\(text)' is not the end of a page", advice: "Give --after what the last page ended with")
    }
    return parts
  }
}
