import Configuration
import Events
import JSON
import Model
import RecordFormat
import Stages

/// Records that a fold reads from two topics at once, in the order of the raw records that caused them.
///
/// Both buffers hold all that raw records before some offset have caused and that was not folded yet; `PartitionFold.fold(_:before:)` takes from
/// them what lies before an offset it is given.
public struct EnrichedInput: Sendable {
  public var enriched = RecordBuffer()
  public var controls = RecordBuffer()
  /// The next record of each buffer.
  public internal(set) var nextEnriched = 0
  public internal(set) var nextControl = 0

  public init() {}

  /// Forgets the records that were folded, once they are the greater part.
  public mutating func compact() {
    if nextEnriched * 2 > enriched.count {
      enriched.removeFirst(nextEnriched)
      nextEnriched = 0
    }
    if nextControl * 2 > controls.count {
      controls.removeFirst(nextControl)
      nextControl = 0
    }
  }

  /// The observed time of whichever record comes next; `nil` where none was caused before `end`.
  public func nextTime(before end: Offset) -> Timestamp? {
    func head(_ records: RecordBuffer, _ index: Int) -> (cause: Offset, time: Timestamp)? {
      guard index < records.count, let cause = Self.cause(of: index, in: records), cause < end else { return nil }
      return (cause, records.records[index].timestamp)
    }
    let heads = [head(enriched, nextEnriched), head(controls, nextControl)].compactMap { $0 }
    return heads.min { $0.cause < $1.cause }?.time
  }

  /// The largest offset up to `end` before which at most `records` events lie, and at least one raw record's.
  /// - Throws: `schema.not_an_event` for an event that does not say what caused it.
  public func limit(_ end: Offset, records: Int, in partition: PartitionIndex) throws(ProwziError) -> Offset {
    guard enriched.count - nextEnriched > records else { return end }
    func cause(_ index: Int) throws(ProwziError) -> Offset {
      guard let offset = Self.cause(of: index, in: enriched) else {
        throw .foreign(enriched, index, .enriched, partition, "it does not say which raw record it was made from")
      }
      return offset
    }
    let first = try cause(nextEnriched)
    let wanted = try cause(nextEnriched + records)
    // All events of one raw record are folded together, however many they are.
    return min(end, wanted > first ? wanted : first.advanced(by: 1))
  }

  /// The raw record that caused a derived one.
  /// - Returns: `nil` where the record does not say, so no stage of ours has written it.
  public static func cause(of index: Int, in records: RecordBuffer) -> Offset? {
    guard let header = records.header("prowzi-input", of: index) else { return nil }
    // prowzi.raw/3/1042#1
    guard let mark = records.bytes[header].lastIndex(of: UInt8(ascii: "#")),
      let slash = records.bytes[header.lowerBound..<mark].lastIndex(of: UInt8(ascii: "/")),
      let offset = DecimalText.int(records.bytes, in: slash + 1..<mark)
    else { return nil }
    return Offset(offset)
  }
}

extension PartitionFold where Pipeline.Input == EnrichedEvent {
  /// Folds all that raw records before `end` have caused. What comes of it is appended to `sink`.
  ///
  /// All of one raw record's events are folded in one call: how many a record has caused so far is no part of a checkpoint.
  /// - Throws: `schema.not_an_event` with the record's place, where the log holds what no stage of ours has written.
  public mutating func fold(_ input: inout EnrichedInput, before end: Offset) throws(ProwziError) {
    let before = sink.buffers.map(\.count)
    var event = try Self.cause(input.enriched, input.nextEnriched, .enriched, partition)
    var control = try Self.cause(input.controls, input.nextControl, .controls, partition)
    while true {
      if let offset = control, offset < end, offset < event ?? end {
        begin(offset)
        envelope.read(input.controls, input.nextControl)
        self.control(input.controls, input.nextControl, envelope.type, at: offset)
        sink.writeRejections(of: input.controls, at: input.nextControl)
        input.nextControl += 1
        control = try Self.cause(input.controls, input.nextControl, .controls, partition)
      } else if let offset = event, offset < end {
        begin(offset)
        try step(input.enriched, input.nextEnriched, offset)
        input.nextEnriched += 1
        event = try Self.cause(input.enriched, input.nextEnriched, .enriched, partition)
      } else {
        break
      }
    }
    next = max(next, end)
    isMidRecord = false
    growTrees(from: before)
  }

  private mutating func begin(_ offset: Offset) {
    precondition(offset >= next, "records must come in the order of their causes")
    guard offset > next || !isMidRecord else { return }
    sink.begin(partition: partition, offset: offset)
    next = offset
    isMidRecord = true
  }

  private mutating func step(_ records: RecordBuffer, _ index: Int, _ offset: Offset) throws(ProwziError) {
    guard let configuration else { throw .foreign(records, index, .enriched, partition, "no configuration is in force before it") }
    sink.counters.records += 1
    envelope.read(records, index)
    let time = records.records[index].timestamp
    var enriched: EnrichedEvent
    do {
      enriched = try eventReader.enriched(
        records.bytes, in: records.records[index].value ?? 0..<0, .init(tenant: envelope.tenant, observedAt: time),
        nodeNames: configuration.text.ontology.nodes)
    } catch {
      throw .foreign(records, index, .enriched, partition, "\(error.message) at byte \(error.byteOffset)")
    }
    let context = StepContext(partition: partition, offset: offset, observedAt: time, configuration: configuration)
    pipeline.step(&enriched, state: &state, context: context, outputs: &outputs, records: &sink)
    outputs.removeAll(keepingCapacity: true)
  }

  private static func cause(
    _ records: RecordBuffer, _ index: Int, _ topic: DerivedTopic, _ partition: PartitionIndex
  ) throws(ProwziError) -> Offset? {
    guard index < records.count else { return nil }
    guard let offset = EnrichedInput.cause(of: index, in: records) else {
      throw .foreign(records, index, topic, partition, "it does not say which raw record it was made from")
    }
    return offset
  }
}

extension ProwziError {
  fileprivate static func foreign(
    _ records: RecordBuffer, _ index: Int, _ topic: DerivedTopic, _ partition: PartitionIndex, _ what: String
  ) -> ProwziError {
    ProwziError(
      "schema.not_an_event", "the record cannot be folded: \(what)", place: "\(topic.name)/\(partition)/\(records.records[index].offset)",
      advice: "`prowzi log verify` and `prowzi replay --verify` show whether the log is what was committed.")
  }
}
