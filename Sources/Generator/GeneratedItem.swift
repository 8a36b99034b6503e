import Model

/// One thing that a sensor could have seen, with the truth about it that no sensor knows.
public struct GeneratedItem: Sendable, Equatable {
  public var stream: GeneratedStream
  /// `application/json`, `text/csv` or `application/xml`.
  public var contentType: String
  /// The header line of the CSV file that the row belongs to, without a line end; `nil` for everything else.
  public var columns: [UInt8]?
  /// The raw bytes, without a line end.
  public var value: [UInt8]
  /// When the sensor saw it, to the second. Never earlier than that of the item before.
  public var observedAt: Timestamp
  /// What the item's time field says (`GeneratedStream.timeField`), were it not spoilt: a list of days says midnight.
  public var statedAt: Timestamp
  public var intent: GeneratedIntent
  /// Which story the item tells, for measuring clusters: an exploit, a model, a paper, a funding round, a repository, a token.
  public var storyID: UInt64
  /// The bytes of running text in the item (title, abstract, description), before escapes.
  public var textLength: Int

  /// The sensor's name, as in the captures: `arxiv_daily`, `github_star_ranking`.
  public var source: String { stream.source }
}

/// What is true about an item, by construction.
public enum GeneratedIntent: Sendable, Hashable {
  /// Not told before by this source.
  case fresh
  /// The same content under the same natural id again (a cross-list, a re-listing, a doubled row).
  case repeated
  /// The same natural id with changed content (a new abstract, more points, a removal, a rename).
  case revision
  /// The same news told again: another outlet's wording, another provider's catalogue entry.
  case nearDuplicate
  /// Seen long after it happened: an exploit a week or more ago, a commit written a day or more ago.
  case late
  case malformed(MalformedReason)

  /// A stable name: `fresh`, `near_duplicate`, `malformed.cut_json`.
  public var label: String {
    switch self {
    case .fresh: "fresh"
    case .repeated: "repeated"
    case .revision: "revision"
    case .nearDuplicate: "near_duplicate"
    case .late: "late"
    case .malformed(let reason): "malformed.\(reason.rawValue)"
    }
  }

  public var isMalformed: Bool {
    if case .malformed = self { true } else { false }
  }
}

/// What is wrong with a malformed item.
public enum MalformedReason: String, Sendable, Hashable, CaseIterable {
  /// The JSON text ends inside a value.
  case cutJSON = "cut_json"
  /// The feed document ends inside an element.
  case cutXML = "cut_xml"
  /// A CSV row has a column less or more than its header.
  case wrongColumnCount = "wrong_column_count"
  case invalidUTF8 = "invalid_utf8"
  /// The time field holds a text that is no time.
  case unreadableTime = "unreadable_time"
  /// The time field names the year 300000.
  case absurdTime = "absurd_time"
  /// The field that names the item (`GeneratedStream.identityField`) is not there.
  case missingField = "missing_field"
  /// More than 64 levels of nesting.
  case deepNesting = "deep_nesting"
}

/// The captured streams that are imitated. The raw value is also the order in which items of one moment come.
public enum GeneratedStream: Int, Sendable, CaseIterable, Hashable {
  case stars, papers, launches, headlines, models, commits, pools, raises, hackerNews, cryptoHeadlines, tokens, releases, exploits, hacks,
    feeds

  /// The sensor's name, as the captures' `streams.json` has it.
  public var source: String {
    switch self {
    case .stars: "github_star_ranking"
    case .papers: "arxiv_daily"
    case .launches: "uniswap_v2_rugpulls"
    case .headlines: "ai_headlines"
    case .models: "ai_model_releases"
    case .commits, .releases: "git_activity"
    case .pools: "solrpds"
    case .raises: "defillama_raises"
    case .hackerNews, .feeds: "hn_rss"
    case .cryptoHeadlines: "crypto_headlines"
    case .tokens: "jup_token_list"
    case .exploits: "defihacklabs"
    case .hacks: "defillama_hacks"
    }
  }

  /// The event kind that the stream is about.
  public var kind: String {
    switch self {
    case .stars: "repo_stars"
    case .papers: "paper"
    case .launches: "token_launch"
    case .headlines, .hackerNews, .cryptoHeadlines, .feeds: "news"
    case .models: "model_release"
    case .commits: "repo_push"
    case .releases: "repo_release"
    case .pools: "token_pool"
    case .raises: "funding_round"
    case .tokens: "token_listing"
    case .exploits, .hacks: "exploit"
    }
  }

  /// The field that holds the observation time; `nil` for feed documents.
  public var timeField: String? {
    switch self {
    case .stars, .models, .tokens: "observed_at"
    case .papers, .hackerNews: "captured_at"
    case .launches: "created_at_est"
    case .headlines: "first_seen_at"
    case .commits: "committed_at"
    case .releases: "released_at"
    case .pools: "first_pool_activity_at"
    case .raises, .hacks: "date"
    case .cryptoHeadlines, .exploits: "published_at"
    case .feeds: nil
    }
  }

  /// The field without which an item names nothing; `nil` for feed documents.
  public var identityField: String? {
    switch self {
    case .stars, .commits, .releases: "repo"
    case .papers: "id"
    case .launches: "pair"
    case .headlines, .hackerNews, .cryptoHeadlines: "title"
    case .models: "model"
    case .pools: "pool"
    case .raises, .exploits, .hacks: "name"
    case .tokens: "mint"
    case .feeds: nil
    }
  }

  /// Where the stream's file lies among the fixtures; a feed document gets a file of its own, so the name is a folder.
  public var path: String {
    switch self {
    case .stars: "github_star_ranking.csv"
    case .commits: "git_activity_commits.jsonl"
    case .releases: "git_activity_releases.jsonl"
    case .feeds: "feeds"
    default: "\(source).jsonl"
    }
  }
}
