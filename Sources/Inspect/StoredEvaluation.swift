import Events
import JSON
import Model
import Ports
import RecordFormat
import Stages

/// An event with everything that was recorded about why it scored as it did.
public struct StoredEvaluation: Sendable {
  /// One of the five scores.
  public struct Part: Sendable {
    public var name: String
    public var value: Double
    public var weight: Double
    public var contribution: Double
    /// In ascending order of their names.
    public var inputs: [(name: String, value: Double)]
    public var sentence: String
  }

  /// Why the band is what it is; `nil` in an evaluation without one.
  public struct Band: Sendable {
    public var name: String
    public var reason: String
    public var threshold: Double
    public var rule: String?
    public var previous: String?
    public var support: Int
  }

  /// Where the evaluation is recorded.
  public var place: Coordinates
  public var eventID: EventID
  public var kind: String
  public var source: String
  public var domain: String
  public var story: String
  public var scorer: String
  public var total: Double
  /// In the order they are added up.
  public var parts: [Part]
  /// The arithmetic of a total that the scorer has an expression for; `nil` where it is the sum of the contributions.
  public var totalPart: Part?
  public var band: Band?
  /// The recorded value.
  public var value: [UInt8]
  /// The event itself, where it is still recorded.
  public var event: StoredEvent?

  /// - Returns: `nil` where the value is no evaluation.
  public init?(value: [UInt8], id: EventID, place: Coordinates) {
    guard let json = try? JSONDocument(value), let explanations = json.member("explanations", of: json.root) else { return nil }
    func number(_ name: StaticString, of node: Int?) -> Double { json.double(json.member(name, of: node)) ?? 0 }
    self.value = value
    self.place = place
    eventID = id
    kind = json.text("kind") ?? ""
    source = json.text("source") ?? ""
    domain = json.text("domain") ?? ""
    story = json.text("story_id") ?? ""
    scorer = json.text("scorer") ?? ""
    total = number("total_evi", of: json.root)
    func part(_ name: StaticString, _ node: Int?) -> Part {
      let inputs = json.members(of: json.member("inputs", of: node)).map {
        (name: json.string($0.key) ?? "", value: json.double($0.value) ?? 0)
      }
      return Part(
        name: "\(name)", value: number("value", of: node), weight: number("weight", of: node),
        contribution: number("contribution", of: node), inputs: inputs, sentence: json.string(json.member("sentence", of: node)) ?? "")
    }
    parts = Score.allCases.map { part($0.name, json.member($0.name, of: explanations)) }
    totalPart = json.member("total", of: explanations).map { part("total", $0) }
    if let node = json.member("band", of: explanations) {
      func text(_ name: StaticString) -> String? { json.string(json.member(name, of: node)) }
      band = Band(
        name: json.text("band") ?? "", reason: text("reason") ?? "", threshold: number("threshold", of: node), rule: text("rule"),
        previous: text("previous"), support: Int(json.int(json.member("support", of: node)) ?? 1))
    }
  }
}

/// What an event says about itself and where it came from.
public struct StoredEvent: Sendable {
  public var place: Coordinates
  public var title: String?
  public var url: String?
  public var occurredAt: Timestamp?
  public var observedAt: Timestamp?
  /// `topic/partition/offset` of the raw record.
  public var raw: String
  /// Which item of the raw record.
  public var item: Int

  /// - Returns: `nil` where the value is not JSON.
  public init?(value: [UInt8], place: Coordinates) {
    guard let json = try? JSONDocument(value) else { return nil }
    let text = json.value(at: "payload.text", from: json.root)
    let origin = json.value(at: "metadata.raw", from: json.root)
    func time(_ name: StaticString) -> Timestamp? { json.int(json.member(name, of: json.root)).map { Timestamp(milliseconds: $0) } }
    self.place = place
    title = json.string(json.member("title", of: text))
    url = json.string(json.member("url", of: text))
    occurredAt = time("timestamp")
    observedAt = time("observed_at")
    raw = json.string(json.member("at", of: origin)) ?? ""
    item = Int(json.int(json.member("item", of: origin)) ?? 0)
  }
}

/// Finds the records about one event.
public enum EventSearch {
  /// How far a search goes.
  public enum Reach: Sendable {
    /// To the first record observed this long after the id's time.
    case window(milliseconds: Int64)
    /// To the end of each partition: records observed later may have been recorded earlier.
    case everything
  }

  /// The evaluation of an event: from `prowzi.banded`, else from `prowzi.scored`.
  /// - Returns: `nil` where nothing with this id is recorded.
  /// - Complexity: the id carries the observed time, so a few batches; all of the topic where records were observed out of order.
  public static func evaluation(of id: EventID, in log: any LogReader) throws(ProwziError) -> StoredEvaluation? {
    for topic in [DerivedTopic.banded, .scored] {
      guard let found = try find(id, in: log, topic: topic.name, partitions: log.partitions(of: topic.name)), let value = found.value,
        var evaluation = StoredEvaluation(value: value, id: id, place: found.place)
      else { continue }
      // All records of an event lie in partitions of one number.
      let source = TopicPartition(topic: DerivedTopic.normalized.name, partition: found.place.partition)
      if let event = try find(id, in: log, topic: source.topic, partitions: [source]), let value = event.value {
        evaluation.event = StoredEvent(value: value, place: event.place)
      }
      return evaluation
    }
    return nil
  }

  /// The first record whose CloudEvents id it is: keys of some topics are routing keys. Looks near the id's time in every partition first.
  public static func find(
    _ id: EventID, in log: any LogReader, topic: TopicName, partitions: [TopicPartition], reach: Reach = .everything
  ) throws(ProwziError) -> LogRecord? {
    let wanted = [UInt8](text: id.text)
    var near: Int64 = 0
    if case .window(let milliseconds) = reach { near = milliseconds }
    var ends: [Offset] = []
    for target in partitions {
      let start = try log.offset(in: target, atOrAfter: id.time)
      var found: LogRecord?
      let end = try log.walk(target, from: start) { (records, index) throws(ProwziError) in
        found = match(records, index, wanted, target)
        return found == nil && records.records[index].timestamp.milliseconds(since: id.time) <= near
      }
      if let found { return found }
      ends.append(end)
    }
    guard case .everything = reach else { return nil }
    // Observed later but recorded earlier than others of its time.
    for (target, end) in zip(partitions, ends) {
      var found: LogRecord?
      try log.walk(target, from: end) { (records, index) throws(ProwziError) in
        found = match(records, index, wanted, target)
        return found == nil
      }
      if let found { return found }
    }
    return nil
  }

  private static func match(_ records: RecordBuffer, _ index: Int, _ id: [UInt8], _ target: TopicPartition) -> LogRecord? {
    guard records.records[index].value != nil, let found = records.header("ce_id", of: index), records.bytes[found].elementsEqual(id)
    else { return nil }
    return LogRecord(records, index, of: target)
  }
}
