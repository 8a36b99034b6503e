import CKafka
import Model

/// Owner of an `rd_kafka_topic_partition_list_t`: made and freed here, lent within a closure.
struct PartitionList: ~Copyable {
  private let list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

  init(capacity: Int = 1) { list = rd_kafka_topic_partition_list_new(Int32(capacity)) }

  deinit { rd_kafka_topic_partition_list_destroy(list) }

  mutating func add(_ target: TopicPartition, offset: Int64) {
    rd_kafka_topic_partition_list_add(list, target.topic.text, target.partition.value).pointee.offset = offset
  }

  func with<Answer>(_ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Answer) -> Answer { body(list) }

  /// What the library has filled in, in order.
  var entries: [(target: TopicPartition, offset: Int64, error: rd_kafka_resp_err_t)] {
    UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt)).compactMap { entry in
      guard let topic = TopicName(String(cString: entry.topic)) else { return nil }
      return (TopicPartition(topic: topic, partition: PartitionIndex(entry.partition)), entry.offset, entry.err)
    }
  }
}
