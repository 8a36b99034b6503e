import Foundation
import Model
import Projection
import Testing

@testable import Postgres

@Suite struct QueryTests {
  private static let log = sampleLog(1500, tenants: ["shared", "north"])
  private static let settings: ConnectionSettings = {
    do {
      let settings = try Cluster.database()
      try project(log, PostgresStore(settings))
      try settings.connect().execute("ANALYZE")
      return settings
    } catch {
      Issue.record("no tables: \(error)")
      return Cluster.settings("postgres")
    }
  }()

  private func count(_ sql: String) throws -> Int { Int(try Self.settings.value(sql) ?? "") ?? -1 }

  private func filter(_ change: (inout QueryFilter) -> Void) -> QueryFilter {
    var filter = QueryFilter()
    change(&filter)
    return filter
  }

  /// Every page of a question.
  private func all(_ filter: QueryFilter, limit: Int, _ ask: (QueryFilter) throws -> QueryPage) throws -> [[String?]] {
    var filter = filter
    filter.limit = limit
    var rows: [[String?]] = []
    for _ in 0..<1000 {
      let page = try ask(filter)
      #expect(page.rows.count <= limit)
      rows += page.rows.rows
      guard let next = page.next else { return rows }
      filter.after = next
    }
    return rows
  }

  @Test func pagesHoldEveryEventOnceNewestFirst() throws {
    let reader = try Reader(Self.settings)
    let rows = try all(QueryFilter(), limit: 90) { try reader.events($0) }
    let ids = rows.compactMap { $0[0] }
    #expect(ids.count == 1500)
    #expect(Set(ids).count == 1500)
    #expect(ids == ids.sorted().reversed())
  }

  @Test func everyFilterOfEventsLetsThroughWhatItSays() throws {
    let reader = try Reader(Self.settings)
    let middle = SampleRecords(seed: 0).start.adding(milliseconds: 60_000_000)
    let moment = middle.rfc3339
    let join = "FROM prowzi.events e JOIN prowzi.evaluations v USING (event_id)"
    let named =
      "EXISTS (SELECT FROM prowzi.mentions m WHERE m.event_id = e.event_id AND m.entity_id = prowzi.entity_id('organization', 'Org 7'))"
    let text = "to_tsvector('english', coalesce(e.title, '') || ' ' || coalesce(e.body, ''))"
    let words = "\(text) @@ websearch_to_tsquery('english', '\"bridge exploit\" -model')"
    for (name, change, sql) in [
      ("domain", { $0.domain = "crypto" }, "SELECT count(*) \(join) WHERE e.domain = 'crypto'"),
      ("kind", { $0.kind = "exploit" }, "SELECT count(*) \(join) WHERE e.kind = 'exploit'"),
      ("band", { $0.band = "instant" }, "SELECT count(*) \(join) WHERE v.band = 'instant'"),
      ("impact", { $0.impact = "critical" }, "SELECT count(*) \(join) WHERE v.impact > 0.8"),
      ("since", { $0.since = middle }, "SELECT count(*) \(join) WHERE e.observed_at >= '\(moment)'"),
      ("until", { $0.until = middle }, "SELECT count(*) \(join) WHERE e.observed_at < '\(moment)'"),
      ("entity", { $0.entity = "organization:Org 7" }, "SELECT count(*) \(join) WHERE \(named)"),
      ("a name alone", { $0.entity = "ORG 7" }, "SELECT count(*) \(join) WHERE \(named)"),
      ("text", { $0.text = "\"bridge exploit\" -model" }, "SELECT count(*) \(join) WHERE \(words)"),
      (
        "several",
        {
          $0.entity = "organization:Org 7"
          $0.domain = "ai"
          $0.text = "model"
        }, "SELECT count(*) \(join) WHERE \(named) AND e.domain = 'ai' AND \(text) @@ to_tsquery('english', 'model')"
      ),
      (
        "band and kind",
        {
          $0.band = "same_day"
          $0.kind = "news"
        }, "SELECT count(*) \(join) WHERE v.band = 'same_day' AND e.kind = 'news'"
      ),
    ] as [(String, (inout QueryFilter) -> Void, String)] {
      let rows = try all(filter(change), limit: 37) { try reader.events($0) }
      let expected = try count(sql)
      #expect(expected > 0, "\(name)")
      #expect(rows.count == expected, "\(name)")
      #expect(Set(rows.compactMap { $0[0] }).count == expected, "\(name)")
    }
    let unknown = #expect(throws: ProwziError.self) { try reader.events(filter { $0.entity = "Org" }) }
    #expect(unknown?.code == "query.unknown_entity")
    #expect(unknown?.advice?.hasPrefix("Did you mean organization:Org ") == true)
    #expect(throws: ProwziError.self) { try reader.events(filter { $0.after = "nonsense" }) }
  }

