import Events
import JSON
import Model

/// The scorer as data: weights, tables and the arithmetic of impact. The code knows how to add up; what is added up stands here.
final class ScorerSettings: Sendable {
  /// One term of an impact sum.
  struct Term: Sendable {
    enum Shape: Sendable {
      /// `weight · min(x / full, 1)`.
      case linear
      /// `weight · clamp(log2(x / from) / log2(full / from), 0, 1)`.
      case log
      /// `weight` where x is not zero.
      case flag
      /// `weight` where x exceeds `from`.
      case above
    }

    var feature: Feature
    var shape: Shape
    var from: Double
    var full: Double
    var weight: Double
  }

  /// `min(1, base + the terms whose feature is known)`.
  struct Impact: Sendable {
    var base: Double
    var terms: [Term]
  }

  let name: String
  let version: Int64
  /// By domain, then by `Score.rawValue`.
  let weights: [[Double]]
  let halfLifeByChain: [String: Double]
  let halfLifeBySource: [String: Double]
  /// By domain; minutes.
  let halfLifeByDomain: [Double]
  let reputationBySource: [String: Double]
  /// By `Kind.rawValue`; `nil` where the kind has none of its own.
  let reputationByKind: [Double?]
  let reputationDefault: Double
  let confidenceWithoutEntities: Double
  let confidenceIndependentSources: Double
  let confidenceStarsWithoutForks: Double
  let confidenceConflictingAmounts: Double
  let confidenceTimeMissing: Double
  let noveltyWithoutEmbedding: Double
  let gapWindowMilliseconds: Int64
  let gapCap: Double
  /// By `Kind.rawValue`.
  let impact: [Impact]

  init(_ reader: inout SectionReader) throws(ProwziError) {
    name = try reader.text("name")
    version = try reader.whole("version", in: 1...1_000_000)
    weights = try Self.readWeights(&reader)

    var halfLife = try reader.section("half_life_minutes")
    let range = 0.01...5_256_000.0
    var domains = try halfLife.section("default")
    halfLifeByDomain = [try domains.number("ai", in: range), try domains.number("crypto", in: range)]
    try domains.finish()
    halfLifeByChain = Self.dictionary(try halfLife.numbers("chain", in: range))
    halfLifeBySource = Self.dictionary(try halfLife.numbers("source", in: range))
    try halfLife.finish()

    var reputation = try reader.section("reputation")
    reputationDefault = try reputation.number("default", in: 0...1)
    reputationBySource = Self.dictionary(try reputation.numbers("source", in: 0...1))
    var byKind = [Double?](repeating: nil, count: Kind.allCases.count)
    for (name, value) in try reputation.numbers("kind", in: 0...1) {
      guard let kind = Kind(name: name) else { throw reputation.error("kind/\(name)", "there is no kind of this name") }
      byKind[Int(kind.rawValue)] = value
    }
    reputationByKind = byKind
    try reputation.finish()

    var confidence = try reader.section("confidence")
    confidenceWithoutEntities = try confidence.number("without_entities", in: 0...1)
    confidenceIndependentSources = try confidence.number("independent_sources", in: 0...1)
    confidenceStarsWithoutForks = try confidence.number("stars_without_forks", in: 0...1)
    confidenceConflictingAmounts = try confidence.number("conflicting_amounts", in: 0...1)
    confidenceTimeMissing = try confidence.number("time_missing", in: 0...1)
    try confidence.finish()

    var novelty = try reader.section("novelty")
    noveltyWithoutEmbedding = try novelty.number("without_embedding", in: 0...1)
    try novelty.finish()
    var gap = try reader.section("gap")
    gapWindowMilliseconds = try gap.whole("window_ms", in: Int64.hour...(366 * .day))
    gapCap = try gap.number("cap", in: 0...1)
    try gap.finish()

    impact = try Self.readImpact(&reader)
  }

  private static func dictionary(_ pairs: [(name: String, value: Double)]) -> [String: Double] {
    Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private static func readWeights(_ reader: inout SectionReader) throws(ProwziError) -> [[Double]] {
    func five(_ section: inout SectionReader) throws(ProwziError) -> [Double] {
      var values: [Double] = []
      for score in Score.allCases { values.append(try section.number("\(score.name)", in: 0...1)) }
      try section.finish()
      let sum = values.reduce(0, +)
      guard (sum - 1).magnitude < 1e-9 else {
        throw section.error("the five weights must add up to 1, not \(rounded(sum))", at: section.pointer)
      }
      return values
    }
    var all = try reader.section("weights")
    let common = try five(&all)
    var result = [common, common]
    for (name, node, pointer) in try reader.table("domain_weights") {
      guard let domain = Domain.allCases.first(where: { "\($0.name)" == name }) else {
        throw reader.error("a domain is ai or crypto", at: pointer)
      }
      var section = try reader.reader(of: node, at: pointer)
      result[Int(domain.rawValue)] = try five(&section)
    }
    return result
  }

  private static func readImpact(_ reader: inout SectionReader) throws(ProwziError) -> [Impact] {
    var byName: [String: Impact] = [:]
    for (name, node, pointer) in try reader.table("impact") {
      guard name == "default" || Kind(name: name) != nil else {
        throw reader.error("there is no kind of this name", at: pointer)
      }
      var section = try reader.reader(of: node, at: pointer)
      var impact = Impact(base: try section.number("base", in: 0...1), terms: [])
      for (termNode, termPointer) in try section.list("terms") {
        var term = try reader.reader(of: termNode, at: termPointer)
        impact.terms.append(try readTerm(&term))
        try term.finish()
      }
      try section.finish()
      byName[name] = impact
    }
    guard let fallback = byName["default"] else { throw reader.error("impact/default", "the section is missing") }
    return Kind.allCases.map { byName["\($0.name)"] ?? fallback }
  }

  private static func readTerm(_ reader: inout SectionReader) throws(ProwziError) -> Term {
    let feature = Feature(try reader.text("feature"))
    let weight = try reader.number("weight", in: -1...1)
    let shapeName = try reader.text("shape")
    let limits = 1e-12...1e18
    switch shapeName {
    case "linear":
      return Term(feature: feature, shape: .linear, from: 0, full: try reader.number("full", in: limits), weight: weight)
    case "log":
      let from = try reader.number("from", in: limits)
      let full = try reader.number("full", in: limits)
      guard full > from else { throw reader.error("full", "it must exceed `from`") }
      return Term(feature: feature, shape: .log, from: from, full: full, weight: weight)
    case "flag": return Term(feature: feature, shape: .flag, from: 0, full: 1, weight: weight)
    case "above":
      return Term(feature: feature, shape: .above, from: try reader.number("from", in: 0...1e18), full: 1, weight: weight)
    default: throw reader.error("shape", "a shape is linear, log, flag or above")
    }
  }
}
