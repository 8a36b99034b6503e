import CKafka
import Model
import Ports

/// Making topics on a cluster.
enum KafkaAdmin {
  /// The settings of a topic, by the cluster's names: what `topics/*.json` says.
  static func settings(of topic: TopicDefinition) -> [(String, String)] {
    [
      ("cleanup.policy", topic.isCompacted ? "compact" : "delete"), ("retention.ms", "\(topic.retentionMilliseconds ?? -1)"),
      ("retention.bytes", "\(topic.retentionBytes ?? -1)"), ("segment.bytes", "\(topic.segmentBytes)"),
      ("segment.ms", "\(topic.segmentMilliseconds)"), ("message.timestamp.type", "CreateTime"), ("compression.type", "producer"),
    ]
  }

  /// Makes topics. One that exists already is left alone.
  /// - Parameter replication: -1 for the cluster's default.
  static func make(_ topics: [TopicDefinition], replication: Int, with handle: KafkaHandle) throws(ProwziError) {
    var made: [OpaquePointer?] = []
    var message = [CChar](repeating: 0, count: 512)
    defer { rd_kafka_NewTopic_destroy_array(&made, made.count) }
    for topic in topics {
      guard
        let new = rd_kafka_NewTopic_new(topic.name.text, Int32(topic.partitions), Int32(replication), &message, message.count)
      else {
        throw ProwziError("kafka.failed", "the topic cannot be made", place: topic.name.text, cause: String(buffer: message))
      }
      made.append(new)
      for (name, value) in settings(of: topic) { rd_kafka_NewTopic_set_config(new, name, value) }
    }
    let queue = rd_kafka_queue_new(handle.pointer)
    defer { rd_kafka_queue_destroy(queue) }
    let options = rd_kafka_AdminOptions_new(handle.pointer, RD_KAFKA_ADMIN_OP_CREATETOPICS)
    defer { rd_kafka_AdminOptions_destroy(options) }
    rd_kafka_AdminOptions_set_operation_timeout(options, 30_000, &message, message.count)
    rd_kafka_AdminOptions_set_request_timeout(options, 30_000, &message, message.count)
    rd_kafka_CreateTopics(handle.pointer, &made, made.count, options, queue)
    guard let event = rd_kafka_queue_poll(queue, 40_000) else {
      throw ProwziError(kafka: RD_KAFKA_RESP_ERR__TIMED_OUT, "the topics cannot be made", place: handle.settings.bootstrap)
    }
    defer { rd_kafka_event_destroy(event) }
    if rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR {
      throw ProwziError(
        kafka: rd_kafka_event_error(event), "the topics cannot be made", place: handle.settings.bootstrap,
        cause: rd_kafka_event_error_string(event).map { String(cString: $0) })
    }
    guard let result = rd_kafka_event_CreateTopics_result(event) else { return }
    var count = 0
    guard let list = rd_kafka_CreateTopics_result_topics(result, &count) else { return }
    for index in 0..<count {
      let topic = list[index]
      let error = rd_kafka_topic_result_error(topic)
      if error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { continue }
      throw ProwziError(
        kafka: error, "the topic cannot be made", place: String(cString: rd_kafka_topic_result_name(topic)),
        cause: rd_kafka_topic_result_error_string(topic).map { String(cString: $0) })
    }
  }
}
