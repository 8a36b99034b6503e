import CKafka
import Glibc
import Model
import Ports
import RecordFormat
import Synchronization

/// Appends without a transaction: idempotent, so that a retry neither repeats nor reorders, and without markers, so that offsets stay without gaps.
final class KafkaProducer: Sendable {
  /// What became of one append's records.
  private final class Delivery: Sendable {
    struct State: Sendable {
      var pending = 0
      var first: Int64?
      var error: Int32?
    }
    let state = Mutex(State())
  }

  private let handle: KafkaHandle

  init(_ settings: KafkaSettings, events: KafkaEvents) throws(ProwziError) {
    handle = try KafkaHandle(
      .producer, settings, ours: [("enable.idempotence", "true"), ("message.timeout.ms", "120000")] + Self.compression(settings),
      events: events
    ) { configuration in
      rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, _ in
        guard let message, let context = message.pointee._private else { return }
        let delivery = Unmanaged<Delivery>.fromOpaque(context).takeUnretainedValue()
        delivery.state.withLock { state in
          state.pending -= 1
          if message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR {
            state.error = state.error ?? message.pointee.err.rawValue
          } else {
            state.first = min(state.first ?? .max, message.pointee.offset)
          }
        }
      }
    }
  }

  /// Unless the user chose one. lz4 is what brokers and clients of every age have; segments on the broker keep it.
  static func compression(_ settings: KafkaSettings) -> [(String, String)] {
    settings.value(of: "compression.type") ?? settings.value(of: "compression.codec") == nil ? [("compression.type", "lz4")] : []
  }

  /// Appends, and waits until every record is acknowledged or has failed.
  /// - Returns: each append's first offset.
  /// - Throws: the first failure; records before and after it may have been appended.
  func append(_ appends: [Commit.Append]) throws(ProwziError) -> [Offset] {
    let deliveries = appends.map { _ in Delivery() }
    var failure: ProwziError?
    for (append, delivery) in zip(appends, deliveries) where failure == nil {
      do throws(ProwziError) {
        try produce(append, delivery)
      } catch { failure = error }
    }
    // The deliveries must outlive every message that points to them.
    while deliveries.contains(where: { $0.state.withLock { $0.pending } > 0 }) {
      rd_kafka_flush(handle.pointer, 200)
      if let lasting = handle.events.lasting, failure == nil {
        failure = lasting
        rd_kafka_purge(handle.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
      }
    }
    for (append, delivery) in zip(appends, deliveries) where failure == nil {
      if let error = delivery.state.withLock({ $0.error }) {
        failure = ProwziError(
          kafka: rd_kafka_resp_err_t(error), "records could not be appended", place: "\(append.target)", cause: handle.events.lastProblem)
      }
    }
    if let failure { throw failure }
    return deliveries.map { Offset($0.state.withLock { $0.first } ?? 0) }
  }

  private func produce(_ append: Commit.Append, _ delivery: Delivery) throws(ProwziError) {
    let topic = try handle.topic(append.target.topic.text)
    for index in append.records.records.indices {
      delivery.state.withLock { $0.pending += 1 }
      let opaque = Unmanaged.passUnretained(delivery).toOpaque()
      var error = append.records.produce(index, to: topic, append.target.partition, with: handle.pointer, opaque: opaque)
      while error == RD_KAFKA_RESP_ERR__QUEUE_FULL {
        rd_kafka_poll(handle.pointer, 50)
        error = append.records.produce(index, to: topic, append.target.partition, with: handle.pointer, opaque: opaque)
      }
      if error != RD_KAFKA_RESP_ERR_NO_ERROR {
        delivery.state.withLock { $0.pending -= 1 }
        throw ProwziError(kafka: error, "a record could not be appended", place: "\(append.target)", cause: Self.size(append, index))
      }
    }
  }

  static func size(_ append: Commit.Append, _ index: Int) -> String? {
    append.records.records[index].value.map { "its value has \($0.count) bytes" }
  }
}
