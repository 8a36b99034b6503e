import Events
import JSON
import Model

/// A scorer written in Swift, for what formulas and expressions cannot say.
///
/// It is used through a scorer document, which names it as `"swift": "name@version"`, has the formulas' constants like any other, and may hold
/// `settings` that the code reads. So it is registered, tried, promoted and rolled back as every scorer is.
///
/// To write one: conform a type, add it to `NativeScorers.all`, and put a test beside the others.
///
/// *Laws*: `evaluate` reads its arguments and nothing else; equal arguments give equal details on every machine (`Elementary`, not libm; nothing
/// whose order is not fixed); values are in 0…1 and rounded to six decimals; inputs stand in ascending order of their names. Code that gives
/// other numbers gets another `version`, because documents that are in a log name the one they were written for.
public protocol NativeScorer: Sendable {
  /// Letters, digits and hyphens.
  static var name: String { get }
  static var version: Int64 { get }
  /// One sentence for people.
  static var summary: String { get }

  /// Reads the document's `settings` (an empty object where it has none), asking for every member it knows.
  init(settings: inout SectionReader) throws(ProwziError)

  /// The five scores, by `Score.rawValue`. The total is always the sum of their contributions.
  func evaluate(_ input: EnrichedEvent, coverage: Coverage, formulas: Formulas) -> [ScoreDetail]
}

/// The scorers that are written in Swift.
public enum NativeScorers {
  /// All there are.
  public static let all: [any NativeScorer.Type] = [CorroborationScorer.self]

  /// Reads the members `swift` and `settings`; `nil` where the document names no code.
  static func read(_ reader: inout SectionReader) throws(ProwziError) -> (any NativeScorer)? {
    guard reader.optionalNode("swift") != nil else { return nil }
    let wanted = try reader.text("swift")
    guard let type = all.first(where: { "\($0.name)@\($0.version)" == wanted }) else {
      let known = all.map { "\($0.name)@\($0.version)" }
      var error = reader.error("swift", "this program has no scorer \"\(wanted)\"")
      error.advice =
        Nearest.word(to: wanted, among: known).map { "Did you mean \"\($0)\"?" } ?? "There are \(known.joined(separator: ", "))"
      throw error
    }
    if reader.optionalNode("settings") == nil {
      let empty = JSONDocument.emptyObject
      var settings = try SectionReader(
        document: empty, node: empty.root, pointer: "\(reader.pointer)/settings", mistakes: reader.mistakes)
      return try type.init(settings: &settings)
    }
    var settings = try reader.section("settings")
    let scorer = try type.init(settings: &settings)
    try settings.finish()
    return scorer
  }
}

extension JSONDocument {
  fileprivate static let emptyObject: JSONDocument = {
    guard let document = try? JSONDocument([UInt8](text: "{}")) else { preconditionFailure("an empty object is JSON") }
    return document
  }()
}
