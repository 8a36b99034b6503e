import Model
import Ports
import SegmentLog
import Topics

extension DataDirectory {
  /// The topics that files can speak of: sets that replays and candidates have made come and go with them.
  public var standingTopics: [TopicDefinition] { topics.filter { TopicSet(of: $0.name) ?? .live == .live } }

  /// Brings the topics to what a plan says. Processes that are running go on with the definitions they began with.
  /// - Parameter removing: topics of the plan's `extra` to remove, with every record in them.
  /// - Throws: `topic.impossible`; `log.locked` where something still writes a topic that is to go.
  public func apply(_ plan: TopicPlan, removing: [TopicDefinition] = []) throws(ProwziError) {
    if let (topic, difference) = plan.impossible {
      throw ProwziError(
        "topic.impossible", "\(difference.member) is \(difference.present) and cannot become \(difference.wanted)", place: "\(topic)",
        advice: "Make a new data directory with `prowzi init` and fold the history into it.")
    }
    // Directories first: a definition promises that they are there.
    try SegmentLog.create(files, topics: plan.missing)
    for definition in plan.missing + plan.different.map(\.wanted) {
      try Self.write(definition.fileBytes, to: "\(Self.topicDirectory)/\(definition.name).json", files)
    }
    for topic in removing {
      precondition(plan.extra.contains(topic), "only what no file speaks of is removed")
      try remove(topic)
    }
  }

  /// Removes a topic whose owner has no other.
  private func remove(_ topic: TopicDefinition) throws(ProwziError) {
    guard !topics.contains(where: { $0.owner == topic.owner && $0.name != topic.name }) else {
      throw ProwziError(
        "topic.impossible", "its owner '\(topic.owner)' has other topics, and they share a journal", place: "\(topic.name)",
        advice: "Leave it, or give topics of your own an owner each.")
    }
    let lock = try SegmentLog.lock(files, owner: topic.owner)
    defer { lock.release() }
    try files.remove("\(Self.topicDirectory)/\(topic.name).json")
    try files.syncDirectory(Self.topicDirectory)
    try SegmentLog.remove(files, owner: topic.owner, topics: [topic])
  }
}
