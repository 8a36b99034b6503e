import Events
import JSON
import Model

/// What a scorer says of one event.
public struct Evaluation: Sendable {
  /// By `Score.rawValue`.
  public var details: [ScoreDetail]
  /// 0…1, rounded to six decimals.
  public var total: Double

  public init(details: [ScoreDetail], total: Double) {
    self.details = details
    self.total = total
  }
}

/// A scorer ready for use: a scorer document, checked and compiled once, shared by every partition.
///
/// *Determinism*: an evaluation depends on the document, the event and the coverage, and on nothing else.
public final class CompiledScorer: Sendable {
  public let name: String
  public let version: Int64
  /// `name@version`, as records show it.
  public let label: String
  /// The whole document, RFC 8785.
  public let canonicalBytes: [UInt8]
  /// SHA-256 of the canonical bytes.
  public let digest: Digest
  let settings: ScorerSettings

  /// Over how long attention is counted for the gap.
  public var gapWindowMilliseconds: Int64 { settings.gapWindowMilliseconds }
  /// The most that a node's share of attention counts.
  public var gapCap: Double { settings.gapCap }

  /// Reads, checks and compiles a scorer that is part of a larger document.
  /// - Throws: errors of the reader's code, with the JSON pointer of what is wrong as their place.
  public init(section: SectionReader) throws(ProwziError) {
    var reader = section
    settings = try ScorerSettings(&reader)
    try reader.finish()
    name = settings.name
    version = settings.version
    label = "\(settings.name)@\(settings.version)"
    var writer = JSONWriter()
    reader.document.appendCanonical(reader.node, to: &writer)
    canonicalBytes = writer.bytes
    digest = SHA256.digest(of: canonicalBytes)
  }

  /// Scores one event: the five scores, each with its arithmetic, and the total.
  public func evaluate(_ input: EnrichedEvent, coverage: Coverage) -> Evaluation {
    let weights = settings.weights[Int(input.event.domain.rawValue)]
    let details = [
      FreshnessScore.compute(input, settings, weights[0]),
      NoveltyScore.compute(input, settings, weights[1]),
      ImpactScore.compute(input, settings, weights[2]),
      ConfidenceScore.compute(input, settings, weights[3]),
      GapScore.compute(coverage, weights[4]),
    ]
    var total = 0.0
    for detail in details { total += detail.contribution }
    return Evaluation(details: details, total: rounded(total))
  }
}
