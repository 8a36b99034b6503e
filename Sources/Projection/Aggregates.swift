import Model

/// Rows of one key folded into one, in the order in which the keys were first met.
struct Aggregates<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private var places: [Key: Int] = [:]
  private(set) var rows: [(key: Key, value: Value)] = []

  mutating func removeAll() {
    places.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
  }

  /// Adds a row, or changes the one that is there.
  mutating func merge(_ key: Key, _ value: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
    if let place = places[key] {
      change(&rows[place].value)
    } else {
      places[key] = rows.count
      rows.append((key, value()))
    }
  }
}

struct StoryKey: Hashable, Sendable {
  var story: EventID
  var tenant: String
}

struct StoryRow: Sendable {
  var domain: String
  var title: String?
  var firstSource: String
  var firstSeenAt: Timestamp
  var lastSeenAt: Timestamp
  var size: Int64
  var sources: Int64
}

struct StorySourceKey: Hashable, Sendable {
  var story: EventID
  var publisher: String
  var tenant: String
}

struct StorySourceRow: Sendable {
  var firstEvent: EventID
  var events: Int64
}

struct EntityKey: Hashable, Sendable {
  var entity: EventID
  var tenant: String
}

struct EntityRow: Sendable {
  var type: String
  var name: String
  var mentions: Int64
  var firstSeenAt: Timestamp
  var lastSeenAt: Timestamp
}

struct EdgeKey: Hashable, Sendable {
  var low: EventID
  var high: EventID
  var tenant: String
}

struct EdgeRow: Sendable {
  var events: Int64
  var firstSeenAt: Timestamp
  /// Its moment is when the edge was last seen.
  var weight: Fading
}

struct HeatKey: Hashable, Sendable {
  var hour: Int64
  var domain: String
  var node: String
  var tenant: String
}

struct BandKey: Hashable, Sendable {
  var hour: Int64
  var domain: String
  var kind: String
  var band: String
  var tenant: String
}

struct CountRow: Sendable {
  var events: Int64
  var micros: Int64
}

struct ScorerKey: Hashable, Sendable {
  var scorer: String
  var tenant: String
}

struct ScorerRow: Sendable {
  var firstOffset: Int64
  var lastOffset: Int64
  var firstSeenAt: Timestamp
  var lastSeenAt: Timestamp
  var evaluations: Int64
}

struct BriefEventKey: Hashable, Sendable {
  var event: EventID
  var brief: EventID
}

struct BriefEventRow: Sendable {
  var tenant: String
  var firstRevision: Int64
}
