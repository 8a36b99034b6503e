import Events
import Model

/// Checks the types of an expression and makes a program of it.
struct ProgramBuilder {
  /// Where an expression stands, which says what it may read besides fields and helpers.
  enum Place: Sendable {
    case helper
    /// One of the five scores: it may read `base`.
    case score
    /// The total: it may read `base` and the scores.
    case total
  }

  private let place: Place
  private let tables: [CompiledTable]
  private let helpers: Helpers
  /// By helper: its place on the stack of its type; `nil` where the expression does not need it.
  private var slots: [Int32?]
  private var program = Program()
  private var numbers = 0
  private var texts = 0

  /// - Returns: the program and the type of what it gives.
  static func build(
    _ syntax: Syntax, at place: Place, tables: [CompiledTable], helpers: Helpers
  ) throws(ExpressionError) -> (program: Program, type: ValueType) {
    var builder = ProgramBuilder(place: place, tables: tables, helpers: helpers)
    let needed = helpers.needed(by: syntax)
    for index in needed {
      if helpers.all[index].type == .text {
        builder.slots[index] = Int32(builder.program.firstText)
        builder.program.firstText += 1
      } else {
        builder.slots[index] = Int32(builder.program.firstNumber)
        builder.program.firstNumber += 1
      }
    }
    builder.numbers = builder.program.firstNumber
    builder.texts = builder.program.firstText
    builder.program.tables = tables
    builder.addNames()
    for index in needed {
      guard let slot = builder.slots[index] else { continue }
      let type = try builder.emit(helpers.all[index].syntax)
      builder.pop(type)
      builder.add(type == .text ? .storeText : .storeNumber, slot)
    }
    let type = try builder.emit(syntax)
    builder.program.read.sort { $0.name < $1.name }
    return (builder.program, type)
  }

  private init(place: Place, tables: [CompiledTable], helpers: Helpers) {
    self.place = place
    self.tables = tables
    self.helpers = helpers
    slots = Array(repeating: nil, count: helpers.all.count)
  }

  private mutating func addNames() {
    program.kinds = Int32(program.texts.count)
    for kind in Kind.allCases { _ = constant([UInt8](text: "\(kind.name)")) }
    program.domains = Int32(program.texts.count)
    for domain in Domain.allCases { _ = constant([UInt8](text: "\(domain.name)")) }
    program.relations = Int32(program.texts.count)
    for relation in Relation.allCases { _ = constant([UInt8](text: "\(relation.name)")) }
  }

  // MARK: Instructions

  private mutating func add(_ operation: Program.Operation, _ operand: Int32 = 0) {
    program.instructions.append(.init(operation: operation, operand: operand))
  }

  private mutating func push(_ type: ValueType, at byte: Int) throws(ExpressionError) {
    if type == .text { texts += 1 } else { numbers += 1 }
    guard numbers <= ExpressionLimits.numbers, texts <= ExpressionLimits.texts else {
      throw ExpressionError("too many values wait for their operators here", at: byte, advice: "Name parts of it under `let`")
    }
  }

  private mutating func pop(_ type: ValueType, _ count: Int = 1) {
    if type == .text { texts -= count } else { numbers -= count }
  }

  private mutating func constant(_ text: [UInt8]) -> Int32 {
    let start = Int32(program.pool.count)
    program.pool.append(contentsOf: text)
    program.texts.append(TextReference(home: .pool, start: start, end: Int32(program.pool.count)))
    return Int32(program.texts.count - 1)
  }

  private mutating func name(_ text: String) -> Int32 {
    if let known = program.names.firstIndex(of: text) { return Int32(known) }
    program.names.append(text)
    return Int32(program.names.count - 1)
  }

  private mutating func note(_ name: String, _ source: Program.ReadValue.Source) {
    if !program.read.contains(where: { $0.name == name }) { program.read.append(.init(name: name, source: source)) }
  }

  // MARK: Expressions

  private mutating func emit(_ syntax: Syntax, _ wanted: ValueType) throws(ExpressionError) {
    let type = try emit(syntax)
    if type != wanted { throw Self.mismatch(syntax, type, wanted) }
  }

