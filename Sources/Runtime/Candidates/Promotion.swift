import Configuration
import Fold
import JSON
import Model
import Ports
import RecordFormat
import Scorers
import SegmentLog
import Stages

/// A configuration that was in force, and since when.
public struct ConfigurationInForce: Sendable {
  /// In `prowzi.raw` of partition 0.
  public var offset: Offset
  public var time: Timestamp
  public var configuration: CompiledConfiguration
  /// Why it was written: `promote rush@2`; empty for a configuration that somebody applied.
  public var reason: String
}

extension LogPlace {
  /// Every configuration there was, oldest first: those the fold has met from `prowzi.controls`, the others from the raw records since.
  ///
  /// All partitions are given the same configurations in the same order, so one speaks for all.
  /// - Complexity: linear in the control records and in what is not folded yet, whatever the size of the log.
  public func configurations(_ log: any LogReader) throws(ProwziError) -> [ConfigurationInForce] {
    var found: [ConfigurationInForce] = []
    let partition = PartitionIndex(0)
    func read(_ target: TopicPartition, from: Offset, offset: (RecordBuffer, Int) -> Offset) throws(ProwziError) {
      var next = from
      var buffer = RecordBuffer()
      while true {
        buffer.removeAll()
        let following = try log.read(target, from: next, maxRecords: 4000, maxBytes: 4 << 20, into: &buffer)
        if following == next { return }
        next = following
        for index in buffer.records.indices {
          guard let type = buffer.header("ce_type", of: index), buffer.bytes[type].elementsEqual(FoldControl.configurationType.utf8),
            let value = buffer.records[index].value,
            // What is not valid never came into force: the fold has made it a dead letter.
            let configuration = try? CompiledConfiguration.shared(document: Array(buffer.bytes[value]))
          else { continue }
          let reason = buffer.header("prowzi-reason", of: index).map { String(decoding: buffer.bytes[$0], as: UTF8.self) }
          let place = offset(buffer, index)
          // A fold that commits between the two looks would show a record twice.
          if let last = found.last, place <= last.offset { continue }
          found.append(
            ConfigurationInForce(
              offset: place, time: buffer.records[index].timestamp, configuration: configuration, reason: reason ?? ""))
        }
      }
    }
    let raw = TopicPartition(topic: .raw, partition: partition)
    let controls = TopicPartition(topic: DerivedTopic.controls.name, partition: partition)
    let logStart = try log.bounds(of: raw).logStart
    let folded = try log.position(of: pipelineFold, in: partition)?.next ?? logStart
    try read(controls, from: try log.bounds(of: controls).logStart) { EnrichedInput.cause(of: $1, in: $0) ?? .zero }
    try read(raw, from: folded) { $0.records[$1].offset }
    return found
  }
}

/// Changes of the scorer in force, each a configuration record in every raw partition: the moment is in the log, and every replay sees it.
public struct Promotion: Sendable {
  private let directory: DataDirectory
  private let log: SegmentLog
  public let current: CompiledConfiguration

  /// - Parameter log: opened to write the sensors' topics.
  public init(_ directory: DataDirectory, _ log: SegmentLog) throws(ProwziError) {
    self.directory = directory
    self.log = log
    current = try directory.configurationInForce(log)
  }

  /// Puts a scorer in force and ends whatever canary there is.
  /// - Throws: `promotion.in_force` where it is in force already and there is no canary to end.
  public func promote(_ scorer: CompiledScorer, at time: Timestamp) throws(ProwziError) -> CompiledConfiguration {
    guard current.scorer.digest != scorer.digest || current.canary != nil else {
      throw ProwziError(
        "promotion.in_force", "\(scorer.label) is in force already", advice: "`prowzi scorer list` shows which others there are.")
    }
    return try apply(try current.document(withScorer: scorer.canonicalBytes), "promote \(scorer.label)", time)
  }

  /// Lets a scorer judge a share of the events, chosen by their ids.
  /// - Parameters:
  ///   - percent: 0…100 with at most two decimals.
  ///   - salt: changes which events are chosen.
  public func canary(_ scorer: CompiledScorer, percent: Double, salt: String, at time: Timestamp) throws(ProwziError)
    -> CompiledConfiguration
  {
    try apply(
      try current.document(withCanary: scorer.canonicalBytes, percent: percent, salt: salt), "canary \(scorer.label) \(percent)", time)
  }

  /// Takes the canary away.
  /// - Throws: `promotion.no_canary` where there is none.
  public func endCanary(at time: Timestamp) throws(ProwziError) -> CompiledConfiguration {
    guard let canary = current.canary else {
      throw ProwziError("promotion.no_canary", "no canary is in force", advice: "`prowzi canary NAME@V --percent 10` begins one.")
    }
    return try apply(try current.document(withCanary: nil), "canary end \(canary.scorer.label)", time)
  }

  /// Puts back the scorer that was in force before the present one, and ends whatever canary there is. Everything else of the configuration stays.
  /// - Throws: `promotion.no_earlier` where there was no other.
  public func rollback(at time: Timestamp) throws(ProwziError) -> CompiledConfiguration {
    // What was promoted lies on what was in force before; a rollback takes it off again.
    var stack: [CompiledScorer] = []
    for entry in try directory.configurations(log) where entry.configuration.scorer.digest != stack.last?.digest {
      let scorer = entry.configuration.scorer
      if entry.reason.hasPrefix("rollback "), let below = stack.lastIndex(where: { $0.digest == scorer.digest }) {
        stack.removeSubrange((below + 1)...)
      } else {
        stack.append(scorer)
      }
    }
    guard stack.count > 1 else {
      throw ProwziError(
        "promotion.no_earlier", "there is no scorer to go back to: \(current.scorer.label) was the first",
        advice: "`prowzi scorer history` shows what was in force, and since when.")
    }
    let scorer = stack[stack.count - 2]
    return try apply(try current.document(withScorer: scorer.canonicalBytes), "rollback \(scorer.label)", time)
  }

  private func apply(_ document: [UInt8], _ reason: String, _ time: Timestamp) throws(ProwziError) -> CompiledConfiguration {
    let configuration = try CompiledConfiguration.shared(document: document)
    try RawAppender(log: log, partitions: directory.partitions).appendControl(
      type: FoldControl.configurationType, value: configuration.canonicalBytes, reason: reason, at: time)
    return configuration
  }
}
