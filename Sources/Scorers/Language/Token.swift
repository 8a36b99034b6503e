import JSON
import Model

/// One word, number, text or sign of an expression.
struct Token: Equatable {
  enum Kind: Equatable {
    case number(Double)
    case text([UInt8])
    /// A name or a word of the language.
    case word(String)
    /// `+`, `<=`, `??` and the like.
    case sign(String)
    case end
  }

  var kind: Kind
  /// Where it begins.
  var byte: Int

  /// How it is called in an error.
  var description: String {
    switch kind {
    case .number: "a number"
    case .text: "a text"
    case .word(let word): "`\(word)`"
    case .sign(let sign): "`\(sign)`"
    case .end: "the end"
    }
  }
}

/// Cuts an expression into tokens.
///
/// *Shape*: names are ASCII letters, digits and underscores; numbers are decimal with underscores between digits, a fraction and an
/// exponent; texts stand in single or double quotes and hold no escapes.
enum Lexer {
  private static let twoByteSigns = ["==", "!=", "<=", ">=", "??"]
  private static let oneByteSigns = Set("+-*/<>()[],?:".utf8)

  static func tokens(of text: [UInt8]) throws(ExpressionError) -> [Token] {
    var tokens: [Token] = []
    var at = 0
    while at < text.count {
      let byte = text[at]
      switch byte {
      case 0x20, 0x09, 0x0a, 0x0d: at += 1
      case UInt8(ascii: "0")...UInt8(ascii: "9"): tokens.append(try number(text, &at))
      case UInt8(ascii: "'"), UInt8(ascii: "\""): tokens.append(try quoted(text, &at))
      case let byte where isNameStart(byte):
        let start = at
        while at < text.count, isNamePart(text[at]) { at += 1 }
        tokens.append(Token(kind: .word(String(decoding: text[start..<at], as: UTF8.self)), byte: start))
      default: tokens.append(try sign(text, &at))
      }
    }
    tokens.append(Token(kind: .end, byte: text.count))
    return tokens
  }

  static func isNameStart(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
  }

  static func isNamePart(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private static func number(_ text: [UInt8], _ at: inout Int) throws(ExpressionError) -> Token {
    let start = at
    var plain: [UInt8] = []
    func digits() {
      while at < text.count, isDigit(text[at]) || (text[at] == UInt8(ascii: "_") && at + 1 < text.count && isDigit(text[at + 1])) {
        if text[at] != UInt8(ascii: "_") { plain.append(text[at]) }
        at += 1
      }
    }
    digits()
    if at + 1 < text.count, text[at] == UInt8(ascii: "."), isDigit(text[at + 1]) {
      plain.append(text[at])
      at += 1
      digits()
    }
    if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
      var digit = at + 1
      if digit < text.count, text[digit] == UInt8(ascii: "-") || text[digit] == UInt8(ascii: "+") { digit += 1 }
      if digit < text.count, isDigit(text[digit]) {
        plain.append(contentsOf: text[at..<digit])
        at = digit
        digits()
      }
    }
    if at < text.count, isNamePart(text[at]) || text[at] == UInt8(ascii: ".") {
      throw ExpressionError("this is no number", at: start, advice: "Numbers are written as 10, 0.25, 10_000_000 or 1e7")
    }
    while plain.count > 1, plain[0] == UInt8(ascii: "0"), isDigit(plain[1]) { plain.removeFirst() }
    let value = DecimalText.double(plain, in: 0..<plain.count)
    guard value.isFinite else { throw ExpressionError("the number is too large", at: start) }
    return Token(kind: .number(value), byte: start)
  }

  private static func quoted(_ text: [UInt8], _ at: inout Int) throws(ExpressionError) -> Token {
    let start = at
    let quote = text[at]
    at += 1
    while at < text.count, text[at] != quote { at += 1 }
    guard at < text.count else {
      throw ExpressionError("the text that begins here has no end", at: start, advice: "Close it with the quote it began with")
    }
    defer { at += 1 }
    return Token(kind: .text(Array(text[start + 1..<at])), byte: start)
  }

  private static func sign(_ text: [UInt8], _ at: inout Int) throws(ExpressionError) -> Token {
    let start = at
    let two = at + 1 < text.count ? String(decoding: text[at...at + 1], as: UTF8.self) : ""
    if twoByteSigns.contains(two) {
      at += 2
      return Token(kind: .sign(two), byte: start)
    }
    if let word = ["&&": "and", "||": "or"][two] {
      throw ExpressionError("`\(two)` is not a word of the language", at: start, advice: "Write `\(word)`")
    }
    if oneByteSigns.contains(text[at]) {
      at += 1
      return Token(kind: .sign(String(decoding: [text[start]], as: UTF8.self)), byte: start)
    }
    switch text[at] {
    case UInt8(ascii: "="): throw ExpressionError("`=` is not a word of the language", at: start, advice: "Write `==` to compare")
    case UInt8(ascii: "!"): throw ExpressionError("`!` is not a word of the language", at: start, advice: "Write `not`")
    default:
      throw ExpressionError(
        "this character means nothing here", at: start, advice: "Texts stand in quotes, names are letters, digits and underscores")
    }
  }
}
