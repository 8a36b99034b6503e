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
/// A configured mapping comes first, then the source's name, then the content type and the shape of the bytes. XML is read as a feed whoever sent
/// it. JSON of an unknown source becomes a `generic` event where it has something like a title and an id, else `source.unknown`.
/// *Determinism*: a function of the record and of what the registry was made with.
public struct AdapterRegistry: SourceAdapter {
  /// Readers of CSV rows and of JSON texts by source. Looked up, never walked.
  private var rows: [String: any SourceAdapter] = [:]
  private var json: [String: any SourceAdapter] = [:]
  private let feeds = FeedAdapter()
  private let generic: any SourceAdapter = GenericRows.rows

  /// - Parameters:
  ///   - aliases: repositories that were renamed: their events continue under the new name.
  ///   - mappings: sources that are described rather than programmed; one of them also replaces an adapter of the same name.
  public init(aliases: RepositoryAliases = RepositoryAliases(), mappings: [FieldMapping] = []) {
    rows["github_star_ranking"] = StarSnapshotAdapter(aliases: aliases)

    let gitHub = ExchangeAdapter(json: GitHub.resources(aliases))
    for name in ["github", "github_events", "github_api", "github_api_recordings", "github_advisories"] { json[name] = gitHub }
    json["github_webhooks"] = GitHub.webhooks(aliases)
    json["github_star_ranking"] = GitActivity.descriptions(aliases)
    json["git_activity"] = GitActivity.rows(aliases)

    let arxiv = ExchangeAdapter(json: ArxivRows.rows)
    for name in ["arxiv", "arxiv_api", "arxiv_api_recordings", "arxiv_daily", "arxiv_rss"] { json[name] = arxiv }
    json["arxiv_daily"] = ArxivRows.rows

    json["ai_headlines"] = HeadlineRows.ai
    json["crypto_headlines"] = HeadlineRows.crypto
    json["hn_rss"] = HeadlineRows.hackerNews
    json["uci_news_clusters"] = HeadlineRows.uci
    json["ai_model_releases"] = ModelCatalogue.rows
    json["defihacklabs"] = Exploits.hackLabs
    json["defillama_hacks"] = Exploits.llama
    json["defillama_raises"] = RaiseAdapter()
    json["jup_token_list"] = Tokens.jupiter
    json["solrpds"] = Tokens.solanaPools
    json["uniswap_v2_rugpulls"] = Tokens.uniswap
    for name in ["solana", "solana_logs"] { json[name] = SolanaLogs.messages }
    for mapping in mappings { json[mapping.source] = MappedAdapter(mapping) }
  }

  /// Reads a record. A value above 1 MiB is refused whole.
  public func read(_ raw: RawRecord, into items: inout [Event], rejections: inout [Rejection], scratch: inout AdapterScratch) {
    guard raw.value.count <= AdapterLimits.valueBytes else {
      rejections.append(Rejection("record.too_large", "the record is larger than 1 MiB", at: AdapterLimits.valueBytes))
      return
    }
    guard let first = firstByte(raw) else {
      rejections.append(Rejection("source.empty_response", "the record is empty", at: 0))
      return
    }
    let adapter = raw.contentType == "text/csv" ? rows[raw.source] : json[raw.source]
    if first != UInt8(ascii: "<"), let adapter {
      adapter.read(raw, into: &items, rejections: &rejections, scratch: &scratch)
    } else if !Self.isName(raw.source) {
      rejections.append(Rejection("source.unknown", "a source's name is made of a-z, 0-9 and _", at: 0))
    } else if first == UInt8(ascii: "<") {
      feeds.read(raw, into: &items, rejections: &rejections, scratch: &scratch)
    } else if raw.contentType == "application/json"
      || (raw.contentType != "text/csv" && (first == UInt8(ascii: "{") || first == UInt8(ascii: "[")))
    {
      generic.read(raw, into: &items, rejections: &rejections, scratch: &scratch)
    } else {
      let isKnown = json[raw.source] != nil || rows[raw.source] != nil
      let reason = isKnown ? "the source is known, but not in this content type" : "no adapter reads this source"
      rejections.append(Rejection("source.unknown", reason, at: 0))
    }
  }

  private static func isName(_ source: String) -> Bool {
    !source.isEmpty && source.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "_") }
  }

  /// The first byte that is not white space; a byte order mark before XML is passed over.
  private func firstByte(_ raw: RawRecord) -> UInt8? {
    var i = raw.value.lowerBound
    if raw.value.count > 3, raw.bytes[i] == 0xef, raw.bytes[i + 1] == 0xbb, raw.bytes[i + 2] == 0xbf { i += 3 }
    while i < raw.value.upperBound {
      if raw.bytes[i] > 0x20 { return raw.bytes[i] }
      i += 1
    }
    return nil
  }
}
