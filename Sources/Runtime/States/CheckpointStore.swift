import Compression
import Fold
import Model
import Ports
import RecordFormat
import Stages

/// Checkpoint files: `checkpoints/<fold>-<partition>/<offset>.checkpoint`, the offset in twenty digits.
///
/// A file is the text `PROWZICZ`, the state's size (8 bytes, big-endian) and the state as one zstd frame; a file that begins otherwise is the state itself.
/// A state shrinks to about 60 %: tables of hashes hardly do, texts and counters do.
///
/// A file is written aside, synced and renamed before the commit that names it. What counts is the commit: a file that no commit reached is
/// ignored, and written again by the next run.
public struct CheckpointStore: StateStore {
  let files: any FileSystem
  let fold: String

  static let root = "checkpoints"
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
    let file = try DataDirectory.read(path(partition, offset), files, limit: Limits.checkpointFileBytes)
    guard file.starts(with: Self.magic), file.count >= Self.magic.count + 8 else { return file }
    // Damage of the size must not take absurd memory.
    let size = Int(truncatingIfNeeded: file.bigEndian(at: Self.magic.count) as UInt64)
    guard size >= 0, size / Limits.checkpointExpansion <= file.count else {
      throw ProwziError("checkpoint.corrupt", "the checkpoint's size makes no sense")
    }
    var bytes: [UInt8] = []
    let start = Self.magic.count + 8
    do throws(ProwziError) {
      try LibraryCompressor().decompress(file.span.extracting(start..<file.count), with: .zstd, limit: size, appendingTo: &bytes)
    } catch {
      throw ProwziError("checkpoint.corrupt", "the checkpoint cannot be decompressed", cause: error.message)
    }
    return bytes
  }

  static let magic = [UInt8](text: "PROWZICZ")

  /// Bytes on disk.
  public func storedSize(_ partition: PartitionIndex, at offset: Offset) throws(ProwziError) -> Int {
    try files.open(path(partition, offset), .read).size()
  }

  /// Writes a checkpoint durably.
  public func write(_ bytes: [UInt8], _ partition: PartitionIndex, at offset: Offset) throws(ProwziError) {
    // A directory without a checkpoint may be one whose maker did not come to sync it.
    if try offsets(of: partition).isEmpty {
      try files.createDirectory(directory(partition))
      try files.syncDirectory(Self.root)
      try files.syncDirectory("")
    }
    var file = Self.magic
    file.append(bigEndian: UInt64(bytes.count))
    try LibraryCompressor().compress(bytes.span, with: .zstd, appendingTo: &file)
    try DataDirectory.write(file, to: path(partition, offset), files)
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

  public func prune(_ partition: PartitionIndex, keeping kept: Int, sparing spared: Offset?) throws(ProwziError) {
    for offset in StateThinning.excess(of: try offsets(of: partition), keeping: kept, sparing: spared) {
      try files.remove(path(partition, offset))
    }
  }
}