  private static func mismatch(_ syntax: Syntax, _ type: ValueType, _ wanted: ValueType) -> ExpressionError {
    var subject = "this is"
    var shown = "x"
    if case .name(let name) = syntax.form { (subject, shown) = ("`\(name)` is", name) }
    let advice: String? =
      switch (type, wanted) {
      case (.number, .boolean): "Compare it, as in `\(shown) > 0`, or ask for it with `has(\(shown))`"
      case (.text, .boolean): "Compare it, as in `\(shown) == \"…\"`"
      case (.boolean, .number): "Write `if \(shown) then 1 else 0`"
      case (.text, .number): "Look it up in a table, as in `table(\"…\", \(shown))`"
      default: nil
      }
    return ExpressionError("\(subject) \(type.phrase), and \(wanted.phrase) is needed here", at: syntax.byte, advice: advice)
  }

  private mutating func emit(_ syntax: Syntax) throws(ExpressionError) -> ValueType {
    switch syntax.form {
    case .number(let value):
      program.constants.append(value)
      add(.constant, Int32(program.constants.count - 1))
      try push(.number, at: syntax.byte)
      return .number
    case .boolean(let value):
      program.constants.append(value ? 1 : 0)
      add(.constant, Int32(program.constants.count - 1))
      try push(.boolean, at: syntax.byte)
      return .boolean
    case .text(let text):
      add(.textConstant, constant(text))
      try push(.text, at: syntax.byte)
      return .text
    case .name(let name): return try emitName(name, at: syntax.byte)
    case .negate(let inner):
      try emit(inner, .number)
      add(.negate)
      return .number
    case .not(let inner):
      try emit(inner, .boolean)
      add(.not)
      return .boolean
    case .binary(let operation, let left, let right): return try emit(operation, left, right, at: syntax.byte)
    case .membership(let text, let members, let isNegated):
      try emit(text, .text)
      let start = Int32(program.texts.count)
      for member in members { _ = constant(member) }
      program.lists.append(start..<Int32(program.texts.count))
      add(.member, Int32(program.lists.count - 1))
      pop(.text)
      try push(.boolean, at: syntax.byte)
      if isNegated { add(.not) }
      return .boolean
    case .choice(let condition, let first, let second): return try emitChoice(condition, first, second)
    case .call(let name, let arguments): return try emitCall(name, arguments, at: syntax.byte)
    }
  }

  private mutating func emitChoice(_ condition: Syntax, _ first: Syntax, _ second: Syntax) throws(ExpressionError) -> ValueType {
    try emit(condition, .boolean)
    pop(.boolean)
    let test = program.instructions.count
    add(.jumpUnless)
    let type = try emit(first)
    // Only one of both runs.
    pop(type)
    let end = program.instructions.count
    add(.jump)
    program.instructions[test].operand = Int32(program.instructions.count)
    let other = try emit(second)
    if other != type {
      throw ExpressionError(
        "one branch gives \(type.phrase), this one gives \(other.phrase)", at: second.byte, advice: "Both must give the same")
    }
    program.instructions[end].operand = Int32(program.instructions.count)
    return type
  }

  private mutating func emit(_ operation: BinaryOperator, _ left: Syntax, _ right: Syntax, at byte: Int) throws(ExpressionError)
    -> ValueType
  {
    let numeric: [BinaryOperator: (Program.Operation, ValueType, ValueType)] = [
      .add: (.add, .number, .number), .subtract: (.subtract, .number, .number), .multiply: (.multiply, .number, .number),
      .divide: (.divide, .number, .number), .less: (.less, .number, .boolean), .lessOrEqual: (.lessOrEqual, .number, .boolean),
      .greater: (.greater, .number, .boolean), .greaterOrEqual: (.greaterOrEqual, .number, .boolean), .and: (.and, .boolean, .boolean),
      .or: (.or, .boolean, .boolean),
    ]
    if let (instruction, operands, result) = numeric[operation] {
      try emit(left, operands)
      try emit(right, operands)
      pop(operands)
      add(instruction)
      return result
    }
    let type = try emit(left)
    if operation == .otherwise {
      guard type != .boolean else {
        throw ExpressionError("a boolean always has a value, so `??` changes nothing", at: byte, advice: "Leave it out")
      }
      try emit(right, type)
      pop(type)
      add(type == .text ? .otherwiseText : .otherwiseNumber)
      return type
    }
    try emit(right, type)
    if type == .text {
      pop(.text, 2)
      try push(.boolean, at: byte)
      add(operation == .equal ? .textEqual : .textNotEqual)
    } else {
      pop(type)
      add(operation == .equal ? .equal : .notEqual)
    }
    return .boolean
  }

