import JSON
import Model

/// A scorer's name and version: `name@version`.
public struct ScorerLabel: Sendable, Hashable, CustomStringConvertible {
  public var name: String
  public var version: Int64

  public init(name: String, version: Int64) {
    self.name = name
    self.version = version
  }

  /// - Returns: `nil` where the text is no label.
  public init?(_ text: String) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let version = Int64(parts[1]), (1...1_000_000).contains(version), "\(version)" == parts[1],
      Self.isName(String(parts[0]))
    else { return nil }
    self.init(name: String(parts[0]), version: version)
  }

  /// Whether registered scorers may have this name: 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or a digit.
  public static func isName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...64).contains(bytes.count) else { return false }
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): continue
      case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): if index == 0 { return false }
      default: return false
      }
    }
    return true
  }

  public var description: String { "\(name)@\(version)" }
}

/// Scorer documents as people write them: whole, or what is different from another scorer.
public enum ScorerDocument {
  public static let mistakes = SectionReader.Mistakes(
    code: "scorer.invalid",
    advice: "`prowzi scorer show default@1` shows a whole document; a part needs `\"extends\": \"default@1\"`.")

  /// The label of the scorer that a document extends; `nil` for a whole document.
  public static func extended(by bytes: [UInt8]) throws(ProwziError) -> String? {
    let document = try parse(bytes)
    guard let node = document.member("extends", of: document.root), document.kind(node) != .null else { return nil }
    guard let label = document.string(node) else { throw mistakes.error("the label of a scorer is needed here", at: "/extends") }
    return label
  }

  /// The whole document, canonical: what is written merged over what it extends (JSON Merge Patch, RFC 7396).
  ///
  /// - Parameter base: the canonical document of the scorer that is extended.
  /// - Throws: `scorer.invalid` where the document has no name and version of its own.
  public static func whole(_ bytes: [UInt8], over base: [UInt8]?) throws(ProwziError) -> [UInt8] {
    let document = try parse(bytes)
    // Without what is `null`, as a merge leaves it: the section of a configuration that is made by merging has the same bytes.
    guard let base else { return MergePatch.apply(document, to: try parse([UInt8](text: "{}"))) }
    for (name, kind) in [("name", JSONDocument.Kind.string), ("version", .number)] {
      guard let node = document.member(named: name, of: document.root), document.kind(node) == kind else {
        throw mistakes.error("a document that extends another has a \(name) of its own", at: "/\(name)")
      }
    }
    let merged = MergePatch.apply(document, to: try parse(base))
    return MergePatch.apply(try parse([UInt8](text: "{\"extends\":null}")), to: try parse(merged))
  }

  /// Checks and compiles a whole document.
  /// - Throws: `scorer.invalid`, with the JSON pointer of what is wrong (and in an expression the column) as its place.
  public static func compile(_ bytes: [UInt8]) throws(ProwziError) -> CompiledScorer {
    let document = try parse(bytes)
    let reader = try SectionReader(document: document, node: document.root, pointer: "", mistakes: mistakes)
    let scorer = try CompiledScorer(section: reader)
    guard ScorerLabel.isName(scorer.name) else {
      throw mistakes.error("a scorer's name is 1 to 64 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or a digit", at: "/name")
    }
    return scorer
  }

  private static func parse(_ bytes: [UInt8]) throws(ProwziError) -> JSONDocument {
    guard bytes.count <= CompiledScorer.sizeLimit else {
      throw mistakes.error("the document is larger than \(CompiledScorer.sizeLimit) bytes", at: "")
    }
    do {
      return try JSONDocument(bytes)
    } catch {
      throw ProwziError(
        mistakes.code, "the document is not JSON (\(error.kind.rawValue))", place: "byte \(error.byte)",
        advice: "Look for a missing comma or quote there.")
    }
  }
}
