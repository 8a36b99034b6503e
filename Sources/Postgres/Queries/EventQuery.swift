import Model

extension Reader {
  /// Events, newest first.
  ///
  /// Two steps: first the ids, by whichever index the filters ask for (an entity's mentions, the text index, a band, impact or kind, else the days
  /// themselves), then the events of those ids, whose days the planner can see.
  public func events(_ filter: QueryFilter) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      var plans: [[String?]] = []
      let ids = try eventIDs(filter, &plans)
      let page = Array(ids.prefix(filter.limit))
      var rows = try show(Self.eventRows(page))
      if !plans.isEmpty { rows.rows = plans + rows.rows }
      return QueryPage(rows: rows, next: ids.count > filter.limit ? page.last : nil)
    }
  }

  private static func eventRows(_ ids: [String]) -> String {
    """
    SELECT event.event_id, event.observed_at, event.domain, event.kind, event.source, evaluation.band, evaluation.total_evi, evaluation.impact_level,
      event.title, event.url, event.story_id, event.relation, event.tenant
    FROM events AS event
    LEFT JOIN LATERAL (
      SELECT band, total_evi, impact_level FROM evaluations
      WHERE event_id = event.event_id ORDER BY record_offset DESC LIMIT 1) AS evaluation ON true
    WHERE event.event_id = ANY (\(array(ids)))
    ORDER BY event.event_id DESC
    """
  }

  /// One id more than asked for, where there are so many: then there is another page.
  private func eventIDs(_ filter: QueryFilter, _ plans: inout [[String?]]) throws(ProwziError) -> [String] {
    let high =
      try filter.after.map { text throws(ProwziError) in
        let part = try Self.parts(ofPage: text, count: 1)[0]
        guard let id = EventID(part) else {
          throw ProwziError("query.bad_page", "'\(text)' is not the id of an event", advice: "Give --after what the last page ended with")
        }
        return min(id, filter.high)
      } ?? filter.high
    let wanted = filter.limit + 1
    if let text = filter.text { return try searchEvents(text, filter, high, wanted, &plans) }
    var values = Values()
    let judged = Self.judgement(filter, "evaluation", &values)
    let window = { (name: String) in
      "\(name).tenant = {tenant} AND \(name).event_id >= '\(filter.low)' AND \(name).event_id < '\(high)'"
    }
    let select: String
    if let entity = filter.entity {
      let entities = try entities(entity)
      select =
        "SELECT DISTINCT mention.event_id FROM mentions AS mention"
        + (judged.isEmpty ? "" : " JOIN evaluations AS evaluation ON evaluation.event_id = mention.event_id")
        + " WHERE mention.entity_id \(entities.count == 1 ? "= '\(entities[0])'" : "= ANY (\(Self.array(entities)))") AND \(window("mention"))\(judged)"
    } else if filter.band != nil || filter.impact != nil || filter.kind != nil {
      select = "SELECT DISTINCT event_id FROM evaluations AS evaluation WHERE \(window("evaluation"))\(judged)"
    } else {
      values = Values()
      let domains = filter.domain.map { [$0] } ?? ["ai", "crypto"]
      // By domain, since the key begins with tenant and domain.
      select =
        "SELECT event_id FROM ("
        + domains.map {
          "(SELECT event_id FROM event_search AS event WHERE \(window("event")) AND domain = \(Quote.literal($0)) ORDER BY event_id DESC LIMIT \(wanted))"
        }.joined(separator: " UNION ALL ") + ") AS newest"
    }
    return try find(best(select, order: "event_id DESC", limit: wanted), values, plans: &plans).rows.compactMap { $0[0] }
  }

  /// What a filter says of evaluations.
  private static func judgement(_ filter: QueryFilter, _ name: String, _ values: inout Values) -> String {
    var condition = ""
    for (column, value) in [("band", filter.band), ("impact_level", filter.impact)] {
      // In the statement, not beside it: partial indexes serve only what the planner can see.
      if let value { condition += " AND \(name).\(column) = \(Quote.literal(value))" }
    }
    for (column, value) in [("kind", filter.kind), ("domain", filter.domain)] {
      if let value { condition += " AND \(name).\(column) = \(values.add(value, "text"))" }
    }
    return condition
  }

  /// Pieces of what the text index finds, until a page is full of what the other filters let through.
  private func searchEvents(
    _ text: String, _ filter: QueryFilter, _ high: EventID, _ wanted: Int, _ plans: inout [[String?]]
  ) throws(ProwziError) -> [String] {
    var found: [String] = []
    var before = high.text
    let hasTests = filter.entity != nil || filter.band != nil || filter.impact != nil || filter.kind != nil || filter.domain != nil
    let entities = try filter.entity.map { name throws(ProwziError) in try self.entities(name) }
    for _ in 0..<50 where found.count < wanted {
      // Other filters let only some through.
      let size = hasTests ? max(200, wanted) : wanted
      let ids = try connection.query(
        "SELECT search_events($1, $2::uuid, $3::uuid, $4)", [text, filter.low.text, before, String(size)]
      ).rows.compactMap { $0[0] }
      guard let last = ids.last else { break }
      before = last
      var values = Values()
      let judged = Self.judgement(filter, "evaluation", &values)
      let named = entities.map { " AND EXISTS (SELECT FROM mentions WHERE event_id = id AND entity_id = ANY (\(Self.array($0))))" } ?? ""
      if judged.isEmpty, named.isEmpty {
        found += ids
      } else {
        let test = judged.isEmpty ? "" : " AND EXISTS (SELECT FROM evaluations AS evaluation WHERE evaluation.event_id = id\(judged))"
        found += try find(
          "SELECT id FROM unnest(\(Self.array(ids))) AS id WHERE true\(test)\(named) ORDER BY id DESC", values, plans: &plans
        )
        .rows.compactMap { $0[0] }
      }
      if ids.count < size { break }
    }
    return Array(found.prefix(wanted))
  }
}
