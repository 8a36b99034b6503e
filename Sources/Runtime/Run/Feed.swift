import Fold
import Model
import Ports
import RecordFormat
import SegmentLog
import Stages

/// How much a fold takes at a time. None of it changes what comes out.
public struct BatchSize: Sendable {
  /// Records between two commits unless told otherwise: what comes of them is held in memory for every partition, twelve megabytes of it; half as many
  /// commits fold no faster.
  public static let standardRecords = 2000

  public var records: Int
  public var bytes: Int

  public init(records: Int = BatchSize.standardRecords, bytes: Int = 4 << 20) {
    self.records = records
    self.bytes = bytes
  }
}

/// Where a fold gets the records of its partition from. Positions are raw offsets, whatever is read.
protocol Feed: Sendable {
  associatedtype Pipeline: Stage

  init(_ log: any LogReader)

  /// The newest state that is kept at or before a raw offset; with `archive` `nil` the state before the first record.
  static func state(_ archive: StateArchive?, _ partition: PartitionIndex, atOrBefore offset: Offset) throws(ProwziError)
    -> PartitionFold<Pipeline>

  /// The raw offset before which all input is there.
  func end(of partition: PartitionIndex) throws(ProwziError) -> Offset

  /// Folds the next batch, as far as it lies before `end`.
  /// - Returns: how many records it held; 0 where nothing is left before `end`.
  mutating func advance(_ fold: inout PartitionFold<Pipeline>, before end: Offset, _ batch: BatchSize) throws(ProwziError) -> Int

  /// The observed time of the record that `advance` would fold next; `nil` where there is none before `end`.
  mutating func nextTime(_ fold: PartitionFold<Pipeline>, before end: Offset) throws(ProwziError) -> Timestamp?
}

/// Raw records for the whole pipeline.
struct RawFeed: Feed {
  private let log: any LogReader
  /// What is in hand, and the first of it that was not folded.
  private(set) var input = RecordBuffer()
  private(set) var taken = 0

  init(_ log: any LogReader) { self.log = log }

  static func state(_ archive: StateArchive?, _ partition: PartitionIndex, atOrBefore offset: Offset) throws(ProwziError)
    -> PartitionFold<Pipeline>
  {
    try archive?.pipeline(partition, atOrBefore: offset) ?? PartitionFold(Pipeline(), partition: partition)
  }

  func end(of partition: PartitionIndex) throws(ProwziError) -> Offset {
    try log.bounds(of: TopicPartition(topic: .raw, partition: partition)).highWatermark
  }

  /// Reads on where nothing is in hand. The log gives whole batches; a smaller batch size must not make it decode them again.
  private mutating func fill(_ fold: PartitionFold<Pipeline>, before end: Offset, _ batch: BatchSize) throws(ProwziError) {
    guard taken == input.count else { return }
    input.removeAll()
    taken = 0
    let left = end.distance(from: fold.next)
    guard left > 0 else { return }
    let raw = TopicPartition(topic: .raw, partition: fold.partition)
    _ = try log.read(raw, from: fold.next, maxRecords: min(left, batch.records), maxBytes: batch.bytes, into: &input)
  }

  mutating func advance(_ fold: inout PartitionFold<Pipeline>, before end: Offset, _ batch: BatchSize) throws(ProwziError) -> Int {
    try fill(fold, before: end, batch)
    let rest = taken..<min(input.count, taken + batch.records)
    let range = taken..<(rest.first { input.records[$0].offset >= end } ?? rest.upperBound)
    fold.fold(input, in: range)
    taken = range.upperBound
    return range.count
  }

  mutating func nextTime(_ fold: PartitionFold<Pipeline>, before end: Offset) throws(ProwziError) -> Timestamp? {
    try fill(fold, before: end, BatchSize(records: 1))
    guard taken < input.count, input.records[taken].offset < end else { return nil }
    return input.records[taken].timestamp
  }
}

/// Enriched events and what governed them, for the last three stages alone.
struct EnrichedFeed: Feed {
  private let log: any LogReader
  private var input = EnrichedInput()
  private var enriched: Reader
  private var controls: Reader

  /// One topic being read ahead.
  private struct Reader {
    let topic: DerivedTopic
    /// The next record to read; `nil` before the first look.
    var next: Offset?

