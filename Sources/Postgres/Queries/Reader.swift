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

/// Asks the tables. Each question is a read-only transaction, in which the tenant is set.
public final class Reader {
  let connection: Connection
  private let tenant: String?
  private let asJSON: Bool
  /// Instead of rows, how the server finds them.
  private let explains: Bool

  /// - Parameters:
  ///   - tenant: whose rows are seen besides `shared`, where the user may.
  ///   - asJSON: rows have one column, a JSON object.
  ///   - explains: answers plans.
  public init(_ settings: ConnectionSettings, tenant: String? = nil, asJSON: Bool = false, explains: Bool = false) throws(ProwziError) {
    connection = try Connection(settings)
    self.tenant = tenant
    self.asJSON = asJSON
    self.explains = explains
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
      try connection.execute("SET LOCAL search_path = prowzi, pg_temp; SET LOCAL jit = off")
      if let tenant { try connection.query("SELECT set_config('prowzi.tenant', $1, true)", [tenant]) }
      return try body()
    }
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

  /// Ids as an array that the planner sees, so that it looks into the days of these ids alone.
  static func array(_ ids: [String]) -> String { "'{\(ids.joined(separator: ","))}'::uuid[]" }

  /// The ids of an entity: `type:name` names one, a name alone all types that have it.
  /// - Throws: `query.unknown_entity` where there is none.
  func entities(_ text: String) throws(ProwziError) -> [String] { try mentionedEntities(text).ids }

  /// The same, with how often they are mentioned.
  func mentionedEntities(_ text: String) throws(ProwziError) -> (ids: [String], mentions: Int) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    if parts.count == 2 {
      let id = try connection.query("SELECT entity_id($1, $2)", parts)[0, 0] ?? ""
      let mentions = try connection.query("SELECT sum(mentions) FROM entities WHERE entity_id = $1::uuid", [id])[0, 0]
      if let mentions { return ([id], Int(mentions) ?? 0) }
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
    return (found.rows.compactMap { $0[0] }, found.rows.reduce(0) { $0 + (Int($1[1] ?? "") ?? 0) })
  }

  /// Which briefs are about an entity. Of one that is named often some will be met soon on the way through the briefs; one that is named seldom is begun with.
  func isAbout(_ entity: String) throws(ProwziError) -> String {
    let (ids, mentions) = try mentionedEntities(entity)
    if mentions > 1000 {
      return
        "EXISTS (SELECT FROM mentions AS mention WHERE mention.entity_id = ANY (\(Self.array(ids))) AND mention.event_id = ANY (event_ids))"
    }
    return
      "brief_id IN (SELECT item.brief_id FROM mentions AS mention JOIN evaluations AS evaluation ON evaluation.event_id = mention.event_id"
      + " JOIN briefs AS item ON item.story_id = evaluation.story_id AND mention.event_id = ANY (item.event_ids)"
      + " WHERE mention.entity_id = ANY (\(Self.array(ids))))"
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
