import Events
import Model
import TestSupport
import Testing

@testable import Curate

/// What each sample must read like: label, headline, summary without the sentence about the scores.
private let expected: [(label: String, headline: String, summary: String)] = [
  (
    "exploit", "Marrow Finance exploited for $12.4M on Arbitrum (reentrancy)",
    "defillama_hacks dates the incident 2026-01-01. @"
  ),
  (
    "exploit in conflict", "Cream Finance exploited for $18.8M",
    "The incident is dated 2025-12-24, 8 days before this report. Sources disagree on the amount: $18.8M (defillama_hacks) and $18M (defihacklabs). @"
  ),
  (
    "funding", "Helio raises $20M seed led by a16z",
    "Helio makes solar credits tradable for small producers. Others in the round: Coinbase Ventures. @"
  ),
  (
    "funding without amount", "TenX raises an undisclosed Series A", "The record came from defillama_raises at 2026-01-01 00:00 UTC. @"
  ),
  (
    "model", "Claude Sonnet 4 listed by 14 providers with a 200K-token context",
    "OpenRouter charges $3 per million input tokens and $15 per million output tokens, and allows up to 64K tokens of output; the weights are open. The lab's model listed before it cost $2.50 per million input tokens. @"
  ),
  ("model removed", "Codex Mini removed by GitHub Models", "It had a context of 200K tokens. @"),
  (
    "paper", "Scaling α-Divergence Objectives for Long-Horizon Agents: A Benchmark of 1,200 Tasks in Twelve… (with code)",
    "From the abstract: \"We present a benchmark of long-horizon tasks in which agents operate simulated systems.\" By Lvmin Zhang, Song Han and others, filed under cs.CL, with 62 references; the authors note: Accepted at ICLR 2026. @ Link: https://arxiv.org/abs/2601.00001"
  ),
  (
    "stars", "openclaw/openclaw gained 5,231 stars in a day, now 48,120",
    "That is 12.4 times its usual daily gain; it has 8,100 forks. @"
  ),
  (
    "release", "apple/swift-nio releases 2.41.0: Fix strict concurrency checking diagnostics in `MTELG` (#2229)",
    "The record came from git_activity at 2026-01-01 00:00 UTC. @"
  ),
  ("push", "SunWeb3Sec/DeFiHackLabs: Add Velocore exp", "The change adds 193 lines and removes 0 in 2 files. @"),
  ("advisory", "CVE-2026-1234: Path traversal in archive extraction", "Severity is given as high with a score of 8.1. @"),
  (
    "launch", "SafeMoon Token (SMT) launched on Ethereum with 41 ETH in liquidity",
    "Its deployer made 5 pools or tokens in the last week. The contract is 0x4690eb613f6ce73f628c00d65c9d710dee205c91. @"
  ),
  (
    "pool", "Solana pool DY8q…f54v active with $15.3M in liquidity",
    "The pool is DY8qBwVGLeLJSrWib7L16mL7oB4HNAQ2f9yiYWKof54v. @"
  ),
  ("listing", "Cryowar Token (CWAR) listed on Solana", "The contract is HfYFjMKNZygfMC8LsQ8LtpPsPxEJoXJx4M6tqi75Hajo. @"),
  (
    "news", "Ethereum hard fork Muir Glacier goes live",
    "Only one report so far, by Decrypt. @ Link: https://decrypt.co/15813/ethereum-hard-fork"
  ),
  (
    "news of many", "'Stanford AI Town' Startup Secures $100M Funding Upon Launch! Li Fei-Fei and Karpathy… (3 sources)",
    "It goes on: \"Among Investors in the Largest Round.\" 4 reports from 3 sources, the first at 2026-01-01 00:00 UTC. @"
  ),
  ("news in Chinese", "人工智能公司发布新的大型语言模型，支持百万级上下文窗口", "Only one report so far, seen at 2026-01-01 00:00 UTC. @"),
  ("generic", "A sensor reports an unusual reading", "It reads 41 degrees. @"),
]

@Suite struct TemplateTests {
  @Test(arguments: expected.indices) func eachKindReadsAsAWireServiceWouldWriteIt(index: Int) throws {
    let (label, headline, summary) = expected[index]
    let event = Samples.all[index].event
    #expect(Samples.all[index].label == label)
    let brief = try brief(event)
    let band = event.band == .instant ? "instant" : "same day"
    let scores = "Scored 0.86 (\(band)): freshness 0.98, impact 0.77, novelty 0.91."
    #expect(brief.headline == headline)
    #expect(brief.summary == summary.replacing("@", with: scores))
    #expect(!brief.suggestedActions.isEmpty && brief.suggestedActions.count <= 2)
  }

