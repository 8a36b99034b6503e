import CKafka
import Glibc
import Model
import Ports
import RecordFormat

/// One partition of one fold, held for writing: a producer whose transactional id is made of both, so that whoever takes the partition next fences this one.
///
/// The library sorts its errors into three kinds, and so does this type: *retriable* ones are tried again, *abortable* ones abort the transaction and send
/// the same records once more, *fatal* ones end the producer. The records are still in the caller's hands until `commit` returns, and folding again would
/// give the same bytes; so sending them again is folding again.
///
/// Unchecked: used by whoever has the partition's turn, one at a time.
final class TransactionalProducer: @unchecked Sendable {
  private let handle: KafkaHandle
  let partition: PartitionIndex

  /// How often a transaction that was aborted is tried again before the caller is to build everything anew.
  static let attempts = 6

  /// Takes the partition: waits for, or aborts, what the last holder left open.
  init(_ settings: KafkaSettings, transactionalID: String, partition: PartitionIndex, events: KafkaEvents) throws(ProwziError) {
    self.partition = partition
    handle = try KafkaHandle(
      .producer, settings,
      ours: [("transactional.id", transactionalID), ("enable.idempotence", "true")] + KafkaProducer.compression(settings), events: events)
    try finish("the partition cannot be taken for writing") { rd_kafka_init_transactions(handle.pointer, $0) }
  }

  /// What goes with the records.
  struct Position {
    var group: String
    /// A live member, where partitions are shared by a group; it names itself and its generation, so that one which was thrown out is refused.
    var membership: GroupMembership?
    var input: TopicPartition
    var next: Offset
  }

  /// Appends and moves the position in one transaction.
  /// - Throws: `kafka.fenced`, `kafka.aborted` after several attempts, `kafka.too_large`, and fatal errors: the producer is then of no use any more.
  func commit(_ appends: [Commit.Append], _ position: Position) throws(ProwziError) {
    var pause: UInt32 = 50_000
    for attempt in 1... {
      do throws(TransactionFailure) {
        return try once(appends, position)
      } catch {
        switch error {
        case .fatal(let error): throw error
        case .aborted(let error):
          if error.code == .kafkaTooLarge || error.code == .kafkaAuthorization || error.code == .kafkaUnsupported { throw error }
          guard attempt < Self.attempts else {
            throw ProwziError(
              .kafkaAborted, "a transaction was aborted \(attempt) times", place: error.place, advice: error.advice,
              cause: error.cause ?? error.message)
          }
          handle.events.tell("a transaction was aborted and is sent again: \(error.cause ?? error.message)")
          usleep(pause)
          pause = min(pause * 2, 2_000_000)
        }
      }
    }
  }

  /// Sends records in a transaction that is aborted, and lets somebody look while it is open: how a check finds out what isolation a broker keeps.
  func abandon(_ appends: [Commit.Append], whileOpen look: () throws(ProwziError) -> Void) throws(ProwziError) {
    try finish("a transaction cannot be begun") { _ in rd_kafka_begin_transaction(handle.pointer) }
    let outcome = Result { () throws(ProwziError) in
      for append in appends { try produce(append) }
      rd_kafka_flush(handle.pointer, 10_000)
      try look()
    }
    try finish("a transaction cannot be aborted") { rd_kafka_abort_transaction(handle.pointer, $0) }
    try outcome.get()
  }

  private enum TransactionFailure: Error {
    /// The transaction is undone; another may be tried.
    case aborted(ProwziError)
    case fatal(ProwziError)
  }

  private func once(_ appends: [Commit.Append], _ position: Position) throws(TransactionFailure) {
    do throws(ProwziError) {
      try finish("a transaction cannot be begun") { _ in rd_kafka_begin_transaction(handle.pointer) }
    } catch { throw .fatal(error) }
    do throws(ProwziError) {
      for append in appends { try produce(append) }
    } catch { throw abort(error) }
    try step("the position cannot be sent") { timeout in sendOffsets(position, timeout) }
    try step("the transaction cannot be committed") { rd_kafka_commit_transaction(handle.pointer, $0) }
  }

