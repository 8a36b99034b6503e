import Fold
import Model
import Ports
import RecordFormat
import SegmentLog
import Stages

/// How much a fold takes at a time. None of it changes what comes out.
public struct BatchSize: Sendable {
  public var records: Int
  public var bytes: Int

  public init(records: Int = 4000, bytes: Int = 4 << 20) {
    self.records = records
    self.bytes = bytes
  }
}

/// Where a fold gets the records of its partition from. Positions are raw offsets, whatever is read.
protocol Feed: Sendable {
  associatedtype Pipeline: Stage

  init(_ log: any LogReader)

  /// The raw offset before which all input is there.
  func end(of partition: PartitionIndex) throws(ProwziError) -> Offset

  /// Folds the next batch, as far as it lies before `end`.
  /// - Returns: how many records it held; 0 where nothing is left before `end`.
  mutating func advance(_ fold: inout PartitionFold<Pipeline>, before end: Offset, _ batch: BatchSize) throws(ProwziError) -> Int
}

/// Raw records for the whole pipeline.
struct RawFeed: Feed {
  private let log: any LogReader
  private var input = RecordBuffer()

  init(_ log: any LogReader) { self.log = log }

  func end(of partition: PartitionIndex) throws(ProwziError) -> Offset {
    try log.bounds(of: TopicPartition(topic: .raw, partition: partition)).highWatermark
  }

  mutating func advance(_ fold: inout PartitionFold<Pipeline>, before end: Offset, _ batch: BatchSize) throws(ProwziError) -> Int {
    input.removeAll()
    let left = end.distance(from: fold.next)
    guard left > 0 else { return 0 }
    let raw = TopicPartition(topic: .raw, partition: fold.partition)
    _ = try log.read(raw, from: fold.next, maxRecords: min(left, batch.records), maxBytes: batch.bytes, into: &input)
    // The log gives whole batches; a smaller batch size is the caller's wish and must not change what comes out.
    let count = min(batch.records, input.records.firstIndex { $0.offset >= end } ?? input.count)
    fold.fold(input, in: 0..<count)
    return count
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

  func end(of partition: PartitionIndex) throws(ProwziError) -> Offset {
    try log.position(of: pipelineFold, in: partition)?.next ?? .zero
  }

  mutating func advance(_ fold: inout PartitionFold<Evaluation>, before end: Offset, _ batch: BatchSize) throws(ProwziError) -> Int {
    guard fold.next < end else { return 0 }
    input.compact()
    let first = fold.next
    let limits = (
      try enriched.fill(&input.enriched, taken: input.nextEnriched, log, from: first, before: end, fold.partition, batch),
      try controls.fill(&input.controls, taken: input.nextControl, log, from: first, before: end, fold.partition, batch)
    )
    let limit = try input.limit(min(limits.0, limits.1), records: batch.records, in: fold.partition)
    let before = input.nextEnriched + input.nextControl
    try fold.fold(&input, before: limit)
    // A stretch of raw records may have caused nothing: it counts as one step, so that 0 means the end.
    return max(1, input.nextEnriched + input.nextControl - before)
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
    var (low, high) = (bounds.logStart, bounds.highWatermark)
    var buffer = RecordBuffer()
    while low < high {
      let middle = low.advanced(by: high.distance(from: low) / 2)
      buffer.removeAll()
      _ = try read(derived, from: middle, maxRecords: 1, maxBytes: 1, into: &buffer)
      guard !buffer.isEmpty, let cause = EnrichedInput.cause(of: 0, in: buffer) else {
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
