import Events
import Model
import TestSupport
import Testing

@testable import Enrich

private let start: Int64 = 1_767_225_600_000

private func news(_ title: String, _ number: Int, hours: Int64 = 0, publisher: String = "gazette", kind: Kind = .news) -> Event {
  EventBuilder("wire", kind, .ai, number: number, at: start + hours * Int64.hour).title(title).fact("publisher", publisher).event
}

private func hack(_ source: String, _ name: String, _ number: Int, day: Int64, told: Int64, amount: Double) -> Event {
  EventBuilder(source, .exploit, .crypto, number: number, at: start + told * Int64.day).title(name).entity("protocol", name)
    .metric("amount_usd", amount).occurred(start + day * Int64.day).event
}

@Suite struct StoryTests {
  @Test func oneAddressJoinsHoweverItIsWorded() {
    let fold = Fold()
    let first = fold.step(EventBuilder("wire", .news, .ai, number: 1).title("A whale was seen in the bay").url("https://a.example/1").event)
    let second = fold.step(
      EventBuilder("blog", .news, .ai, number: 2).title("Nothing in common with that one").url("https://a.example/1").event)
    #expect(second.enrichment.cluster.id == first.enrichment.cluster.id)
    #expect(second.enrichment.cluster.relation == .sameStory)
    #expect(second.enrichment.cluster.similarity == 1)
    #expect(second.enrichment.cluster.size == 2)
  }

  @Test func alikeTextsJoinAndOthersDoNot() {
    let fold = Fold()
    let first = fold.step(news("Chiquita and Fyffes announce banana merger", 1))
    let second = fold.step(news("Banana giants Chiquita and Fyffes to merge", 2, publisher: "herald"))
    let other = fold.step(news("Senate delays vote on the farm bill", 3))
    #expect(second.enrichment.cluster.id == first.enrichment.cluster.id)
    #expect(second.enrichment.cluster.sources == 2)
    #expect(other.enrichment.cluster.id != first.enrichment.cluster.id)
    #expect(other.enrichment.cluster.relation == .new)
  }

  @Test func theSameTitleIsARepeatOfItsPublisherAndANearDuplicateOfAnother() {
    let fold = Fold()
    _ = fold.step(news("Regulator fines the largest exchange", 1))
    #expect(fold.step(news("Regulator Fines The Largest Exchange", 2)).enrichment.cluster.relation == .repeat)
    #expect(fold.step(news("Regulator fines the largest exchange", 3, publisher: "herald")).enrichment.cluster.relation == .nearDuplicate)
  }

  @Test func likenessEndsAfterTwoDays() {
    let fold = Fold()
    let first = fold.step(news("Chiquita and Fyffes announce banana merger", 1))
    let late = fold.step(news("Banana giants Chiquita and Fyffes to merge", 2, hours: 60))
    #expect(late.enrichment.cluster.id != first.enrichment.cluster.id)
  }

  @Test func papersAndListEntriesStayApart() {
    let titles = ["Scaling laws for sparse mixture models", "Sparse mixture models obey two scaling laws in training"]
    for kind in [Kind.paper, .fundingRound, .repoRelease] {
      let fold = Fold()
      let a = fold.step(news(titles[0], 1, kind: kind))
      let b = fold.step(news(titles[1], 2, kind: kind))
      #expect(a.enrichment.cluster.id != b.enrichment.cluster.id)
    }
    let fold = Fold()
    let a = fold.step(news(titles[0], 1))
    #expect(fold.step(news(titles[1], 2)).enrichment.cluster.id == a.enrichment.cluster.id)
  }

  @Test func aRevisionJoinsAsOne() {
    let fold = Fold()
    let builder = EventBuilder("arxiv_daily", .paper, .ai, number: 1).title("Scaling laws for sparse models").entity("arxiv", "2601.00001")
    let first = fold.step(builder.event)
    let revised = fold.step(builder.title("Quite another title after the review").revision(2).event)
    #expect(revised.enrichment.cluster.relation == .revision)
    #expect(revised.enrichment.cluster.id == first.enrichment.cluster.id)
  }

  @Test func exploitsJoinByVictimAndDayYearsLater() {
    let fold = Fold()
    let first = fold.step(hack("defillama_hacks", "Harvest Finance", 1, day: 0, told: 0, amount: 25e6))
    let later = fold.step(hack("defihacklabs", "HarvestFinance", 2, day: 1, told: 700, amount: 33.8e6))
    #expect(later.enrichment.cluster.id == first.enrichment.cluster.id)
    #expect(later.enrichment.cluster.size == 2)
    #expect(later.enrichment.history.otherAmount?.value == 25e6)
    #expect(later.event.flags.contains(.conflictingAmounts))
    let again = fold.step(hack("defihacklabs", "Harvest", 3, day: 40, told: 701, amount: 1e6))
    #expect(again.enrichment.cluster.id != first.enrichment.cluster.id)
    #expect(again.enrichment.history.otherAmount == nil)
  }

  @Test func amountsWithinATwentiethDoNotConflict() {
    let fold = Fold()
    _ = fold.step(hack("defillama_hacks", "Sonne Finance", 1, day: 0, told: 0, amount: 20e6))
    let close = fold.step(hack("defihacklabs", "Sonne", 2, day: 1, told: 9, amount: 20.5e6))
    #expect(close.enrichment.history.otherAmount == nil)
    #expect(!close.event.flags.contains(.conflictingAmounts))
  }

  @Test(arguments: [
    ("LendfMe", "Lendf.me"), ("DFX V2", "DFXFinance"), ("Onyx Protocol", "OnyxDAO"), ("Value Defi", "ValueDefi"), ("Nomad", "Nomad Bridge"),
  ])
  func victimsAreOneUnderTheirSpellings(_ a: String, _ b: String) {
    func print(_ name: String) -> UInt64? { VictimName.fingerprint(Array(name.utf8), in: 0..<name.utf8.count) }
    #expect(print(a) == print(b))
    #expect(print(a) != print("Curve"))
    #expect(print("DAO") != print("Finance"))
    #expect(print("!?") == nil)
  }

  @Test func aStateReadBackGoesOnTheSame() throws {
    let straight = Fold()
    let reloaded = Fold()
    let subjects = ["Chiquita and Fyffes merge", "Regulator fines exchange", "Snowden speaks at conference", "Trailer of the new season"]
    var random = SplitMix64(seed: 9)
    for number in 0..<80 {
      let event =
        number % 9 == 4
        ? hack(
          number % 2 == 0 ? "defillama_hacks" : "defihacklabs", "Marrow Finance", number, day: Int64(number / 8), told: 20,
          amount: Double(number))
        : news(subjects[random.below(4)] + " again number \(random.below(20))", number, hours: Int64(number / 2))
      let a = straight.step(event)
      let b = reloaded.step(event)
      #expect(a.enrichment.cluster == b.enrichment.cluster)
      if number % 13 == 0 { try reloaded.reload() }
    }
    #expect(straight.stateBytes == reloaded.stateBytes)
    #expect(straight.sink.buffers.map(\.bytes) == reloaded.sink.buffers.map(\.bytes))
  }
}
