import Model

/// Reads one object of a document that people write: every member has a type and a range, every mistake is named with its place, and members
/// nobody asked for are mistakes too.
///
/// ```swift
/// var reader = try SectionReader(document: document, node: document.root, pointer: "", mistakes: mistakes)
/// let share = try reader.number("share", in: 0...1)
/// try reader.finish()
/// ```
///
/// *Errors*: of the code that `mistakes` gives, with a JSON Pointer (RFC 6901) as the place.
public struct SectionReader {
  /// The words of an error that are the same for all of a document.
  public struct Mistakes: Sendable {
    public var code: ProwziError.Code
    public var advice: String

    public init(code: ProwziError.Code, advice: String) {
      self.code = code
      self.advice = advice
    }

    /// The error for what stands at a pointer.
    public func error(_ message: String, at pointer: String) -> ProwziError {
      ProwziError(code, message, place: pointer.isEmpty ? "/" : pointer, advice: advice)
    }
  }

  public let document: JSONDocument
  public let node: Int
  /// JSON Pointer (RFC 6901) of the object.
  public let pointer: String
  public let mistakes: Mistakes
  private var asked: Set<String> = []

  public init(document: JSONDocument, node: Int, pointer: String, mistakes: Mistakes) throws(ProwziError) {
    self.document = document
    self.node = node
    self.pointer = pointer
    self.mistakes = mistakes
    guard document.kind(node) == .object else { throw mistakes.error("an object is needed here", at: pointer) }
  }

  /// A reader of another object of the same document.
  public func reader(of node: Int, at pointer: String) throws(ProwziError) -> SectionReader {
    try SectionReader(document: document, node: node, pointer: pointer, mistakes: mistakes)
  }

  /// The error for what stands at a pointer.
  public func error(_ message: String, at pointer: String) -> ProwziError { mistakes.error(message, at: pointer) }

  /// The error for a member of this object.
  public func error(_ name: String, _ message: String) -> ProwziError { error(message, at: "\(pointer)/\(name)") }

  private mutating func find(_ name: String) -> Int? {
    asked.insert(name)
    return document.member(named: name, of: node)
  }

  /// A member that is an object and must be there.
  public mutating func section(_ name: String) throws(ProwziError) -> SectionReader {
    guard let child = find(name) else { throw error(name, "the section is missing") }
    return try reader(of: child, at: "\(pointer)/\(name)")
  }

  /// The node of a member that may be absent.
  public mutating func optionalNode(_ name: String) -> Int? { find(name) }

  /// A number that must be there and lie in a range.
  public mutating func number(_ name: String, in range: ClosedRange<Double>) throws(ProwziError) -> Double {
    guard let child = find(name), let value = document.double(child) else { throw error(name, "a number is needed here") }
    guard range.contains(value) else { throw error(name, "the number must lie between \(range.lowerBound) and \(range.upperBound)") }
    return value
  }

  /// A number that may be absent or `null`.
  public mutating func optionalNumber(_ name: String, in range: ClosedRange<Double>) throws(ProwziError) -> Double? {
    guard let child = find(name), document.kind(child) != .null else { return nil }
    return try number(name, in: range)
  }

  /// A whole number that must be there and lie in a range.
  public mutating func whole(_ name: String, in range: ClosedRange<Int64>) throws(ProwziError) -> Int64 {
    guard let child = find(name), let value = document.int(child) else { throw error(name, "a whole number is needed here") }
    guard range.contains(value) else { throw error(name, "the number must lie between \(range.lowerBound) and \(range.upperBound)") }
    return value
  }

  /// A text that must be there.
  public mutating func text(_ name: String) throws(ProwziError) -> String {
    guard let value = document.string(find(name)) else { throw error(name, "a text is needed here") }
    return value
  }

  /// The members of a table whose names are free: name and value, in the order of the document; of several with one name the first.
  public mutating func table(_ name: String) throws(ProwziError) -> [(name: String, node: Int, pointer: String)] {
    guard let child = find(name) else { return [] }
    guard document.kind(child) == .object else { throw error(name, "an object is needed here") }
    var seen = Set<String>()
    var result: [(name: String, node: Int, pointer: String)] = []
    for (key, value) in document.members(of: child) {
      let member = document.string(key) ?? ""
      if seen.insert(member).inserted { result.append((member, value, "\(pointer)/\(name)/\(member)")) }
    }
    return result
  }

  /// A table of numbers whose names are free; empty where it is absent.
  public mutating func numbers(_ name: String, in range: ClosedRange<Double>) throws(ProwziError) -> [(name: String, value: Double)] {
    var result: [(name: String, value: Double)] = []
    for (member, child, place) in try table(name) {
      guard let value = document.double(child), range.contains(value) else {
        throw error("a number between \(range.lowerBound) and \(range.upperBound) is needed here", at: place)
      }
      result.append((member, value))
    }
    return result
  }

  /// The elements of an array; empty where it is absent.
  public mutating func list(_ name: String) throws(ProwziError) -> [(node: Int, pointer: String)] {
    guard let child = find(name) else { return [] }
    guard document.kind(child) == .array else { throw error(name, "an array is needed here") }
    return document.elements(of: child).enumerated().map { ($0.element, "\(pointer)/\(name)/\($0.offset)") }
  }

  /// Refuses members that were never asked for.
  public func finish() throws(ProwziError) {
    for (key, _) in document.members(of: node) {
      let name = document.string(key) ?? ""
      if !asked.contains(name) { throw error(name, "there is no setting of this name") }
    }
  }
}
