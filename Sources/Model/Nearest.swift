/// The known word nearest to what was typed, for "did you mean".
public enum Nearest {
  /// The fewest insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
  /// *Source*: optimal string alignment. *Complexity*: O(a × b).
  public static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a.prefix(64))
    let b = Array(b.prefix(64))
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
        row.append(best)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }

  /// The nearest of some words, the first at equal distance; `nil` where none is near: more than a third of the letters differ, and it
  /// is no beginning of one.
  public static func word(to typed: String, among words: [String]) -> String? {
    guard !typed.isEmpty else { return nil }
    var nearest: (word: String, distance: Int)?
    for word in words {
      let distance = word.hasPrefix(typed) ? 0 : distance(typed, word)
      if distance <= max(1, max(typed.count, word.count) / 3), distance < nearest?.distance ?? .max { nearest = (word, distance) }
    }
    return nearest?.word
  }
}
