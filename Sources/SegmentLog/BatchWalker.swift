import Model
import Ports
import RecordFormat

/// Walks the batch headers of one log file without reading the records between them.
///
/// *Complexity*: one read of 4 KiB for as many headers as lie in it.
struct BatchWalker {
  let file: any FileHandle
  let path: String
  /// Where the committed part ends.
  let limit: Int
  /// The next batch's place.
  private(set) var position: Int
  /// The base offset that the next batch must have: what this log writes has no gaps. `nil` takes any.
  private(set) var expected: Offset?
  private var window: [UInt8] = []
  private var windowStart = 0

  init(file: any FileHandle, path: String, limit: Int, position: Int = 0, expected: Offset? = nil) {
    self.file = file
    self.path = path
    self.limit = limit
    self.position = position
    self.expected = expected
  }

  /// The next batch's header and place; `nil` at the end of the committed part.
  mutating func next() throws(ProwziError) -> (header: BatchHeader, position: Int)? {
    guard position < limit else { return nil }
    if position < windowStart || position + BatchHeader.size > windowStart + window.count {
      window.removeAll(keepingCapacity: true)
      windowStart = position
      try file.read(at: position, count: min(4096, limit - position), appendingTo: &window)
    }
    let header = try Self.check(window, at: position - windowStart, position: position, limit: limit, expected: expected, path: path)
    defer {
      position += header.sizeInBytes
      expected = Offset(header.lastOffset.value + 1)
    }
    return (header, position)
  }

  /// Reads a header that must fit into the file and continue the offsets.
  static func check(
    _ bytes: [UInt8], at index: Int, position: Int, limit: Int, expected: Offset?, path: String
  ) throws(ProwziError) -> BatchHeader {
    let header: BatchHeader
    do throws(ProwziError) {
      header = try BatchHeader.read(bytes, at: index)
    } catch {
      throw .corrupt(
        "a batch's header is not valid", file: path, offset: expected, byte: position, cause: "\(error.code): \(error.message)")
    }
    guard header.sizeInBytes <= limit - position else {
      throw .corrupt(
        "a batch of \(header.sizeInBytes) bytes does not fit into the \(limit - position) that are committed", file: path, offset: expected,
        byte: position)
    }
    if let expected, header.baseOffset != expected {
      throw .corrupt("a batch begins at offset \(header.baseOffset) instead of \(expected)", file: path, offset: expected, byte: position)
    }
    return header
  }
}
