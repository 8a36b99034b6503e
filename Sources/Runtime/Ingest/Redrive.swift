import Inspect
import Model
import Ports
import RecordFormat
import Stages

/// Drives rejected raw records through the pipeline again, after what they failed for was mended: a mapping added, a configuration corrected.
///
/// The raw record is appended again as it was, at the end of its partition: nothing that was recorded is changed, and the new record says in its headers
/// where it lay first and which letter it was taken up from. What of it was understood before is a repeat and makes nothing twice.
public struct Redrive {
  /// Why a letter is left out.
  public enum Omission: String, Sendable, CaseIterable {
    /// A later stage made and refused it.
    case derived
    /// Another letter is about the same raw record.
    case sameRecord
    /// It was driven through before.
    case redriven
    /// Retention has taken the raw record, and the letter holds no bytes of it.
    case gone
  }

  public struct Report: Sendable {
    /// The raw records that were, or would be, appended again: where they lay, and the letter.
    public var records: [(raw: Coordinates, letter: Coordinates)] = []
    public var omitted: [Omission: Int] = [:]
    public var wasStopped = false
  }

  private let log: any LogReader & LogWriter
  private let signer: LogSigner?

  public init(log: any LogReader & LogWriter, signer: LogSigner? = nil) {
    self.log = log
    self.signer = signer
  }

  /// - Parameters:
  ///   - letters: in any order.
  ///   - again: also those that were driven through before.
  ///   - reason: for people who read the log; goes into a header.
  ///   - time: the moment the new records carry; see `StreamTime`.
  ///   - isTrial: appends nothing.
  /// - Complexity: beside reading one raw record a letter, reads the raw partitions concerned from the first such record on, to find what was driven
  ///   through before.
  public func run(
    _ letters: [DeadLetter], again: Bool = false, reason: String? = nil, at time: Timestamp, isTrial: Bool = false,
    proceed: () -> Bool = { true }
  ) throws(ProwziError) -> Report {
    var report = Report()
    var chosen: [Coordinates: DeadLetter] = [:]
    var order: [Coordinates] = []
    for letter in letters {
      guard letter.isOfRawRecord, let raw = letter.raw else {
        report.omitted[.derived, default: 0] += 1
        continue
      }
      guard chosen[raw] == nil else {
        // The first letter of a record holds its bytes.
        if chosen[raw]?.record.value == nil { chosen[raw] = letter }
        report.omitted[.sameRecord, default: 0] += 1
        continue
      }
      chosen[raw] = letter
      order.append(raw)
    }
    if !again {
      let known = try redriven(order, proceed)
      let before = order.count
      order.removeAll { known.contains($0) }
      if before > order.count { report.omitted[.redriven] = before - order.count }
    }
    try append(order, chosen, reason, time, isTrial, &report, proceed)
    return report
  }

  private func append(
    _ order: [Coordinates], _ chosen: [Coordinates: DeadLetter], _ reason: String?, _ time: Timestamp, _ isTrial: Bool,
    _ report: inout Report, _ proceed: () -> Bool
  ) throws(ProwziError) {
    var buffers: [TopicPartition: RecordBuffer] = [:]
    var pending = 0
    func flush() throws(ProwziError) {
      let targets = buffers.keys.sorted { $0.partition < $1.partition }
      if targets.isEmpty || isTrial { return }
      _ = try log.commit(Commit(appends: targets.map { Commit.Append(target: $0, records: buffers[$0] ?? RecordBuffer()) }))
      try signer?.sign(targets)
      buffers.removeAll()
      pending = 0
    }
    for raw in order {
      guard let letter = chosen[raw] else { preconditionFailure("every place in the order has a letter") }
      if !proceed() {
        report.wasStopped = true
        break
      }
      guard let record = try original(raw, letter) else {
        report.omitted[.gone, default: 0] += 1
        continue
      }
      report.records.append((raw, letter.record.place))
      let headers = Self.headers(record, raw, letter, reason)
      buffers[TopicPartition(topic: raw.topic, partition: raw.partition), default: RecordBuffer()]
        .append(timestamp: time, key: record.key, value: record.value, headers: headers)
      pending += record.value?.count ?? 0
      if pending >= RawAppender.commitBytes { try flush() }
    }
    try flush()
  }

  /// The raw record; where retention has taken it, what the letter kept of it.
  private func original(_ raw: Coordinates, _ letter: DeadLetter) throws(ProwziError) -> LogRecord? {
    if let record = try log.record(at: raw) { return record }
    guard letter.record.value != nil else { return nil }
    var record = letter.record
    let added = ["prowzi-error-code", "prowzi-error-message", "prowzi-error-byte", "prowzi-stage", "prowzi-config", "prowzi-input"]
    record.headers.removeAll { added.contains($0.name) }
    return record
  }

  private static func headers(
    _ record: LogRecord, _ raw: Coordinates, _ letter: DeadLetter, _ reason: String?
  ) -> [(name: String, value: [UInt8]?)] {
    let mine = [Redriving.originHeader, Redriving.letterHeader, Redriving.reasonHeader]
    var headers = record.headers.filter { !mine.contains($0.name) }.map { (name: $0.name, value: $0.value) }
    headers.append((Redriving.originHeader, [UInt8](text: "\(letter.firstRaw ?? raw)")))
    headers.append((Redriving.letterHeader, [UInt8](text: "\(letter.record.place)")))
    if let reason { headers.append((Redriving.reasonHeader, [UInt8](text: reason))) }
    return headers
  }

  /// Those of these raw records that a later one says it was driven through for.
  private func redriven(_ places: [Coordinates], _ proceed: () -> Bool) throws(ProwziError) -> Set<Coordinates> {
    var known: Set<Coordinates> = []
    var first: [TopicPartition: Offset] = [:]
    for place in places {
      let target = TopicPartition(topic: place.topic, partition: place.partition)
      first[target] = min(first[target] ?? place.offset, place.offset)
    }
    for (target, offset) in first.sorted(by: { $0.key.partition < $1.key.partition }) {
      try log.walk(target, from: offset) { (records, index) throws(ProwziError) in
        // The letter names the record that was taken up, which is not the first where one failed again.
        if let header = records.header("prowzi-redrive-letter", of: index),
          let letter = Coordinates(Array(records.bytes[header]).displayText),
          let raw = try log.record(at: letter).map({ DeadLetter($0) })?.raw
        {
          known.insert(raw)
        }
        return proceed()
      }
    }
    return known
  }
}
