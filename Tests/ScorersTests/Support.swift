import Configuration
import Events
import JSON
import Model
import TestSupport
import Testing

@testable import Scorers

/// The scorer of the built-in configuration.
func defaultScorer() -> CompiledScorer {
  do {
    return try CompiledConfiguration.builtIn().scorer
  } catch {
    preconditionFailure("the built-in configuration is valid: \(error)")
  }
}

/// A document over `default@1`.
func scorer(_ patch: String) throws(ProwziError) -> CompiledScorer {
  try ScorerDocument.compile(try ScorerDocument.whole([UInt8](text: patch), over: defaultScorer().canonicalBytes))
}

/// A scorer with these members besides those of the default.
func scorer(with members: String) throws(ProwziError) -> CompiledScorer {
  try scorer("{\"name\":\"trial\",\"version\":1,\"extends\":\"default@1\",\(members)}")
}

/// An exploit with something of everything.
var exploit: EnrichedEvent {
  var event = EventBuilder("defillama_hacks", .exploit, .crypto).title("Marrow Finance loses 12.4 million").metric("amount_usd", 12_400_000)
    .fact("chain", "ethereum").fact("technique", "reentrancy").entity("protocol", "marrow-finance").hint("reentrancy").story(
      size: 3, sources: 2)
  event.sentiment = -0.5
  return event.enriched
}

let even = Coverage(share: 0.25, nodes: 2)

/// The value of an expression as the expression of a total would have it; `nil` where it has none. Booleans are 0 and 1.
func value(
  of text: String, _ input: EnrichedEvent = exploit, tables: [CompiledTable] = [], helpers: Helpers = Helpers()
) throws(ExpressionError) -> Double? {
  let program = try ProgramBuilder.build(try Parser.parse([UInt8](text: text)), at: .total, tables: tables, helpers: helpers).program
  var subject = Subject(coverage: even)
  subject.base = 0.5
  for (index, score) in [0.98, 0.91, 0.77, 0.85, 0.75].enumerated() { subject.scores[index] = score }
  let result = program.run(input, subject)
  return result.isNaN ? nil : result
}
