import Configuration
import Events
import Foundation
import JSON
import Model
import TestSupport
import Testing

@testable import Scorers

/// The files that the reference shows.
enum Examples {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/Scorers")

  static let names = ["newsroom-weights", "large-exploits", "source-reputation", "corroboration"]

  static func read(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: folder.appendingPathComponent("Examples/\(name).json")))
  }

  static func scorer(_ name: String) throws -> CompiledScorer {
    try ScorerDocument.compile(try ScorerDocument.whole(try read(name), over: defaultScorer().canonicalBytes))
  }
}

func input(_ detail: ScoreDetail, _ name: String) -> Double? { detail.inputs.first { $0.name == name }?.value }

/// Documents as scorers.
@Suite struct ScorerTests {
  @Test func theSectionOfTheConfigurationIsADocument() throws {
    let section = defaultScorer()
    let document = try ScorerDocument.compile(section.canonicalBytes)
    #expect(document.label == "default@1")
    #expect(document.digest == section.digest)
    for event in Samples.events {
      let a = section.evaluate(event, coverage: even)
      let b = document.evaluate(event, coverage: even)
      #expect(a.total == b.total)
      #expect(a.details.map(\.value) == b.details.map(\.value))
      #expect(a.details.map(\.inputs) == b.details.map(\.inputs))
      #expect(a.totalDetail == nil)
    }
  }

  @Test func theDefaultGivesTheNumbersItAlwaysGave() {
    let evaluation = defaultScorer().evaluate(exploit, coverage: even)
    // 2^0; 0.5 / (1 + ln 3); 0.2 + 0.75 · log(1240) / log(100000); 0.85 + 0.1; 1 - 0.25.
    #expect(evaluation.details.map(\.value) == [1, 0.238253, 0.664013, 0.95, 0.75])
    #expect(evaluation.total == 0.688767)
  }

  @Test func whatIsRememberedOfEarlierEventsIsNeverSeen() throws {
    var memo = ScoreMemo()
    let other = try scorer(with: "\"expressions\":{\"freshness\":\"base / 2\"}")
    for round in 0..<3 {
      for event in Samples.events + Samples.events.reversed() {
        for scorer in [defaultScorer(), other] {
          let a = scorer.evaluate(event, coverage: even)
          let b = scorer.evaluate(event, coverage: even, remembering: &memo)
          #expect(a.total == b.total)
          func record(_ evaluation: Evaluation) -> [UInt8] {
            let scored = ScoredEvent(enriched: event, details: evaluation.details, total: evaluation.total, scorer: scorer.label)
            var json = JSONWriter()
            EvaluationRecord(scored).write(to: &json)
            return json.bytes
          }
          #expect(record(a) == record(b), "round \(round)")
        }
      }
    }
  }

  @Test func expressionsThatSayBaseChangeNothing() throws {
    let plain = try scorer(
      with:
        "\"expressions\":{\"freshness\":\"base\",\"novelty\":\"base\",\"impact\":\"base\",\"confidence\":\"base\",\"gap\":\"base\",\"total\":\"base\"}"
    )
    for event in Samples.events {
      let a = defaultScorer().evaluate(event, coverage: even)
      let b = plain.evaluate(event, coverage: even)
      #expect(a.details.map(\.value) == b.details.map(\.value))
      #expect(a.total == b.total)
    }
  }

  @Test func anExpressionWithoutValueLeavesTheFormula() throws {
    let trial = try scorer(with: "\"expressions\":{\"impact\":\"stars / 0\",\"total\":\"stars\"}")
    let a = defaultScorer().evaluate(exploit, coverage: even)
    let b = trial.evaluate(exploit, coverage: even)
    #expect(a.details.map(\.value) == b.details.map(\.value))
    #expect(a.total == b.total)
    #expect(b.details[Score.impact.rawValue].sentence.starts(with: "The expression has no value here. exploit starts".utf8))
    #expect(input(b.details[Score.impact.rawValue], "amount_usd") == 12_400_000)
  }

  @Test func valuesAreHeldWithinZeroAndOneAndRounded() throws {
    let trial = try scorer(with: "\"expressions\":{\"impact\":\"7\",\"gap\":\"-1\",\"novelty\":\"1 / 3\",\"total\":\"2\"}")
    let evaluation = trial.evaluate(exploit, coverage: even)
    #expect(evaluation.details[Score.impact.rawValue].value == 1)
    #expect(input(evaluation.details[Score.impact.rawValue], "expression") == 7)
    #expect(evaluation.details[Score.gap.rawValue].value == 0)
    #expect(evaluation.details[Score.novelty.rawValue].value == 0.333333)
    #expect(evaluation.total == 1)
  }

  @Test func theExpressionOfAKindGoesBeforeTheOneForAllInEitherOrder() throws {
    for members in ["\"impact\":\"0.1\",\"impact.exploit\":\"0.2\"", "\"impact.exploit\":\"0.2\",\"impact\":\"0.1\""] {
      let trial = try scorer(with: "\"expressions\":{\(members)}")
      #expect(trial.evaluate(exploit, coverage: even).details[Score.impact.rawValue].value == 0.2)
      let paper = EventBuilder("arxiv", .paper, .ai).enriched
      #expect(trial.evaluate(paper, coverage: even).details[Score.impact.rawValue].value == 0.1)
    }
  }

