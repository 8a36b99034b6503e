import Configuration
import Dispatch
import Fold
import Model
import Ports
import RecordFormat
import Stages
import Synchronization

/// What folding again gave, held against what is recorded.
public struct VerifyReport: Sendable {
  public struct Partition: Sendable {
    public var partition: PartitionIndex
    /// The raw records of the window: from (included) to (excluded).
    public var from: Offset
    public var to: Offset
    /// Where folding began: the newest checkpoint at or before the window, or zero.
    public var foldedFrom: Offset
    /// Derived records compared.
    public var compared: Int
    public var difference: Difference?
  }

  /// The first derived record that is not what folding again gives.
  public struct Difference: Sendable {
    public enum Kind: String, Sendable { case changed, missing, extra }

    public var topic: TopicName
    public var offset: Offset
    public var kind: Kind
    /// `key`, `value`, `headers` or `timestamp`.
    public var part: String
    public var recorded: [UInt8]
    public var folded: [UInt8]
    /// The raw record that was being folded.
    public var rawOffset: Offset
  }

  public var partitions: [Partition] = []
  public var wasStopped = false

  public var isIdentical: Bool { partitions.allSatisfy { $0.difference == nil } }
}

/// Folds raw records again, writes nothing, and compares byte for byte with the derived topics.
public struct Verifier: Sendable {
  private let directory: DataDirectory
  /// Folds with this configuration instead of the recorded one, to show what a change would do.
  private let configuration: CompiledConfiguration?

  public init(_ directory: DataDirectory, configuration: CompiledConfiguration? = nil) {
    self.directory = directory
    self.configuration = configuration
  }

  /// Verifies the window of raw records observed from `from` (included) to `to` (excluded).
  /// - Throws: `replay.empty_window` where it ends before it begins; `log.corrupt`; the file system's errors.
  public func verify(
    from: Timestamp?, to: Timestamp?, threads: Int, batchRecords: Int, stop: StopFlag, progress: @escaping @Sendable (Int) -> Void
  ) throws(ProwziError) -> VerifyReport {
    if let from, let to, to <= from {
      throw ProwziError(
        "replay.empty_window", "the window ends before it begins", place: "--from \(from) --to \(to)",
        advice: "Give an end after the beginning.")
    }
    let log = try directory.openReader()
    let next = Atomic<Int>(0)
    let done = Atomic<Int>(0)
    let results = Mutex<(partitions: [VerifyReport.Partition], failure: ProwziError?)>(([], nil))
    let partitions = directory.partitions
    let group = DispatchGroup()
    let queue = DispatchQueue(label: "io.prowzi.verify", attributes: .concurrent)
    for _ in 0..<max(1, min(threads, partitions)) {
      queue.async(group: group) {
        while !stop.isRaised {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < partitions else { return }
          do throws(ProwziError) {
            var run = try PartitionVerification(
              PartitionIndex(index), log, CheckpointStore(files: directory.files, fold: pipelineFold), from: from, to: to,
              batchRecords: batchRecords, configuration: configuration)
            let result = try run.run(stop) { count in progress(done.wrappingAdd(count, ordering: .relaxed).newValue) }
            results.withLock { $0.partitions.append(result) }
          } catch {
            results.withLock { $0.failure = $0.failure ?? error }
            return
          }
        }
      }
    }
    group.wait()
    return try results.withLock { results throws(ProwziError) -> VerifyReport in
      if let failure = results.failure { throw failure }
      return VerifyReport(partitions: results.partitions.sorted { $0.partition < $1.partition }, wasStopped: stop.isRaised)
    }
  }
}

/// One partition being verified.
private struct PartitionVerification {
  let partition: PartitionIndex
  let log: any LogReader
  let batchRecords: Int
  var fold: PartitionFold<Pipeline>
  var result: VerifyReport.Partition
  /// What is recorded, by derived topic: read ahead, and the next record to compare.
  var recorded = DerivedTopic.allCases.map { _ in RecordBuffer() }
  var cursor = [Int](repeating: 0, count: DerivedTopic.allCases.count)
  var position: [Offset] = []

  init(
    _ partition: PartitionIndex, _ log: any LogReader, _ store: CheckpointStore, from: Timestamp?, to: Timestamp?, batchRecords: Int,
    configuration: CompiledConfiguration?
  ) throws(ProwziError) {
    self.partition = partition
    self.log = log
    self.batchRecords = batchRecords
    let raw = TopicPartition(topic: .raw, partition: partition)
    // What was folded is what can be compared: raw records beyond the committed position have no derived ones yet.
    let folded = try log.position(of: pipelineFold, in: partition)?.next ?? .zero
    let first = min(try from.map { time throws(ProwziError) in try log.offset(in: raw, atOrAfter: time) } ?? .zero, folded)
    let end = min(try to.map { time throws(ProwziError) in try log.offset(in: raw, atOrAfter: time) } ?? folded, folded)
    fold = PartitionFold(Pipeline(), partition: partition)
    if configuration == nil, let start = try store.offsets(of: partition).last(where: { $0 <= first }) {
      fold = try PartitionFold(Pipeline(), checkpoint: try store.read(partition, at: start))
    }
    if let configuration { fold.pin(configuration) }
    result = VerifyReport.Partition(partition: partition, from: first, to: max(first, end), foldedFrom: fold.next, compared: 0)
  }

