import Events
import JSON
import Model

/// All adapters, and which of them reads a record.
///
/// ```swift
/// let registry = AdapterRegistry()
/// var scratch = AdapterScratch()
/// registry.read(raw, into: &items, rejections: &rejections, scratch: &scratch)
/// ```
///
/// The source's name decides, then the content type, then the shape of the bytes. *Determinism*: a function of the record and of what the
/// registry was made with.
public struct AdapterRegistry: SourceAdapter {
  private var table: [String: any SourceAdapter] = [:]

  /// - Parameter aliases: repositories that were renamed.
  public init(aliases: RepositoryAliases = RepositoryAliases()) {
    table["github_star_ranking"] = StarSnapshotAdapter(aliases: aliases)
    table["arxiv_daily"] = ArxivRows.rows
    table["ai_headlines"] = HeadlineRows.ai
    table["ai_model_releases"] = ModelCatalogue.rows
  }

  public func read(_ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch) {
    guard raw.value.count <= AdapterLimits.valueBytes else {
      rejections.append(Rejection("record.too_large", "the record is larger than 1 MiB", at: AdapterLimits.valueBytes))
      return
    }
    guard let adapter = table[raw.source] else {
      rejections.append(Rejection("source.unknown", "no adapter reads this source", at: 0))
      return
    }
    adapter.read(raw, into: &items, rejections: &rejections, scratch: &scratch)
  }
}
