import Events
import JSON
import Model
import RecordFormat

/// The topics that stages write.
public enum DerivedTopic: Int, Sendable, CaseIterable {
  case normalized, enriched, scored, banded, briefs, deadletters, controls

  public var name: TopicName {
    switch self {
    case .normalized: TopicName(known: "prowzi.normalized")
    case .enriched: TopicName(known: "prowzi.enriched")
    case .scored: TopicName(known: "prowzi.scored")
    case .banded: TopicName(known: "prowzi.banded")
    case .briefs: TopicName(known: "prowzi.briefs")
    case .deadletters: TopicName(known: "prowzi.deadletters")
    case .controls: TopicName(known: "prowzi.controls")
    }
  }

  /// The CloudEvents type of its records.
  var eventType: String {
    switch self {
    case .normalized: "io.prowzi.event.normalized.v1"
    case .enriched: "io.prowzi.event.enriched.v1"
    case .scored: "io.prowzi.event.scored.v1"
    case .banded: "io.prowzi.event.banded.v1"
    case .briefs: "io.prowzi.brief.v1"
    case .deadletters: "io.prowzi.deadletter.v1"
    case .controls: "io.prowzi.control.v1"
    }
  }
}

extension TopicName {
  /// Where sensors write.
  public static let raw = TopicName(known: "prowzi.raw")
}

/// Where stages put the records they make: a buffer for each derived topic, written straight as canonical JSON.
///
/// *Shape* of a record's headers: the CloudEvents attributes in binary mode and ours beside them, always in the order of
/// `Template`, so that equal records have equal header bytes.
public struct RecordSink: Sendable {
  /// By `DerivedTopic.rawValue`.
  public var buffers: [RecordBuffer]
  public var counters = StageCounters()
  private var json = JSONWriter()
  private var templates: [Template]
  private var configuration: [UInt8] = []
  /// How many records of each topic the input in hand has caused.
  private var ordinals = [Int](repeating: 0, count: DerivedTopic.allCases.count)
  private var inputPrefix: [UInt8] = []
  /// The end of the last header block, which the next record of the same event and ordinal has as well.
  private var tail = HeaderTail()
  /// Of the input in hand: the normalized records, whose stretches the enriched ones copy.
  private var normalized: [(id: EventID, parts: EventRecord.Parts)] = []
  /// The same of the scored record that was written last.
  private var scored: (id: EventID, parts: EvaluationRecord.Parts)?
  private var pending: [(Rejection, StageIdentity)] = []

  public init() {
    buffers = DerivedTopic.allCases.map { _ in RecordBuffer() }
    templates = DerivedTopic.allCases.map { _ in Template() }
  }

  /// Says which raw record causes what comes next.
  public mutating func begin(partition: PartitionIndex, offset: Offset) {
    inputPrefix.removeAll(keepingCapacity: true)
    inputPrefix.append(contentsOf: TopicName.raw.text.utf8)
    inputPrefix.append(UInt8(ascii: "/"))
    DecimalText.append(Int64(partition.value), to: &inputPrefix)
    inputPrefix.append(UInt8(ascii: "/"))
    DecimalText.append(offset.value, to: &inputPrefix)
    for index in ordinals.indices { ordinals[index] = 0 }
    tail.ordinal = 0
    normalized.removeAll(keepingCapacity: true)
    scored = nil
  }

  /// Says which configuration is in force: the first 16 hexadecimal digits of its digest go into every record.
  public mutating func use(configurationDigest: Digest) {
    configuration.removeAll()
    configurationDigest.appendHex(to: &configuration, digits: 16)
    for index in templates.indices { templates[index] = Template() }
  }

  /// Forgets the records and keeps the memory.
  public mutating func removeRecords() {
    for index in buffers.indices { buffers[index].removeAll() }
    normalized.removeAll(keepingCapacity: true)
    scored = nil
  }

  /// Writes a record of `prowzi.normalized`.
  public mutating func writeNormalized(_ event: Event, by stage: StageIdentity) {
    var parts = EventRecord.Parts()
    write(
      .normalized, by: stage, id: event.id, key: event.routingKey.span, tenant: event.tenant, occurredAt: event.occurredAt,
      observedAt: event.observedAt
    ) { parts = EventRecord.write(event, to: &$0) }
    normalized.append((event.id, parts))
  }

