import Events
import Model

/// An expression as a list of steps over two stacks, one of numbers and one of texts.
///
/// *Shape*: booleans are the numbers 0 and 1, a missing number is a NaN, a missing text says so. Jumps go forward only, so a program of n
/// instructions takes at most n steps. The first places of the stacks hold the helpers.
struct Program: Sendable {
  enum Operation: UInt8, Sendable {
    // Values; `operand` says which.
    case constant, feature, base, score, coverage, nodes, flag, number
    case textConstant, textField, fact, text
    // To a helper's place.
    case storeNumber, storeText
    case add, subtract, multiply, divide, negate, minimum, maximum, clamp, absolute, floor, squareRoot, log2, exp2, logScale
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual, and, or, not
    case hasNumber, hasText, otherwiseNumber, otherwiseText
    case textEqual, textNotEqual, member, contains, lookUp, entity, entityCount, hint
    // To the instruction with this number.
    case jump, jumpUnless
  }

  struct Instruction: Sendable {
    var operation: Operation
    var operand: Int32
  }

  var instructions: [Instruction] = []
  var constants: [Double] = []
  var features: [Feature] = []
  /// Names of facts and types of entities.
  var names: [String] = []
  /// All constant texts, one behind the other.
  var pool: [UInt8] = []
  var texts: [TextReference] = []
  /// Runs of `texts` that membership is asked of.
  var lists: [Range<Int32>] = []
  var tables: [CompiledTable] = []
  /// By `Kind.rawValue`, `Domain.rawValue` and `Relation.rawValue`, in `texts`.
  var kinds: Int32 = 0
  var domains: Int32 = 0
  var relations: Int32 = 0
  /// The first places of the stacks that are not a helper's.
  var firstNumber = 0
  var firstText = 0
  /// Whether it reads what the formula gives.
  var usesBase = false
  /// The numbers it reads, for the explanation: in ascending order of their names.
  var read: [ReadValue] = []

  /// A number that an explanation shows.
  struct ReadValue: Sendable {
    enum Source: Sendable {
      case feature(Feature)
      case coverage, nodes
      case flag(EventFlags)
      case score(Score)
    }

    var name: String
    var source: Source
  }
}

/// Where the bytes of a text lie.
struct TextReference: Sendable {
  enum Home: UInt8, Sendable {
    case missing, event, pool, source, tenant, language, firstSource
  }

  var home: Home
  var start: Int32
  var end: Int32

  static let missing = TextReference(home: .missing, start: 0, end: 0)

  init(home: Home, start: Int32, end: Int32) {
    self.home = home
    self.start = start
    self.end = end
  }

  init(_ home: Home) { self.init(home: home, start: 0, end: 0) }

  init(_ field: Field?) {
    if let field { self.init(home: .event, start: field.start, end: field.end) } else { self = .missing }
  }
}

/// A table with its extensions resolved: keys in ascending order of their bytes, and a number for each.
struct CompiledTable: Sendable, Equatable {
  var name: String
  var keys: [[UInt8]]
  var values: [Double]
  /// For any other key; NaN where there is none.
  var fallback: Double

  /// *Complexity*: O(log keys).
  func value(of key: Span<UInt8>) -> Double {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      let candidate = keys[middle]
      let order = TextComparison.order(candidate.span, key)
      if order == 0 { return values[middle] }
      if order < 0 { low = middle + 1 } else { high = middle }
    }
    return fallback
  }
}

/// Comparisons of bytes.
enum TextComparison {
  /// Negative where `a` comes first, 0 where both are equal.
  static func order(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Int {
    var i = 0
    while i < a.count, i < b.count {
      if a[i] != b[i] { return Int(a[i]) - Int(b[i]) }
      i += 1
    }
    return a.count - b.count
  }

  static func isEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool { a.count == b.count && order(a, b) == 0 }

  /// Whether `text` holds `part`, ASCII letters of either case alike.
  static func contains(_ text: Span<UInt8>, _ part: Span<UInt8>) -> Bool {
    guard part.count > 0 else { return true }
    guard text.count >= part.count else { return false }
    let first = lower(part[0])
    for start in 0...text.count - part.count where lower(text[start]) == first {
      var k = 1
      while k < part.count, lower(text[start + k]) == lower(part[k]) { k += 1 }
      if k == part.count { return true }
    }
    return false
  }

  private static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }
}
