import Events
import Model
import State
import TextFeatures

extension Enrich.State: Inspectable {
  /// Asked for by an event's or story's id, or by an entity's or repository's name.
  public func inspect(_ inspector: inout StateInspector) {
    inspector.stage("\(Enrich.identity.name)", self) { inspector in
      let about = Subject(inspector.key, stories)
      for id in about.storyIDs { inspector.stories.append(id) }
      stories.inspect(&inspector, about)
      inspector.table("vectors", count: window.count)
      histories.inspect(&inspector, about)
      inspector.table("model names", count: models.count)
      inspector.table("learned names", count: learned.count)
    }
  }
}

/// Everything that what was asked for may be known by.
private struct Subject {
  var id: EventID?
  /// By its name alone, and by its name as each type of entity.
  var names: [UInt64] = []
  var entities: [UInt64] = []
  var victim: UInt64?
  var lab: UInt64?
  /// Numbers of items and stories in the story memory.
  var items: Set<UInt64> = []
  var stories: Set<UInt64> = []
  var storyIDs: [EventID] = []

  /// The types that texts and sources give their entities.
  private static let types =
    EntityType.allCases.map { "\($0.name)" } + ["address", "author", "paper", "pool", "provider", "token", "transaction"]

  init(_ key: StateKey?, _ memory: StoryMemory) {
    guard let key else { return }
    id = key.id
    let forms = [key.bytes, Array(key.text.lowercased().utf8), Array(key.text.uppercased().utf8)]
    for bytes in forms {
      names.append(Fingerprint.of(bytes))
      for type in Self.types { entities.append(Fingerprint.of(bytes, seed: Fingerprint.of(type))) }
    }
    victim = VictimName.fingerprint(key.bytes, in: 0..<key.bytes.count)
    lab = Fingerprint.of(key.bytes, seed: 1)
    var (items, stories, names) = (items, stories, names)
    if id != nil { names = [] }
    let id = id
    memory.items.forEach { number, _, item in
      guard item.id == id || item.entities.contains(where: { names.contains($0) }) else { return }
      items.insert(number)
      stories.insert(item.story)
    }
    var found: [EventID] = []
    memory.stories.forEach { number, _, story in
      if story.id == id { stories.insert(number) }
      if stories.contains(number) { found.append(story.id) }
    }
    (self.items, self.stories, storyIDs) = (items, stories, found)
  }
}

extension StoryMemory {
  fileprivate func inspect(_ inspector: inout StateInspector, _ about: Subject) {
    func story(_ story: Story) -> String {
      "story \(story.id), \(story.size) members, \(story.publishers.count) publishers, \(story.recent.count) in the last day,"
        + " first seen \(story.firstSeenAt) in \(story.firstSource), last \(story.lastSeenAt)"
    }
    inspector.table("items", items) { _, number, _ in
      about.items.contains(number)
    } text: {
      "event \($0.id), \($0.kind.name), story \($0.story), observed \($0.time), \($0.entities.count) entities"
    }
    inspector.table("stories", stories) { _, number, _ in
      about.stories.contains(number)
    } text: {
      story($0)
    }
    for (name, keys) in [("short keys", shortKeys), ("long keys", longKeys)] {
      inspector.table(name, keys) { _, _, story in
        about.stories.contains(story)
      } text: {
        "leads to story \($0)"
      }
    }
    inspector.table("buckets", buckets) { _, _, item in
      about.items.contains(item)
    } text: {
      "leads to item \($0)"
    }
    inspector.table("centroids", centroids) { _, number, _ in
      about.stories.contains(number)
    } text: {
      "of \($0.count) texts"
    }
    inspector.table("incidents", incidents.told) { _, victim, told in
      victim == about.victim || told.contains { about.stories.contains($0.story) }
    } text: { told in
      told.map { "\($0.occurredAt): \(story($0.record))" }.joined(separator: "; ")
    }
  }
}

extension Histories {
  fileprivate func inspect(_ inspector: inout StateInspector, _ about: Subject) {
    func number(_ number: PriorNumber) -> String {
      "\(number.metric) \(number.value), observed \(number.observedAt) by \(number.source) in event \(number.event)"
    }
    func times(_ times: [Timestamp]) -> String { "\(times.count) times, last \(times.last.map { "\($0)" } ?? "never")" }
    inspector.table("entities seen", seen) { _, key, _ in
      about.entities.contains(key)
    } text: {
      times($0)
    }
    inspector.table("repositories", repositories) { asked, key, known in
      about.entities.contains(key) || known.stars.event == asked.id
    } text: { known in
      "\(number(known.stars)); most ever \(known.peakStars), forks \(known.forks), \(known.averagePerDay) a day over \(known.snapshots) snapshots"
    }
    inspector.table("models", models) { _, key, _ in
      about.names.contains(key)
    } text: {
      "\($0.count) providers"
    }
    inspector.table("prices", prices) { asked, key, known in
      key == about.lab || known.event == asked.id
    } text: {
      number($0)
    }
    inspector.table("amounts", amounts) { asked, key, known in
      key == about.victim || known.contains { $0.number.event == asked.id }
    } text: { known in
      known.map { number($0.number) }.joined(separator: "; ")
    }
    inspector.table("launches", launches) { _, key, _ in
      about.names.contains(key)
    } text: {
      times($0)
    }
  }
}
