import Events
import JSON
import Model

/// What one scorer made of one event, as far as every event is compared: read from a record of a banded topic.
public struct JudgedEvent: Sendable, Equatable {
  public var id: EventID
  public var kind: Kind
  public var domain: Domain
  public var band: UrgencyBand
  /// Whether it calls a reader: `same_day` or above, and not merged into an alert that the story had already.
  public var isAlert: Bool
  /// Millionths.
  public var total: Int32
  /// Millionths, by `Score.rawValue`.
  public var scores: SIMD8<Int32>

  public init(id: EventID, kind: Kind, domain: Domain, band: UrgencyBand, isAlert: Bool, total: Int32, scores: SIMD8<Int32>) {
    self.id = id
    self.kind = kind
    self.domain = domain
    self.band = band
    self.isAlert = isAlert
    self.total = total
    self.scores = scores
  }

  /// Reads a record's value.
  /// - Parameter document: the value, parsed.
  /// - Returns: `nil` for what is no banded event.
  public init?(_ document: JSONDocument) {
    func name(_ member: StaticString) -> Int? { document.member(member, of: document.root) }
    guard let id = name("event_id").flatMap({ Self.id(document, $0) }),
      let kind = Self.named(Kind.allCases, document, name("kind"), { $0.name }),
      let domain = Self.named(Domain.allCases, document, name("domain"), { $0.name }),
      let band = Self.named(UrgencyBand.allCases, document, name("band"), { $0.name }),
      let total = document.double(name("total_evi")), let values = name("scores")
    else { return nil }
    self.id = id
    self.kind = kind
    self.domain = domain
    self.band = band
    self.total = PairColumn.millionths(total)
    scores = SIMD8(repeating: 0)
    for score in Score.allCases {
      scores[score.rawValue] = PairColumn.millionths(document.double(document.member(score.name, of: values)) ?? 0)
    }
    let reason = document.member("reason", of: document.member("band", of: name("explanations")))
    isAlert = band >= .sameDay && !(reason.map { Self.isText(document, $0, BandReason.merged.name) } ?? false)
  }

  public func value(_ score: Score) -> Int32 { scores[score.rawValue] }

  /// Whether both scorers say the same, however they put it.
  public func agrees(with other: JudgedEvent) -> Bool { band == other.band && total == other.total }

  private static func id(_ document: JSONDocument, _ node: Int) -> EventID? {
    let range = document.range(node)
    // Strings that hold no escapes stand as they are, between their quotes or without.
    if let id = EventID(document.bytes, in: range) { return id }
    return document.string(node).flatMap { EventID($0) }
  }

  private static func named<Name>(_ all: [Name], _ document: JSONDocument, _ node: Int?, _ name: (Name) -> StaticString) -> Name? {
    guard let node else { return nil }
    return all.first { isText(document, node, name($0)) }
  }

  private static func isText(_ document: JSONDocument, _ node: Int, _ text: StaticString) -> Bool {
    let range = document.range(node)
    guard document.kind(node) == .string, range.count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { letters in
      for index in 0..<letters.count where unsafe letters[index] != document.bytes[range.lowerBound + index] { return false }
      return true
    }
  }
}
