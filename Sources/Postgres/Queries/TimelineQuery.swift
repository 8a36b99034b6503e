import Model

extension Reader {
  /// How finely time is divided.
  public enum Bucket: String, Sendable, CaseIterable {
    case hour, day, week
  }

  /// How warm each node of the ontology was: the timeline's heat map.
  public func timeline(_ filter: QueryFilter, by bucket: Bucket, node: String?) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      var values = Values()
      let conditions = hours(filter, &values) + (node.map { ["node = \(values.add($0, "text"))"] } ?? [])
      return QueryPage(
        rows: try show(
          """
          SELECT date_trunc('\(bucket.rawValue)', hour) AS "from", node, domain, sum(events)::bigint AS events, round(sum(weight_micros) / 1000000.0, 3) AS weight
          FROM heat WHERE \(conditions.joined(separator: " AND ")) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT \(filter.limit)
          """, values))
    }
  }

  /// How many events fell into each band.
  public func bands(_ filter: QueryFilter, by bucket: Bucket) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      var values = Values()
      var conditions = hours(filter, &values)
      if let kind = filter.kind { conditions.append("kind = \(values.add(kind, "text"))") }
      if let band = filter.band { conditions.append("band = \(values.add(band, "text"))") }
      return QueryPage(
        rows: try show(
          """
          SELECT date_trunc('\(bucket.rawValue)', hour) AS "from", domain, band, sum(events)::bigint AS events,
            round(sum(evi_micros) / sum(events) / 1000000.0, 3) AS mean_evi
          FROM bands WHERE \(conditions.joined(separator: " AND ")) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT \(filter.limit)
          """, values))
    }
  }

  private func hours(_ filter: QueryFilter, _ values: inout Values) -> [String] {
    var conditions = ["tenant IN (\(tenantList))"]
    if let since = filter.since { conditions.append("hour >= date_trunc('hour', \(values.add(since.rfc3339, "timestamptz")))") }
    if let until = filter.until { conditions.append("hour < \(values.add(until.rfc3339, "timestamptz"))") }
    if let domain = filter.domain { conditions.append("domain = \(values.add(domain, "text"))") }
    return conditions
  }

  /// Which publisher was first, story by story, newest first.
  public func leads(_ filter: QueryFilter) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      var values = Values()
      var conditions = ["tenant = {tenant}"]
      if let domain = filter.domain { conditions.append("domain = \(values.add(domain, "text"))") }
      if let since = filter.since { conditions.append("last_seen_at >= \(values.add(since.rfc3339, "timestamptz"))") }
      if let until = filter.until { conditions.append("last_seen_at < \(values.add(until.rfc3339, "timestamptz"))") }
      if let after = filter.after {
        let parts = try Self.parts(ofPage: after, count: 2)
        conditions.append("(last_seen_at, story_id) < (\(values.add(parts[0], "timestamptz")), \(values.add(parts[1], "uuid")))")
      }
      let sql = best(
        """
        SELECT story_id, last_seen_at, first_publisher, second_publisher, lead, first_at, title FROM source_leads
        WHERE \(conditions.joined(separator: " AND "))
        """, order: "last_seen_at DESC, story_id DESC", limit: filter.limit)
      let rows = try show(sql, values)
      return QueryPage(rows: rows, next: try next(rows, sql, values, ["last_seen_at", "story_id"], filter.limit))
    }
  }

  /// How long it took from an observation to its brief, by band: in stream time, and until the tables knew.
  public func latency(_ filter: QueryFilter) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      var values = Values()
      var conditions = ["tenant IN (\(tenantList))"]
      if let since = filter.since { conditions.append("created_at >= \(values.add(since.rfc3339, "timestamptz"))") }
      if let until = filter.until { conditions.append("created_at < \(values.add(until.rfc3339, "timestamptz"))") }
      return QueryPage(
        rows: try show(
          """
          SELECT band, count(*) AS revisions, percentile_disc(0.5) WITHIN GROUP (ORDER BY latency) AS median,
            percentile_disc(0.95) WITHIN GROUP (ORDER BY latency) AS ninety_fifth, max(latency) AS longest
          FROM brief_latency WHERE \(conditions.joined(separator: " AND ")) GROUP BY band ORDER BY band
          """, values))
    }
  }
}
