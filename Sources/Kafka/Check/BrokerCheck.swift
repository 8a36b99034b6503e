import Glibc
import Model
import Ports
import RecordFormat
import Synchronization

/// Finds out what a broker can do by doing it, on a topic of its own that is removed afterwards.
///
/// What brokers say of themselves (the requests they know, by version) does not tell whether they do what those requests mean: there are some that take
/// transactions and show what was aborted.
public struct BrokerCheck {
  private let settings: KafkaSettings
  private let events: KafkaEvents
  private let topic: TopicDefinition
  private let target: TopicPartition
  private let partition = PartitionIndex(0)

  /// How long a group may take to give out partitions; brokers wait three seconds for further members.
  private static let groupPatience = Duration.seconds(12)

  /// - Parameter token: makes the topic's name unlike those of other checks: up to 32 lower-case letters and digits.
  public init(_ settings: KafkaSettings, token: String, events: KafkaEvents) throws(ProwziError) {
    var settings = settings
    // So that records come in one batch, as they do under load.
    if settings.value(of: "linger.ms") == nil { try settings.set("linger.ms", "50", place: "check") }
    settings.patience = .seconds(20)
    self.settings = settings
    self.events = events
    guard let name = TopicName("prowzi.check.\(token)") else { preconditionFailure("a token makes a topic name") }
    topic = TopicDefinition(
      name: name, purpose: "", key: "", owner: "check", partitions: 1, retentionMilliseconds: 3_600_000, segmentBytes: 1 << 20,
      isCompacted: true)
    target = TopicPartition(topic: name, partition: partition)
  }

  /// - Parameter abilities: those to look at; others are not tried.
  /// - Returns: one finding for each, in the order of `BrokerAbility.allCases`.
  /// - Throws: what keeps the check from being made: no connection, no topic.
  public func run(_ abilities: Set<BrokerAbility> = Set(BrokerAbility.allCases)) throws(ProwziError) -> [BrokerFinding] {
    let handle = try KafkaHandle(.producer, settings, ours: [], events: events)
    // Says best what is wrong with a connection.
    _ = try handle.metadata(patience: settings.connectPatience)
    try KafkaAdmin.make([topic], replication: -1, with: handle)
    let deadline = ContinuousClock.now + settings.connectPatience
    while try handle.metadata(patience: settings.connectPatience)[topic.name.text] == nil, ContinuousClock.now < deadline { usleep(50_000) }
    var found: [BrokerAbility: BrokerFinding] = [:]
    func note(_ ability: BrokerAbility, _ works: Bool, _ seen: String) {
      found[ability] = BrokerFinding(ability: ability, works: works, seen: seen)
    }
    let outcome = Result { () throws(ProwziError) in
      let consumer = try KafkaConsumer(settings, events: events)
      let end = try plain(consumer, note)
      if !abilities.isDisjoint(with: [.transactions, .isolation, .concurrency, .fencing]) { try transactions(consumer, after: end, note) }
      if abilities.contains(.settings) { configuration(handle, note) }
      if abilities.contains(.groups) { groups(note) }
    }
    do throws(ProwziError) {
      try KafkaAdmin.delete([topic.name], with: handle)
      note(.removal, true, "the check's topic was removed")
    } catch {
      note(.removal, false, "the topic \(topic.name) could not be removed: \(error.cause ?? error.message)")
    }
    try outcome.get()
    return BrokerAbility.allCases.filter { abilities.contains($0) }.compactMap { found[$0] }
  }

  private typealias Note = (BrokerAbility, Bool, String) -> Void

  private func records(_ texts: [String]) -> Commit.Append {
    var buffer = RecordBuffer()
    for text in texts {
      buffer.append(
        timestamp: Timestamp(milliseconds: Int64(1000 * (buffer.count + 1))), key: [UInt8](text: text), value: [UInt8](text: text))
    }
    return Commit.Append(target: target, records: buffer)
  }

  /// Three records at once: where does the partition end, and when was the second?
  /// - Returns: one past the last of them.
  private func plain(_ consumer: KafkaConsumer, _ note: Note) throws(ProwziError) -> Offset {
    let first = try KafkaProducer(settings, events: events).append([records(["a", "b", "c"])])[0]
    let end = first.advanced(by: 3)
    let told = try consumer.ends(of: [target])[target] ?? .zero
    note(
      .ends, told == end,
      told == end ? "a partition ends where it does" : "of a partition of \(end) records the broker says that it ends at offset \(told)")
    let (second, none) = (
      try consumer.offset(in: target, at: Timestamp(milliseconds: 2000)),
      try consumer.offset(in: target, at: Timestamp(milliseconds: 100_000))
    )
    // An answer at the beginning of the batch is allowed: readers look further.
    let works = none == nil && second.map { $0 >= first } == true
    note(.times, works, works ? "offsets are found by time" : "a time after every record is found at offset \(none ?? second ?? .zero)")
    return end
  }

