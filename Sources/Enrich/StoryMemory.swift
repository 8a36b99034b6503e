import Configuration
import Events
import Model
import State

/// The stories of the partition: which events belong together, and what is known of each group.
///
/// An event joins a story by an exact key (the same address, model, link or natural id), or by likeness: a near duplicate found by MinHash or among the
/// nearest embeddings, or a text near enough within two days. Otherwise it begins a story.
struct StoryMemory: Checkpointable, Sendable {
  /// What is known of one story.
  struct Story: Sendable {
    var id: EventID
    var size: Int
    /// Distinct publishers, in the order they came; at most 32 are told apart.
    var publishers: [UInt64]
    var firstSeenAt: Timestamp
    var lastSeenAt: Timestamp
    var firstSource: String
    /// When the members of the last 24 hours were observed, oldest first; at most 64.
    var recent: [Timestamp]
  }

  /// What is remembered of one event for comparison with later ones.
  struct Item: Sendable {
    var id: EventID
    var story: UInt64
    var time: Timestamp
    var title: UInt64
    var publisher: UInt64
    var isPaper: Bool
    /// Fingerprints of at most eight entities.
    var entities: [UInt64]
  }

  /// How long a key joins: days for what is only now news, weeks for what keeps its name.
  enum KeyLife: Sendable { case short, long }

  /// One event, as far as joining stories is concerned.
  struct Candidate {
    var id: EventID
    var observedAt: Timestamp
    var source: String
    var publisher: UInt64
    var title: UInt64
    var isPaper: Bool
    var isRevision: Bool
    var entities: [UInt64]
    /// The first that is known decides.
    var keys: [(key: UInt64, life: KeyLife)]
    var buckets: [UInt64]
    var neighbors: [VectorWindow.Hit]
  }

  static let longLife = 45 * Int64.day
  private static let longLifeItems = 200_000

  private var nextNumber: UInt64 = 1
  private var items = AgingTable<UInt64, Item>()
  private var stories = AgingTable<UInt64, Story>()
  private var shortKeys = AgingTable<UInt64, UInt64>()
  private var longKeys = AgingTable<UInt64, UInt64>()
  private var buckets = AgingTable<UInt64, UInt64>()

  init() {}

  mutating func expire(now: Timestamp, settings: EnrichSettings) {
    let shortLimit = now.adding(milliseconds: -settings.clusterMemoryMilliseconds)
    let longLimit = now.adding(milliseconds: -max(Self.longLife, settings.clusterMemoryMilliseconds))
    items.expire(before: shortLimit, keeping: settings.clusterMemoryItems)
    shortKeys.expire(before: shortLimit, keeping: settings.clusterMemoryItems * 2)
    buckets.expire(before: shortLimit, keeping: settings.clusterMemoryItems * MinHash.bands)
    longKeys.expire(before: longLimit, keeping: Self.longLifeItems)
    stories.expire(before: longLimit, keeping: Self.longLifeItems + settings.clusterMemoryItems)
  }

  /// The item a hit of the vector window belongs to, if it is still remembered.
  private func item(_ number: UInt64) -> Item? { items[number] }

  /// Finds the event's story or begins one, and remembers the event.
  /// - Returns: the story with this event in it, and the number under which the event is remembered.
  mutating func join(_ candidate: Candidate, now: Timestamp, settings: EnrichSettings) -> (cluster: StoryCluster, number: UInt64) {
    let match = find(candidate, settings)
    let number = nextNumber
    nextNumber += 1
    let storyNumber = match?.story ?? number
    var story =
      stories[storyNumber]
      ?? Story(
        id: Self.storyID(of: candidate), size: 0, publishers: [], firstSeenAt: candidate.observedAt, lastSeenAt: candidate.observedAt,
        firstSource: candidate.source, recent: [])
    story.size += 1
    story.lastSeenAt = max(story.lastSeenAt, candidate.observedAt)
    if !story.publishers.contains(candidate.publisher), story.publishers.count < 32 { story.publishers.append(candidate.publisher) }
    let dayAgo = candidate.observedAt.adding(milliseconds: -Int64.day)
    story.recent.removeAll { $0 <= dayAgo }
    if story.recent.count == 64 { story.recent.removeFirst() }
    story.recent.append(candidate.observedAt)
    stories.insert(storyNumber, story, at: now)

    remember(candidate, number: number, story: storyNumber, now: now)
    let cluster = StoryCluster(
      id: story.id, relation: match?.relation ?? .new, size: story.size, recentSize: story.recent.count, sources: story.publishers.count,
      firstSeenAt: story.firstSeenAt, firstSource: story.firstSource, similarity: match?.similarity ?? 0)
    return (cluster, number)
  }

  private static func storyID(of candidate: Candidate) -> EventID {
    var name = NameHash()
    name.add("story")
    name.add(candidate.id.text)
    return EventID(time: candidate.observedAt, name: name.finish())
  }

