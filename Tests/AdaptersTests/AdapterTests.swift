import Adapters
import Events
import JSON
import Model
import TestSupport
import Testing

@Suite struct AdapterTests {
  private func only(_ value: String, _ source: String, registry: AdapterRegistry = AdapterRegistry()) throws -> Event {
    let result = read(value, source: source, registry: registry)
    #expect(result.rejections == [])
    return try #require(result.items.first)
  }

  private func sample(_ source: String, _ index: Int = 0) throws -> Event {
    let found = samples.filter { $0.source == source }[index]
    return try #require(read(found.value, source: source, type: found.type, columns: found.columns).items.first)
  }

  private func ids(_ event: Event, _ type: String) -> [String] { event.entities.filter { $0.type == type }.map { event.text($0.id)! } }

  @Test func aRenamedRepositoryContinuesUnderItsNewName() throws {
    let registry = AdapterRegistry(aliases: RepositoryAliases([(old: "Molt/Bot", new: "claw/open")]))
    let result = read(
      "2026-01-02T04:06:49Z,2026-01-02,molt/Bot,1,2,3,x", source: "github_star_ranking", type: "text/csv", columns: starColumns,
      registry: registry)
    let event = try #require(result.items.first)
    #expect(ids(event, "repository") == ["claw/open"])
    #expect(event.text(event.naturalID) == "claw/open@2026-01-02")
    #expect(event.text(event.fact("formerly")?.value) == "molt/bot")
    #expect(event.text(event.title) == "molt/Bot")
  }

  @Test func columnsMayComeInAnyOrder() throws {
    let result = read(
      "9,o/r,2026-01-02,2026-01-02T04:06:49Z", source: "github_star_ranking", type: "text/csv",
      columns: "stars,repo,snapshot_day,observed_at")
    #expect(result.items.first?.metric("stars")?.value == 9)
  }

  @Test func aVersionedPaperKeepsItsBareIdentifier() throws {
    let event = try sample("arxiv_daily")
    #expect(event.text(event.naturalID) == "2601.00001")
    #expect(event.text(event.fact("version")?.value) == "2")
    #expect(event.text(event.title) == "Small \"Models\" étude")
    #expect(event.text(event.url) == "https://arxiv.org/abs/2601.00001")
    #expect(ids(event, "author") == ["Ada B. Cee", "Dé Ef"])
  }

  @Test func aRecordedAtomFeedIsReadThroughItsEscapes() throws {
    let event = try sample("arxiv_api")
    #expect(event.text(event.title) == "Of Mice & Models α")
    #expect(event.title?.span?.encoding == .xmlInJSON)
    #expect(ids(event, "author") == ["Ann Öne"])
  }

  @Test func aRawFeedAndARowOfOnePostShareTheirShape() throws {
    let feed = try sample("hn_rss", 0)
    #expect(feed.text(feed.naturalID) == "44000001")
    #expect(feed.metric("points")?.value == 42)
    #expect(feed.text(feed.url) == "https://example.org/a?b=1")
    #expect(feed.text(feed.title) == "Why ‘it’ works")
    let row = try sample("hn_rss", 1)
    #expect(row.text(row.naturalID) == "44000002")
    #expect(!row.isDomainKnown)
  }

  @Test func htmlIsReducedToItsText() throws {
    let event = try sample("some_blog")
    #expect(event.text(event.title) == "New model")
    #expect(event.text(event.body)?.contains("world") == true)
    #expect(event.text(event.body)?.contains("no()") == false)
    #expect(event.text(event.url) == "https://x.org/post")
    #expect(event.text(event.fact("author")?.value) == "Bo")
  }

  @Test func aPushIsTitledByItsFirstLine() throws {
    let event = try sample("github_webhooks")
    #expect(event.kind == .repoPush)
    #expect(event.text(event.title) == "First line")
    #expect(event.occurredAt.rfc3339 == "2019-05-15T15:19:25Z")
    #expect(event.text(event.naturalID) == "o/r@refs/heads/main:abc1")
  }

