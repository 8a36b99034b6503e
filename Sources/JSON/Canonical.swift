import Model

extension JSONDocument {
  /// Appends a value as canonical JSON (RFC 8785): members sorted by UTF-16 code units, numbers and strings rewritten.
  ///
  /// Of members with one name the first is kept; names are one where their bytes are. A number beyond the doubles becomes the largest of them, as
  /// canonical JSON knows no other (RFC 8785, section 3.2.2.3).
  public func appendCanonical(_ node: Int, to writer: inout JSONWriter) {
    switch nodes[node].kind {
    case .null: writer.null()
    case .no: writer.bool(false)
    case .yes: writer.bool(true)
    case .number:
      let value = double(node) ?? 0
      writer.number(value.isFinite ? value : Double(signOf: value, magnitudeOf: Double.greatestFiniteMagnitude))
    case .string:
      var text: [UInt8] = []
      appendString(node, to: &text)
      writer.string(text, in: 0..<text.count)
    case .array:
      writer.beginArray()
      for element in elements(of: node) { appendCanonical(element, to: &writer) }
      writer.endArray()
    case .object:
      // Not of texts: those are equal where they only look alike.
      var seen = Set<[UInt8]>()
      var sorted: [(name: String, value: Int)] = []
      for (key, value) in members(of: node) {
        let name = string(key) ?? ""
        if seen.insert([UInt8](text: name)).inserted { sorted.append((name, value)) }
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
