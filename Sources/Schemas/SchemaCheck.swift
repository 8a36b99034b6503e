import JSON
import Model

/// One value being held against rules.
struct SchemaCheck {
  let rules: [JSONSchema.Rule]
  let document: JSONDocument
  let limit: Int
  private(set) var violations: [SchemaViolation] = []
  private var path: [String] = []

  /// A schema that refers to itself without going deeper into the value would never end.
  private static let deepest = 512

  init(rules: [JSONSchema.Rule], document: JSONDocument, limit: Int) {
    self.rules = rules
    self.document = document
    self.limit = limit
  }

  private mutating func fail(_ keyword: String, _ message: String) {
    guard violations.count < limit else { return }
    let pointer = path.map {
      "/"
        + $0.split(separator: "~", omittingEmptySubsequences: false).joined(separator: "~0").split(
          separator: "/", omittingEmptySubsequences: false
        ).joined(separator: "~1")
    }
    violations.append(SchemaViolation(pointer: pointer.joined(), keyword: keyword, message: message))
  }

  mutating func check(_ node: Int, against position: Int, depth: Int) {
    guard violations.count < limit else { return }
    guard depth < Self.deepest else { return fail("$ref", "the schema refers to itself without end") }
    let rule = rules[position]
    if let always = rule.always {
      if !always { fail("false", "nothing may be here") }
      return
    }
    checkValue(node, rule)
    switch document.kind(node) {
    case .number: checkNumber(document.double(node) ?? 0, rule)
    case .string: checkText(document.string(node) ?? "", rule)
    case .array: checkArray(node, rule, depth)
    case .object: checkObject(node, rule, depth)
    default: break
    }
    checkCombinations(node, rule, depth)
  }

  /// Whether a value is valid, without saying why not.
  private func holds(_ node: Int, _ position: Int, _ depth: Int) -> Bool {
    var check = SchemaCheck(rules: rules, document: document, limit: 1)
    check.check(node, against: position, depth: depth + 1)
    return check.violations.isEmpty
  }

  private mutating func checkValue(_ node: Int, _ rule: JSONSchema.Rule) {
    if let types = rule.types {
      let found = type(of: node)
      if types.isDisjoint(with: found) {
        let names = JSONSchema.Types.names.filter { types.contains($0.1) }.map(\.0)
        fail(
          "type",
          "this is \(JSONSchema.Types.names.first { found.contains($0.1) }?.0 ?? "nothing") and not \(names.joined(separator: " or "))")
      }
    }
    guard rule.choices != nil || rule.constant != nil else { return }
    var writer = JSONWriter()
    document.appendCanonical(node, to: &writer)
    if let choices = rule.choices, !choices.contains(writer.bytes) {
      fail("enum", "this is none of \(choices.prefix(8).map(\.displayText).joined(separator: ", "))\(choices.count > 8 ? ", …" : "")")
    }
    if let constant = rule.constant, constant != writer.bytes { fail("const", "this is not \(constant.displayText)") }
  }

  private func type(of node: Int) -> JSONSchema.Types {
    switch document.kind(node) {
    case .null: .null
    case .no, .yes: .boolean
    case .string: .string
    case .array: .array
    case .object: .object
    case .number:
      // 1.0 is an integer too (Validation, section 6.1.1).
      document.double(node).map { $0 == $0.rounded() && $0.isFinite } ?? false ? [.integer, .number] : .number
    }
  }

  private mutating func checkNumber(_ value: Double, _ rule: JSONSchema.Rule) {
    if let least = rule.minimum, value < least { fail("minimum", "\(value) is below \(least)") }
    if let most = rule.maximum, value > most { fail("maximum", "\(value) is above \(most)") }
    if let least = rule.exclusiveMinimum, value <= least { fail("exclusiveMinimum", "\(value) is not above \(least)") }
    if let most = rule.exclusiveMaximum, value >= most { fail("exclusiveMaximum", "\(value) is not below \(most)") }
    if let unit = rule.multipleOf {
      let quotient = value / unit
      if !quotient.isFinite || abs(quotient - quotient.rounded()) > 1e-9 * max(1, abs(quotient)) {
        fail("multipleOf", "\(value) is no multiple of \(unit)")
      }
    }
  }

