import Configuration
import Fold
import Model
import Ports
import RecordFormat
import Stages
import Synchronization

/// What folding again gave, held against what is recorded.
public struct VerifyReport: Sendable {
  public struct Partition: Sendable {
    public var window: ReplayWindow
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
    /// `nil` where it cannot be said.
    public var states: States?
  }

  /// The state around a difference, so that two programs or machines can be compared.
  public struct States: Sendable {
    /// SHA-256 of the state before the raw record was folded, and after.
    public var before: Digest
    public var after: Digest
    /// The raw offsets of the kept states next to it.
    public var checkpointBefore: Offset?
    public var checkpointAfter: Offset?
  }

  public var partitions: [Partition] = []
  public var wasStopped = false
  /// What had to be read for it.
  public var volume = ReadVolume()

  public var isIdentical: Bool { partitions.allSatisfy { $0.difference == nil } }
}

/// Folds a window again, writes nothing, and compares byte for byte with the derived topics.
public struct Verifier: Sendable {
  private let place: any LogPlace

  public init(_ place: any LogPlace) { self.place = place }

  /// Verifies a window.
  /// - Throws: what `ReplayRequest.windows(in:partitions:)` throws; `log.corrupt`; the file system's errors.
  public func verify(
    _ request: ReplayRequest, threads: Int, batch: BatchSize = BatchSize(), stop: StopFlag, progress: @escaping @Sendable (Int) -> Void
  ) throws(ProwziError) -> VerifyReport {
    let metered = (place as? DataDirectory)?.metered()
    let place: any LogPlace = metered?.directory ?? place
    let log = try place.reader()
    let windows = try request.windows(in: log, partitions: place.partitions)
    let done = Atomic<Int>(0)
    let archive = StateArchive(place, log)
    let parts = try Workers.forEach(place.partitions, threads: threads, stop: stop) { index throws(ProwziError) in
      let window = windows[index]
      let report = { (count: Int) in progress(done.wrappingAdd(count, ordering: .relaxed).newValue) }
      return request.needsRaw
        ? try self.run(RawFeed.self, window, request, archive, log, batch, stop, report)
        : try self.run(EnrichedFeed.self, window, request, archive, log, batch, stop, report)
    }
    var volume = metered?.meter.volume ?? ReadVolume()
    for topic in [.raw] + DerivedTopic.allCases.map(\.name) {
      for window in windows {
        volume.logSize += try log.bounds(of: TopicPartition(topic: topic, partition: window.partition)).sizeInBytes
      }
    }
    return VerifyReport(partitions: parts, wasStopped: stop.isRaised, volume: volume)
  }

  private func run<Input: Feed>(
    _ feed: Input.Type, _ window: ReplayWindow, _ request: ReplayRequest, _ archive: StateArchive, _ log: any LogReader, _ batch: BatchSize,
    _ stop: StopFlag, _ progress: (Int) -> Void
  ) throws(ProwziError) -> VerifyReport.Partition {
    var run = try PartitionVerification<Input>(
      try PartitionReplay(window, archive, log, configuration: request.configuration), log, topics: request.topics)
    var result = try run.run(batch, stop, progress)
    if let difference = result.difference {
      result.difference?.states = try Self.states(feed, around: difference.rawOffset, window, request, archive, log)
    }
    return result
  }

  /// Folds once more, up to the raw record at which a difference shows, and takes the state's digest before and after it.
  private static func states<Input: Feed>(
    _ feed: Input.Type, around raw: Offset, _ window: ReplayWindow, _ request: ReplayRequest, _ archive: StateArchive, _ log: any LogReader
  ) throws(ProwziError) -> VerifyReport.States {
    var moment = window
    moment.from = raw
    moment.to = raw.advanced(by: 1)
    var replay = try PartitionReplay<Input>(moment, archive, log, configuration: request.configuration)
    while try replay.approach(BatchSize()) > 0 {}
    let before = replay.fold.stateDigest
    while try replay.advance(BatchSize()) > 0 {}
    let kept = try archive.store.offsets(of: window.partition)
    return VerifyReport.States(
      before: before, after: replay.fold.stateDigest, checkpointBefore: kept.last { $0 <= raw }, checkpointAfter: kept.first { $0 > raw })
  }
}

/// One partition being verified.
struct PartitionVerification<Input: Feed> {
  let log: any LogReader
  let topics: [DerivedTopic]
  var replay: PartitionReplay<Input>
  var result: VerifyReport.Partition
  /// What is recorded, by derived topic: read ahead, the next record to compare, and the first offset it can have: the very one in an embedded log; on a
  /// cluster, markers of transactions may lie between.
  var recorded = DerivedTopic.allCases.map { _ in RecordBuffer() }
  var cursor = [Int](repeating: 0, count: DerivedTopic.allCases.count)
  var expected: [Offset] = []
  /// The first offset kept of each derived topic: what lay before cannot be compared.
  private var starts: [Offset] = []
  private var partition: PartitionIndex { replay.window.partition }

  init(_ replay: PartitionReplay<Input>, _ log: any LogReader, topics: [DerivedTopic]) throws(ProwziError) {
    self.log = log
    self.topics = topics
    self.replay = replay
    result = VerifyReport.Partition(window: replay.window, foldedFrom: replay.foldedFrom, compared: 0)
    for topic in DerivedTopic.allCases {
      let target = TopicPartition(topic: topic.name, partition: partition)
      expected.append(try log.offset(in: target, causedAtOrAfter: replay.window.from))
      starts.append(try log.bounds(of: target).logStart)
    }
  }

