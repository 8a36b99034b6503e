import Foundation
import Model
import Testing

@testable import Postgres

/// Each question, asked by a plain reader below row security, reads the indexes that were made for it and walks through no large table.
///
/// The tables hold enough rows for the planner to have a choice, most of them another tenant's; what was read is counted by the server, also inside functions.
@Suite struct PlanTests {
  private static let settings: ConnectionSettings = {
    do {
      let settings = try Cluster.database()
      let connection = try settings.connect()
      let role = "plain_\(UInt32.random(in: 0 ... .max))"
      try connection.execute("CREATE ROLE \(role) LOGIN IN ROLE prowzi_reader")
      try connection.execute(fill)
      try connection.execute("VACUUM ANALYZE")
      return settings.user(role)
    } catch {
      Issue.record("no tables: \(error)")
      return Cluster.settings("postgres")
    }
  }()

  /// 40,000 events an hour's tenth apart, a fifth of them shared; a brief for each fiftieth.
  private static let fill = """
    SET search_path = prowzi, pg_temp;
    CREATE FUNCTION pg_temp.event(n integer) RETURNS uuid LANGUAGE sql AS $$
      SELECT (left(first_id(timestamptz '2026-01-01' + n * interval '6 minutes')::text, 24) || lpad(to_hex(n), 12, '0'))::uuid $$;
    CREATE FUNCTION pg_temp.thing(n integer) RETURNS uuid LANGUAGE sql AS $$ SELECT entity_id('organization', 'Org ' || n) $$;
    CREATE TEMPORARY TABLE made AS SELECT n, pg_temp.event(n) AS id, timestamptz '2026-01-01' + n * interval '6 minutes' AS at,
      CASE n % 5 WHEN 0 THEN 'shared' ELSE 'other' END AS tenant, CASE (n / 5) % 2 WHEN 0 THEN 'ai' ELSE 'crypto' END AS domain
      FROM generate_series(1, 40000) AS n;
    INSERT INTO event_search SELECT tenant, domain, id, 0, to_tsvector('english', 'bridge word' || n % 500 || ' rare' || n % 4000) FROM made;
    INSERT INTO evaluations SELECT id, 's@1', domain, tenant, 0, n, (ARRAY['news', 'paper', 'exploit', 'repo_stars'])[1 + (n / 10) % 4], 'feed',
      pg_temp.event(n - n % 7), 1, 1, 0.5, 0.5, 0, 0.5, (ARRAY['low', 'medium', 'high', 'critical'])[1 + (n / 20) % 4],
      (ARRAY['archive', 'weekly', 'same_day', 'instant'])[1 + (n / 30) % 4], 'threshold', NULL, at, NULL, '{}' FROM made;
    INSERT INTO stories SELECT id, tenant, 0, domain, 'title', 'feed', at, at, 3, 1 + (n / 7) % 3 FROM made WHERE n % 7 = 0;
    INSERT INTO story_sources SELECT id, 'paper ' || k, tenant, 0, id, 1 FROM made, generate_series(1, 3) AS k WHERE n % 7 = 0;
    INSERT INTO entities SELECT pg_temp.thing(k), tenant, 0, 'organization', 'Org ' || k, 10, now(), now()
      FROM generate_series(1, 3000) AS k, (VALUES ('shared'), ('other')) AS t (tenant);
    INSERT INTO mentions SELECT pg_temp.thing(1 + (n / 5 * k) % 3000), id, tenant, 0, true FROM made, generate_series(1, 3) AS k ON CONFLICT DO NOTHING;
    INSERT INTO edges SELECT least(a, b), greatest(a, b), tenant, 0, 1, now(), now(), k FROM (
        SELECT pg_temp.thing(k % 200 + 1) AS a, pg_temp.thing((k * 7) % 3000 + 1) AS b, k, CASE k % 5 WHEN 0 THEN 'shared' ELSE 'other' END AS tenant
        FROM generate_series(1, 30000) AS k) AS pair WHERE a <> b ON CONFLICT DO NOTHING;
    INSERT INTO heat SELECT date_trunc('hour', at), domain, 'node ' || k, tenant, 0, 1, 1 FROM made, generate_series(1, 4) AS k ON CONFLICT DO NOTHING;
    INSERT INTO bands SELECT date_trunc('hour', at), domain, 'kind ' || k, 'archive', tenant, 0, 1, 1 FROM made, generate_series(1, 4) AS k
      ON CONFLICT DO NOTHING;
    INSERT INTO briefs SELECT id, 1, tenant, 0, n, 'active', (ARRAY['archive', 'weekly', 'same_day', 'instant'])[1 + (n / 10) % 4], (n / 10) % 4, 'news', domain, id,
      'headline word' || n % 500, 'summary', random(), 0.5, 'high', NULL, at, NULL, ARRAY[id], at FROM made WHERE n % 10 = 0 OR n % 9 = 0;
    INSERT INTO brief_events SELECT unnest(event_ids), brief_id, tenant, 0, 1 FROM briefs;
    INSERT INTO brief_revisions SELECT brief_id, 1, tenant, 0, record_offset, 'active', band, created_at, created_at, '{}' FROM briefs;
    INSERT INTO evidence SELECT brief_id, 1, record_offset, 0, tenant, 0, brief_id, 'c', 'f', 0, 1, '', 0 FROM briefs
    """