  private mutating func checkText(_ text: String, _ rule: JSONSchema.Rule) {
    if rule.length.least > 0 || rule.length.most < .max {
      let length = text.unicodeScalars.count
      if length < rule.length.least { fail("minLength", "\(length) characters are fewer than \(rule.length.least)") }
      if length > rule.length.most { fail("maxLength", "\(length) characters are more than \(rule.length.most)") }
    }
    if let pattern = rule.pattern, (try? pattern.regex.firstMatch(in: text)) == nil {
      fail("pattern", "this does not match \(pattern.text)")
    }
  }

  private mutating func checkArray(_ node: Int, _ rule: JSONSchema.Rule, _ depth: Int) {
    let elements = document.elements(of: node)
    if elements.count < rule.itemCount.least { fail("minItems", "\(elements.count) items are fewer than \(rule.itemCount.least)") }
    if elements.count > rule.itemCount.most { fail("maxItems", "\(elements.count) items are more than \(rule.itemCount.most)") }
    for (number, element) in elements.enumerated() {
      guard let item = number < rule.prefixItems.count ? rule.prefixItems[number] : rule.items else { break }
      path.append("\(number)")
      check(element, against: item, depth: depth + 1)
      path.removeLast()
    }
    if let contains = rule.contains {
      let found = elements.filter { holds($0, contains.rule, depth) }.count
      if !contains.bounds.holds(found) { fail("contains", "\(found) items are as one of them should be") }
    }
    if rule.itemsAreUnique {
      let bytes = elements.map { element in
        var writer = JSONWriter()
        document.appendCanonical(element, to: &writer)
        return writer.bytes
      }
      if Set(bytes).count < bytes.count { fail("uniqueItems", "an item is there twice") }
    }
  }

  private mutating func checkObject(_ node: Int, _ rule: JSONSchema.Rule, _ depth: Int) {
    let members = document.members(of: node).map { (name: document.string($0.key) ?? "", key: $0.key, value: $0.value) }
    func has(_ name: String) -> Bool { members.contains { $0.name == name } }
    if members.count < rule.memberCount.least { fail("minProperties", "\(members.count) members are fewer than \(rule.memberCount.least)") }
    if members.count > rule.memberCount.most { fail("maxProperties", "\(members.count) members are more than \(rule.memberCount.most)") }
    for name in rule.required where !has(name) { fail("required", "'\(name)' is missing") }
    for (name, needs) in rule.dependentRequired where has(name) {
      for need in needs where !has(need) { fail("dependentRequired", "'\(name)' is there without '\(need)'") }
    }
    for (name, schema) in rule.dependentSchemas where has(name) { check(node, against: schema, depth: depth + 1) }
    for member in members {
      path.append(member.name)
      var isKnown = false
      if let property = rule.properties.first(where: { $0.name == member.name }) {
        isKnown = true
        check(member.value, against: property.rule, depth: depth + 1)
      }
      for (regex, schema) in rule.patternProperties where (try? regex.firstMatch(in: member.name)) != nil {
        isKnown = true
        check(member.value, against: schema, depth: depth + 1)
      }
      if !isKnown, let schema = rule.additionalProperties {
        if rules[schema].always == false {
          fail("additionalProperties", "nobody said that this may be here")
        } else {
          check(member.value, against: schema, depth: depth + 1)
        }
      }
      if let names = rule.propertyNames, !holds(member.key, names, depth) { fail("propertyNames", "this is not as names should be") }
      path.removeLast()
    }
  }

  private mutating func checkCombinations(_ node: Int, _ rule: JSONSchema.Rule, _ depth: Int) {
    if let reference = rule.reference { check(node, against: reference, depth: depth + 1) }
    for schema in rule.allOf { check(node, against: schema, depth: depth + 1) }
    if !rule.anyOf.isEmpty, !rule.anyOf.contains(where: { holds(node, $0, depth) }) { fail("anyOf", "this is as none of the alternatives") }
    if !rule.oneOf.isEmpty {
      let found = rule.oneOf.filter { holds(node, $0, depth) }.count
      if found != 1 { fail("oneOf", "this is as \(found) of the alternatives and not as one") }
    }
    if let not = rule.not, holds(node, not, depth) { fail("not", "this is as it should not be") }
    if let condition = rule.condition {
      if let schema = holds(node, condition.test, depth) ? condition.then : condition.otherwise {
        check(node, against: schema, depth: depth + 1)
      }
    }
  }
}
