import Configuration
import Events
import Model
import State

/// The stories of the partition: which events belong together, and what is known of each group.
///
/// An event joins a story by an exact key (the same address, model, link or natural id), an exploit by its victim and day, or by likeness: a near
/// duplicate found by MinHash or among the nearest embeddings, or a text near enough within two days. Otherwise it begins a story.
///
/// Near enough is not said of the nearest member: chains of neighbours would run from story to story. The text is held against the sum of the
/// story's texts (its `Centroid`), and against a threshold that falls as the story grows: what many texts do not share cancels out in their sum, so
/// that less likeness means more.
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
    var kind: Kind
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
    var kind: Kind
    var isRevision: Bool
    /// Of an exploit, with the day on which it happened.
    var victim: UInt64?
    var occurredAt: Timestamp
    var entities: [UInt64]
    /// The first that is known decides.
    var keys: [(key: UInt64, life: KeyLife)]
    var buckets: [UInt64]
    var embedding: Embedding?
    var neighbors: [VectorWindow.Hit]
  }

  static let longLife = 45 * Int64.day
  private static let longLifeItems = 200_000

  private var nextNumber: UInt64 = 1
  private(set) var items = AgingTable<UInt64, Item>()
  private(set) var stories = AgingTable<UInt64, Story>()
  private(set) var shortKeys = AgingTable<UInt64, UInt64>()
  private(set) var longKeys = AgingTable<UInt64, UInt64>()
  private(set) var buckets = AgingTable<UInt64, UInt64>()
  /// Of stories with two members or more.
  private(set) var centroids = AgingTable<UInt64, Centroid>()
  private(set) var incidents = Incidents()
  private static let centroidItems = 4096

  init() {}

  mutating func expire(now: Timestamp, settings: EnrichSettings) {
    let shortLimit = now.adding(milliseconds: -settings.clusterMemoryMilliseconds)
    let longLimit = now.adding(milliseconds: -max(Self.longLife, settings.clusterMemoryMilliseconds))
    items.expire(before: shortLimit, keeping: settings.clusterMemoryItems)
    shortKeys.expire(before: shortLimit, keeping: settings.clusterMemoryItems * 2)
    buckets.expire(before: shortLimit, keeping: settings.clusterMemoryItems * MinHash.bands)
    longKeys.expire(before: longLimit, keeping: Self.longLifeItems)
    centroids.expire(before: shortLimit, keeping: Self.centroidItems)
    incidents.expire(now: now)
    stories.expire(before: longLimit, keeping: Self.longLifeItems + settings.clusterMemoryItems)
  }

  /// Finds the event's story or begins one, and remembers the event.
  /// - Returns: the story with this event in it, and the number under which the event is remembered.
  /// - Parameter window: where the candidate's neighbours were found, unchanged since.
  mutating func join(
    _ candidate: Candidate, window: VectorWindow, now: Timestamp, settings: EnrichSettings
  ) -> (cluster: StoryCluster, number: UInt64) {
    let match = find(candidate, settings)
    let number = nextNumber
    nextNumber += 1
    let storyNumber = match?.story ?? number
    let dayAgo = candidate.observedAt.adding(milliseconds: -Int64.day)
    var cluster = StoryCluster(
      id: candidate.id, relation: match?.relation ?? .new, size: 0, recentSize: 0, sources: 0, firstSeenAt: candidate.observedAt,
      firstSource: candidate.source, similarity: match?.similarity ?? 0)
    let record = stories.renew(storyNumber, at: now) {
      match?.record
        ?? Story(
          id: Self.storyID(of: candidate), size: 0, publishers: [], firstSeenAt: candidate.observedAt, lastSeenAt: candidate.observedAt,
          firstSource: candidate.source, recent: [])
    } _: { story -> Story? in
      story.size += 1
      story.lastSeenAt = max(story.lastSeenAt, candidate.observedAt)
      if !story.publishers.contains(candidate.publisher), story.publishers.count < 32 { story.publishers.append(candidate.publisher) }
      story.recent.removeAll { $0 <= dayAgo }
      if story.recent.count == 64 { story.recent.removeFirst() }
      story.recent.append(candidate.observedAt)
      (cluster.id, cluster.size, cluster.recentSize, cluster.sources) = (story.id, story.size, story.recent.count, story.publishers.count)
      (cluster.firstSeenAt, cluster.firstSource) = (story.firstSeenAt, story.firstSource)
      return candidate.victim == nil ? nil : story
    }

    remember(candidate, number: number, story: storyNumber, now: now)
    if let victim = candidate.victim, let record {
      incidents.remember(victim: victim, occurredAt: candidate.occurredAt, story: storyNumber, record: record, now: now)
    }
    addToCentroid(candidate, story: storyNumber, isJoined: match != nil, window: window, now: now)
    return (cluster, number)
  }

  private static func storyID(of candidate: Candidate) -> EventID {
    var name = NameHash()
    name.add("story")
    name.add(candidate.id.text)
    return EventID(time: candidate.observedAt, name: name.finish())
  }

  /// A story's sum begins with its second text; papers' stories have none, since nothing joins them by likeness.
  private mutating func addToCentroid(_ candidate: Candidate, story: UInt64, isJoined: Bool, window: VectorWindow, now: Timestamp) {
    guard isJoined, let embedding = candidate.embedding, candidate.kind != .paper else { return }
    var centroid = centroids.take(story) ?? Centroid()
    if centroid.count == 0, let hit = candidate.neighbors.first(where: { items[$0.memory]?.story == story }) {
      centroid.add(window.values(of: hit), inverseLength: window.inverseLength(of: hit))
    }
    centroid.add(embedding.values[...], inverseLength: 1 / embedding.length)
    centroids.insert(story, centroid, at: now)
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
        kind: candidate.kind, entities: Array(candidate.entities.prefix(8))), at: now)
  }

  // MARK: Finding

  private struct Match {
    var story: UInt64
    var relation: Relation
    var similarity: Double
    /// The story as an incident's memory keeps it.
    var record: Story?
  }

  private func find(_ candidate: Candidate, _ settings: EnrichSettings) -> Match? {
    for (key, life) in candidate.keys {
      if let story = life == .short ? shortKeys[key] : longKeys[key], stories.contains(story) {
        return Match(story: story, relation: candidate.isRevision ? .revision : .sameStory, similarity: 1)
      }
    }
    if let victim = candidate.victim, let known = incidents.story(victim: victim, occurredAt: candidate.occurredAt) {
      return Match(
        story: known.number, relation: candidate.isRevision ? .revision : .sameStory, similarity: 1, record: known.record)
    }
    return findDuplicate(candidate, settings) ?? findAlike(candidate, settings)
  }

  /// Whether likeness can join the two at all: entries of one list are told apart by their keys.
  private func isComparable(_ candidate: Candidate, _ item: Item) -> Bool {
    !(candidate.kind == item.kind && StoryKeys.isListed(candidate.kind))
  }

  /// The nearest text that says the same in nearly the same words.
  private func findDuplicate(_ candidate: Candidate, _ settings: EnrichSettings) -> Match? {
    for hit in candidate.neighbors {
      guard let item = items[hit.memory], isComparable(candidate, item) else { continue }
      if candidate.title != 0, candidate.title == item.title, hit.similarity >= settings.sameStory {
        return Match(
          story: item.story, relation: candidate.publisher == item.publisher ? .repeat : .nearDuplicate, similarity: hit.similarity)
      }
      if hit.similarity >= settings.nearDuplicate { return Match(story: item.story, relation: .nearDuplicate, similarity: hit.similarity) }
    }
    // Beyond the day of the vector window: a bucket in common is near-duplicate evidence by itself when the titles are the same.
    guard candidate.title != 0 else { return nil }
    for bucket in candidate.buckets {
      guard let number = buckets[bucket], let item = items[number], item.title == candidate.title, isComparable(candidate, item) else {
        continue
      }
      return Match(story: item.story, relation: candidate.publisher == item.publisher ? .repeat : .nearDuplicate, similarity: 1)
    }
    return nil
  }

  /// Among the neighbours' stories, the one whose threshold is exceeded most.
  private func findAlike(_ candidate: Candidate, _ settings: EnrichSettings) -> Match? {
    // Two papers on one subject are two papers.
    guard candidate.kind != .paper, let embedding = candidate.embedding else { return nil }
    var best: (excess: Double, match: Match)?
    var tried: [UInt64] = []
    for hit in candidate.neighbors {
      // Nearest first: what follows is farther still.
      if hit.similarity < settings.sameStoryNearest { break }
      guard let item = items[hit.memory], item.kind != .paper, isComparable(candidate, item), !tried.contains(item.story),
        abs(candidate.observedAt.milliseconds(since: item.time)) <= settings.sameStoryMilliseconds
      else { continue }
      tried.append(item.story)
      var likeness = hit.similarity
      var threshold = settings.sameStory
      if let centroid = centroids[item.story] {
        likeness = centroid.similarity(to: embedding)
        threshold = settings.sameStoryOfMany + (settings.sameStory - settings.sameStoryOfMany) / Double(centroid.count)
      } else if candidate.entities.contains(where: { item.entities.contains($0) }) {
        threshold = settings.sameStoryWithEntity
      }
      let excess = likeness - threshold
      if excess >= 0, excess > best?.excess ?? -1 {
        best = (excess, Match(story: item.story, relation: .sameStory, similarity: hit.similarity))
      }
    }
    return best?.match
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
      writer.unsigned(UInt64(item.kind.rawValue))
      writer.words(item.entities)
    }
    stories.write(to: &writer) { story, writer in
      story.write(to: &writer)
    }
    for table in [shortKeys, longKeys, buckets] { table.write(to: &writer) { $1.unsigned($0) } }
    centroids.write(to: &writer) { $0.write(to: &$1) }
    incidents.write(to: &writer)
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    nextNumber = try reader.unsigned()
    items = try AgingTable(from: &reader) { (reader) throws(ProwziError) in
      var item = Item(
        id: try reader.id(), story: try reader.unsigned(), time: try reader.time(), title: try reader.word(), publisher: try reader.word(),
        kind: .generic, entities: [])
      guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: try reader.unsigned())) else {
        throw ProwziError("state.corrupt", "there is no kind of this number", place: "byte \(reader.position)")
      }
      item.kind = kind
      item.entities = try reader.words()
      return item
    }
    stories = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try Story(from: &reader) }
    shortKeys = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try reader.unsigned() }
    longKeys = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try reader.unsigned() }
    buckets = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try reader.unsigned() }
    centroids = try AgingTable(from: &reader) { (reader) throws(ProwziError) in try Centroid(from: &reader) }
    incidents = try Incidents(from: &reader)
  }
}

extension StoryMemory.Story: Checkpointable {
  func write(to writer: inout StateWriter) {
    writer.id(id)
    writer.count(size)
    writer.words(publishers)
    writer.time(firstSeenAt)
    writer.time(lastSeenAt)
    writer.text(firstSource)
    writer.times(recent)
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    id = try reader.id()
    size = Int(truncatingIfNeeded: try reader.unsigned())
    publishers = try reader.words()
    firstSeenAt = try reader.time()
    lastSeenAt = try reader.time()
    firstSource = try reader.text()
    recent = try reader.times()
  }
}
