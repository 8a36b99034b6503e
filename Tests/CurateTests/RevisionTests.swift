import Events
import JSON
import Model
import TestSupport
import Testing

@testable import Curate

/// The n-th report of one story, `minutes` after its start.
private func report(_ number: Int, minutes: Int64, impact: Double = 0.5) -> EventBuilder {
  EventBuilder("ai_headlines", .news, .ai, number: number, at: start + minutes * .minute).title("Report \(number) of an outage")
    .story(size: number, sources: number, relation: number == 1 ? .new : .sameStory).score(.impact, impact)
}

@Suite struct RevisionTests {
  @Test func lesserBandsMakeNoBrief() throws {
    var bench = try Bench()
    bench.feed(report(1, minutes: 0).banded(.weekly))
    bench.feed(report(2, minutes: 1).banded(.archive))
    #expect(bench.briefs.isEmpty && bench.records(.briefs).isEmpty)
  }

  @Test func newMembersReviseAtMostOnceInTenMinutes() throws {
    var bench = try Bench()
    #expect(bench.feed(report(1, minutes: 0).banded(.sameDay)).count == 1)
    #expect(bench.feed(report(2, minutes: 5).banded(.sameDay)).isEmpty)
    #expect(bench.feed(report(3, minutes: 9).banded(.sameDay)).isEmpty)
    let revised = try #require(bench.feed(report(4, minutes: 20).banded(.sameDay)).last)
    // With what was held back, and the one in hand.
    #expect(bench.briefs.map(\.revision) == [1, 2])
    #expect(revised.status == .revised)
    #expect(revised.events.count == 4)
    bench.control(.tick, at: start + 40 * .minute)
    #expect(bench.briefs.count == 2)
    #expect(Set(bench.briefs.map(\.id)).count == 1)
  }

  @Test func aTickLetsOutWhatIsDueAndNothingElse() throws {
    var bench = try Bench()
    bench.feed(report(1, minutes: 0).banded(.sameDay))
    bench.feed(report(2, minutes: 2).banded(.sameDay))
    #expect(bench.control(.tick, at: start + 9 * .minute).isEmpty)
    let made = bench.control(.tick, at: start + 10 * .minute)
    #expect(made.map(\.revision) == [2])
    #expect(made[0].summary.contains("2 reports from 2 sources"))
    #expect(made[0].createdAt == Timestamp(milliseconds: start + 10 * .minute))
    #expect(bench.control(.tick, at: start + 60 * .minute).isEmpty)
  }

  @Test func anyRecordLetsOutWhatIsDue() throws {
    var bench = try Bench()
    bench.feed(report(1, minutes: 0).banded(.sameDay))
    bench.feed(report(2, minutes: 2).banded(.sameDay))
    let other = EventBuilder("any", .generic, .ai, number: 50, at: start + 11 * .minute, story: 2).title("Something else")
    #expect(bench.feed(other.banded(.archive)).map(\.revision) == [2])
  }

  /// Band may have forgotten the story by the time of a late report, whose own band is then lower than the story's.
  @Test func theBandIsBoundToTheEventThatGaveIt() throws {
    var bench = try Bench()
    let first = report(1, minutes: 0).banded(.instant)
    let event = first.scored.enriched.event.id
    bench.feed(first)
    let revised = try #require(bench.feed(report(2, minutes: 5 * 24 * 60).banded(.sameDay)).last)
    #expect(revised.band == .instant)
    #expect(revised.evidence.filter { $0.binding.field == "band" }.map(\.binding.event) == [event])
  }

  @Test func aRisingBandDoesNotWait() throws {
    var bench = try Bench()
    bench.feed(report(1, minutes: 0).banded(.sameDay))
    let risen = try #require(bench.feed(report(2, minutes: 1).banded(.instant, reason: .promotion, previous: .sameDay)).first)
    #expect(risen.revision == 2 && risen.band == .instant)
    // And it does not fall again.
    bench.feed(report(3, minutes: 30).banded(.sameDay))
    #expect(bench.briefs.last?.band == .instant)
    #expect(bench.briefs.count == 3)
  }

