import Events
import JSON
import Model

/// The expressions of a scorer document, compiled.
///
/// *Shape*: `{"let": {"name": "…"}, "freshness": "…", "novelty": "…", "impact": "…", "impact.exploit": "…", "confidence": "…", "gap": "…",
/// "total": "…"}`, all optional. An expression for one kind goes before the one for all.
struct ExpressionSet: Sendable {
  private var programs: [Program] = []
  /// By kind and score: the program in force, or -1.
  private var choice = [Int32](repeating: -1, count: Kind.allCases.count * Score.allCases.count)
  private var total: Program?

  /// Reads the members `tables` and `expressions`; `nil` where there is no expression.
  init?(_ reader: inout SectionReader) throws(ProwziError) {
    let tables = try Tables.read(&reader)
    guard reader.optionalNode("expressions") != nil else { return nil }
    var section = try reader.section("expressions")
    let helpers = try Self.readHelpers(&section, tables)
    for (name, node, pointer) in try reader.table("expressions") where name != "let" {
      guard let target = Target(name) else {
        var error = section.error(name, "there is no score of this name")
        error.advice =
          Nearest.word(to: name, among: Target.names).map { "Did you mean \"\($0)\"?" }
          ?? "Give one of \(Target.names.joined(separator: ", "))"
        throw error
      }
      let program = try Self.compile(node, pointer, target == .total ? .total : .score, tables, helpers, reader)
      switch target {
      case .total: total = program
      case .score(let score, let kind):
        programs.append(program)
        for each in Kind.allCases where kind == nil || kind == each {
          let index = Int(each.rawValue) * Score.allCases.count + score.rawValue
          // The names are in order, so `impact` comes before `impact.exploit`; not in every document, though.
          if kind != nil || choice[index] < 0 { choice[index] = Int32(programs.count - 1) }
        }
      }
    }
  }

  private enum Target: Equatable {
    case score(Score, Kind?)
    case total

    init?(_ name: String) {
      if name == "total" {
        self = .total
        return
      }
      let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let score = Score.allCases.first(where: { "\($0.name)" == parts[0] }) else { return nil }
      if parts.count == 1 {
        self = .score(score, nil)
      } else if let kind = Kind(name: parts[1]) {
        self = .score(score, kind)
      } else {
        return nil
      }
    }

    static let names: [String] =
      Score.allCases.map { "\($0.name)" } + ["total", "let"]
      + Score.allCases.flatMap { score in Kind.allCases.map { "\(score.name).\($0.name)" } }
  }

  // MARK: Reading

  private static func place(_ pointer: String, _ text: [UInt8], _ byte: Int) -> String {
    // Columns count characters as editors do: from 1, a scalar each.
    "\(pointer), column \(String(decoding: text.prefix(byte), as: UTF8.self).unicodeScalars.count + 1)"
  }

  private static func located(_ error: ExpressionError, _ pointer: String, _ text: [UInt8], _ reader: SectionReader) -> ProwziError {
    ProwziError(
      reader.mistakes.code, error.message, place: place(pointer, text, error.byte), advice: error.advice ?? reader.mistakes.advice)
  }

  private static func parse(_ node: Int, _ pointer: String, _ reader: SectionReader) throws(ProwziError) -> (text: [UInt8], syntax: Syntax)
  {
    guard let string = reader.document.string(node) else { throw reader.error("an expression in quotes is needed here", at: pointer) }
    let text = [UInt8](text: string)
    do throws(ExpressionError) {
      return (text, try Parser.parse(text))
    } catch {
      throw located(error, pointer, text, reader)
    }
  }

  private static func compile(
    _ node: Int, _ pointer: String, _ place: ProgramBuilder.Place, _ tables: [CompiledTable], _ helpers: Helpers, _ reader: SectionReader
  ) throws(ProwziError) -> Program {
    let (text, syntax) = try parse(node, pointer, reader)
    do throws(ExpressionError) {
      let (program, type) = try ProgramBuilder.build(syntax, at: place, tables: tables, helpers: helpers)
      guard type == .number else {
        throw ExpressionError(
          "a score is a number, and this gives \(type.phrase)", at: 0, advice: type == .boolean ? "Write `if … then 1 else 0`" : nil)
      }
      return program
    } catch {
      throw located(error, pointer, text, reader)
    }
  }

