import Configuration
import Fold
import JSON
import Model
import Ports
import RecordFormat
import Scorers
import SegmentLog
import Stages

/// A scorer that judges events beside the one in force: a backfill over history, or a shadow of what is yet to come.
///
/// Both are the same fold, of the last three stages over enriched events, from the state that the pipeline had at their beginning. So a candidate
/// shows what would be recorded had the scorer been promoted at that moment, byte for byte, and its topics differ from the live ones in nothing but
/// what the scorer changes. Nothing else is touched: its topics, journal and checkpoints are its own.
///
/// *Shape* of its file, `candidates/<role>.<name>.<version>.json`: canonical JSON with the scorer's label and whole document, where each partition
/// begins and ends (raw offsets; `ends` is missing while a shadow goes on), the window that was asked for, and when it was made.
public struct Candidate: Sendable {
  public let set: TopicSet
  /// `name@version`.
  public let label: String
  /// The whole scorer document, canonical.
  public let document: [UInt8]
  /// What was asked for; `nil` where the log's own ends were meant.
  public let from: Timestamp?
  public let to: Timestamp?
  /// By partition: the first raw offset whose events it judges.
  public let starts: [Offset]
  /// By partition: the raw offset it stops before; `nil` for a shadow that goes on.
  public internal(set) var ends: [Offset]?
  public let createdAt: Timestamp

  /// The topics a candidate has.
  public static let topics: [DerivedTopic] = [.scored, .banded, .briefs, .deadletters]

  static let directory = "candidates"

  /// The set of topics of a scorer in a role.
  public static func set(_ role: TopicSet.Role, of scorer: CompiledScorer) throws(ProwziError) -> TopicSet {
    try TopicSet(role, "\(scorer.name).\(scorer.version)")
  }

  var path: String { "\(Self.directory)/\(set.fold).json" }

  /// What is made of each configuration: the same with this scorer in force.
  func revised(_ configuration: CompiledConfiguration) throws(ProwziError) -> CompiledConfiguration {
    try CompiledConfiguration.shared(document: configuration.document(withScorer: document))
  }

  // MARK: Its file

  /// The candidates there are, by role, name and version.
  public static func all(in directory: DataDirectory) throws(ProwziError) -> [Candidate] {
    let files = directory.files
    guard try files.exists(Self.directory) else { return [] }
    var found: [Candidate] = []
    for name in try files.list(Self.directory) where name.hasSuffix(".json") {
      let path = "\(Self.directory)/\(name)"
      found.append(try Candidate(file: try DataDirectory.read(path, files), place: path))
    }
    return found
  }

  /// The candidate of a scorer in a role; `nil` where there is none.
  public static func find(_ role: TopicSet.Role, _ scorer: CompiledScorer, in directory: DataDirectory) throws(ProwziError) -> Candidate? {
    let set = try set(role, of: scorer)
    return try all(in: directory).first { $0.set == set }
  }

  func write(in directory: DataDirectory) throws(ProwziError) {
    let files = directory.files
    // Synced also where it is there already: whoever made it may not have come to that.
    try files.createDirectory(Self.directory)
    try files.syncDirectory("")
    try DataDirectory.write(fileBytes, to: path, files)
  }

  /// Removes its topics, checkpoints, journal and file.
  /// - Throws: `log.locked` where it is being folded.
  public func drop(from directory: DataDirectory) throws(ProwziError) {
    if directory.sets.contains(set) { try directory.drop(set) }
    try directory.files.remove(path)
    try directory.files.syncDirectory(Self.directory)
  }

  private var fileBytes: [UInt8] {
    func offsets(_ list: [Offset], _ json: inout JSONWriter) {
      json.array { json in
        for offset in list { json.number(offset.value) }
      }
    }
    var json = JSONWriter()
    json.object { json in
      json.key("created_at")
      json.number(createdAt.milliseconds)
      json.key("document")
      json.raw(document, in: 0..<document.count)
      if let ends {
        json.key("ends")
        offsets(ends, &json)
      }
      if let from {
        json.key("from")
        json.number(from.milliseconds)
      }
      json.key("name")
      json.string(set.name)
      json.key("role")
      json.string(set.role.rawValue)
      json.key("scorer")
      json.string(label)
      json.key("starts")
      offsets(starts, &json)
      if let to {
        json.key("to")
        json.number(to.milliseconds)
      }
    }
    return json.bytes
  }