  @Test(arguments: [
    (
      #""push", "payload": {"ref": "refs/tags/v1", "after": "00", "deleted": true, "commits": [], "head_commit": null"#,
      "O/R: Deleted refs/tags/v1"
    ),
    (#""release", "payload": {"action": "published", "release": {"id": 5, "tag_name": "v2", "name": null}"#, "O/R v2"),
    (#""star", "payload": {"action": "created", "starred_at": "2019-05-15T15:20:40Z""#, "O/R: Starred"),
    (#""watch", "payload": {"action": "started""#, "O/R: Starred"),
    (#""fork", "payload": {"forkee": {"full_name": "X/R"}"#, "O/R: Forked X/R"),
    (#""issues", "payload": {"action": "opened", "issue": {"title": "It broke", "number": 3, "body": null}"#, "It broke"),
    (#""pull_request", "payload": {"action": "opened", "pull_request": {"title": "Mend it", "number": 4}"#, "Mend it"),
    (#""repository", "payload": {"action": "renamed", "changes": {"repository": {"name": {"from": "Q"}}}"#, "O/R: Repository renamed"),
    (#""check_run", "payload": {"action": "requested_action", "check_run": {"name": null}"#, "O/R: check run requested action"),
    (
      #""security_advisory", "payload": {"action": "published", "security_advisory": {"ghsa_id": "GHSA-1", "summary": "A hole", "cve_id": null, "identifiers": [{"type": "CVE", "value": "CVE-1"}]}"#,
      "A hole"
    ),
    (#""dependabot_alert", "payload": {"alert": {"security_advisory": {"ghsa_id": "GHSA-2", "summary": "Another"}}"#, "Another"),
    (#""create", "payload": {"ref": "v1", "ref_type": "tag", "description": null"#, "O/R: Created v1"),
    (#""delete", "payload": {"ref": "v1", "ref_type": "tag""#, "O/R: Deleted v1"),
  ])
  func aWebhookHasASensibleTitle(beginning: String, title: String) throws {
    let event = try only(
      #"{"x_github_event": "# + beginning + #", "repository": {"full_name": "O/R"}, "sender": {"login": "me"}}}"#, "github_webhooks")
    #expect(event.text(event.title) == title)
    #expect(!event.naturalID.isEmpty)
  }

  @Test func theNamelessRepositoryIsNoEntity() throws {
    let value =
      #"{"type": "TeamAddEvent", "id": "1", "repo": {"name": "/"}, "created_at": "2012-02-09T19:20:13Z", "payload": {"team": {"name": "T"}}}"#
    let event = try only(value, "github_api_recordings")
    #expect(ids(event, "repository") == [])
  }

  @Test func aRecordedExchangeHoldsSeveralKindsOfItem() throws {
    let found = samples.first { $0.source == "github_api" }!
    let items = read(found.value, source: found.source).items
    #expect(items.map(\.kind) == [.repoPush, .advisory])
    #expect(items[0].text(items[0].title) == "One \"two\"")
    #expect(ids(items[1], "cve") == ["CVE-2026-0001"])
  }

  @Test(arguments: [
    ("gpt-oss-120b", "gpt-oss-120b", "openai"), ("openai/gpt-oss-120b:free", "gpt-oss-120b", "openai"),
    ("openai.gpt-oss-20b-1:0", "gpt-oss-20b", "openai"),
    ("anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001", "anthropic"),
    ("us.anthropic.claude-x-v2:0", "claude-x", "anthropic"), ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929", "anthropic"),
    ("gpt-oss:120b", "gpt-oss-120b", "openai"), ("deepseek.r1-v1:0", "deepseek.r1", "deepseek"), ("kimi-k2:1t", "kimi-k2-1t", "moonshot"),
    ("Qwen/Qwen3-32B", "qwen3-32b", "alibaba"), ("zai-org-glm-4.6", "glm-4.6", "zhipu"), ("meta/meta-llama-3-70b", "llama-3-70b", "meta"),
    ("accounts/x/models/kimi-k2", "kimi-k2", "moonshot"), ("o3-mini", "o3-mini", "openai"), ("unheard-of", "unheard-of", nil),
  ])
  func aModelHasOneName(path: String, name: String, lab: String?) throws {
    let event = try only(
      #"{"observed_at": "2025-06-04T22:41:51Z", "action": "removed", "provider": "p", "model": "\#(path)"}"#, "ai_model_releases")
    #expect(ids(event, "model") == [name])
    #expect(event.text(event.fact("lab")?.value) == lab)
  }

  @Test(arguments: [
    ("xai", "grok-9", "2025-06-01", true, true), ("xai", "grok-9", "2025-04-01", true, false), ("poe", "grok-9", "2025-06", false, true),
    ("zai", "glm-9", "2025-07-30", true, true), ("poe", "glm-9", "soon", false, false),
  ]) func aNewModelFromItsOwnLabIsMarked(provider: String, model: String, date: String, fromLab: Bool, isNew: Bool) throws {
    let event = try only(
      #"{"observed_at": "2025-06-04T22:41:51Z", "action": "added", "provider": "\#(provider)", "model": "\#(model)", "release_date": "\#(date)"}"#,
      "ai_model_releases")
    #expect((event.metric("from_lab") != nil) == fromLab)
    #expect((event.metric("is_new") != nil) == isNew)
  }

  @Test func aModelCarriesItsPricesAndLimits() throws {
    let event = try sample("ai_model_releases")
    #expect(event.metrics.map(\.name) == ["context_tokens", "output_tokens", "price_input_usd", "price_output_usd"])
    #expect(event.metrics.map(\.value) == [131_072, 8192, 0.25, 1])
  }

  @Test func anIncidentHappenedOnItsDayAndCostWhatItCost() throws {
    let event = try sample("defihacklabs")
    #expect(event.occurredAt.rfc3339 == "2021-08-17T00:00:00Z")
    #expect(event.flags == .timeDayOnly)
    #expect(event.metric("amount_usd")?.value == 8_200_000)
    #expect(ids(event, "chain") == ["ethereum"])
    #expect(event.text(event.naturalID) == "src/X.sol")
  }

  @Test func aRoundIsTheSameInBothShapes() throws {
    let row = try sample("defillama_raises", 0)
    let answer = try sample("defillama_raises", 1)
    #expect(row.text(row.naturalID) == "2019-09-01/Startup/Seed")
    #expect(answer.text(answer.naturalID) == row.text(row.naturalID))
    #expect(answer.metric("amount_usd")?.value == row.metric("amount_usd")?.value)
    #expect(answer.metric("valuation_usd") == nil)
    #expect(ids(answer, "investor") == ids(row, "investor"))
  }

  @Test func aBannedTokenSaysSo() throws {
    let event = try sample("jup_token_list")
    #expect(event.text(event.fact("action")?.value) == "banned")
    #expect(event.text(event.title) == "SCAM")
  }

  @Test func whatBecameOfAPoolIsNeverRead() throws {
    let event = try sample("uniswap_v2_rugpulls")
    let said = String(decoding: event.bytes, as: UTF8.self) + event.metrics.map(\.name).joined() + event.facts.map(\.name).joined()
    for leak in ["rug", "burn", "lp_avg", "label", "outcome", "features"] { #expect(!said.contains(leak)) }
    #expect(event.metric("initial_liquidity_eth")?.value == 2)
    #expect(ids(event, "address") == ["0xme"])
  }

  @Test func solanaLogsNameTheirTransactionAndPrograms() throws {
    let event = try sample("solana_logs")
    #expect(event.kind == .tokenLaunch)
    #expect(ids(event, "transaction") == ["5h6xBEauJ3"])
    #expect(ids(event, "address") == ["Prog1"])
    #expect(event.flags == .timeMissing)
  }

  @Test func aCloudEventKeepsItsIdentityAndKind() throws {
    let event = try sample("partner")
    #expect(event.kind == .news)
    #expect(event.text(event.naturalID) == "/lab/a-1")
    #expect(event.text(event.title) == "Lab news")
  }

  @Test func aMappingAddsASourceWithoutCode() throws {
    let text = """
      {"source": "lab_blog", "domain": "crypto", "kind": "news", "items": "data.posts", "id": ["blog", "slug"], "time": "when|date",
       "title": "head.line", "body": "text", "url": "links.0", "metrics": {"likes": "stats.likes"}, "facts": {"section": "section"}, "hints": "tags",
       "entities": {"product": "products"}}
      """
    let document = try JSONDocument(Array(text.utf8))
    let registry = AdapterRegistry(mappings: [try FieldMapping(document, document.root)])
    let value = """
      {"data": {"posts": [{"blog": "b", "slug": "s", "date": 1767312000, "head": {"line": "Hello"}, "text": "Body", "links": ["https://B.org"],
       "stats": {"likes": 3}, "section": "x", "tags": ["t1", "t2"], "products": ["P"]}]}}
      """
    let event = try only(value, "lab_blog", registry: registry)
    #expect(event.text(event.naturalID) == "b/s")
    #expect(event.domain == .crypto && event.isDomainKnown)
    #expect(event.occurredAt.rfc3339 == "2026-01-02T00:00:00Z")
    #expect(event.text(event.url) == "https://b.org/")
    #expect(event.metric("likes")?.value == 3)
    #expect(event.hints.map { event.text($0) } == ["t1", "t2"])
    #expect(ids(event, "product") == ["P"])
  }

  @Test(arguments: [
    #"{"source": "x", "kind": "news", "id": "a"}"#, #"{"source": "X!", "kind": "news", "id": "a", "title": "t"}"#,
    #"{"source": "x", "kind": "nope", "id": "a", "title": "t"}"#,
  ])
  func aFaultyMappingIsRefused(text: String) throws {
    let document = try JSONDocument(Array(text.utf8))
    #expect(throws: ProwziError.self) { try FieldMapping(document, document.root) }
  }

  @Test func aLongTextIsCutAtACharacterAndFlagged() throws {
    let event = try only(#"{"id": "1", "title": "t", "summary": "a"# + String(repeating: "é", count: 40_000) + "\"}", "arxiv_daily")
    #expect(event.flags.contains(.textCut))
    #expect(event.body?.range.count == AdapterLimits.fieldBytes - 1)
  }
}

@Suite struct URLCanonicalizerTests {
  @Test(arguments: [
    ("HTTP://Example.ORG", "http://example.org/"), ("https://a.org:443/x", "https://a.org/x"), ("http://a.org:80/x", "http://a.org/x"),
    ("https://a.org:8080/x", "https://a.org:8080/x"), ("https://a.org/x#part", "https://a.org/x"),
    ("https://a.org/x?utm_source=1&UTM_Medium=2", "https://a.org/x"), ("https://a.org/?b=2&a=1&gclid=z", "https://a.org/?a=1&b=2"),
    ("https://a.org/x?ref=hn&reference=1", "https://a.org/x?reference=1"), ("https://a.org/%7euser/%e4%2f", "https://a.org/~user/%E4%2F"),
    ("https://a.org/é b", "https://a.org/%C3%A9%20b"), ("https://me:pass@a.org/", "https://a.org/"),
    ("  https://a.org/x \n", "https://a.org/x"),
    ("https://a.org?x=1", "https://a.org/?x=1"), ("https://a.org/100%", "https://a.org/100%25"), ("https://a.org./", "https://a.org/"),
    ("https://a.org/x?", "https://a.org/x"),
  ])
  func anAddressHasOneForm(url: String, canonical: String) {
    let once = URLCanonicalizer.canonical(Array(url.utf8))
    #expect(once?.displayText == canonical)
    #expect(once.flatMap { URLCanonicalizer.canonical($0) } == once)
  }

  @Test(arguments: ["", "ftp://a.org/", "item?id=3", "mailto:a@b", "https://", "https:///x", "http://a b/"])
  func whatIsNoWebAddressIsRefused(url: String) {
    #expect(URLCanonicalizer.canonical(Array(url.utf8)) == nil)
  }
}
