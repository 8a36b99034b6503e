import Configuration
import Events
import Model
import TextFeatures

/// Makes a text a point by signed feature hashing (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009).
///
/// Words, pairs of neighbouring words, and (in titles) the character 3- and 4-grams of each word are hashed to one of 768 dimensions with a sign,
/// weighted by how rare the word is, up to a limit: beyond it rarity tells misspellings and not meanings. Numbers weigh more, since texts that
/// differ in them tell of different things. No model file; a static table or an external model can take its place behind the same two calls.
///
/// *Determinism*: sums are whole numbers in fixed point; the only floating-point operations are one division and one square root.
struct Embedder: Sendable {
  /// Sums in 1/65536.
  private var sums = [Int64](repeating: 0, count: Embedding.dimensions)
  /// The text's words, each once, for counting.
  private(set) var distinctWords: [UInt64] = []
  private var telling = TellingWords.Choice()
  /// The text's most telling words.
  var tellingWords: TellingWords { telling.words }
  private var wordsTaken = 0
  /// The text's words by their low bits, with the number of the text that put them there: open addressing, emptied by counting on.
  private var seen = [(word: UInt64, text: UInt32)](repeating: (0, 0), count: 1024)
  private var text: UInt32 = 0

  /// 256 / √n.
  private static let inverseRoots: [Int32] = (0..<128).map { n in n == 0 ? 256 : Int32((256 / Double(n).squareRoot()).rounded()) }

  mutating func begin() {
    for i in sums.indices { sums[i] = 0 }
    distinctWords.removeAll(keepingCapacity: true)
    telling.begin()
    wordsTaken = 0
    text &+= 1
    if text == 0 {
      seen = Array(repeating: (0, 0), count: seen.count)
      text = 1
    }
  }

  /// Notes a word that the text has not had yet.
  @inline(__always) private mutating func note(_ word: UInt64) {
    if distinctWords.count * 2 >= seen.count { growSeen() }
    var place = Int(truncatingIfNeeded: word) & (seen.count - 1)
    while seen[place].text == text {
      if seen[place].word == word { return }
      place = (place + 1) & (seen.count - 1)
    }
    seen[place] = (word, text)
    distinctWords.append(word)
  }

  private mutating func growSeen() {
    seen = Array(repeating: (0, 0), count: seen.count * 2)
    text = 1
    for word in distinctWords {
      var place = Int(truncatingIfNeeded: word) & (seen.count - 1)
      while seen[place].text == text { place = (place + 1) & (seen.count - 1) }
      seen[place] = (word, text)
    }
  }

  @inline(__always) private static func add(_ feature: UInt64, _ weight: Int32, to sums: inout MutableSpan<Int64>) {
    let mixed = Fingerprint.mix(feature)
    // The high 32 bits scaled to 768 choose the dimension, the lowest bit the sign.
    let dimension = Int(((mixed >> 32) &* UInt64(Embedding.dimensions)) >> 32)
    sums[dimension] &+= mixed & 1 == 0 ? Int64(weight) : -Int64(weight)
  }

  /// Adds the words of a text, whose part before `titleEnd` is its title.
  mutating func add(_ list: TokenList, titleEnd: Int, frequency: WordFrequency, settings: EnrichSettings) {
    // Taken out, so that the loop looks once whether somebody else holds them.
    var taken: [Int64] = []
    swap(&taken, &sums)
    do {
      var room = taken.mutableSpan
      add(list, titleEnd, frequency, settings, to: &room)
    }
    swap(&taken, &sums)
  }

  private mutating func add(
    _ list: TokenList, _ titleEnd: Int, _ frequency: WordFrequency, _ settings: EnrichSettings, to sums: inout MutableSpan<Int64>
  ) {
    var previous: (word: UInt64, weight: Int32)?
    let scale = frequency.scale
    for index in 0..<min(list.count, settings.maximumWords) {
      let token = list[index]
      if token.flags.contains(.inLink) { continue }
      let inTitle = token.start < titleEnd
      let word = token.singular
      var weight = min(frequency.weight(of: token.fingerprint, scale), settings.weightLimit)
      if token.flags.contains(.startsWithDigit), !isYear(list.lowered, token.range) { weight = (weight &* settings.numberWeight) >> 8 }
      let scaled = inTitle ? weight : (weight &* settings.bodyWeight) >> 8
      Self.add(word, scaled, to: &sums)
      if let previous {
        let pair = (min(previous.weight, weight) &* settings.pairWeight) >> 8
        Self.add(Fingerprint.combine(previous.word, word), inTitle ? pair : (pair &* settings.bodyWeight) >> 8, to: &sums)
      }
      if inTitle { Self.addGrams(list.lowered, token.range, (weight &* settings.gramWeight) >> 8, to: &sums) }
      previous = (word, weight)
      telling.consider(word, weight: weight)
      note(token.fingerprint)
      wordsTaken += 1
    }
  }

