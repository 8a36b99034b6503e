import JSON
import Model

/// A JSON value under construction, written canonically: members in the order of their names, whatever the order they were given in.
enum DocumentValue: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
  case null
  case bool(Bool)
  case whole(Int64)
  case number(Double)
  case text(String)
  /// JSON as it was recorded.
  case recorded([UInt8])
  case array([DocumentValue])
  case object([(name: String, value: DocumentValue)])

  init(dictionaryLiteral elements: (String, DocumentValue)...) { self = .object(elements.map { ($0.0, $0.1) }) }
  init(arrayLiteral elements: DocumentValue...) { self = .array(elements) }

  init(_ text: String?) { self = text.map { .text($0) } ?? .null }
  init(_ number: Int?) { self = number.map { .whole(Int64($0)) } ?? .null }
  init(_ number: Double?) { self = number.map { .number($0) } ?? .null }
  init(_ time: Timestamp?) { self = time.map { .whole($0.milliseconds) } ?? .null }
  init(_ offset: Offset?) { self = offset.map { .whole($0.value) } ?? .null }

  /// RFC 8785. Names are ours and ASCII, so the order of bytes is that of UTF-16 units.
  var bytes: [UInt8] {
    var json = JSONWriter()
    write(to: &json)
    return json.bytes
  }

  private func write(to json: inout JSONWriter) {
    switch self {
    case .null: json.null()
    case .bool(let value): json.bool(value)
    case .whole(let value): json.number(value)
    case .number(let value): if value.isFinite { json.number(value) } else { json.null() }
    case .text(let value): json.string(value)
    case .recorded(let value):
      if let document = try? JSONDocument(value) {
        document.appendCanonical(document.root, to: &json)
      } else {
        json.string(value.displayText)
      }
    case .array(let values): json.array { json in for value in values { value.write(to: &json) } }
    case .object(let members):
      json.object { json in
        for member in members.sorted(by: { $0.name < $1.name }) {
          json.key(member.name)
          member.value.write(to: &json)
        }
      }
    }
  }
}
