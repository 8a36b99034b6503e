import Compression
import Disk
import Model
import Ports
import RecordFormat
import SegmentLog

/// A log of one topic with records of one size, for measuring the log alone.
struct BenchLog {
  static let target = TopicPartition(topic: TopicName("bench.records")!, partition: PartitionIndex(0))

  let files: DiskFileSystem
  let topic: TopicDefinition

  init(_ path: String, codec: Codec) throws(ProwziError) {
    files = DiskFileSystem(root: path)
    topic = TopicDefinition(
      name: Self.target.topic, purpose: "Measuring", key: "a number", owner: "bench", partitions: 1, codec: codec,
      retentionMilliseconds: nil)
    try files.createDirectory("")
    try SegmentLog.create(files, topics: [topic])
  }

  func open(_ access: SegmentLog.Access) throws(ProwziError) -> SegmentLog {
    try SegmentLog.open(files, topics: [topic], compressor: LibraryCompressor(), access: access)
  }

  /// Records of so many bytes of value: words drawn from a seed, so that they compress about as text does.
  static func records(_ count: Int, size: Int, seed: UInt64, from first: Int) -> RecordBuffer {
    var draw = SplitMix64(seed: seed)
    let words = ["model", "release", "exploit", "token", "paper", "raise", "pool", "launch", "0x7a250d56", "agent", "chain", "audit"]
      .map { [UInt8](text: $0) }
    var buffer = RecordBuffer()
    for number in 0..<count {
      var value: [UInt8] = []
      value.reserveCapacity(size + 16)
      while value.count < size {
        value.append(contentsOf: words[draw.below(words.count)])
        value.append(UInt8(truncatingIfNeeded: 0x61 + draw.below(26)))
      }
      value.removeLast(value.count - size)
      buffer.append(
        timestamp: Timestamp(milliseconds: 1_771_632_000_000 + Int64(first + number)), key: [UInt8](text: "\(first + number)"), value: value
      )
    }
    return buffer
  }
}

/// Times in order, for percentiles.
struct Latencies {
  private var nanoseconds: [Int64] = []
  private var isSorted = true

  mutating func add(_ duration: Duration) {
    nanoseconds.append(duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000)
    isSorted = false
  }

  var count: Int { nanoseconds.count }

  /// The smallest recorded time with at least this share of all at or below it, in milliseconds.
  mutating func milliseconds(at share: Double) -> Double {
    guard !nanoseconds.isEmpty else { return 0 }
    if !isSorted { nanoseconds.sort() }
    isSorted = true
    let rank = Int((share * Double(nanoseconds.count)).rounded(.up))
    return Double(nanoseconds[max(0, min(nanoseconds.count, rank) - 1)]) / 1e6
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
