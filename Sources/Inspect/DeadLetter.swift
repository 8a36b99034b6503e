import Model
import Ports
import RecordFormat
import Stages

/// A record of `prowzi.deadletters`: what could not be used, and why.
public struct DeadLetter: Sendable, Equatable {
  public var record: LogRecord
  /// Dotted and stable: `parse.json`, `evidence.unbound`.
  public var code: String
  /// One sentence without a full stop.
  public var message: String
  /// Who rejected it, with its version: `normalize/1`, or `fold/1` for a control record.
  public var stage: String
  /// The source that the rejected bytes came from; empty where the headers name none.
  public var source: String
  /// Where in the rejected value the reason lies.
  public var byte: Int?
  /// The raw record that caused it.
  public var raw: Coordinates?
  /// The raw record that was first rejected, where this letter is about one that was driven through again.
  public var firstRaw: Coordinates?

  public init(_ record: LogRecord) {
    self.record = record
    code = record.header("prowzi-error-code") ?? "unknown"
    message = record.header("prowzi-error-message") ?? ""
    stage = record.header("prowzi-stage") ?? ""
    source = record.header("ce_source").flatMap { $0.split(separator: "/").last.map(String.init) } ?? ""
    byte = record.header("prowzi-error-byte").flatMap { Int($0) }
    raw = record.header("prowzi-input").flatMap { $0.split(separator: "#").first }.flatMap { Coordinates(String($0)) }
    firstRaw = record.header(Redriving.originHeader).flatMap { Coordinates($0) }
  }

  /// Whether a stage rejected the raw record itself. What a later stage made of a record and may not emit comes about again only where that stage is
  /// folded again: the raw record would be a repeat.
  public var isOfRawRecord: Bool { stage.hasPrefix("normalize/") || stage.hasPrefix("fold/") }
}

/// What a raw record that is driven through the pipeline again carries beside its original headers.
public enum Redriving {
  /// Where the record lay when it was rejected first: it stays the same however often the record is driven through.
  public static let originHeader = "prowzi-redrive-of"
  /// The letter that it was taken up from.
  public static let letterHeader = "prowzi-redrive-letter"
  /// Why, where somebody said so.
  public static let reasonHeader = "prowzi-reason"
}

/// Which letters somebody wants to see.
public struct DeadLetterFilter: Sendable {
  /// Codes, or dotted beginnings of them: `parse` means `parse.json` too. Empty for all.
  public var codes: [String] = []
  /// A stage's name, with or without its version.
  public var stage: String?
  public var source: String?
  /// Observed at or after…
  public var from: Timestamp?
  /// …and before.
  public var to: Timestamp?

  public init() {}

  public func wants(_ letter: DeadLetter) -> Bool {
    if let from, letter.record.timestamp < from { return false }
    if let to, letter.record.timestamp >= to { return false }
    if let stage, letter.stage != stage, !letter.stage.hasPrefix(stage + "/") { return false }
    if let source, letter.source != source { return false }
    return codes.isEmpty || codes.contains { letter.code == $0 || letter.code.hasPrefix($0 + ".") }
  }
}

extension LogReader {
  /// Goes through dead letters, partition by partition.
  /// - Parameter body: `false` ends the walk.
  /// - Complexity: reads from the first letter in the filter's time window on; headers are looked at only there.
  public func walkDeadLetters(
    _ filter: DeadLetterFilter, in partitions: [TopicPartition], _ body: (DeadLetter) throws(ProwziError) -> Bool
  ) throws(ProwziError) {
    for target in partitions {
      var goesOn = true
      try walk(target, from: try filter.from.map { (time) throws(ProwziError) in try offset(in: target, atOrAfter: time) }) {
        (records, index) throws(ProwziError) in
        let letter = DeadLetter(LogRecord(records, index, of: target))
        if filter.wants(letter) { goesOn = try body(letter) }
        return goesOn
      }
      if !goesOn { return }
    }
  }

  /// The letter at a place.
  /// - Throws: `deadletter.not_found`.
  public func deadLetter(at place: Coordinates) throws(ProwziError) -> DeadLetter {
    guard place.topic == DerivedTopic.deadletters.name, let record = try record(at: place) else {
      throw ProwziError(
        "deadletter.not_found", "there is no dead letter here", place: "\(place)",
        advice: "`prowzi deadletters list` shows those there are.")
    }
    return DeadLetter(record)
  }
}
