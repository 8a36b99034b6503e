import Model

/// What enrich adds to an event. Everything a later stage decides by is in here (and so in the enriched record), never only in a stage's memory:
/// that is why scoring can be folded again from `prowzi.enriched` alone.
public struct Enrichment: Sendable {
  /// −1…1; `nil` without text.
  public var sentiment: Double?
  /// ISO 639-1, or `und`.
  public var language: String = "und"
  public var numbers: [NumberFact] = []
  /// At most three, heaviest first.
  public var ontology: [OntologyWeight] = []
  public var embedding: Embedding?
  /// The nearest earlier events of the window, nearest first, at most ten.
  public var neighbors: [Neighbor] = []
  public var cluster: StoryCluster
  public var history: History = History()

  public init(cluster: StoryCluster) { self.cluster = cluster }
}

/// A number found in the text.
public struct NumberFact: Sendable, Equatable {
  /// `money`, `percent`, `count`, `parameters`, `context`, `multiple`.
  public var kind: String
  public var value: Double
  /// `USD`, `ETH`, `tokens`; empty where the kind says it all.
  public var unit: String
  /// Where it stands in the event's bytes.
  public var range: Range<Int>

  public init(kind: String, value: Double, unit: String, range: Range<Int>) {
    self.kind = kind
    self.value = value
    self.unit = unit
    self.range = range
  }
}

/// How much an event belongs to a node of the ontology.
public struct OntologyWeight: Sendable, Equatable {
  /// The node's number in the configuration in force.
  public var node: Int
  /// 0…1, rounded to six decimals.
  public var weight: Double

  public init(node: Int, weight: Double) {
    self.node = node
    self.weight = weight
  }
}

/// A text as a point among texts: 768 signed bytes and one scale. Real values are byte times scale; their length is one up to rounding.
public struct Embedding: Sendable, Equatable {
  public static let dimensions = 768

  /// Stands for an embedding that is there but was not read (see `EventReader`).
  public static let unread = Embedding(values: [Int8](repeating: 0, count: dimensions), scale: 0)

  /// 768 values from −127 to 127.
  public var values: [Int8]
  public var scale: Double
  /// The square root of the sum of the squared bytes.
  public var length: Double

  public init(values: [Int8], scale: Double) {
    precondition(values.count == Embedding.dimensions, "an embedding has 768 dimensions")
    self.values = values
    self.scale = scale
    var sum: Int32 = 0
    for value in values { sum += Int32(value) * Int32(value) }
    length = Double(sum).squareRoot()
  }
}

/// An earlier event and how near it is.
public struct Neighbor: Sendable, Equatable {
  public var id: EventID
  /// Cosine, rounded to six decimals.
  public var similarity: Double

  public init(id: EventID, similarity: Double) {
    self.id = id
    self.similarity = similarity
  }
}

/// How an event relates to what was known.
public enum Relation: UInt8, Sendable, CaseIterable {
  case new, sameStory, nearDuplicate, `repeat`, revision

  public var name: StaticString {
    switch self {
    case .new: "new"
    case .sameStory: "same_story"
    case .nearDuplicate: "near_duplicate"
    case .repeat: "repeat"
    case .revision: "revision"
    }
  }
}

/// The story an event belongs to, as it stood with this event in it.
public struct StoryCluster: Sendable, Equatable {
  /// A UUID of version 8 over the event that began the story.
  public var id: EventID
  public var relation: Relation
  /// Members so far, this one included.
  public var size: Int
  /// Members seen in the last 24 hours, this one included: the n of the novelty score.
  public var recentSize: Int
  /// Distinct publishers so far.
  public var sources: Int
  public var firstSeenAt: Timestamp
  public var firstSource: String
  /// To the nearest member; 1 where an exact key (the same address, URL or revision) joined it.
  public var similarity: Double

  public init(
    id: EventID, relation: Relation, size: Int, recentSize: Int, sources: Int, firstSeenAt: Timestamp, firstSource: String,
    similarity: Double
  ) {
    self.id = id
    self.relation = relation
    self.size = size
    self.recentSize = recentSize
    self.sources = sources
    self.firstSeenAt = firstSeenAt
    self.firstSource = firstSource
    self.similarity = similarity
  }
}

extension StoryCluster {
  /// The id of the story's brief: the same through all revisions.
  public var briefID: EventID { Self.briefID(story: id, firstSeenAt: firstSeenAt) }

  /// The same of a story that is known by its record alone.
  public static func briefID(story: EventID, firstSeenAt: Timestamp) -> EventID {
    var name = NameHash()
    name.add("brief")
    name.add(story.text)
    return EventID(time: firstSeenAt, name: name.finish())
  }
}

/// A metric of an earlier event, with everything needed to find and check its bytes.
public struct PriorNumber: Sendable, Equatable {
  /// `stars`, `price_input_usd`, `amount_usd`.
  public var metric: String
  public var value: Double
  public var event: EventID
  public var source: String
  public var observedAt: Timestamp
  /// In `prowzi.raw`, in the partition being folded.
  public var offset: Offset
  /// Where in that record's value the number stands; `nil` where it was derived.
  public var span: SourceSpan?

  public init(
    metric: String, value: Double, event: EventID, source: String, observedAt: Timestamp, offset: Offset, span: SourceSpan?
  ) {
    self.metric = metric
    self.value = value
    self.event = event
    self.source = source
    self.observedAt = observedAt
    self.offset = offset
    self.span = span
  }
}

/// What the partition remembers about what the event names.
public struct History: Sendable, Equatable {
  /// How often the event's first entity was seen before this event, within the last hour, day and week.
  public var seenInHour = 0
  public var seenInDay = 0
  public var seenInWeek = 0
  /// Stars since the previous snapshot of the repository, divided by the days between them; `nil` for its first snapshot and for restored counts.
  public var starsPerDay: Double?
  /// `starsPerDay` against the repository's own running average; `nil` until there are a few days of it.
  public var starBurst: Double?
  public var forksPerDay: Double?
  /// The previous snapshot's star count.
  public var previousStars: PriorNumber?
  /// Of a model: providers that list it, this one included.
  public var providers: Int?
  /// Of a model: its input price divided by that of the lab's last new model.
  public var priceStep: Double?
  public var previousPrice: PriorNumber?
  /// Of a story: another source's differing amount in dollars.
  public var otherAmount: PriorNumber?
  /// Of a launch: pools or tokens by the same deployer in the last week, this one included.
  public var deployerLaunches: Int?

  public init() {}
}

/// An event with what enrich added: the input of score.
public struct EnrichedEvent: Sendable {
  public var event: Event
  public var enrichment: Enrichment

  /// What is left where an event was taken out: empty, without memory of its own.
  public static let placeholder = EnrichedEvent(
    event: .placeholder,
    enrichment: Enrichment(
      cluster: StoryCluster(
        id: EventID(high: 0, low: 0), relation: .new, size: 0, recentSize: 0, sources: 0, firstSeenAt: Timestamp(milliseconds: 0),
        firstSource: "", similarity: 0)))

  /// Takes the event out of where it stands: stages hand events on and do not keep them, so nothing is copied.
  public init(taking event: inout Event, enrichment: consuming Enrichment) {
    self.event = .placeholder
    self.enrichment = enrichment
    swap(&self.event, &event)
  }

  public init(event: Event, enrichment: Enrichment) {
    self.event = event
    self.enrichment = enrichment
  }
}