  @Test func everySampleIsExpected() { #expect(expected.count == Samples.all.count) }

  @Test func aHeadlineHasAtMostFifteenWordsAndTwoHundredCharacters() throws {
    let long = Array(repeating: "extraordinarily-long-word", count: 40).joined(separator: " ")
    let endless = String(repeating: "漢字", count: 300)
    for text in [long, endless, String(repeating: "a ", count: 400), String(repeating: "x", count: 900)] {
      for kind in Kind.allCases {
        let event = EventBuilder("any", kind, .ai).title(text).fact("technique", text).fact("round", text).fact("tag", text)
          .fact("provider", text).fact("chain", text).fact("symbol", text).entity("repository", text).entity("cve", text)
          .metric("amount_usd", 1e6).metric("context_tokens", 2e5).metric("stars", 5).story(size: 9, sources: 5)
        let brief = try brief(event.banded(.instant))
        #expect(brief.headline.split(separator: " ").count <= 15, "\(kind): \(brief.headline)")
        #expect(brief.headline.unicodeScalars.count <= 200, "\(kind): \(brief.headline)")
      }
    }
  }

  @Test func whatTurnsOrHidesTextIsNotShown() throws {
    let event = EventBuilder("any", .news, .crypto).title("\u{202E}Pay\u{2066} now\u{0}\u{1B}[31m\u{200B} to\n\n\tme\u{2069}")
    #expect(try brief(event.banded(.instant)).headline == "Pay now[31m to me")
  }

  @Test func aTitleThatTellsAlreadyIsNotToldTwice() throws {
    let event = EventBuilder("any", .fundingRound, .crypto).title("Helio raises $20M").metric("amount_usd", 20_000_000)
    #expect(try brief(event.banded(.instant)).headline == "Helio raises $20M")
  }

  @Test(arguments: [
    (0.0, "$0"), (0.15, "$0.15"), (950, "$950"), (999.6, "$999.60"), (999.999, "$1K"), (-12.5, "-$12.50"), (1500, "$1.5K"),
    (12_400_000, "$12.4M"), (999_950, "$1M"),
    (20_000_000, "$20M"),
    (1e9, "$1B"), (2.345e12, "$2.3T"), (0.00012, "$0.00012"),
  ]) func dollarsAreShort(value: Double, text: String) { #expect(ReaderNumbers.dollars(value).displayText == text) }

  @Test(arguments: [(0.0, "0"), (7, "7"), (48_120, "48,120"), (1_000_000, "1,000,000"), (41.25, "41.25"), (276.386, "276.39"), (3e9, "3B")])
  func countsAreGrouped(value: Double, text: String) { #expect(ReaderNumbers.count(value).displayText == text) }

  @Test(arguments: [(0.0, "0.00"), (0.765, "0.77"), (0.8444, "0.84"), (1, "1.00")])
  func scoresHaveTwoDigits(value: Double, text: String) { #expect(ReaderNumbers.score(value).displayText == text) }

  /// A headline and the summary before the sentence about the scores.
  private func read(_ event: EventBuilder) throws -> (headline: String, summary: String, actions: [String]) {
    let brief = try brief(event.banded(.instant))
    let summary = brief.summary.split(separator: " Scored ", maxSplits: 1)[0]
    return (brief.headline, String(summary), brief.suggestedActions.map { "\($0)" })
  }

  @Test func markupIsNotShown() throws {
    let event = EventBuilder("any", .news, .ai).title("<b>M&amp;N buys Helio</b> for 3 &lt; 4 billion")
    #expect(try read(event).headline == "M&N buys Helio for 3 < 4 billion")
  }

  @Test(arguments: [
    ("\\textbf{NEVU} has 9{,}800 $\\alpha$-trees", "NEVU has 9,800 α-trees"), ("It Ain$'$t \\emph{So}", "It Ain't So"),
    ("**CLEAR** (*__C__lear*)", "CLEAR (Clear)"), ("\\CFE{} costs $5 and $10, 50\\% less", "CFE costs $5 and $10, 50% less"),
    ("``Quoted'' at $O(n^2)$", "'Quoted' at O(n^2)"), ("MUOT_3M", "MUOT_3M"), ("\\", ""), ("${", "$"), ("$$", "$$"),
  ]) func laTeXReadsAsPlainText(source: String, shown: String) {
    #expect(Markup.withoutLaTeX(Array(source.utf8)).displayText == shown)
  }

  @Test func anOldIncidentSaysSoInTheHeadline() throws {
    let event = EventBuilder("defihacklabs", .exploit, .crypto).title("Marrow_Vault").metric("amount_usd", 30_000_000)
      .fact("technique", "Private Key Compromised (Unknown Method)").occurred(start - 900 * .day)
    let read = try read(event)
    #expect(read.headline == "Marrow Vault exploited for $30M in July 2023 (private key compromised)")
    #expect(read.actions.contains("Treat it as history: the incident is not under way."))
    #expect(read.summary.hasPrefix("The technique is given as private key compromised (unknown method). The incident is dated 2023-07-16"))
  }

  @Test(arguments: [
    ("Seed", "raises $20M seed"), ("Series B", "raises $20M Series B"), ("Debt Financing", "raises $20M in debt financing"),
    ("ICO", "raises $20M in an ICO"), ("Corporate Round", "raises $20M in a corporate round"),
    ("Post-IPO Equity", "raises $20M in post-IPO equity"), ("Private token sale", "raises $20M in a private token sale"),
  ]) func aRoundJoinsTheAmountInEnglish(round: String, words: String) throws {
    let event = EventBuilder("any", .fundingRound, .crypto).title("Helio").metric("amount_usd", 20_000_000).fact("round", round)
    #expect(try read(event).headline == "Helio \(words)")
  }

  @Test func aLongHeadlineIsCutAtItsClauseAndGoesOnInTheSummary() throws {
    let event = EventBuilder("ai_headlines", .news, .ai).title(
      "Helio opens three data centers near Oslo; Marrow asks its staff for patience while it looks for a buyer (Jane Doe/Example Times)")
    let read = try read(event)
    #expect(read.headline == "Helio opens three data centers near Oslo…" || read.headline == "Helio opens three data centers near Oslo")
    #expect(
      read.summary
        == "It goes on: \"Marrow asks its staff for patience while it looks for a buyer.\" Only one report so far, credited to Jane Doe/Example Times."
    )
  }

  @Test func aWordLeftOverIsToldWithTheWholeTitleAndAccentsStayWhole() throws {
    let long = "Helio raises more money than any other maker of solar credits in the whole of Europe"
    #expect(try read(EventBuilder("any", .news, .ai).title(long)).summary.hasPrefix("In full: \"\(long).\""))
    let quoted = "Helio raises more money than any other maker of solar credits in the whole of ‘old’ Europe in “this” year"
    #expect(try read(EventBuilder("any", .news, .ai).title(quoted)).summary.hasPrefix("It goes on: \"of ‘old’ Europe in “this” year.\""))
  }

  @Test func aPublishersNameIsNoPartOfTheHeadline() throws {
    let event = EventBuilder("crypto_headlines", .news, .crypto).title("Four things that hold the price back | Example News")
    #expect(try read(event).headline == "Four things that hold the price back")
  }

  @Test func aModelThatIsMonthsOldIsNotSoldAsNew() throws {
    let event = EventBuilder("ai_model_releases", .modelRelease, .ai).title("Maker: Model 4").fact("provider", "xai")
      .fact("release_date", "2024-01-16").metric("price_input_usd", 0).metric("price_output_usd", 0)
    let read = try read(event)
    #expect(read.headline == "Model 4 listed by xAI")
    #expect(read.summary == "xAI offers it free of charge. The model itself dates from 2024-01-16, so this is a further offer of it.")
    #expect(read.actions == ["Compare the price with that of the provider in use."])
  }

  @Test func aPoolSaysWhatFlowed() throws {
    let event = EventBuilder("solrpds", .poolActivity, .crypto).entity("pool", "DY8qBwVGLeLJSrWib7L16mL7oB4HNAQ2f9yiYWKof54v")
      .fact("chain", "solana", derived: true).metric("add_count", 1).metric("remove_count", 2).metric("added_liquidity", 1000.5)
      .metric("removed_liquidity", 999)
    let read = try read(event)
    #expect(read.headline == "Solana pool DY8q…f54v: liquidity added 1 time, removed 2 times")
    #expect(read.summary.hasPrefix("In tokens of the pool 1,000.5 were added and 999 removed."))
  }

  @Test func aLaunchSaysHowMuchOfTheSupplyIsInThePool() throws {
    let event = EventBuilder("uniswap_v2_rugpulls", .tokenLaunch, .crypto).title("Helio").fact("chain", "ethereum", derived: true)
      .metric("initial_liquidity_eth", 700).metric("initial_liquidity_token", 35).metric("initial_supply", 1000)
    let read = try read(event)
    #expect(read.headline == "Helio launched on Ethereum with 700 ETH in liquidity")
    #expect(read.summary == "The pool holds 3.5% of the token's first supply.")
  }
}