  @Test func aMoreInformativeMemberTakesTheHeadline() throws {
    var bench = try Bench()
    bench.feed(
      EventBuilder("crypto_headlines", .news, .crypto, number: 1).title("Marrow Finance drained overnight").banded(.instant))
    let listed = EventBuilder("defillama_hacks", .exploit, .crypto, number: 2, at: start + 20 * .minute).title("Marrow Finance")
      .metric("amount_usd", 12_400_000).story(size: 2, sources: 2).banded(.instant)
    let revised = try #require(bench.feed(listed).first)
    #expect(revised.headline == "Marrow Finance exploited for $12.4M")
    #expect(revised.kind == .exploit)
    // A later headline does not take it back, whatever its impact.
    let third = EventBuilder("crypto_headlines", .news, .crypto, number: 3, at: start + 40 * .minute).title("Thoughts on Marrow")
      .story(size: 3, sources: 2).score(.impact, 0.99).banded(.instant)
    #expect(bench.feed(third).first?.headline == "Marrow Finance exploited for $12.4M")
  }

  @Test func aRevisionNamesTheOneItSupersedes() throws {
    var bench = try Bench()
    bench.feed(report(1, minutes: 0).banded(.sameDay))
    bench.feed(report(2, minutes: 30).banded(.sameDay))
    let values = try bench.records(.briefs).map { try JSONDocument($0) }
    #expect(values[0].member("supersedes", of: values[0].root) == nil)
    let id = try #require(values[0].string(values[0].member("brief_id", of: values[0].root)))
    #expect(values[1].string(values[1].member("supersedes", of: values[1].root)) == "\(id)/1")
    #expect(values[1].string(values[1].member("status", of: values[1].root)) == "revised")
    #expect(bench.sink.buffers[4].records.allSatisfy { bench.sink.buffers[4].bytes[$0.key!].elementsEqual(id.utf8) })
  }

  @Test func aRetractionWithdrawsTheBriefOnce() throws {
    var bench = try Bench()
    bench.feed(report(1, minutes: 0).banded(.instant))
    let event = report(1, minutes: 0).event.id
    let made = bench.control(.retract(event: event, reason: "The report was a test."), at: start + .minute)
    let retracted = try #require(made.first)
    #expect(retracted.status == .retracted && retracted.revision == 2)
    #expect(retracted.headline == "Retracted: Report 1 of an outage")
    #expect(retracted.summary == "This brief is withdrawn: The report was a test.")
    #expect(retracted.evidence.contains { $0.binding.field == "reason" && $0.binding.offset == Offset(999) })
    #expect(bench.control(.retract(event: event, reason: "Again."), at: start + 2 * .minute).isEmpty)
    #expect(bench.control(.retract(event: EventID(high: 1, low: 1), reason: "Unknown."), at: start + 3 * .minute).isEmpty)
    // Another source tells it still: a revision that no longer leans on what was withdrawn.
    let again = try #require(bench.feed(report(2, minutes: 30).banded(.instant)).first)
    #expect(again.status == .revised && again.headline == "Report 2 of an outage (2 sources)")
    #expect(again.events == [report(2, minutes: 30).event.id])
  }

  @Test func impactDecidesTheLevel() {
    let levels = [0.81, 0.8, 0.61, 0.6, 0.41, 0.4].map { "\(Brief.ImpactLevel(score: $0).name)" }
    #expect(levels == ["critical", "high", "high", "medium", "medium", "low"])
  }

  @Test func riskFactorsAreNumbersInOrder() throws {
    let brief = try brief(Samples.exploitInConflict.banded(.instant))
    #expect(
      brief.riskFactors == [
        .init(name: "confidence", value: 0.85), .init(name: "conflicting_amounts", value: 1.044444),
        .init(name: "reporting_lag_days", value: 8),
        .init(name: "single_source", value: 0), .init(name: "time_uncertain", value: 1),
      ])
  }

  @Test func oldStoriesAreForgotten() throws {
    var bench = try Bench(#"{"curate":{"memory_items":2}}"#)
    for story in 1...5 {
      bench.feed(EventBuilder("any", .news, .ai, number: story, story: story).title("Story \(story)").banded(.sameDay))
    }
    bench.control(.tick, at: start)
    #expect(bench.state.stories.count == 2)
    bench.control(.tick, at: start + 20 * .day)
    #expect(bench.state.stories.isEmpty)
  }
}
