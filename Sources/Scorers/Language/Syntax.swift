/// An expression as a tree.
struct Syntax: Sendable {
  indirect enum Form: Sendable {
    case number(Double)
    case text([UInt8])
    case boolean(Bool)
    case name(String)
    case call(String, [Syntax])
    case negate(Syntax)
    case not(Syntax)
    case binary(BinaryOperator, Syntax, Syntax)
    /// `a in ["x", "y"]`, or `a not in […]`.
    case membership(Syntax, [[UInt8]], isNegated: Bool)
    case choice(Syntax, Syntax, Syntax)
  }

  var form: Form
  /// Where it begins, or where its operator stands.
  var byte: Int
}

enum BinaryOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case notEqual = "!="
  case and, or
  case otherwise = "??"
}

/// How large an expression may be. Every bound keeps evaluation short whatever a document says.
enum ExpressionLimits {
  static let bytes = 4096
  /// Operators, names and constants.
  static let nodes = 512
  /// Parentheses, arguments and branches inside one another.
  static let depth = 24
  static let arguments = 8
  static let members = 128
  static let helpers = 32
  /// Values that wait for their operator at once, helpers included.
  static let numbers = 64
  static let texts = 24
}

/// Reads an expression.
///
/// *Grammar*, loosest first: `if c then a else b` and `c ? a : b`; `or`; `and`; `not`; one comparison (`== != < <= > >= in`); `??`; `+ -`;
/// `* /`; `-x`; constants, names, calls and parentheses. Everything but `??` (read from the right) groups from the left.
struct Parser {
  private let tokens: [Token]
  private var position = 0
  private var nodes = 0
  private var depth = 0

  static let words: Set<String> = ["if", "then", "else", "and", "or", "not", "in", "true", "false"]

  static func parse(_ text: [UInt8]) throws(ExpressionError) -> Syntax {
    guard text.count <= ExpressionLimits.bytes else {
      throw ExpressionError("the expression is longer than \(ExpressionLimits.bytes) bytes", at: 0, advice: "Name parts of it under `let`")
    }
    var parser = Parser(tokens: try Lexer.tokens(of: text))
    let syntax = try parser.expression()
    guard parser.next.kind == .end else {
      throw ExpressionError(
        "\(parser.next.description) does not belong here", at: parser.next.byte, advice: "An operator or the end is expected")
    }
    return syntax
  }

  private init(tokens: [Token]) { self.tokens = tokens }

  private var next: Token { tokens[position] }

  private mutating func take(_ sign: String) -> Bool {
    guard next.kind == .sign(sign) else { return false }
    position += 1
    return true
  }

  private mutating func take(word: String) -> Bool {
    guard next.kind == .word(word) else { return false }
    position += 1
    return true
  }

  private func expected(_ what: String) -> ExpressionError {
    ExpressionError("\(what) is expected here, not \(next.description)", at: next.byte)
  }

  private mutating func expect(_ sign: String) throws(ExpressionError) { if !take(sign) { throw expected("`\(sign)`") } }

  private mutating func expect(word: String) throws(ExpressionError) { if !take(word: word) { throw expected("`\(word)`") } }

  private mutating func node(_ form: Syntax.Form, at byte: Int) throws(ExpressionError) -> Syntax {
    nodes += 1
    guard nodes <= ExpressionLimits.nodes else {
      throw ExpressionError(
        "the expression has more than \(ExpressionLimits.nodes) parts", at: byte, advice: "Name parts of it under `let`")
    }
    return Syntax(form: form, byte: byte)
  }

  private mutating func expression() throws(ExpressionError) -> Syntax {
    depth += 1
    defer { depth -= 1 }
    guard depth <= ExpressionLimits.depth else {
      throw ExpressionError(
        "the expression is nested more than \(ExpressionLimits.depth) levels deep", at: next.byte, advice: "Name parts of it under `let`")
    }
    let byte = next.byte
    if take(word: "if") {
      let condition = try expression()
      try expect(word: "then")
      let first = try expression()
      try expect(word: "else")
      return try node(.choice(condition, first, try expression()), at: byte)
    }
    let condition = try disjunction()
    guard take("?") else { return condition }
    let first = try expression()
    try expect(":")
    return try node(.choice(condition, first, try expression()), at: byte)
  }

  private mutating func disjunction() throws(ExpressionError) -> Syntax {
    var left = try conjunction()
    while case let byte = next.byte, take(word: "or") { left = try node(.binary(.or, left, try conjunction()), at: byte) }
    return left
  }

