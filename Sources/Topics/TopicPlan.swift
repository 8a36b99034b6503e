import Model
import Ports

/// One member in which a topic differs from its file.
public struct TopicDifference: Sendable, Equatable {
  /// What bringing them together means for what is recorded.
  public enum Effect: Sendable, Equatable {
    /// Nothing that is recorded changes.
    case harmless
    /// Records may go that would have been kept.
    case shrinks
    /// It cannot be done to a topic that is there: partition count and owner are what a topic is.
    case impossible
  }

  /// The member of the topic file, such as `retention_ms`.
  public var member: String
  public var present: String
  public var wanted: String
  public var effect: Effect

  public init(member: String, present: String, wanted: String, effect: Effect) {
    (self.member, self.present, self.wanted, self.effect) = (member, present, wanted, effect)
  }
}

/// What brings the topics that are there to what the topic files say.
///
/// A value, made before anything is changed: `topics diff` shows it and `topics apply` carries it out, on the embedded log and on a cluster alike.
public struct TopicPlan: Sendable, Equatable {
  /// Topics to be made.
  public var missing: [TopicDefinition] = []
  /// Topics that are there and differ: the definition wanted, and how it differs.
  public var different: [(wanted: TopicDefinition, differences: [TopicDifference])] = []
  /// Topics that no file speaks of.
  public var extra: [TopicDefinition] = []

  /// - Parameters:
  ///   - wanted: what the files say.
  ///   - present: what is there.
  public init(wanted: [TopicDefinition], present: [TopicDefinition]) {
    for definition in wanted.sorted(by: { $0.name < $1.name }) {
      guard let there = present.first(where: { $0.name == definition.name }) else {
        missing.append(definition)
        continue
      }
      let differences = Self.differences(present: there, wanted: definition)
      if !differences.isEmpty { different.append((definition, differences)) }
    }
    extra = present.filter { there in !wanted.contains { $0.name == there.name } }.sorted { $0.name < $1.name }
  }

  /// Adds something in which a topic differs that its file has no member for.
  public mutating func add(_ difference: TopicDifference, to wanted: TopicDefinition) {
    if let index = different.firstIndex(where: { $0.wanted.name == wanted.name }) {
      different[index].differences.append(difference)
    } else {
      different.append((wanted, [difference]))
      different.sort { $0.wanted.name < $1.wanted.name }
    }
  }

  public static func == (a: TopicPlan, b: TopicPlan) -> Bool {
    a.missing == b.missing && a.extra == b.extra
      && a.different.elementsEqual(b.different) { $0.wanted == $1.wanted && $0.differences == $1.differences }
  }

  /// Whether the topics are what the files say; topics beside them do not matter.
  public var isNothing: Bool { missing.isEmpty && different.isEmpty }

  /// The first difference that cannot be brought about, with its topic.
  public var impossible: (topic: TopicName, difference: TopicDifference)? { first(.impossible) }

  /// The first difference by which records may go, with its topic.
  public var shrinking: (topic: TopicName, difference: TopicDifference)? { first(.shrinks) }

  private func first(_ effect: TopicDifference.Effect) -> (topic: TopicName, difference: TopicDifference)? {
    for (wanted, differences) in different {
      if let found = differences.first(where: { $0.effect == effect }) { return (wanted.name, found) }
    }
    return nil
  }

  private static func differences(present: TopicDefinition, wanted: TopicDefinition) -> [TopicDifference] {
    var found: [TopicDifference] = []
    func compare(_ member: String, _ present: String, _ wanted: String, _ effect: TopicDifference.Effect = .harmless) {
      if present != wanted { found.append(TopicDifference(member: member, present: present, wanted: wanted, effect: effect)) }
    }
    func limit(_ member: String, _ present: Int64?, _ wanted: Int64?) {
      let shrinks = (wanted ?? .max) < (present ?? .max)
      compare(member, present.map(String.init) ?? "unlimited", wanted.map(String.init) ?? "unlimited", shrinks ? .shrinks : .harmless)
    }
    compare("partitions", "\(present.partitions)", "\(wanted.partitions)", .impossible)
    compare("owner", present.owner, wanted.owner, .impossible)
    limit("retention_ms", present.retentionMilliseconds, wanted.retentionMilliseconds)
    limit("retention_bytes", present.retentionBytes, wanted.retentionBytes)
    compare(
      "compacted", present.isCompacted ? "yes" : "no", wanted.isCompacted ? "yes" : "no", wanted.isCompacted ? .shrinks : .harmless)
    compare("codec", present.codec.name, wanted.codec.name)
    compare("segment_bytes", "\(present.segmentBytes)", "\(wanted.segmentBytes)")
    compare("segment_ms", "\(present.segmentMilliseconds)", "\(wanted.segmentMilliseconds)")
    compare("key", present.key, wanted.key)
    compare("purpose", present.purpose, wanted.purpose)
    compare("value_schema", present.valueSchema, wanted.valueSchema)
    return found
  }
}
