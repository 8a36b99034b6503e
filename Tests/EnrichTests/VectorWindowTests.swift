import Events
import Model
import State
import TestSupport
import Testing

@testable import Enrich

@Suite struct VectorWindowTests {
  private func random(_ generator: inout SplitMix64) -> Embedding {
    Embedding(values: (0..<Embedding.dimensions).map { _ in Int8(generator.below(255) - 127) }, scale: 1)
  }

  @Test func nearestIsExactlyWhatBruteForceFinds() {
    var generator = SplitMix64(seed: 11)
    var window = VectorWindow()
    let all = (0..<200).map { _ in random(&generator) }
    for (k, embedding) in all.enumerated() {
      window.append(
        embedding, words: TellingWords(), id: EventBuilder.id("e\(k)", at: Int64(k)), time: Timestamp(milliseconds: Int64(k)),
        memory: UInt64(k))
    }
    for _ in 0..<20 {
      let query = random(&generator)
      let hits = window.nearest(to: query, words: TellingWords(), since: Timestamp(milliseconds: 50), limit: 7, items: 1000)
      let expected = (50..<200).map { ($0, cosine(query, all[$0])) }.sorted { $0.1 > $1.1 }.prefix(7)
      #expect(hits.map(\.memory) == expected.map { UInt64($0.0) })
      for (hit, wanted) in zip(hits, expected) {
        #expect(abs(hit.similarity - wanted.1) < 1e-6)
        #expect(Array(window.values(of: hit)) == all[wanted.0].values)
      }
    }
  }

  @Test func whatIsExpiredIsNotFoundAndTheRestIs() throws {
    var generator = SplitMix64(seed: 3)
    var window = VectorWindow()
    let all = (0..<600).map { _ in random(&generator) }
    for (k, embedding) in all.enumerated() {
      window.append(
        embedding, words: TellingWords(), id: EventBuilder.id("e\(k)", at: Int64(k)), time: Timestamp(milliseconds: Int64(k)),
        memory: UInt64(k))
      window.expire(before: Timestamp(milliseconds: Int64(k) - 99), keeping: 1000)
    }
    let old = window.nearest(to: all[10], words: TellingWords(), since: Timestamp(milliseconds: 0), limit: 1, items: 1000)
    #expect(try #require(old.first).memory != 10)
    let new = window.nearest(to: all[550], words: TellingWords(), since: Timestamp(milliseconds: 0), limit: 1, items: 1000)
    #expect(try #require(new.first).memory == 550)
    #expect(try #require(new.first).similarity == 1)
  }

  @Test func aWindowReadBackFindsTheSame() throws {
    var generator = SplitMix64(seed: 5)
    var window = VectorWindow()
    for k in 0..<50 {
      window.append(
        random(&generator), words: TellingWords(), id: EventBuilder.id("e\(k)", at: Int64(k)), time: Timestamp(milliseconds: Int64(k)),
        memory: UInt64(k))
    }
    var writer = StateWriter()
    window.write(to: &writer)
    var reader = StateReader(writer.bytes)
    var copy = try VectorWindow(from: &reader)
    let query = random(&generator)
    let a = window.nearest(to: query, words: TellingWords(), since: Timestamp(milliseconds: 0), limit: 10, items: 50)
    let b = copy.nearest(to: query, words: TellingWords(), since: Timestamp(milliseconds: 0), limit: 10, items: 50)
    #expect(a.map(\.memory) == b.map(\.memory) && a.map(\.similarity) == b.map(\.similarity))
  }

  private func words(_ generator: inout SplitMix64) -> TellingWords {
    var words = TellingWords()
    // Some words are common, most are rare.
    for slot in 0..<TellingWords.count { words.words[slot] = UInt32(generator.below(slot < 2 ? 40 : 5000)) }
    return words
  }

  /// A window far larger than what is searched, moved together several times.
  private func large(_ generator: inout SplitMix64, count: Int) -> (
    window: VectorWindow, all: [(embedding: Embedding, words: TellingWords)]
  ) {
    var window = VectorWindow()
    var all: [(embedding: Embedding, words: TellingWords)] = []
    for k in 0..<count {
      all.append((random(&generator), words(&generator)))
      window.append(
        all[k].embedding, words: all[k].words, id: EventBuilder.id("e\(k)", at: Int64(k)), time: Timestamp(milliseconds: Int64(k)),
        memory: UInt64(k))
      window.expire(before: Timestamp(milliseconds: Int64(k) - 2999), keeping: 1_000_000)
    }
    return (window, all)
  }

  @Test func anOlderTextIsFoundByItsWordsAmongMany() throws {
    var generator = SplitMix64(seed: 21)
    var (window, all) = large(&generator, count: 7000)
    #expect(window.count == 3000)
    for k in [4100, 4500, 5000, 6000, 6999] {
      let hit = window.nearest(to: all[k].embedding, words: all[k].words, since: Timestamp(milliseconds: 0), limit: 3, items: 50_000).first
      #expect(try #require(hit).memory == UInt64(k))
    }
    // Without its words an older one is not looked at, a newer one is.
    let older = window.nearest(to: all[4500].embedding, words: TellingWords(), since: Timestamp(milliseconds: 0), limit: 1, items: 50_000)
    #expect(try #require(older.first).memory != 4500)
    let newer = window.nearest(to: all[6600].embedding, words: TellingWords(), since: Timestamp(milliseconds: 0), limit: 1, items: 50_000)
    #expect(try #require(newer.first).memory == 6600)
    // One that is too old, by time or by place, is not found by its words either.
    let late = window.nearest(
      to: all[4500].embedding, words: all[4500].words, since: Timestamp(milliseconds: 4501), limit: 1, items: 50_000)
    #expect(try #require(late.first).memory != 4500)
    let few = window.nearest(to: all[4500].embedding, words: all[4500].words, since: Timestamp(milliseconds: 0), limit: 1, items: 2000)
    #expect(try #require(few.first).memory != 4500)
  }

  @Test func whatASearchFindsFollowsFromWhatIsInTheWindowAlone() throws {
    var generator = SplitMix64(seed: 22)
    var (window, all) = large(&generator, count: 8000)
    var writer = StateWriter()
    window.write(to: &writer)
    var reader = StateReader(writer.bytes)
    var copy = try VectorWindow(from: &reader)
    for _ in 0..<200 {
      let sought = (random(&generator), generator.below(2) == 0 ? words(&generator) : all[5000 + Int(generator.below(3000))].words)
      let a = window.nearest(to: sought.0, words: sought.1, since: Timestamp(milliseconds: 0), limit: 10, items: 50_000)
      let b = copy.nearest(to: sought.0, words: sought.1, since: Timestamp(milliseconds: 0), limit: 10, items: 50_000)
      #expect(a.map(\.memory) == b.map(\.memory) && a.map(\.similarity) == b.map(\.similarity))
    }
    var again = StateWriter()
    copy.write(to: &again)
    #expect(again.bytes == writer.bytes)
  }

  @Test func theRarestOfTheFirstWordsAreTelling() {
    var choice = TellingWords.Choice()
    choice.begin()
    for word in 1...40 { choice.consider(UInt64(word), weight: Int32(word == 3 ? 900 : word % 7 * 100)) }
    choice.consider(3, weight: 900)
    #expect(choice.words.words == SIMD8(3, 6, 13, 20, 27, 5, 12, 19))
    choice.begin()
    choice.consider(7, weight: 1)
    #expect(choice.words.words == SIMD8(7, 0, 0, 0, 0, 0, 0, 0))
  }
}