  /// Writes a record of `prowzi.enriched`: what its normalized record said already is copied, where that was written here for the same input.
  public mutating func writeEnriched(_ enriched: EnrichedEvent, nodeNames: [String], by stage: StageIdentity) {
    let parts = normalized.first { $0.id == enriched.event.id }?.parts
    let bytes = buffers[DerivedTopic.normalized.rawValue].bytes
    write(
      .enriched, by: stage, id: enriched.event.id, key: enriched.event.routingKey.span, tenant: enriched.event.tenant,
      occurredAt: enriched.event.occurredAt, observedAt: enriched.event.observedAt
    ) { EventRecord.write(enriched, nodeNames: nodeNames, reusing: parts, of: bytes, to: &$0) }
  }

  /// Writes a record of `prowzi.scored`.
  public mutating func writeScored(_ event: ScoredEvent, by stage: StageIdentity) {
    var parts = EvaluationRecord.Parts()
    write(
      .scored, by: stage, id: event.enriched.event.id, key: nil, tenant: event.enriched.event.tenant,
      occurredAt: event.enriched.event.occurredAt, observedAt: event.enriched.event.observedAt
    ) { parts = EvaluationRecord.write(event, to: &$0) }
    scored = (event.enriched.event.id, parts)
  }

  /// Writes a record of `prowzi.banded`: what its scored record said already is copied, where that was the last written here.
  public mutating func writeBanded(_ event: BandedEvent, by stage: StageIdentity) {
    let id = event.scored.enriched.event.id
    let parts = scored?.id == id ? scored?.parts : nil
    let bytes = buffers[DerivedTopic.scored.rawValue].bytes
    write(
      .banded, by: stage, id: id, key: nil, tenant: event.scored.enriched.event.tenant,
      occurredAt: event.scored.enriched.event.occurredAt, observedAt: event.scored.enriched.event.observedAt
    ) { EvaluationRecord.write(event, reusing: parts, of: bytes, to: &$0) }
  }

  /// Writes one record.
  /// - Parameters:
  ///   - id: the CloudEvents id, and with `keyIsID` the key.
  ///   - key: the key where it is not the id.
  ///   - occurredAt: the CloudEvents time.
  ///   - observedAt: the record's timestamp.
  ///   - value: writes the value.
  public mutating func write(
    _ topic: DerivedTopic, by stage: StageIdentity, id: EventID, key: Span<UInt8>?, tenant: String, occurredAt: Timestamp,
    observedAt: Timestamp, value: (inout JSONWriter) -> Void
  ) {
    swap(&json.bytes, &buffers[topic.rawValue].bytes)
    let keyStart = json.bytes.count
    if let key {
      json.bytes.append(span: key)
    } else {
      id.append(to: &json.bytes)
    }
    let valueStart = json.bytes.count
    json.startText()
    value(&json)
    let headersStart = json.bytes.count
    appendHeaders(topic, stage, id, tenant, occurredAt)
    let end = json.bytes.count
    swap(&json.bytes, &buffers[topic.rawValue].bytes)
    add(topic, observedAt, key: keyStart..<valueStart, value: valueStart..<headersStart, headers: headersStart..<end)
  }

  private mutating func add(
    _ topic: DerivedTopic, _ time: Timestamp, key: Range<Int>?, value: Range<Int>?, headers: Range<Int>
  ) {
    let offset = Offset(Int64(buffers[topic.rawValue].count))
    buffers[topic.rawValue].records.append(
      RecordBuffer.Layout(offset: offset, timestamp: time, key: key, value: value, headers: headers))
  }

  // MARK: Headers

  /// The headers of a topic's records that are the same from record to record.
  private struct Template: Sendable {
    var tenant = ""
    /// Empty where nothing was written yet.
    var bytes: [UInt8] = []

    static let variableHeaders = 3
  }

  /// The headers that differ from event to event.
  private struct HeaderTail: Sendable {
    var id = EventID(high: 0, low: 0)
    var occurredAt = Timestamp(milliseconds: 0)
    /// 0 where there is none.
    var ordinal = 0
    var bytes: [UInt8] = []
  }