  /// Whether a word is a year of the last or this century: it stands in texts that have nothing else in common.
  private func isYear(_ lowered: [UInt8], _ word: Range<Int>) -> Bool {
    word.count == 4
      && (lowered[word.lowerBound] == 0x31 && lowered[word.lowerBound + 1] == 0x39
        || lowered[word.lowerBound] == 0x32 && lowered[word.lowerBound + 1] == 0x30)
  }

  /// The 3- and 4-grams of a word with its edges marked, sharing one weight so that long words do not outweigh short ones.
  private static func addGrams(
    _ lowered: [UInt8], _ word: Range<Int>, _ weight: Int32, to sums: inout MutableSpan<Int64>
  ) {
    let length = min(word.count, 24)
    let padded = length + 2
    guard padded >= 4 else { return }
    let grams = padded - 2 + padded - 3
    let each = (weight &* inverseRoots[min(grams, 127)]) >> 8
    for start in 0..<padded - 2 {
      var hash: UInt64 = 0x9ae1_6a3b_2f90_404f
      for offset in 0..<min(4, padded - start) {
        let at = start + offset
        let byte = at == 0 || at == padded - 1 ? UInt8(ascii: "_") : lowered[word.lowerBound + at - 1]
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        if offset >= 2 { add(hash, each, to: &sums) }
      }
    }
  }

  /// Ends the text.
  /// - Returns: `nil` where it had fewer words than `minimumWords`.
  mutating func finish(minimumWords: Int) -> Embedding? {
    guard wordsTaken >= minimumWords else { return nil }
    var largest: Int64 = 0
    for sum in sums { largest = max(largest, abs(sum)) }
    guard largest > 0 else { return nil }
    let values = Self.quantized(sums, to: largest)
    let squares = Self.sumOfSquares(sums, largest: largest)
    return Embedding(values: values, scale: rounded(Double(largest) / (127 * squares.squareRoot())))
  }

  /// 127 · sum / largest, rounded half away from zero, which is (254 · |sum| + largest) / (2 · largest) in whole numbers.
  ///
  /// Below 2^23 the division by d = 2 · largest is a multiplication by m = ⌈2^55 / d⌉ (Granlund and Montgomery, "Division by Invariant Integers
  /// using Multiplication", 1994, theorem 4.2): numerators n stay at or below 255 · largest, so n · (m · d − 2^55) < 510 · largest² < 2^55.
  static func quantized(_ sums: [Int64], to largest: Int64) -> [Int8] {
    let (half, divisor) = (UInt64(largest), UInt64(2 * largest))
    if largest < 1 << 23 {
      let factor = ((1 << 55) + divisor - 1) / divisor
      return sums.map { signed(((254 &* $0.magnitude &+ half) &* factor) >> 55, as: $0) }
    }
    return sums.map { signed((254 * $0.magnitude + half) / divisor, as: $0) }
  }

  @inline(__always) private static func signed(_ quotient: UInt64, as sum: Int64) -> Int8 {
    let size = Int8(truncatingIfNeeded: quotient)
    return sum < 0 ? 0 &- size : size
  }

  /// As if added one after the other as doubles: while the whole stays below 2^53, every step of that is exact.
  static func sumOfSquares(_ sums: [Int64], largest: Int64) -> Double {
    if largest < 1 << 26 {
      var squares: UInt64 = 0
      for sum in sums { squares &+= UInt64(bitPattern: sum &* sum) }
      if squares < 1 << 53 { return Double(squares) }
    }
    var squares = 0.0
    for sum in sums { squares += Double(sum) * Double(sum) }
    return squares
  }
}
