import CKafka
import Glibc
import Model
import RecordFormat

/// A header that stands for a timestamp which the library cannot send: it takes 0 for "now". Written and taken out again on this side of the port, so
/// that a record is the same here and in an embedded log; other readers see 1 ms after 1970 and this header.
enum SubstituteTime {
  static let header = "prowzi-timestamp"
}

extension RecordBuffer {
  /// Appends a copy of a message. The library keeps its own until the message is freed.
  mutating func append(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
    let content = message.pointee
    var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
    var time = Timestamp(milliseconds: rd_kafka_message_timestamp(message, &type))
    var layout = Layout(offset: Offset(content.offset), timestamp: time, key: nil, value: nil, headers: 0..<0)
    if let key = content.key {
      layout.key = store(UnsafeRawBufferPointer(start: key, count: content.key_len))
    }
    if let value = content.payload {
      layout.value = store(UnsafeRawBufferPointer(start: value, count: content.len))
    }
    let start = bytes.count
    var headers: OpaquePointer?
    if rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers {
      var count = rd_kafka_header_cnt(headers)
      let isSubstituted = substitute(in: headers, count, &time)
      if isSubstituted { count -= 1 }
      bytes.append(varint: count)
      forEach(headers) { buffer, name, value in
        if isSubstituted, String(cString: name) == SubstituteTime.header { return }
        let text = UnsafeRawBufferPointer(start: name, count: strlen(name))
        buffer.bytes.append(varint: text.count)
        buffer.bytes.append(contentsOf: text)
        guard let value else { return buffer.bytes.append(varint: -1) }
        buffer.bytes.append(varint: value.count)
        buffer.bytes.append(contentsOf: value)
      }
    } else {
      bytes.append(varint: 0)
    }
    layout.headers = start..<bytes.count
    layout.timestamp = time
    records.append(layout)
  }

  private mutating func store(_ part: UnsafeRawBufferPointer) -> Range<Int> {
    let start = bytes.count
    bytes.append(contentsOf: part)
    return start..<bytes.count
  }

  private mutating func forEach(
    _ headers: OpaquePointer, _ body: (inout RecordBuffer, UnsafePointer<CChar>, UnsafeRawBufferPointer?) -> Void
  ) {
    var index = 0
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    while rd_kafka_header_get_all(headers, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let found = name {
      body(&self, found, value.map { UnsafeRawBufferPointer(start: $0, count: size) })
      index += 1
    }
  }

  private func substitute(in headers: OpaquePointer, _ count: Int, _ time: inout Timestamp) -> Bool {
    guard time.milliseconds == 1, count > 0 else { return false }
    var value: UnsafeRawPointer?
    var size = 0
    guard rd_kafka_header_get_last(headers, SubstituteTime.header, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let value,
      let milliseconds = Int64(String(decoding: UnsafeRawBufferPointer(start: value, count: size), as: UTF8.self))
    else { return false }
    time = Timestamp(milliseconds: milliseconds)
    return true
  }

  /// Hands a record to the library, which copies it.
  /// - Returns: the library's error; `_QUEUE_FULL` where the caller must wait.
  func produce(
    _ index: Int, to topic: OpaquePointer, _ partition: PartitionIndex, with client: OpaquePointer, opaque: UnsafeMutableRawPointer? = nil
  ) -> rd_kafka_resp_err_t {
    let layout = records[index]
    let list = headers(of: index)
    let headers = rd_kafka_headers_new(list.count + 1)
    for (name, value) in list {
      if let value {
        value.withUnsafeBytes { _ = rd_kafka_header_add(headers, name, -1, $0.baseAddress ?? Self.nothing, value.count) }
      } else {
        rd_kafka_header_add(headers, name, -1, nil, 0)
      }
    }
    var time = layout.timestamp.milliseconds
    if time < 1 {
      rd_kafka_header_add(headers, SubstituteTime.header, -1, String(time), -1)
      time = 1
    }
    let error = bytes.withUnsafeBytes { bytes in
      // A null pointer is Kafka's null; an empty part needs an address that is none.
      func part(_ range: Range<Int>?) -> UnsafeRawPointer? { range.map { _ in bytes.baseAddress ?? Self.nothing } }
      return prowzi_kafka_produce(
        client, topic, partition.value, time, part(layout.key)?.advanced(by: layout.key?.lowerBound ?? 0), layout.key?.count ?? 0,
        part(layout.value)?.advanced(by: layout.value?.lowerBound ?? 0), layout.value?.count ?? 0, headers, opaque)
    }
    // rdkafka.h: the headers belong to the library only where it took the message.
    if error != RD_KAFKA_RESP_ERR_NO_ERROR { rd_kafka_headers_destroy(headers) }
    return error
  }

  private static var nothing: UnsafeRawPointer { UnsafeRawPointer(bitPattern: 8)! }
}
