import Model

extension Reader {
  /// Entities of a name (any type, or `type:name`), or whose names begin with it.
  public func entity(_ text: String, limit: Int) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      let ids = try entities(text)
      return QueryPage(
        rows: try show(
          """
          SELECT entity_id, type, name, sum(mentions)::bigint AS mentions, min(first_seen_at) AS first_seen_at, max(last_seen_at) AS last_seen_at
          FROM entities WHERE entity_id = ANY (\(Self.array(ids))) GROUP BY entity_id, type, name ORDER BY mentions DESC, entity_id LIMIT \(limit)
          """))
    }
  }

  /// What an entity is connected with, to a depth of at most three.
  public func graph(_ text: String, depth: Int, fanout: Int) throws(ProwziError) -> QueryPage {
    try transaction { () throws(ProwziError) in
      let id = try entities(text)[0]
      let known = try connection.query("SELECT type, name FROM entities WHERE entity_id = $1::uuid LIMIT 1", [id])
      var values = Values()
      let arguments = [values.add(known[0, 0], "text"), values.add(known[0, 1], "text"), "\(depth)", "\(fanout)"].joined(separator: ", ")
      return QueryPage(
        rows: try show(
          """
          SELECT distance, type, name, mentions, round(weight::numeric, 4) AS weight, events, entity_id, through FROM neighbourhood(\(arguments))
          """, values))
    }
  }
}
