import Fold
import Model
import Ports
import Stages

/// Checkpoint files: `checkpoints/<fold>-<partition>/<offset>.checkpoint`, the offset in twenty digits.
///
/// A file is written aside, synced and renamed before the commit that names it. What counts is the commit: a file that no commit reached is
/// ignored, and written again by the next run.
public struct CheckpointStore: Sendable {
  let files: any FileSystem
  let fold: String

  static let root = "checkpoints"
  /// How many are kept of each partition: the newest, and older ones further and further apart.
  static let kept = 12

  public init(files: any FileSystem, fold: String) {
    self.files = files
    self.fold = fold
  }

  private func directory(_ partition: PartitionIndex) -> String { "\(Self.root)/\(fold)-\(partition)" }

  private func path(_ partition: PartitionIndex, _ offset: Offset) -> String {
    let digits = String(offset.value)
    return "\(directory(partition))/\(String(repeating: "0", count: 20 - digits.utf8.count))\(digits).checkpoint"
  }

  /// The offsets of the checkpoints there are, ascending.
  public func offsets(of partition: PartitionIndex) throws(ProwziError) -> [Offset] {
    guard try files.exists(directory(partition)) else { return [] }
    var found: [Offset] = []
    for name in try files.list(directory(partition)) where name.hasSuffix(".checkpoint") {
      if let offset = Int64(name.dropLast(".checkpoint".count)) { found.append(Offset(offset)) }
    }
    return found
  }

  public func read(_ partition: PartitionIndex, at offset: Offset) throws(ProwziError) -> [UInt8] {
    try DataDirectory.read(path(partition, offset), files)
  }

  /// Writes a checkpoint durably.
  func write(_ bytes: [UInt8], _ partition: PartitionIndex, at offset: Offset) throws(ProwziError) {
    if try !files.exists(directory(partition)) {
      try files.createDirectory(directory(partition))
      try files.syncDirectory(Self.root)
      try files.syncDirectory("")
    }
    try DataDirectory.write(bytes, to: path(partition, offset), files)
  }

  /// Removes every checkpoint of this fold.
  func removeAll(partitions: Int) throws(ProwziError) {
    for index in 0..<partitions {
      let partition = PartitionIndex(index)
      guard try files.exists(directory(partition)) else { continue }
      for name in try files.list(directory(partition)) { try files.remove("\(directory(partition))/\(name)") }
      try files.removeDirectory(directory(partition))
    }
  }

  /// Removes checkpoints beyond `kept`: always the one whose neighbours lie closest together in proportion to their age, so that what remains is
  /// dense near the end and sparse far back.
  func prune(_ partition: PartitionIndex) throws(ProwziError) {
    var offsets = try self.offsets(of: partition)
    while offsets.count > Self.kept, let newest = offsets.last {
      var best = 1
      var bestRatio = Double.infinity
      for index in 1..<offsets.count - 1 {
        let gap = Double(offsets[index + 1].distance(from: offsets[index - 1]))
        let age = Double(newest.distance(from: offsets[index]) + 1)
        if gap / age < bestRatio {
          bestRatio = gap / age
          best = index
        }
      }
      try files.remove(path(partition, offsets.remove(at: best)))
    }
  }
}
