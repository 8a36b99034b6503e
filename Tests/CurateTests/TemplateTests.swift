import Events
import Model
import TestSupport
import Testing

@testable import Curate

/// What each sample must read like: label, headline, summary without the sentence about the scores.
private let expected: [(label: String, headline: String, summary: String)] = [
  (
    "exploit", "Marrow Finance exploited for $12.4M on Arbitrum (reentrancy)",
    "The reported loss is $12.4M; the technique is given as reentrancy. @"
  ),
  (
    "exploit in conflict", "Cream Finance exploited for $18.8M",
    "The incident is dated 2025-12-24, 8 days before this report. Sources disagree on the amount: $18.8M (defillama_hacks) and $18M (defihacklabs). @"
  ),
  (
    "funding", "Helio raises $20M seed led by a16z",
    "Helio makes solar credits tradable for small producers. Investors include a16z, Coinbase Ventures. @"
  ),
  (
    "funding without amount", "TenX raises an undisclosed Series A", "The record came from defillama_raises at 2026-01-01 00:00 UTC. @"
  ),
  (
    "model", "Claude Sonnet 4 listed by 14 providers with 200K context",
    "openrouter offers it at $3 per million input tokens and $15 per million output tokens, up to 64K tokens of output. Its input price is 1.2 times that of the previous model of the same lab. @"
  ),
  ("model removed", "Codex Mini removed by github-models", "It had a context of 200K tokens. @"),
  (
    "paper", "Scaling $\\alpha$-Divergence Objectives for Long-Horizon Agents: A Benchmark of 1,200 Tasks in… (benchmark, with code)",
    "We present a benchmark of long-horizon tasks in which agents operate simulated systems. By Lvmin Zhang, Song Han and others, filed under cs.CL, with 62 references. @"
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
    "pool", "DY8q…f54v pool active on Solana with $15.3M in liquidity",
    "The pool is DY8qBwVGLeLJSrWib7L16mL7oB4HNAQ2f9yiYWKof54v. @"
  ),
  ("listing", "Cryowar Token (CWAR) listed on Solana", "The contract is HfYFjMKNZygfMC8LsQ8LtpPsPxEJoXJx4M6tqi75Hajo. @"),
  (
    "news", "Ethereum hard fork Muir Glacier goes live",
    "Only one report so far, by Decrypt. @ Link: https://decrypt.co/15813/ethereum-hard-fork"
  ),
  (
    "news of many", "'Stanford AI Town' Startup Secures $100M Funding Upon Launch! Li Fei-Fei and Karpathy… (3 sources)",
    "4 reports from 3 sources, the first at 2026-01-01 00:00 UTC. @"
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
    let scores = "EVI 0.86 (\(band)): freshness 0.98, impact 0.77, novelty 0.91."
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
    (0.0, "$0"), (0.15, "$0.15"), (950, "$950"), (999.6, "$999.6"), (999.999, "$1K"), (-12.5, "-$12.5"), (1500, "$1.5K"),
    (12_400_000, "$12.4M"), (999_950, "$1M"),
    (20_000_000, "$20M"),
    (1e9, "$1B"), (2.345e12, "$2.3T"), (0.00012, "$0.00012"),
  ]) func dollarsAreShort(value: Double, text: String) { #expect(ReaderNumbers.dollars(value).displayText == text) }

  @Test(arguments: [(0.0, "0"), (7, "7"), (48_120, "48,120"), (1_000_000, "1,000,000"), (41.25, "41.25"), (276.386, "276.39"), (3e9, "3B")])
  func countsAreGrouped(value: Double, text: String) { #expect(ReaderNumbers.count(value).displayText == text) }

  @Test(arguments: [(0.0, "0.00"), (0.765, "0.77"), (0.8444, "0.84"), (1, "1.00")])
  func scoresHaveTwoDigits(value: Double, text: String) { #expect(ReaderNumbers.score(value).displayText == text) }
}
