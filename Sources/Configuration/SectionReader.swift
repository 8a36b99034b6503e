import JSON
import Model

/// Reads one object of a configuration document: every member has a type and a range, every mistake is named with its place, and members
/// nobody asked for are mistakes too.
struct SectionReader {
  let document: JSONDocument
  let node: Int
  /// JSON Pointer (RFC 6901) of the object.
  let pointer: String
  private var asked: Set<String> = []

  init(document: JSONDocument, node: Int, pointer: String) throws(ProwziError) {
    self.document = document
    self.node = node
    self.pointer = pointer
    guard document.kind(node) == .object else { throw Self.error("an object is needed here", at: pointer) }
  }

  static func error(_ message: String, at pointer: String) -> ProwziError {
    ProwziError(
      "config.invalid", message, place: pointer.isEmpty ? "/" : pointer,
      advice: "Compare with `prowzi config show`; `prowzi config check FILE` says whether a document is valid.")
  }

  func error(_ name: String, _ message: String) -> ProwziError { Self.error(message, at: "\(pointer)/\(name)") }

  private mutating func find(_ name: String) -> Int? {
    asked.insert(name)
    return document.member(named: name, of: node)
  }

  mutating func section(_ name: String) throws(ProwziError) -> SectionReader {
    guard let child = find(name) else { throw error(name, "the section is missing") }
    return try SectionReader(document: document, node: child, pointer: "\(pointer)/\(name)")
  }

  mutating func optionalNode(_ name: String) -> Int? { find(name) }

  mutating func number(_ name: String, in range: ClosedRange<Double>) throws(ProwziError) -> Double {
    guard let child = find(name), let value = document.double(child) else { throw error(name, "a number is needed here") }
    guard range.contains(value) else { throw error(name, "the number must lie between \(range.lowerBound) and \(range.upperBound)") }
    return value
  }

  mutating func optionalNumber(_ name: String, in range: ClosedRange<Double>) throws(ProwziError) -> Double? {
    guard let child = find(name), document.kind(child) != .null else { return nil }
    return try number(name, in: range)
  }

  mutating func whole(_ name: String, in range: ClosedRange<Int64>) throws(ProwziError) -> Int64 {
    guard let child = find(name), let value = document.int(child) else { throw error(name, "a whole number is needed here") }
    guard range.contains(value) else { throw error(name, "the number must lie between \(range.lowerBound) and \(range.upperBound)") }
    return value
  }

  mutating func text(_ name: String) throws(ProwziError) -> String {
    guard let value = document.string(find(name)) else { throw error(name, "a text is needed here") }
    return value
  }

  /// The members of a table whose names are free: name and value, in the order of the document.
  mutating func table(_ name: String) throws(ProwziError) -> [(name: String, node: Int, pointer: String)] {
    guard let child = find(name) else { return [] }
    guard document.kind(child) == .object else { throw error(name, "an object is needed here") }
    return document.members(of: child).map { key, value in
      let member = document.string(key) ?? ""
      return (member, value, "\(pointer)/\(name)/\(member)")
    }
  }

  mutating func numbers(_ name: String, in range: ClosedRange<Double>) throws(ProwziError) -> [(name: String, value: Double)] {
    var result: [(name: String, value: Double)] = []
    for (member, child, place) in try table(name) {
      guard let value = document.double(child), range.contains(value) else {
        throw Self.error("a number between \(range.lowerBound) and \(range.upperBound) is needed here", at: place)
      }
      result.append((member, value))
    }
    return result
  }

  mutating func list(_ name: String) throws(ProwziError) -> [(node: Int, pointer: String)] {
    guard let child = find(name) else { return [] }
    guard document.kind(child) == .array else { throw error(name, "an array is needed here") }
    return document.elements(of: child).enumerated().map { ($0.element, "\(pointer)/\(name)/\($0.offset)") }
  }

  /// Refuses members that were never asked for.
  func finish() throws(ProwziError) {
    for (key, _) in document.members(of: node) {
      let name = document.string(key) ?? ""
      if !asked.contains(name) { throw error(name, "there is no setting of this name") }
    }
  }
}
