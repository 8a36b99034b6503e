import Events
import Inspect
import JSON
import Model
import Ports
import RecordFormat
import Stages

/// Finds what is recorded about a brief, an event or a rejected record, by time and place and without reading whole topics.
///
/// *Complexity*: a few batches a record. Only an id that is nowhere near its own time, as in a log of mixed years, makes `prowzi.banded` and
/// `prowzi.briefs` be read to their ends, which are the smallest topics.
public struct ChainReader {
  let log: any LogReader

  /// How long after an id's time its records are sought before everything is: an event is recorded with its own time; a brief begins when its story
  /// first reaches a band that is told, which may be days after the story began.
  static let eventWindow: Int64 = .hour
  static let briefWindow: Int64 = 14 * .day
  /// Events that are shown whole; the rest stands in a line each.
  static let mostChains = 12

  public init(_ log: any LogReader) { self.log = log }

  /// What a name stands for: a report without configurations, and with nothing folded again.
  /// - Parameters:
  ///   - name: an id, or `topic/partition/offset`.
  ///   - revision: of a brief; the newest where there is none.
  /// - Throws: `usage.bad_value` for what is neither; `event.not_found` with what was searched; what reading throws.
  public func report(of name: String, revision: Int? = nil) throws(ProwziError) -> AuditReport {
    if let place = Coordinates(name) { return try report(of: place, name: name) }
    guard let id = EventID(name) else {
      throw ProwziError(
        "usage.bad_value", "'\(name)' is neither an id nor a place",
        advice:
          "Give 36 characters such as 0198d0a2-7c00-8abc-9def-0123456789ab, from 'prowzi briefs' or 'prowzi read prowzi.banded', or a record as "
          + "topic/partition/offset")
    }
    // Near its time first, in every topic; only then everywhere.
    for (reach, briefReach) in [
      (EventSearch.Reach.window(milliseconds: Self.eventWindow), EventSearch.Reach.window(milliseconds: Self.briefWindow)),
      (.everything, .everything),
    ] {
      if let found = try find(id, .banded, reach) { return try report(ofEvent: id, found, revision) }
      if let found = try find(id, .briefs, briefReach) { return try report(ofBrief: id, found, revision) }
      if let found = try find(id, .deadletters, briefReach) { return try report(ofDeadLetter: found, name: name) }
    }
    // A brief that an event older than its story caused may lie before the first record of the id's time.
    if let found = try briefBefore(id) { return try report(ofBrief: id, found, revision) }
    throw try notFound(id)
  }

  private func briefBefore(_ id: EventID) throws(ProwziError) -> LogRecord? {
    for target in try log.partitions(of: DerivedTopic.briefs.name) {
      let found = try revisions(of: id, in: target.partition, from: .zero, to: try log.offset(in: target, atOrAfter: id.time))
      if let first = found.first { return first.record }
    }
    return nil
  }

  private func notFound(_ id: EventID) throws(ProwziError) -> ProwziError {
    var first = 0
    for target in try log.partitions(of: DerivedTopic.banded.name) {
      let bounds = try log.bounds(of: target)
      first += max(0, bounds.highWatermark.distance(from: try log.offset(in: target, atOrAfter: id.time)))
    }
    let hint =
      first == 0
      ? "the log ends before that time" : "prowzi.banded and prowzi.deadletters were read from that time on, prowzi.briefs whole"
    return ProwziError(
      "event.not_found", "no brief and no event has the id \(id)",
      place: "observed at \(id.time.rfc3339) by the id's first 12 digits; \(hint)",
      advice:
        "Run 'prowzi run' if the record is not folded yet, check --data, or look for the id with 'prowzi briefs' or 'prowzi read prowzi.banded'"
    )
  }

  private func find(
    _ id: EventID, _ topic: DerivedTopic, _ reach: EventSearch.Reach, partition: PartitionIndex? = nil
  ) throws(ProwziError) -> LogRecord? {
    let targets = try log.partitions(of: topic.name).filter { partition == nil || $0.partition == partition }
    return try EventSearch.find(id, in: log, topic: topic.name, partitions: targets, reach: reach)
  }

  // MARK: A brief

