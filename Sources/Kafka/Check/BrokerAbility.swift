/// Something that a pipeline asks of a broker, beside taking records and giving them back.
public enum BrokerAbility: String, Sendable, CaseIterable {
  /// Says where a partition ends.
  case ends
  /// Looks up offsets by time.
  case times
  /// Commits records and a position in one transaction.
  case transactions
  /// Keeps what was aborted, and what is not committed yet, from `read_committed` readers.
  case isolation
  /// Lets them read on up to a transaction that is open.
  case concurrency
  /// Refuses a writer whose partition another has taken.
  case fencing
  /// Keeps the settings that a topic is made with, and tells them.
  case settings
  /// Shares partitions among the members of a group.
  case groups
  /// Removes a topic.
  case removal

  /// Whether records can be lost, repeated or overlooked without it.
  public var isNeeded: Bool {
    switch self {
    case .ends, .transactions, .isolation, .concurrency, .fencing: true
    case .times, .settings, .groups, .removal: false
    }
  }

  /// What is different on a broker that lacks it.
  public var consequence: String {
    switch self {
    case .ends:
      "Records that are there would not be seen. A broker that counts batches may count right with --kafka-set batch.num.messages=1."
    case .times: "Records are read instead, which takes longer."
    case .transactions: "A crash could lose or repeat records."
    case .isolation: "Whoever reads derived topics may see records that were taken back."
    case .concurrency: "Whoever reads while a run writes may be told that there is nothing."
    case .fencing: "Two runs at once could write the same partition."
    case .settings:
      "Retention and compaction are what the broker does by itself: prowzi.positions and prowzi.checkpoints may grow, or lose records."
    case .groups: "'prowzi run --group' cannot share partitions."
    case .removal: "The topic of the check stays."
    }
  }
}

/// What was found out about one ability.
public struct BrokerFinding: Sendable {
  public var ability: BrokerAbility
  public var works: Bool
  /// What was seen, as a sentence without its full stop.
  public var seen: String
}