  private func produce(_ append: Commit.Append) throws(ProwziError) {
    let topic = try handle.topic(append.target.topic.text)
    for index in append.records.records.indices {
      var error = append.records.produce(index, to: topic, append.target.partition, with: handle.pointer)
      while error == RD_KAFKA_RESP_ERR__QUEUE_FULL {
        rd_kafka_poll(handle.pointer, 50)
        error = append.records.produce(index, to: topic, append.target.partition, with: handle.pointer)
      }
      if error != RD_KAFKA_RESP_ERR_NO_ERROR {
        throw ProwziError(
          kafka: error, "a record could not be appended", place: "\(append.target)", cause: KafkaProducer.size(append, index))
      }
    }
  }

  private func sendOffsets(_ position: Position, _ timeout: Int32) -> OpaquePointer? {
    var list = PartitionList()
    list.add(position.input, offset: position.next.value)
    // Asked for each time: the generation may have changed since the last attempt.
    let metadata = position.membership?.metadata() ?? rd_kafka_consumer_group_metadata_new(position.group)
    defer { if let metadata { rd_kafka_consumer_group_metadata_destroy(metadata) } }
    return list.with { rd_kafka_send_offsets_to_transaction(handle.pointer, $0, metadata, timeout) }
  }

  // MARK: The three kinds of errors

  /// One call within a transaction.
  private func step(_ doing: String, _ call: (Int32) -> OpaquePointer?) throws(TransactionFailure) {
    let deadline = ContinuousClock.now + handle.settings.patience
    while let error = call(5000) {
      if rd_kafka_error_is_fatal(error) != 0 { throw .fatal(fatal(error, doing)) }
      if rd_kafka_error_txn_requires_abort(error) != 0 { throw abort(ProwziError(taking: error, doing, place: "partition \(partition)")) }
      guard rd_kafka_error_is_retriable(error) != 0, ContinuousClock.now < deadline else {
        throw .fatal(ProwziError(taking: error, doing, place: "partition \(partition)"))
      }
      rd_kafka_error_destroy(error)
    }
  }

  private func abort(_ reason: ProwziError) -> TransactionFailure {
    // Of one whose place was taken there is nothing left to abort, and some brokers then hang up instead of saying so.
    let isFenced = reason.code == .kafkaFenced
    do throws(ProwziError) {
      try finish("a transaction cannot be aborted", patience: isFenced ? .seconds(2) : nil) {
        rd_kafka_abort_transaction(handle.pointer, $0)
      }
    } catch { return .fatal(isFenced ? reason : error) }
    return isFenced ? .fatal(reason) : .aborted(reason)
  }

  /// One call outside: retriable errors only.
  private func finish(_ doing: String, patience: Duration? = nil, _ call: (Int32) -> OpaquePointer?) throws(ProwziError) {
    let deadline = ContinuousClock.now + (patience ?? handle.settings.patience)
    while let error = call(patience == nil ? 5000 : 1000) {
      if rd_kafka_error_is_fatal(error) != 0 { throw fatal(error, doing) }
      if let lasting = handle.events.lasting {
        rd_kafka_error_destroy(error)
        throw ProwziError(lasting.code, doing, place: "partition \(partition)", advice: lasting.advice, cause: lasting.cause)
      }
      guard rd_kafka_error_is_retriable(error) != 0, ContinuousClock.now < deadline else {
        throw ProwziError(taking: error, doing, place: "partition \(partition)")
      }
      rd_kafka_error_destroy(error)
      usleep(20_000)
    }
  }

  /// The reason behind a fatal error, which the error itself only refers to.
  private func fatal(_ error: OpaquePointer, _ doing: String) -> ProwziError {
    var text = [CChar](repeating: 0, count: 512)
    let code = rd_kafka_fatal_error(handle.pointer, &text, text.count)
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return ProwziError(taking: error, doing, place: "partition \(partition)") }
    rd_kafka_error_destroy(error)
    return ProwziError(kafka: code, doing, place: "partition \(partition)", cause: String(buffer: text))
  }
}
