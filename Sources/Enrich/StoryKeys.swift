import Events
import Model

/// The exact keys by which an event joins a story, the most telling first.
///
/// What must not be told twice has one name: a paper its arXiv id, a model its canonical name, a token its address. Two events with one of
/// these in common tell one story however differently they are worded.
enum StoryKeys {
  static func keys(of event: Event, isStarBurst: Bool) -> [(key: UInt64, life: StoryMemory.KeyLife)] {
    var keys: [(key: UInt64, life: StoryMemory.KeyLife)] = []
    func add(_ name: StaticString, _ range: Range<Int>, _ life: StoryMemory.KeyLife) {
      keys.append((Fingerprint.of(event.bytes, in: range, seed: seed(name)), life))
    }
    func addEntity(_ type: String, _ name: StaticString, _ life: StoryMemory.KeyLife) {
      if let entity = event.entities.first(where: { $0.type == type }) { add(name, entity.id.range, life) }
    }
    switch event.kind {
    case .repoStars:
      // A burst is news by itself: it does not join the repository's everyday counts.
      addEntity("repository", isStarBurst ? "burst" : "stars", isStarBurst ? .short : .long)
      return keys
    case .modelRelease:
      if let model = event.entities.first(where: { $0.type == "model" }) {
        let action = event.fact("action").map { Fingerprint.of(event.bytes, in: $0.value.range) } ?? 0
        keys.append((Fingerprint.of(event.bytes, in: model.id.range, seed: seed("model") ^ action), .long))
      }
      return keys
    case .tokenListing, .tokenLaunch, .poolActivity:
      addEntity("token", "token", .long)
      addEntity("pool", "pool", .long)
      return keys
    case .repoPush:
      addEntity("repository", "push", .short)
      return keys
    case .repoRelease: add("release", event.naturalID.range, .short)
    case .fundingRound: addEntity("organization", "funding", .long)
    case .exploit: break  // Told by name and day: see `Incidents`.
    case .paper: addEntity("arxiv", "paper", .long)
    case .advisory: addEntity("ghsa", "advisory", .long)
    case .news, .generic:
      addEntity("arxiv", "paper", .long)
      if let url = event.url { add("url", url.range, .short) }
    }
    addEntity("cve", "cve", .long)
    keys.append(
      (
        Fingerprint.combine(Fingerprint.of(event.bytes, in: event.naturalID.range, seed: seed("item")), Fingerprint.of(event.source)),
        .short
      ))
    return keys
  }

  /// Whether events of a kind are entries of a list, each about a thing of its own: two that are worded alike are still two.
  static func isListed(_ kind: Kind) -> Bool {
    switch kind {
    case .exploit, .fundingRound, .advisory, .repoRelease: true
    default: false
    }
  }

  private static func seed(_ name: StaticString) -> UInt64 {
    unsafe Fingerprint.of(Span(_unsafeStart: name.utf8Start, count: name.utf8CodeUnitCount))
  }
}

extension Kind {
  /// Whether events of this kind are told in sentences, which can be compared and searched for names.
  var hasProse: Bool {
    switch self {
    case .paper, .news, .exploit, .fundingRound, .advisory, .generic, .repoRelease: true
    case .repoPush, .repoStars, .modelRelease, .tokenListing, .tokenLaunch, .poolActivity: false
    }
  }
}
