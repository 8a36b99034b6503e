import Foundation
import JSON
import Model
import Testing

@testable import Schemas

/// The official test suite of JSON Schema, from Debian's package json-schema-test-suite: the files of draft 7 about keywords that mean the same in 2020-12.
@Suite struct SuiteTests {
  struct Group {
    var name: String
    var schema: [UInt8]
    var cases: [(name: String, value: [UInt8], isValid: Bool)]
  }

  static let files = [
    "additionalProperties", "allOf", "anyOf", "boolean_schema", "const", "contains", "default", "enum", "exclusiveMaximum",
    "exclusiveMinimum",
    "if-then-else", "items", "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum",
    "multipleOf", "not", "oneOf", "pattern", "patternProperties", "properties", "propertyNames", "ref", "required", "type", "uniqueItems",
  ]

  /// What draft 7 said otherwise, and what this validator refuses.
  static let otherwise: Set<String> = [
    // `items` with a list is `prefixItems` now.
    "an array of schemas for items", "items with boolean schemas", "items and subitems", "array-form items",
    "$ref to boolean schema true", "ref overrides any sibling keywords", "$ref prevents a sibling $id from changing the base uri",
    // Remote and named references.
    "remote ref, containing refs itself", "Recursive references between schemas", "Location-independent identifier",
    "Location-independent identifier with absolute URI", "Location-independent identifier with base URI change in subschema",
    "refs with quote", "escaped pointer ref", "relative pointer ref to array",
  ]

  static func groups(_ file: String) throws -> [Group] {
    let url = URL(fileURLWithPath: "/usr/share/json-schema-test-suite/tests/draft7/\(file).json")
    let all = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [[String: Any]], "ops/install brings the suite")
    func bytes(_ value: Any) throws -> [UInt8] {
      Array(try JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed]))
    }
    return try all.map { group in
      Group(
        name: group["description"] as? String ?? "", schema: try bytes(group["schema"] ?? true),
        cases: try (group["tests"] as? [[String: Any]] ?? []).map {
          ($0["description"] as? String ?? "", try bytes($0["data"] ?? NSNull()), $0["valid"] as? Bool ?? false)
        })
    }
  }

  @Test(arguments: files) func theOfficialSuiteIsAnsweredAsItSays(file: String) throws {
    var count = 0
    for group in try Self.groups(file) where !Self.otherwise.contains(group.name) {
      let schema = try JSONSchema(group.schema, place: "\(file): \(group.name)")
      for one in group.cases {
        let violations = schema.violations(in: try JSONDocument(one.value))
        #expect(violations.isEmpty == one.isValid, "\(file): \(group.name): \(one.name): \(violations)")
        count += 1
      }
    }
    #expect(count > 0)
  }

  @Test func aViolationNamesItsPlaceRuleAndReason() throws {
    let schema = try JSONSchema(
      Array(
        ##"{"properties":{"a/b":{"items":{"$ref":"#/$defs/small"}}},"required":["c"],"$defs":{"small":{"type":"integer","maximum":3}}}"##
          .utf8),
      place: "test")
    let violations = schema.violations(in: try JSONDocument(Array(#"{"a/b":[1,9,"x"]}"#.utf8)))
    #expect(
      violations == [
        SchemaViolation(pointer: "", keyword: "required", message: "'c' is missing"),
        SchemaViolation(pointer: "/a~1b/1", keyword: "maximum", message: "9.0 is above 3.0"),
        SchemaViolation(pointer: "/a~1b/2", keyword: "type", message: "this is string and not integer"),
      ])
    #expect(schema.violations(in: try JSONDocument(Array(#"{"a/b":[9,9,9]}"#.utf8)), limit: 2).count == 2)
  }

  @Test(arguments: [
    (#"{"unevaluatedProperties":false}"#, "schema.unsupported"), (#"{"$ref":"https://example.org/x"}"#, "schema.unsupported"),
    (##"{"$ref":"#/$defs/none"}"##, "schema.invalid"), (#"{"type":"text"}"#, "schema.invalid"), (#"{"pattern":"("}"#, "schema.invalid"),
    (#"{"minLength":-1}"#, "schema.invalid"), (#"{"required":"a"}"#, "schema.invalid"), (#"[]"#, "schema.invalid"), ("{", "schema.invalid"),
    (#"{"multipleOf":0}"#, "schema.invalid"), (#"{"anyOf":[]}"#, "schema.invalid"),
  ]) func whatWouldNotBeCheckedIsRefused(text: String, code: String) throws {
    let error = #expect(throws: ProwziError.self) { _ = try JSONSchema(Array(text.utf8), place: "test") }
    #expect(error?.code.text == code)
  }

  @Test func aSchemaThatRefersToItselfWithoutEndIsAViolationAndNoHang() throws {
    let schema = try JSONSchema(Array(##"{"$ref":"#"}"##.utf8), place: "test")
    #expect(schema.violations(in: try JSONDocument(Array("1".utf8))).first?.keyword == "$ref")
  }
}
