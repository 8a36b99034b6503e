import Model
import Ports
import RecordFormat
import Synchronization

/// Where a sequential reader stands in a segment, with what it has read ahead.
struct Cursor: Sendable {
  let partition: TopicPartition
  /// The offset that the reader will ask for next, by which the cursor is found again.
  var next: Offset
  /// The base offset that the next batch must have; at most `next`.
  var expected: Offset
  let base: Offset
  let path: String
  let file: any FileHandle
  /// The next batch's place in the file.
  var position: Int
  private(set) var chunk: [UInt8] = []
  private var chunkStart = 0

  init(partition: TopicPartition, next: Offset, expected: Offset, base: Offset, path: String, file: any FileHandle, position: Int) {
    self.partition = partition
    self.next = next
    self.expected = expected
    self.base = base
    self.path = path
    self.file = file
    self.position = position
  }

  /// Decodes the next batch, which must lie below `limit`.
  mutating func decode(limit: Int, readAhead: Int, compressor: any Compressor, into buffer: inout RecordBuffer) throws(ProwziError)
    -> BatchHeader
  {
    if position < chunkStart || position + BatchHeader.size > chunkStart + chunk.count {
      try fill(max(readAhead, BatchHeader.size), limit: limit)
    }
    var header = try BatchWalker.check(
      chunk, at: position - chunkStart, position: position, limit: limit, expected: expected, path: path)
    if position + header.sizeInBytes > chunkStart + chunk.count {
      try fill(max(readAhead, header.sizeInBytes), limit: limit)
    }
    do throws(ProwziError) {
      header = try RecordBatch.decode(chunk, at: position - chunkStart, compressor: compressor, into: &buffer)
    } catch {
      throw .corrupt(
        "a batch is not valid", file: path, offset: header.baseOffset, byte: position, cause: "\(error.code): \(error.message)")
    }
    position += header.sizeInBytes
    expected = Offset(header.lastOffset.value + 1)
    next = expected
    return header
  }

  /// Makes the chunk hold `count` bytes from the position on, as far as the committed part goes. What is there already is kept.
  private mutating func fill(_ count: Int, limit: Int) throws(ProwziError) {
    let known = position >= chunkStart ? min(position - chunkStart, chunk.count) : chunk.count
    chunk.removeFirst(known)
    chunkStart = position
    let wanted = min(count, limit - position)
    chunk.reserveCapacity(wanted)
    try file.read(at: position + chunk.count, count: wanted - chunk.count, appendingTo: &chunk)
  }

  /// Gives back memory that a large batch took.
  mutating func trim(to bytes: Int) {
    if chunk.capacity > 2 * bytes || position >= chunkStart + chunk.count { chunk = [] }
  }
}

/// The cursors of recent readers, so that going on where the last read ended needs no look-up.
final class CursorCache: Sendable {
  private static let capacity = 128
  private let cursors = Mutex<[Cursor]>([])

  /// Takes out the cursor that stands at this offset.
  func take(_ partition: TopicPartition, at offset: Offset) -> Cursor? {
    cursors.withLock { cursors in
      guard let index = cursors.lastIndex(where: { $0.next == offset && $0.partition == partition }) else { return nil }
      return cursors.remove(at: index)
    }
  }

  /// Keeps a cursor; the one that was kept longest ago gives way.
  func keep(_ cursor: Cursor) {
    cursors.withLock { cursors in
      if cursors.count == Self.capacity { cursors.removeFirst() }
      cursors.append(cursor)
    }
  }
}
