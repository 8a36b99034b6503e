import Model

/// Where a fold's states are kept: files beside an embedded log, a compacted topic on a cluster.
///
/// What counts is the commit that names a state: one that no commit reached is ignored, and written again by the next run.
public protocol StateStore: Sendable {
  /// The offsets of the states there are, ascending.
  func offsets(of partition: PartitionIndex) throws(ProwziError) -> [Offset]

  /// - Throws: `checkpoint.missing`, `checkpoint.corrupt`, and the log's or the file system's errors.
  func read(_ partition: PartitionIndex, at offset: Offset) throws(ProwziError) -> [UInt8]

  /// Keeps a state durably.
  func write(_ bytes: [UInt8], _ partition: PartitionIndex, at offset: Offset) throws(ProwziError)

  /// Removes states beyond a number, dense near the end and sparse far back; never the oldest nor the newest.
  /// - Parameter spared: the one that the log names, which stays, too.
  func prune(_ partition: PartitionIndex, keeping kept: Int, sparing spared: Offset?) throws(ProwziError)

  /// The bytes that a state takes where it is kept.
  func storedSize(_ partition: PartitionIndex, at offset: Offset) throws(ProwziError) -> Int
}

/// Which of many states to let go.
public enum StateThinning {
  /// The offsets to remove so that at most `kept` are left: always the one whose neighbours lie closest together in proportion to their age, so
  /// that what remains is dense near the end and sparse far back.
  /// - Parameter spared: one that stays.
  public static func excess(of all: [Offset], keeping kept: Int, sparing spared: Offset? = nil) -> [Offset] {
    var offsets = all
    var removed: [Offset] = []
    while offsets.count > max(2, kept), let newest = offsets.last {
      var best: Int?
      var bestRatio = Double.infinity
      for index in 1..<offsets.count - 1 where offsets[index] != spared {
        let gap = Double(offsets[index + 1].distance(from: offsets[index - 1]))
        let age = Double(newest.distance(from: offsets[index]) + 1)
        if gap / age < bestRatio {
          bestRatio = gap / age
          best = index
        }
      }
      guard let best else { break }
      removed.append(offsets.remove(at: best))
    }
    return removed
  }
}
