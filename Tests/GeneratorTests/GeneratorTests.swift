import Generator
import JSON
import Model
import Testing

@Suite struct GeneratorTests {
  static func items(_ count: Int, seed: UInt64, profile: GeneratorProfile = .mixed, eventsPerDay: Int = 2000) -> [GeneratedItem] {
    var generator = SignalGenerator(seed: seed, profile: profile, eventsPerDay: eventsPerDay)
    return (0..<count).map { _ in generator.next() }
  }

  static func digest(_ items: [GeneratedItem]) -> String {
    var hash = SHA256()
    for item in items {
      for part in [Array(item.source.utf8), Array(item.contentType.utf8), item.columns ?? [], item.value, Array(item.intent.label.utf8)] {
        hash.update(bigEndian: UInt64(part.count))
        hash.update(part)
      }
      hash.update(bigEndian: UInt64(bitPattern: item.observedAt.milliseconds))
      hash.update(bigEndian: UInt64(bitPattern: item.statedAt.milliseconds))
      hash.update(bigEndian: item.storyID)
    }
    return hash.finish().hex
  }

  /// To refresh after a deliberate change: bump `SignalGenerator.version`, run, and copy what the failure shows.
  @Test(arguments: [
    (UInt64(1), "2fd4cb2ef0f5bd102f63a6ef7130d1fabf123c029080be3eea933f8e1e672dd3"),
    (UInt64(2), "0804f69e1334835952d58a9d5ae810bd049b2d8e403a9207036538e29df36b99"),
    (UInt64.max, "f961bc68d0628f0ddb1bb53f32ed88459676a9c4139629d187cc98e5292ab380"),
  ])
  func theFirstTenThousandItemsOfASeedNeverChange(seed: UInt64, expected: String) {
    #expect(Self.digest(Self.items(10_000, seed: seed)) == expected)
  }

  @Test func seedsDiffer() {
    #expect(Self.digest(Self.items(200, seed: 3)) != Self.digest(Self.items(200, seed: 4)))
    #expect(Self.digest(Self.items(200, seed: 3)) == Self.digest(Self.items(200, seed: 3)))
  }

  @Test(arguments: [50, 2000, 3_000_000])
  func observedTimesNeverStepBack(eventsPerDay: Int) {
    for profile in [GeneratorProfile.mixed, .text] {
      var last = SignalGenerator.defaultStart
      for item in Self.items(20_000, seed: 5, profile: profile, eventsPerDay: eventsPerDay) {
        #expect(item.observedAt >= last)
        #expect(item.statedAt <= item.observedAt)
        last = item.observedAt
      }
      #expect(last > SignalGenerator.defaultStart)
    }
  }