  private func transactions(_ consumer: KafkaConsumer, after end: Offset, _ note: Note) throws(ProwziError) {
    let id = "prowzi.check.\(topic.name)"
    var opened: Offset?
    let first: TransactionalProducer
    let position = TransactionalProducer.Position(group: id, input: target, next: Offset(1))
    do throws(ProwziError) {
      first = try TransactionalProducer(settings, transactionalID: id, partition: partition, events: events)
      try first.abandon([records(["aborted"])]) { () throws(ProwziError) in opened = try consumer.ends(of: [target])[target] }
      try first.commit([records(["kept"])], position)
    } catch {
      guard Self.isRefusal(error) else { throw error }
      let why = "the broker refuses a transaction: \(error.cause ?? error.message)"
      for ability in [BrokerAbility.transactions, .isolation, .concurrency, .fencing] { note(ability, false, why) }
      return
    }
    if let opened {
      note(
        .concurrency, opened == end,
        opened == end
          ? "readers see what lies before a transaction that is open"
          : "while a transaction is open behind \(end) records, readers are told that the partition ends at offset \(opened)")
    }
    let seen = try values(consumer)
    let isThere = seen.contains("kept")
    note(.transactions, isThere, isThere ? "a transaction was committed" : "a record that was committed cannot be read")
    let isHidden = !seen.contains("aborted")
    note(.isolation, isHidden, isHidden ? "what was aborted is not shown" : "read_committed readers are shown a record that was aborted")

    _ = try TransactionalProducer(settings, transactionalID: id, partition: partition, events: events)
    do throws(ProwziError) {
      try first.commit([records(["zombie"])], position)
      note(.fencing, false, "a writer whose place was taken could commit")
    } catch {
      guard error.code == .kafkaFenced || Self.isRefusal(error) else { throw error }
      note(.fencing, true, "a writer whose place was taken is refused")
    }
  }

  /// Whether the broker answered and said no, which is a finding; anything else keeps the check from being made.
  private static func isRefusal(_ error: ProwziError) -> Bool {
    [.kafkaUnsupported, .kafkaFailed, .kafkaAborted, .kafkaFenced].contains(error.code)
  }

  /// Everything that a `read_committed` reader is given.
  private func values(_ consumer: KafkaConsumer) throws(ProwziError) -> [String] {
    var buffer = RecordBuffer()
    // To the end as fetching meets it, whatever the broker says of it otherwise.
    _ = try consumer.read(target, from: .zero, before: Offset(.max), maxRecords: 100, maxBytes: 1 << 20, into: &buffer)
    return buffer.records.compactMap { $0.value.map { Array(buffer.bytes[$0]).displayText } }
  }

  private func configuration(_ handle: KafkaHandle, _ note: Note) {
    do throws(ProwziError) {
      let there = try KafkaAdmin.describe([topic.name], with: handle)[topic.name] ?? [:]
      for (name, value) in KafkaAdmin.settings(of: topic) where there[name]?.value != value {
        return note(.settings, false, "a topic made with \(name)=\(value) has \(there[name]?.value ?? "no such setting")")
      }
      note(.settings, true, "topics keep their settings")
    } catch {
      note(.settings, false, "topics' settings cannot be asked for: \(error.cause ?? error.message)")
    }
  }

  private func groups(_ note: Note) {
    do throws(ProwziError) {
      let group = try GroupConsumer(settings, group: "prowzi.check.\(topic.name)", topic: topic.name, events: events)
      let isGiven = Mutex(false)
      try group.join(given: { _ in isGiven.withLock { $0 = true } }, taken: { _, _ in })
      let deadline = ContinuousClock.now + Self.groupPatience
      while !isGiven.withLock({ $0 }), ContinuousClock.now < deadline { usleep(20_000) }
      group.leave()
      let works = isGiven.withLock { $0 }
      note(.groups, works, works ? "a member of a group was given its partition" : "a member of a group was given nothing")
    } catch {
      note(.groups, false, "a group cannot be joined: \(error.cause ?? error.message)")
    }
  }
}
