import Model
import TextFeatures

/// Finds near duplicates without comparing with everything: texts that share most of their shingles land in a common bucket.
///
/// 48 minima (Broder, "On the Resemblance and Containment of Documents", 1997) in 16 bands of 3: two titles whose shingle sets overlap by a half meet with
/// probability 0.88, by four fifths with 0.99998.
struct MinHash: Sendable {
  static let bands = 16
  static let rows = 3

  private var minima = [UInt64](repeating: .max, count: bands * rows)
  private static let seeds: [UInt64] = (0..<UInt64(bands * rows)).map { Fingerprint.mix($0 &+ 0x5eed) | 1 }

  /// The bucket of each band for the title of a text; empty where it has fewer than three words.
  mutating func buckets(of list: TokenList, titleEnd: Int) -> [UInt64] {
    for i in minima.indices { minima[i] = .max }
    var words = 0
    var previous: UInt64 = 0
    for index in 0..<min(list.count, 64) {
      let token = list[index]
      if token.start >= titleEnd { break }
      if token.flags.contains(.inLink) { continue }
      add(token.singular)
      if words > 0 { add(Fingerprint.combine(previous, token.singular)) }
      previous = token.singular
      words += 1
    }
    guard words >= 3 else { return [] }
    return (0..<Self.bands).map { band in
      var bucket = UInt64(band)
      for row in 0..<Self.rows { bucket = Fingerprint.combine(bucket, minima[band * Self.rows + row]) }
      return bucket
    }
  }

  private mutating func add(_ shingle: UInt64) {
    for i in minima.indices {
      // Multiplication by an odd number permutes the words; the high half is well mixed.
      let value = shingle &* Self.seeds[i]
      minima[i] = min(minima[i], value ^ (value >> 32))
    }
  }
}
