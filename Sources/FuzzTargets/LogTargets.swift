import Merkle
import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation

extension FuzzTargets {
  static let log: [FuzzTarget] = [
    FuzzTarget("log_segment", "a changed segment is noticed, or what is read is what was written", seeds: { logSeeds }) {
      (bytes) throws(BrokenLaw) in try checkLog(bytes, ".log")
    },
    FuzzTarget("log_index", "whatever an index says, what is read is what was written", seeds: { logSeeds }) {
      (bytes) throws(BrokenLaw) in try checkLog(bytes, "index")
    },
    FuzzTarget("log_tree", "whatever the stored hashes say, what is read is what was written", seeds: { logSeeds }) {
      (bytes) throws(BrokenLaw) in try checkLog(bytes, "tree.hashes")
    },
    FuzzTarget("log_journal", "a changed journal is refused, cut at its end, or leads nowhere outside the files", seeds: { journalSeeds }) {
      (bytes) throws(BrokenLaw) in try checkLog(bytes, ".journal")
    },
  ]

  // MARK: The log that is changed

  private static let topics: [TopicDefinition] = [("raw", "sensors"), ("derived", "pipeline")].map { name, owner in
    TopicDefinition(
      name: TopicName(known: name == "raw" ? "raw" : "derived"), purpose: "a fuzz target", key: "none", owner: owner, partitions: 1,
      codec: .none,
      retentionMilliseconds: nil, segmentBytes: 12 << 10)
  }

  private static let raw = TopicPartition(topic: TopicName(known: "raw"), partition: PartitionIndex(0))

  private static var options: SegmentLog.Options {
    var options = SegmentLog.Options()
    options.syncsInParallel = false
    options.batchBytes = 2048
    return options
  }

  private static func open(_ files: SimulatedFileSystem, _ access: SegmentLog.Access) throws(ProwziError) -> SegmentLog {
    try SegmentLog.open(files, topics: topics, compressor: NoCompressor(), access: access, options: options)
  }

  private static func records(_ range: Range<Int>) -> RecordBuffer {
    var buffer = RecordBuffer()
    for number in range {
      let value = (0..<100 + number % 50).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
      buffer.append(
        timestamp: Timestamp(milliseconds: 1_771_632_000_000 + Int64(number) * 1000), key: [UInt8](text: "\(number)"), value: value)
    }
    return buffer
  }

  /// Some two dozen batches in three segments, and the leaf of every record.
  private static let whole: (files: SimulatedFileSystem, leaves: [Digest]) = {
    let files = SimulatedFileSystem()
    var leaves: [Digest] = []
    do {
      let log = try open(files, .write(owner: "sensors"))
      for round in 0..<12 {
        let buffer = records(round * 16..<round * 16 + 16)
        let position = FoldPosition(fold: "sensor", partition: PartitionIndex(0), next: Offset(Int64(round)))
        _ = try log.commit(Commit(appends: [.init(target: raw, records: buffer)], positions: [position]))
        leaves += buffer.records.indices.map { buffer.leafHash(of: $0) }
      }
      log.close()
    } catch { preconditionFailure("the log can be written: \(error)") }
    return (files, leaves)
  }()

  // MARK: Changes

  /// Which file, how it is changed (and whether its checksums are then put right), where, and with what.
  private static let logSeeds: [[UInt8]] = [
    [0, 1, 0, 0, 0xff], [1, 1, 4, 0, 0, 0, 0, 0], [2, 2, 1, 7], [0, 3, 0, 61, 1, 2, 3], [0, 0x81, 0, 70, 9],
    [1, 0x81, 0x10, 0x57, 0x7f, 0xff, 0xff],
    [0, 0],
  ]
  private static let journalSeeds =
    logSeeds + (0..<24).map { [0, 0x81, 0, UInt8(24 + 8 * $0), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] }

  private static func change(_ file: [UInt8], _ choices: inout Choices, mend: (inout [UInt8], Int) -> Void) -> [UInt8] {
    let mode = choices.byte()
    let place = choices.word() % (file.count + 1)
    let bytes = choices.bytes
    var file = file
    switch mode & 3 {
    case 0: file = bytes
    case 1: file.replaceSubrange(place..<min(file.count, place + bytes.count), with: bytes.prefix(file.count - place))
    case 2: file.removeSubrange(place...)
    default: file.insert(contentsOf: bytes, at: place)
    }
    if mode & 0x80 != 0 { mend(&file, place) }
    return file
  }