  private func report(ofBrief id: EventID, _ first: LogRecord, _ revision: Int?) throws(ProwziError) -> AuditReport {
    let all = try revisions(of: id, in: first.place.partition, from: first.place.offset)
    guard let chosen = revision.map({ wanted in all.last { $0.brief.revision == wanted } }) ?? all.last else {
      throw ProwziError(
        "event.not_found", "brief \(id) has no revision \(revision ?? 0)", place: "\(first.place.topic)/\(first.place.partition)",
        advice: "Choose one of \(all.map { String($0.brief.revision) }.joined(separator: ", ")), or leave --revision out for the newest")
    }
    var report = AuditReport(.brief, name: id.text)
    var node = BriefNode(step: ChainStep(.briefs, chosen.record), brief: chosen.brief, revisions: all.map { BriefSummary($0.brief) })
    report.events = try chains(of: node)
    let shown = report.events.map(\.id.text)
    for event in chosen.brief.events where !shown.contains(event) { report.others.append(try summary(of: event, in: chosen.record.place)) }
    try check(&node, report.events)
    report.brief = node
    return report
  }

  /// All revisions of a brief in a partition, oldest first.
  private func revisions(
    of id: EventID, in partition: PartitionIndex, from start: Offset? = nil, to end: Offset? = nil
  ) throws(ProwziError) -> [(record: LogRecord, brief: StoredBrief)] {
    let target = TopicPartition(topic: DerivedTopic.briefs.name, partition: partition)
    let wanted = [UInt8](text: id.text)
    var found: [(LogRecord, StoredBrief)] = []
    let time = try log.offset(in: target, atOrAfter: id.time)
    try log.walk(target, from: start ?? time, to: end) { (records, index) throws(ProwziError) in
      guard let name = records.header("ce_id", of: index), records.bytes[name].elementsEqual(wanted) else { return true }
      let record = LogRecord(records, index, of: target)
      if let brief = StoredBrief(value: record.value ?? [], time: record.timestamp, place: record.place) { found.append((record, brief)) }
      return true
    }
    return found.sorted { $0.1.revision < $1.1.revision }
  }

  /// The events that the brief's evidence names and the one that caused the revision. First the one with the brief's scores.
  private func chains(of node: BriefNode) throws(ProwziError) -> [EventChain] {
    let evidence = node.brief.evidence
    var causes: [String] = []
    if let place = node.step.rawPlace {
      causes = try records(madeFrom: place, .banded).compactMap { $0.header("ce_id") }.filter { node.brief.events.contains($0) }
    }
    var order: [String] = []
    func note(_ event: String) { if !event.isEmpty, !order.contains(event) { order.append(event) } }
    for item in evidence where item.field == "total_evi" { note(item.event) }
    for item in evidence { note(item.event) }
    for event in causes { note(event) }
    if order.isEmpty { for event in node.brief.events.prefix(1) { note(event) } }
    var chains: [EventChain] = []
    for name in order where chains.count < Self.mostChains {
      guard let id = EventID(name), var chain = try chain(of: id, in: node.step.record.place.partition) else { continue }
      func supports(_ field: String) -> Bool { evidence.contains { $0.event == name && $0.field == field } }
      if supports("total_evi") { chain.roles.append("gives the scores") }
      if evidence.first?.event == name { chain.roles.append("gives the headline") }
      if supports("band") { chain.roles.append("gives the band") }
      if causes.contains(name) { chain.roles.append("caused this revision") }
      if chain.roles.isEmpty {
        chain.roles.append(node.brief.events.contains(name) ? "member of the story" : "an earlier figure is from it")
      }
      chains.append(chain)
    }
    return chains
  }

  /// Checks every claim, and fetches the record that caused the revision where that is none of the events.
  private func check(_ node: inout BriefNode, _ events: [EventChain]) throws(ProwziError) {
    if let place = node.step.rawPlace, !events.contains(where: { $0.rawPlace == place }) { node.cause = try log.record(at: place) }
    var raws: [Coordinates: [UInt8]] = [:]
    for event in events { raws[event.rawPlace] = event.raw?.value }
    if let cause = node.cause { raws[cause.place] = cause.value }
    for item in node.brief.evidence {
      var records: [(String, [UInt8])] = []
      if let event = events.first(where: { $0.id.text == item.event }) {
        // The normalised record first: a field is named by the stage that made it.
        for step in event.steps.reversed() { if let value = step.record.value { records.append((step.topic.name.text, value)) } }
      }
      // A retraction's reason stands in the control record itself.
      if item.field == "reason", let cause = node.cause, let value = cause.value { records.insert((cause.place.topic.text, value), at: 0) }
      let place = Coordinates(item.raw)
      node.evidence.append(EvidenceCheck(item, records: records, raw: place.flatMap { raws[$0] }))
    }
  }

  // MARK: An event

  private func report(ofEvent id: EventID, _ banded: LogRecord, _ revision: Int?) throws(ProwziError) -> AuditReport {
    if revision != nil {
      throw ProwziError("usage.bad_value", "\(id) is an event, and only briefs have revisions", advice: "Leave --revision out")
    }
    var report = AuditReport(.event, name: id.text)
    guard let chain = try chain(of: id, in: banded.place.partition, banded: banded) else { throw try notFound(id) }
    report.events = [chain]
    try tellOfBrief(chain, &report)
    return report
  }

