import CKafka
import Model

/// The library's errors as ours: sorted once, with advice.
extension ProwziError {
  /// - Parameters:
  ///   - doing: what was tried, as in "the topics cannot be listed".
  ///   - cause: what the library said besides.
  init(kafka error: rd_kafka_resp_err_t, _ doing: String, place: String? = nil, cause: String? = nil) {
    let name = String(cString: rd_kafka_err2str(error))
    let (code, advice) = Self.sort(error)
    self.init(code, doing, place: place, advice: advice, cause: cause.map { $0 == name ? name : "\(name): \($0)" } ?? name)
  }

  /// Takes an error object and frees it.
  init(taking error: OpaquePointer, _ doing: String, place: String? = nil) {
    self.init(kafka: rd_kafka_error_code(error), doing, place: place, cause: String(cString: rd_kafka_error_string(error)))
    rd_kafka_error_destroy(error)
  }

  private static func sort(_ error: rd_kafka_resp_err_t) -> (Code, String) {
    switch error {
    case RD_KAFKA_RESP_ERR__SSL:
      (
        .kafkaTLS,
        "Set security.protocol and the ssl.* settings as the broker has them; a broker without TLS wants security.protocol=plaintext."
      )
    case RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM,
      RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
      (.kafkaAuthentication, "Check sasl.mechanism, sasl.username and sasl.password.")
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
      RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      (
        .kafkaAuthorization,
        "Grant this user read and write on the prowzi.* topics, on the group and on transactional ids that begin with prowzi."
      )
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      ("log.unknown_topic", "Make the topics with `prowzi init --kafka`.")
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      (.kafkaTooLarge, "Raise max.message.bytes of the topic, and message.max.bytes with --kafka-set.")
    case RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH,
      RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
      (
        .kafkaFenced,
        "Another process has taken this partition and goes on from the last commit. Stop one of them, or run both with --group."
      )
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
      (.kafkaUnsupported, "This broker cannot do it. Use one that speaks Kafka 2.5 or newer.")
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      ("log.offset_out_of_range", "Begin at an offset that the partition still has; `prowzi status` shows them.")
    case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__RESOLVE,
      RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
      RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
      (
        .kafkaUnreachable,
        "Check that the brokers run and that --kafka names one of them; what was committed is kept, so start again when they do."
      )
    default:
      (.kafkaFailed, "What was committed is kept: start again, and look into the broker's log where it happens again.")
    }
  }
}

extension ProwziError.Code {
  /// No broker answers.
  public static let kafkaUnreachable: Self = "kafka.unreachable"
  /// The two sides do not agree on TLS.
  public static let kafkaTLS: Self = "kafka.tls"
  public static let kafkaAuthentication: Self = "kafka.authentication"
  public static let kafkaAuthorization: Self = "kafka.authorization"
  /// A record above the broker's or the library's limit.
  public static let kafkaTooLarge: Self = "kafka.too_large"
  /// Another process has taken the partition.
  public static let kafkaFenced: Self = "kafka.fenced"
  public static let kafkaUnsupported: Self = "kafka.unsupported"
  /// A transaction that was aborted, every time it was tried.
  public static let kafkaAborted: Self = "kafka.aborted"
  public static let kafkaFailed: Self = "kafka.failed"
}

extension rd_kafka_resp_err_t {
  /// Whether another try may go well: brokers that are away, leaders and coordinators that move.
  var isPassing: Bool {
    switch self {
    case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__TIMED_OUT,
      RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR__WAIT_COORD,
      RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
      RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
      RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
      RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
      true
    default: false
    }
  }
}

extension String {
  /// A C string in a buffer that the library has filled.
  init(buffer: [CChar]) { self.init(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}