    /// Reads on, unless there is enough in hand.
    /// - Returns: the raw offset before which nothing more will come from this topic.
    mutating func fill(
      _ buffer: inout RecordBuffer, taken: Int, _ log: any LogReader, from first: Offset, before end: Offset, _ partition: PartitionIndex,
      _ batch: BatchSize
    ) throws(ProwziError) -> Offset {
      let target = TopicPartition(topic: topic.name, partition: partition)
      if next == nil { next = try log.offset(in: target, causedAtOrAfter: first) }
      while true {
        if let last = buffer.records.indices.last, last >= taken, let cause = EnrichedInput.cause(of: last, in: buffer) {
          // The last raw record may have caused more than is in hand; what lies before it is complete.
          if cause >= end { return end }
          if cause > first, buffer.count - taken >= min(batch.records, 1000) { return cause }
        }
        guard let from = next else { return end }
        let limit = max(batch.records, buffer.count - taken)
        let to = try log.read(target, from: from, maxRecords: limit, maxBytes: batch.bytes, into: &buffer)
        if to == from { return end }
        next = to
      }
    }
  }

  init(_ log: any LogReader) {
    self.log = log
    enriched = Reader(topic: .enriched)
    controls = Reader(topic: .controls)
  }

  static func state(_ archive: StateArchive?, _ partition: PartitionIndex, atOrBefore offset: Offset) throws(ProwziError)
    -> PartitionFold<Assessment>
  {
    try archive?.assessment(partition, atOrBefore: offset) ?? PartitionFold(Assessment(), partition: partition)
  }

  func end(of partition: PartitionIndex) throws(ProwziError) -> Offset {
    // What the pipeline has committed meanwhile, perhaps from another process.
    _ = try log.waitForCommit(timeoutMilliseconds: 0)
    return try log.position(of: pipelineFold, in: partition)?.next ?? .zero
  }

  mutating func advance(_ fold: inout PartitionFold<Assessment>, before end: Offset, _ batch: BatchSize) throws(ProwziError) -> Int {
    guard fold.next < end else { return 0 }
    let limit = try input.limit(try fill(fold, before: end, batch), records: batch.records, in: fold.partition)
    let before = input.nextEnriched + input.nextControl
    try fold.fold(&input, before: limit)
    // A stretch of raw records may have caused nothing: it counts as one step, so that 0 means the end.
    return max(1, input.nextEnriched + input.nextControl - before)
  }

  mutating func nextTime(_ fold: PartitionFold<Assessment>, before end: Offset) throws(ProwziError) -> Timestamp? {
    guard fold.next < end else { return nil }
    _ = try fill(fold, before: end, BatchSize(records: 1))
    return input.nextTime(before: end)
  }

  /// Reads on where too little is in hand.
  /// - Returns: the raw offset before which everything is.
  private mutating func fill(
    _ fold: PartitionFold<Assessment>, before end: Offset, _ batch: BatchSize
  ) throws(ProwziError) -> Offset {
    input.compact()
    let first = fold.next
    let limits = (
      try enriched.fill(&input.enriched, taken: input.nextEnriched, log, from: first, before: end, fold.partition, batch),
      try controls.fill(&input.controls, taken: input.nextControl, log, from: first, before: end, fold.partition, batch)
    )
    return min(limits.0, limits.1)
  }
}

extension LogReader {
  /// The first record of a derived partition that was caused by this raw record or a later one; the high watermark where there is none.
  ///
  /// Derived records lie in the order of their causes, so this is a binary search.
  /// - Throws: `schema.not_an_event` for a record that does not say what caused it.
  /// - Complexity: O(log n) batches read.
  public func offset(in derived: TopicPartition, causedAtOrAfter raw: Offset) throws(ProwziError) -> Offset {
    let bounds = try bounds(of: derived)
    if raw == .zero { return bounds.logStart }
    var (low, high) = (bounds.logStart, bounds.highWatermark)
    var buffer = RecordBuffer()
    while low < high {
      let middle = low.advanced(by: high.distance(from: low) / 2)
      buffer.removeAll()
      _ = try read(derived, from: middle, maxRecords: 1, maxBytes: 1, into: &buffer)
      // Nothing but the markers of a cluster's transactions from here on.
      if buffer.isEmpty {
        high = middle
        continue
      }
      guard let cause = EnrichedInput.cause(of: 0, in: buffer) else {
        throw ProwziError(
          "schema.not_an_event", "the record does not say which raw record it was made from", place: "\(derived)/\(middle)",
          advice: "`prowzi log verify` shows whether the log is what was committed.")
      }
      if cause >= raw {
        high = middle
        continue
      }
      // What follows in the same batch is in hand already.
      low = buffer.records[0].offset.advanced(by: 1)
      for index in buffer.records.indices.dropFirst() {
        guard let cause = EnrichedInput.cause(of: index, in: buffer), cause < raw else { return buffer.records[index].offset }
        low = buffer.records[index].offset.advanced(by: 1)
      }
    }
    return low
  }
}
