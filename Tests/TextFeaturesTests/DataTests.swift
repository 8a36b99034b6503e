import Configuration
import JSON
import Model
import Testing

@testable import TextFeatures

@Suite struct DataTests {
  static func definition() throws -> OntologyDefinition {
    let document = try dataDocument("ontology")
    return try OntologyDefinition(document, at: document.root)
  }

  static func names() throws -> [NameDefinition] {
    let document = try dataDocument("names")
    return try NameDefinition.list(document, at: document.root)
  }

  static func lexicon() throws -> LexiconDefinition {
    let document = try dataDocument("lexicon")
    return try LexiconDefinition(document, at: document.root)
  }

  @Test func dataIsAsLargeAsPromised() throws {
    #expect(try Self.definition().nodes.count >= 48)
    #expect(try Self.names().count >= 150)
    #expect(try Self.lexicon().terms.count >= 400)
  }

  @Test func noCuratedNameIsRefusedOrDoubled() throws {
    var index = NameIndex()
    for definition in try Self.names() {
      for name in [definition.name] + definition.aliases {
        #expect(
          index.insert(name: name, type: definition.type, identifier: definition.identifier, rule: definition.rule) == .added, "\(name)")
      }
    }
  }

  /// Headlines written for this test, each with what a reader would say they are about.
  @Test(arguments: [
    ("Lending protocol loses $8M in flash loan attack", "crypto.security.exploit"),
    ("Team vanishes in rug pull, liquidity removed", "crypto.security.rugpull"),
    ("Bitcoin miners see hashrate climb after difficulty drops", "crypto.chains.mining"),
    ("Stablecoin depegs as reserves are questioned", "crypto.stablecoins.depeg"),
    ("Spot bitcoin ETF draws record inflows", "crypto.market.institutions"),
    ("Regulator proposes crypto regulation for wallets", "crypto.policy.regulation"),
    ("Central bank tests digital euro", "crypto.stablecoins.cbdc"), ("Airdrop claims open for early users", "crypto.launches.airdrop"),
    ("Memecoin trading returns", "crypto.launches.meme"), ("Chip export rules hit Nvidia", "ai.hardware.chips"),
    ("New data center to draw a gigawatt", "ai.hardware.datacenters"),
    ("Prompt injection steals mail from assistant", "ai.safety.security"),
    ("Claude Code adds code review", "ai.agents.coding"), ("Startup raises Series B at a $2B valuation", "ai.commercial.funding"),
    ("A survey of speculative decoding", "ai.research.efficiency"), ("Authors win copyright infringement case", "ai.policy.copyright"),
    ("Humanoid robots learn dexterous grasping", "ai.agents.robotics"), ("EU AI Act enters into force", "ai.policy.regulation"),
    ("Layoffs hit the lab's workforce", "ai.commercial.workforce"), ("Text-to-video model renders long scenes", "ai.models.image_video"),
  ])
  func headlinesLandWhereAReaderWouldPutThem(text: String, node: String) throws {
    var matcher = OntologyMatcher(try Self.definition())
    var found: [OntologyAssignment] = []
    matcher.match(tokens(text), hints: OntologyHints(), into: &found)
    #expect(found.first.map { matcher.nodes[$0.node] } == node)
  }

  @Test(arguments: [
    "A brief history of random numbers", "Blender 5.0", "Old TV as a gift", "US orders 2,200 Marines to Middle East",
    "Hyperlinks in terminal emulators",
  ])
  func otherHeadlinesBelongNowhere(text: String) throws {
    var matcher = OntologyMatcher(try Self.definition())
    var found: [OntologyAssignment] = []
    matcher.match(tokens(text), hints: OntologyHints(), into: &found)
    #expect(found.isEmpty)
    #expect(DomainVoter(try Self.definition()).vote(tokens(text)).domain == nil)
  }

  @Test(arguments: [
    ("Meta and OpenAI hire", ["organization:meta", "organization:openai"]),
    ("Meta-learning for graphs with OpenAI", ["organization:openai"]),
    ("A meta analysis by OpenAI", ["organization:openai"]), ("Base fees fall", []),
    ("Coinbase opens Base", ["organization:coinbase", "chain:base"]),
    ("The near future", []), ("Compound interest explained", []), ("Aave and Compound grow", ["protocol:aave", "protocol:compound"]),
    ("A learning curve", []), ("Apple pie", []), ("Apple ships new iPhone", ["organization:apple", "product:iphone"]),
    ("Maker faire opens", []),
    ("Claude Opus 4 and Claude", ["model:claude-opus", "model:claude"]),
  ])
  func ambiguousNamesNeedTheirSurroundings(text: String, expected: [String]) throws {
    #expect(entities(text, names: NameIndex(try Self.names())) == expected)
  }

  @Test(arguments: [
    ("Exchange hacked, $40M stolen", -1), ("Protocol drained in exploit", -1), ("Token plunges after rug pull", -1),
    ("Model outperforms all rivals", 1),
    ("Startup raises $20M to expand", 1), ("Bitcoin surges to all-time high", 1), ("Committee meets on Tuesday", 0),
  ])
  func toneHasTheRightSign(text: String, sign: Int) throws {
    let score = SentimentLexicon(try Self.lexicon()).score(tokens(text))
    #expect(score == 0 ? sign == 0 : (score < 0) == (sign < 0) && sign != 0, "\(score)")
  }

  @Test(arguments: [
    (#"{"nodes":[{"id":"crypto.a","title":"A","terms":{"x y":9}}],"vocabulary":{}}"#, "/nodes/0/terms/x y"),
    (#"{"nodes":[{"id":"other.a","title":"A"}],"vocabulary":{}}"#, "/nodes/0/id"),
    (#"{"nodes":[{"id":"crypto.a","title":"A"},{"id":"crypto.a","title":"B"}],"vocabulary":{}}"#, "/nodes/1/id"),
    (#"{"nodes":[{"id":"crypto.a","title":"A","terms":{"ab*":1}}],"vocabulary":{}}"#, "/nodes/0/terms/ab*"),
    (#"{"nodes":[{"id":"crypto.a","title":"A","hints":{"colour:red":1}}],"vocabulary":{}}"#, "/nodes/0/hints/colour:red"),
    (#"{"nodes":[{"id":"crypto.a","title":"A","extra":1}],"vocabulary":{}}"#, "/nodes/0/extra"),
    (#"{"nodes":[{"id":"crypto.a","title":"A"}]}"#, "/vocabulary"),
  ])
  func aBadOntologyNamesThePlace(text: String, place: String) throws {
    let document = try JSONDocument(Array(text.utf8))
    do {
      _ = try OntologyDefinition(document, at: document.root)
      Issue.record("the document was accepted")
    } catch {
      #expect(error.place == place)
    }
  }

  @Test(arguments: [
    (#"{"names":[{"name":"A","type":"url","id":"a"}]}"#, "/names/0/type"), (#"{"names":[{"name":"A","type":"chain"}]}"#, "/names/0/id"),
    (#"{"names":[{"name":"A","type":"chain","id":"a","rule":"loose"}]}"#, "/names/0/rule"),
    (#"{"names":[{"name":"A","type":"chain","id":"a","near":[1]}]}"#, "/names/0/near/0"),
  ])
  func badNamesNameThePlace(text: String, place: String) throws {
    let document = try JSONDocument(Array(text.utf8))
    do {
      _ = try NameDefinition.list(document, at: document.root)
      Issue.record("the document was accepted")
    } catch {
      #expect(error.place == place)
    }
  }
}