  private init(file bytes: [UInt8], place: String) throws(ProwziError) {
    func invalid() -> ProwziError {
      ProwziError("candidate.invalid", "the file does not describe a candidate", place: place, advice: "Remove it and fold again.")
    }
    guard let json = try? JSONDocument(bytes), let name = json.string(json.member("name", of: json.root)),
      let role = json.string(json.member("role", of: json.root)).flatMap(TopicSet.Role.init(rawValue:)), role != .live,
      let label = json.string(json.member("scorer", of: json.root)), let document = json.member("document", of: json.root),
      let created = json.int(json.member("created_at", of: json.root))
    else { throw invalid() }
    func offsets(_ member: StaticString) -> [Offset]? {
      json.member(member, of: json.root).map { json.elements(of: $0).compactMap { json.int($0).map { Offset($0) } } }
    }
    guard let starts = offsets("starts") else { throw invalid() }
    var canonical = JSONWriter()
    json.appendCanonical(document, to: &canonical)
    set = try TopicSet(role, name)
    self.label = label
    self.document = canonical.bytes
    from = json.int(json.member("from", of: json.root)).map { Timestamp(milliseconds: $0) }
    to = json.int(json.member("to", of: json.root)).map { Timestamp(milliseconds: $0) }
    self.starts = starts
    ends = offsets("ends")
    createdAt = Timestamp(milliseconds: created)
  }

  init(
    set: TopicSet, scorer: CompiledScorer, from: Timestamp?, to: Timestamp?, starts: [Offset], ends: [Offset]?, createdAt: Timestamp
  ) {
    self.set = set
    label = scorer.label
    document = scorer.canonicalBytes
    self.from = from
    self.to = to
    self.starts = starts
    self.ends = ends
    self.createdAt = createdAt
  }

  // MARK: Its fold

  /// One partition of it, taken up where its last commit left it.
  /// - Parameters:
  ///   - log: opened to write the set's topics.
  ///   - archive: the states to begin with; `nil` takes the directory's.
  func task(
    _ partition: PartitionIndex, _ directory: DataDirectory, _ log: any LogReader & LogWriter, archive: StateArchive? = nil, end: EndMark,
    settings: RunSettings
  ) throws(ProwziError) -> PartitionTask<EnrichedFeed> {
    let start = starts[Int(partition.value)]
    return try PartitionTask<EnrichedFeed>(
      partition: partition, set: set, topics: Self.topics, log: log, store: CheckpointStore(files: directory.files, fold: set.fold),
      settings: settings, end: end, pipeline: Assessment(),
      prepare: { (fold) throws(ProwziError) in try fold.revise(self.revised) },
      beginning: { () throws(ProwziError) in
        let window = ReplayWindow(partition: partition, from: start, to: start)
        var replay = try PartitionReplay<EnrichedFeed>(window, archive ?? StateArchive(directory), log)
        while try replay.approach(BatchSize()) > 0 {}
        var fold = replay.fold.continuing(with: Assessment()) { $0 }
        try fold.revise(self.revised)
        return fold
      })
  }
}

/// How far a candidate has come.
public struct CandidateStatus: Sendable {
  public var candidate: Candidate
  public var events: Int
  public var briefs: Int
  /// Raw records whose events are still to be judged.
  public var left: Int

  /// All candidates of a data directory.
  public static func all(in directory: DataDirectory) throws(ProwziError) -> [CandidateStatus] {
    let log = try directory.openReader()
    var found: [CandidateStatus] = []
    for candidate in try Candidate.all(in: directory) {
      var status = CandidateStatus(candidate: candidate, events: 0, briefs: 0, left: 0)
      let hasTopics = directory.sets.contains(candidate.set)
      for (index, start) in candidate.starts.enumerated() {
        let partition = PartitionIndex(index)
        let folded = try log.position(of: pipelineFold, in: partition)?.next ?? .zero
        let end = min(candidate.ends?[index] ?? folded, folded)
        let next = try hasTopics ? log.position(of: candidate.set.fold, in: partition)?.next ?? start : start
        status.left += max(0, end.distance(from: next))
        guard hasTopics else { continue }
        func count(_ topic: DerivedTopic) throws(ProwziError) -> Int {
          Int(try log.bounds(of: TopicPartition(topic: candidate.set.topic(topic), partition: partition)).highWatermark.value)
        }
        status.events += try count(.banded)
        status.briefs += try count(.briefs)
      }
      found.append(status)
    }
    return found
  }
}
