import Configuration
import Events
import Model
import Stages
import State
import TestSupport
import Testing

@testable import Band

/// Band folded by hand, over thresholds that are easy to read: 0.8, 0.6 and 0.4 for every kind, a hysteresis of 0.05.
final class Fold {
  let configuration: CompiledConfiguration
  var state = BandStage().initialState()
  var sink = RecordSink()

  init(rules: String = "") throws(ProwziError) {
    let patch = """
      {"band":{"thresholds":{"instant":0.8,"same_day":0.6,"weekly":0.4},"kinds":null,"hysteresis":0.05,"rules":[\(rules)],\
      "expiry_ms":{"instant":1800000,"same_day":86400000},"memory_ms":604800000}}
      """
    configuration = try CompiledConfiguration(
      document: try CompiledConfiguration.patched(CompiledConfiguration.builtInDocument, with: [UInt8](text: patch)))
  }

  func step(_ total: Double, story: Int = 1, minutes: Int64 = 0, kind: Kind = .news, source: String = "source", impact: Double = 0.5)
    -> BandedEvent
  {
    let builder = EventBuilder(source, kind, .ai, at: 1_767_225_600_000 + minutes * .minute, story: story).score(.impact, impact)
    var event = builder.scored
    event.total = total
    var outputs: [BandedEvent] = []
    let context = StepContext(
      partition: PartitionIndex(0), offset: Offset(1), observedAt: builder.event.observedAt, configuration: configuration)
    sink.begin(partition: PartitionIndex(0), offset: Offset(1))
    BandStage().step(&event, state: &state, context: context, outputs: &outputs, records: &sink)
    return outputs[0]
  }

  func reload() throws {
    var writer = StateWriter()
    state.write(to: &writer)
    var reader = StateReader(writer.bytes)
    state = try BandStage.State(from: &reader)
    #expect(reader.isAtEnd)
  }
}

@Suite struct BandTests {
  @Test(arguments: [
    (1.0, UrgencyBand.instant), (0.8, .instant), (0.799999, .sameDay), (0.6, .sameDay), (0.599999, .weekly), (0.4, .weekly),
    (0.399999, .archive),
    (0, .archive),
  ]) func theBandFollowsFromTheTotal(total: Double, band: UrgencyBand) throws {
    let banded = try Fold().step(total)
    #expect(banded.band == band)
    #expect(banded.reason == .threshold)
    #expect(banded.support == 1)
    #expect(banded.previousBand == nil)
  }

  @Test func eventsOfOneStoryAreOneAlert() throws {
    let fold = try Fold()
    let first = fold.step(0.9)
    let second = fold.step(0.1, minutes: 5)
    #expect(second.band == .instant)
    #expect(second.reason == .merged)
    #expect(second.support == 2)
    #expect(second.expiresAt == first.expiresAt)
    #expect(fold.step(0.1, story: 2).band == .archive)
  }

  @Test func aStoryRisesOnlyPastTheThresholdByTheHysteresis() throws {
    let fold = try Fold()
    _ = fold.step(0.7)
    #expect(fold.step(0.849999, minutes: 1).reason == .merged)
    let risen = fold.step(0.851, minutes: 2)
    #expect(risen.band == .instant)
    #expect(risen.reason == .promotion)
    #expect(risen.previousBand == .sameDay)
    // Once for each band.
    #expect(fold.step(0.95, minutes: 3).reason == .merged)
  }

  @Test func aStoryIsNeverLoweredAndBelowAlertsEachEventStandsForItself() throws {
    let fold = try Fold()
    _ = fold.step(0.5)
    let low = fold.step(0.1, minutes: 1)
    #expect(low.band == .archive)
    #expect(low.reason == .threshold)
    // The story is still weekly.
    #expect(fold.step(0.5, minutes: 2).band == .weekly)
    #expect(fold.step(0.62, minutes: 3).band == .weekly)
    #expect(fold.step(0.651, minutes: 4).reason == .promotion)
  }

  @Test func rulesGoBeforeThresholdsAndEveryConditionMustHold() throws {
    let rule = "{\"name\":\"launches\",\"band\":\"instant\",\"kind\":\"token_launch\",\"source\":\"pairs\",\"minimum_impact\":0.3}"
    let fold = try Fold(rules: rule)
    let ruled = fold.step(0.1, story: 1, kind: .tokenLaunch, source: "pairs", impact: 0.3)
    #expect(ruled.band == .instant)
    #expect(ruled.reason == .rule)
    #expect(ruled.rule == "launches")
    #expect(fold.step(0.1, story: 2, kind: .tokenLaunch, source: "pairs", impact: 0.2).band == .archive)
    #expect(fold.step(0.1, story: 3, kind: .tokenLaunch, source: "other", impact: 0.3).band == .archive)
    #expect(fold.step(0.1, story: 4, kind: .news, source: "pairs", impact: 0.3).band == .archive)
  }

  @Test func alertsExpireAndTheRestDoesNot() throws {
    for (total, life) in [(0.9, 1_800_000), (0.7, 86_400_000), (0.5, nil), (0.1, nil)] as [(Double, Int64?)] {
      let banded = try Fold().step(total)
      #expect(banded.expiresAt.map { $0.milliseconds - 1_767_225_600_000 } == life)
    }
  }

  @Test func aStoryIsForgottenAfterTheMemory() throws {
    let fold = try Fold()
    _ = fold.step(0.9)
    #expect(fold.step(0.1, minutes: 7 * 1440 + 1).band == .archive)
  }

  @Test func aStateWrittenAndReadBackGoesOnAsTheOriginal() throws {
    let whole = try Fold()
    let cut = try Fold()
    var random = SplitMix64(seed: 9)
    for number in 0..<500 {
      let total = Double(random.below(1_000_001)) / 1_000_000
      let story = random.below(40)
      if number % 41 == 0 { try cut.reload() }
      let a = whole.step(total, story: story, minutes: Int64(number * 30))
      let b = cut.step(total, story: story, minutes: Int64(number * 30))
      #expect(a.band == b.band && a.support == b.support && a.expiresAt == b.expiresAt)
    }
  }
}
