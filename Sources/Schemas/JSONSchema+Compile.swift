import JSON
import Model

/// Turns a schema document into rules.
struct SchemaCompiler {
  private let document: JSONDocument
  private let place: String
  private(set) var rules: [JSONSchema.Rule] = []
  /// Rules by the pointer of their subschema, so that a reference back finds the one being made.
  private var known: [String: Int] = [:]

  /// Says nothing about a value.
  private static let annotations: Set<String> = [
    "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly",
    "writeOnly", "format", "contentEncoding", "contentMediaType", "contentSchema",
  ]

  init(_ document: JSONDocument, _ place: String) {
    self.document = document
    self.place = place
  }

  private func invalid(_ pointer: String, _ message: String) -> ProwziError {
    ProwziError("schema.invalid", message, place: "\(place)#\(pointer)")
  }

  /// Compiles the subschema at a node.
  /// - Returns: its rule's position.
  mutating func compile(_ node: Int, _ pointer: String) throws(ProwziError) -> Int {
    if let rule = known[pointer] { return rule }
    let position = rules.count
    known[pointer] = position
    rules.append(JSONSchema.Rule())
    if let always = document.bool(node) {
      rules[position].always = always
      return position
    }
    guard document.kind(node) == .object else { throw invalid(pointer, "a schema is an object, true or false") }
    var rule = JSONSchema.Rule()
    for (key, value) in document.members(of: node) {
      let name = document.string(key) ?? ""
      let here = pointer + "/" + Self.escaped(name)
      if Self.annotations.contains(name) { continue }
      if try values(name, value, here, &rule) { continue }
      if try collections(name, value, here, &rule) { continue }
      if try combinations(name, value, here, node, pointer, &rule) { continue }
      throw ProwziError(
        "schema.unsupported", "the keyword '\(name)' would not be checked", place: "\(place)#\(pointer)",
        advice: "Say it with other keywords, or leave it out")
    }
    rules[position] = rule
    return position
  }

  // MARK: Keywords

  private mutating func values(_ name: String, _ value: Int, _ pointer: String, _ rule: inout JSONSchema.Rule) throws(ProwziError) -> Bool {
    switch name {
    case "type":
      var types: JSONSchema.Types = []
      for node in document.kind(value) == .array ? document.elements(of: value) : [value] {
        guard let found = JSONSchema.Types.names.first(where: { $0.0 == document.string(node) }) else {
          throw invalid(pointer, "this is no type")
        }
        types.insert(found.1)
      }
      rule.types = types
    case "enum": rule.choices = document.elements(of: value).map(canonical)
    case "const": rule.constant = canonical(value)
    case "minimum": rule.minimum = try number(value, pointer)
    case "maximum": rule.maximum = try number(value, pointer)
    case "exclusiveMinimum": rule.exclusiveMinimum = try number(value, pointer)
    case "exclusiveMaximum": rule.exclusiveMaximum = try number(value, pointer)
    case "multipleOf":
      rule.multipleOf = try number(value, pointer)
      if rule.multipleOf ?? 0 <= 0 { throw invalid(pointer, "a multiple is above 0") }
    case "minLength": rule.length.least = try count(value, pointer)
    case "maxLength": rule.length.most = try count(value, pointer)
    case "pattern": rule.pattern = (document.string(value) ?? "", try regex(document.string(value), pointer))
    default: return false
    }
    return true
  }

  private mutating func collections(
    _ name: String, _ value: Int, _ pointer: String, _ rule: inout JSONSchema.Rule
  ) throws(ProwziError) -> Bool {
    switch name {
    case "properties":
      for (key, node, here) in members(value, pointer) { rule.properties.append((key, try compile(node, here))) }
    case "patternProperties":
      for (key, node, here) in members(value, pointer) { rule.patternProperties.append((try regex(key, here), try compile(node, here))) }
    case "additionalProperties": rule.additionalProperties = try compile(value, pointer)
    case "propertyNames": rule.propertyNames = try compile(value, pointer)
    case "required": rule.required = try texts(value, pointer)
    case "dependentRequired":
      for (key, node, here) in members(value, pointer) { rule.dependentRequired.append((key, try texts(node, here))) }
    case "dependentSchemas":
      for (key, node, here) in members(value, pointer) { rule.dependentSchemas.append((key, try compile(node, here))) }
    case "minProperties": rule.memberCount.least = try count(value, pointer)
    case "maxProperties": rule.memberCount.most = try count(value, pointer)
    case "prefixItems":
      for (number, node) in document.elements(of: value).enumerated() { rule.prefixItems.append(try compile(node, "\(pointer)/\(number)")) }
    case "items": rule.items = try compile(value, pointer)
    case "minItems": rule.itemCount.least = try count(value, pointer)
    case "maxItems": rule.itemCount.most = try count(value, pointer)
    case "uniqueItems": rule.itemsAreUnique = document.bool(value) ?? false
    default: return false
    }
    return true
  }

