import Merkle
import Model
import Ports
import RecordFormat

/// One durable point: the new state of every partition and position that a group of commits changed.
///
/// *Shape*: big-endian; a frame of magic u32, body length u32, CRC-32C of the body u32; then the body: sequence u64, partition count u32, for each
/// topic (length u16, UTF-8), partition i32, the eleven numbers of `PartitionState` as i64, tree size i64 and 32 bytes for
/// each of its one bits; position count u32, for each fold (length u16, UTF-8), partition i32, next i64, checkpoint flag u8 and, where it is 1, offset
/// i64 and digest 32 bytes. Behind them, where the commits were small, what they carry: a count u32, and each piece as in `CarriedBytes`.
struct JournalEntry: Sendable {
  static let magic: UInt32 = 0x5057_4A45
  static let frameSize = 12
  /// The largest body that is read: 64 MiB, which is some 300,000 partitions.
  static let bodyLimit = Limits.journalEntryBytes

  var sequence: UInt64
  var partitions: [(TopicPartition, PartitionState)]
  var positions: [FoldPosition]
  /// Bytes that are durable by this entry alone.
  var carried: [CarriedBytes] = []

  /// Whether this is the entry right behind the one of that number.
  func follows(_ number: UInt64) -> Bool { sequence > number && sequence - number == 1 }

  func encode(appendingTo output: inout [UInt8]) {
    let frame = output.count
    output.reserveCapacity(frame + carried.reduce(4096) { $0 + $1.bytes.count + 64 })
    output.append(bigEndian: Self.magic)
    output.append(bigEndian: UInt64(0))
    encodeBody(appendingTo: &output)
    let body = frame + Self.frameSize..<output.count
    var lengthAndChecksum: [UInt8] = []
    lengthAndChecksum.append(bigEndian: UInt32(body.count))
    lengthAndChecksum.append(bigEndian: CRC32C.checksum(of: output.span.extracting(body)))
    output.replaceSubrange(frame + 4..<frame + Self.frameSize, with: lengthAndChecksum)
  }

  private func encodeBody(appendingTo body: inout [UInt8]) {
    body.append(bigEndian: sequence)
    body.append(bigEndian: UInt32(partitions.count))
    for (partition, state) in partitions {
      body.append(text: partition.topic.text)
      body.append(bigEndian: partition.partition.value)
      let numbers: [Int64] = [
        state.logStart.value, state.highWatermark.value, state.segmentBase.value, Int64(state.segmentLength), Int64(state.indexLength),
        Int64(state.timeIndexLength), state.firstTimestamp.milliseconds, state.maxTimestamp.milliseconds, state.maxTimestampOffset.value,
        Int64(state.sizeInBytes), state.treeSynced,
      ]
      for number in numbers { body.append(bigEndian: number) }
      body.append(bigEndian: state.tree.size)
      for hash in state.tree.frontier { hash.append(to: &body) }
    }
    body.append(bigEndian: UInt32(positions.count))
    for position in positions {
      body.append(text: position.fold)
      body.append(bigEndian: position.partition.value)
      body.append(bigEndian: position.next.value)
      body.append(position.checkpoint == nil ? 0 : 1)
      if let checkpoint = position.checkpoint {
        body.append(bigEndian: checkpoint.offset.value)
        checkpoint.digest.append(to: &body)
      }
    }
    if carried.isEmpty { return }
    body.append(bigEndian: UInt32(carried.count))
    for piece in carried {
      piece.encodeHeader(appendingTo: &body)
      body.append(contentsOf: piece.bytes)
    }
  }

  /// Whether what is there of a frame looks like an entry's.
  static func mayBegin(_ bytes: [UInt8]) -> Bool {
    bytes.count >= frameSize && bytes.bigEndian(at: 0, as: UInt32.self) == magic
  }

  /// Reads the entry at `position`.
  /// - Returns: `nil` where there is no whole, valid entry; the size counts the frame.
  static func decode(_ bytes: [UInt8], at position: Int) -> (entry: JournalEntry, size: Int)? {
    guard bytes.count - position >= frameSize, bytes.bigEndian(at: position, as: UInt32.self) == magic else { return nil }
    let length = Int(bytes.bigEndian(at: position + 4, as: UInt32.self))
    guard length <= bodyLimit, length <= bytes.count - position - frameSize else { return nil }
    let body = position + frameSize..<position + frameSize + length
    guard CRC32C.checksum(of: bytes.span.extracting(body)) == bytes.bigEndian(at: position + 8, as: UInt32.self) else { return nil }
    var reader = EntryReader(bytes: bytes, at: body.lowerBound, end: body.upperBound)
    guard let entry = reader.entry() else { return nil }
    return (entry, frameSize + length)
  }
}

