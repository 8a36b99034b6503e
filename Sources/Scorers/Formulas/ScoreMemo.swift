import Events
import Model

/// Scores that were computed lately, by what they were computed from: neighbouring events are often of one age, one source and one kind of story.
///
/// *Determinism*: a score is a function of its key and the scorer, so that what is remembered is never seen.
public struct ScoreMemo: Sendable {
  /// What a score is computed from, besides the scorer's constants.
  struct Key: Equatable {
    var a: UInt64
    var b: UInt64
    var c: UInt64
    var d: UInt64 = 0
  }

  private var scorer: Digest?
  private var keys: [Key?] = []
  private var details: [ScoreDetail?] = []

  private static let places = 16

  public init() {}

  /// Forgets what another scorer said.
  mutating func use(_ scorer: Digest) {
    if self.scorer == scorer { return }
    self.scorer = scorer
    keys = Array(repeating: nil, count: Self.places * Score.allCases.count)
    details = Array(repeating: nil, count: keys.count)
  }

  /// The score for a key, remembered or made. Without a scorer nothing is remembered.
  mutating func detail(_ score: Score, _ key: Key, _ make: () -> ScoreDetail) -> ScoreDetail {
    if keys.isEmpty { return make() }
    let hash = Fingerprint.mix(key.a ^ key.b &* 0x9e37_79b9_7f4a_7c15 ^ key.c << 7 ^ key.d << 13)
    let place = score.rawValue * Self.places + Int(truncatingIfNeeded: hash >> 32) & (Self.places - 1)
    if keys[place] == key, let known = details[place] { return known }
    let detail = make().written()
    keys[place] = key
    details[place] = detail
    return detail
  }
}