  private mutating func combinations(
    _ name: String, _ value: Int, _ pointer: String, _ whole: Int, _ wholePointer: String, _ rule: inout JSONSchema.Rule
  ) throws(ProwziError) -> Bool {
    switch name {
    case "allOf": rule.allOf = try list(value, pointer)
    case "anyOf": rule.anyOf = try list(value, pointer)
    case "oneOf": rule.oneOf = try list(value, pointer)
    case "not": rule.not = try compile(value, pointer)
    case "if":
      let then = try document.member("then", of: whole).map { (node) throws(ProwziError) in try compile(node, wholePointer + "/then") }
      let otherwise = try document.member("else", of: whole).map { (node) throws(ProwziError) in try compile(node, wholePointer + "/else") }
      rule.condition = (try compile(value, pointer), then, otherwise)
    case "then", "else": break
    case "contains":
      var bounds = JSONSchema.Bounds(least: 1)
      if let least = document.member("minContains", of: whole) { bounds.least = try count(least, wholePointer + "/minContains") }
      if let most = document.member("maxContains", of: whole) { bounds.most = try count(most, wholePointer + "/maxContains") }
      rule.contains = (try compile(value, pointer), bounds)
    case "minContains", "maxContains": break
    case "$ref":
      guard let target = document.string(value), target == "#" || target.hasPrefix("#/") else {
        throw ProwziError(
          "schema.unsupported", "only references inside the schema are followed", place: "\(place)#\(pointer)",
          advice: "Copy what it refers to under $defs")
      }
      rule.reference = try compile(try node(at: String(target.dropFirst()), from: pointer), String(target.dropFirst()))
    default: return false
    }
    return true
  }

  // MARK: Parts

  private func node(at pointer: String, from place: String) throws(ProwziError) -> Int {
    var current: Int? = document.root
    for part in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
      guard let here = current else { break }
      let name = Self.unescaped(String(part))
      if document.kind(here) == .array {
        current = Int(name).flatMap { document.elements(of: here).dropFirst($0).first }
      } else {
        current = document.member(named: name, of: here)
      }
    }
    guard let current else { throw invalid(place, "there is nothing at '#\(pointer)'") }
    return current
  }

  private static func escaped(_ name: String) -> String {
    var text = ""
    for character in name.unicodeScalars {
      switch character {
      case "~": text += "~0"
      case "/": text += "~1"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }

  private static func unescaped(_ part: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(part.utf8)[...]
    // A reference is a URI fragment: percent signs first, then the pointer's own tildes.
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    var text: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "~"), index + 1 < bytes.count {
        text.append(bytes[index + 1] == UInt8(ascii: "1") ? UInt8(ascii: "/") : UInt8(ascii: "~"))
        index += 2
      } else {
        text.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func canonical(_ node: Int) -> [UInt8] {
    var writer = JSONWriter()
    document.appendCanonical(node, to: &writer)
    return writer.bytes
  }

  private func members(_ node: Int, _ pointer: String) -> [(name: String, node: Int, pointer: String)] {
    document.members(of: node).map {
      let name = document.string($0.key) ?? ""
      return (name, $0.value, pointer + "/" + Self.escaped(name))
    }
  }

  private mutating func list(_ node: Int, _ pointer: String) throws(ProwziError) -> [Int] {
    var found: [Int] = []
    for (number, element) in document.elements(of: node).enumerated() { found.append(try compile(element, "\(pointer)/\(number)")) }
    guard !found.isEmpty else { throw invalid(pointer, "this is a list of at least one schema") }
    return found
  }

  private func texts(_ node: Int, _ pointer: String) throws(ProwziError) -> [String] {
    let found = document.elements(of: node).map { document.string($0) }
    guard document.kind(node) == .array, !found.contains(nil) else { throw invalid(pointer, "this is a list of names") }
    return found.compactMap { $0 }
  }

  private func number(_ node: Int, _ pointer: String) throws(ProwziError) -> Double {
    guard let value = document.double(node) else { throw invalid(pointer, "this is a number") }
    return value
  }

  private func count(_ node: Int, _ pointer: String) throws(ProwziError) -> Int {
    guard let value = document.int(node), value >= 0 else { throw invalid(pointer, "this is a whole number from 0 on") }
    return Int(value)
  }

  private func regex(_ text: String?, _ pointer: String) throws(ProwziError) -> Regex<AnyRegexOutput> {
    // Expressions of schemas speak of code points, not of what readers see as one character.
    guard let text, let regex = try? Regex(text).matchingSemantics(.unicodeScalar) else {
      throw invalid(pointer, "this is no regular expression")
    }
    return regex
  }
}
