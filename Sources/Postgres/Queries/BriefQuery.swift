import Model

extension Reader {
  /// The order of briefs.
  public enum BriefOrder: String, Sendable, CaseIterable {
    /// By band, then by score.
    case urgency
    /// Newest first.
    case time
  }

  /// Briefs that are not retracted, in their latest revision.
  public func briefs(_ filter: QueryFilter, order: BriefOrder = .urgency) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      var values = Values()
      var plans: [[String?]] = []
      var conditions = ["tenant = {tenant}", "status <> 'retracted'"]
      for (column, value) in [("band", filter.band), ("impact_level", filter.impact), ("kind", filter.kind), ("domain", filter.domain)] {
        if let value { conditions.append("\(column) = \(values.add(value, "text"))") }
      }
      if let band = filter.band { conditions.append("urgency = \(["archive", "weekly", "same_day", "instant"].firstIndex(of: band) ?? 0)") }
      if let since = filter.since { conditions.append("created_at >= \(values.add(since.rfc3339, "timestamptz"))") }
      if let until = filter.until { conditions.append("created_at < \(values.add(until.rfc3339, "timestamptz"))") }
      if let entity = filter.entity {
        conditions.append("brief_id = ANY (\(Self.array(try briefs(about: entity, &plans))))")
      }
      if let text = filter.text {
        let ids = try connection.query("SELECT search_briefs($1, 10000)", [text]).rows.compactMap { $0[0] }
        conditions.append("brief_id = ANY (\(Self.array(ids)))")
      }
      let key = order == .urgency ? ["urgency", "total_evi", "brief_id"] : ["created_at", "brief_id"]
      if let after = filter.after {
        let types = order == .urgency ? ["smallint", "double precision", "uuid"] : ["timestamptz", "uuid"]
        let parts = try Self.parts(ofPage: after, count: key.count)
        let bounds = zip(parts, types).map { part, type in values.add(part, type) }
        conditions.append("(\(key.joined(separator: ", "))) < (\(bounds.joined(separator: ", ")))")
      }
      let descending = key.map { "\($0) DESC" }.joined(separator: ", ")
      let sql = best(
        """
        SELECT brief_id, revision, band, urgency, impact_level, total_evi, confidence, created_at, kind, domain, headline, summary, expires_at, story_id, event_ids, tenant
        FROM briefs WHERE \(conditions.joined(separator: " AND "))
        """, order: descending, limit: filter.limit)
      var rows = try show(sql, values)
      if !plans.isEmpty { rows.rows = plans + rows.rows }
      return QueryPage(rows: rows, next: try next(rows, sql, values, key, filter.limit))
    }
  }

  /// The key of a full page's last row.
  func next(_ rows: Rows, _ sql: String, _ values: Values, _ key: [String], _ limit: Int) throws(ProwziError) -> String? {
    guard rows.count == limit, rows.columns != ["QUERY PLAN"] else { return nil }
    let names = rows.columns
    if key.allSatisfy(names.contains) {
      return key.map { name in names.firstIndex(of: name).flatMap { rows.rows.last?[$0] } ?? "" }.joined(separator: "~")
    }
    // Rows are JSON, or do not show their key.
    let last = try connection.query("SELECT \(key.joined(separator: ", ")) FROM (\(sql)) AS answer OFFSET \(limit - 1)", values.list)
    return last.rows.first.map { $0.map { $0 ?? "" }.joined(separator: "~") }
  }
}
