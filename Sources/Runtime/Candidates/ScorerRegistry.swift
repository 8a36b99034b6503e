import Configuration
import JSON
import Model
import Ports
import RecordFormat
import Scorers
import Stages

extension TopicName {
  /// Where scorers are registered.
  public static let scorers = TopicName(known: "prowzi.scorers")
}

/// A scorer that can be referred to by name and version.
public struct RegisteredScorer: Sendable {
  public var label: ScorerLabel
  public var scorer: CompiledScorer
  /// When it was registered; `nil` for the one that the program carries.
  public var addedAt: Timestamp?
  /// Where its record lies; `nil` for the one that the program carries.
  public var place: Coordinates?
}

/// The scorers of a log: records of `prowzi.scorers`, and the one that the program carries.
///
/// *Shape*: key `name@version`, value the whole canonical document. A version never changes: what is registered may be named by records.
/// Records that this version of the program cannot compile (they name Swift code it does not have) are passed over in lists and refused by name.
public struct ScorerRegistry: Sendable {
  private let log: (any LogReader)?

  /// - Parameter log: without one, or without the topic (as in directories of earlier versions), only the built-in scorer is there.
  public init(log: (any LogReader)?) { self.log = log }

  static let eventType = "io.prowzi.scorer.v1"

  /// All scorers: the built-in one, then the others by name and version.
  /// - Throws: what reading the log throws.
  public func list() throws(ProwziError) -> [RegisteredScorer] {
    var found: [RegisteredScorer] = []
    for entry in try entries() {
      if let scorer = try? ScorerDocument.compile(entry.document) {
        found.append(RegisteredScorer(label: entry.label, scorer: scorer, addedAt: entry.time, place: entry.place))
      }
    }
    found.sort { ($0.label.name, $0.label.version) < ($1.label.name, $1.label.version) }
    return [try Self.builtIn()] + found
  }

  /// One scorer.
  /// - Throws: `scorer.not_found`, with the nearest label as advice; `scorer.invalid` where this program cannot compile it.
  public func find(_ text: String) throws(ProwziError) -> RegisteredScorer {
    let builtIn = try Self.builtIn()
    if text == "\(builtIn.label)" { return builtIn }
    let entries = try entries()
    if let entry = entries.first(where: { "\($0.label)" == text }) {
      return RegisteredScorer(
        label: entry.label, scorer: try ScorerDocument.compile(entry.document), addedAt: entry.time, place: entry.place)
    }
    let known = ["\(builtIn.label)"] + entries.map { "\($0.label)" }.sorted()
    let near = Nearest.word(to: text, among: known).map { "Did you mean '\($0)'? " } ?? ""
    throw ProwziError(
      "scorer.not_found", ScorerLabel(text) == nil ? "'\(text)' is not NAME@VERSION" : "there is no scorer \(text)",
      place: "\(TopicName.scorers)", advice: "\(near)`prowzi scorer list` shows what there is.")
  }

  /// The whole document of what someone wrote: merged over the scorer it extends.
  /// - Throws: `scorer.invalid`; `scorer.not_found` where it extends a scorer that is not there.
  public func whole(_ document: [UInt8]) throws(ProwziError) -> [UInt8] {
    guard let base = try ScorerDocument.extended(by: document) else { return try ScorerDocument.whole(document, over: nil) }
    do {
      return try ScorerDocument.whole(document, over: try find(base).scorer.canonicalBytes)
    } catch {
      var error = error
      if error.code == "scorer.not_found" { error.place = "/extends" }
      throw error
    }
  }

  /// Registers a scorer. The same document again changes nothing.
  ///
  /// - Parameters:
  ///   - document: as people write it.
  ///   - log: opened to write the topics of the owner `control`.
  /// - Returns: the scorer, and whether it is new.
  /// - Throws: `scorer.invalid`; `scorer.immutable` where the name and version stand for another document; what the log throws.
  public func add(
    _ document: [UInt8], to log: any LogReader & LogWriter, now: Timestamp
  ) throws(ProwziError) -> (registered: RegisteredScorer, isNew: Bool) {
    let scorer = try ScorerDocument.compile(try whole(document))
    let label = ScorerLabel(name: scorer.name, version: scorer.version)
    let builtIn = try Self.builtIn()
    let entries = try entries()
    let known = label == builtIn.label ? builtIn.scorer.canonicalBytes : entries.first { $0.label == label }?.document
    if let known {
      guard known == scorer.canonicalBytes else {
        let versions = entries.filter { $0.label.name == label.name }.map(\.label.version) + [label.name == builtIn.label.name ? 1 : 0]
        throw ProwziError(
          "scorer.immutable", "\(label) is registered with another document, and versions do not change", place: "\(TopicName.scorers)",
          advice: "Give this one the version \((versions.max() ?? 0) + 1).")
      }
      return (try find("\(label)"), false)
    }
    let partition = TopicPartition(topic: .scorers, partition: PartitionIndex(0))
    var id: [UInt8] = []
    scorer.digest.appendHex(to: &id, digits: 32)
    var records = RecordBuffer()
    records.append(
      timestamp: now, key: [UInt8](text: "\(label)"), value: scorer.canonicalBytes,
      headers: [
        ("ce_specversion", [UInt8](text: "1.0")), ("ce_id", id), ("ce_source", [UInt8](text: "/control")),
        ("ce_type", [UInt8](text: Self.eventType)), ("ce_time", [UInt8](text: now.rfc3339)),
        ("content-type", [UInt8](text: "application/json")), ("prowzi-tenant", [UInt8](text: "shared")),
      ])
    let offsets = try log.commit(Commit(appends: [.init(target: partition, records: records)]))
    let place = Coordinates(topic: .scorers, partition: partition.partition, offset: offsets[0])
    return (RegisteredScorer(label: label, scorer: scorer, addedAt: now, place: place), true)
  }

  /// The scorer of the built-in configuration.
  static func builtIn() throws(ProwziError) -> RegisteredScorer {
    let scorer = try CompiledConfiguration.builtIn().scorer
    return RegisteredScorer(label: ScorerLabel(name: scorer.name, version: scorer.version), scorer: scorer, addedAt: nil, place: nil)
  }

  private struct Entry {
    var label: ScorerLabel
    var document: [UInt8]
    var time: Timestamp
    var place: Coordinates
  }

  /// What is recorded, the first record of each label.
  private func entries() throws(ProwziError) -> [Entry] {
    guard let log, log.topics().contains(where: { $0.name == .scorers }) else { return [] }
    let partition = TopicPartition(topic: .scorers, partition: PartitionIndex(0))
    let end = try log.bounds(of: partition).highWatermark
    var next = try log.bounds(of: partition).logStart
    var found: [Entry] = []
    var buffer = RecordBuffer()
    while next < end {
      buffer.removeAll()
      let following = try log.read(partition, from: next, maxRecords: 1000, maxBytes: 4 << 20, into: &buffer)
      for record in buffer.records {
        guard let key = record.key, let value = record.value, let label = ScorerLabel(String(decoding: buffer.bytes[key], as: UTF8.self)),
          !found.contains(where: { $0.label == label })
        else { continue }
        let place = Coordinates(topic: .scorers, partition: partition.partition, offset: record.offset)
        found.append(Entry(label: label, document: Array(buffer.bytes[value]), time: record.timestamp, place: place))
      }
      guard following > next else { break }
      next = following
    }
    return found
  }
}

extension DataDirectory {
  /// Who appends what people decide about the program itself: scorers.
  public static let control = "control"
}