  func tellOfBrief(_ chain: EventChain, _ report: inout AuditReport) throws(ProwziError) {
    guard let cluster = chain.enrichment?.cluster, let story = EventID(cluster.id), let evaluation = chain.evaluation,
      let band = evaluation.band
    else { return }
    let brief = StoryCluster.briefID(story: story, firstSeenAt: cluster.firstSeenAt)
    let found = try revisions(of: brief, in: chain.rawPlace.partition)
    report.storyBrief = (found.last { $0.brief.events.contains(chain.id.text) } ?? found.last).map { BriefSummary($0.brief) }
    let isTold = found.contains { $0.brief.events.contains(chain.id.text) }
    let name = Figures.plain(band.name)
    if isTold { return }
    if (UrgencyBand(name: band.name) ?? .archive) < .sameDay {
      report.whyNoBrief =
        "its band is \(name), and briefs are made from same day upward"
        + (found.isEmpty ? "" : "; its story has a brief, which does not rest on it")
    } else if let letter = try find(
      brief, .deadletters, .window(milliseconds: Self.briefWindow), partition: chain.rawPlace.partition)
    {
      report.whyNoBrief = "the brief was refused: \(letter.header("prowzi-error-message") ?? "")"
      report.deadLetters.append(DeadLetterNode(step: ChainStep(.deadletters, letter), raw: nil))
    } else if found.isEmpty {
      report.whyNoBrief = "no brief \(brief) of its story is recorded"
    } else {
      report.whyNoBrief =
        "it supports the story's brief, whose next revision was held back or names \(found.last?.brief.events.count ?? 0) other events"
    }
  }

  /// The records of one event, all of which lie in partitions of one number.
  func chain(of id: EventID, in partition: PartitionIndex, banded: LogRecord? = nil) throws(ProwziError) -> EventChain? {
    var steps: [ChainStep] = []
    for topic in [DerivedTopic.banded, .scored, .enriched, .normalized] {
      let near = EventSearch.Reach.window(milliseconds: Self.eventWindow)
      if topic == .banded, let banded {
        steps.append(ChainStep(topic, banded))
        continue
      }
      // Every event passes all stages, so mostly it has one offset in all topics.
      if let first = steps.first?.record.place,
        let guess = try log.record(at: Coordinates(topic: topic.name, partition: partition, offset: first.offset)),
        guess.header("ce_id") == id.text
      {
        steps.append(ChainStep(topic, guess))
        continue
      }
      guard let record = try find(id, topic, steps.isEmpty ? near : .everything, partition: partition) else { continue }
      steps.append(ChainStep(topic, record))
    }
    guard let place = steps.compactMap(\.rawPlace).first else { return nil }
    var chain = EventChain(id: id, steps: steps, rawPlace: place)
    chain.raw = try log.record(at: place)
    if let banded = chain.step(.banded) ?? chain.step(.scored) {
      chain.evaluation = StoredEvaluation(value: banded.record.value ?? [], id: id, place: banded.record.place)
    }
    if let normalized = chain.step(.normalized) ?? chain.step(.enriched), let value = normalized.record.value {
      chain.evaluation?.event = StoredEvent(value: value, place: normalized.record.place)
      chain.item = chain.evaluation?.event?.item ?? 0
    }
    chain.enrichment = (chain.step(.enriched) ?? chain.step(.normalized))?.record.value.flatMap { StoredEnrichment(value: $0) }
    for neighbor in chain.enrichment?.neighbors ?? [] { chain.neighborTitles.append(try title(of: neighbor.id, in: partition)) }
    return chain
  }

  private func title(of id: EventID, in partition: PartitionIndex) throws(ProwziError) -> String? {
    let record = try find(id, .normalized, .window(milliseconds: 0), partition: partition)
    return record?.value.flatMap {
      StoredEvent(value: $0, place: record?.place ?? Coordinates(topic: .raw, partition: partition, offset: .zero))?.title
    }
  }

  private func summary(of event: String, in place: Coordinates) throws(ProwziError) -> EventSummary {
    guard let id = EventID(event) else { return EventSummary(id: event) }
    let near = EventSearch.Reach.window(milliseconds: Self.eventWindow)
    let banded = try find(id, .banded, near, partition: place.partition)
    let evaluation = banded.flatMap { StoredEvaluation(value: $0.value ?? [], id: id, place: $0.place) }
    return EventSummary(id: event, title: try title(of: id, in: place.partition), band: evaluation?.band?.name, total: evaluation?.total)
  }
}