  struct Question: CustomTestStringConvertible, Sendable {
    var name: String
    /// Every one of these is read.
    var indexes: [String]
    var ask: @Sendable (Reader) throws -> Void
    var testDescription: String { name }

    init(_ name: String, _ indexes: [String], _ ask: @escaping @Sendable (Reader) throws -> Void) {
      (self.name, self.indexes, self.ask) = (name, indexes, ask)
    }
  }

  private static func filter(_ change: (inout QueryFilter) -> Void) -> QueryFilter {
    var filter = QueryFilter()
    filter.until = middle
    change(&filter)
    return filter
  }

  /// The middle of what there is.
  private static let middle = Timestamp(milliseconds: 1_767_225_600_000 + 20_000 * 360_000)
  private static let day = Timestamp(milliseconds: 1_767_225_600_000 + 19_500 * 360_000)

  static let questions: [Question] = [
    Question("briefs by band", ["briefs_urgency"]) { _ = try $0.briefs(filter { $0.band = "instant" }) },
    Question("briefs by time", ["briefs_created"]) { _ = try $0.briefs(filter { _ in }, order: .time) },
    Question("briefs by entity", ["mentions_pkey"]) { _ = try $0.briefs(filter { $0.entity = "organization:Org 7" }) },
    Question("briefs by text", ["briefs_search"]) { _ = try $0.briefs(filter { $0.text = "word77" }) },
    Question("newest events", ["event_search_pkey"]) { _ = try $0.events(filter { _ in }) },
    Question("events by domain", ["event_search_pkey"]) { _ = try $0.events(filter { $0.domain = "crypto" }) },
    Question("events by kind", ["evaluations_kind"]) { _ = try $0.events(filter { $0.kind = "exploit" }) },
    Question("events by band", ["evaluations_band"]) { _ = try $0.events(filter { $0.band = "archive" }) },
    Question("events by impact", ["evaluations_impact"]) { _ = try $0.events(filter { $0.impact = "low" }) },
    Question("events by entity", ["mentions_pkey"]) { _ = try $0.events(filter { $0.entity = "organization:Org 7" }) },
    Question("events by rare words", ["event_search_words"]) { _ = try $0.events(filter { $0.text = "rare1234" }) },
    Question("events by frequent words", ["event_search_pkey"]) { _ = try $0.events(filter { $0.text = "bridge" }) },
    Question("stories", ["stories_recent"]) { _ = try $0.stories(filter { _ in }) },
    Question("stories of several sources", ["stories_shared"]) { _ = try $0.stories(filter { _ in }, sources: 3) },
    Question("members of a story", ["evaluations_story"]) { _ = try $0.members(ofStory: middleStory, limit: 100) },
    Question("evidence of a story", ["briefs_story", "evidence_pkey"]) { _ = try $0.evidence(ofStory: middleStory) },
    Question("an entity by name", ["entities_name", "entities_pkey"]) { _ = try $0.entity("org 7", limit: 20) },
    Question("graph to depth 3", ["edges_low_weight", "edges_high_weight", "entities_pkey"]) {
      _ = try $0.graph("organization:Org 7", depth: 3, fanout: 12)
    },
    Question("timeline of two days", ["heat_pkey"]) { _ = try $0.timeline(filter { $0.since = day }, by: .hour, node: nil) },
    Question("bands of two days", ["bands_pkey"]) { _ = try $0.bands(filter { $0.since = day }, by: .day) },
    Question("leads", ["stories_shared", "story_sources_pkey"]) { _ = try $0.leads(filter { _ in }) },
    Question("latency of two days", ["brief_revisions_created"]) { _ = try $0.latency(filter { $0.since = day }) },
  ]

  private static let middleStory = EventID(
    high: UInt64(1_767_225_600_000 + 21_000 * 360_000) << 16, low: 21_000)

  @Test(arguments: questions) func aPlainReadersQuestionReadsTheIndexMadeForIt(_ question: Question) throws {
    let reader = try Reader(Self.settings, traces: true)
    try question.ask(reader)
    #expect(reader.trace.indexes.isSuperset(of: question.indexes), "read \(reader.trace.indexes.sorted())")
    #expect(reader.trace.tables.subtracting(["tenant_access", "scorers"]).isEmpty, "walked through \(reader.trace.tables.sorted())")
  }
}