  @Test func theTotalCanBeComputedFromTheScoresAndExplainsItself() throws {
    let trial = try scorer(with: "\"expressions\":{\"total\":\"max(base, impact * confidence)\"}")
    let evaluation = trial.evaluate(exploit, coverage: even)
    let detail = try #require(evaluation.totalDetail)
    #expect(detail.inputs.map(\.name) == ["base_value", "confidence", "expression", "impact"])
    #expect(input(detail, "expression") == evaluation.total)
    #expect(evaluation.total == max(0.688767, rounded(0.664013 * 0.95)))
  }

  @Test func namedValuesOfEveryTypeAreComputedInOrder() throws {
    let trial = try scorer(
      with: """
        "expressions":{"let":{"z":"2 * a","a":"if big then 0.1 else 0.2","big":"amount_usd > 1e6 and who == 'exploit'","who":"kind"},"gap":"z + a"}
        """)
    let detail = trial.evaluate(exploit, coverage: even).details[Score.gap.rawValue]
    #expect(detail.value == 0.3)
    #expect(detail.inputs.map(\.name) == ["amount_usd", "expression"])
  }

  @Test func aTableTakesWhatItDoesNotSayFromTheOneItExtends() throws {
    let tables = """
      "tables":{"c":{"extends":"b"},"a":{"entries":{"x":1,"y":2},"default":3},"b":{"extends":"a","entries":{"y":20}},"d":{"extends":"b","default":9}}
      """
    for (table, key, wanted) in [
      ("a", "y", 0.02), ("b", "x", 0.01), ("b", "y", 0.2), ("c", "y", 0.2), ("c", "q", 0.03), ("d", "q", 0.09), ("d", "y", 0.2),
    ] {
      let trial = try scorer(with: "\(tables),\"expressions\":{\"gap\":\"table('\(table)', '\(key)') / 100\"}")
      #expect(trial.evaluate(exploit, coverage: even).details[Score.gap.rawValue].value == wanted, "\(table) \(key)")
    }
  }

  @Test func inputsAreInOrderAndFiniteWhateverTheEvent() throws {
    for name in Examples.names {
      let example = try Examples.scorer(name)
      for event in Samples.events {
        let evaluation = example.evaluate(event, coverage: even)
        for detail in evaluation.details {
          #expect(detail.inputs.map(\.name) == detail.inputs.map(\.name).sorted())
          #expect(Set(detail.inputs.map(\.name)).count == detail.inputs.count)
          #expect(detail.inputs.allSatisfy { $0.value.isFinite })
          #expect((0...1).contains(detail.value) && detail.value == rounded(detail.value))
        }
      }
    }
  }

  @Test func anAmountBeyondAllMeasureIsAFullImpact() {
    let event = EventBuilder("s", .exploit, .crypto).metric("amount_usd", 1e308).enriched
    #expect(defaultScorer().evaluate(event, coverage: even).details[Score.impact.rawValue].value == 0.95)
  }

  @Test func labelsAreNamesAndVersions() {
    #expect(ScorerLabel("a-b.c_1@12")?.version == 12)
    for text in ["", "a", "a@", "@1", "a@0", "a@01", "a@+1", "a@1@2", "A@1", "-a@1", "a b@1", "a@1000001"] {
      #expect(ScorerLabel(text) == nil, "\(text)")
    }
  }
}

/// The worked examples of the reference.
@Suite struct ExampleTests {
  @Test func otherWeightsChangeTheTotalAndNothingElse() throws {
    let plain = defaultScorer().evaluate(exploit, coverage: even)
    let evaluation = try Examples.scorer("newsroom-weights").evaluate(exploit, coverage: even)
    #expect(evaluation.details.map(\.value) == plain.details.map(\.value))
    #expect(evaluation.details.map(\.weight) == [0.4, 0.2, 0.2, 0.2, 0])
    #expect(evaluation.total != plain.total)
  }

  @Test func exploitsOverTenMillionAreLifted() throws {
    let lifting = try Examples.scorer("large-exploits")
    func impact(_ amount: Double?, _ kind: Kind = .exploit) -> (Double, Double) {
      var builder = EventBuilder("s", kind, .crypto)
      if let amount { builder = builder.metric("amount_usd", amount) }
      let event = builder.enriched
      return (
        lifting.evaluate(event, coverage: even).details[Score.impact.rawValue].value,
        defaultScorer().evaluate(event, coverage: even).details[Score.impact.rawValue].value
      )
    }
    #expect(impact(10_000_001).0 == 0.95)
    for (amount, kind) in [(10_000_000.0, Kind.exploit), (nil, .exploit), (50_000_000, .fundingRound)] {
      let (lifted, plain) = impact(amount, kind)
      #expect(lifted == plain)
    }
  }

