import CKafka
import Glibc
import Model
import Ports
import Synchronization

/// A member of the consumer group that shares a pipeline's partitions, cooperatively: a rebalance takes only what moves.
///
/// It reads nothing itself: what is assigned is paused at once, and read by offset elsewhere. The group only says whose it is.
///
/// Unchecked: what changes is under a lock or belongs to the thread that polls.
public final class GroupConsumer: PartitionSharing, @unchecked Sendable {
  private let handle: KafkaHandle
  private let topic: String
  private let stopping = Atomic<Bool>(false)
  private var thread: pthread_t?
  private let handlers = Mutex<Handlers?>(nil)

  private struct Handlers: Sendable {
    var given: @Sendable ([PartitionIndex]) -> Void
    var taken: @Sendable ([PartitionIndex], Bool) -> Void
  }

  /// - Parameter group: whose members share the partitions.
  init(_ settings: KafkaSettings, group: String, topic: TopicName, events: KafkaEvents) throws(ProwziError) {
    self.topic = topic.text
    let own = KafkaEvents(notice: { events.tell($0) })
    var ours = [
      ("group.id", group), ("partition.assignment.strategy", "cooperative-sticky"), ("enable.auto.commit", "false"),
      ("enable.auto.offset.store", "false"), ("auto.offset.reset", "earliest"), ("isolation.level", "read_committed"),
      ("allow.auto.create.topics", "false"),
    ]
    // A process that was killed is missed after ten seconds; the library's default is 45.
    if settings.value(of: "session.timeout.ms") == nil { ours.append(("session.timeout.ms", "10000")) }
    handle = try KafkaHandle(.consumer, settings, ours: ours, events: own, polls: false) { configuration in
      rd_kafka_conf_set_rebalance_cb(configuration) { client, error, partitions, context in
        guard let client, let partitions, let context else { return }
        KafkaEvents.of(context).rebalanced(client, error, partitions)
      }
    }
    own.onRebalance { [weak self] client, error, partitions in self?.rebalance(client, error, partitions) }
  }

  /// What names this member in a transaction.
  var membership: GroupMembership {
    GroupMembership(make: { [handle] in rd_kafka_consumer_group_metadata(handle.pointer).map { UInt(bitPattern: $0) } ?? 0 })
  }

  public func join(
    given: @escaping @Sendable ([PartitionIndex]) -> Void, taken: @escaping @Sendable ([PartitionIndex], Bool) -> Void
  ) throws(ProwziError) {
    handlers.withLock { $0 = Handlers(given: given, taken: taken) }
    rd_kafka_poll_set_consumer(handle.pointer)
    guard let list = rd_kafka_topic_partition_list_new(1) else { return }
    defer { rd_kafka_topic_partition_list_destroy(list) }
    rd_kafka_topic_partition_list_add(list, topic, RD_KAFKA_PARTITION_UA)
    let error = rd_kafka_subscribe(handle.pointer, list)
    guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { throw ProwziError(kafka: error, "the group cannot be joined", place: topic) }
    var made = pthread_t()
    let failure = pthread_create(
      &made, nil,
      { context in
        Unmanaged<GroupConsumer>.fromOpaque(context!).takeUnretainedValue().poll()
        return nil
      }, Unmanaged.passUnretained(self).toOpaque())
    precondition(failure == 0, "a thread can be started")
    thread = made
  }

  public func leave() {
    guard let thread else { return }
    stopping.store(true, ordering: .releasing)
    pthread_join(thread, nil)
    self.thread = nil
  }

  private func poll() {
    while !stopping.load(ordering: .acquiring) {
      guard let message = rd_kafka_consumer_poll(handle.pointer, 100) else { continue }
      if message.pointee.err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED || message.pointee.err == RD_KAFKA_RESP_ERR__FATAL {
        handle.events.tell("the group: \(String(cString: rd_kafka_message_errstr(message)))")
      }
      rd_kafka_message_destroy(message)
    }
    // Revokes what is held, through the same callback, and tells the others.
    rd_kafka_consumer_close(handle.pointer)
  }

  /// On the polling thread.
  private func rebalance(
    _ client: OpaquePointer, _ error: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
  ) {
    let handlers = handlers.withLock { $0 }
    let elements = UnsafeMutableBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
    let partitions = elements.map { PartitionIndex($0.partition) }.sorted()
    let isCooperative = String(cString: rd_kafka_rebalance_protocol(client)) == "COOPERATIVE"
    if error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
      // Any offset will do: nothing is fetched, and the library need not ask for a committed one.
      for index in elements.indices { elements[index].offset = 0 }
      release(isCooperative ? rd_kafka_incremental_assign(client, list) : assign(client, list))
      rd_kafka_pause_partitions(client, list)
      if !partitions.isEmpty { handlers?.given(partitions) }
    } else {
      if !partitions.isEmpty { handlers?.taken(partitions, rd_kafka_assignment_lost(client) != 0) }
      release(isCooperative ? rd_kafka_incremental_unassign(client, list) : assign(client, nil))
    }
  }

  /// For brokers and members that know only the older protocol, which takes everything and gives it anew.
  private func assign(_ client: OpaquePointer, _ list: UnsafePointer<rd_kafka_topic_partition_list_t>?) -> OpaquePointer? {
    let error = rd_kafka_assign(client, list)
    if error != RD_KAFKA_RESP_ERR_NO_ERROR { handle.events.tell("the group: \(String(cString: rd_kafka_err2str(error)))") }
    return nil
  }

  private func release(_ error: OpaquePointer?) {
    guard let error else { return }
    handle.events.tell("the group: \(String(cString: rd_kafka_error_string(error)))")
    rd_kafka_error_destroy(error)
  }
}
