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
        embedding, id: EventBuilder.id("e\(k)", at: Int64(k)), time: Timestamp(milliseconds: Int64(k)), memory: UInt64(k))
    }
    for _ in 0..<20 {
      let query = random(&generator)
      let hits = window.nearest(to: query, since: Timestamp(milliseconds: 50), limit: 7, items: 1000)
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
        embedding, id: EventBuilder.id("e\(k)", at: Int64(k)), time: Timestamp(milliseconds: Int64(k)), memory: UInt64(k))
      window.expire(before: Timestamp(milliseconds: Int64(k) - 99), keeping: 1000)
    }
    let old = window.nearest(to: all[10], since: Timestamp(milliseconds: 0), limit: 1, items: 1000)
    #expect(try #require(old.first).memory != 10)
    let new = window.nearest(to: all[550], since: Timestamp(milliseconds: 0), limit: 1, items: 1000)
    #expect(try #require(new.first).memory == 550)
    #expect(try #require(new.first).similarity == 1)
  }

  @Test func aWindowReadBackFindsTheSame() throws {
    var generator = SplitMix64(seed: 5)
    var window = VectorWindow()
    for k in 0..<50 {
      window.append(
        random(&generator), id: EventBuilder.id("e\(k)", at: Int64(k)), time: Timestamp(milliseconds: Int64(k)), memory: UInt64(k))
    }
    var writer = StateWriter()
    window.write(to: &writer)
    var reader = StateReader(writer.bytes)
    let copy = try VectorWindow(from: &reader)
    let query = random(&generator)
    let a = window.nearest(to: query, since: Timestamp(milliseconds: 0), limit: 10, items: 50)
    let b = copy.nearest(to: query, since: Timestamp(milliseconds: 0), limit: 10, items: 50)
    #expect(a.map(\.memory) == b.map(\.memory) && a.map(\.similarity) == b.map(\.similarity))
  }
}
