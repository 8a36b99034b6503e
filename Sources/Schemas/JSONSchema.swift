import JSON
import Model

/// A rule that a value breaks.
public struct SchemaViolation: Sendable, Equatable {
  /// Where in the value: a JSON pointer, empty for the whole.
  public var pointer: String
  /// The keyword that is broken, such as `required`.
  public var keyword: String
  /// One sentence without a full stop.
  public var message: String

  public init(pointer: String, keyword: String, message: String) {
    self.pointer = pointer
    self.keyword = keyword
    self.message = message
  }
}

/// A JSON Schema, compiled once and held against many values.
///
/// ```swift
/// let schema = try JSONSchema(bytes, place: "topics/prowzi.briefs.json")
/// let violations = schema.violations(in: document)
/// ```
///
/// *Shape*: every subschema is a rule in a flat list; rules name one another by their positions, so that schemas that refer to themselves are lists too.
///
/// For one thread at a time: `Regex` is not sendable.
///
/// *Source*: JSON Schema Core and Validation, draft 2020-12.
public final class JSONSchema {
  struct Types: OptionSet {
    let rawValue: UInt8
    static let null = Types(rawValue: 1)
    static let boolean = Types(rawValue: 2)
    static let number = Types(rawValue: 4)
    static let integer = Types(rawValue: 8)
    static let string = Types(rawValue: 16)
    static let array = Types(rawValue: 32)
    static let object = Types(rawValue: 64)

    static let names: [(String, Types)] = [
      ("null", .null), ("boolean", .boolean), ("number", .number), ("integer", .integer), ("string", .string), ("array", .array),
      ("object", .object),
    ]
  }

  /// Inclusive bounds of a count.
  struct Bounds {
    var least = 0
    var most = Int.max
    func holds(_ count: Int) -> Bool { count >= least && count <= most }
  }

  /// One subschema. What is absent says nothing.
  struct Rule {
    /// `true` and `false` are schemas too.
    var always: Bool?
    var types: Types?
    /// Canonical bytes of the values of `enum`, and of `const`.
    var choices: [[UInt8]]?
    var constant: [UInt8]?
    var minimum: Double?
    var maximum: Double?
    var exclusiveMinimum: Double?
    var exclusiveMaximum: Double?
    var multipleOf: Double?
    var length = Bounds()
    var pattern: (text: String, regex: Regex<AnyRegexOutput>)?
    var properties: [(name: String, rule: Int)] = []
    var patternProperties: [(regex: Regex<AnyRegexOutput>, rule: Int)] = []
    var additionalProperties: Int?
    var propertyNames: Int?
    var required: [String] = []
    var dependentRequired: [(name: String, needs: [String])] = []
    var dependentSchemas: [(name: String, rule: Int)] = []
    var memberCount = Bounds()
    var prefixItems: [Int] = []
    var items: Int?
    var contains: (rule: Int, bounds: Bounds)?
    var itemCount = Bounds()
    var itemsAreUnique = false
    var allOf: [Int] = []
    var anyOf: [Int] = []
    var oneOf: [Int] = []
    var not: Int?
    var condition: (test: Int, then: Int?, otherwise: Int?)?
    var reference: Int?
  }

  var rules: [Rule] = []

  /// Compiles a schema.
  /// - Parameter place: what the schema is of, for errors.
  /// - Throws: `schema.invalid` for what is no schema; `schema.unsupported` for a keyword that would not be checked.
  public init(_ bytes: [UInt8], place: String) throws(ProwziError) {
    let document: JSONDocument
    do {
      document = try JSONDocument(bytes)
    } catch {
      throw ProwziError("schema.invalid", "the schema is not JSON", place: "\(place), byte \(error.byte)")
    }
    var compiler = SchemaCompiler(document, place)
    _ = try compiler.compile(document.root, "")
    rules = compiler.rules
  }

  /// What a value breaks, in the order of the schema; empty for a value that is valid.
  /// - Parameter limit: at most so many.
  /// - Complexity: linear in the value times the rules that apply to each place, but for `uniqueItems`, which sorts.
  public func violations(in document: JSONDocument, limit: Int = 16) -> [SchemaViolation] {
    var check = SchemaCheck(rules: rules, document: document, limit: limit)
    check.check(document.root, against: 0, depth: 0)
    return check.violations
  }
}
