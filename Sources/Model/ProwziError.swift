/// An expected failure, as facts: what kind, what happened, where, and what to do about it.
///
/// Modules throw it with their own codes (`static let` in an extension of `Code`, next to the code that throws); wording for people and exit
/// codes are decided once, in the command line. A programmer's mistake is not an error: it traps.
public struct ProwziError: Error, Sendable, Equatable {
  /// A dotted, stable name such as `log.corrupt`: public, for scripts and tests to match on.
  public struct Code: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public init(stringLiteral text: String) { self.text = text }
    public var description: String { text }
  }

  public var code: Code
  /// What happened, in one sentence without a full stop.
  public var message: String
  /// The file, topic, field or argument, and where known the offset and byte in it.
  public var place: String?
  /// What the reader can do, in one sentence.
  public var advice: String?
  /// What the layer below said.
  public var cause: String?

  public init(_ code: Code, _ message: String, place: String? = nil, advice: String? = nil, cause: String? = nil) {
    self.code = code
    self.message = message
    self.place = place
    self.advice = advice
    self.cause = cause
  }
}

extension ProwziError: CustomStringConvertible {
  public var description: String {
    var text = "\(code): \(message)"
    if let place { text += " [\(place)]" }
    if let cause { text += " (\(cause))" }
    if let advice { text += ". \(advice)" }
    return text
  }
}
