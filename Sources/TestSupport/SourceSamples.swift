/// A record in the shape of a source, written for tests.
public struct Sample: Sendable {
  public var source: String
  public var type: String
  public var columns: String?
  public var value: String

  public init(source: String, type: String = "application/json", columns: String? = nil, value: String) {
    self.source = source
    self.type = type
    self.columns = columns
    self.value = value
  }
}

/// The header line of star snapshots.
public let starColumns = "observed_at,snapshot_day,repo,stars,forks,open_issues,last_commit"

/// One or more for each source there is an adapter for.
public let samples: [Sample] = [
  Sample(
    source: "github_star_ranking", type: "text/csv", columns: starColumns,
    value: "2026-01-02T04:06:49Z,2026-01-02,\"Some-Owner/Tool\",17251,898,461,2024-08-02T16:16:12Z"),
  Sample(
    source: "github_star_ranking",
    value:
      #"{"repo": "Some-Owner/Tool", "first_seen": "2026-01-02T04:06:49Z", "language": "Rust", "description": "A tööl", "stars_first": 5}"#),
  Sample(
    source: "arxiv_daily",
    value:
      #"{"captured_at": "2026-01-01T04:18:57Z", "id": "2601.00001v2", "title": "Small\n  \"Models\" \u00e9tude", "authors": ["Ada B. Cee", "Dé Ef"], "categories": ["cs.CL", "cs.AI"], "comment": "8 pages", "summary": "We show\u2014briefly\u2014that \ud83d\ude00 p < 0.05."}"#
  ),
  Sample(source: "arxiv_daily", value: #"{"listed_on": "2025-03-18", "id": "2503.00001", "title": "A Title", "primary": "cs.HC"}"#),
  Sample(
    source: "arxiv_api",
    value:
      #"{"url": "https://example.org/q", "status_code": 200, "body": "<?xml version='1.0'?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Q</title><entry><id>http://arxiv.org/abs/2601.00002v1</id><title>Of Mice &amp; Models\n  &#x3b1;</title><published>2026-01-02T00:00:00Z</published><summary>Short.</summary><category term=\"cs.IT\"/><author><name>Ann \u00d6ne</name></author></entry></feed>"}"#
  ),
  Sample(
    source: "arxiv", type: "application/xml",
    value: """
      <?xml version="1.0"?><rss version="2.0" xmlns:dc="d"><channel><title>cs.AI</title><item><title>Paper &lt;i&gt; one</title>
      <guid>oai:arXiv.org:2601.00003v1</guid><description>Abstract: it works</description><dc:creator>A B, C D</dc:creator>
      <category>cs.AI</category><pubDate>Fri, 02 Jan 2026 00:00:00 +0000</pubDate></item></channel></rss>
      """),
  Sample(
    source: "hn_rss", type: "application/xml",
    value: """
      <rss xmlns:dc="d" xmlns:ns0="a" version="2.0"><channel><title>Front</title><link>https://example.org/</link><ns0:link href="x" rel="self"/>
      <item><title>Why &#8216;it&#8217; works</title><description>&lt;p&gt;Points: 42&lt;/p&gt; &lt;p&gt;# Comments: 7&lt;/p&gt;</description>
      <pubDate>Thu, 24 Jul 2025 04:20:52 +0000</pubDate><link>https://Example.org/a?utm_source=x&amp;b=1</link><dc:creator>someone</dc:creator>
      <guid isPermaLink="false">https://news.ycombinator.com/item?id=44000001</guid></item></channel></rss>
      """),
  Sample(
    source: "some_blog", type: "application/xml",
    value: """
      <feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title><entry><title type="html">New &lt;b&gt;model&lt;/b&gt;</title><id>tag:x,1</id>
      <link rel="self" href="https://x.org/self"/><link href="https://x.org/post#top"/><updated>2026-01-02T03:04:05Z</updated>
      <content type="html"><![CDATA[<p>Hello&nbsp;<a href="x">world</a></p><script>no()</script>]]></content><author><name>Bo</name></author></entry></feed>
      """),
  Sample(
    source: "hn_rss",
    value:
      #"{"captured_at": "2025-07-24T05:54:06Z", "published_at": "2025-07-23T13:52:47Z", "hn_id": 44000002, "title": "Post", "url": "https://x.org/p", "by": "me", "points": 170, "comments": 178}"#
  ),
  Sample(
    source: "git_activity",
    value:
      #"{"committed_at": "2024-06-03T04:04:57Z", "authored_at": "2024-06-01T04:04:57Z", "repo": "Own/Repo", "sha": "64f7", "author": "b17", "merge": false, "subject": "Fix it", "files": 1, "insertions": 3, "deletions": 4}"#
  ),
  Sample(
    source: "git_activity",
    value:
      #"{"released_at": "2020-01-17T12:41:28Z", "repo": "own/lib", "tag": "v1.4.0", "commit": "1d0c", "prerelease": true, "subject": "Bump"}"#
  ),
  Sample(
    source: "github_webhooks",
    value:
      #"{"x_github_event": "push", "payload": {"ref": "refs/heads/main", "after": "abc1", "deleted": false, "commits": [], "head_commit": {"message": "First line\n\nMore\tof it", "timestamp": "2019-05-15T11:19:25-04:00", "url": "https://github.com/O/R/commit/abc1"}, "repository": {"full_name": "O/R"}, "sender": {"login": "me"}}}"#
  ),
  Sample(
    source: "github_api",
    value:
      #"{"status": 200, "url": "https://api/x", "body": "[{\"type\":\"PushEvent\",\"id\":\"77\",\"repo\":{\"name\":\"O/R\"},\"created_at\":\"2012-05-26T20:10:46Z\",\"actor\":{\"login\":\"me\"},\"payload\":{\"size\":2,\"ref\":\"refs/heads/main\",\"head\":\"ff\",\"commits\":[{\"message\":\"One \\\"two\\\"\\nthree\"}]}}, {\"ghsa_id\":\"GHSA-aaaa-bbbb-cccc\",\"cve_id\":\"CVE-2026-0001\",\"summary\":\"Bad\",\"description\":\"Very\\u00a0bad\",\"severity\":\"high\",\"published_at\":\"2026-01-01T00:00:00Z\"}]"}"#
  ),
  Sample(
    source: "ai_model_releases",
    value:
      #"{"observed_at": "2025-06-04T22:41:51Z", "action": "added", "provider": "openrouter", "model": "OpenAI/GPT-OSS-120B:free", "name": "GPT OSS 120B", "cost": {"input": 0.25, "output": 1e0}, "limit": {"context": 131072, "output": 8192}}"#
  ),
  Sample(
    source: "ai_headlines",
    value: #"{"first_seen_at": "2026-02-21T03:52:18Z", "title": "A \"quoted\" headline \u2013 here", "commit": "52"}"#),
  Sample(
    source: "crypto_headlines",
    value:
      #"{"published_at": "2020-01-01T08:00:00Z", "title": "Coin up", "source": "Paper", "url": "https://Paper.com/a/?utm_medium=x", "keyword": "xrp", "time_is_day_only": true}"#
  ),
  Sample(
    source: "uci_news_clusters",
    value:
      #"{"seen_at": "2014-03-10T16:52:50.698Z", "id": 1, "title": "Fed", "publisher": "P", "url": "http://p.com/x", "category": "b", "story": "S"}"#
  ),
  Sample(
    source: "defihacklabs",
    value:
      #"{"incident_on": "2021-08-17", "published_at": "2022-06-10T17:09:35Z", "name": "Xyz", "technique": "Reentrancy", "lost_text": "$8.2 million", "chain": "mainnet", "tx_hashes": ["0xab"], "refs": ["https://x.org/a"], "poc_path": "src/X.sol", "lost_usd_parsed": 8199999.999999999}"#
  ),
  Sample(
    source: "defillama_hacks",
    value:
      #"{"date": "2016-06-17", "name": "The Thing\n", "amount_usd": 60000000.0, "technique": null, "chains": ["Ethereum", "zkSync Era"]}"#),
  Sample(
    source: "defillama_raises",
    value:
      #"{"date": "2019-09-01", "name": "Startup", "round": "Seed", "amount_usd": 2500000.0, "valuation_musd": null, "category": "CeFi", "description": "Does things", "lead_investors": ["L"], "other_investors": ["M"], "chains": [], "source": null}"#
  ),
  Sample(
    source: "defillama_raises",
    value:
      #"{"raises": [{"date": 1567296000, "name": "Startup", "round": "Seed", "amount": 2.5, "chains": [], "sector": "Does things", "leadInvestors": ["L"], "otherInvestors": ["M"], "valuation": "not disclosed"}]}"#
  ),
  Sample(
    source: "jup_token_list",
    value:
      #"{"observed_at": "2023-02-11T07:29:29Z", "list": "banned", "action": "added", "name": null, "symbol": "SCAM", "mint": "Mint111", "decimals": 8, "community_validated": false}"#
  ),
  Sample(
    source: "solrpds",
    value:
      #"{"first_pool_activity_at": "2021-02-14T21:09:21Z", "pool": "Pool1", "mint": "Mint1", "total_added_liquidity": 1151.6, "total_removed_liquidity": 1179.9, "num_liquidity_adds": 5918.0, "num_liquidity_removes": 1476.0, "last_swap_tx": "Tx1", "status": "Active"}"#
  ),
  Sample(
    source: "uniswap_v2_rugpulls",
    value:
      #"{"created_at_est": "2020-10-01T01:29:32Z", "created_block": 10967253, "pair": "0xpair", "token": "0xtoken", "name": "Swap", "symbol": "SWP", "creator": "0xme", "quote": "WETH", "initial_liquidity_eth": 2, "initial_liquidity_token": 12500, "initial_supply": 12500000, "lp_creator": "0xme", "features": {"lp_avg": 100}, "label": "rug", "outcome": {"method": "burn"}}"#
  ),
  Sample(
    source: "solana_logs",
    value:
      #"{"jsonrpc": "2.0", "method": "logsNotification", "params": {"result": {"context": {"slot": 5208469}, "value": {"signature": "5h6xBEauJ3", "err": null, "logs": ["Program Prog1 invoke [1]", "Program log: Instruction: InitializeMint2", "Program Prog1 success"]}}, "subscription": 24040}}"#
  ),
  Sample(
    source: "partner",
    value:
      #"{"specversion": "1.0", "id": "a-1", "source": "/lab", "type": "org.lab.news.v1", "time": "2026-01-02T03:04:05Z", "data": {"title": "Lab news", "text": "Body", "url": "https://lab.org/1"}}"#
  ),
  Sample(source: "whatever", value: #"[{"id": 7, "name": "Thing", "created": 1, "date": "2026-01-02", "link": "https://x.org"}]"#),
]
