import Events
import Model
import TestSupport
import Testing

@testable import Scorers

/// What each form of the language means: expression and value, `nil` for missing.
@Suite struct LanguageTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var text: String
    var value: Double?
    var testDescription: String { text }

    init(_ text: String, _ value: Double?) {
      self.text = text
      self.value = value
    }
  }

  static let arithmetic: [Case] = [
    .init("1 + 2 * 3", 7), .init("(1 + 2) * 3", 9), .init("10 - 4 - 3", 3), .init("16 / 4 / 2", 2), .init("-2 * -3", 6), .init("--2", 2),
    .init("1_000_000 + 0.5", 1_000_000.5), .init("1e3", 1000), .init("2.5e-1", 0.25), .init("007", 7), .init("1 / 0", nil),
    .init("0 / 0", nil), .init("1e308 * 10", nil), .init("1e308 + 1e308", nil), .init("min(3, 1, 2)", 1), .init("max(3, 1, 2)", 3),
    .init("clamp(5, 0, 1)", 1), .init("clamp(-5, 0, 1)", 0), .init("clamp(5, 3, 1)", 1), .init("abs(-2.5)", 2.5), .init("floor(2.9)", 2),
    .init("floor(-2.1)", -3), .init("sqrt(9)", 3), .init("sqrt(-1)", nil), .init("log2(8)", 3), .init("log2(0)", nil),
    .init("log2(-1)", nil), .init("exp2(3)", 8), .init("exp2(1e9)", Double(sign: .plus, exponent: 1000, significand: 1)),
    .init("log_scale(100, 1, 10000)", 0.5), .init("log_scale(0, 1, 10)", 0), .init("log_scale(50, 1, 10)", 1),
    .init("log_scale(5, 0, 10)", nil), .init("log_scale(5, 10, 10)", nil),
  ]

  static let logic: [Case] = [
    .init("true", 1), .init("not true", 0), .init("not not true", 1), .init("true and false", 0), .init("true or false", 1),
    .init("false and false or true", 1), .init("1 < 2", 1), .init("2 <= 2", 1), .init("2 > 2", 0), .init("2 >= 2", 1), .init("1 == 1", 1),
    .init("1 != 1", 0), .init("true == false", 0), .init("true != false", 1), .init("if 1 < 2 then 10 else 20", 10),
    .init("1 > 2 ? 10 : 20", 20), .init("if false then 1 else if true then 2 else 3", 2), .init("not 1 < 2", 0),
    .init("(if true then \"a\" else \"b\") == \"a\"", 1), .init("1 + (if true then 1 else 2) * 10", 11),
  ]

  static let missing: [Case] = [
    .init("stars", nil), .init("stars + 1", nil), .init("-stars", nil), .init("stars * 0", nil), .init("min(stars, 1)", nil),
    .init("max(1, stars)", nil), .init("clamp(1, stars, 2)", nil), .init("stars ?? 7", 7), .init("stars ?? forks ?? 7", 7),
    .init("stars ?? 1 + 1", 2), .init("stars ?? 1 > 0", 1), .init("stars > 0", 0), .init("stars <= 0", 0), .init("stars == stars", 0),
    .init("stars != 1", 1), .init("not (stars > 0)", 1), .init("has(stars)", 0), .init("has(amount_usd)", 1), .init("has(stars + 1)", 0),
    .init("has(url)", 0), .init("has(title)", 1), .init("url == \"x\"", 0), .init("url != \"x\"", 1), .init("url in [\"x\"]", 0),
    .init("url not in [\"x\"]", 1), .init("contains(url, \"x\")", 0), .init("(url ?? \"x\") == \"x\"", 1),
    .init("if has(stars) then stars else 3", 3), .init("if true then stars else 3", nil), .init("exp2(stars)", nil),
    .init("log2(stars)", nil), .init("metric(\"no such\") ?? 2", 2), .init("(fact(\"no such\") ?? \"n\") == \"n\"", 1),
    .init("hint(url)", 0), .init("entity(\"protocol\", url)", 0), .init("log_scale(stars, 1, 2)", nil),
  ]

  static let fields: [Case] = [
    .init("amount_usd", 12_400_000), .init("metric(\"amount_usd\")", 12_400_000), .init("kind == \"exploit\"", 1),
    .init("domain == \"crypto\"", 1), .init("source == \"defillama_hacks\"", 1), .init("source == 'defillama_hacks'", 1),
    .init("source in [\"a\", \"defillama_hacks\"]", 1), .init("kind not in [\"paper\", \"news\"]", 1), .init("tenant == \"shared\"", 1),
    .init("language == \"und\"", 1), .init("relation == \"same_story\"", 1), .init("first_source == source", 1),
    .init("chain == \"ethereum\"", 1), .init("fact(\"technique\") == technique", 1), .init("contains(title, \"MARROW\")", 1),
    .init("contains(title, \"barrow\")", 0), .init("contains(title, \"\")", 1), .init("entities", 1),
    .init("entity(\"protocol\", \"marrow-finance\")", 1), .init("entity(\"token\", \"marrow-finance\")", 0),
    .init("entity_count(\"protocol\")", 1), .init("entity_count(\"token\")", 0), .init("hint(technique)", 1), .init("hint(\"oracle\")", 0),
    .init("cluster_size", 3), .init("cluster_sources", 2), .init("sentiment", -0.5), .init("sentiment_strength", 0.5),
    .init("coverage", 0.25), .init("nodes", 2), .init("time_missing", 0), .init("has_code", 0), .init("revision", 1), .init("base", 0.5),
    .init("freshness + gap", 1.73), .init("age_minutes", 0), .init("hour_utc", 0), .init("weekday", 4), .init("neighbors", 0),
    .init("nearest_similarity ?? 9", 9),
  ]

  @Test(arguments: arithmetic + logic + missing + fields) func meansWhatTheTableSays(_ row: Case) throws {
    #expect(try value(of: row.text) == row.value)
  }

  @Test func tableLooksUpItsEntriesElseItsDefault() throws {
    let tables = [
      CompiledTable(name: "t", keys: ["a", "b", "bb"].map { [UInt8](text: $0) }, values: [1, 2, 3], fallback: .nan),
      CompiledTable(name: "u", keys: [], values: [], fallback: 9),
    ]
    for (text, wanted) in [("a", 1.0), ("b", 2), ("bb", 3), ("c", nil), ("", nil), ("A", nil)] {
      #expect(try value(of: "table(\"t\", \"\(text)\")", tables: tables) == wanted)
    }
    #expect(try value(of: "table(\"u\", source)", tables: tables) == 9)
    #expect(try value(of: "table(\"u\", url) ?? 4", tables: tables) == 4)
  }

  @Test func everyFieldOfTheCatalogueCanBeRead() throws {
    for field in FieldCatalogue.fields {
      let text = field.type == "boolean" ? "if \(field.name) then 1 else 0" : "if has(\(field.name)) then 1 else 0"
      _ = try value(of: text)
    }
  }

  @Test func everyDerivedFeatureIsInTheCatalogue() {
    for feature in DerivedFeature.allCases { #expect(FieldCatalogue.field(feature.rawValue) != nil, "\(feature.rawValue)") }
    #expect(Set(FieldCatalogue.fields.map(\.name)).count == FieldCatalogue.fields.count)
  }

  @Test func weekdaysAndHoursHoldBefore1970() {
    let event = EventBuilder("s", .news, .ai, at: -1).enriched
    #expect(DerivedFeature.weekday.value(in: event) == 3)
    #expect(DerivedFeature.hour.value(in: event) == 23)
  }
}
