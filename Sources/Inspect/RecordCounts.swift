import JSON
import Model
import Ports
import RecordFormat
import Stages

/// How many records there are of what: names and counts, most frequent first, equal ones by name.
public struct Tally: Sendable, Equatable {
  private var counts: [String: Int] = [:]

  public init() {}

  public mutating func add(_ name: String, _ count: Int = 1) { counts[name, default: 0] += count }

  public var rows: [(name: String, count: Int)] {
    counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }.map { ($0.key, $0.value) }
  }

  public var isEmpty: Bool { counts.isEmpty }
}

/// Counts that only reading whole topics gives.
public enum RecordCounts {
  /// Dead letters by their error code.
  /// - Parameter proceed: called after each record; `false` ends the count.
  public static func rejections(in log: any LogReader, proceed: () -> Bool) throws(ProwziError) -> Tally {
    var tally = Tally()
    for target in try log.partitions(of: DerivedTopic.deadletters.name) {
      try log.walk(target) { (records, index) throws(ProwziError) in
        tally.add(records.header("prowzi-error-code", of: index).map { records.bytes[$0].text } ?? "(no code)")
        return proceed()
      }
    }
    return tally
  }

  /// Events by what they are.
  public struct Events: Sendable, Equatable {
    public var kinds = Tally()
    public var sources = Tally()
    public var bands = Tally()
    public var total = 0
  }

  /// Events of `prowzi.banded` by kind, source and band.
  public static func events(in log: any LogReader, proceed: () -> Bool) throws(ProwziError) -> Events {
    var events = Events()
    var document = JSONDocument()
    for target in try log.partitions(of: DerivedTopic.banded.name) {
      try log.walk(target) { (records, index) throws(ProwziError) in
        guard let value = records.records[index].value, (try? document.parse(records.bytes, in: value)) != nil else { return proceed() }
        func text(_ name: StaticString) -> String { document.string(document.member(name, of: document.root)) ?? "(none)" }
        events.kinds.add(text("kind"))
        events.sources.add(text("source"))
        events.bands.add(text("band"))
        events.total += 1
        return proceed()
      }
    }
    return events
  }
}

extension ArraySlice<UInt8> {
  /// The bytes as a text for people.
  var text: String { String(decoding: self, as: UTF8.self) }
}