/// Reads a body whose checksum holds. It still trusts no length.
private struct EntryReader {
  let bytes: [UInt8]
  var at: Int
  let end: Int

  mutating func entry() -> JournalEntry? {
    guard let sequence = number(UInt64.self), sequence <= UInt64(Int64.max), let partitionCount = number(UInt32.self) else { return nil }
    var entry = JournalEntry(sequence: sequence, partitions: [], positions: [])
    for _ in 0..<partitionCount {
      guard let name = text(), let topic = TopicName(name), let index = number(Int32.self), index >= 0, let state = state(),
        state.isPossible
      else { return nil }
      entry.partitions.append((TopicPartition(topic: topic, partition: PartitionIndex(index)), state))
    }
    guard let positionCount = number(UInt32.self) else { return nil }
    for _ in 0..<positionCount {
      guard let fold = text(), let index = number(Int32.self), index >= 0, let next = number(Int64.self), next >= 0,
        let flag = number(UInt8.self)
      else { return nil }
      var position = FoldPosition(fold: fold, partition: PartitionIndex(index), next: Offset(next))
      if flag == 1 {
        guard let offset = number(Int64.self), let digest = digest() else { return nil }
        position.checkpoint = FoldPosition.Checkpoint(offset: Offset(offset), digest: digest)
      }
      entry.positions.append(position)
    }
    if at == end { return entry }
    guard let pieceCount = number(UInt32.self) else { return nil }
    for _ in 0..<pieceCount {
      guard let piece = carried() else { return nil }
      entry.carried.append(piece)
    }
    return at == end ? entry : nil
  }

  /// The bytes stay where they are, in what was read.
  private mutating func carried() -> CarriedBytes? {
    guard let name = text(), let topic = TopicName(name), let index = number(Int32.self), index >= 0, let base = number(Int64.self),
      base >= 0, let position = number(UInt32.self), let length = number(UInt32.self), length > 0,
      UInt64(position) + UInt64(length) <= UInt64(Int32.max), Int(length) <= end - at
    else { return nil }
    defer { at += Int(length) }
    return CarriedBytes(
      partition: TopicPartition(topic: topic, partition: PartitionIndex(index)), base: Offset(base), position: Int(position),
      bytes: bytes[at..<at + Int(length)])
  }

  private mutating func state() -> PartitionState? {
    var numbers: [Int64] = []
    for _ in 0..<11 {
      guard let value = number(Int64.self) else { return nil }
      numbers.append(value)
    }
    guard let tree = tree() else { return nil }
    return PartitionState(
      logStart: Offset(numbers[0]), highWatermark: Offset(numbers[1]), segmentBase: Offset(numbers[2]), segmentLength: Int(numbers[3]),
      indexLength: Int(numbers[4]), timeIndexLength: Int(numbers[5]), firstTimestamp: Timestamp(milliseconds: numbers[6]),
      maxTimestamp: Timestamp(milliseconds: numbers[7]), maxTimestampOffset: Offset(numbers[8]), sizeInBytes: Int(numbers[9]),
      tree: tree, treeSynced: numbers[10])
  }

  private mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
    guard end - at >= Number.bitWidth / 8 else { return nil }
    defer { at += Number.bitWidth / 8 }
    return bytes.bigEndian(at: at)
  }

  private mutating func text() -> String? {
    guard let length = number(UInt16.self), end - at >= Int(length) else { return nil }
    defer { at += Int(length) }
    return String(validating: bytes[at..<at + Int(length)], as: UTF8.self)
  }

  private mutating func tree() -> MerkleTree? {
    guard let size = number(Int64.self) else { return nil }
    var frontier: [Digest] = []
    for _ in 0..<size.nonzeroBitCount {
      guard let hash = digest() else { return nil }
      frontier.append(hash)
    }
    return MerkleTree(size: size, frontier: frontier)
  }

  private mutating func digest() -> Digest? {
    guard end - at >= 32 else { return nil }
    defer { at += 32 }
    return Digest(bytes: bytes[at..<at + 32])
  }
}

extension [UInt8] {
  /// Appends a text behind its length as u16.
  mutating func append(text: String) {
    precondition(text.utf8.count <= Int(UInt16.max), "A name in the journal has at most 65,535 bytes.")
    append(bigEndian: UInt16(text.utf8.count))
    append(contentsOf: text.utf8)
  }
}