  // MARK: Names

  private mutating func emitName(_ name: String, at byte: Int) throws(ExpressionError) -> ValueType {
    if let index = helpers.index(of: name), let slot = slots[index] {
      let type = helpers.all[index].type
      add(type == .text ? .text : .number, slot)
      try push(type, at: byte)
      return type
    }
    if name == "base" {
      guard place != .helper else {
        throw ExpressionError(
          "`base` is what a score's formula gives, and a helper belongs to no score", at: byte,
          advice: "Use it in the score's own expression")
      }
      program.usesBase = true
      add(.base)
      try push(.number, at: byte)
      return .number
    }
    if let score = Score.allCases.first(where: { "\($0.name)" == name }) {
      guard place == .total else {
        throw ExpressionError(
          "`\(name)` is a score, which only the expression of `total` can read", at: byte,
          advice: "`base` is what this score's own formula gives")
      }
      note(name, .score(score))
      add(.score, Int32(score.rawValue))
      try push(.number, at: byte)
      return .number
    }
    guard let field = FieldCatalogue.field(name) else { throw unknown(name, at: byte) }
    return try emit(field, at: byte)
  }

  private mutating func emit(_ field: ScorerField, at byte: Int) throws(ExpressionError) -> ValueType {
    switch field.access {
    case .feature, .truth: addFeature(field.name)
    case .coverage:
      note("coverage", .coverage)
      add(.coverage)
    case .nodes:
      note("nodes", .nodes)
      add(.nodes)
    case .flag(let flag):
      note(field.name, .flag(flag))
      add(.flag, Int32(flag.rawValue))
    case .text(let text): add(.textField, Int32(text.rawValue))
    case .fact: add(.fact, self.name(field.name))
    }
    try push(field.valueType, at: byte)
    return field.valueType
  }

  private mutating func addFeature(_ name: String) {
    let feature = Feature(name)
    note(name, .feature(feature))
    program.features.append(feature)
    add(.feature, Int32(program.features.count - 1))
  }

  private func unknown(_ name: String, at byte: Int) -> ExpressionError {
    if ScorerFunction.all.contains(where: { $0.name == name }) {
      return ExpressionError("`\(name)` is a function, and its arguments are missing", at: byte, advice: Self.form(of: name))
    }
    var known = FieldCatalogue.fields.map(\.name) + helpers.all.map(\.name)
    if place != .helper { known.append("base") }
    if place == .total { known += Score.allCases.map { "\($0.name)" } }
    let advice =
      Nearest.word(to: name, among: known).map { "Did you mean `\($0)`?" }
      ?? "The reference lists the fields; others are read with `metric(\"\(name)\")` and `fact(\"\(name)\")`"
    return ExpressionError("there is no field `\(name)`", at: byte, advice: advice)
  }

  private static func form(of name: String) -> String? {
    ScorerFunction.all.first { $0.name == name }.map { "Write \($0.form)" }
  }

  // MARK: Calls

