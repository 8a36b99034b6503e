/// The words of a text that say most about it: the rarest of its first ones, numbers heavier, by which like texts are looked up among many.
struct TellingWords: Sendable, Equatable {
  static let count = 8
  /// How many words of a text are considered: a headline, or the beginning of an article.
  static let considered = 32

  /// Low halves of fingerprints, the rarest word first; 0 where there are fewer.
  var words = SIMD8<UInt32>()

  init() {}

  /// Chooses while a text is read. Used again for the next one.
  struct Choice: Sendable {
    private var chosen: [(weight: Int32, word: UInt32)] = []
    private var seen = 0

    mutating func begin() {
      chosen.removeAll(keepingCapacity: true)
      seen = 0
    }

    /// Takes the text's next word. Among words of one weight the earlier one stays.
    mutating func consider(_ word: UInt64, weight: Int32) {
      guard seen < TellingWords.considered else { return }
      seen += 1
      let word = UInt32(truncatingIfNeeded: word)
      if word == 0 || chosen.count == TellingWords.count && chosen[TellingWords.count - 1].weight >= weight { return }
      if chosen.contains(where: { $0.word == word }) { return }
      var at = chosen.count
      while at > 0, chosen[at - 1].weight < weight { at -= 1 }
      chosen.insert((weight, word), at: at)
      if chosen.count > TellingWords.count { chosen.removeLast() }
    }

    var words: TellingWords {
      var words = TellingWords()
      for (slot, choice) in chosen.enumerated() { words.words[slot] = choice.word }
      return words
    }
  }
}

/// From each telling word to the items of a window that have it, the newest first.
///
/// Every slot of an item names the place of the word's occurrence before it, so that a word's items hang on one chain. Made anew where the window is
/// moved together, which comes once for as many items as it holds.
struct WordChains: Sendable {
  /// By item and slot.
  private var words: [UInt32] = []
  /// By item and slot: one more than the place of the same word's last occurrence before; 0 where there is none.
  private var before: [UInt32] = []
  /// One more than the place of a word's last occurrence.
  private var last: [UInt32: UInt32] = [:]
  /// Work memory of a search: how many words each item shares, all 0 between two searches, and which do.
  private var shared: [UInt8] = []
  private var found: [Int] = []

  subscript(index: Int) -> TellingWords {
    var found = TellingWords()
    for slot in 0..<TellingWords.count { found.words[slot] = words[index * TellingWords.count + slot] }
    return found
  }

  mutating func append(_ item: TellingWords) {
    for slot in 0..<TellingWords.count { append(item.words[slot]) }
  }

  private mutating func append(_ word: UInt32) {
    words.append(word)
    before.append(word == 0 ? 0 : last.updateValue(UInt32(words.count), forKey: word) ?? 0)
  }

  /// Forgets the first items; the others move to their places.
  mutating func removeFirst(_ count: Int) {
    let rest = Array(words[(count * TellingWords.count)...])
    words.removeAll(keepingCapacity: true)
    before.removeAll(keepingCapacity: true)
    last.removeAll(keepingCapacity: true)
    for word in rest { append(word) }
  }

  /// The items in `range` that have most of these words in common, at most `limit`; of those with equally many, what the rarest words lead to first, the
  /// newest before older ones. Each word leads to its newest `perWord` items.
  mutating func items(with sought: TellingWords, in range: Range<Int>, perWord: Int, limit: Int) -> [Int] {
    if shared.count < words.count / TellingWords.count {
      shared += Array(repeating: 0, count: words.count / TellingWords.count - shared.count)
    }
    found.removeAll(keepingCapacity: true)
    for slot in 0..<TellingWords.count where sought.words[slot] != 0 {
      var place = last[sought.words[slot]] ?? 0
      var left = perWord
      while place > 0, left > 0 {
        let index = (Int(place) - 1) / TellingWords.count
        if index < range.lowerBound { break }
        if index < range.upperBound {
          if shared[index] == 0 { found.append(index) }
          shared[index] += 1
          left -= 1
        }
        place = before[Int(place) - 1]
      }
    }
    var chosen: [Int] = []
    chosen.reserveCapacity(min(limit, found.count))
    for count in stride(from: UInt8(TellingWords.count), to: 0, by: -1) {
      for index in found where shared[index] == count && chosen.count < limit { chosen.append(index) }
    }
    for index in found { shared[index] = 0 }
    return chosen
  }
}
