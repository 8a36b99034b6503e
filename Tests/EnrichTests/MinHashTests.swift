import Model
import Testing
import TextFeatures

@testable import Enrich

@Suite struct MinHashTests {
  private func buckets(_ text: String) -> [UInt64] {
    var list = TokenList()
    list.read(Array(text.utf8))
    var hash = MinHash()
    return hash.buckets(of: list, titleEnd: text.utf8.count)
  }

  @Test func theSameWordsMeetInEveryBand() {
    let text = "Seven words make up this small headline"
    #expect(buckets(text) == buckets(text.uppercased()))
    #expect(buckets(text).count == MinHash.bands)
  }

  @Test func twoWordsHaveNoBuckets() { #expect(buckets("two words").isEmpty) }

  /// Sets of shingles with a known overlap j meet in some band with probability 1 − (1 − j³)¹⁶.
  @Test(arguments: [8, 12, 16])
  func collisionsAreAsFrequentAsTheorySays(_ common: Int) {
    var random = SplitMix64(seed: UInt64(common))
    func word() -> String { "w" + String(random.next() >> 30, radix: 36) }
    let rounds = 400
    var met = 0
    var expected = 0.0
    for _ in 0..<rounds {
      // Of 20 words the first few are shared: their words and pairs are the shared shingles.
      let shared = (0..<common).map { _ in word() }
      let first = shared + (common..<20).map { _ in word() }
      let second = shared + (common..<20).map { _ in word() }
      let both = Double(2 * common - 1)
      let overlap = both / (2 * 39 - both)
      var miss = 1.0
      for _ in 0..<MinHash.bands { miss *= 1 - overlap * overlap * overlap }
      expected += 1 - miss
      let a = buckets(first.joined(separator: " "))
      let b = buckets(second.joined(separator: " "))
      if zip(a, b).contains(where: { $0 == $1 }) { met += 1 }
    }
    // Four standard deviations of a binomial.
    let p = expected / Double(rounds)
    let tolerance = 4 * (p * (1 - p) / Double(rounds)).squareRoot()
    #expect(abs(Double(met) / Double(rounds) - p) <= tolerance)
  }
}
