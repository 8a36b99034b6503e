import CKafka
import Model
import Ports

/// librdkafka's own mock cluster, in this process: brokers on ports of the loopback interface that any client, also of another process, can talk to, and
/// that can be told to fail. For tests and measurements.
///
/// What it is not: it keeps 5 MB of each partition, forgets all with the process, makes no topics on request, and shows the records of transactions
/// that were aborted; so what depends on that is tested elsewhere.
///
/// Unchecked: rdkafka_mock.h, the functions are thread-safe.
public final class MockCluster: @unchecked Sendable {
  private let client: OpaquePointer
  private let cluster: OpaquePointer
  /// The addresses of its brokers.
  public let bootstrap: String

  public init(brokers: Int = 1) {
    var message = [CChar](repeating: 0, count: 256)
    let configuration = rd_kafka_conf_new()
    rd_kafka_conf_set(configuration, "log_level", "0", nil, 0)
    guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, &message, message.count),
      let cluster = rd_kafka_mock_cluster_new(client, Int32(brokers))
    else { preconditionFailure("the library can make a mock cluster: \(String(buffer: message))") }
    self.client = client
    self.cluster = cluster
    bootstrap = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
  }

  deinit {
    rd_kafka_mock_cluster_destroy(cluster)
    rd_kafka_destroy(client)
  }

  public func makeTopics(_ topics: [TopicDefinition], replication: Int = 1) {
    for topic in topics { makeTopic(topic.name, partitions: topic.partitions, replication: replication) }
  }

  public func makeTopic(_ name: TopicName, partitions: Int, replication: Int = 1) {
    rd_kafka_mock_topic_create(cluster, name.text, Int32(partitions), Int32(replication))
  }

  // MARK: Faults

  /// The next requests of a kind fail with these codes of the protocol, one after the other; 0 lets one pass.
  /// - Parameter request: the protocol's number of the request, such as 0 for Produce.
  public func fail(_ request: Int16, with errors: [Int32]) {
    let codes = errors.map { rd_kafka_resp_err_t($0) }
    rd_kafka_mock_push_request_errors_array(cluster, request, codes.count, codes)
  }

  /// Every request about a topic fails with this code; 0 ends it.
  public func fail(topic: TopicName, with error: Int32) { rd_kafka_mock_topic_set_error(cluster, topic.text, rd_kafka_resp_err_t(error)) }

  public func move(_ target: TopicPartition, toBroker broker: Int32) {
    rd_kafka_mock_partition_set_leader(cluster, target.topic.text, target.partition.value, broker)
  }

  /// Moves a group's or a transactional id's coordinator.
  public func moveCoordinator(of key: String, isTransaction: Bool, toBroker broker: Int32) {
    rd_kafka_mock_coordinator_set(cluster, isTransaction ? "transaction" : "group", key, broker)
  }

  public func setDown(_ broker: Int32, _ isDown: Bool) {
    _ = isDown ? rd_kafka_mock_broker_set_down(cluster, broker) : rd_kafka_mock_broker_set_up(cluster, broker)
  }

  /// Answers of a broker take this long.
  public func delay(_ broker: Int32, milliseconds: Int32) { rd_kafka_mock_broker_set_rtt(cluster, broker, milliseconds) }
}
