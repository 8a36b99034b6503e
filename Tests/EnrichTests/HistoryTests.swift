import Events
import Model
import TestSupport
import Testing

@testable import Enrich

private let start: Int64 = 1_767_225_600_000

@Suite struct HistoryTests {
  private func stars(_ count: Double, day: Int64, forks: Double = 10, name: String = "owner/name") -> Event {
    EventBuilder("github_star_ranking", .repoStars, .ai, number: Int(day) + 1, at: start + day * Int64.day).metric("stars", count)
      .metric("forks", forks).entity("repository", name).event
  }

  @Test func gainsAreSpreadOverMissingDays() {
    let fold = Fold()
    #expect(fold.step(stars(1000, day: 0)).enrichment.history.starsPerDay == nil)
    let later = fold.step(stars(1400, day: 4)).enrichment.history
    #expect(later.starsPerDay == 100)
    #expect(later.previousStars?.value == 1000)
  }

  @Test func restoredCountsAreNoBurst() {
    let fold = Fold()
    for day in 0..<6 { _ = fold.step(stars(50_000 + Double(day), day: Int64(day))) }
    #expect(fold.step(stars(100, day: 6)).enrichment.history.starsPerDay == nil)
    let restored = fold.step(stars(50_006, day: 7)).enrichment.history
    #expect(restored.starsPerDay == 1)
    #expect((restored.starBurst ?? 0) < 3)
  }

  @Test func aBurstStandsOutAgainstTheRepositorysOwnAverage() {
    let fold = Fold()
    for day in 0..<6 { _ = fold.step(stars(1000 + 10 * Double(day), day: Int64(day), forks: 10)) }
    let burst = fold.step(stars(3050, day: 6, forks: 10))
    #expect(burst.enrichment.history.starsPerDay == 2000)
    #expect((burst.enrichment.history.starBurst ?? 0) >= 3)
    #expect(burst.event.flags.contains(.starsWithoutForks))
  }

  /// Adapters give a renamed repository its newest name; the memory goes by that name alone.
  @Test func oneNameIsOneMemory() {
    let fold = Fold()
    _ = fold.step(stars(1000, day: 0))
    _ = fold.step(stars(9000, day: 0, name: "other/name"))
    #expect(fold.step(stars(1100, day: 1)).enrichment.history.starsPerDay == 100)
  }

  @Test func aNewModelIsHeldAgainstTheLabsLastPrice() {
    let fold = Fold()
    func model(_ name: String, _ price: Double, _ provider: String, _ number: Int) -> EnrichedEvent {
      fold.step(
        EventBuilder("ai_model_releases", .modelRelease, .ai, number: number, at: start + Int64(number) * 1000).entity("model", name)
          .fact("lab", "acme").fact("provider", provider).metric("price_input_usd", price).event)
    }
    #expect(model("acme/one", 4, "p1", 1).enrichment.history.priceStep == nil)
    let second = model("acme/two", 1, "p1", 2).enrichment.history
    #expect(second.priceStep == 0.25)
    #expect(second.previousPrice?.value == 4)
    let elsewhere = model("acme/two", 3, "p2", 3).enrichment.history
    #expect(elsewhere.priceStep == nil)
    #expect(elsewhere.providers == 2)
  }
}
