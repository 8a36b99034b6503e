import Configuration
import Events
import Model
import Scorers
import Stages
import State
import TestSupport
import Testing

@testable import Score

/// The built-in configuration.
func builtIn() -> CompiledConfiguration {
  do {
    return try CompiledConfiguration.builtIn()
  } catch {
    preconditionFailure("the built-in configuration is valid: \(error)")
  }
}

/// Score folded by hand.
final class Fold {
  var configuration: CompiledConfiguration
  var state = ScoreStage().initialState()
  var sink = RecordSink()

  init(_ configuration: CompiledConfiguration = builtIn()) { self.configuration = configuration }

  func step(_ event: EnrichedEvent) -> ScoredEvent {
    var event = event
    var outputs: [ScoredEvent] = []
    let context = StepContext(
      partition: PartitionIndex(0), offset: event.event.rawOffset, observedAt: event.event.observedAt, configuration: configuration)
    sink.begin(partition: PartitionIndex(0), offset: event.event.rawOffset)
    ScoreStage().step(&event, state: &state, context: context, outputs: &outputs, records: &sink)
    return outputs[0]
  }

  /// Goes on from the written state.
  func reload() throws {
    var writer = StateWriter()
    state.write(to: &writer)
    var reader = StateReader(writer.bytes)
    state = try ScoreStage.State(from: &reader)
    #expect(reader.isAtEnd)
  }
}

let firstDay: Int64 = 1_767_225_600_000

/// An event about nodes of the ontology, days after the first.
func event(_ number: Int, day: Int64 = 0, nodes: [(Int, Double)] = [], domain: Domain = .crypto) -> EnrichedEvent {
  var event = EventBuilder("source", .news, domain, number: number, at: firstDay + day * .day).title("Title \(number)").enriched
  event.enrichment.ontology = nodes.map { OntologyWeight(node: $0.0, weight: $0.1) }
  return event
}

@Suite struct ScoreTests {
  @Test func theTotalIsTheSumOfTheContributions() {
    let scored = Fold().step(event(1, nodes: [(3, 1)]))
    #expect(scored.total == rounded(scored.details.reduce(0) { $0 + $1.contribution }))
    #expect(scored.details.map(\.weight) == [0.25, 0.25, 0.3, 0.15, 0.05])
    #expect(scored.scorer == "default@1")
  }

  @Test func theGapIsWhatOthersDidNotGetBeforeTheEventIsCounted() {
    let fold = Fold()
    func gap(_ node: Int) -> Double { fold.step(event(1, nodes: [(node, 1)])).value(.gap) }
    #expect(gap(1) == 1)
    // All attention so far was on it.
    #expect(gap(1) == 0)
    #expect(gap(2) == 1)
    // Two of three among two nodes: more than an even share; one of four among two: half of one.
    #expect(gap(1) == 0)
    #expect(gap(2) == 0.5)
  }

  @Test func withoutNodesThereIsNoGap() {
    let scored = Fold().step(event(1))
    #expect(scored.value(.gap) == 0)
    #expect(scored.details[Score.gap.rawValue].sentence.elementsEqual("In no node of the ontology.".utf8))
  }

  @Test func attentionIsForgottenAfterTheWindow() {
    for (day, gap) in [(6, 0.0), (7, 1.0)] as [(Int64, Double)] {
      let fold = Fold()
      _ = fold.step(event(1, nodes: [(1, 1)]))
      #expect(fold.step(event(2, day: day, nodes: [(1, 1)])).value(.gap) == gap)
    }
  }

  @Test func aRecordOfAnEarlierDayCountsForTheNewest() {
    let fold = Fold()
    _ = fold.step(event(1, day: 5, nodes: [(1, 1)]))
    _ = fold.step(event(2, day: 0, nodes: [(2, 1)]))
    #expect(fold.step(event(3, day: 11, nodes: [(2, 1)])).value(.gap) == 0)
    #expect(fold.step(event(4, day: 18, nodes: [(2, 1)])).value(.gap) == 1)
  }

  @Test func aStateWrittenAndReadBackGoesOnAsTheOriginal() throws {
    let whole = Fold()
    let cut = Fold()
    var random = SplitMix64(seed: 3)
    for number in 0..<400 {
      let next = event(number, day: Int64(number / 20), nodes: [(random.below(6), 0.5), (6 + random.below(3), 0.25)])
      if number % 37 == 0 { try cut.reload() }
      #expect(whole.step(next).total == cut.step(next).total)
    }
    #expect(whole.sink.buffers[DerivedTopic.scored.rawValue].bytes == cut.sink.buffers[DerivedTopic.scored.rawValue].bytes)
  }

  @Test func weightsOfADomainGoBeforeTheCommonOnes() throws {
    let configuration = try CompiledConfiguration(
      document: try CompiledConfiguration.patched(
        builtIn().canonicalBytes,
        with: [UInt8](
          text: "{\"score\":{\"domain_weights\":{\"ai\":{\"freshness\":1,\"novelty\":0,\"impact\":0,\"confidence\":0,\"gap\":0}}}}")))
    let fold = Fold(configuration)
    #expect(fold.step(event(1, domain: .ai)).total == 1)
    #expect(fold.step(event(2, domain: .crypto)).details[0].weight == 0.25)
  }
}
