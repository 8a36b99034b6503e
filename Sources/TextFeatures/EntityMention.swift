import Model

/// What kind of thing a text names. The raw value is the `type` of an entity in an event.
public enum EntityType: UInt8, Sendable, CaseIterable {
  case evmAddress
  case evmTransaction
  case solanaAddress
  case solanaSignature
  case ticker
  case repository
  case arxiv
  case doi
  case cve
  case ghsa
  case url
  case organization
  case chain
  case `protocol`
  case model
  case product

  /// The public name, such as `evm_address`.
  public var name: String {
    switch self {
    case .evmAddress: "evm_address"
    case .evmTransaction: "evm_transaction"
    case .solanaAddress: "solana_address"
    case .solanaSignature: "solana_signature"
    case .ticker: "ticker"
    case .repository: "repository"
    case .arxiv: "arxiv"
    case .doi: "doi"
    case .cve: "cve"
    case .ghsa: "ghsa"
    case .url: "url"
    case .organization: "organization"
    case .chain: "chain"
    case .protocol: "protocol"
    case .model: "model"
    case .product: "product"
    }
  }

  public init?(name: String) {
    guard let type = EntityType.allCases.first(where: { $0.name == name }) else { return nil }
    self = type
  }

  /// Whether a `NameIndex` may hold it: what is known by its name, not by its form.
  public var isNamed: Bool { rawValue >= EntityType.organization.rawValue }
}

/// One thing that a text names, at the first place where it does.
public struct EntityMention: Sendable, Equatable {
  public var type: EntityType
  /// The canonical id, as a range of the list's `identifiers`.
  public var identifier: Range<Int>
  /// Where it stands in the text, in bytes.
  public var range: Range<Int>
  /// An EVM address in mixed case whose EIP-55 checksum holds. Lower-case addresses carry no checksum; a mixed-case one that fails is dropped.
  public var hasChecksum: Bool
}

/// The entities of a text, in the order of the text, each (type, id) once, in buffers that the next text reuses.
///
/// Canonical ids: EVM addresses and hashes in lower case, tickers in upper case without the `$`, repositories `owner/name` in lower case, arXiv ids
/// without version, DOIs in lower case, `CVE-2024-3094`, `GHSA-xxxx-xxxx-xxxx`, URLs as written, names as their index calls them.
public struct EntityList: Sendable {
  public private(set) var mentions: [EntityMention] = []
  public private(set) var identifiers: [UInt8] = []
  private var keys: [UInt64] = []

  /// A text with more different entities than this keeps the first ones.
  public static let limit = 256

  public init() {}

  public func identifier(_ mention: EntityMention) -> [UInt8] { Array(identifiers[mention.identifier]) }

  mutating func removeAll() {
    mentions.removeAll(keepingCapacity: true)
    identifiers.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
  }

  /// Puts the mentions in the order of the text. They are nearly so: an owner with hyphens is seen at its last part.
  mutating func sort() {
    for index in mentions.indices.dropFirst() {
      var at = index
      while at > 0, mentions[at].range.lowerBound < mentions[at - 1].range.lowerBound {
        mentions.swapAt(at, at - 1)
        at -= 1
      }
    }
  }

  /// Appends an id, then keeps or forgets it.
  mutating func add(_ type: EntityType, _ range: Range<Int>, hasChecksum: Bool = false, _ write: (inout [UInt8]) -> Void) {
    guard mentions.count < Self.limit else { return }
    let start = identifiers.count
    write(&identifiers)
    let key = Fingerprint.of(identifiers, in: start..<identifiers.count, seed: UInt64(type.rawValue) + 1)
    if keys.contains(key) {
      identifiers.removeSubrange(start...)
      return
    }
    keys.append(key)
    mentions.append(EntityMention(type: type, identifier: start..<identifiers.count, range: range, hasChecksum: hasChecksum))
  }
}
