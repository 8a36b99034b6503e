import Events
import Model
import TestSupport
import Testing

@testable import Scorers

/// Random expressions: none stops the program, and what is accepted means what a plain walk over its tree says.
@Suite struct FuzzTests {
  /// What an expression is worth by a second, slow reading of the rules.
  enum Worth: Equatable {
    case number(Double?)
    case truth(Bool)

    var number: Double? { if case .number(let value) = self { value } else { nil } }
    var isTrue: Bool { self == .truth(true) }
    /// As a program gives it.
    var result: Double? { if case .truth(let truth) = self { truth ? 1 : 0 } else { number } }
  }

  static func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }

  static func worth(_ syntax: Syntax) -> Worth {
    func number(_ inner: Syntax) -> Double? { worth(inner).number }
    switch syntax.form {
    case .number(let value): return .number(value)
    case .boolean(let value): return .truth(value)
    case .name(let name): return .number(["amount_usd": 12_400_000, "cluster_size": 3, "base": 0.5][name])
    case .negate(let inner): return .number(number(inner).map { -$0 })
    case .not(let inner): return .truth(!worth(inner).isTrue)
    case .choice(let condition, let first, let second): return worth(condition).isTrue ? worth(first) : worth(second)
    case .call("has", let arguments): return .truth(number(arguments[0]) != nil)
    case .call(let name, let arguments):
      let values = arguments.compactMap(number)
      guard values.count == arguments.count else { return .number(nil) }
      switch name {
      case "min": return .number(values.min())
      case "max": return .number(values.max())
      case "clamp": return .number(min(max(values[0], values[1]), values[2]))
      case "abs": return .number(abs(values[0]))
      case "floor": return .number(values[0].rounded(.down))
      case "sqrt": return .number(values[0] < 0 ? nil : values[0].squareRoot())
      case "log2": return .number(values[0] > 0 ? Elementary.log2(values[0]) : nil)
      case "exp2": return .number(Elementary.exp2(values[0]))
      default: return .number(nil)
      }
    case .binary(let operation, let left, let right):
      let a = worth(left)
      if operation == .and { return .truth(a.isTrue && worth(right).isTrue) }
      if operation == .or { return .truth(a.isTrue || worth(right).isTrue) }
      if operation == .otherwise { return .number(a.number ?? number(right)) }
      if case .truth = a { return .truth((a == worth(right)) == (operation == .equal)) }
      guard let x = a.number, let y = number(right) else {
        return [.add, .subtract, .multiply, .divide].contains(operation) ? .number(nil) : .truth(operation == .notEqual)
      }
      switch operation {
      case .add: return .number(finite(x + y))
      case .subtract: return .number(finite(x - y))
      case .multiply: return .number(finite(x * y))
      case .divide: return .number(finite(x / y))
      case .less: return .truth(x < y)
      case .lessOrEqual: return .truth(x <= y)
      case .greater: return .truth(x > y)
      case .greaterOrEqual: return .truth(x >= y)
      case .equal: return .truth(x == y)
      default: return .truth(x != y)
      }
    case .text, .membership: return .number(nil)
    }
  }

  static func number(_ random: inout SplitMix64, _ depth: Int) -> String {
    let leaves = ["0", "1", "0.25", "3", "1e308", "1e-300", "10_000_000", "amount_usd", "stars", "cluster_size", "base"]
    if depth == 0 { return leaves[random.below(leaves.count)] }
    func inner() -> String { number(&random, depth - 1) }
    switch random.below(9) {
    case 0: return "(\(inner()) \(["+", "-", "*", "/", "??"][random.below(5)]) \(inner()))"
    case 1: return "\(inner()) \(["+", "-", "*", "/"][random.below(4)]) \(inner())"
    case 2: return "-\(leaves[random.below(leaves.count)])"
    case 3: return "\(["min", "max"][random.below(2)])(\(inner()), \(inner()))"
    case 4: return "\(["abs", "floor", "sqrt", "log2", "exp2"][random.below(5)])(\(inner()))"
    case 5: return "clamp(\(inner()), \(inner()), \(inner()))"
    case 6: return "(if \(truth(&random, depth - 1)) then \(inner()) else \(inner()))"
    case 7: return "(\(truth(&random, depth - 1)) ? \(inner()) : \(inner()))"
    default: return inner()
    }
  }

  static func truth(_ random: inout SplitMix64, _ depth: Int) -> String {
    if depth == 0 { return ["true", "false", "has(stars)", "has(base)"][random.below(4)] }
    switch random.below(4) {
    case 0: return "(\(truth(&random, depth - 1)) \(["and", "or", "==", "!="][random.below(4)]) \(truth(&random, depth - 1)))"
    case 1: return "(not \(truth(&random, depth - 1)))"
    case 2: return "(\(number(&random, 0)) \(["<", "<=", ">", ">=", "==", "!="][random.below(6)]) (\(number(&random, depth - 1))))"
    default: return "has(\(number(&random, depth - 1)))"
    }
  }

  @Test func programsGiveWhatTheTreeGives() throws {
    var random = SplitMix64(seed: 20_260_221)
    var present = 0
    for round in 0..<20_000 {
      let text = round % 5 == 0 ? Self.truth(&random, 4) : Self.number(&random, 4)
      let syntax: Syntax
      do throws(ExpressionError) {
        syntax = try Parser.parse([UInt8](text: text))
      } catch {
        #expect(error.message.contains("more than"), "\(text): \(error)")
        continue
      }
      let wanted = Self.worth(syntax).result
      let given = try value(of: text)
      #expect(given == wanted, "\(text)")
      if given != nil { present += 1 }
    }
    #expect(present > 5_000)
  }

  /// `nil` where the expression is refused, by itself or because a score cannot be a text.
  private static func program(_ text: [UInt8]) -> Program? {
    guard let built = try? ProgramBuilder.build(Parser.parse(text), at: .total, tables: [], helpers: Helpers()), built.type != .text else {
      return nil
    }
    return built.program
  }

  @Test func randomBytesAreRefusedOrRun() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<20_000 {
      let bytes = (0..<random.below(60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      if let program = Self.program(bytes) {
        _ = program.run(exploit, Subject(coverage: even))
      }
    }
  }

  @Test func randomWordsAreRefusedOrRun() {
    let words =
      [
        "(", ")", "[", "]", ",", "+", "-", "*", "/", "<", "==", "!=", "??", "?", ":", "if", "then", "else", "and", "or", "not", "in",
        "true", "1", "0",
        "'a'", "kind", "stars", "amount_usd", "title", "min", "clamp", "table", "has", "contains", "entity", "base", "novelty",
      ]
    var random = SplitMix64(seed: 8)
    var accepted = 0
    for _ in 0..<60_000 {
      let text = (0..<1 + random.below(9)).map { _ in words[random.below(words.count)] }.joined(separator: " ")
      if let program = Self.program([UInt8](text: text)) {
        accepted += 1
        let result = program.run(exploit, Subject(coverage: even))
        #expect(result.isNaN || result.isFinite)
      }
    }
    #expect(accepted > 100)
  }

  @Test func whatIsTooLargeIsRefusedAndNeverTraps() {
    let large = [
      String(repeating: "(", count: 4000), String(repeating: "-", count: 4000) + "1", String(repeating: "not ", count: 900) + "true",
      String(repeating: "1+", count: 1500) + "1", String(repeating: "if true then 1 else ", count: 100) + "1",
      String(repeating: "min(1,", count: 50) + "1" + String(repeating: ")", count: 50), String(repeating: "1 ?? ", count: 700) + "1",
      String(repeating: "x", count: 5000), "min(" + Array(repeating: "1", count: 9).joined(separator: ",") + ")",
    ]
    for text in large { #expect(throws: ExpressionError.self, "\(text.prefix(20))") { try value(of: text) } }
  }

  @Test func theLongestExpressionsThatAreAcceptedRun() throws {
    #expect(try value(of: String(repeating: "1+", count: 255) + "1") == 256)
    #expect(try value(of: String(repeating: "-", count: 500) + "1") == 1)
    #expect(try value(of: String(repeating: "(", count: 22) + "1" + String(repeating: ")", count: 22)) == 1)
  }
}
