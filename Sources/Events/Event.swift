import Model

/// What part of the world an event is about.
public enum Domain: UInt8, Sendable, CaseIterable {
  case ai = 0
  case crypto = 1

  public var name: StaticString { self == .ai ? "ai" : "crypto" }
}

/// What an event is.
public enum Kind: UInt8, Sendable, CaseIterable {
  case paper, repoPush, repoRelease, repoStars, advisory, modelRelease, news, exploit, fundingRound, tokenListing, tokenLaunch,
    poolActivity, generic

  /// The public name, as in records and on the command line.
  public var name: StaticString {
    switch self {
    case .paper: "paper"
    case .repoPush: "repo_push"
    case .repoRelease: "repo_release"
    case .repoStars: "repo_stars"
    case .advisory: "advisory"
    case .modelRelease: "model_release"
    case .news: "news"
    case .exploit: "exploit"
    case .fundingRound: "funding_round"
    case .tokenListing: "token_listing"
    case .tokenLaunch: "token_launch"
    case .poolActivity: "pool_activity"
    case .generic: "generic"
    }
  }

  public init?(name: String) {
    guard let kind = Kind.allCases.first(where: { "\($0.name)" == name }) else { return nil }
    self = kind
  }
}

/// Where in the raw record's value a piece of an event was read from, so that a claim can be bound to those very bytes.
public struct SourceSpan: Sendable, Equatable {
  /// How the bytes of the span spell the text.
  public enum Encoding: UInt8, Sendable, CaseIterable {
    /// Byte for byte.
    case plain = 0
    /// Inside a JSON string: backslash escapes.
    case json = 1
    /// Inside XML text or an attribute: entities and character references.
    case xml = 2
    /// Inside a quoted CSV field: doubled quotes.
    case csv = 3
    /// XML text inside a JSON string (a recorded response body): both.
    case xmlInJSON = 4
    /// A JSON string inside a JSON string: escapes twice over.
    case jsonInJSON = 5
  }

  public var start: Int32
  public var end: Int32
  public var encoding: Encoding

  public init(_ range: Range<Int>, _ encoding: Encoding) {
    start = Int32(truncatingIfNeeded: range.lowerBound)
    end = Int32(truncatingIfNeeded: range.upperBound)
    self.encoding = encoding
  }

  public var range: Range<Int> { Int(start)..<Int(end) }
}

/// A piece of text in an event: a range of the event's own bytes, and where in the raw value it came from (`nil`: derived, not read).
public struct Field: Sendable, Equatable {
  public var start: Int32
  public var end: Int32
  public var span: SourceSpan?

  public init(_ range: Range<Int>, from span: SourceSpan?) {
    start = Int32(truncatingIfNeeded: range.lowerBound)
    end = Int32(truncatingIfNeeded: range.upperBound)
    self.span = span
  }

  @inlinable public var range: Range<Int> { Int(start)..<Int(end) }
  public var isEmpty: Bool { start == end }
}

/// A number in an event: a count, an amount, a price.
public struct Metric: Sendable, Equatable {
  /// Snake case with the unit at its end where there is one (`amount_usd`, `stars`, `context_tokens`). Names of up to 15 bytes cost no allocation.
  public var name: String
  public var value: Double
  public var span: SourceSpan?

  public init(_ name: String, _ value: Double, from span: SourceSpan?) {
    self.name = name
    self.value = value
    self.span = span
  }
}

/// A thing that an event names.
public struct Entity: Sendable, Equatable {
  /// `repository`, `author`, `organization`, `protocol`, `chain`, `token`, `pool`, `model`, `provider`, `address`, `transaction`, `paper`,
  /// `doi`, `cve`, `ghsa`, `ticker`, `investor`, `product`, `url`.
  public var type: String
  /// In the event's bytes, in canonical spelling.
  public var id: Field
  /// Said by the source's own structure rather than found in its prose.
  public var isDeclared: Bool

  public init(type: String, id: Field, isDeclared: Bool) {
    self.type = type
    self.id = id
    self.isDeclared = isDeclared
  }
}

