import Events
import Model

/// The two ways of reading an event's record, held together: whatever the bytes are, the forward pass and what follows it give what the nodes of a
/// document give, events and refusals alike.
public struct ReadingLaw {
  private var quick: EventReader
  private var thorough: EventReader
  private let nodeNames: [String]

  /// - Parameter nodeNames: the ontology that enriched records are read with.
  public init(nodeNames: [String], readsEmbeddings: Bool = true) {
    quick = EventReader(readsEmbeddings: readsEmbeddings)
    thorough = EventReader(readsEmbeddings: readsEmbeddings, readsForward: false)
    self.nodeNames = nodeNames
  }

  /// Reads the bytes as an enriched record and as a normalized one.
  /// - Returns: what is not the same; `nil` where the law holds.
  public mutating func difference(_ bytes: [UInt8]) -> String? {
    let around = EventReader.Surroundings(tenant: "some", observedAt: Timestamp(milliseconds: 0))
    let range = 0..<bytes.count
    let names = nodeNames
    return Self.difference(
      Result { () throws(Rejection) in try quick.enriched(bytes, in: range, around, nodeNames: names) },
      Result { () throws(Rejection) in try thorough.enriched(bytes, in: range, around, nodeNames: names) }, EnrichedEvent.difference)
      ?? Self.difference(
        Result { () throws(Rejection) in try quick.event(bytes, in: range, around) },
        Result { () throws(Rejection) in try thorough.event(bytes, in: range, around) }, Event.difference)
  }

  private static func difference<Value>(
    _ a: Result<Value, Rejection>, _ b: Result<Value, Rejection>, _ ofValues: (Value, Value) -> String?
  ) -> String? {
    switch (a, b) {
    case (.success(let a), .success(let b)): ofValues(a, b)
    case (.failure(let a), .failure(let b)): "\(a)" == "\(b)" ? nil : "refused with \(a) and with \(b)"
    case (.success, .failure(let error)): "accepted, and refused with \(error)"
    case (.failure(let error), .success): "refused with \(error), and accepted"
    }
  }
}

extension Event {
  /// The first thing in which two events differ, wherever their texts lie in their bytes; `nil` where they mean the same.
  public static func difference(_ a: Event, _ b: Event) -> String? {
    func bytes(_ field: Field, of event: Event) -> ArraySlice<UInt8> { event.bytes[field.range] }
    func same(_ x: Field?, _ y: Field?) -> Bool {
      guard let x, let y else { return x == nil && y == nil }
      return x.span == y.span && bytes(x, of: a) == bytes(y, of: b)
    }
    func alike<Element>(_ x: [Element], _ y: [Element], _ areSame: (Element, Element) -> Bool) -> Bool {
      x.count == y.count && zip(x, y).allSatisfy(areSame)
    }
    let checks: [(name: String, holds: Bool)] = [
      ("id", a.id == b.id), ("tenant", a.tenant.isSpelt(as: b.tenant)), ("observed", a.observedAt == b.observedAt),
      ("occurred", a.occurredAt == b.occurredAt), ("domain", a.domain == b.domain && a.isDomainKnown == b.isDomainKnown),
      ("kind", a.kind == b.kind), ("source", a.source.isSpelt(as: b.source)), ("flags", a.flags == b.flags),
      ("natural id", same(a.naturalID, b.naturalID)), ("revision", a.revision == b.revision), ("title", same(a.title, b.title)),
      ("body", same(a.body, b.body)), ("url", same(a.url, b.url)), ("hints", alike(a.hints, b.hints) { same($0, $1) }),
      (
        "metrics",
        alike(a.metrics, b.metrics) {
          $0.name.isSpelt(as: $1.name) && $0.value.bitPattern == $1.value.bitPattern && $0.span == $1.span
        }
      ), ("facts", alike(a.facts, b.facts) { $0.name.isSpelt(as: $1.name) && same($0.value, $1.value) }),
      (
        "entities",
        alike(a.entities, b.entities) { $0.type.isSpelt(as: $1.type) && $0.isDeclared == $1.isDeclared && same($0.id, $1.id) }
      ), ("content hash", a.contentHash == b.contentHash),
      ("place", a.rawPartition == b.rawPartition && a.rawOffset == b.rawOffset && a.item == b.item),
      ("routing key", a.routingKey == b.routingKey),
    ]
    return checks.first { !$0.holds }?.name
  }
}

extension EnrichedEvent {
  /// As `Event.difference`, of what enrich added too.
  public static func difference(_ a: EnrichedEvent, _ b: EnrichedEvent) -> String? {
    if let difference = Event.difference(a.event, b.event) { return difference }
    let (x, y) = (a.enrichment, b.enrichment)
    let numbersAreSame =
      x.numbers.count == y.numbers.count
      && zip(x.numbers, y.numbers).allSatisfy {
        $0.kind.isSpelt(as: $1.kind) && $0.unit.isSpelt(as: $1.unit) && $0.value == $1.value
          && a.event.bytes[$0.range] == b.event.bytes[$1.range]
      }
    let checks: [(name: String, holds: Bool)] = [
      ("sentiment", x.sentiment == y.sentiment), ("language", x.language.isSpelt(as: y.language)), ("numbers", numbersAreSame),
      ("ontology", x.ontology == y.ontology), ("embedding", x.embedding == y.embedding), ("neighbors", x.neighbors == y.neighbors),
      ("cluster", x.cluster == y.cluster), ("first source", x.cluster.firstSource.isSpelt(as: y.cluster.firstSource)),
      ("history", x.history == y.history),
    ]
    return checks.first { !$0.holds }?.name
  }
}

extension String {
  /// Equal byte for byte; `==` also takes for equal what only looks alike.
  fileprivate func isSpelt(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
