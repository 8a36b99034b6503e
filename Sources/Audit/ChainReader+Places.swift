import Events
import Inspect
import Model
import Ports
import RecordFormat
import Stages

extension ChainReader {
  /// What the record at a place belongs to.
  func report(of place: Coordinates, name: String) throws(ProwziError) -> AuditReport {
    guard let record = try log.record(at: place) else {
      throw ProwziError(
        "event.not_found", "nothing is recorded at \(place)", place: "\(place.topic)",
        advice: "'prowzi status' shows the partitions and offsets there are")
    }
    if place.topic == .raw { return try report(ofRaw: record) }
    if place.topic == DerivedTopic.deadletters.name { return try report(ofDeadLetter: record, name: name) }
    guard let id = record.header("ce_id"), EventID(id) != nil else {
      throw ProwziError(
        "usage.bad_value", "\(place) belongs to no chain", advice: "Name a record of prowzi.raw or of a topic that stages write")
    }
    let revision =
      place.topic == DerivedTopic.briefs.name ? StoredBrief(value: record.value ?? [], time: record.timestamp, place: place)?.revision : nil
    return try report(of: id, revision: revision)
  }

  func report(ofDeadLetter record: LogRecord, name: String) throws(ProwziError) -> AuditReport {
    var report = AuditReport(.deadLetter, name: name)
    let step = ChainStep(.deadletters, record)
    report.deadLetters = [
      DeadLetterNode(step: step, raw: try step.rawPlace.flatMap { place throws(ProwziError) in try log.record(at: place) })
    ]
    return report
  }

  /// Everything that was made of a raw record.
  private func report(ofRaw raw: LogRecord) throws(ProwziError) -> AuditReport {
    var report = AuditReport(.raw, name: "\(raw.place)")
    for letter in try records(madeFrom: raw.place, .deadletters) {
      report.deadLetters.append(DeadLetterNode(step: ChainStep(.deadletters, letter), raw: raw))
    }
    for record in try records(madeFrom: raw.place, .normalized).prefix(Self.mostChains) {
      guard let id = record.header("ce_id").flatMap({ EventID($0) }), let chain = try chain(of: id, in: raw.place.partition) else {
        continue
      }
      report.events.append(chain)
    }
    if let chain = report.events.first, report.events.count == 1 { try tellOfBrief(chain, &report) }
    if report.events.isEmpty, report.deadLetters.isEmpty {
      throw ProwziError(
        "event.not_found", "nothing was made of \(raw.place)", place: "observed at \(raw.timestamp.rfc3339)",
        advice: "It is a control record, a repeat of one that was there before, or not folded yet; 'prowzi read prowzi.raw' shows it")
    }
    return report
  }

  /// The records of a derived topic that were made from a raw record.
  ///
  /// Records of a derived partition stand in the order of the raw records that caused them, so this is a binary search, whatever their times.
  /// - Complexity: a batch read for each doubling of the partition.
  func records(madeFrom place: Coordinates, _ topic: DerivedTopic) throws(ProwziError) -> [LogRecord] {
    let target = TopicPartition(topic: topic.name, partition: place.partition)
    let bounds = try log.bounds(of: target)
    var low = bounds.logStart
    var high = bounds.highWatermark
    while low < high {
      let middle = low.advanced(by: high.distance(from: low) / 2)
      let record = try log.record(at: Coordinates(topic: topic.name, partition: place.partition, offset: middle))
      if let input = record.flatMap({ ChainStep(topic, $0).rawPlace }), input.offset < place.offset {
        low = middle.advanced(by: 1)
      } else {
        high = middle
      }
    }
    var found: [LogRecord] = []
    try log.walk(target, from: low) { (buffer, index) throws(ProwziError) in
      let record = LogRecord(buffer, index, of: target)
      guard ChainStep(topic, record).rawPlace == place else { return false }
      found.append(record)
      return true
    }
    return found
  }
}