  @Test func reputationComesFromTheTable() throws {
    let example = try Examples.scorer("source-reputation")
    func confidence(_ source: String, _ domain: Domain, entity: Bool = true, sources: Int = 1) -> Double {
      var builder = EventBuilder(source, .news, domain).story(size: sources, sources: sources)
      if entity { builder = builder.entity("protocol", "x") }
      return example.evaluate(builder.enriched, coverage: even).details[Score.confidence.rawValue].value
    }
    #expect(confidence("hn_rss", .ai) == 0.4)
    #expect(confidence("hn_rss", .crypto) == 0.25)
    #expect(confidence("arxiv_daily", .crypto) == 0.95)
    #expect(confidence("unknown", .crypto) == 0.6)
    #expect(confidence("hn_rss", .ai, entity: false) == 0.32)
    #expect(confidence("defillama_hacks", .crypto, sources: 2) == 1)
  }

  @Test func theScorerInSwiftWeighsNeighborsAndSources() throws {
    let native = try Examples.scorer("corroboration")
    #expect(native.nativeName == "corroboration@1")
    var event = exploit
    event.enrichment.embedding = Embedding(values: [Int8](repeating: 1, count: 768), scale: 1)
    event.enrichment.cluster.recentSize = 1
    event.enrichment.neighbors = [0.9, 0.1, 0.1].map { Neighbor(id: event.event.id, similarity: $0) }
    let plain = defaultScorer().evaluate(event, coverage: even)
    let evaluation = native.evaluate(event, coverage: even)
    // (0.9 + 0.1 / 2 + 0.1 / 4) / 1.75
    #expect(evaluation.details[Score.novelty.rawValue].value == rounded(1 - 0.975 / 1.75))
    #expect(plain.details[Score.novelty.rawValue].value == 0.633333)
    // 1 - (1 - 0.85) · 0.6
    #expect(evaluation.details[Score.confidence.rawValue].value == 0.91)
    for score in [Score.freshness, .impact, .gap] {
      #expect(evaluation.details[score.rawValue].value == plain.details[score.rawValue].value)
    }
    #expect(evaluation.total == rounded(evaluation.details.reduce(0) { $0 + $1.contribution }))
  }

  @Test func moreSourcesNeverLowerConfidenceInSwift() throws {
    let native = try Examples.scorer("corroboration")
    var last = 0.0
    for sources in 2...8 {
      var event = exploit
      event.enrichment.cluster.sources = sources
      let value = native.evaluate(event, coverage: even).details[Score.confidence.rawValue].value
      #expect(sources <= 5 ? value > last : value == last)
      last = value
    }
  }

  @Test func theSchemaIsTheTopicsAndTheReferenceNamesEverything() throws {
    let schema = try JSONDocument([UInt8](Data(contentsOf: Examples.folder.appendingPathComponent("scorer.schema.json"))))
    let topic = try JSONDocument(
      [UInt8](Data(contentsOf: Examples.folder.appendingPathComponent("../../topics/prowzi.scorers.json"))))
    var writer = JSONWriter()
    topic.appendCanonical(try #require(topic.member("value_schema", of: topic.root)), to: &writer)
    #expect(schema.canonicalBytes == writer.bytes)
    let reference = try String(contentsOf: Examples.folder.appendingPathComponent("REFERENCE.md"), encoding: .utf8)
    for field in FieldCatalogue.fields {
      #expect(reference.contains("| `\(field.name)` | \(field.type) | \(field.meaning) | \(field.missing) |"), "\(field.name)")
    }
    for function in ScorerFunction.all { #expect(reference.contains("| `\(function.form)` | \(function.meaning) |"), "\(function.name)") }
    for name in Examples.names {
      let text = try String(decoding: Examples.read(name), as: UTF8.self)
      #expect(reference.contains("```json\n\(text)```"), "\(name)")
    }
    for native in NativeScorers.all { #expect(reference.contains("`\(native.name)@\(native.version)`")) }
  }
}

/// Events of several kinds.
enum Samples {
  static var events: [EnrichedEvent] {
    [
      exploit,
      EventBuilder("arxiv_daily", .paper, .ai).title("A benchmark for agents").body("Our code is available.").metric("references", 60)
        .enriched,
      EventBuilder("github_star_ranking", .repoStars, .ai).metric("stars", 12_000).metric("forks", 3).flags(.starsWithoutForks).history {
        $0.starsPerDay = 900
        $0.starBurst = 9
      }.enriched,
      EventBuilder("hn_rss", .news, .ai).title("Something").flags(.timeMissing).story(size: 9, sources: 4).enriched,
      EventBuilder("pairs", .tokenLaunch, .crypto).fact("chain", "solana").metric("initial_liquidity_eth", 20).occurred(0).enriched,
      EventBuilder("catalogue", .modelRelease, .ai).metric("is_new", 1).metric("context_tokens", 1_000_000).history {
        $0.providers = 4
        $0.priceStep = 0.5
      }.enriched,
      EventBuilder("x", .generic, .ai).enriched,
    ]
  }
}
