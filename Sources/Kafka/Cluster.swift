import Glibc
import Model
import Ports
import RecordFormat
import Synchronization
import Topics

/// A pipeline on a cluster: its topics, found and checked.
public final class Cluster: LogPlace {
  public let settings: KafkaSettings
  public let events: KafkaEvents
  public let topics: [TopicDefinition]
  private let compressor: any Compressor
  private let sharedReader: Mutex<KafkaLog?> = Mutex(nil)
  /// Set where partitions are shared by a group.
  let membership: GroupMembership?

  public var name: String { settings.bootstrap }

  /// Finds the pipeline's topics.
  /// - Throws: `data.not_found` where `prowzi.raw` is not there, `kafka.partitions` where topics do not fit together; the connection's errors.
  public init(_ settings: KafkaSettings, compressor: any Compressor, events: KafkaEvents) throws(ProwziError) {
    self.settings = settings
    self.events = events
    self.compressor = compressor
    membership = nil
    topics = try Self.find(settings, events)
  }

  /// The same pipeline, written as a member of a group.
  init(_ other: Cluster, membership: GroupMembership) {
    settings = other.settings
    events = other.events
    topics = other.topics
    compressor = other.compressor
    self.membership = membership
  }

  private static func find(_ settings: KafkaSettings, _ events: KafkaEvents) throws(ProwziError) -> [TopicDefinition] {
    let handle = try KafkaHandle(.consumer, settings, ours: [("allow.auto.create.topics", "false")], events: events)
    let found = try handle.metadata(patience: settings.connectPatience)
    let missing = ProwziError(
      "data.not_found", "there is no Prowzi pipeline on this cluster", place: settings.bootstrap,
      advice: "Make one with `prowzi init --kafka \(settings.bootstrap)`.")
    guard let raw = found[TopicName.rawInput.text] else { throw missing }
    let partitions = try raw.get()
    var topics: [TopicDefinition] = []
    for var topic in try TopicFiles.builtIn(partitions: partitions) + TopicFiles.cluster(partitions: partitions) {
      guard let count = try found[topic.name.text]?.get() else {
        throw ProwziError(
          "log.unknown_topic", "the cluster has no topic \(topic.name)", place: settings.bootstrap,
          advice: "`prowzi init --kafka \(settings.bootstrap)` makes what is missing.")
      }
      guard count == topic.partitions else {
        throw ProwziError(
          "kafka.partitions", "\(topic.name) has \(count) partitions and must have \(topic.partitions)", place: settings.bootstrap,
          advice:
            "Partition p of every topic belongs to partition p of prowzi.raw. Delete the topic if it holds nothing, and make it with `prowzi init`."
        )
      }
      topic.partitions = count
      topics.append(topic)
    }
    return topics
  }

  /// One reader serves all who ask: a client of the library has threads and connections of its own.
  public func reader() throws(ProwziError) -> any LogReader { try openKafkaReader() }

  func openKafkaReader() throws(ProwziError) -> KafkaLog {
    try sharedReader.withLock { reader throws(ProwziError) -> KafkaLog in
      if let reader { return reader }
      let made = try KafkaLog(settings, topics: topics, owner: nil, events: events)
      reader = made
      return made
    }
  }

  public func writer(_ owner: String) throws(ProwziError) -> any LogReader & LogWriter {
    try KafkaLog(settings, topics: topics, owner: owner, membership: membership, events: events)
  }

  public func states(of fold: String, log: any LogReader) -> any StateStore {
    guard let log = log as? KafkaLog else { preconditionFailure("a cluster's states are read through its own log") }
    return KafkaStates(log: log, fold: fold, compressor: compressor)
  }

  // MARK: Sharing

  /// This pipeline as a member of the group that shares its partitions: where to write, and who says which partitions.
  public func shared(by fold: String) throws(ProwziError) -> (place: Cluster, sharing: any PartitionSharing) {
    let group = try GroupConsumer(settings, group: GroupMembership.group(of: fold), topic: .rawInput, events: events)
    return (Cluster(self, membership: group.membership), group)
  }

  // MARK: Making

  /// Makes the topics that a cluster lacks; those that are there are left as they are.
  /// - Parameters:
  ///   - partitions: of each topic; `nil` takes what `prowzi.raw` has where it exists, else the topic files' number.
  ///   - replication: copies of each partition; -1 for the cluster's default.
  ///   - before: called where something is to be made, before that is done.
  /// - Returns: the names of the topics made.
  /// - Throws: `kafka.unsupported` where the broker makes no topics on request.
  public static func make(
    _ settings: KafkaSettings, partitions: Int?, replication: Int = -1, events: KafkaEvents, before: () throws(ProwziError) -> Void = {}
  ) throws(ProwziError) -> [TopicName] {
    let handle = try KafkaHandle(.producer, settings, ours: [], events: events)
    let found = try handle.metadata(patience: settings.connectPatience)
    let known = try found[TopicName.rawInput.text]?.get()
    if let known, let partitions, known != partitions {
      throw ProwziError(
        "kafka.partitions", "prowzi.raw is there and has \(known) partitions, not \(partitions)", place: settings.bootstrap,
        advice: "Leave --partitions out to use the pipeline as it is. The number cannot be changed: records would move between partitions.")
    }
    let missing = try (TopicFiles.builtIn(partitions: known ?? partitions) + TopicFiles.cluster(partitions: known ?? partitions)).filter {
      found[$0.name.text] == nil
    }
    if missing.isEmpty { return [] }
    try before()
    try KafkaAdmin.make(missing, replication: replication, with: handle)
    // What is made is not known to every broker at once.
    let deadline = ContinuousClock.now + settings.connectPatience
    while ContinuousClock.now < deadline {
      let now = try handle.metadata(patience: settings.connectPatience)
      if missing.allSatisfy({ (try? now[$0.name.text]?.get()) == $0.partitions }) { break }
      usleep(50_000)
    }
    return missing.map(\.name).sorted()
  }
}