/// A short named text beside the metrics: `round`, `technique`, `chain`, `action`, `provider`, `tag`, `symbol`, `category`.
public struct Fact: Sendable, Equatable {
  public var name: String
  public var value: Field

  public init(_ name: String, _ value: Field) {
    self.name = name
    self.value = value
  }
}

/// What is odd about an event; each is kept and shown.
public struct EventFlags: OptionSet, Sendable {
  public var rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The source gave a day and no time of day.
  public static let timeDayOnly = EventFlags(rawValue: 1)
  /// The source's time lies later than observed by more than the allowed skew; treated as observed.
  public static let timeFuture = EventFlags(rawValue: 2)
  /// The source gave no time; the observed time stands in.
  public static let timeMissing = EventFlags(rawValue: 4)
  /// Stars rose without forks.
  public static let starsWithoutForks = EventFlags(rawValue: 8)
  /// Two sources give different amounts for one story.
  public static let conflictingAmounts = EventFlags(rawValue: 16)
  /// The text was longer than what is kept for analysis.
  public static let textCut = EventFlags(rawValue: 32)

  /// Public names, in the order of their bits.
  public static let names: [(flag: EventFlags, name: StaticString)] = [
    (.timeDayOnly, "time.day_only"), (.timeFuture, "time.future"), (.timeMissing, "time.missing"),
    (.starsWithoutForks, "stars.without_forks"), (.conflictingAmounts, "amounts.conflicting"), (.textCut, "text.cut"),
  ]
}

/// A canonical event: what normalize makes of one item of a raw record.
///
/// All text lives in `bytes`, one array an event; everything else points into it. Ranges are of valid UTF-8.
public struct Event: Sendable {
  public var bytes: [UInt8] = []
  public var id = EventID(high: 0, low: 0)
  public var tenant: String = "shared"
  public var observedAt = Timestamp(milliseconds: 0)
  /// The source's claim, or the observed time where there is none (see `flags`).
  public var occurredAt = Timestamp(milliseconds: 0)
  public var domain: Domain
  /// False where the source speaks of everything, and the vocabulary must decide.
  public var isDomainKnown = true
  public var kind: Kind
  /// `^[a-z0-9_]+$`.
  public var source: String
  public var flags: EventFlags = []
  /// What the source calls this item; the same again is a repeat or a revision.
  public var naturalID = Field(0..<0, from: nil)
  /// 1 for the first content seen under a natural id.
  public var revision = 1
  public var title: Field?
  public var body: Field?
  /// Canonical (lower-case host, no fragment, no tracking parameters, sorted query).
  public var url: Field?
  /// What the source itself files the item under: `cs.CL`, `reentrancy`, a keyword.
  public var hints: [Field] = []
  /// In ascending order of their names.
  public var metrics: [Metric] = []
  /// In ascending order of their names.
  public var facts: [Fact] = []
  public var entities: [Entity] = []
  public var contentHash = Digest.zero
  /// Where the raw record lies, and which of its items this is (0 for the first).
  public var rawPartition = PartitionIndex(0)
  public var rawOffset = Offset(0)
  public var item = 0
  /// The raw record's key, which its events keep.
  public var routingKey: [UInt8] = []

  /// What is left where an event was taken out: empty, without memory of its own.
  public static let placeholder = Event(source: "", kind: .generic, domain: .ai)

  public init(source: String, kind: Kind, domain: Domain) {
    self.source = source
    self.kind = kind
    self.domain = domain
  }

  /// The text of a field, for cold paths.
  public func text(_ field: Field?) -> String? { field.map { String(decoding: bytes[$0.range], as: UTF8.self) } }

  /// The metric with this name.
  public func metric(_ name: String) -> Metric? { metrics.first { $0.name == name } }

  /// The fact with this name.
  public func fact(_ name: String) -> Fact? { facts.first { $0.name == name } }

  /// Appends text of our own making and answers where it lies.
  public mutating func store(_ text: some Sequence<UInt8>, from span: SourceSpan? = nil) -> Field {
    let start = bytes.count
    bytes.append(contentsOf: text)
    return Field(start..<bytes.count, from: span)
  }
}
