import Adapters
import Events
import Model
import TestSupport
import Testing

/// What a capture must become: events by kind, rejections by code.
struct CaptureCase: Sendable, CustomTestStringConvertible {
  var source: String
  var path: String
  var type = "application/json"
  var isDocument = false
  var events: [String: Int]
  var rejections: [String: Int] = [:]
  /// Spans are checked on every so many records.
  var stride = 1

  var testDescription: String { path }
}

let captureCases: [CaptureCase] = [
  .init(
    source: "github_star_ranking", path: "github_star_ranking/star_snapshots_2025-07_2026-03.csv.zst", type: "text/csv",
    events: ["repo_stars": 376_188], stride: 97),
  .init(source: "github_star_ranking", path: "github_star_ranking/repos.jsonl.zst", events: ["generic": 1746]),
  .init(source: "arxiv_daily", path: "arxiv_daily/arxiv_2026-01_2026-04.jsonl.zst", events: ["paper": 38_306], stride: 41),
  .init(source: "arxiv_daily", path: "arxiv_daily/arxiv_titles_2025-03_2025-12.jsonl.zst", events: ["paper": 40_717], stride: 41),
  .init(
    source: "arxiv_api_recordings", path: "arxiv_api_recordings/arxiv_api_responses.jsonl.zst", events: ["paper": 221],
    rejections: ["http.error": 1, "source.empty_response": 2]),
  .init(source: "git_activity", path: "git_activity/commits.jsonl.zst", events: ["repo_push": 4469], stride: 7),
  .init(source: "git_activity", path: "git_activity/releases.jsonl", events: ["repo_release": 1059], stride: 7),
  .init(
    source: "github_webhooks", path: "github_webhooks/webhook_payloads.jsonl.zst",
    events: ["repo_release": 12, "repo_stars": 4, "generic": 243, "repo_push": 6, "advisory": 8]),
  .init(
    source: "github_api_recordings", path: "github_api_recordings/events.jsonl.zst",
    events: ["repo_push": 84, "repo_stars": 13, "generic": 121]),
  .init(
    source: "github_api_recordings", path: "github_api_recordings/http_exchanges.jsonl.zst",
    events: ["advisory": 44, "repo_stars": 16, "repo_release": 20, "repo_push": 120, "generic": 203],
    rejections: ["http.error": 1, "source.empty_response": 9, "source.unknown": 38]),
  .init(source: "ai_headlines", path: "ai_headlines/headlines.jsonl.zst", events: ["news": 7315], stride: 7),
  .init(source: "ai_model_releases", path: "ai_model_releases/model_catalog_events.jsonl.zst", events: ["model_release": 7258], stride: 7),
  .init(source: "crypto_headlines", path: "crypto_headlines/headlines.jsonl.zst", events: ["news": 1946]),
  .init(source: "hn_rss", path: "hn_rss/hn_frontpage.jsonl.zst", events: ["news": 2880]),
  .init(source: "uci_news_clusters", path: "uci_news_clusters/headlines.jsonl.zst", events: ["news": 4050]),
  .init(source: "defihacklabs", path: "defihacklabs/incidents.jsonl.zst", events: ["exploit": 744]),
  .init(source: "defillama_hacks", path: "defillama_hacks/hacks.jsonl", events: ["exploit": 441]),
  .init(source: "defillama_raises", path: "defillama_raises/raises.jsonl.zst", events: ["funding_round": 3856]),
  .init(
    source: "defillama_raises", path: "defillama_raises/raises_api_response_2022-11.json", isDocument: true,
    events: ["funding_round": 1873], stride: 1),
  .init(source: "jup_token_list", path: "jup_token_list/token_list_events.jsonl.zst", events: ["token_listing": 1563]),
  .init(source: "solrpds", path: "solrpds/pools.jsonl.zst", events: ["pool_activity": 4388], stride: 7),
  .init(source: "uniswap_v2_rugpulls", path: "uniswap_v2_rugpulls/pools.jsonl.zst", events: ["token_launch": 13_135], stride: 13),
]

@Suite(.enabled(if: Captures.arePresent || Captures.areRequired, "no captures: set PROWZI_CAPTURES"))
struct CaptureTests {
  @Test(arguments: captureCases)
  func everyRecordBecomesWhatItShould(expected: CaptureCase) throws {
    try #require(Captures.arePresent, "CI needs the captures")
    let records = Captures.records(expected.source, expected.path, type: expected.type, isDocument: expected.isDocument)
    check(records, expected)
  }

  @Test func rawHackerNewsFeedsBecomeNews() throws {
    try #require(Captures.arePresent, "CI needs the captures")
    let days = ["07-24", "08-05", "08-17", "08-29", "09-10", "09-22", "10-04", "10-16", "10-28", "11-09", "11-21", "12-03"]
    let records = days.flatMap {
      Captures.records("hn_rss", "hn_rss/raw_xml/frontpage_2025-\($0).xml", type: "application/xml", isDocument: true)
    }
    check(records, CaptureCase(source: "hn_rss", path: "hn_rss/raw_xml", events: ["news": 240]))
  }

  private func check(_ records: [RawRecord], _ expected: CaptureCase) {
    let registry = AdapterRegistry()
    var scratch = AdapterScratch()
    var kinds: [String: Int] = [:]
    var codes: [String: Int] = [:]
    var violations: [String] = []
    var examples: [String] = []
    for (index, record) in records.enumerated() {
      var items: [Event] = []
      var rejections: [Rejection] = []
      registry.read(record, into: &items, rejections: &rejections, scratch: &scratch)
      for rejection in rejections {
        codes[rejection.code, default: 0] += 1
        if examples.count < 8 { examples.append("\(index): \(rejection)") }
      }
      let value = index % expected.stride == 0 ? Array(record.bytes[record.value]) : []
      for item in items {
        kinds["\(item.kind.name)", default: 0] += 1
        if index % expected.stride == 0 { violations += SpanLaw.violations(item, in: value).map { "record \(index): \($0)" } }
      }
    }
    #expect(kinds == expected.events, "\(expected.path)")
    #expect(codes == expected.rejections, "\(expected.path): \(examples)")
    #expect(violations.isEmpty, "\(violations.count): \(violations.prefix(5))")
  }
}
