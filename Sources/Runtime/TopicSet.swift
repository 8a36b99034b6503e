import Model
import Ports
import SegmentLog
import Stages
import Topics

/// A set of derived topics under one prefix, with a journal and a lock of its own.
///
/// The live set is `prowzi.*`. Replays and candidates write sets of their own, so that nothing they do can wait for, hold up or be mistaken for
/// what the pipeline writes; a set that is dropped leaves nothing behind.
public struct TopicSet: Hashable, Sendable {
  public enum Role: String, Sendable, CaseIterable {
    case live, replay, candidate, shadow
  }

  public let role: Role
  /// `summer`, or a scorer's `name.version`; empty for the live set.
  public let name: String

  /// What `prowzi run` writes.
  public static let live = TopicSet(role: .live, name: "")

  private init(role: Role, name: String) {
    self.role = role
    self.name = name
  }

  /// A set beside the live one.
  /// - Throws: `topics.bad_name` for a name that is not lower-case letters, digits, dots and hyphens (1 to 80 of them).
  public init(_ role: Role, _ name: String) throws(ProwziError) {
    let isPlain = name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d || $0 == 0x2e }
    guard role != .live, isPlain, (1...80).contains(name.utf8.count), !name.hasPrefix("."), !name.hasSuffix("."), !name.contains("..")
    else {
      throw ProwziError(
        "topics.bad_name", "this cannot be part of a topic's name", place: name,
        advice: "Use lower-case letters, digits, dots and hyphens, at most 80.")
    }
    self.init(role: role, name: name)
  }

  /// `prowzi.`, or `prowzi.replay.summer.`.
  var prefix: String { role == .live ? "prowzi." : "prowzi.\(role.rawValue).\(name)." }

  /// The owner of its topics in the log, and the name of its fold in commits and checkpoints.
  public var fold: String { role == .live ? pipelineFold : "\(role.rawValue).\(name)" }

  /// The name of one of its topics.
  public func topic(_ topic: DerivedTopic) -> TopicName {
    if role == .live { return topic.name }
    guard let name = TopicName(prefix + topic.name.text.dropFirst("prowzi.".count)) else {
      preconditionFailure("a checked name makes a topic name")
    }
    return name
  }

  /// The set a topic belongs to.
  /// - Returns: `nil` for topics that are in no set, such as `prowzi.raw`.
  init?(of topic: TopicName) {
    if DerivedTopic.allCases.contains(where: { $0.name == topic }) {
      self = .live
      return
    }
    for role in Role.allCases where role != .live {
      let start = "prowzi.\(role.rawValue)."
      guard topic.text.hasPrefix(start), let dot = topic.text.lastIndex(of: ".") else { continue }
      let name = topic.text[..<dot].dropFirst(start.count)
      if name.isEmpty { return nil }
      self.init(role: role, name: String(name))
      return
    }
    return nil
  }
}

extension DataDirectory {
  /// The sets beside the live one, by role and name.
  public var sets: [TopicSet] {
    var found: [TopicSet] = []
    for topic in topics.sorted(by: { $0.name < $1.name }) {
      if let set = TopicSet(of: topic.name), set != .live, !found.contains(set) { found.append(set) }
    }
    return found
  }

  /// A data directory that knows the topics of a set too, made where they are missing.
  /// - Parameter stages: the topics it has.
  public func adding(_ set: TopicSet, topics wanted: [DerivedTopic]) throws(ProwziError) -> DataDirectory {
    var all = topics
    for topic in wanted {
      let name = set.topic(topic)
      if all.contains(where: { $0.name == name }) { continue }
      guard var definition = topics.first(where: { $0.name == topic.name }) else { continue }
      definition.name = name
      definition.owner = set.fold
      definition.retentionMilliseconds = nil
      definition.retentionBytes = nil
      definition.purpose = "\(definition.purpose) Of the \(set.role.rawValue) \(set.name)."
      try Self.write(definition.fileBytes, to: "\(Self.topicDirectory)/\(name).json", files)
      all.append(definition)
    }
    return DataDirectory(path: path, files: files, topics: all, logOptions: logOptions)
  }

  /// Removes a set: its topics, journal and checkpoints.
  ///
  /// The definitions go first, so that what an interruption leaves behind is no topic any more; dropping again removes the rest.
  /// - Throws: `log.locked` where something still writes it; `topics.no_set` where there is none.
  public func drop(_ set: TopicSet) throws(ProwziError) {
    precondition(set != .live, "the live topics are not dropped")
    let mine = topics.filter { TopicSet(of: $0.name) == set }
    guard !mine.isEmpty else {
      throw ProwziError(
        "topics.no_set", "there is no \(set.role.rawValue) of this name", place: set.name,
        advice: "`prowzi topics list` shows what there is.")
    }
    let lock = try SegmentLog.lock(files, owner: set.fold)
    defer { lock.release() }
    for topic in mine { try files.remove("\(Self.topicDirectory)/\(topic.name).json") }
    try files.syncDirectory(Self.topicDirectory)
    try SegmentLog.remove(files, owner: set.fold, topics: mine)
    try CheckpointStore(files: files, fold: set.fold).removeAll(partitions: partitions)
  }
}