  /// Goes through the window.
  /// - Parameter agreed: called after each batch that was found to be as recorded; returns how much the next may hold.
  mutating func run(
    _ batch: BatchSize, _ stop: StopFlag, _ progress: (Int) -> Void,
    agreed: (PartitionFold<Input.Pipeline>) throws(ProwziError) -> Int? = { (_) throws(ProwziError) in nil }
  ) throws(ProwziError) -> VerifyReport.Partition {
    var batch = batch
    while !replay.isAtStart, !stop.isRaised {
      let count = try replay.approach(batch)
      if count == 0 { break }
      progress(count)
    }
    try passOverRemoved()
    while result.difference == nil, !stop.isRaised {
      let count = try replay.advance(batch)
      if count == 0 { break }
      try compare()
      progress(count)
      if result.difference == nil, let next = try agreed(replay.fold) { batch.records = next }
    }
    if result.difference == nil, !stop.isRaised { try lookForExtra() }
    return result
  }

  /// Of the window's records, retention may have removed the first. Nothing recorded says how many, but the fold has counted those before.
  private mutating func passOverRemoved() throws(ProwziError) {
    for topic in topics {
      let bounds = try log.bounds(of: TopicPartition(topic: topic.name, partition: partition))
      let start = bounds.logStart
      // On a cluster offsets count more than records.
      guard start > .zero, bounds.recordCount == bounds.highWatermark.value, expected[topic.rawValue] == start else { continue }
      expected[topic.rawValue] = min(start, replay.fold.produced[topic.rawValue].next)
    }
  }

  private mutating func compare() throws(ProwziError) {
    for topic in topics {
      let made = replay.fold.sink.buffers[topic.rawValue]
      for index in made.records.indices {
        try compare(made, index, topic, expected[topic.rawValue])
        if result.difference != nil { return }
      }
    }
  }

  private mutating func compare(_ made: RecordBuffer, _ index: Int, _ topic: DerivedTopic, _ offset: Offset) throws(ProwziError) {
    let target = TopicPartition(topic: topic.name, partition: partition)
    if offset < starts[topic.rawValue] {
      expected[topic.rawValue] = offset.advanced(by: 1)
      return
    }
    guard let at = try load(topic, target, offset) else {
      let value = made.records[index].value.map { Array(made.bytes[$0]) } ?? []
      return differ(topic, offset, .missing, "value", [], value, made, index)
    }
    let other = recorded[topic.rawValue]
    expected[topic.rawValue] = other.records[at].offset.advanced(by: 1)
    let (a, b) = (other.records[at], made.records[index])
    result.compared += 1
    if a.timestamp != b.timestamp {
      return differ(topic, offset, .changed, "timestamp", [UInt8](text: "\(a.timestamp)"), [UInt8](text: "\(b.timestamp)"), made, index)
    }
    for (part, x, y) in [("key", a.key, b.key), ("value", a.value, b.value), ("headers", a.headers, b.headers)] {
      let isSame =
        switch (x, y) {
        case (nil, nil): true
        case (let x?, let y?): other.bytes.span.extracting(x).isEqual(to: made.bytes.span.extracting(y))
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
    result.difference = .init(
      topic: topic.name, offset: offset, kind: kind, part: part, recorded: recorded, folded: folded,
      rawOffset: EnrichedInput.cause(of: index, in: made) ?? replay.fold.next)
  }

  /// Brings the recorded record at an offset into `recorded`; on a cluster the first one from there on.
  /// - Returns: its index there; `nil` where nothing is recorded.
  private mutating func load(_ topic: DerivedTopic, _ target: TopicPartition, _ offset: Offset) throws(ProwziError) -> Int? {
    let number = topic.rawValue
    while cursor[number] < recorded[number].count {
      cursor[number] += 1
      if recorded[number].records[cursor[number] - 1].offset >= offset { return cursor[number] - 1 }
    }
    recorded[number].removeAll()
    cursor[number] = 0
    guard offset < (try log.bounds(of: target)).highWatermark else { return nil }
    _ = try log.read(target, from: offset, maxRecords: 4000, maxBytes: 4 << 20, into: &recorded[number])
    if recorded[number].isEmpty { return nil }
    cursor[number] = 1
    return 0
  }

  /// Whether the window's raw records have caused more than was made.
  private mutating func lookForExtra() throws(ProwziError) {
    for topic in topics {
      let target = TopicPartition(topic: topic.name, partition: partition)
      let next = expected[topic.rawValue]
      guard next < (try log.bounds(of: target)).highWatermark else { continue }
      var buffer = RecordBuffer()
      _ = try log.read(target, from: next, maxRecords: 1, maxBytes: 1, into: &buffer)
      // Nothing but markers on a cluster; or what the raw records behind the window have caused.
      guard !buffer.isEmpty else { continue }
      if let cause = EnrichedInput.cause(of: 0, in: buffer), cause >= replay.window.to { continue }
      result.difference = .init(
        topic: topic.name, offset: next, kind: .extra, part: "value",
        recorded: buffer.records.first?.value.map { Array(buffer.bytes[$0]) } ?? [], folded: [],
        rawOffset: EnrichedInput.cause(of: 0, in: buffer) ?? replay.fold.next)
      return
    }
  }
}
