import JSON
import Model
import RecordFormat

/// Derived records of one partition folded into rows: several rows for one key become one before they leave.
///
/// ```swift
/// var fold = ProjectionFold(partition: 3)
/// fold.fold(.enriched, records, in: 0..<records.count)
/// let rows = fold.takeRows()
/// ```
///
/// *Determinism*: rows are a function of the records, and where they were cut into batches shows only in the last bits of `edges.weight`.
/// A record that cannot be read becomes a row of `dead_letters`, and the projection goes on.
public struct ProjectionFold: Sendable {
  /// The topics that are read. `prowzi.scored` is not: every member of it stands in `prowzi.banded`, too; nor `prowzi.normalized`, which `prowzi.enriched`
  /// contains.
  public enum Input: Int, Sendable, CaseIterable {
    case enriched, banded, briefs, deadletters, controls, scorers

    public var topic: TopicName {
      switch self {
      case .enriched: TopicName(known: "prowzi.enriched")
      case .banded: TopicName(known: "prowzi.banded")
      case .briefs: TopicName(known: "prowzi.briefs")
      case .deadletters: TopicName(known: "prowzi.deadletters")
      case .controls: TopicName(known: "prowzi.controls")
      case .scorers: TopicName(known: "prowzi.scorers")
      }
    }

    /// Whether the topic has this partition: scorers are registered for all partitions at once, in one.
    public func isIn(_ partition: PartitionIndex) -> Bool { self != .scorers || partition == PartitionIndex(0) }

    /// The topics that have this partition.
    public static func all(in partition: PartitionIndex) -> [Input] { allCases.filter { $0.isIn(partition) } }
  }

  public let partition: Int
  /// The scorer of the last configuration: another one is a promotion.
  public var lastScorer = ""
  /// The days (since 1970) of the events folded.
  public private(set) var days: Set<Int> = []
  public private(set) var newBriefs: [EventID] = []
  public private(set) var revisedBriefs: [(id: EventID, revision: Int)] = []
  /// Records that could not be read.
  public private(set) var unreadable = 0

  /// By `ProjectionTable.rawValue`.
  var writers = ProjectionTable.allCases.map { _ in RowWriter() }
  var stories = Aggregates<StoryKey, StoryRow>()
  var storySources = Aggregates<StorySourceKey, StorySourceRow>()
  var entities = Aggregates<EntityKey, EntityRow>()
  var edges = Aggregates<EdgeKey, EdgeRow>()
  var heat = Aggregates<HeatKey, CountRow>()
  var bands = Aggregates<BandKey, CountRow>()
  var scorers = Aggregates<ScorerKey, ScorerRow>()
  /// Of each brief the latest row.
  var briefs = Aggregates<EventID, RowWriter>()
  var briefEvents = Aggregates<BriefEventKey, BriefEventRow>()
  private var json = JSONDocument()

  public init(partition: Int) { self.partition = partition }

  /// Forgets the rows and keeps the memory, and what goes on from batch to batch.
  public mutating func removeRows() {
    for index in writers.indices { writers[index].removeAll() }
    stories.removeAll()
    storySources.removeAll()
    entities.removeAll()
    edges.removeAll()
    heat.removeAll()
    bands.removeAll()
    scorers.removeAll()
    briefs.removeAll()
    briefEvents.removeAll()
    days.removeAll(keepingCapacity: true)
    newBriefs.removeAll(keepingCapacity: true)
    revisedBriefs.removeAll(keepingCapacity: true)
  }

  public mutating func fold(_ input: Input, _ records: RecordBuffer, in range: Range<Int>) {
    for index in range { fold(input, records, at: index) }
  }

  /// One record and what is known of it.
  struct Source {
    let records: RecordBuffer
    let index: Int
    let tenant: String
    var layout: RecordBuffer.Layout { records.records[index] }
    var offset: Int64 { layout.offset.value }
    var observedAt: Timestamp { layout.timestamp }

    func text(_ range: Range<Int>) -> String { String(decoding: records.bytes[range], as: UTF8.self) }
    func header(_ name: StaticString) -> String? { records.header(name, of: index).map(text) }
  }

