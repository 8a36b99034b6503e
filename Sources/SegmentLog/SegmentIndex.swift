import Model
import Ports

/// Kafka's offset index: 8-byte entries (last relative offset of a batch i32, the batch's position in the file i32), big-endian, both increasing.
enum OffsetIndex {
  static let entrySize = 8
  /// A batch gets an entry once more than this many bytes lie behind the last batch with one (`log.index.interval.bytes`).
  static let interval = 4096

  struct Entry: Equatable {
    var relativeOffset: Int32
    var position: Int32
  }

  static func entry(_ bytes: [UInt8], at position: Int) -> Entry {
    Entry(relativeOffset: bytes.bigEndian(at: position), position: bytes.bigEndian(at: position + 4))
  }

  /// The last entry whose relative offset is at most `relativeOffset`, among the first `length` bytes.
  /// - Complexity: O(log entries) reads.
  static func floor(_ file: any FileHandle, length: Int, relativeOffset: Int64) throws(ProwziError) -> Entry? {
    var low = 0
    var high = length / entrySize
    var found: Entry?
    while low < high {
      let middle = (low + high) / 2
      var bytes: [UInt8] = []
      try file.read(at: middle * entrySize, count: entrySize, appendingTo: &bytes)
      guard bytes.count == entrySize else { return nil }
      let entry = entry(bytes, at: 0)
      if Int64(entry.relativeOffset) <= relativeOffset {
        found = entry
        low = middle + 1
      } else {
        high = middle
      }
    }
    return found
  }
}

/// Kafka's time index: 12-byte entries (largest timestamp so far i64, last relative offset of the batch that brought it i32), timestamps increasing.
enum TimeIndex {
  static let entrySize = 12

  struct Entry: Equatable {
    var timestamp: Timestamp
    var relativeOffset: Int32
  }

  static func entry(_ bytes: [UInt8], at position: Int) -> Entry {
    Entry(timestamp: Timestamp(milliseconds: bytes.bigEndian(at: position)), relativeOffset: bytes.bigEndian(at: position + 8))
  }

  static func entry(_ file: any FileHandle, number: Int) throws(ProwziError) -> Entry? {
    var bytes: [UInt8] = []
    try file.read(at: number * entrySize, count: entrySize, appendingTo: &bytes)
    return bytes.count == entrySize ? entry(bytes, at: 0) : nil
  }

  /// The last entry whose timestamp is at most `timestamp`, among the first `length` bytes.
  /// - Complexity: O(log entries) reads.
  static func floor(_ file: any FileHandle, length: Int, timestamp: Timestamp) throws(ProwziError) -> Entry? {
    var low = 0
    var high = length / entrySize
    var found: Entry?
    while low < high {
      let middle = (low + high) / 2
      guard let entry = try entry(file, number: middle) else { return nil }
      if entry.timestamp <= timestamp {
        found = entry
        low = middle + 1
      } else {
        high = middle
      }
    }
    return found
  }
}
