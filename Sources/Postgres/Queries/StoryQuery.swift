import Model

extension Reader {
  /// Stories, those with the newest event first.
  /// - Parameter sources: only stories that so many sources took up.
  public func stories(_ filter: QueryFilter, sources: Int = 1) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      var values = Values()
      // In the statement, so that the index of stories with several sources serves.
      var conditions = ["tenant = {tenant}", "sources >= \(sources)"]
      if sources >= 2 { conditions.append("sources >= 2") }
      if let domain = filter.domain { conditions.append("domain = \(values.add(domain, "text"))") }
      if let since = filter.since { conditions.append("last_seen_at >= \(values.add(since.rfc3339, "timestamptz"))") }
      if let until = filter.until { conditions.append("last_seen_at < \(values.add(until.rfc3339, "timestamptz"))") }
      if let entity = filter.entity {
        conditions.append(
          """
          story_id IN (SELECT evaluation.story_id FROM mentions AS mention JOIN evaluations AS evaluation ON evaluation.event_id = mention.event_id
            WHERE mention.entity_id = ANY (\(Self.array(try entities(entity)))) AND mention.tenant = {tenant})
          """)
      }
      if let after = filter.after {
        let parts = try Self.parts(ofPage: after, count: 2)
        conditions.append("(last_seen_at, story_id) < (\(values.add(parts[0], "timestamptz")), \(values.add(parts[1], "uuid")))")
      }
      let sql = best(
        """
        SELECT story_id, last_seen_at, first_seen_at, domain, size, sources, first_source, title, tenant
        FROM stories WHERE \(conditions.joined(separator: " AND "))
        """, order: "last_seen_at DESC, story_id DESC", limit: filter.limit)
      let rows = try show(sql, values)
      return QueryPage(rows: rows, next: try next(rows, sql, values, ["last_seen_at", "story_id"], filter.limit))
    }
  }

  /// The members of one story, in the order they were observed.
  public func members(ofStory id: EventID, limit: Int) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      // Evaluations lead to the days; looking through the events of every day would take longer.
      let found = try connection.execute(
        "SELECT DISTINCT event_id, domain FROM evaluations WHERE story_id = '\(id)' ORDER BY event_id LIMIT \(limit)"
      ).rows
      let ids = found.compactMap { $0[0] }
      let domains = Set(found.compactMap { $0[1] }).sorted().map { Quote.literal($0) }.joined(separator: ", ")
      // Of an empty list the planner concludes nothing, and would look into the events of every month; of an id that no event has, that it needs none.
      let condition =
        ids.isEmpty
        ? "event_id = '00000000-0000-0000-0000-000000000000'" : "event_id = ANY (\(Self.array(ids))) AND domain IN (\(domains))"
      let rows = try show(
        """
        SELECT event_id, observed_at, source, kind, relation, similarity, band, total_evi, title, url FROM story_members
        WHERE \(condition) ORDER BY event_id
        """)
      return QueryPage(rows: rows)
    }
  }

  /// What the briefs of one story claim, and the bytes each claim rests on.
  public func evidence(ofStory id: EventID) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      QueryPage(
        rows: try show(
          """
          SELECT brief_id, revision, ordinal, claim, event_id, field, field_start, field_end, raw, raw_start, raw_end, sha256, derivation
          FROM story_evidence WHERE story_id = '\(id)' ORDER BY brief_id, ordinal
          """))
    }
  }
}
