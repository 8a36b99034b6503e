import CKafka
import Model
import Synchronization

/// What the library tells beside its answers: log lines, errors of connections, statistics.
///
/// Its callbacks come from the library's threads and from ours that poll; none from the cooperative pool.
public final class KafkaEvents: Sendable {
  private struct State: Sendable {
    var lastProblem: String?
    /// An error that waiting does not mend: wrong password, TLS that does not fit.
    var lasting: (code: Int32, reason: String)?
    /// A name that no address was found for: a slip where it is the first contact, a passing fault later.
    var unresolved: String?
    var statistics: [String: [UInt8]] = [:]
    var told: Set<String> = []
  }

  private let state = Mutex(State())
  private let rebalance = Mutex<Rebalance?>(nil)
  private let notice: @Sendable (String) -> Void

  /// - Parameter notice: told, in a sentence, what an operator should know. Each sentence is told once.
  public init(notice: @escaping @Sendable (String) -> Void = { _ in }) { self.notice = notice }

  /// Tells a sentence that was not told before.
  func tell(_ sentence: String) {
    if state.withLock({ $0.told.insert(sentence).inserted }) { notice(sentence) }
  }

  /// The library's statistics by client name, as the JSON it makes, where `statistics.interval.ms` is set.
  public var statistics: [String: [UInt8]] { state.withLock { $0.statistics } }

  /// What the library last complained of.
  var lastProblem: String? { state.withLock { $0.lastProblem } }

  /// An error that ends an attempt to connect at once.
  var lasting: ProwziError? {
    state.withLock { $0.lasting }.map {
      ProwziError(kafka: rd_kafka_resp_err_t($0.code), "the cluster refuses the connection", cause: $0.reason)
    }
  }

  /// Where the library cannot read how a broker introduces itself; trying again does not mend that.
  ///
  /// librdkafka before 2.2.0 reads the lengths of tagged fields one short (its change log, 2.2.0), which Apache Kafka's answers do not show.
  var misread: ProwziError? {
    state.withLock { $0.lastProblem }.flatMap { problem in
      guard problem.contains("ApiVersion"), problem.contains("Read underflow") else { return nil }
      return ProwziError(
        .kafkaUnsupported, "the Kafka library \(String(cString: rd_kafka_version_str())) cannot read how this broker introduces itself",
        advice: "librdkafka 2.2.0 or newer can: install it, or put its folder into LD_LIBRARY_PATH.", cause: problem)
    }
  }

  /// What is likely wrong where nobody answers as a broker does.
  var hint: String? {
    state.withLock { $0.lastProblem }.flatMap { problem in
      if problem.contains("Invalid response size") { return "Something answers there that does not speak Kafka: check the port." }
      if problem.contains("security.protocol") {
        return "The broker hangs up at once: set security.protocol to ssl, sasl_ssl or sasl_plaintext, whichever it wants."
      }
      return nil
    }
  }

  var unresolved: String? { state.withLock { $0.unresolved } }

  func forgetProblems() {
    state.withLock {
      $0.lasting = nil
      $0.lastProblem = nil
    }
  }

  fileprivate func note(_ error: rd_kafka_resp_err_t, _ reason: String) {
    state.withLock { state in
      if error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN { state.lastProblem = reason }
      if error == RD_KAFKA_RESP_ERR__RESOLVE { state.unresolved = reason }
      if error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL
        || error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED
      {
        state.lasting = (error.rawValue, reason)
      }
    }
  }

  fileprivate func log(level: Int32, facility: String, _ text: String) {
    // Whoever asked for the library's debug lines is to have them.
    if level >= 7 { return notice("\(facility) \(text)") }
    // syslog(3): 3 is an error, 4 a warning. FAIL lines come again as errors.
    guard level <= 4, facility != "FAIL", facility != "CONFWARN" else { return }
    state.withLock { $0.lastProblem = text }
  }

  fileprivate func keep(statistics: [UInt8], of client: String) { state.withLock { $0.statistics[client] = statistics } }

  // MARK: Callbacks

  /// Lets a configuration's callbacks lead here. The object must live as long as the client: `KafkaHandle` holds it.
  func attach(to configuration: OpaquePointer) {
    rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
    rd_kafka_conf_set_log_cb(configuration) { client, level, facility, text in
      guard let client, let context = rd_kafka_opaque(client), let facility, let text else { return }
      KafkaEvents.of(context).log(level: level, facility: String(cString: facility), String(cString: text))
    }
    rd_kafka_conf_set_error_cb(configuration) { _, error, reason, context in
      guard let context else { return }
      KafkaEvents.of(context).note(rd_kafka_resp_err_t(error), reason.map { String(cString: $0) } ?? "")
    }
    rd_kafka_conf_set_stats_cb(configuration) { client, json, count, context in
      guard let context, let client, let json else { return 0 }
      let bytes = UnsafeRawBufferPointer(start: json, count: count)
      KafkaEvents.of(context).keep(statistics: Array(bytes), of: String(cString: rd_kafka_name(client)))
      // 0: the library frees its text.
      return 0
    }
  }

  typealias Rebalance =
    @Sendable (_ client: OpaquePointer, rd_kafka_resp_err_t, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> Void

  func onRebalance(_ body: @escaping Rebalance) { rebalance.withLock { $0 = body } }

  func rebalanced(_ client: OpaquePointer, _ error: rd_kafka_resp_err_t, _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
    rebalance.withLock { $0 }?(client, error, list)
  }

  static func of(_ context: UnsafeMutableRawPointer) -> KafkaEvents {
    Unmanaged<KafkaEvents>.fromOpaque(context).takeUnretainedValue()
  }
}