  private mutating func remember(_ candidate: Candidate, number: UInt64, story: UInt64, now: Timestamp) {
    for (key, life) in candidate.keys {
      if life == .short { shortKeys.insert(key, story, at: now) } else { longKeys.insert(key, story, at: now) }
    }
    guard !candidate.buckets.isEmpty || !candidate.neighbors.isEmpty || candidate.title != 0 else { return }
    for bucket in candidate.buckets { buckets.insert(bucket, number, at: now) }
    items.insert(
      number,
      Item(
        id: candidate.id, story: story, time: candidate.observedAt, title: candidate.title, publisher: candidate.publisher,
        isPaper: candidate.isPaper, entities: Array(candidate.entities.prefix(8))), at: now)
  }

  // MARK: Finding

  private struct Match {
    var story: UInt64
    var relation: Relation
    var similarity: Double
  }

  private func find(_ candidate: Candidate, _ settings: EnrichSettings) -> Match? {
    for (key, life) in candidate.keys {
      if let story = life == .short ? shortKeys[key] : longKeys[key], stories.contains(story) {
        return Match(story: story, relation: candidate.isRevision ? .revision : .sameStory, similarity: 1)
      }
    }
    return findAlike(candidate, settings)
  }

  /// The best of the neighbours and of what shares a MinHash bucket.
  private func findAlike(_ candidate: Candidate, _ settings: EnrichSettings) -> Match? {
    var best: Match?
    func consider(_ item: Item, _ similarity: Double) {
      guard let relation = relation(of: candidate, to: item, similarity, settings) else { return }
      if let best, best.similarity >= similarity { return }
      best = Match(story: item.story, relation: relation, similarity: similarity)
    }
    for hit in candidate.neighbors {
      if let item = items[hit.memory] { consider(item, hit.similarity) }
    }
    if let best { return best }
    // Beyond the day of the vector window: a bucket in common is near-duplicate evidence by itself when the titles are the same.
    for bucket in candidate.buckets {
      guard let number = buckets[bucket], let item = items[number], item.title == candidate.title, candidate.title != 0 else { continue }
      consider(item, 1)
    }
    return best
  }

  private func relation(of candidate: Candidate, to item: Item, _ similarity: Double, _ settings: EnrichSettings) -> Relation? {
    if candidate.title != 0, candidate.title == item.title, similarity > settings.sameStory {
      return candidate.publisher == item.publisher ? .repeat : .nearDuplicate
    }
    if similarity >= settings.nearDuplicate { return .nearDuplicate }
    // Two papers on one subject are two papers.
    if candidate.isPaper || item.isPaper { return nil }
    guard abs(candidate.observedAt.milliseconds(since: item.time)) <= settings.sameStoryMilliseconds else { return nil }
    if similarity >= settings.sameStory { return .sameStory }
    if similarity >= settings.sameStoryWithEntity, candidate.entities.contains(where: { item.entities.contains($0) }) {
      return .sameStory
    }
    return nil
  }

  // MARK: Checkpoint

  func write(to writer: inout StateWriter) {
    writer.unsigned(nextNumber)
    items.write(to: &writer) { item, writer in
      writer.id(item.id)
      writer.unsigned(item.story)
      writer.time(item.time)
      writer.word(item.title)
      writer.word(item.publisher)
      writer.bool(item.isPaper)
      writer.words(item.entities)
    }
    stories.write(to: &writer) { story, writer in
      writer.id(story.id)
      writer.count(story.size)
      writer.words(story.publishers)
      writer.time(story.firstSeenAt)
      writer.time(story.lastSeenAt)
      writer.text(story.firstSource)
      writer.count(story.recent.count)
      for time in story.recent { writer.time(time) }
    }
    for table in [shortKeys, longKeys, buckets] { table.write(to: &writer) { $1.unsigned($0) } }
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    nextNumber = try reader.unsigned()
    items = try AgingTable(from: &reader) { (reader) throws(ProwziError) in
      Item(
        id: try reader.id(), story: try reader.unsigned(), time: try reader.time(), title: try reader.word(), publisher: try reader.word(),
        isPaper: try reader.bool(), entities: try reader.words())
    }
    stories = try AgingTable(from: &reader) { (reader) throws(ProwziError) in
      let id = try reader.id()
      let size = Int(truncatingIfNeeded: try reader.unsigned())
      let publishers = try reader.words()
      let first = try reader.time()
      let last = try reader.time()
      let source = try reader.text()
      var recent: [Timestamp] = []
      for _ in 0..<(try reader.count()) { recent.append(try reader.time()) }
      return Story(
        id: id, size: size, publishers: publishers, firstSeenAt: first, lastSeenAt: last, firstSource: source, recent: recent)
    }
    shortKeys = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try reader.unsigned() }
    longKeys = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try reader.unsigned() }
    buckets = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try reader.unsigned() }
  }
}