  private mutating func emitCall(_ name: String, _ arguments: [Syntax], at byte: Int) throws(ExpressionError) -> ValueType {
    guard ScorerFunction.all.contains(where: { $0.name == name }) else {
      if FieldCatalogue.field(name) != nil || helpers.index(of: name) != nil {
        throw ExpressionError("`\(name)` is no function", at: byte, advice: "Write it without parentheses")
      }
      let near = Nearest.word(to: name, among: ScorerFunction.all.map(\.name))
      throw ExpressionError(
        "there is no function `\(name)`", at: byte,
        advice: near.map { "Did you mean `\($0)`?" } ?? "There are \(ScorerFunction.all.map(\.name).joined(separator: ", "))")
    }
    let counts: ClosedRange<Int> =
      switch name {
      case "min", "max": 2...ExpressionLimits.arguments
      case "clamp", "log_scale": 3...3
      case "table", "contains", "entity": 2...2
      default: 1...1
      }
    guard counts.contains(arguments.count) else {
      throw ExpressionError(
        "`\(name)` does not take \(arguments.count) argument\(arguments.count == 1 ? "" : "s")", at: byte, advice: Self.form(of: name))
    }
    switch name {
    case "min", "max":
      try emit(arguments[0], .number)
      for argument in arguments.dropFirst() {
        try emit(argument, .number)
        pop(.number)
        add(name == "min" ? .minimum : .maximum)
      }
      return .number
    case "clamp", "log_scale":
      for argument in arguments { try emit(argument, .number) }
      pop(.number, 2)
      add(name == "clamp" ? .clamp : .logScale)
      return .number
    case "has":
      let type = try emit(arguments[0])
      guard type != .boolean else {
        throw ExpressionError("a boolean always has a value", at: arguments[0].byte, advice: "Leave `has` out")
      }
      pop(type)
      try push(.boolean, at: byte)
      add(type == .text ? .hasText : .hasNumber)
      return .boolean
    case "table": return try emitTable(arguments, at: byte)
    case "metric":
      addFeature(try literal(arguments[0], "the name of a metric", of: name))
      try push(.number, at: byte)
      return .number
    case "fact":
      add(.fact, self.name(try literal(arguments[0], "the name of a fact", of: name)))
      try push(.text, at: byte)
      return .text
    case "contains":
      try emit(arguments[0], .text)
      try emit(arguments[1], .text)
      pop(.text, 2)
      add(.contains)
      try push(.boolean, at: byte)
      return .boolean
    case "entity":
      let type = self.name(try literal(arguments[0], "the type of an entity", of: name))
      try emit(arguments[1], .text)
      pop(.text)
      add(.entity, type)
      try push(.boolean, at: byte)
      return .boolean
    case "entity_count":
      add(.entityCount, self.name(try literal(arguments[0], "the type of an entity", of: name)))
      try push(.number, at: byte)
      return .number
    case "hint":
      try emit(arguments[0], .text)
      pop(.text)
      add(.hint)
      try push(.boolean, at: byte)
      return .boolean
    default:
      let operations: [String: Program.Operation] = ["abs": .absolute, "floor": .floor, "sqrt": .squareRoot, "log2": .log2, "exp2": .exp2]
      guard let operation = operations[name] else { preconditionFailure("every function of the catalogue has code") }
      try emit(arguments[0], .number)
      add(operation)
      return .number
    }
  }

  private mutating func emitTable(_ arguments: [Syntax], at byte: Int) throws(ExpressionError) -> ValueType {
    let wanted = try literal(arguments[0], "the name of a table", of: "table")
    guard let index = tables.firstIndex(where: { $0.name == wanted }) else {
      let names = tables.map(\.name)
      let near = Nearest.word(to: wanted, among: names).map { "Did you mean \"\($0)\"?" }
      throw ExpressionError(
        "there is no table \"\(wanted)\"", at: arguments[0].byte,
        advice: near ?? (names.isEmpty ? "The document has no member `tables`" : "There are \(names.joined(separator: ", "))"))
    }
    try emit(arguments[1], .text)
    pop(.text)
    add(.lookUp, Int32(index))
    try push(.number, at: byte)
    return .number
  }

  private func literal(_ syntax: Syntax, _ what: String, of function: String) throws(ExpressionError) -> String {
    guard case .text(let text) = syntax.form else {
      throw ExpressionError("\(what) in quotes is needed here", at: syntax.byte, advice: Self.form(of: function))
    }
    return String(decoding: text, as: UTF8.self)
  }
}
