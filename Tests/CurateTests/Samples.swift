import Events
import Model
import TestSupport

/// One event of each kind, as normalize and enrich make them.
enum Samples {
  static let exploit = EventBuilder("defillama_hacks", .exploit, .crypto).title("Marrow Finance").metric("amount_usd", 12_400_000)
    .fact("chain", "arbitrum", derived: true).fact("technique", "Reentrancy").entity("protocol", "marrow finance")

  static let exploitInConflict = EventBuilder("defillama_hacks", .exploit, .crypto, number: 2).title("Cream Finance")
    .metric("amount_usd", 18_800_000).occurred(start - 8 * .day).flags([.timeDayOnly, .conflictingAmounts])
    .story(size: 2, sources: 2).history { history in
      history.otherAmount = PriorNumber(
        metric: "amount_usd", value: 18_000_000, event: EventBuilder.id("prior", at: start - .day), source: "defihacklabs",
        observedAt: Timestamp(milliseconds: start - .day), offset: Offset(0), span: SourceSpan(40..<53, .json))
    }

  static let funding = EventBuilder("defillama_raises", .fundingRound, .crypto).title("Helio").metric("amount_usd", 20_000_000)
    .fact("round", "Seed").fact("lead_investor", "a16z").entity("investor", "a16z").entity("investor", "Coinbase Ventures")
    .body("Helio makes solar credits tradable for small producers. It was founded in 2021.")

  static let fundingWithoutAmount = EventBuilder("defillama_raises", .fundingRound, .crypto).title("TenX").fact("round", "Series A")

  static let model = EventBuilder("ai_model_releases", .modelRelease, .ai).title("Claude Sonnet 4").fact("action", "added")
    .fact("provider", "openrouter").metric("context_tokens", 200_000).metric("price_input_usd", 3).metric("price_output_usd", 15)
    .metric("output_tokens", 64_000).history { history in
      history.providers = 14
      history.priceStep = 1.2
      history.previousPrice = PriorNumber(
        metric: "price_input_usd", value: 2.5, event: EventBuilder.id("older model", at: start - .day), source: "ai_model_releases",
        observedAt: Timestamp(milliseconds: start - .day), offset: Offset(0), span: SourceSpan(90..<93, .plain))
    }

  static let modelRemoved = EventBuilder("ai_model_releases", .modelRelease, .ai).title("Codex Mini").fact("action", "removed")
    .fact("provider", "github-models").metric("context_tokens", 200_000)

  static let paper = EventBuilder("arxiv_daily", .paper, .ai)
    .title(
      "Scaling $\\alpha$-Divergence Objectives for Long-Horizon\n Agents: A Benchmark of 1,200 Tasks in Twelve Simulated Operating Systems"
    )
    .body("We present a benchmark of long-horizon tasks in which agents operate simulated systems. Code is available.")
    .hint("cs.CL").entity("author", "Lvmin Zhang").entity("author", "Song Han").entity("author", "Maneesh Agrawala")
    .metric("references", 62).impactInput("has_code", 1).impactInput("is_benchmark", 1).url("https://arxiv.org/abs/2601.00001")

  static let stars = EventBuilder("github_star_ranking", .repoStars, .ai).title("openclaw/openclaw").metric("stars", 48_120)
    .metric("forks", 8_100).history { history in
      history.starBurst = 12.43
      history.previousStars = PriorNumber(
        metric: "stars", value: 42_889, event: EventBuilder.id("yesterday", at: start - .day), source: "github_star_ranking",
        observedAt: Timestamp(milliseconds: start - .day), offset: Offset(0), span: SourceSpan(30..<35, .plain))
    }

  static let release = EventBuilder("git_activity", .repoRelease, .ai).title(
    "Fix strict concurrency checking diagnostics in `MTELG` (#2229)"
  )
  .fact("tag", "2.41.0").entity("repository", "apple/swift-nio")

  static let push = EventBuilder("git_activity", .repoPush, .crypto).title("Add Velocore exp").entity(
    "repository", "SunWeb3Sec/DeFiHackLabs"
  )
  .metric("insertions", 193).metric("deletions", 0).metric("files", 2)

  static let advisory = EventBuilder("github_webhooks", .advisory, .ai).title("Path traversal in archive extraction")
    .entity("cve", "CVE-2026-1234").fact("severity", "HIGH").metric("cvss", 8.1)

  static let launch = EventBuilder("uniswap_v2_rugpulls", .tokenLaunch, .crypto).title("Safe\u{202E}Moon\u{7} Token").fact("symbol", "SMT")
    .fact("chain", "ethereum", derived: true).metric("liquidity_eth", 41).entity("token", "0x4690eb613f6ce73f628c00d65c9d710dee205c91")
    .history { $0.deployerLaunches = 5 }

  static let pool = EventBuilder("solrpds", .poolActivity, .crypto).entity("pool", "DY8qBwVGLeLJSrWib7L16mL7oB4HNAQ2f9yiYWKof54v")
    .fact("chain", "solana", derived: true).metric("liquidity_usd", 15_323_838.013168)

  static let listing = EventBuilder("jup_token_list", .tokenListing, .crypto).title("Cryowar Token").fact("symbol", "CWAR")
    .fact("action", "added").fact("chain", "solana", derived: true).entity("token", "HfYFjMKNZygfMC8LsQ8LtpPsPxEJoXJx4M6tqi75Hajo")

  static let news = EventBuilder("crypto_headlines", .news, .crypto).title("Ethereum hard fork Muir Glacier goes live").fact(
    "publisher", "Decrypt"
  )
  .url("https://decrypt.co/15813/ethereum-hard-fork")

  static let newsOfMany = EventBuilder("ai_headlines", .news, .ai, number: 9)
    .title("'Stanford AI Town' Startup Secures $100M Funding Upon Launch! Li Fei-Fei and Karpathy Among Investors in the Largest Round")
    .story(size: 4, sources: 3)

  static let newsInChinese = EventBuilder("ai_headlines", .news, .ai).title("人工智能公司发布新的大型语言模型，支持百万级上下文窗口")

  static let generic = EventBuilder("cloudevents", .generic, .ai).title("A sensor reports an unusual reading").body("It reads 41 degrees.")

  static let all: [(label: String, event: BandedEvent)] = [
    ("exploit", exploit.banded(.instant)), ("exploit in conflict", exploitInConflict.banded(.instant)),
    ("funding", funding.banded(.sameDay)),
    ("funding without amount", fundingWithoutAmount.banded(.sameDay)), ("model", model.banded(.instant)),
    ("model removed", modelRemoved.banded(.sameDay)), ("paper", paper.banded(.sameDay)), ("stars", stars.banded(.instant)),
    ("release", release.banded(.sameDay)), ("push", push.banded(.sameDay)), ("advisory", advisory.banded(.instant)),
    ("launch", launch.banded(.instant)), ("pool", pool.banded(.sameDay)), ("listing", listing.banded(.sameDay)),
    ("news", news.banded(.sameDay)), ("news of many", newsOfMany.banded(.instant)), ("news in Chinese", newsInChinese.banded(.sameDay)),
    ("generic", generic.banded(.sameDay)),
  ]
}
