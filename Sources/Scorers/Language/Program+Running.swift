import Events
import Model

/// What a program is told besides the event.
struct Subject {
  let coverage: Coverage
  /// What the formula gives; NaN where there is no such thing.
  var base = Double.nan
  /// By `Score.rawValue`.
  var scores: InlineArray<5, Double> = .init(repeating: .nan)
}

extension Program {
  /// Computes the number of an expression that gives one, or a boolean as 0 or 1.
  ///
  /// Total: whatever is not a finite number is missing (NaN), and an operation on something missing is missing, save those that ask for it.
  /// Takes no memory besides the stacks.
  func run(_ input: borrowing EnrichedEvent, _ subject: borrowing Subject) -> Double {
    var numbers = InlineArray<64, Double>(repeating: 0)
    var texts = InlineArray<24, TextReference>(repeating: .missing)
    // Above the helpers; the builder made sure that neither runs out.
    var top = firstNumber
    var topText = firstText
    var at = 0
    let count = instructions.count
    while at < count {
      let instruction = instructions[at]
      let operand = Int(instruction.operand)
      at += 1
      switch instruction.operation {
      case .constant: push(constants[operand])
      case .feature: push(features[operand].value(in: input) ?? .nan)
      case .base: push(subject.base)
      case .score: push(subject.scores[operand])
      case .coverage: push(subject.coverage.share)
      case .nodes: push(Double(subject.coverage.nodes))
      case .flag: push(input.event.flags.rawValue & UInt16(operand) != 0 ? 1 : 0)
      case .number: push(numbers[operand])
      case .textConstant: pushText(self.texts[operand])
      case .textField: pushText(field(operand, input))
      case .fact: pushText(fact(names[operand], input.event))
      case .text: pushText(texts[operand])
      case .storeNumber:
        top -= 1
        numbers[operand] = numbers[top]
      case .storeText:
        topText -= 1
        texts[operand] = texts[topText]
      case .negate: numbers[top - 1] = -numbers[top - 1]
      case .absolute: numbers[top - 1] = numbers[top - 1].magnitude
      case .floor: numbers[top - 1] = numbers[top - 1].rounded(.down)
      case .squareRoot: numbers[top - 1] = numbers[top - 1].squareRoot()
      case .log2: numbers[top - 1] = numbers[top - 1] > 0 ? Elementary.log2(numbers[top - 1]) : .nan
      case .exp2: numbers[top - 1] = numbers[top - 1].isNaN ? .nan : Elementary.exp2(numbers[top - 1])
      case .not: numbers[top - 1] = numbers[top - 1] == 0 ? 1 : 0
      case .hasNumber: numbers[top - 1] = numbers[top - 1].isNaN ? 0 : 1
      case .add, .subtract, .multiply, .divide, .minimum, .maximum, .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual, .and,
        .or, .otherwiseNumber:
        top -= 1
        numbers[top - 1] = Self.combine(instruction.operation, numbers[top - 1], numbers[top])
      case .clamp:
        top -= 2
        numbers[top - 1] = Self.combine(
          .minimum, Self.combine(.maximum, numbers[top - 1], numbers[top]), numbers[top + 1])
      case .logScale:
        top -= 2
        numbers[top - 1] = Self.logScale(numbers[top - 1], from: numbers[top], full: numbers[top + 1])
      case .hasText:
        topText -= 1
        push(texts[topText].home == .missing ? 0 : 1)
      case .otherwiseText:
        topText -= 1
        if texts[topText - 1].home == .missing { texts[topText - 1] = texts[topText] }
      case .textEqual, .textNotEqual, .contains:
        topText -= 2
        push(compare(instruction.operation, texts[topText], texts[topText + 1], input) ? 1 : 0)
      case .member:
        topText -= 1
        push(isMember(texts[topText], of: lists[operand], input) ? 1 : 0)
      case .lookUp:
        topText -= 1
        push(bytes(texts[topText], input) { tables[operand].value(of: $0) } ?? .nan)
      case .entity:
        topText -= 1
        push(names(texts[topText], type: names[operand], input) ? 1 : 0)
      case .entityCount: push(Double(entityCount(names[operand], input.event)))
      case .hint:
        topText -= 1
        push(isHint(texts[topText], input) ? 1 : 0)
      case .jump: at = operand
      case .jumpUnless:
        top -= 1
        if numbers[top] == 0 { at = operand }
      }
    }
    return numbers[top - 1]

    func push(_ value: Double) {
      numbers[top] = value
      top += 1
    }
    func pushText(_ text: TextReference) {
      texts[topText] = text
      topText += 1
    }
  }

