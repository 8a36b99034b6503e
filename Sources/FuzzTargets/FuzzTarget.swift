import Model

/// A law that an input breaks: what libFuzzer stops at, and a test fails with.
public struct BrokenLaw: Error, CustomStringConvertible, Sendable {
  public var description: String

  public init(_ description: String) { self.description = description }
}

/// One reader of foreign bytes, and what must hold whatever it is given.
///
/// *Determinism*: the body depends on its input alone, so a case that fails once fails always.
public struct FuzzTarget: Sendable {
  /// `[a-z0-9_]+`: a name for the command line and a folder of the corpus.
  public let name: String
  /// What must hold, in a sentence.
  public let law: String
  /// The longest input worth trying, in bytes.
  public let maxLength: Int
  /// Inputs to begin with, all of them our own.
  public let seeds: @Sendable () -> [[UInt8]]
  public let body: @Sendable ([UInt8]) throws(BrokenLaw) -> Void

  public init(
    _ name: String, _ law: String, maxLength: Int = 4096, seeds: @escaping @Sendable () -> [[UInt8]],
    body: @escaping @Sendable ([UInt8]) throws(BrokenLaw) -> Void
  ) {
    self.name = name
    self.law = law
    self.maxLength = maxLength
    self.seeds = seeds
    self.body = body
  }
}

/// The registry: every reader of foreign bytes is here.
public enum FuzzTargets {
  public static let all: [FuzzTarget] =
    batches + codecs + log + json + adapters + events + documents + proofs + arguments + sensors + states

  /// Broken on purpose.
  public static let alwaysFails = FuzzTarget("always_fails", "no input begins with the letter F", seeds: { [[UInt8](text: "F")] }) {
    (bytes) throws(BrokenLaw) in try hold(bytes.first != UInt8(ascii: "F"), "an input begins with F")
  }

  public static func named(_ name: String) -> FuzzTarget? { name == alwaysFails.name ? alwaysFails : all.first { $0.name == name } }
}

/// Asserts a law.
func hold(_ condition: Bool, _ message: @autoclosure () -> String) throws(BrokenLaw) {
  if !condition { throw BrokenLaw(message()) }
}

/// What a reader gives; `nil` where it refuses. A refusal is always lawful; a trap, a hang or a lie is not.
func accepted<Value>(_ read: () throws(ProwziError) -> Value) -> Value? {
  do { return try read() } catch { return nil }
}

/// Takes choices off the front of an input and leaves the rest as the bytes in question.
struct Choices {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// The next byte; 0 at the end.
  mutating func byte() -> Int { Int(rest.popFirst() ?? 0) }
  mutating func word() -> Int { byte() << 8 | byte() }
  mutating func pick<Value>(_ values: [Value]) -> Value { values[byte() % values.count] }

  var bytes: [UInt8] { Array(rest) }
}
