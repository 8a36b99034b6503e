import Merkle
import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation

/// Two owners: raw with two partitions, two derived topics.
let rawTopic = TopicName(known: "raw")
let derivedTopic = TopicName(known: "derived")
let briefTopic = TopicName(known: "briefs")

func definitions(
  segmentBytes: Int = 1 << 20, segmentMilliseconds: Int64 = 7 * .day, partitions: Int = 2, retentionMilliseconds: Int64? = nil,
  retentionBytes: Int64? = nil, codec: Codec = .none
) -> [TopicDefinition] {
  func topic(_ name: TopicName, _ owner: String) -> TopicDefinition {
    TopicDefinition(
      name: name, purpose: "a test", key: "none", owner: owner, partitions: partitions, codec: codec,
      retentionMilliseconds: retentionMilliseconds, retentionBytes: retentionBytes, segmentBytes: segmentBytes,
      segmentMilliseconds: segmentMilliseconds)
  }
  return [topic(rawTopic, "sensors"), topic(derivedTopic, "pipeline"), topic(briefTopic, "pipeline")]
}

let raw0 = TopicPartition(topic: rawTopic, partition: PartitionIndex(0))
let raw1 = TopicPartition(topic: rawTopic, partition: PartitionIndex(1))
let derived0 = TopicPartition(topic: derivedTopic, partition: PartitionIndex(0))
let briefs0 = TopicPartition(topic: briefTopic, partition: PartitionIndex(0))

/// Serial syncs, so that the calls a simulated disk sees have one order.
func options(
  journalBytes: Int = 16 << 20, readAhead: Int = 256 << 10, batchRecords: Int = 10_000, carriedBytes: Int = 256 << 10,
  journalGrowthBytes: Int = 0
) -> SegmentLog.Options {
  var options = SegmentLog.Options()
  options.batchRecords = batchRecords
  options.syncsInParallel = false
  options.journalBytes = journalBytes
  options.readAheadBytes = readAhead
  options.carriedBytes = carriedBytes
  options.journalGrowthBytes = journalGrowthBytes
  options.pollMilliseconds = 1
  return options
}

func openLog(
  _ files: any FileSystem, _ access: SegmentLog.Access, _ topics: [TopicDefinition] = definitions(),
  _ options: SegmentLog.Options = options()
) throws(ProwziError) -> SegmentLog {
  try SegmentLog.open(files, topics: topics, compressor: NoCompressor(), access: access, options: options)
}

/// Records whose values say their number.
func records(_ numbers: Range<Int>, size: Int = 20, time: (Int) -> Int64 = { Int64($0) * 1000 }) -> RecordBuffer {
  var buffer = RecordBuffer()
  for number in numbers {
    var value = Array("record \(number) ".utf8)
    while value.count < size { value.append(UInt8(truncatingIfNeeded: number &* 31 &+ value.count)) }
    buffer.append(timestamp: Timestamp(milliseconds: time(number)), key: Array("\(number)".utf8), value: value, headers: [("h", [1])])
  }
  return buffer
}

func digest(_ number: Int) -> Digest { Digest(words: (UInt64(number), 1, 2, 3)) }

/// The digest of a partition that holds these records.
func digest(of buffer: RecordBuffer) -> Digest {
  var growth = TreeGrowth(tree: MerkleTree())
  growth.append(buffer)
  return growth.tree.root
}

func append(_ target: TopicPartition, _ buffer: RecordBuffer) -> Commit {
  Commit(appends: [Commit.Append(target: target, records: buffer)])
}

/// A record as a comparable text.
func lines(_ buffer: RecordBuffer) -> [String] {
  buffer.records.indices.map { index in
    let layout = buffer.records[index]
    let value = Array(buffer.bytes[layout.value!])
    return "\(layout.offset) \(layout.timestamp.milliseconds) \(Array(buffer.bytes[layout.key!]).displayText) \(value.count) "
      + value.prefix(20).filter { $0 >= 0x20 && $0 < 0x7f }.displayText + " \(CRC32C.checksum(of: value))"
  }
}

/// Everything a reader sees of a partition from an offset on.
func readAll(
  _ log: SegmentLog, _ partition: TopicPartition, from: Offset? = nil, maxRecords: Int = 1 << 20, maxBytes: Int = 1 << 26
) throws(ProwziError) -> RecordBuffer {
  let bounds = try log.bounds(of: partition)
  var buffer = RecordBuffer()
  var next = from ?? bounds.logStart
  while next < bounds.highWatermark {
    let after = try log.read(partition, from: next, maxRecords: maxRecords, maxBytes: maxBytes, into: &buffer)
    precondition(after > next, "A reader below the high watermark gets on.")
    next = after
  }
  return buffer
}
