import Model
import Ports
import RecordFormat

/// A fold's states in `prowzi.checkpoints`: one zstd frame each, cut into records that no broker's limit refuses.
///
/// *Shape*: partition, the raw partition's; key, `fold/offset/piece` with the offset in twenty digits and the piece in six; the frame has the state's size
/// (8 bytes, big-endian) before it. The ledger says which states there are, where their first pieces lie, and what they digest to. Pieces are appended
/// before the transaction that names them; those that none came to name are tombstoned with the states that are let go.
public struct KafkaStates: StateStore {
  let log: KafkaLog
  let fold: String
  let compressor: any Compressor

  /// Half of what brokers take by default.
  static let pieceBytes = 512 << 10

  private func target(_ partition: PartitionIndex) -> TopicPartition { TopicPartition(topic: .checkpoints, partition: partition) }

  private func states(_ partition: PartitionIndex) throws(ProwziError) -> [LedgerEntry.State] {
    if let held = log.held(fold, partition) { return held.states }
    return try log.entry(of: fold, in: partition)?.states ?? []
  }

  private func state(_ partition: PartitionIndex, at offset: Offset) throws(ProwziError) -> LedgerEntry.State {
    guard let found = try states(partition).first(where: { $0.offset == offset }) else { throw missing(partition, offset) }
    return found
  }

  private func missing(_ partition: PartitionIndex, _ offset: Offset) -> ProwziError {
    ProwziError(
      "checkpoint.missing", "the state is not kept any more", place: "\(target(partition)), raw offset \(offset)",
      advice: "An older one serves as well, and so does folding from the beginning.")
  }

  private func key(_ offset: Offset, _ piece: Int) -> [UInt8] {
    func padded(_ number: some BinaryInteger, _ digits: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
    return [UInt8](text: "\(fold)/\(padded(offset.value, 20))/\(padded(piece, 6))")
  }

  public func offsets(of partition: PartitionIndex) throws(ProwziError) -> [Offset] { try states(partition).map(\.offset).sorted() }

  public func storedSize(_ partition: PartitionIndex, at offset: Offset) throws(ProwziError) -> Int {
    try state(partition, at: offset).bytes
  }

  public func read(_ partition: PartitionIndex, at offset: Offset) throws(ProwziError) -> [UInt8] {
    let state = try state(partition, at: offset)
    var file: [UInt8] = []
    var piece = 0
    var next = state.first
    var buffer = RecordBuffer()
    let target = target(partition)
    let end = try log.end(of: target)
    while piece < state.pieces, next < end {
      buffer.removeAll()
      let following: Offset
      do throws(ProwziError) {
        following = try log.readUnchecked(target, from: next, maxRecords: 64, maxBytes: 16 << 20, into: &buffer)
      } catch {
        if error.code == "log.offset_out_of_range" { throw missing(partition, offset) }
        throw error
      }
      for layout in buffer.records where piece < state.pieces {
        guard let found = layout.key, buffer.bytes[found].elementsEqual(key(offset, piece)), let value = layout.value else { continue }
        file += buffer.bytes[value]
        piece += 1
      }
      if following == next { break }
      next = following
    }
    guard piece == state.pieces, file.count == state.bytes, file.count > 8 else { throw missing(partition, offset) }
    let size = Int(truncatingIfNeeded: file.bigEndian(at: 0) as UInt64)
    guard size >= 0, size / 1000 <= file.count else { throw ProwziError("checkpoint.corrupt", "the checkpoint's size makes no sense") }
    var bytes: [UInt8] = []
    do throws(ProwziError) {
      try compressor.decompress(file.span.extracting(8..<file.count), with: .zstd, limit: size, appendingTo: &bytes)
    } catch {
      throw ProwziError("checkpoint.corrupt", "the checkpoint cannot be decompressed", place: "\(target)", cause: error.message)
    }
    return bytes
  }

  public func write(_ bytes: [UInt8], _ partition: PartitionIndex, at offset: Offset) throws(ProwziError) {
    guard let held = log.held(fold, partition) else { preconditionFailure("states are kept of partitions that are held") }
    var file: [UInt8] = []
    file.append(bigEndian: UInt64(bytes.count))
    try compressor.compress(bytes.span, with: .zstd, appendingTo: &file)
    var pieces = RecordBuffer()
    for start in stride(from: 0, to: file.count, by: Self.pieceBytes) {
      pieces.append(
        timestamp: Timestamp(milliseconds: offset.value + 1), key: key(offset, pieces.count),
        value: Array(file[start..<min(file.count, start + Self.pieceBytes)]))
    }
    let first = try log.appendPlainly([.init(target: target(partition), records: pieces)])[0]
    var states = held.states.filter { $0.offset != offset }
    states.append(
      .init(offset: offset, digest: SHA256.digest(of: bytes), first: first, pieces: pieces.count, bytes: file.count))
    held.states = states.sorted { $0.offset < $1.offset }
  }

  public func prune(_ partition: PartitionIndex, keeping kept: Int, sparing spared: Offset?) throws(ProwziError) {
    guard let held = log.held(fold, partition) else { return }
    let excess = StateThinning.excess(of: held.states.map(\.offset), keeping: kept, sparing: spared)
    guard !excess.isEmpty else { return }
    var tombstones = RecordBuffer()
    for state in held.states where excess.contains(state.offset) {
      for piece in 0..<state.pieces { tombstones.append(timestamp: Timestamp(milliseconds: 1), key: key(state.offset, piece), value: nil) }
    }
    held.states = held.states.filter { !excess.contains($0.offset) }
    _ = try log.appendPlainly([.init(target: target(partition), records: tombstones)])
  }
}
