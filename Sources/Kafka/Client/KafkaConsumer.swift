import CKafka
import Model
import Ports
import RecordFormat
import Synchronization

/// Reads partitions by offset, without a group: one client, a cursor for each partition that was read.
///
/// A read that goes on where the last one ended takes what the library has fetched ahead; any other one seeks. A broker that has nothing new answers after
/// 10 ms: a read that must know where a partition ends, and one of another partition behind it, wait no longer. So that this does not go on for ever,
/// cursors at rest are stopped (`rest`).
final class KafkaConsumer: Sendable {
  let handle: KafkaHandle
  private let cursors = Mutex<[TopicPartition: PartitionCursor]>([:])

  init(_ settings: KafkaSettings, events: KafkaEvents) throws(ProwziError) {
    handle = try KafkaHandle(
      .consumer, settings,
      ours: [
        ("isolation.level", "read_committed"), ("enable.auto.commit", "false"), ("enable.partition.eof", "true"),
        ("auto.offset.reset", "error"), ("fetch.wait.max.ms", "10"), ("allow.auto.create.topics", "false"),
        ("queued.max.messages.kbytes", "16384"), ("fetch.error.backoff.ms", "100"),
      ], events: events)
  }

  /// One past the last record that readers may see, of several partitions in one request a broker; or with `beginning` the first offset kept.
  func ends(of targets: [TopicPartition], beginning: Bool = false) throws(ProwziError) -> [TopicPartition: Offset] {
    var found: [TopicPartition: Offset] = [:]
    var failure: ProwziError?
    try handle.retry("the ends of partitions cannot be asked for", place: targets.first?.description) { timeout in
      var list = PartitionList(capacity: targets.count)
      for target in targets { list.add(target, offset: Int64(beginning ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END)) }
      let error = list.with { rd_kafka_offsets_for_times(handle.pointer, $0, timeout) }
      guard error == RD_KAFKA_RESP_ERR_NO_ERROR else { return error }
      for entry in list.entries {
        if entry.error == RD_KAFKA_RESP_ERR_NO_ERROR {
          found[entry.target] = Offset(max(0, entry.offset))
        } else if entry.error.isPassing {
          return entry.error
        } else {
          failure = ProwziError(kafka: entry.error, "the end of a partition cannot be asked for", place: "\(entry.target)")
        }
      }
      return RD_KAFKA_RESP_ERR_NO_ERROR
    }
    if let failure { throw failure }
    return found
  }

  /// The broker's answer to "the first offset at or after this time"; `nil` where it knows none.
  func offset(in target: TopicPartition, at time: Timestamp) throws(ProwziError) -> Offset? {
    var found: Int64 = -1
    var failure = RD_KAFKA_RESP_ERR_NO_ERROR
    try handle.retry("an offset cannot be looked up by time", place: "\(target)") { timeout in
      var list = PartitionList()
      list.add(target, offset: max(0, time.milliseconds))
      let error = list.with { rd_kafka_offsets_for_times(handle.pointer, $0, timeout) }
      guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let entry = list.entries.first else { return error }
      if entry.error.isPassing { return entry.error }
      failure = entry.error
      found = entry.offset
      return error
    }
    if failure != RD_KAFKA_RESP_ERR_NO_ERROR {
      throw ProwziError(kafka: failure, "an offset cannot be looked up by time", place: "\(target)")
    }
    return found < 0 ? nil : Offset(found)
  }

  /// Appends committed records from `offset` on.
  /// - Parameter end: an offset up to which records are known to be there; reading waits for them, no longer.
  /// - Returns: the offset to go on from, markers passed over.
  func read(
    _ target: TopicPartition, from offset: Offset, before end: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset {
    let cursor = try cursors.withLock { cursors throws(ProwziError) -> PartitionCursor in
      if let known = cursors[target] { return known }
      let made = try PartitionCursor(target, handle)
      cursors[target] = made
      return made
    }
    return try cursor.read(from: offset, before: end, maxRecords: maxRecords, maxBytes: maxBytes, into: &buffer)
  }

  /// Stops fetching for partitions that nobody has read from for a while; the next read starts again.
  func rest(after idle: Duration = .seconds(1)) {
    let all = cursors.withLock { Array($0.values) }
    for cursor in all { cursor.rest(after: idle) }
  }
}

/// The library's consumer of one partition.
///
/// Unchecked: everything that changes does so under the lock.
private final class PartitionCursor: @unchecked Sendable {
  private let lock = Mutex(())
  private let target: TopicPartition
  private let handle: KafkaHandle
  private let topic: OpaquePointer
  /// The offset that the next message has at least; `nil` before the start.
  private var next: Offset?
  private var usedAt = ContinuousClock.now
  private var messages = [UnsafeMutablePointer<rd_kafka_message_t>?](repeating: nil, count: 2000)