  private mutating func conjunction() throws(ExpressionError) -> Syntax {
    var left = try negation()
    while case let byte = next.byte, take(word: "and") { left = try node(.binary(.and, left, try negation()), at: byte) }
    return left
  }

  private mutating func negation() throws(ExpressionError) -> Syntax {
    var signs: [Int] = []
    while case let byte = next.byte, take(word: "not") { signs.append(byte) }
    var syntax = try comparison()
    for byte in signs.reversed() { syntax = try node(.not(syntax), at: byte) }
    return syntax
  }

  private mutating func comparison() throws(ExpressionError) -> Syntax {
    let left = try fallback()
    let byte = next.byte
    var compared: Syntax?
    if case .sign(let sign) = next.kind, ["==", "!=", "<", "<=", ">", ">="].contains(sign), let found = BinaryOperator(rawValue: sign) {
      position += 1
      compared = try node(.binary(found, left, try fallback()), at: byte)
    } else if take(word: "in") {
      compared = try node(.membership(left, try members(), isNegated: false), at: byte)
    } else if next.kind == .word("not"), tokens[position + 1].kind == .word("in") {
      position += 2
      compared = try node(.membership(left, try members(), isNegated: true), at: byte)
    }
    guard let compared else { return left }
    if case .sign(let sign) = next.kind, ["==", "!=", "<", "<=", ">", ">="].contains(sign) {
      throw ExpressionError("comparisons do not follow one another", at: next.byte, advice: "Join them with `and`: 1 < x and x < 2")
    }
    return compared
  }

  private mutating func members() throws(ExpressionError) -> [[UInt8]] {
    try expect("[")
    var texts: [[UInt8]] = []
    repeat {
      guard case .text(let text) = next.kind else { throw expected("a text in quotes") }
      guard texts.count < ExpressionLimits.members else {
        throw ExpressionError("there are more than \(ExpressionLimits.members) texts", at: next.byte, advice: "Use a table")
      }
      texts.append(text)
      position += 1
    } while take(",")
    try expect("]")
    return texts
  }

  private mutating func fallback() throws(ExpressionError) -> Syntax {
    var values = [try sum()]
    var bytes: [Int] = []
    while case let byte = next.byte, take("??") {
      bytes.append(byte)
      values.append(try sum())
    }
    var syntax = values.removeLast()
    while let left = values.popLast(), let byte = bytes.popLast() { syntax = try node(.binary(.otherwise, left, syntax), at: byte) }
    return syntax
  }

  private mutating func sum() throws(ExpressionError) -> Syntax {
    var left = try product()
    while true {
      let byte = next.byte
      if take("+") {
        left = try node(.binary(.add, left, try product()), at: byte)
      } else if take("-") {
        left = try node(.binary(.subtract, left, try product()), at: byte)
      } else {
        return left
      }
    }
  }

  private mutating func product() throws(ExpressionError) -> Syntax {
    var left = try signed()
    while true {
      let byte = next.byte
      if take("*") {
        left = try node(.binary(.multiply, left, try signed()), at: byte)
      } else if take("/") {
        left = try node(.binary(.divide, left, try signed()), at: byte)
      } else {
        return left
      }
    }
  }

  private mutating func signed() throws(ExpressionError) -> Syntax {
    var signs: [Int] = []
    while case let byte = next.byte, take("-") { signs.append(byte) }
    var syntax = try primary()
    for byte in signs.reversed() { syntax = try node(.negate(syntax), at: byte) }
    return syntax
  }

  private mutating func primary() throws(ExpressionError) -> Syntax {
    let token = next
    switch token.kind {
    case .number(let value):
      position += 1
      return try node(.number(value), at: token.byte)
    case .text(let text):
      position += 1
      return try node(.text(text), at: token.byte)
    case .word("true"), .word("false"):
      position += 1
      return try node(.boolean(token.kind == .word("true")), at: token.byte)
    case .word(let word) where !Self.words.contains(word):
      position += 1
      guard take("(") else { return try node(.name(word), at: token.byte) }
      return try node(.call(word, try arguments(of: word)), at: token.byte)
    case .sign("("):
      position += 1
      let inner = try expression()
      try expect(")")
      return inner
    default: throw expected("a value")
    }
  }

  private mutating func arguments(of word: String) throws(ExpressionError) -> [Syntax] {
    if take(")") { return [] }
    var arguments: [Syntax] = []
    repeat {
      guard arguments.count < ExpressionLimits.arguments else {
        throw ExpressionError("`\(word)` has more than \(ExpressionLimits.arguments) arguments", at: next.byte)
      }
      arguments.append(try expression())
    } while take(",")
    try expect(")")
    return arguments
  }
}
