import Model
import Ports
import Synchronization

/// What was read from a data directory, by what it was read for.
public struct ReadVolume: Sendable, Equatable {
  /// Bytes of segments that were looked at, those looked at more than once counted once.
  public var log = 0
  /// Bytes of kept states, counted in the same way.
  public var checkpoints = 0
  /// All that was read, indexes and repetitions included.
  public var total = 0
  /// What the partitions that were asked for hold on disk, indexes not counted.
  public var logSize = 0

  public init() {}
}

/// Notes which bytes are read through a file system.
final class ReadMeter: Sendable {
  private struct Seen: Sendable {
    /// By path: what was read, ascending, apart from each other.
    var ranges: [String: [Range<Int>]] = [:]
    var total = 0
  }

  private let seen = Mutex(Seen())

  var volume: ReadVolume {
    seen.withLock { seen in
      var volume = ReadVolume()
      volume.total = seen.total
      for (path, ranges) in seen.ranges {
        let bytes = ranges.reduce(0) { $0 + $1.count }
        if path.hasPrefix("log/"), path.hasSuffix(".log") { volume.log += bytes }
        if path.hasPrefix(CheckpointStore.root + "/") { volume.checkpoints += bytes }
      }
      return volume
    }
  }

  /// What was read of one file.
  func ranges(of path: String) -> [Range<Int>] { seen.withLock { $0.ranges[path] ?? [] } }

  fileprivate func note(_ range: Range<Int>, of path: String) {
    guard !range.isEmpty else { return }
    seen.withLock { seen in
      seen.total += range.count
      Self.insert(range, into: &seen.ranges[path, default: []])
    }
  }

  /// Mostly what is read follows what was read before: then one range grows.
  private static func insert(_ range: Range<Int>, into ranges: inout [Range<Int>]) {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < range.lowerBound { low = middle + 1 } else { high = middle }
    }
    var merged = range
    var end = low
    while end < ranges.count, ranges[end].lowerBound <= merged.upperBound {
      merged = min(merged.lowerBound, ranges[end].lowerBound)..<max(merged.upperBound, ranges[end].upperBound)
      end += 1
    }
    ranges.replaceSubrange(low..<end, with: CollectionOfOne(merged))
  }
}

/// A file system that counts what is read, so that a replay can say how little of the log it needed.
struct MeteredFileSystem: ForwardingFileSystem {
  let behind: any FileSystem
  let meter: ReadMeter

  func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
    MeteredHandle(try behind.open(path, mode), path, meter)
  }
}

private final class MeteredHandle: ForwardingFileHandle {
  let behind: any FileHandle
  let path: String
  let meter: ReadMeter

  init(_ behind: any FileHandle, _ path: String, _ meter: ReadMeter) {
    self.behind = behind
    self.path = path
    self.meter = meter
  }

  func read(at position: Int, count: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    let before = output.count
    try behind.read(at: position, count: count, appendingTo: &output)
    meter.note(position..<position + output.count - before, of: path)
  }
}

extension DataDirectory {
  /// The same directory with its reading counted.
  func metered() -> (directory: DataDirectory, meter: ReadMeter) {
    let meter = ReadMeter()
    let files = MeteredFileSystem(behind: files, meter: meter)
    return (DataDirectory(path: path, files: files, topics: topics, logOptions: logOptions), meter)
  }
}