  private mutating func appendHeaders(
    _ topic: DerivedTopic, _ stage: StageIdentity, _ id: EventID, _ tenant: String, _ occurredAt: Timestamp
  ) {
    if templates[topic.rawValue].bytes.isEmpty || templates[topic.rawValue].tenant != tenant {
      templates[topic.rawValue] = makeTemplate(topic, stage, tenant)
    }
    json.bytes.append(contentsOf: templates[topic.rawValue].bytes)
    let ordinal = ordinals[topic.rawValue] + 1
    if tail.ordinal == ordinal, tail.id == id, tail.occurredAt == occurredAt {
      ordinals[topic.rawValue] = ordinal
      json.bytes.append(contentsOf: tail.bytes)
      return
    }
    let start = json.bytes.count
    appendName("ce_id")
    json.bytes.append(varint: 36)
    id.append(to: &json.bytes)
    appendName("ce_time")
    // 20 bytes, or 24 with milliseconds, or the milliseconds alone far out: write first, then put the length before it.
    let lengthAt = json.bytes.count
    json.bytes.append(0)
    occurredAt.appendRFC3339(to: &json.bytes)
    json.bytes[lengthAt] = UInt8(2 * (json.bytes.count - lengthAt - 1))
    appendInput(topic)
    (tail.id, tail.occurredAt, tail.ordinal) = (id, occurredAt, ordinal)
    tail.bytes.removeAll(keepingCapacity: true)
    tail.bytes.append(contentsOf: json.bytes[start...])
  }

  private mutating func appendInput(_ topic: DerivedTopic) {
    ordinals[topic.rawValue] += 1
    appendName("prowzi-input")
    let ordinal = ordinals[topic.rawValue]
    json.bytes.append(varint: inputPrefix.count + 1 + DecimalText.digitCount(UInt64(ordinal)))
    json.bytes.append(contentsOf: inputPrefix)
    json.bytes.append(UInt8(ascii: "#"))
    DecimalText.append(Int64(ordinal), to: &json.bytes)
  }

  private mutating func appendName(_ name: StaticString) {
    let count = name.utf8CodeUnitCount
    json.bytes.append(varint: count)
    unsafe json.bytes.append(upTo: count) { out in
      unsafe copyBytes(to: out, from: name.utf8Start, count: count)
      return count
    }
  }

  private func makeTemplate(_ topic: DerivedTopic, _ stage: StageIdentity, _ tenant: String) -> Template {
    let constant: [(String, [UInt8])] = [
      ("ce_specversion", [UInt8](text: "1.0")),
      ("ce_source", [UInt8](text: "/stages/\(stage.name)")),
      ("ce_type", [UInt8](text: topic.eventType)),
      ("content-type", [UInt8](text: "application/json")),
      ("prowzi-tenant", [UInt8](text: tenant)),
      ("prowzi-stage", [UInt8](text: stage.text)),
      ("prowzi-config", configuration),
    ]
    var bytes: [UInt8] = []
    bytes.append(varint: constant.count + Template.variableHeaders)
    for (name, value) in constant { bytes.append(header: name, value: value) }
    return Template(tenant: tenant, bytes: bytes)
  }

  // MARK: Control records

  /// Writes down that a control record has taken effect: a copy of it, with its place and the configuration now in force in headers.
  ///
  /// So whoever reads derived topics alone knows what governed them, without the raw records in between.
  public mutating func writeControl(of input: RecordBuffer, at index: Int, by stage: StageIdentity) {
    copy(
      input, index, to: .controls, withValue: true,
      adding: [("prowzi-stage", stage.text), ("prowzi-config", String(decoding: configuration, as: UTF8.self))])
  }

  /// Copies an input record to a derived topic, with headers added.
  private mutating func copy(
    _ input: RecordBuffer, _ index: Int, to topic: DerivedTopic, withValue: Bool, adding added: [(String, String)]
  ) {
    let layout = input.records[index]
    swap(&json.bytes, &buffers[topic.rawValue].bytes)
    func copy(_ range: Range<Int>) -> Range<Int> {
      let start = json.bytes.count
      json.bytes.append(contentsOf: input.bytes[range])
      return start..<json.bytes.count
    }
    let key = layout.key.map(copy)
    let value = withValue ? layout.value.map(copy) : nil
    let start = json.bytes.count
    let original = input.headers(of: index).filter { $0.name != "prowzi-input" }
    json.bytes.append(varint: original.count + added.count + 1)
    for header in original { json.bytes.append(header: header.name, value: header.value) }
    for (name, value) in added { json.bytes.append(header: name, value: [UInt8](text: value)) }
    appendInput(topic)
    let end = json.bytes.count
    swap(&json.bytes, &buffers[topic.rawValue].bytes)
    add(topic, layout.timestamp, key: key, value: value, headers: start..<end)
  }