  private mutating func fold(_ input: Input, _ records: RecordBuffer, at index: Int) {
    let tenant = records.header("prowzi-tenant", of: index).map { records.bytes[$0] }
    let source = Source(
      records: records, index: index,
      tenant: tenant.map { $0.elementsEqual("shared".utf8) || $0.isEmpty ? "shared" : Self.storable($0) } ?? "shared")
    if input == .deadletters { return addDeadLetter(source, input.topic) }
    guard let value = source.layout.value else { return addUnreadable(source, input.topic, "the record has no value") }
    do {
      try json.parse(records.bytes, in: value)
    } catch {
      return addUnreadable(source, input.topic, "the value is not JSON: \(error.kind.rawValue) at byte \(error.byte)")
    }
    // The document is lent to the row makers, which change everything else.
    var document = JSONDocument()
    swap(&document, &json)
    let missing: StaticString? =
      switch input {
      case .enriched: addEvent(source, document)
      case .banded: addEvaluation(source, document)
      case .briefs: addBrief(source, document)
      case .controls: addControl(source, document)
      case .scorers: addScorerDocument(source, document)
      case .deadletters: nil
      }
    swap(&document, &json)
    if let missing { addUnreadable(source, input.topic, "the value lacks \(missing), or it is not what it should be") }
  }

  private mutating func addUnreadable(_ source: Source, _ topic: TopicName, _ message: String) {
    unreadable += 1
    addDeadLetter(source, topic, code: "projection.unreadable", message: message)
  }

  /// Text without what a Postgres text cannot hold.
  static func storable(_ bytes: some Sequence<UInt8>) -> String {
    let text = String(decoding: Array(bytes), as: UTF8.self)
    return text.utf8.contains(0) ? String(text.unicodeScalars.map { $0.value == 0 ? "\u{fffd}" : Character($0) }) : text
  }

  mutating func note(day: Int) { days.insert(day) }

  mutating func note(brief: EventID, revision: Int64) {
    if revision == 1 { newBriefs.append(brief) } else { revisedBriefs.append((brief, Int(revision))) }
  }

  /// The rows of every table, in the order of the tables; tables without rows are left out.
  public mutating func takeRows() -> [(table: ProjectionTable, bytes: [UInt8], count: Int)] {
    writeAggregates()
    return writtenRows()
  }

  /// The rows of tables whose rows never change, and forgets them; what is still being added up stays. For walks over a whole partition.
  public mutating func takeAppendedRows() -> [(table: ProjectionTable, bytes: [UInt8], count: Int)] {
    defer {
      for index in writers.indices { writers[index].removeAll() }
      newBriefs.removeAll(keepingCapacity: true)
      revisedBriefs.removeAll(keepingCapacity: true)
    }
    return writtenRows()
  }

  private func writtenRows() -> [(table: ProjectionTable, bytes: [UInt8], count: Int)] {
    ProjectionTable.allCases.compactMap { table in
      let writer = writers[table.rawValue]
      return writer.count == 0 ? nil : (table, writer.bytes, writer.count)
    }
  }
}

extension JSONDocument {
  func int64(_ name: StaticString, of node: Int?) -> Int64? { int(member(name, of: node)) }

  func time(_ name: StaticString, of node: Int?) -> Timestamp? { int64(name, of: node).map { Timestamp(milliseconds: $0) } }

  func text(_ name: StaticString, of node: Int?) -> String? {
    guard let node = member(name, of: node), kind(node) == .string else { return nil }
    if !nodes[node].isMarked { return String(decoding: bytes[range(node)], as: UTF8.self) }
    return string(node).map { ProjectionFold.storable($0.utf8) }
  }

  /// An id, read without making a text of it.
  func id(_ node: Int?) -> EventID? {
    guard let node, kind(node) == .string, range(node).count == 36 else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    var digits = 0
    for byte in bytes[range(node)] where byte != UInt8(ascii: "-") {
      guard let value = hexValue(byte) else { return nil }
      if digits < 16 { high = high << 4 | UInt64(value) } else { low = low << 4 | UInt64(value) }
      digits += 1
    }
    return digits == 32 ? EventID(high: high, low: low) : nil
  }

  func id(_ name: StaticString, of node: Int?) -> EventID? { id(member(name, of: node)) }

  /// `topic/partition/offset`: the offset.
  func rawOffset(_ node: Int?) -> Int64? {
    guard let node, kind(node) == .string else { return nil }
    let range = range(node)
    guard let slash = bytes[range].lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return DecimalText.int(bytes, in: slash + 1..<range.upperBound)
  }
}
