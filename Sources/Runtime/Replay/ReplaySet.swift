import Configuration
import JSON
import Model
import Ports
import Stages

/// What a set of replayed topics was asked for, kept beside it so that it can be gone on with, listed and compared.
///
/// *Shape* of `replays/<name>.json`, canonical JSON: `configuration` (a document, or null), `from` and `to` (milliseconds, or null), `name`,
/// `partitions` (for each the first raw offset, and the one behind the last), `stages`.
public struct ReplaySet: Sendable {
  public var name: String
  public var request: ReplayRequest
  /// By partition: what was in the window when the replay began, so that going on later means the same.
  public var windows: [ReplayWindow]

  static let directory = "replays"
  static func path(_ name: String) -> String { "\(directory)/\(name).json" }

  /// Whether another request asks for the same.
  func asksFor(_ other: ReplayRequest) -> Bool {
    request.from == other.from && request.to == other.to && request.stages == other.stages
      && request.configuration?.digest == other.configuration?.digest
  }

  var bytes: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.key("configuration")
      if let document = request.configuration?.canonicalBytes { json.raw(document, in: 0..<document.count) } else { json.null() }
      json.key("from")
      if let from = request.from { json.number(from.milliseconds) } else { json.null() }
      json.key("name")
      json.string(name)
      json.key("partitions")
      json.array { json in
        for window in windows {
          json.array { json in
            json.number(window.from.value)
            json.number(window.to.value)
          }
        }
      }
      json.key("stages")
      json.array { json in
        for stage in StageName.allCases where request.stages.contains(stage) { json.string(stage.rawValue) }
      }
      json.key("to")
      if let to = request.to { json.number(to.milliseconds) } else { json.null() }
    }
    return json.bytes
  }

  init(name: String, request: ReplayRequest, windows: [ReplayWindow]) {
    self.name = name
    self.request = request
    self.windows = windows
  }

  /// - Throws: `replay.bad_set` for a file that nothing of ours has written.
  init(file: [UInt8], place: String) throws(ProwziError) {
    let bad = ProwziError(
      "replay.bad_set", "this does not say what was replayed", place: place,
      advice: "Drop the set with `prowzi replay drop` and make it again.")
    guard let json = try? JSONDocument(file), let name = json.string(json.member("name", of: json.root)) else { throw bad }
    func time(_ name: StaticString) -> Timestamp? { json.int(json.member(name, of: json.root)).map { Timestamp(milliseconds: $0) } }
    self.name = name
    request = ReplayRequest(from: time("from"), to: time("to"), stages: [])
    for element in json.elements(of: json.member("stages", of: json.root)) {
      guard let stage = json.string(element).flatMap({ StageName(rawValue: $0) }) else { throw bad }
      request.stages.insert(stage)
    }
    let document = json.member("configuration", of: json.root)
    if let document, !json.isNull(document) {
      request.configuration = try CompiledConfiguration(document: Array(file[json.range(document)]))
    }
    windows = []
    for (index, element) in json.elements(of: json.member("partitions", of: json.root)).enumerated() {
      let ends = json.elements(of: element).compactMap { json.int($0) }
      guard ends.count == 2 else { throw bad }
      windows.append(ReplayWindow(partition: PartitionIndex(index), from: Offset(ends[0]), to: Offset(ends[1])))
    }
  }
}

/// How far a set of replayed topics has come.
public struct ReplaySetStatus: Sendable {
  public struct Topic: Sendable {
    public var name: TopicName
    public var records: Int
    public var bytes: Int
    /// By partition: the digest over its records.
    public var digests: [Digest]

    /// SHA-256 over the partitions' digests in order, so that two sets can be compared at a glance.
    public var digest: Digest {
      var bytes: [UInt8] = []
      for digest in digests { digest.append(to: &bytes) }
      return SHA256.digest(of: bytes)
    }
  }

  public var set: ReplaySet
  public var topics: [Topic]
  /// Raw records folded, and how many there are in the window.
  public var folded: Int
  public var total: Int

  public var isComplete: Bool { folded >= total }
}

extension DataDirectory {
  /// The sets of replayed topics, by name.
  public func replaySets() throws(ProwziError) -> [ReplaySetStatus] {
    guard try files.exists(ReplaySet.directory) else { return [] }
    let log = try openReader()
    var found: [ReplaySetStatus] = []
    for name in try files.list(ReplaySet.directory) where name.hasSuffix(".json") {
      if let set = try replaySet(String(name.dropLast(".json".count))) { found.append(try status(of: set, log)) }
    }
    return found
  }

  /// What a set was asked for; `nil` where there is none.
  func replaySet(_ name: String) throws(ProwziError) -> ReplaySet? {
    let path = ReplaySet.path(name)
    guard try files.exists(path) else { return nil }
    return try ReplaySet(file: try Self.read(path, files), place: path)
  }

  /// How far one set has come.
  /// - Throws: `replay.no_set` where there is none.
  public func replaySetStatus(_ name: String) throws(ProwziError) -> ReplaySetStatus {
    _ = try TopicSet(.replay, name)
    guard let set = try replaySet(name) else { throw Self.noSet(name) }
    return try status(of: set, try openReader())
  }

  func status(of set: ReplaySet, _ log: any LogReader) throws(ProwziError) -> ReplaySetStatus {
    let topicSet = try TopicSet(.replay, set.name)
    var status = ReplaySetStatus(set: set, topics: [], folded: 0, total: set.windows.reduce(0) { $0 + $1.count })
    for topic in set.request.topics {
      let name = topicSet.topic(topic)
      guard topics.contains(where: { $0.name == name }) else { continue }
      var entry = ReplaySetStatus.Topic(name: name, records: 0, bytes: 0, digests: [])
      for window in set.windows {
        let bounds = try log.bounds(of: TopicPartition(topic: name, partition: window.partition))
        entry.records += bounds.highWatermark.distance(from: bounds.logStart)
        entry.bytes += bounds.sizeInBytes
        entry.digests.append(bounds.digest)
      }
      status.topics.append(entry)
    }
    for window in set.windows {
      let next = try log.position(of: topicSet.fold, in: window.partition)?.next ?? window.from
      status.folded += max(0, min(next, window.to).distance(from: window.from))
    }
    return status
  }

  /// Removes a set of replayed topics. An interrupted removal is gone on with by the next.
  /// - Throws: `replay.no_set`; `log.locked` where a replay is writing it.
  public func dropReplay(_ name: String) throws(ProwziError) {
    let topicSet = try TopicSet(.replay, name)
    let isKnown = try files.exists(ReplaySet.path(name))
    let hasTopics = sets.contains(topicSet)
    guard isKnown || hasTopics else { throw Self.noSet(name) }
    if hasTopics { try drop(topicSet) }
    guard isKnown else { return }
    try files.remove(ReplaySet.path(name))
    try files.syncDirectory(ReplaySet.directory)
  }

  private static func noSet(_ name: String) -> ProwziError {
    ProwziError(
      "replay.no_set", "nothing was replayed under this name", place: name, advice: "`prowzi replay list` shows what there is.")
  }

  /// Writes down what a set is asked for.
  func write(_ set: ReplaySet) throws(ProwziError) {
    // Synced also where it is there already: whoever made it may not have come to that.
    try files.createDirectory(ReplaySet.directory)
    try files.syncDirectory("")
    try Self.write(set.bytes, to: ReplaySet.path(set.name), files)
  }
}
