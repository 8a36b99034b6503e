import JSON
import Model

extension ProjectionFold {
  /// A dead letter, or with a code a derived record that could not be read.
  mutating func addDeadLetter(_ source: Source, _ topic: TopicName, code: String? = nil, message: String? = nil) {
    let partition = partition
    let coordinates = "\(topic)/\(partition)/\(source.offset)"
    func header(_ name: StaticString) -> String? { source.header(name).map { Self.storable($0.utf8) } }
    let headers = Self.headers(source)
    write(.deadLetters) { row in
      row.text(topic.text)
      row.smallint(partition)
      row.bigint(source.offset)
      row.text(source.tenant)
      row.text(String((code ?? header("prowzi-error-code") ?? "unknown").prefix(200)))
      row.text(message ?? header("prowzi-error-message") ?? "")
      row.text(code == nil ? header("prowzi-stage") ?? "" : "project")
      row.text(header("ce_source"))
      row.text(code == nil ? header("prowzi-input") ?? coordinates : coordinates)
      row.bigint(header("prowzi-error-byte").flatMap { Int64($0) })
      row.time(source.observedAt)
      row.bytea(source.records.bytes, in: source.layout.key)
      row.bytea(source.records.bytes, in: source.layout.value)
      row.json(headers)
    }
  }

  /// The headers as an array of pairs: names may repeat.
  private static func headers(_ source: Source) -> [UInt8] {
    var json = JSONWriter()
    json.array { json in
      for header in source.records.headers(of: source.index) {
        json.array { json in
          json.string(storable(header.name.utf8))
          if let value = header.value { json.string(storable(value)) } else { json.null() }
        }
      }
    }
    return json.bytes
  }
}
