internal import Model

/// Which records of a source get which key.
public struct RoutingRule: Sendable, Equatable {
  /// How a field's content becomes a key.
  public enum KeyForm: Sendable, Equatable {
    case verbatim
    /// ASCII letters lowered: for hexadecimal addresses, whose case is a checksum.
    case lowerCased
    /// `owner/name`, lowered, after aliases; anything else is no key.
    case repository
    /// Verbatim unless it is one of these.
    case notIn([String])
  }

  public enum Key: Sendable, Equatable {
    case constant(String)
    /// The first of these dotted paths (in CSV: columns) that holds something of the right form.
    case fields([Field])
  }

  public struct Field: Sendable, Equatable {
    /// The dotted path of members; in CSV the column's whole name.
    public let name: String
    public let form: KeyForm
    let column: [UInt8]
    let members: [[UInt8]]

    public init(_ name: String, _ form: KeyForm = .verbatim) {
      self.name = name
      self.form = form
      column = Array(name.utf8)
      members = name.split(separator: ".").map { Array($0.utf8) }
    }
  }

  /// A source name; `*` at its end stands for any rest.
  public var source: String
  public var key: Key

  public init(source: String, key: Key) {
    self.source = source
    self.key = key
  }

  func matches(_ name: String) -> Bool {
    source.last == "*" ? name.hasPrefix(source.dropLast()) : name == source
  }
}

/// Gives each raw record the key that decides its partition: what must meet in a fold gets the same key.
///
/// *Text* is keyed by domain, so that one story from several sources lands together. *Tokens* are keyed by the token and not by the pool:
/// a listing, the token's pools and its swaps then meet. A pool whose "token" is the money it trades against (USDC, USDT, wrapped SOL:
/// half of what is recorded on Solana) is keyed by the pool, because that mint names no launch and would put a third of the stream in
/// one partition. *Repositories* are keyed by their newest full name, lower-cased, as GitHub compares names.
///
/// A record whose fields hold nothing usable gets its source's name as key, so it is never lost and always lands in the same place.
/// *Determinism*: a function of the rules, the aliases and the record.
public struct Router: Sendable {
  /// The rules that are tried when the caller's own do not match; the first match counts.
  public static let standardRules: [RoutingRule] = [
    RoutingRule(source: "arxiv*", key: .constant("ai")),
    RoutingRule(source: "ai_headlines", key: .constant("ai")),
    RoutingRule(source: "ai_model_releases", key: .constant("ai")),
    RoutingRule(source: "hn*", key: .constant("ai")),
    RoutingRule(source: "crypto_headlines", key: .constant("crypto")),
    RoutingRule(source: "defihacklabs", key: .constant("crypto")),
    RoutingRule(source: "defillama_*", key: .constant("crypto")),
    RoutingRule(source: "jup_token_list", key: .fields([.init("mint")])),
    RoutingRule(source: "solrpds", key: .fields([.init("mint", .notIn(quoteMints)), .init("pool")])),
    RoutingRule(source: "uniswap_v2_rugpulls", key: .fields([.init("token", .lowerCased), .init("pair", .lowerCased)])),
    RoutingRule(source: "github_star_ranking", key: .fields([.init("repo", .repository)])),
    RoutingRule(source: "git_activity", key: .fields([.init("repo", .repository)])),
    RoutingRule(
      source: "github_*",
      key: .fields([
        .init("repo", .repository), .init("repo.name", .repository), .init("payload.repository.full_name", .repository),
        .init("repository.full_name", .repository),
      ])),
  ]

  /// Solana mints that pools are quoted in: USDC, USDT and wrapped SOL.
  public static let quoteMints = [
    "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB",
    "So11111111111111111111111111111111111111112",
  ]

  /// The longest key, in bytes; more counts as unusable, so that a hostile record cannot blow up the log's keys.
  public static let keyLimit = Limits.routingKeyBytes

  private let rules: [RoutingRule]
  /// A lowered name to the last name of its chain.
  private let aliases: [String: String]

  /// - Parameters:
  ///   - rules: the caller's own, tried first.
  ///   - aliases: a repository's old full name to its new one. Chains are followed; names that lead into a ring keep
  ///     themselves.
  public init(rules: [RoutingRule] = [], aliases: [String: String] = [:]) {
    self.rules = rules + Self.standardRules
    var next: [String: String] = [:]
    for old in aliases.keys.sorted() { next[old.lowercased()] = aliases[old]?.lowercased() }
    var newest: [String: String] = [:]
    for old in next.keys {
      var name = old
      var steps = 0
      while let newer = next[name], steps <= next.count {
        name = newer
        steps += 1
      }
      if steps <= next.count { newest[old] = name }
    }
    self.aliases = newest
  }

  /// The key of a record.
  /// - Parameter columns: the CSV header line where the record is a CSV row.
  public func routingKey(source: String, kind: String = "", value: [UInt8], columns: [UInt8]? = nil) -> [UInt8] {
    guard let rule = rules.first(where: { $0.matches(source) }) else { return Array(source.utf8) }
    switch rule.key {
    case .constant(let key): return Array(key.utf8)
    case .fields(let fields):
      for field in fields {
        guard let content = content(of: field, value, columns), let key = key(content, field.form) else { continue }
        return key
      }
      return Array(source.utf8)
    }
  }

  private func content(of field: RoutingRule.Field, _ value: [UInt8], _ columns: [UInt8]?) -> [UInt8]? {
    guard let columns else { return JSONScan.scalar(at: field.members, in: value)?.content }
    guard let index = CSVRow.index(of: field.column, in: columns) else { return nil }
    return CSVRow.field(index, of: value)
  }

  private func key(_ content: [UInt8], _ form: RoutingRule.KeyForm) -> [UInt8]? {
    guard (1...Self.keyLimit).contains(content.count) else { return nil }
    switch form {
    case .verbatim: return content
    case .lowerCased: return content.map(lowered)
    case .notIn(let names): return names.contains(content.displayText) ? nil : content
    case .repository:
      let parts = content.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
      return newestName(content.map(lowered))
    }
  }

  private func newestName(_ name: [UInt8]) -> [UInt8] {
    guard !aliases.isEmpty, let newest = aliases[name.displayText] else { return name }
    return Array(newest.utf8)
  }

  private func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }
}
