import Configuration
import Events
import Model
import Scorers
import State
import TestSupport
import Testing

@testable import Score

@Suite struct CanaryTests {
  /// Gives every event a total of one.
  static func loud(_ extra: String = "") throws -> [UInt8] {
    try ScorerDocument.whole(
      [UInt8](text: "{\"name\":\"loud\",\"version\":3,\"extends\":\"default@1\",\"expressions\":{\"total\":\"1\"}\(extra)}"),
      over: builtIn().scorer.canonicalBytes)
  }

  static func configuration(_ percent: Double, salt: String = "s", scorer: [UInt8]? = nil) throws -> CompiledConfiguration {
    try CompiledConfiguration(document: builtIn().document(withCanary: scorer ?? loud(), percent: percent, salt: salt))
  }

  static let ids = (0..<20_000).map { EventBuilder.id("event-\($0)", at: firstDay + Int64($0)) }

  @Test func judgesItsShareOfTheEvents() throws {
    for percent in [0, 0.5, 10, 33.33, 50, 100] {
      let canary = try #require(try Self.configuration(percent).canary)
      let share = Double(Self.ids.count { canary.judges($0) }) / Double(Self.ids.count)
      // Four standard deviations.
      let deviation = (percent / 100 * (1 - percent / 100) / Double(Self.ids.count)).squareRoot()
      #expect((share - percent / 100).magnitude <= 4 * deviation)
    }
  }

  @Test func anAssignmentNeverChangesAndARaisedShareKeepsIt() throws {
    let ten = try #require(try Self.configuration(10).canary)
    let again = try #require(try Self.configuration(10).canary)
    let thirty = try #require(try Self.configuration(30).canary)
    let other = try #require(try Self.configuration(10, salt: "t").canary)
    #expect(Self.ids.allSatisfy { ten.judges($0) == again.judges($0) })
    #expect(Self.ids.allSatisfy { !ten.judges($0) || thirty.judges($0) })
    let both = Self.ids.count { ten.judges($0) && other.judges($0) }
    #expect((100..<300).contains(both))
    // What the log promises: these very events, on every machine.
    #expect(Self.ids.prefix(40).enumerated().filter { ten.judges($0.element) }.map(\.offset) == [10, 14, 29, 33, 38])
  }

  @Test func theRecordSaysWhoJudged() throws {
    let fold = Fold(try Self.configuration(50))
    let plain = Fold()
    var labels: [String: Int] = [:]
    for number in 0..<200 {
      let next = event(number, nodes: [(number % 5, 1)])
      let scored = fold.step(next)
      labels[scored.scorer, default: 0] += 1
      let judged = fold.configuration.canary?.judges(next.event.id) ?? false
      #expect(scored.scorer == (judged ? "loud@3" : "default@1"))
      let reference = plain.step(next)
      // Both see the same attention.
      #expect(scored.details.map(\.value) == reference.details.map(\.value))
      #expect(scored.total == (judged ? 1 : reference.total))
    }
    #expect(labels.count == 2)
  }

  @Test func aCanaryWithAnotherWindowSeesItsOwnAttention() throws {
    let long = try Self.loud(",\"gap\":{\"window_ms\":2592000000}")
    let short = try Self.loud(",\"gap\":{\"window_ms\":86400000}")
    for (scorer, day, gap) in [(long, 20, 0.0), (long, 30, 1.0), (short, 1, 1.0), (short, 0, 0.0)] as [([UInt8], Int64, Double)] {
      for reloads in [false, true] {
        let fold = Fold(try Self.configuration(100, scorer: scorer))
        _ = fold.step(event(1, nodes: [(1, 1)]))
        _ = fold.step(event(2, day: day))
        if reloads { try fold.reload() }
        #expect(fold.step(event(3, day: day, nodes: [(1, 1)])).value(.gap) == gap)
      }
    }
  }

  @Test func theLiveWindowIsTheSameBesideALongerCanary() throws {
    let beside = Fold(try Self.configuration(0, scorer: try Self.loud(",\"gap\":{\"window_ms\":2592000000}")))
    let alone = Fold()
    var random = SplitMix64(seed: 11)
    for number in 0..<300 {
      // Now and then a record of an earlier day.
      let next = event(number, day: Int64(number / 8) - Int64(random.below(3)), nodes: [(random.below(5), 1)])
      if number % 50 == 0 { try beside.reload() }
      #expect(beside.step(next).total == alone.step(next).total)
    }
  }

  @Test func whatACanarySeesDoesNotDependOnWhereTheFoldWasCut() throws {
    for window in ["86400000", "259200000", "2592000000"] {
      let configuration = try Self.configuration(50, scorer: try Self.loud(",\"gap\":{\"window_ms\":\(window)}"))
      let whole = Fold(configuration)
      let cut = Fold(configuration)
      var random = SplitMix64(seed: 12)
      for number in 0..<400 {
        // Records of earlier days, and records that are about nothing.
        let day = Int64(number / 8) - Int64(random.below(4))
        let next = event(number, day: day, nodes: random.chance(1, in: 3) ? [] : [(random.below(5), 1)])
        if number % 5 == 0 { try cut.reload() }
        #expect(whole.step(next).value(.gap) == cut.step(next).value(.gap))
      }
    }
  }

  @Test func aPromotedScorerWithALongerWindowLooksBackAsItsCanaryDid() throws {
    let long = try Self.loud(",\"gap\":{\"window_ms\":2592000000}")
    let fold = Fold(try Self.configuration(0, scorer: long))
    _ = fold.step(event(1, nodes: [(1, 1)]))
    _ = fold.step(event(2, day: 15))
    fold.configuration = try CompiledConfiguration(document: fold.configuration.document(withScorer: long))
    #expect(fold.step(event(3, day: 15, nodes: [(1, 1)])).value(.gap) == 0)
  }

  @Test func aDocumentWithAnotherScorerHasNoCanary() throws {
    let canary = try Self.configuration(25)
    let promoted = try CompiledConfiguration(document: canary.document(withScorer: try Self.loud()))
    #expect(promoted.scorer.label == "loud@3")
    #expect(promoted.canary == nil)
    #expect(promoted.scorer.canonicalBytes == (try Self.loud()))
    let empty = try ScorerDocument.whole(
      [UInt8](text: "{\"tables\":{\"a\":{\"default\":null}}," + String(decoding: try Self.loud().dropFirst(), as: UTF8.self)), over: nil)
    #expect(try CompiledConfiguration(document: canary.document(withScorer: empty)).scorer.canonicalBytes == empty)
    #expect(try promoted.document(withScorer: builtIn().scorer.canonicalBytes) == builtIn().canonicalBytes)
    #expect(try canary.document(withCanary: nil) == builtIn().canonicalBytes)
    #expect(canary.canary?.percent == 25)
  }

  @Test func whatIsNoShareIsRefused() throws {
    for (percent, place) in [(100.5, "/canary/percent"), (-1, "/canary/percent"), (0.125, "/canary/percent")] {
      let error = #expect(throws: ProwziError.self) { try Self.configuration(percent) }
      #expect(error?.code == "config.invalid")
      #expect(error?.place == place)
    }
    let error = #expect(throws: ProwziError.self) { try Self.configuration(1, scorer: [UInt8](text: "{\"name\":\"x\"}")) }
    #expect(error?.place == "/canary/scorer/version")
  }
}