  mutating func run(_ stop: StopFlag, _ progress: (Int) -> Void) throws(ProwziError) -> VerifyReport.Partition {
    var input = RecordBuffer()
    while fold.next < result.to, result.difference == nil, !stop.isRaised {
      input.removeAll()
      _ = try log.read(
        TopicPartition(topic: .raw, partition: partition), from: fold.next, maxRecords: batchRecords, maxBytes: 4 << 20, into: &input)
      guard !input.isEmpty else { break }
      let isBefore = fold.next < result.from
      let limit = isBefore ? result.from : result.to
      let end = min(batchRecords, input.records.firstIndex { $0.offset >= limit } ?? input.count)
      let first = fold.next
      fold.fold(input, in: 0..<end)
      if !isBefore { try compare(rawFrom: first) }
      fold.removeRecords()
      progress(end)
    }
    // Whether more is recorded than was made can be said only where everything was folded.
    let folded = try log.position(of: pipelineFold, in: partition)?.next ?? .zero
    if result.difference == nil, fold.next == folded { try lookForExtra() }
    return result
  }

  private mutating func compare(rawFrom: Offset) throws(ProwziError) {
    for topic in DerivedTopic.allCases {
      let made = fold.sink.buffers[topic.rawValue]
      let start = fold.produced[topic.rawValue].next.advanced(by: -made.count)
      for index in made.records.indices {
        try compare(made, index, topic, start.advanced(by: index))
        if result.difference != nil { return }
      }
    }
  }

  private mutating func compare(_ made: RecordBuffer, _ index: Int, _ topic: DerivedTopic, _ offset: Offset) throws(ProwziError) {
    let target = TopicPartition(topic: topic.name, partition: partition)
    if offset < (try log.bounds(of: target)).logStart { return }
    guard let at = try load(topic, target, offset) else {
      let value = made.records[index].value.map { Array(made.bytes[$0]) } ?? []
      return differ(topic, offset, .missing, "value", [], value, made, index)
    }
    let other = recorded[topic.rawValue]
    let (a, b) = (other.records[at], made.records[index])
    result.compared += 1
    if a.timestamp != b.timestamp {
      return differ(topic, offset, .changed, "timestamp", [UInt8](text: "\(a.timestamp)"), [UInt8](text: "\(b.timestamp)"), made, index)
    }
    for (part, x, y) in [("key", a.key, b.key), ("value", a.value, b.value), ("headers", a.headers, b.headers)] {
      let isSame =
        switch (x, y) {
        case (nil, nil): true
        case (let x?, let y?): other.bytes[x] == made.bytes[y]
        default: false
        }
      if !isSame {
        return differ(
          topic, offset, .changed, part, x.map { Array(other.bytes[$0]) } ?? [], y.map { Array(made.bytes[$0]) } ?? [], made, index)
      }
    }
  }

  private mutating func differ(
    _ topic: DerivedTopic, _ offset: Offset, _ kind: VerifyReport.Difference.Kind, _ part: String, _ recorded: [UInt8], _ folded: [UInt8],
    _ made: RecordBuffer, _ index: Int
  ) {
    var raw = fold.next
    if let input = made.header("prowzi-input", of: index) {
      let parts = made.bytes[input].split(separator: UInt8(ascii: "/"))
      if let last = parts.last?.split(separator: UInt8(ascii: "#")).first, let number = Int64(String(decoding: last, as: UTF8.self)) {
        raw = Offset(number)
      }
    }
    result.difference = .init(
      topic: topic.name, offset: offset, kind: kind, part: part, recorded: recorded, folded: folded, rawOffset: raw)
  }

  /// Brings the recorded record at an offset into `recorded`.
  /// - Returns: its index there; `nil` where nothing is recorded at that offset.
  private mutating func load(_ topic: DerivedTopic, _ target: TopicPartition, _ offset: Offset) throws(ProwziError) -> Int? {
    let number = topic.rawValue
    while cursor[number] < recorded[number].count {
      let at = recorded[number].records[cursor[number]].offset
      if at == offset {
        cursor[number] += 1
        return cursor[number] - 1
      }
      if at > offset { return nil }
      cursor[number] += 1
    }
    recorded[number].removeAll()
    cursor[number] = 0
    guard offset < (try log.bounds(of: target)).highWatermark else { return nil }
    _ = try log.read(target, from: offset, maxRecords: 4000, maxBytes: 4 << 20, into: &recorded[number])
    guard let first = recorded[number].records.first, first.offset == offset else { return nil }
    cursor[number] = 1
    return 0
  }

  private mutating func lookForExtra() throws(ProwziError) {
    for topic in DerivedTopic.allCases {
      let target = TopicPartition(topic: topic.name, partition: partition)
      let next = fold.produced[topic.rawValue].next
      guard next < (try log.bounds(of: target)).highWatermark else { continue }
      var buffer = RecordBuffer()
      _ = try log.read(target, from: next, maxRecords: 1, maxBytes: 1, into: &buffer)
      result.difference = .init(
        topic: topic.name, offset: next, kind: .extra, part: "value",
        recorded: buffer.records.first?.value.map { Array(buffer.bytes[$0]) } ?? [], folded: [], rawOffset: fold.next)
      return
    }
  }
}
