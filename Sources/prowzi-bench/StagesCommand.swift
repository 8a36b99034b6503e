import Band
import CommandLine
import Compression
import Configuration
import Curate
import Enrich
import Events
import Fold
import Glibc
import Merkle
import Model
import Normalize
import Ports
import RecordFormat
import Runtime
import Score
import Stages
import State

/// Each stage alone: what one event costs it.
enum StagesCommand: BenchCommand {
  static let command = Command(
    "stages", "What does an event cost in each stage, and in what surrounds the stages?",
    discussion: """
      Reads raw records of a data directory into memory and folds them on one thread, with a clock around every stage (its records written, canonical \
      JSON included), then hashes, encodes and compresses what came of them, reads the enriched records back and judges them as a backfill does. \
      Nothing is written to disk. Figures are nanoseconds of processor time a raw record, and an event for the last two; the clock itself costs some hundred in each stage. Under \
      `valgrind --tool=callgrind` the functions named `measured` hold the instructions of each step.
      """,
    examples: [
      .init("prowzi-bench stages --data /tmp/bench --records 100000", "over what `prowzi-bench pipeline --work /tmp/bench` ingested")
    ],
    options: [
      .value("data", "DIR", "a data directory with raw records", isRequired: true),
      .value("records", "N", "raw records of each partition, at most", defaultValue: "20000"),
      .value("rounds", "N", "how often all is done; the median is printed", defaultValue: "3"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let directory = try DataDirectory(path: arguments.required("data"))
    let limit = try arguments.integer("records", in: 1...10_000_000) ?? 20_000
    var inputs: [RecordBuffer] = []
    let log = try directory.openReader()
    for index in 0..<directory.partitions {
      inputs.append(try sample(TopicPartition(topic: .raw, partition: PartitionIndex(index)), limit, log))
    }
    var rounds: [StageCosts] = []
    for _ in 0..<(try arguments.integer("rounds", in: 1...1000) ?? 3) {
      var costs = StageCosts()
      for (index, input) in inputs.enumerated() { try costs.measure(input, PartitionIndex(index)) }
      rounds.append(costs)
    }
    var result = BenchResult("stages")
    result.add("records", Double(rounds[0].records))
    result.add("events", Double(rounds[0].events))
    for step in StageCosts.Step.allCases {
      let count = Double(max(1, step.isOfEvents ? rounds[0].events : rounds[0].records))
      let figures = rounds.map { Double($0.nanoseconds[step.rawValue]) / count }.sorted()
      result.add("\(step)_ns", figures[figures.count / 2])
    }
    result.add("derived_bytes", Double(rounds[0].bytes) / Double(max(1, rounds[0].records)))
    result.add("compressed_bytes", Double(rounds[0].compressed) / Double(max(1, rounds[0].records)))
    result.note("digest", rounds[0].digest.hex)
    result.print(arguments)
    return .success
  }
}

extension StagesCommand {
  /// Stretches of a partition, evenly spread over it, with its beginning.
  private static func sample(_ target: TopicPartition, _ limit: Int, _ log: any LogReader) throws(ProwziError) -> RecordBuffer {
    let bounds = try log.bounds(of: target)
    let (stretches, size) = (20, bounds.highWatermark.distance(from: bounds.logStart))
    var sample = RecordBuffer()
    for number in 0..<stretches {
      var from = bounds.logStart.advanced(by: size * number / stretches)
      let end = min(from.advanced(by: limit / stretches), bounds.logStart.advanced(by: size * (number + 1) / stretches))
      while from < end {
        var buffer = RecordBuffer()
        let next = try log.read(target, from: from, maxRecords: end.distance(from: from), maxBytes: 1 << 30, into: &buffer)
        for index in buffer.records.indices where buffer.records[index].offset < end {
          sample.append(index, of: buffer)
          sample.records[sample.count - 1].offset = buffer.records[index].offset
        }
        from = next
      }
    }
    return sample
  }
}

/// What the steps have cost so far.
struct StageCosts {
  enum Step: Int, CaseIterable {
    case normalize, enrich, score, band, curate, whole, trees, encode, compress, decode, read, judge

    /// Whether the cost is divided by events and not by raw records.
    var isOfEvents: Bool { self == .read || self == .judge }
  }

  var nanoseconds = [Int64](repeating: 0, count: Step.allCases.count)
  var records = 0
  var events = 0
  var bytes = 0
  var compressed = 0
  /// Over the roots of all derived partitions.
  var digest = Digest.zero

  mutating func measure(_ input: RecordBuffer, _ partition: PartitionIndex) throws(ProwziError) {
    let meters = (0..<5).map { _ in Meter() }
    let five = MeasuredPipeline(meters)
    var fold = PartitionFold(five, partition: partition)
    var again = PartitionFold(Assessment(), partition: partition)
    var reading = PartitionFold(Discarding(), partition: partition)
    fold.keepsTrees = false
    again.keepsTrees = false
    reading.keepsTrees = false
    var pending = (EnrichedInput(), EnrichedInput())
    var trees = DerivedTopic.allCases.map { _ in TreeGrowth(tree: MerkleTree()) }
    let compressor = LibraryCompressor()
    var from = 0
    while from < input.count {
      let range = from..<min(input.count, from + 4000)
      add(.whole) { measuredFold(&fold, input, range) }
      from = range.upperBound
      add(.trees) { measuredTrees(&trees, fold.sink.buffers) }
      var batches = Batches()
      try add(.encode) { () throws(ProwziError) in try batches.encode(fold.sink.buffers) }
      try add(.compress) { () throws(ProwziError) in try batches.compress(compressor) }
      try add(.decode) { () throws(ProwziError) in try batches.decode(compressor) }
      bytes += batches.size
      compressed += batches.compressed
      let enriched = fold.sink.buffers[DerivedTopic.enriched.rawValue]
      let controls = fold.sink.buffers[DerivedTopic.controls.rawValue]
      for index in enriched.records.indices {
        pending.0.enriched.append(index, of: enriched)
        pending.1.enriched.append(index, of: enriched)
      }
      for index in controls.records.indices {
        pending.0.controls.append(index, of: controls)
        pending.1.controls.append(index, of: controls)
      }
      try add(.judge) { () throws(ProwziError) in try measuredJudging(&again, &pending.0, before: fold.next) }
      try add(.read) { () throws(ProwziError) in try measuredReading(&reading, &pending.1, before: fold.next) }
      pending.0.compact()
      pending.1.compact()
      events += enriched.count
      for topic in [DerivedTopic.scored, .banded] {
        precondition(fold.sink.buffers[topic.rawValue].bytes == again.sink.buffers[topic.rawValue].bytes, "judged again, judged alike")
      }
      fold.removeRecords()
      again.removeRecords()
      reading.removeRecords()
    }
    records += input.count
    for (step, meter) in zip([Step.normalize, .enrich, .score, .band, .curate], meters) { nanoseconds[step.rawValue] += meter.nanoseconds }
    var all = SHA256()
    var before: [UInt8] = []
    digest.append(to: &before)
    all.update(before)
    for tree in trees {
      var root: [UInt8] = []
      tree.tree.root.append(to: &root)
      all.update(root)
    }
    digest = all.finish()
  }

  private mutating func add(_ step: Step, _ body: () throws(ProwziError) -> Void) throws(ProwziError) {
    let start = Meter.now
    try body()
    nanoseconds[step.rawValue] += Meter.now - start
  }

  private mutating func add(_ step: Step, _ body: () -> Void) {
    let start = Meter.now
    body()
    nanoseconds[step.rawValue] += Meter.now - start
  }
}

@inline(never) private func measuredFold(_ fold: inout PartitionFold<MeasuredPipeline>, _ input: RecordBuffer, _ range: Range<Int>) {
  fold.fold(input, in: range)
}

@inline(never) private func measuredTrees(_ trees: inout [TreeGrowth], _ buffers: [RecordBuffer]) {
  for topic in DerivedTopic.allCases {
    trees[topic.rawValue].append(buffers[topic.rawValue])
    trees[topic.rawValue].hashes.removeAll(keepingCapacity: true)
  }
}

@inline(never) private func measuredJudging(
  _ fold: inout PartitionFold<Assessment>, _ input: inout EnrichedInput, before end: Offset
) throws(ProwziError) { try fold.fold(&input, before: end) }

@inline(never) private func measuredReading(
  _ fold: inout PartitionFold<Discarding>, _ input: inout EnrichedInput, before end: Offset
) throws(ProwziError) { try fold.fold(&input, before: end) }

/// What a batch of derived records becomes on its way to disk and back.
private struct Batches {
  /// Keeps the body apart from its compression.
  private struct Bare: Compressor {
    func compress(_ bytes: Span<UInt8>, with codec: Codec, appendingTo output: inout [UInt8]) { output.append(span: bytes) }
    func decompress(_ bytes: Span<UInt8>, with codec: Codec, limit: Int, appendingTo output: inout [UInt8]) { output.append(span: bytes) }
  }

  private var bodies: [[UInt8]] = []
  private var frames: [[UInt8]] = []

  var size: Int { bodies.reduce(0) { $0 + $1.count } }
  var compressed: Int { frames.reduce(0) { $0 + $1.count } }

  @inline(never) mutating func encode(_ buffers: [RecordBuffer]) throws(ProwziError) {
    for buffer in buffers {
      var from = 0
      while from < buffer.count {
        let end = min(buffer.count, from + 1000)
        var body: [UInt8] = []
        try RecordBatch.encode(buffer, from..<end, baseOffset: Offset(Int64(from)), codec: .none, compressor: Bare(), appendingTo: &body)
        bodies.append(body)
        from = end
      }
    }
  }

  @inline(never) mutating func compress(_ compressor: LibraryCompressor) throws(ProwziError) {
    for body in bodies {
      var frame: [UInt8] = []
      try compressor.compress(body.span, with: .zstd, appendingTo: &frame)
      frames.append(frame)
    }
  }

  @inline(never) func decode(_ compressor: LibraryCompressor) throws(ProwziError) {
    for frame in frames {
      var body: [UInt8] = []
      try compressor.decompress(frame.span, with: .zstd, limit: 1 << 30, appendingTo: &body)
      var buffer = RecordBuffer()
      _ = try RecordBatch.decode(body, at: 0, compressor: Bare(), into: &buffer)
    }
  }
}

/// Counts the time of one stage.
final class Meter: @unchecked Sendable {
  var nanoseconds: Int64 = 0

  /// Processor time of this thread, so that what else the machine does counts little.
  static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

/// A stage with a clock around its steps.
struct Measured<Inner: Stage>: Stage {
  private let inner: Inner
  private let meter: Meter

  init(_ inner: Inner, _ meter: Meter) {
    self.inner = inner
    self.meter = meter
  }

  static var identity: StageIdentity { Inner.identity }
  static var signature: String { Inner.signature }
  func initialState() -> Inner.State { inner.initialState() }

  func step(
    _ input: inout Inner.Input, state: inout Inner.State, context: StepContext, outputs: inout [Inner.Output], records: inout RecordSink
  ) {
    let start = Meter.now
    measured(&input, &state, context, &outputs, &records)
    meter.nanoseconds += Meter.now - start
  }

  @inline(never) private func measured(
    _ input: inout Inner.Input, _ state: inout Inner.State, _ context: StepContext, _ outputs: inout [Inner.Output],
    _ records: inout RecordSink
  ) {
    inner.step(&input, state: &state, context: context, outputs: &outputs, records: &records)
  }

  func control(
    _ control: Control, state: inout Inner.State, context: StepContext, outputs: inout [Inner.Output], records: inout RecordSink
  ) {
    inner.control(control, state: &state, context: context, outputs: &outputs, records: &records)
  }
}

/// The pipeline with a clock around each stage. As `Pipeline` it is a type of its own, so that its step is specialised.
struct MeasuredPipeline: Stage {
  typealias Judging = Fused<Fused<Measured<ScoreStage>, Measured<BandStage>>, Measured<Curate>>
  typealias Stages = Fused<Fused<Measured<Normalize>, Measured<Enrich>>, Judging>

  private let stages: Stages

  init(_ meters: [Meter]) {
    stages = Stages(
      .init(Measured(Normalize(), meters[0]), Measured(Enrich(), meters[1])),
      .init(.init(Measured(ScoreStage(), meters[2]), Measured(BandStage(), meters[3])), Measured(Curate(), meters[4])))
  }

  static var identity: StageIdentity { Stages.identity }
  static var signature: String { Stages.signature }
  func initialState() -> Stages.State { stages.initialState() }

  func step(
    _ input: inout RawRecord, state: inout Stages.State, context: StepContext, outputs: inout [Brief], records: inout RecordSink
  ) {
    stages.step(&input, state: &state, context: context, outputs: &outputs, records: &records)
  }

  func control(
    _ control: Control, state: inout Stages.State, context: StepContext, outputs: inout [Brief], records: inout RecordSink
  ) {
    stages.control(control, state: &state, context: context, outputs: &outputs, records: &records)
  }
}

/// Takes events and does nothing: what is left is the cost of reading them.
struct Discarding: Stage {
  static let identity = StageIdentity("discard", version: 1)

  struct None: Checkpointable {
    init() {}
    init(from reader: inout StateReader) throws(ProwziError) {}
    func write(to writer: inout StateWriter) {}
  }

  func initialState() -> None { None() }

  func step(
    _ input: inout EnrichedEvent, state: inout None, context: StepContext, outputs: inout [Brief], records: inout RecordSink
  ) {}
}
