import Events
import JSON
import Model

/// What a scorer says of one event.
public struct Evaluation: Sendable {
  /// By `Score.rawValue`.
  public var details: [ScoreDetail]
  /// 0…1, rounded to six decimals.
  public var total: Double
  /// The arithmetic of a total that is not the sum of the contributions; `nil` where it is.
  public var totalDetail: ScoreDetail?

  public init(details: [ScoreDetail], total: Double, totalDetail: ScoreDetail? = nil) {
    self.details = details
    self.total = total
    self.totalDetail = totalDetail
  }
}

/// A scorer ready for use: a scorer document, checked and compiled once, shared by every partition.
///
/// The five formulas take their constants from the document; its expressions then replace what they give; or a scorer written in Swift, which
/// the document names, does it all.
///
/// *Determinism*: an evaluation depends on the document, the event and the coverage, and on nothing else.
public final class CompiledScorer: Sendable {
  public let name: String
  public let version: Int64
  /// `name@version`, as records show it.
  public let label: String
  /// For people; empty where the document has none.
  public let description: String
  /// The whole document, RFC 8785.
  public let canonicalBytes: [UInt8]
  /// SHA-256 of the canonical bytes.
  public let digest: Digest
  private let formulas: Formulas
  private let expressions: ExpressionSet?
  private let native: (any NativeScorer)?

  /// Over how long attention is counted for the gap.
  public var gapWindowMilliseconds: Int64 { formulas.settings.gapWindowMilliseconds }
  /// The most that a node's share of attention counts.
  public var gapCap: Double { formulas.settings.gapCap }
  /// The name and version of the Swift code that scores; `nil` where formulas and expressions do.
  public var nativeName: String? { native.map { "\(type(of: $0).name)@\(type(of: $0).version)" } }

  /// The largest document.
  public static let sizeLimit = Limits.scorerBytes

  /// Reads, checks and compiles a scorer that is part of a larger document.
  /// - Throws: errors of the reader's code, with the JSON pointer of what is wrong (and in an expression the column) as their place.
  public init(section: SectionReader) throws(ProwziError) {
    var reader = section
    if reader.optionalNode("extends") != nil {
      throw reader.error("extends", "a scorer that extends another is made whole by `prowzi scorer add`; here it must be whole")
    }
    let settings = try ScorerSettings(&reader)
    formulas = Formulas(settings: settings)
    description = reader.optionalNode("description") == nil ? "" : try reader.text("description")
    guard description.utf8.count <= 2000 else { throw reader.error("description", "a description has at most 2000 bytes") }
    expressions = try ExpressionSet(&reader)
    native = try NativeScorers.read(&reader)
    if native != nil, expressions != nil {
      throw reader.error("expressions", "a scorer is written in Swift or has expressions, not both")
    }
    try reader.finish()
    name = settings.name
    version = settings.version
    label = "\(settings.name)@\(settings.version)"
    var writer = JSONWriter()
    reader.document.appendCanonical(reader.node, to: &writer)
    canonicalBytes = writer.bytes
    digest = SHA256.digest(of: canonicalBytes)
    guard canonicalBytes.count <= Self.sizeLimit else {
      throw reader.error("the scorer is larger than \(Self.sizeLimit) bytes", at: reader.pointer)
    }
  }

  /// The weights of the five scores for a domain, by `Score.rawValue`; `nil` where Swift code may choose others.
  public func weights(of domain: Domain) -> [Double]? { native == nil ? formulas.settings.weights[Int(domain.rawValue)] : nil }

  /// Scores one event: the five scores, each with its arithmetic, and the total.
  public func evaluate(_ input: EnrichedEvent, coverage: Coverage) -> Evaluation {
    var memo = ScoreMemo()
    return evaluate(input, coverage: coverage, &memo)
  }

  /// The same with a memory, for many events in turn.
  public func evaluate(_ input: EnrichedEvent, coverage: Coverage, remembering memo: inout ScoreMemo) -> Evaluation {
    memo.use(digest)
    return evaluate(input, coverage: coverage, &memo)
  }

  private func evaluate(_ input: EnrichedEvent, coverage: Coverage, _ memo: inout ScoreMemo) -> Evaluation {
    if let native {
      let details = native.evaluate(input, coverage: coverage, formulas: formulas)
      precondition(details.count == Score.allCases.count, "a scorer gives five scores")
      return Evaluation(details: details, total: Self.sum(details))
    }
    var details = formulas.details(of: input, coverage: coverage, &memo)
    guard let expressions else { return Evaluation(details: details, total: Self.sum(details)) }
    expressions.apply(to: &details, input, coverage)
    let sum = Self.sum(details)
    guard let total = expressions.total(of: details, sum: sum, input, coverage) else { return Evaluation(details: details, total: sum) }
    return Evaluation(details: details, total: total.value, totalDetail: total)
  }

  private static func sum(_ details: [ScoreDetail]) -> Double {
    var total = 0.0
    for detail in details { total += detail.contribution }
    return rounded(total)
  }
}

/// The five formulas with a document's constants: what expressions start from and scorers in Swift can use.
public struct Formulas: Sendable {
  let settings: ScorerSettings

  /// All five, by `Score.rawValue`.
  public func details(of input: EnrichedEvent, coverage: Coverage) -> [ScoreDetail] {
    var memo = ScoreMemo()
    return details(of: input, coverage: coverage, &memo)
  }

  func details(of input: EnrichedEvent, coverage: Coverage, _ memo: inout ScoreMemo) -> [ScoreDetail] {
    let weights = settings.weights[Int(input.event.domain.rawValue)]
    return [
      FreshnessScore.compute(input, settings, weights[0], &memo),
      NoveltyScore.compute(input, settings, weights[1], &memo),
      ImpactScore.compute(input, settings, weights[2]),
      ConfidenceScore.compute(input, settings, weights[3], &memo),
      GapScore.compute(coverage, weights[4], &memo),
    ]
  }
}
