import Events
import Model
import Testing
import TextFeatures

@testable import Enrich

@Suite struct EmbedderTests {
  @Test func theSameTextHasTheSameVectorWhateverCameBefore() throws {
    let fresh = EmbeddingBench()
    let used = EmbeddingBench()
    _ = used.embed("Quite another headline about 3 oranges", String(repeating: "with a long body ", count: 40))
    _ = used.embed("x")
    let text = "Marrow Finance loses $12 million to a reentrancy bug"
    #expect(try #require(fresh.embed(text)) == #require(used.embed(text)))
    #expect(fresh.embedder.distinctWords == used.embedder.distinctWords)
  }

  @Test(arguments: [
    ("Fyffes to merge with US rival Chiquita", "Chiquita and Fyffes announce merger", "Gas prices fall for a third week"),
    ("Lab releases open weights model with 70B parameters", "Open weights for new 70B model released by lab", "Senate votes on farm bill"),
    ("Bridge drained of $40 million overnight", "Attacker drains bridge of $40 million", "Exchange lists a token backed by gold"),
  ])
  func textsOfOneStoryAreNearerThanOthers(_ a: String, _ b: String, _ other: String) throws {
    let bench = EmbeddingBench()
    let first = try #require(bench.embed(a))
    let second = try #require(bench.embed(b))
    let third = try #require(bench.embed(other))
    #expect(cosine(first, second) > 0.3)
    #expect(cosine(first, third) < 0.15)
    #expect(cosine(second, third) < 0.15)
  }

  @Test func aDifferentNumberTellsMoreThanADifferentWord() throws {
    let bench = EmbeddingBench()
    let text = try #require(bench.embed("Bomb blast kills 12 in northern province"))
    let number = try #require(bench.embed("Bomb blast kills 94 in northern province"))
    let year = try #require(bench.embed("Bomb blast 2024 in northern province kills many"))
    let otherYear = try #require(bench.embed("Bomb blast 2026 in northern province kills many"))
    #expect(cosine(text, number) < 0.9)
    #expect(cosine(year, otherYear) > cosine(text, number))
  }

  @Test func tooFewWordsHaveNoVector() {
    let bench = EmbeddingBench()
    #expect(bench.embed("Two words") == nil)
    #expect(bench.embed("Now three words") != nil)
  }

  @Test func theVectorIsOfLengthOneUpToRounding() throws {
    let bench = EmbeddingBench()
    let embedding = try #require(bench.embed("A headline with several words about tokens"))
    #expect(embedding.values.contains { $0.magnitude == 127 })
    #expect(abs(embedding.scale * embedding.length - 1) < 0.05)
  }

  @Test func wordsSeenOftenWeighLess() {
    var frequency = WordFrequency()
    let word = Fingerprint.of("protocol")
    let before = frequency.weight(of: word)
    for _ in 0..<200 { frequency.count(words: [word]) }
    #expect(frequency.weight(of: word) < before)
    #expect(frequency.weight(of: Fingerprint.of("the")) < before)
  }

  @Test func quantisingByMultiplicationRoundsAsDividingDoes() {
    var random = SplitMix64(seed: 5)
    var limits: [Int64] = [1, 2, 3, 127, 128, 65_535, 1 << 22, 1 << 23 - 1, 1 << 23, 1 << 23 + 1, 1 << 40]
    for _ in 0..<200 { limits.append(1 + Int64(random.below(1 << 24))) }
    for largest in limits {
      var sums: [Int64] = [0, 1, -1, largest, -largest, largest / 2, -(largest + 1) / 2, largest - 1]
      for _ in 0..<200 { sums.append(Int64(random.below(Int(largest) + 1)) * (random.below(2) == 0 ? 1 : -1)) }
      let expected = sums.map { sum -> Int8 in
        let size = (254 * abs(sum) + largest) / (2 * largest)
        return Int8(sum < 0 ? -size : size)
      }
      #expect(Embedder.quantized(sums, to: largest) == expected, "\(largest)")
    }
  }

  @Test func theSumOfSquaresIsThatOfDoublesAddedInTurn() {
    var random = SplitMix64(seed: 6)
    for bits in 1...45 {
      let sums = (0..<768).map { _ in Int64(random.below(1 << bits)) - 1 << (bits - 1) }
      let largest = sums.map { abs($0) }.max() ?? 0
      #expect(Embedder.sumOfSquares(sums, largest: largest) == sums.reduce(0.0) { $0 + Double($1) * Double($1) }, "\(bits)")
    }
  }
}
