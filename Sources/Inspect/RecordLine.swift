import JSON
import Model
import RecordFormat

/// Records as JSON lines.
public enum RecordLine {
  /// Writes a record as one object.
  ///
  /// *Shape*: `key` is a text, or `key_base64` where it is not UTF-8; `value` is the JSON value where the value is JSON, else
  /// `value_base64`; null keys and values are `null`. `headers` is an array of name and value, as a name can come twice.
  public static func write(
    _ records: RecordBuffer, _ index: Int, of target: TopicPartition, headers: Bool, document: inout JSONDocument, to json: inout JSONWriter
  ) {
    let record = records.records[index]
    json.beginObject()
    if headers {
      json.key("headers")
      json.array { json in
        for header in records.headers(of: index) {
          json.array { json in
            json.string(header.name)
            if let value = header.value { write(text: value, to: &json) } else { json.null() }
          }
        }
      }
    }
    writeKey(record.key.map { Array(records.bytes[$0]) }, &json)
    json.key("offset")
    json.number(record.offset.value)
    json.key("partition")
    json.number(Int64(target.partition.value))
    json.key("timestamp")
    json.number(record.timestamp.milliseconds)
    json.key("topic")
    json.string(target.topic.text)
    writeValue(records, record.value, &document, &json)
    json.endObject()
  }

  private static func writeKey(_ key: [UInt8]?, _ json: inout JSONWriter) {
    guard let key else {
      json.key("key")
      return json.null()
    }
    if UTF8Text.firstInvalidByte(in: key.span) == nil {
      json.key("key")
      json.string(key, in: 0..<key.count)
    } else {
      json.key("key_base64")
      json.plainString { appendBase64(key[...], to: &$0) }
    }
  }

  private static func writeValue(_ records: RecordBuffer, _ value: Range<Int>?, _ document: inout JSONDocument, _ json: inout JSONWriter) {
    guard let value else {
      json.key("value")
      return json.null()
    }
    if (try? document.parse(records.bytes, in: value)) != nil {
      json.key("value")
      // As recorded, but for white space around it and line ends inside, which would break the line.
      if records.bytes[value].contains(0x0a) || records.bytes[value].contains(0x0d) {
        document.appendCanonical(document.root, to: &json)
      } else {
        json.raw(records.bytes, in: value)
      }
    } else {
      json.key("value_base64")
      json.plainString { appendBase64(records.bytes[value], to: &$0) }
    }
  }

  private static func write(text: [UInt8], to json: inout JSONWriter) {
    if UTF8Text.firstInvalidByte(in: text.span) == nil { return json.string(text, in: 0..<text.count) }
    json.object { json in
      json.key("base64")
      json.plainString { appendBase64(text[...], to: &$0) }
    }
  }

  private static func appendBase64(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
    Base64.append(bytes.map { Int8(bitPattern: $0) }, to: &output)
  }
}