  private static func readHelpers(_ section: inout SectionReader, _ tables: [CompiledTable]) throws(ProwziError) -> Helpers {
    var written: [(name: String, pointer: String, text: [UInt8], syntax: Syntax)] = []
    for (name, node, pointer) in try section.table("let") {
      guard written.count < ExpressionLimits.helpers else {
        throw section.error("there are more than \(ExpressionLimits.helpers) named values", at: pointer)
      }
      try check(name, pointer, section)
      let (text, syntax) = try parse(node, pointer, section)
      written.append((name, pointer, text, syntax))
    }
    let (order, circle) = Helpers.order(written.map { ($0.name, $0.syntax) })
    if let circle {
      let pointer = written.first { $0.name == circle[0] }?.pointer ?? section.pointer
      var error = section.error("the named values read one another in a circle: \(circle.joined(separator: " → "))", at: pointer)
      error.advice = "Let one of them do without the others"
      throw error
    }
    var helpers = Helpers()
    for index in order {
      let (name, pointer, text, syntax) = written[index]
      do throws(ExpressionError) {
        let type = try ProgramBuilder.build(syntax, at: .helper, tables: tables, helpers: helpers).type
        let reads = syntax.names.compactMap { helpers.index(of: $0) }
        helpers.append(.init(name: name, syntax: syntax, type: type, reads: reads))
      } catch {
        throw located(error, pointer, text, section)
      }
    }
    return helpers
  }

  private static func check(_ name: String, _ pointer: String, _ section: SectionReader) throws(ProwziError) {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, bytes.count <= 64, Lexer.isNameStart(first), bytes.allSatisfy(Lexer.isNamePart) else {
      throw section.error("a name is 1 to 64 letters, digits and underscores, and does not begin with a digit", at: pointer)
    }
    let isTaken =
      Parser.words.contains(name) || name == "base" || FieldCatalogue.field(name) != nil
      || ScorerFunction.all.contains { $0.name == name } || Score.allCases.contains { "\($0.name)" == name }
    if isTaken {
      var error = section.error("`\(name)` means something in every expression already", at: pointer)
      error.advice = "Choose another name"
      throw error
    }
  }

  // MARK: Running

  /// Replaces the scores that have an expression.
  func apply(to details: inout [ScoreDetail], _ input: EnrichedEvent, _ coverage: Coverage) {
    let kind = Int(input.event.kind.rawValue) * Score.allCases.count
    for score in 0..<Score.allCases.count where choice[kind + score] >= 0 {
      var subject = Subject(coverage: coverage)
      subject.base = details[score].value
      Self.apply(programs[Int(choice[kind + score])], input, subject, to: &details[score], keepsFormula: true)
    }
  }

  /// The total by its expression, with the arithmetic; `nil` where there is none.
  func total(of details: [ScoreDetail], sum: Double, _ input: EnrichedEvent, _ coverage: Coverage) -> ScoreDetail? {
    guard let total else { return nil }
    var subject = Subject(coverage: coverage)
    subject.base = sum
    for score in 0..<Score.allCases.count { subject.scores[score] = details[score].value }
    var detail = ScoreDetail(value: sum, weight: 1, inputs: [], sentence: [])
    Self.apply(total, input, subject, to: &detail, keepsFormula: false)
    return detail
  }

  /// Puts the expression's number in the place of the formula's. What has no value leaves the formula's as it is.
  private static func apply(
    _ program: Program, _ input: EnrichedEvent, _ subject: Subject, to detail: inout ScoreDetail, keepsFormula: Bool
  ) {
    let result = program.run(input, subject)
    var sentence = Sentence()
    if result.isNaN {
      sentence.say("The expression has no value here. ")
      sentence.say(detail.sentence)
      if !keepsFormula { sentence.say("The sum stands.") }
    } else {
      sentence.say("By expression ")
      sentence.say(result)
      sentence.say(keepsFormula ? ", by formula " : ", by sum ")
      sentence.say(detail.value)
      sentence.say(".")
    }
    var inputs = (program.usesBase && keepsFormula) || result.isNaN ? detail.inputs : []
    func put(_ name: String, _ value: Double) {
      if let known = inputs.firstIndex(where: { $0.name == name }) {
        inputs[known].value = rounded(value)
      } else {
        inputs.append(.init(name, rounded(value)))
      }
    }
    for value in program.read {
      switch value.source {
      case .feature(let feature): if let number = feature.value(in: input) { put(value.name, number) }
      case .coverage: put(value.name, subject.coverage.share)
      case .nodes: put(value.name, Double(subject.coverage.nodes))
      case .flag(let flag): put(value.name, input.event.flags.contains(flag) ? 1 : 0)
      case .score(let score): put(value.name, subject.scores[score.rawValue])
      }
    }
    if program.usesBase { put("base_value", subject.base) }
    if !result.isNaN { put("expression", result) }
    inputs.sort { $0.name < $1.name }
    detail.inputs = inputs
    detail.sentence = sentence.bytes
    if !result.isNaN { detail.value = rounded(result.clamped(0, 1)) }
  }
}