  /// Puts the checksum of the batch around a place right.
  private static func mendBatch(_ file: inout [UInt8], _ place: Int) {
    var at = 0
    while at + BatchHeader.size <= file.count {
      let length: Int32 = file.bigEndian(at: at + 8)
      let end = at + BatchHeader.lengthOverhead + Int(length)
      guard length >= 49, end <= file.count else { return }
      if place < end { return file.replace(at: at + 17, with: CRC32C.checksum(of: file.span.extracting(at + 21..<end))) }
      at = end
    }
  }

  /// Puts the checksums of a journal right: of its header, and of each entry behind its frame of magic, length and checksum.
  private static func mendJournal(_ file: inout [UInt8], _ place: Int) {
    guard file.count >= 24 else { return }
    file.replace(at: 20, with: CRC32C.checksum(of: file.span.extracting(0..<20)))
    var at = 24
    while at + 12 <= file.count {
      let length = Int(file.bigEndian(at: at + 4) as UInt32)
      guard length <= file.count - at - 12 else { return }
      file.replace(at: at + 8, with: CRC32C.checksum(of: file.span.extracting(at + 12..<at + 12 + length)))
      at += 12 + length
    }
  }

  // MARK: Laws

  private static func checkLog(_ bytes: [UInt8], _ kind: String) throws(BrokenLaw) {
    var choices = Choices(bytes)
    let path = choices.pick(whole.files.paths().filter { $0.hasSuffix(kind) })
    guard let old = accepted({ () throws(ProwziError) in try whole.files.contents(path) }) else { preconditionFailure("\(path) is there") }
    let isMended = bytes.count > 1 && bytes[1] & 0x80 != 0
    let new = change(old, &choices) { kind == ".journal" ? mendJournal(&$0, $1) : mendBatch(&$0, $1) }
    // A checksum that was put right vouches for anything, so only then what is read may be something else.
    let isVouched = isMended && (kind == ".log" || kind == ".journal")
    let files = whole.files.copy()
    files.replace(path, with: new)
    try checkReading(files, isVouched: isVouched)
    try checkWriting(files, isVouched: isVouched)
  }

  private static func checkReading(_ files: SimulatedFileSystem, isVouched: Bool) throws(BrokenLaw) {
    guard let log = accepted({ () throws(ProwziError) in try open(files, .read) }),
      let bounds = accepted({ () throws(ProwziError) in try log.bounds(of: raw) })
    else { return }
    if !isVouched { try hold(bounds.highWatermark.value <= Int64(whole.leaves.count), "more is visible than was written") }
    _ = accepted { () throws(ProwziError) in try log.offset(in: raw, atOrAfter: Timestamp(milliseconds: 1_771_632_100_500)) }
    _ = accepted { () throws(ProwziError) in try log.verify(raw) }
    _ = accepted { () throws(ProwziError) in try log.position(of: "sensor", in: PartitionIndex(0)) }
    for start in [bounds.logStart.value, 133] {
      var next = Offset(start)
      var rounds = 0
      while next < bounds.highWatermark, rounds < 2000 {
        var buffer = RecordBuffer()
        let after = accepted { () throws(ProwziError) in try log.read(raw, from: next, maxRecords: 100, maxBytes: 8192, into: &buffer) }
        guard let after else { break }
        try hold(after >= next, "a reader goes back")
        if after == next { break }
        if !isVouched { try checkRecords(buffer) }
        next = after
        rounds += 1
      }
      try hold(rounds < 2000, "a reader does not come to an end")
    }
  }

  private static func checkRecords(_ buffer: RecordBuffer) throws(BrokenLaw) {
    for index in buffer.records.indices {
      let offset = Int(buffer.records[index].offset.value)
      try hold(
        offset < whole.leaves.count && buffer.leafHash(of: index) == whole.leaves[offset], "record \(offset) is not what was written")
    }
  }

  /// A writer refuses the files, or makes them agree: then what it commits is read.
  private static func checkWriting(_ files: SimulatedFileSystem, isVouched: Bool) throws(BrokenLaw) {
    guard let log = accepted({ () throws(ProwziError) in try open(files, .write(owner: "sensors")) }) else { return }
    let more = records(9000..<9003)
    guard let offsets = accepted({ () throws(ProwziError) in try log.commit(Commit(appends: [.init(target: raw, records: more)])) }) else {
      return
    }
    log.close()
    var buffer = RecordBuffer()
    let read = accepted { () throws(ProwziError) in
      try open(files, .read).read(raw, from: offsets[0], maxRecords: 10, maxBytes: 1 << 20, into: &buffer)
    }
    if isVouched { return }
    try hold(read != nil && buffer.count == 3, "what was committed behind a change cannot be read")
    for index in 0..<3 { try hold(buffer.leafHash(of: index) == more.leafHash(of: index), "what was committed behind a change is another") }
  }
}
