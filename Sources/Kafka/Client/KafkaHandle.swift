import CKafka
import Glibc
import Model
import Synchronization

/// One client of the library: the owner of an `rd_kafka_t`, of its topic handles, and of the thread that serves its callbacks.
///
/// Unchecked: rdkafka.h, "rd_kafka_t is thread-safe"; the topic handles are kept under a lock.
final class KafkaHandle: @unchecked Sendable {
  enum Kind { case producer, consumer }

  let pointer: OpaquePointer
  let settings: KafkaSettings
  let events: KafkaEvents
  private let topics = Mutex<[String: UInt]>([:])
  private let poller: KafkaPoller?

  /// - Parameters:
  ///   - ours: settings that Prowzi adds; they win.
  ///   - polls: whether a thread is to serve callbacks; not for group consumers, which must be polled by their own.
  init(
    _ kind: Kind, _ settings: KafkaSettings, ours: [(String, String)], events: KafkaEvents, polls: Bool = true,
    prepare: (OpaquePointer) -> Void = { _ in }
  ) throws(ProwziError) {
    self.settings = settings
    self.events = events
    guard let configuration = rd_kafka_conf_new() else { preconditionFailure("librdkafka has memory for a configuration") }
    var message = [CChar](repeating: 0, count: 512)
    let given = settings.properties.filter { property in
      let role = KafkaProperties.role(of: property.name)
      return role == .both || role == (kind == .producer ? .producer : .consumer)
    }
    for (name, value) in given.map({ ($0.name, $0.value) }) + ours {
      guard rd_kafka_conf_set(configuration, name, value, &message, message.count) == RD_KAFKA_CONF_OK else {
        rd_kafka_conf_destroy(configuration)
        throw ProwziError(
          "kafka.bad_setting", "the Kafka library refuses '\(name)'", advice: "Check the kafka.* settings.",
          cause: KafkaProperties.isSecret(name) ? nil : String(buffer: message))
      }
    }
    events.attach(to: configuration)
    prepare(configuration)
    // rdkafka.h: the configuration belongs to the client where this succeeds, to the caller where it fails.
    guard
      let client = rd_kafka_new(kind == .producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, configuration, &message, message.count)
    else {
      rd_kafka_conf_destroy(configuration)
      throw ProwziError(
        "kafka.bad_setting", "the Kafka library cannot make a client of these settings", advice: "Check the kafka.* settings.",
        cause: String(buffer: message))
    }
    pointer = client
    poller = polls ? KafkaPoller(client) : nil
  }

  deinit {
    poller?.stop()
    for address in topics.withLock({ Array($0.values) }) { rd_kafka_topic_destroy(OpaquePointer(bitPattern: address)) }
    rd_kafka_destroy(pointer)
  }

  /// The handle of a topic, made on first use; it lives as long as this object.
  func topic(_ name: String) throws(ProwziError) -> OpaquePointer {
    let address = topics.withLock { topics -> UInt? in
      if let known = topics[name] { return known }
      guard let made = rd_kafka_topic_new(pointer, name, nil) else { return nil }
      topics[name] = UInt(bitPattern: made)
      return UInt(bitPattern: made)
    }
    guard let address, let topic = OpaquePointer(bitPattern: address) else {
      throw ProwziError(kafka: rd_kafka_last_error(), "the topic cannot be used", place: name)
    }
    return topic
  }

  // MARK: Trying again

  /// Does something until it succeeds, fails for good, or patience ends.
  /// - Parameter body: gets how many milliseconds it may take, and answers with the library's error.
  func retry(
    _ doing: String, place: String? = nil, patience: Duration? = nil, _ body: (Int32) -> rd_kafka_resp_err_t
  ) throws(ProwziError) {
    let deadline = ContinuousClock.now + (patience ?? settings.patience)
    var pause: UInt32 = 20_000
    var isTold = false
    while true {
      let error = body(2000)
      if error == RD_KAFKA_RESP_ERR_NO_ERROR { return }
      if let lasting = events.lasting { throw ProwziError(lasting.code, doing, place: place, advice: lasting.advice, cause: lasting.cause) }
      if let misread = events.misread { throw misread }
      let isHopeless = patience != nil && events.unresolved != nil
      guard error.isPassing, ContinuousClock.now < deadline, !isHopeless else {
        var failure = ProwziError(kafka: error, doing, place: place ?? settings.bootstrap, cause: events.lastProblem)
        if let hint = events.hint, failure.code == .kafkaUnreachable { failure.advice = hint }
        throw failure
      }
      if pause > 1_000_000, !isTold {
        isTold = true
        events.tell("\(doing) at the moment, trying again: \(String(cString: rd_kafka_err2str(error)))")
      }
      usleep(pause)
      pause = min(pause * 2, 2_000_000)
    }
  }

  // MARK: Metadata

  /// The cluster's topics, by name: how many partitions each has, or why it cannot be used.
  func metadata(patience: Duration? = nil) throws(ProwziError) -> [String: Result<Int, ProwziError>] {
    var found: UnsafePointer<rd_kafka_metadata>?
    try retry("the cluster cannot be reached", patience: patience) { timeout in
      rd_kafka_metadata(pointer, 1, nil, &found, min(timeout, 1000))
    }
    guard let found else { return [:] }
    defer { rd_kafka_metadata_destroy(found) }
    var topics: [String: Result<Int, ProwziError>] = [:]
    for topic in UnsafeBufferPointer(start: found.pointee.topics, count: Int(found.pointee.topic_cnt)) {
      let name = String(cString: topic.topic)
      if topic.err == RD_KAFKA_RESP_ERR_NO_ERROR || topic.err.isPassing {
        topics[name] = .success(Int(topic.partition_cnt))
      } else {
        topics[name] = .failure(ProwziError(kafka: topic.err, "the topic cannot be used", place: name))
      }
    }
    return topics
  }
}