  @Test(arguments: [1000, 200_000])
  func eventsPerDayIsAboutWhatWasAsked(eventsPerDay: Int) {
    let items = Self.items(60_000, seed: 6, eventsPerDay: eventsPerDay)
    let days = Double(items[items.count - 1].observedAt.milliseconds(since: SignalGenerator.defaultStart)) / Double(Int64.day)
    let rate = 60_000 / days
    // Whole days of stars come at once, so a stretch of less than a day is all but arbitrary.
    if days > 10 { #expect(rate > Double(eventsPerDay) * 0.8 && rate < Double(eventsPerDay) * 1.25) }
    #expect(rate > Double(eventsPerDay) * 0.3 && rate < Double(eventsPerDay) * 3)
  }

  @Test func streamsAndIntentsOccurAtTheirRates() {
    var report = DistributionReport()
    for item in Self.items(200_000, seed: 7) { report.add(item) }
    #expect(report.items == 200_000)
    let malformed = report.count("malformed")
    #expect((450...750).contains(malformed), "0.3 % malformed")
    func share(_ stream: GeneratedStream) -> Double { Double(report.lines[stream.rawValue].items) / 200_000 }
    #expect(abs(share(.stars) - 0.808) < 0.03)
    #expect(abs(share(.papers) - 0.086) < 0.02)
    for stream in GeneratedStream.allCases where stream != .stars && stream != .papers {
      let wanted = Double(StreamWeights.captures[stream]) / 10_000
      #expect(share(stream) > wanted * 0.6 && share(stream) < wanted * 1.6, "\(stream): \(share(stream))")
    }
    func rate(_ label: String, _ stream: GeneratedStream) -> Double {
      Double(report.count(label, in: stream)) / Double(report.lines[stream.rawValue].items)
    }
    #expect(abs(rate("repeated", .papers) - 0.48) < 0.03)
    #expect(rate("near_duplicate", .headlines) > 0.05 && rate("near_duplicate", .headlines) < 0.16, "\(rate("near_duplicate", .headlines))")
    #expect(rate("revision", .models) > 0.15 && rate("revision", .models) < 0.25)
    #expect(rate("near_duplicate", .models) > 0.25 && rate("near_duplicate", .models) < 0.55, "\(rate("near_duplicate", .models))")
    #expect(rate("late", .exploits) > 0.35 && rate("late", .exploits) < 0.75, "\(rate("late", .exploits))")
    #expect(report.count("revision", in: .papers) > 0)
    #expect(report.count("revision", in: .stars) > 0)
    #expect(report.count("late", in: .commits) > 0)
    let summary = report.lines[GeneratedStream.papers.rawValue].texts.quantile(percent: 50)
    #expect(summary > 1100 && summary < 1700, "\(summary)")
  }

  @Test func theTextProfileHasNoStarRows() {
    #expect(Self.items(5000, seed: 8, profile: .text).allSatisfy { $0.stream != .stars })
    var weights = StreamWeights()
    weights[.exploits] = 1
    #expect(Self.items(100, seed: 8, profile: .custom(weights)).allSatisfy { $0.stream == .exploits && $0.source == "defihacklabs" })
  }

  @Test func aRepeatedPaperHasTheBytesOfTheFirstButForItsTime() throws {
    var weights = StreamWeights()
    weights[.papers] = 1
    var known: [UInt64: String] = [:]
    var repeats = 0
    for item in Self.items(3000, seed: 9, profile: .custom(weights), eventsPerDay: 300) where !item.intent.isMalformed {
      let document = try JSONDocument(item.value)
      func field(_ name: String) throws -> String {
        String(decoding: item.value[document.range(try #require(document.member(named: name, of: 0)))], as: UTF8.self)
      }
      let content = try field("id") + field("title") + field("authors") + field("summary")
      if item.intent == .repeated, let earlier = known[item.storyID] {
        #expect(content == earlier)
        repeats += 1
      }
      known[item.storyID] = content
    }
    #expect(repeats > 1000)
  }

  @Test func anExploitIsTheSameInHeadlinesAndListsButForItsAmount() throws {
    var names: [UInt64: Set<String>] = [:]
    var streams: [UInt64: Set<GeneratedStream>] = [:]
    var amounts: [UInt64: Set<Int64>] = [:]
    var weights = StreamWeights()
    weights[.cryptoHeadlines] = 40
    weights[.hacks] = 3
    weights[.exploits] = 5
    for item in Self.items(20_000, seed: 10, profile: .custom(weights), eventsPerDay: 100) where !item.intent.isMalformed {
      streams[item.storyID, default: []].insert(item.stream)
      guard item.stream != .cryptoHeadlines else { continue }
      let document = try JSONDocument(item.value)
      names[item.storyID, default: []].insert(try #require(document.string(document.member("name", of: 0))))
      if let dollars = document.int(document.member("amount_usd", of: 0) ?? document.member("lost_usd_parsed", of: 0)) {
        amounts[item.storyID, default: []].insert(dollars)
      }
    }
    #expect(names.values.allSatisfy { $0.count == 1 })
    #expect(streams.values.contains { $0 == [.cryptoHeadlines, .hacks, .exploits] })
    #expect(amounts.values.contains { $0.count == 2 })
  }
}