  init(_ target: TopicPartition, _ handle: KafkaHandle) throws(ProwziError) {
    self.target = target
    self.handle = handle
    topic = try handle.topic(target.topic.text)
  }

  deinit {
    if next != nil { rd_kafka_consume_stop(topic, target.partition.value) }
  }

  func read(
    from offset: Offset, before end: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset {
    var result: Result<Offset, ProwziError> = .success(offset)
    // Under the lock nothing but this partition waits.
    var local = RecordBuffer()
    swap(&local, &buffer)
    lock.withLock { _ in
      do throws(ProwziError) {
        result = .success(try locked(from: offset, before: end, maxRecords, maxBytes, &local))
      } catch { result = .failure(error) }
    }
    swap(&local, &buffer)
    return try result.get()
  }

  private func locked(
    from offset: Offset, before end: Offset, _ maxRecords: Int, _ maxBytes: Int, _ buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset {
    try place(at: offset)
    var position = offset
    let firstRecord = buffer.count
    let firstByte = buffer.bytes.count
    let deadline = ContinuousClock.now + handle.settings.patience
    var isTold = false
    while position < end, buffer.count - firstRecord < maxRecords, buffer.bytes.count - firstByte < maxBytes {
      let wanted = min(maxRecords - (buffer.count - firstRecord), messages.count)
      // consume_batch waits until the batch is full, so it is only asked for what is there; waiting is done for one message.
      var count = messages.withUnsafeMutableBufferPointer { room in
        rd_kafka_consume_batch(topic, target.partition.value, 0, room.baseAddress, wanted)
      }
      if count <= 0 {
        guard let message = rd_kafka_consume(topic, target.partition.value, 1000) else {
          if let lasting = handle.events.lasting { throw lasting }
          guard ContinuousClock.now < deadline else {
            throw ProwziError(
              kafka: RD_KAFKA_RESP_ERR__TIMED_OUT, "records that are there do not come", place: "\(target) offset \(position)",
              cause: handle.events.lastProblem)
          }
          if !isTold, deadline - ContinuousClock.now < handle.settings.patience - .seconds(5) {
            isTold = true
            handle.events.tell("no broker answers at the moment, waiting: \(handle.events.lastProblem ?? handle.settings.bootstrap)")
          }
          continue
        }
        messages[0] = message
        count = 1
      }
      let isAtEnd = try take(count, from: offset, &position, &buffer)
      if isAtEnd { break }
    }
    next = position
    usedAt = .now
    return position
  }

  func rest(after idle: Duration) {
    // A cursor that is being read from is not at rest.
    _ = lock.withLockIfAvailable { _ in
      guard next != nil, ContinuousClock.now - usedAt > idle else { return }
      rd_kafka_consume_stop(topic, target.partition.value)
      next = nil
    }
  }

  /// Copies messages and frees them.
  /// - Returns: whether the end of the partition was met.
  private func take(_ count: Int, from offset: Offset, _ position: inout Offset, _ buffer: inout RecordBuffer) throws(ProwziError) -> Bool {
    var isAtEnd = false
    var failure: ProwziError?
    for index in 0..<count {
      guard let message = messages[index] else { continue }
      defer { rd_kafka_message_destroy(message) }
      if failure != nil { continue }
      let error = message.pointee.err
      if error == RD_KAFKA_RESP_ERR_NO_ERROR {
        guard message.pointee.offset >= position.value else { continue }
        buffer.append(message)
        position = Offset(message.pointee.offset + 1)
        isAtEnd = false
      } else if error == RD_KAFKA_RESP_ERR__PARTITION_EOF {
        position = max(position, Offset(message.pointee.offset))
        isAtEnd = true
      } else if !error.isPassing {
        let reason = message.pointee.payload.map {
          String(decoding: UnsafeRawBufferPointer(start: $0, count: message.pointee.len), as: UTF8.self)
        }
        failure = ProwziError(kafka: error, "the partition cannot be read", place: "\(target) offset \(position)", cause: reason)
      }
    }
    if let failure {
      // The library may have stopped fetching: begin anew next time.
      rd_kafka_consume_stop(topic, target.partition.value)
      next = nil
      throw failure
    }
    return isAtEnd
  }

  private func place(at offset: Offset) throws(ProwziError) {
    if next == offset { return }
    if next != nil {
      let error = rd_kafka_seek(topic, target.partition.value, offset.value, 5000)
      if error == RD_KAFKA_RESP_ERR_NO_ERROR {
        next = offset
        return
      }
      rd_kafka_consume_stop(topic, target.partition.value)
      next = nil
    }
    guard rd_kafka_consume_start(topic, target.partition.value, offset.value) == 0 else {
      throw ProwziError(kafka: rd_kafka_last_error(), "the partition cannot be read", place: "\(target)")
    }
    next = offset
  }
}