  @Test func briefsComeInTheirOrderAndOnce() throws {
    let reader = try Reader(Self.settings)
    let total = try count("SELECT count(*) FROM prowzi.briefs")
    for order in Reader.BriefOrder.allCases {
      let rows = try all(QueryFilter(), limit: 23) { try reader.briefs($0, order: order) }
      #expect(Set(rows.compactMap { $0[0] }).count == total)
      #expect(rows.count == total)
      let sorted = try Self.settings.connect().execute(
        "SELECT brief_id FROM prowzi.top_briefs ORDER BY \(order == .urgency ? "urgency DESC, total_evi DESC" : "created_at DESC"), brief_id DESC"
      )
      #expect(rows.map { $0[0] } == sorted.rows.map { $0[0] })
    }
    for (change, sql) in [
      ({ $0.band = "instant" }, "band = 'instant'"), ({ $0.impact = "high" }, "impact_level = 'high'"),
      ({ $0.kind = "news" }, "kind = 'news'"),
      ({ $0.text = "bridge" }, "search @@ to_tsquery('english', 'bridge')"),
      (
        { $0.entity = "organization:Org 7" },
        "EXISTS (SELECT FROM prowzi.mentions m WHERE m.event_id = ANY (event_ids) AND entity_id = prowzi.entity_id('organization', 'Org 7'))"
      ),
    ] as [((inout QueryFilter) -> Void, String)] {
      let rows = try all(filter(change), limit: 11) { try reader.briefs($0) }
      #expect(rows.count == (try count("SELECT count(*) FROM prowzi.briefs WHERE \(sql)")), "\(sql)")
      #expect(!rows.isEmpty)
    }
  }

  @Test func storiesEntitiesAndTheRestAreAnswered() throws {
    let reader = try Reader(Self.settings)
    let stories = try all(QueryFilter(), limit: 100) { try reader.stories($0) }
    #expect(stories.count == (try count("SELECT count(*) FROM prowzi.stories")))
    let shared = try all(QueryFilter(), limit: 100) { try reader.stories($0, sources: 2) }
    #expect(shared.count == (try count("SELECT count(*) FROM prowzi.stories WHERE sources >= 2")))
    let largest = try Self.settings.value("SELECT story_id FROM prowzi.stories ORDER BY size DESC, story_id LIMIT 1") ?? ""
    let id = try #require(EventID(largest))
    #expect(
      try reader.members(ofStory: id, limit: 100).rows.count
        == (try count("SELECT count(*) FROM prowzi.events WHERE story_id = '\(largest)'")))
    let briefed = try #require(EventID(try Self.settings.value("SELECT story_id FROM prowzi.briefs LIMIT 1") ?? ""))
    #expect(try reader.evidence(ofStory: briefed).rows.count == 2)
    #expect(try reader.entity("Org 7", limit: 10).rows.count == 1)
    let near = try reader.graph("organization:Org 7", depth: 1, fanout: 50).rows
    #expect(near.rows[0][2] == "Org 7")
    #expect(near.count > 5)
    let far = try reader.graph("organization:Org 7", depth: 3, fanout: 50).rows
    #expect(far.count >= near.count)
    var whole = QueryFilter()
    whole.limit = 100_000
    let heat = try reader.timeline(whole, by: .day, node: "ai.models").rows
    #expect(heat.rows.compactMap { Int($0[3] ?? "") }.reduce(0, +) == 1500)
    let bands = try reader.bands(whole, by: .week).rows
    #expect(bands.rows.compactMap { Int($0[3] ?? "") }.reduce(0, +) == 1500)
    #expect(try reader.leads(whole).rows.count > 10)
    #expect(try reader.latency(QueryFilter()).rows.count == 4)
  }

  @Test func plansAreShownAndOtherMonthsAreNotLookedAt() throws {
    // A day of the month behind.
    _ = try Self.settings.value("SELECT prowzi.ensure_day(20515)")
    let reader = try Reader(Self.settings, explains: true)
    let plan = try reader.events(
      filter {
        $0.since = Timestamp(milliseconds: 1_771_700_000_000)
        $0.until = Timestamp(milliseconds: 1_771_750_000_000)
      }
    ).rows.rows.compactMap { $0[0] }.joined(separator: "\n")
    #expect(plan.contains("Execution Time"))
    #expect(plan.contains("event_search"))
    #expect(plan.contains("events_202602"))
    #expect(!plan.contains("events_202603"))
  }

  @Test func everyAnswerIsAlsoJSON() throws {
    let reader = try Reader(Self.settings, asJSON: true)
    let page = try reader.briefs(filter { $0.limit = 3 })
    #expect(page.next?.split(separator: "~").count == 3)
    for row in page.rows.rows {
      let object = try JSONSerialization.jsonObject(with: Data((row[0] ?? "").utf8)) as? [String: Any]
      #expect(object?["brief_id"] is String)
      #expect(object?["total_evi"] is Double)
    }
  }
}