  /// Two numbers made one; infinite results are missing.
  @inline(__always)
  private static func combine(_ operation: Operation, _ a: Double, _ b: Double) -> Double {
    func finite(_ value: Double) -> Double { value.isFinite ? value : .nan }
    func truth(_ value: Bool) -> Double { value ? 1 : 0 }
    switch operation {
    case .add: return finite(a + b)
    case .subtract: return finite(a - b)
    case .multiply: return finite(a * b)
    case .divide: return finite(a / b)
    case .minimum: return a.isNaN || b.isNaN ? .nan : b < a ? b : a
    case .maximum: return a.isNaN || b.isNaN ? .nan : b > a ? b : a
    case .less: return truth(a < b)
    case .lessOrEqual: return truth(a <= b)
    case .greater: return truth(a > b)
    case .greaterOrEqual: return truth(a >= b)
    case .equal: return truth(a == b)
    case .notEqual: return truth(a != b)
    case .and: return truth(a != 0 && b != 0)
    case .or: return truth(a != 0 || b != 0)
    default: return a.isNaN ? b : a
    }
  }

  private static func logScale(_ x: Double, from: Double, full: Double) -> Double {
    guard !x.isNaN, from > 0, full > from, (full / from).isFinite else { return .nan }
    return ImpactScore.logarithmic(x, from: from, full: full)
  }

  // MARK: Texts

  private func field(_ number: Int, _ input: borrowing EnrichedEvent) -> TextReference {
    switch TextField(rawValue: UInt8(number)) {
    case nil: return .missing
    case .kind: return texts[Int(kinds) + Int(input.event.kind.rawValue)]
    case .domain: return texts[Int(domains) + Int(input.event.domain.rawValue)]
    case .relation: return texts[Int(relations) + Int(input.enrichment.cluster.relation.rawValue)]
    case .source: return TextReference(.source)
    case .tenant: return TextReference(.tenant)
    case .language: return TextReference(.language)
    case .firstSource: return TextReference(.firstSource)
    case .title: return TextReference(input.event.title)
    case .body: return TextReference(input.event.body)
    case .url: return TextReference(input.event.url)
    }
  }

  private func fact(_ name: String, _ event: borrowing Event) -> TextReference {
    for fact in event.facts where fact.name == name { return TextReference(fact.value) }
    return .missing
  }

  /// Lends the bytes of a text; `nil` where it is missing.
  @inline(__always)
  private func bytes<Result>(_ text: TextReference, _ input: borrowing EnrichedEvent, _ body: (Span<UInt8>) -> Result) -> Result? {
    let range = Int(text.start)..<Int(text.end)
    switch text.home {
    case .missing: return nil
    case .event: return body(input.event.bytes.span.extracting(range))
    case .pool: return body(pool.span.extracting(range))
    case .source: return body(input.event.source.utf8Span.span)
    case .tenant: return body(input.event.tenant.utf8Span.span)
    case .language: return body(input.enrichment.language.utf8Span.span)
    case .firstSource: return body(input.enrichment.cluster.firstSource.utf8Span.span)
    }
  }

  private func compare(_ operation: Operation, _ a: TextReference, _ b: TextReference, _ input: borrowing EnrichedEvent) -> Bool {
    let answer = bytes(a, input) { left in
      bytes(b, input) { right in
        operation == .contains ? TextComparison.contains(left, right) : TextComparison.isEqual(left, right)
      }
    }
    let holds = (answer ?? nil) ?? false
    return operation == .textNotEqual ? !holds : holds
  }

  private func isMember(_ text: TextReference, of list: Range<Int32>, _ input: borrowing EnrichedEvent) -> Bool {
    bytes(text, input) { span in
      for index in list where TextComparison.isEqual(span, pool.span.extracting(Int(texts[Int(index)].start)..<Int(texts[Int(index)].end)))
      {
        return true
      }
      return false
    } ?? false
  }

  private func names(_ text: TextReference, type: String, _ input: borrowing EnrichedEvent) -> Bool {
    bytes(text, input) { span in
      for entity in input.event.entities
      where entity.type == type && TextComparison.isEqual(span, input.event.bytes.span.extracting(entity.id.range)) {
        return true
      }
      return false
    } ?? false
  }

  private func entityCount(_ type: String, _ event: borrowing Event) -> Int {
    var count = 0
    for entity in event.entities where entity.type == type { count += 1 }
    return count
  }

  private func isHint(_ text: TextReference, _ input: borrowing EnrichedEvent) -> Bool {
    bytes(text, input) { span in
      for hint in input.event.hints where TextComparison.isEqual(span, input.event.bytes.span.extracting(hint.range)) { return true }
      return false
    } ?? false
  }
}
