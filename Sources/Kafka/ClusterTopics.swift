import Model
import Ports
import Topics

/// The topics of a pipeline as a cluster has them, compared with their files and brought to what those say.
///
/// A cluster keeps partitions and settings; what else a file says (owner, key, purpose, codec, schema) is Prowzi's own and is never different there.
public struct ClusterTopics {
  private let settings: KafkaSettings
  private let handle: KafkaHandle
  /// Partitions by topic, of those that are there.
  private let counts: [TopicName: Int]

  /// Asks the cluster what is there.
  public init(_ settings: KafkaSettings, events: KafkaEvents) throws(ProwziError) {
    self.settings = settings
    handle = try KafkaHandle(.producer, settings, ours: [("allow.auto.create.topics", "false")], events: events)
    var counts: [TopicName: Int] = [:]
    for (text, partitions) in try handle.metadata(patience: settings.connectPatience) where text.hasPrefix("prowzi.") {
      // One that may not be used matters only where its name is one of ours, and then the request about it says so.
      guard let name = TopicName(text) else { continue }
      counts[name] = try partitions.get()
    }
    self.counts = counts
  }

  /// How many partitions the pipeline has; `nil` where there is none.
  public var partitions: Int? { counts[.rawInput] }

  /// The built-in files with this pipeline's number of partitions.
  public func files() throws(ProwziError) -> [TopicDefinition] {
    try TopicFiles.builtIn(partitions: partitions) + TopicFiles.cluster(partitions: partitions)
  }

  /// What is there, with what the cluster does not keep taken from `files`.
  public func present(_ files: [TopicDefinition]) throws(ProwziError) -> [TopicDefinition] {
    let names = counts.keys.sorted()
    let settings = try described(names)
    var found: [TopicDefinition] = []
    for name in names {
      var topic =
        files.first { $0.name == name }
        ?? TopicDefinition(name: name, purpose: "No file speaks of it.", key: "-", owner: "-", codec: .none)
      topic.partitions = counts[name] ?? 0
      func number(_ setting: String, _ whereMissing: Int64) -> Int64 {
        settings[name]?[setting].flatMap { Int64($0.value) } ?? whereMissing
      }
      // Where a broker does not tell a setting, Kafka's own default holds.
      let (time, size) = (number("retention.ms", 7 * .day), number("retention.bytes", -1))
      topic.retentionMilliseconds = time < 0 ? nil : time
      topic.retentionBytes = size < 0 ? nil : size
      topic.segmentBytes = Int(number("segment.bytes", 1 << 30))
      topic.segmentMilliseconds = number("segment.ms", 7 * .day)
      topic.isCompacted = settings[name]?["cleanup.policy"]?.value.contains("compact") ?? false
      found.append(topic)
    }
    return found
  }

  private func described(_ names: [TopicName]) throws(ProwziError) -> [TopicName: [String: KafkaAdmin.Setting]] {
    names.isEmpty ? [:] : try KafkaAdmin.describe(names, with: handle)
  }

  /// What brings the topics to what `wanted` says.
  public func plan(_ wanted: [TopicDefinition]) throws(ProwziError) -> TopicPlan {
    var plan = TopicPlan(wanted: wanted, present: try present(wanted))
    let settings = try described(counts.keys.sorted())
    for topic in wanted where counts[topic.name] != nil {
      // With another value the broker would change records: their times, or their batches.
      for name in ["message.timestamp.type", "compression.type"] {
        guard let there = settings[topic.name]?[name]?.value, let value = KafkaAdmin.settings(of: topic).first(where: { $0.0 == name })?.1,
          there != value
        else { continue }
        plan.add(TopicDifference(member: name, present: there, wanted: value, effect: .harmless), to: topic)
      }
    }
    return plan
  }

  /// Carries out a plan.
  /// - Parameters:
  ///   - removing: topics of the plan's `extra` to remove, with every record in them.
  ///   - replication: copies of each partition of what is made; -1 for the cluster's default.
  /// - Throws: `topic.impossible`; `kafka.unsupported` where the broker does not do what it was asked for.
  public func apply(_ plan: TopicPlan, removing: [TopicDefinition] = [], replication: Int = -1) throws(ProwziError) {
    if let (topic, difference) = plan.impossible {
      throw ProwziError(
        "topic.impossible", "\(difference.member) is \(difference.present) and cannot become \(difference.wanted)", place: "\(topic)",
        advice: "Records would move between partitions. Copy the history to a pipeline of its own with `prowzi mirror`, or ingest it there."
      )
    }
    if !plan.missing.isEmpty { try KafkaAdmin.make(plan.missing, replication: replication, with: handle) }
    let names = plan.different.map(\.wanted.name)
    let there = try described(names)
    var changes: [(topic: TopicName, settings: [String: String])] = []
    for (topic, _) in plan.different {
      // The request replaces all that a topic has of its own, so what others have set goes along.
      var all = (there[topic.name] ?? [:]).filter(\.value.isOwn).mapValues(\.value)
      for (name, value) in KafkaAdmin.settings(of: topic) { all[name] = value }
      changes.append((topic.name, all))
    }
    try KafkaAdmin.change(changes, with: handle)
    let after = try described(names)
    for (topic, _) in plan.different {
      for (name, value) in KafkaAdmin.settings(of: topic) where after[topic.name]?[name]?.value != value {
        throw ProwziError(
          .kafkaUnsupported,
          "the broker was asked for \(name)=\(value) and still has \(after[topic.name]?[name]?.value ?? "no such setting")",
          place: "\(topic.name)", advice: "Set it with the broker's own tools.")
      }
    }
    for topic in removing { precondition(plan.extra.contains(topic), "only what no file speaks of is removed") }
    if !removing.isEmpty { try KafkaAdmin.delete(removing.map(\.name), with: handle) }
  }
}
