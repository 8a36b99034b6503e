import Model

extension JSONDocument {
  /// Appends a value as canonical JSON (RFC 8785): members sorted by UTF-16 code units, numbers and strings rewritten.
  ///
  /// Of members with one name the first is kept.
  public func appendCanonical(_ node: Int, to writer: inout JSONWriter) {
    switch nodes[node].kind {
    case .null: writer.null()
    case .no: writer.bool(false)
    case .yes: writer.bool(true)
    case .number: writer.number(double(node) ?? 0)
    case .string:
      var text: [UInt8] = []
      appendString(node, to: &text)
      writer.string(text, in: 0..<text.count)
    case .array:
      writer.beginArray()
      for element in elements(of: node) { appendCanonical(element, to: &writer) }
      writer.endArray()
    case .object:
      var seen = Set<String>()
      var sorted: [(name: String, value: Int)] = []
      for (key, value) in members(of: node) {
        let name = string(key) ?? ""
        if seen.insert(name).inserted { sorted.append((name, value)) }
      }
      sorted.sort { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) }
      writer.beginObject()
      for member in sorted {
        writer.key(member.name)
        appendCanonical(member.value, to: &writer)
      }
      writer.endObject()
    }
  }

  /// The whole document as canonical JSON.
  public var canonicalBytes: [UInt8] {
    var writer = JSONWriter()
    appendCanonical(root, to: &writer)
    return writer.bytes
  }
}
