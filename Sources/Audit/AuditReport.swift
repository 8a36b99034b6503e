import Events
import Inspect
import Model
import Stages

/// Everything that an audit found out about a brief, an event or a rejected record: the recorded chain down to the raw bytes, and for each step
/// whether folding again makes the same record.
///
/// A value made of values: whoever renders it needs no log.
public struct AuditReport: Sendable {
  /// What was asked about.
  public enum Subject: String, Sendable {
    case brief, event
    /// A record of `prowzi.raw`, named by its place.
    case raw
    /// A dead letter, named by its place or by the id of the brief that it would have been.
    case deadLetter = "dead_letter"
  }

  public var subject: Subject
  /// As it was asked for: an id, or topic/partition/offset.
  public var name: String
  public var brief: BriefNode?
  /// Of an event: the brief that tells its story, where there is one.
  public var storyBrief: BriefSummary?
  /// Of an event that no brief tells of: why not.
  public var whyNoBrief: String?
  /// The events behind the subject, the one that decides first.
  public var events: [EventChain] = []
  /// Members of the brief's story that no claim rests on.
  public var others: [EventSummary] = []
  public var deadLetters: [DeadLetterNode] = []
  /// The configurations in force, in the order in which the chain meets them.
  public var configurations: [ConfigurationNode] = []
  /// What was folded again.
  public var folds: [FoldSpan] = []
  /// The audit was interrupted before everything was folded again.
  public var wasStopped = false
  /// The program that made the audit, such as `prowzi 0.1.0`.
  public var program = ""

  public init(_ subject: Subject, name: String) {
    self.subject = subject
    self.name = name
  }
}

/// A derived record of the chain.
public struct ChainStep: Sendable {
  public var topic: DerivedTopic
  public var record: LogRecord
  public var reproduction = Reproduction.unchecked("it was not folded again")

  public init(_ topic: DerivedTopic, _ record: LogRecord) {
    self.topic = topic
    self.record = record
  }

  /// The stage and its version: `score/1`.
  public var stage: String { record.header("prowzi-stage") ?? "unknown" }
  /// The first 16 hexadecimal digits of the digest of the configuration in force.
  public var configuration: String { record.header("prowzi-config") ?? "" }
  /// The raw record that caused it, and the how-manieth of the topic it is: `prowzi.raw/1/339#1`.
  public var input: String { record.header("prowzi-input") ?? "" }
  /// The raw record's place; `nil` where the header is missing or damaged.
  public var rawPlace: Coordinates? { input.split(separator: "#").first.flatMap { Coordinates(String($0)) } }
}

/// One event from its band down to the raw bytes.
public struct EventChain: Sendable {
  public var id: EventID
  /// What the subject has of it, in words: `scores`, `headline`, `caused this revision`.
  public var roles: [String] = []
  /// Banded, scored, enriched, normalized: those that are recorded.
  public var steps: [ChainStep]
  /// The raw record; `nil` where it is no longer kept.
  public var raw: LogRecord?
  public var rawPlace: Coordinates
  public var item = 0
  public var evaluation: StoredEvaluation?
  public var arithmetic: Arithmetic?
  public var enrichment: StoredEnrichment?
  /// What the neighbours are called, by their place among `enrichment.neighbors`.
  public var neighborTitles: [String?] = []

  public init(id: EventID, steps: [ChainStep], rawPlace: Coordinates) {
    self.id = id
    self.steps = steps
    self.rawPlace = rawPlace
  }

  public func step(_ topic: DerivedTopic) -> ChainStep? { steps.first { $0.topic == topic } }

  public var title: String? { evaluation?.event?.title }
}

/// One revision of a brief.
public struct BriefNode: Sendable {
  public var step: ChainStep
  public var brief: StoredBrief
  /// All revisions, oldest first.
  public var revisions: [BriefSummary]
  public var evidence: [EvidenceCheck] = []
  /// The record that caused this revision, where that is no member's: a tick, or a retraction.
  public var cause: LogRecord?

  public init(step: ChainStep, brief: StoredBrief, revisions: [BriefSummary]) {
    self.step = step
    self.brief = brief
    self.revisions = revisions
  }
}

/// A brief in a line.
public struct BriefSummary: Sendable, Equatable {
  public var id: String
  public var revision: Int
  public var status: String
  public var headline: String
  public var time: Timestamp
  public var place: Coordinates

  public init(_ brief: StoredBrief) {
    id = brief.id
    revision = brief.revision
    status = brief.status
    headline = brief.headline
    time = brief.time
    place = brief.place
  }
}

/// An event in a line.
public struct EventSummary: Sendable, Equatable {
  public var id: String
  public var title: String?
  public var band: String?
  public var total: Double?
}

/// What could not be used, and why.
public struct DeadLetterNode: Sendable {
  public var step: ChainStep
  public var code: String
  public var message: String
  /// Where in the raw value reading stopped.
  public var byte: Int?
  /// The rejected raw record; `nil` where it is no longer kept.
  public var raw: LogRecord?

  public init(step: ChainStep, raw: LogRecord?) {
    self.step = step
    self.raw = raw
    code = step.record.header("prowzi-error-code") ?? ""
    message = step.record.header("prowzi-error-message") ?? ""
    byte = step.record.header("prowzi-error-byte").flatMap { Int($0) }
  }
}

/// A configuration in force, and the record that put it there.
public struct ConfigurationNode: Sendable {
  /// The first 16 hexadecimal digits of the digest, as in the headers.
  public var short: String
  public var digest: Digest?
  /// The control record; `nil` where it is not found (any more).
  public var place: Coordinates?
  public var time: Timestamp?
  /// `name@version`; `nil` where the document cannot be read.
  public var scorer: String?
  public var sizeInBytes = 0
  /// The canonical document.
  public var document: [UInt8] = []

  public init(short: String) { self.short = short }
}

/// A stretch of raw records that was folded again.
public struct FoldSpan: Sendable, Equatable {
  public var partition: PartitionIndex
  /// The checkpoint it began at; `nil` where it began at the beginning.
  public var checkpoint: Offset?
  /// The raw records folded: from (included) to (excluded).
  public var from: Offset
  public var to: Offset

  public init(partition: PartitionIndex, checkpoint: Offset?, from: Offset, to: Offset) {
    self.partition = partition
    self.checkpoint = checkpoint
    self.from = from
    self.to = to
  }

  public var records: Int { to.distance(from: from) }
}

// MARK: The verdict

extension AuditReport {
  /// Every derived record of the chain.
  public var steps: [ChainStep] { (brief.map { [$0.step] } ?? []) + events.flatMap(\.steps) + deadLetters.map(\.step) }

  public var reproduced: Int { steps.filter { $0.reproduction.isReproduced }.count }
  public var different: Int { steps.filter { $0.reproduction.isDifferent }.count }
  public var unchecked: Int { steps.count - reproduced - different }

  /// What is wrong beside records that differ: arithmetic that does not add up, evidence whose bytes are not what they were.
  public var faults: [String] {
    var found: [String] = []
    for event in events { found += (event.arithmetic?.faults ?? []).map { "event \(event.id): \($0)" } }
    for (number, item) in (brief?.evidence ?? []).enumerated() {
      if let fault = item.fault { found.append("evidence [\(number + 1)] \"\(item.evidence.claim)\": \(fault)") }
    }
    return found
  }

  /// Whether everything that could be checked is as recorded.
  public var isSound: Bool { different == 0 && faults.isEmpty }

  public var foldedRecords: Int { folds.reduce(0) { $0 + $1.records } }
}