  // MARK: Dead letters

  /// Says that the record in hand, or one of its items, cannot be used. The fold turns it into a dead letter after the step.
  public mutating func reject(_ rejection: Rejection, by stage: StageIdentity) { pending.append((rejection, stage)) }

  /// Keeps what cannot be used: the rejected bytes as the value, the original headers, and the reason in headers beside them.
  ///
  /// The second and later rejections of one record carry no value: the bytes are in the first, and in the raw record itself. A letter that a
  /// late stage wrote before (`rejectDerived`) carries other bytes and does not count.
  public mutating func writeRejections(of input: RecordBuffer, at index: Int) {
    if pending.isEmpty { return }
    for (number, entry) in pending.enumerated() { writeRejection(entry.0, entry.1, input, index, isFirst: number == 0) }
    counters.rejected += pending.count
    pending.removeAll(keepingCapacity: true)
  }

  private mutating func writeRejection(
    _ rejection: Rejection, _ stage: StageIdentity, _ input: RecordBuffer, _ index: Int, isFirst: Bool
  ) {
    copy(
      input, index, to: .deadletters, withValue: isFirst,
      adding: [
        ("prowzi-error-code", rejection.code), ("prowzi-error-message", rejection.message),
        ("prowzi-error-byte", String(rejection.byteOffset)), ("prowzi-stage", stage.text),
        ("prowzi-config", String(decoding: configuration, as: UTF8.self)),
      ])
  }

  /// Keeps what a later stage made and may not emit: the value it would have had, and the reason in headers beside it.
  ///
  /// A late stage no longer has the raw bytes; `prowzi-input` says where they lie.
  /// - Parameters:
  ///   - code: dotted and stable, such as `evidence.unbound`.
  ///   - message: one sentence without a full stop.
  ///   - id: the CloudEvents id the record would have had, and with no `key` the key.
  ///   - value: writes what would have been the record's value.
  public mutating func rejectDerived(
    code: String, message: String, by stage: StageIdentity, id: EventID, key: Span<UInt8>? = nil, tenant: String, observedAt: Timestamp,
    value: (inout JSONWriter) -> Void
  ) {
    swap(&json.bytes, &buffers[DerivedTopic.deadletters.rawValue].bytes)
    let keyStart = json.bytes.count
    if let key {
      json.bytes.append(span: key)
    } else {
      id.append(to: &json.bytes)
    }
    let valueStart = json.bytes.count
    json.startText()
    value(&json)
    let headersStart = json.bytes.count
    let headers: [(String, String)] = [
      ("ce_specversion", "1.0"), ("ce_source", "/stages/\(stage.name)"), ("ce_type", DerivedTopic.deadletters.eventType),
      ("ce_id", id.text), ("content-type", "application/json"), ("prowzi-tenant", tenant), ("prowzi-error-code", code),
      ("prowzi-error-message", message), ("prowzi-stage", stage.text), ("prowzi-config", String(decoding: configuration, as: UTF8.self)),
    ]
    json.bytes.append(varint: headers.count + 1)
    for (name, value) in headers { json.bytes.append(header: name, value: [UInt8](text: value)) }
    appendInput(.deadletters)
    let end = json.bytes.count
    swap(&json.bytes, &buffers[DerivedTopic.deadletters.rawValue].bytes)
    add(.deadletters, observedAt, key: keyStart..<valueStart, value: valueStart..<headersStart, headers: headersStart..<end)
    counters.rejected += 1
  }
}

/// What a fold has counted. For people, not for decisions: no stage reads them.
public struct StageCounters: Sendable, Equatable {
  public var records = 0
  public var events = 0
  public var repeats = 0
  public var revisions = 0
  public var rejected = 0
  public var controls = 0

  public init() {}

  public static func += (a: inout StageCounters, b: StageCounters) {
    a.records += b.records
    a.events += b.events
    a.repeats += b.repeats
    a.revisions += b.revisions
    a.rejected += b.rejected
    a.controls += b.controls
  }

  /// What was counted since.
  public static func - (a: StageCounters, b: StageCounters) -> StageCounters {
    var result = a
    result.records -= b.records
    result.events -= b.events
    result.repeats -= b.repeats
    result.revisions -= b.revisions
    result.rejected -= b.rejected
    result.controls -= b.controls
    return result
  }
}
