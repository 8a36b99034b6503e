import CKafka
import Model
import Ports

/// Making, describing, changing and removing topics on a cluster.
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
    defer { rd_kafka_NewTopic_destroy_array(&made, made.count) }
    for topic in topics {
      var message = [CChar](repeating: 0, count: 512)
      guard
        let new = rd_kafka_NewTopic_new(topic.name.text, Int32(topic.partitions), Int32(replication), &message, message.count)
      else {
        throw ProwziError("kafka.failed", "the topic cannot be made", place: topic.name.text, cause: String(buffer: message))
      }
      made.append(new)
      for (name, value) in settings(of: topic) { rd_kafka_NewTopic_set_config(new, name, value) }
    }
    try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, "the topics cannot be made", with: handle) { options, queue in
      rd_kafka_CreateTopics(handle.pointer, &made, made.count, options, queue)
    } answer: { (event) throws(ProwziError) in
      var count = 0
      let list = rd_kafka_event_CreateTopics_result(event).flatMap { rd_kafka_CreateTopics_result_topics($0, &count) }
      try check(list, count, "the topic cannot be made", passing: RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    }
  }

  /// Removes topics with every record in them.
  static func delete(_ topics: [TopicName], with handle: KafkaHandle) throws(ProwziError) {
    var named: [OpaquePointer?] = topics.map { rd_kafka_DeleteTopic_new($0.text) }
    defer { rd_kafka_DeleteTopic_destroy_array(&named, named.count) }
    try request(RD_KAFKA_ADMIN_OP_DELETETOPICS, "the topic cannot be removed", with: handle) { options, queue in
      rd_kafka_DeleteTopics(handle.pointer, &named, named.count, options, queue)
    } answer: { (event) throws(ProwziError) in
      var count = 0
      let list = rd_kafka_event_DeleteTopics_result(event).flatMap { rd_kafka_DeleteTopics_result_topics($0, &count) }
      try check(list, count, "the topic cannot be removed", passing: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    }
  }

  /// One setting of a topic.
  struct Setting: Sendable {
    var value: String
    /// Whether the topic itself has it, and not the cluster for all topics.
    var isOwn: Bool
  }

  /// The settings of topics, by the cluster's names.
  static func describe(_ topics: [TopicName], with handle: KafkaHandle) throws(ProwziError) -> [TopicName: [String: Setting]] {
    var named: [OpaquePointer?] = topics.map { rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, $0.text) }
    defer { rd_kafka_ConfigResource_destroy_array(&named, named.count) }
    var found: [TopicName: [String: Setting]] = [:]
    try request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "the topics' settings cannot be asked for", with: handle) { options, queue in
      rd_kafka_DescribeConfigs(handle.pointer, &named, named.count, options, queue)
    } answer: { (event) throws(ProwziError) in
      var count = 0
      guard let result = rd_kafka_event_DescribeConfigs_result(event),
        let list = rd_kafka_DescribeConfigs_result_resources(result, &count)
      else { return }
      for index in 0..<count {
        guard let resource = list[index] else { continue }
        let topic = String(cString: rd_kafka_ConfigResource_name(resource))
        try check(resource, topic, "the topic's settings cannot be asked for")
        guard let name = TopicName(topic) else { continue }
        var entries = 0
        let settings = rd_kafka_ConfigResource_configs(resource, &entries)
        found[name] = [:]
        for entry in 0..<entries {
          guard let setting = settings?[entry], let value = rd_kafka_ConfigEntry_value(setting) else { continue }
          let source = rd_kafka_ConfigEntry_source(setting)
          found[name]?[String(cString: rd_kafka_ConfigEntry_name(setting))] = Setting(
            value: String(cString: value),
            isOwn: source == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG
              || source == RD_KAFKA_CONFIG_SOURCE_UNKNOWN_CONFIG && rd_kafka_ConfigEntry_is_default(setting) == 0)
        }
      }
    }
    return found
  }

  /// Sets all settings of topics: the request replaces what a topic has of its own, so `settings` must hold that, too.
  ///
  /// One request a topic, as the library demands for some resources and all brokers allow.
  static func change(_ settings: [(topic: TopicName, settings: [String: String])], with handle: KafkaHandle) throws(ProwziError) {
    for (topic, wanted) in settings {
      let doing = "the topic's settings cannot be changed"
      var named: [OpaquePointer?] = [rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.text)]
      defer { rd_kafka_ConfigResource_destroy_array(&named, named.count) }
      for (name, value) in wanted.sorted(by: { $0.key < $1.key }) { rd_kafka_ConfigResource_set_config(named[0], name, value) }
      try request(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, doing, with: handle) { options, queue in
        rd_kafka_AlterConfigs(handle.pointer, &named, named.count, options, queue)
      } answer: { (event) throws(ProwziError) in
        var count = 0
        guard let result = rd_kafka_event_AlterConfigs_result(event), let list = rd_kafka_AlterConfigs_result_resources(result, &count)
        else {
          return
        }
        for index in 0..<count where list[index] != nil { try check(list[index]!, topic.text, doing) }
      }
    }
  }

  // MARK: Requests

  /// Sends one request of the admin API and hands over its answer.
  private static func request(
    _ operation: rd_kafka_admin_op_t, _ doing: String, with handle: KafkaHandle, _ send: (OpaquePointer?, OpaquePointer?) -> Void,
    answer: (OpaquePointer) throws(ProwziError) -> Void
  ) throws(ProwziError) {
    var message = [CChar](repeating: 0, count: 512)
    let queue = rd_kafka_queue_new(handle.pointer)
    defer { rd_kafka_queue_destroy(queue) }
    let options = rd_kafka_AdminOptions_new(handle.pointer, operation)
    defer { rd_kafka_AdminOptions_destroy(options) }
    // How long brokers may take among themselves; not every request has that.
    if operation == RD_KAFKA_ADMIN_OP_CREATETOPICS || operation == RD_KAFKA_ADMIN_OP_DELETETOPICS {
      rd_kafka_AdminOptions_set_operation_timeout(options, 30_000, &message, message.count)
    }
    rd_kafka_AdminOptions_set_request_timeout(options, 30_000, &message, message.count)
    send(options, queue)
    guard let event = rd_kafka_queue_poll(queue, 40_000) else {
      throw ProwziError(kafka: RD_KAFKA_RESP_ERR__TIMED_OUT, doing, place: handle.settings.bootstrap)
    }
    defer { rd_kafka_event_destroy(event) }
    guard rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw ProwziError(
        kafka: rd_kafka_event_error(event), doing, place: handle.settings.bootstrap,
        cause: rd_kafka_event_error_string(event).map { String(cString: $0) })
    }
    try answer(event)
  }

  private static func check(
    _ list: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ doing: String, passing: rd_kafka_resp_err_t
  ) throws(ProwziError) {
    for index in 0..<(list == nil ? 0 : count) {
      guard let topic = list?[index] else { continue }
      let error = rd_kafka_topic_result_error(topic)
      if error == RD_KAFKA_RESP_ERR_NO_ERROR || error == passing { continue }
      throw ProwziError(
        kafka: error, doing, place: String(cString: rd_kafka_topic_result_name(topic)),
        cause: rd_kafka_topic_result_error_string(topic).map { String(cString: $0) })
    }
  }

  private static func check(_ resource: OpaquePointer, _ topic: String, _ doing: String) throws(ProwziError) {
    let error = rd_kafka_ConfigResource_error(resource)
    guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
      throw ProwziError(
        kafka: error, doing, place: topic, cause: rd_kafka_ConfigResource_error_string(resource).map { String(cString: $0) })
    }
  }
}
