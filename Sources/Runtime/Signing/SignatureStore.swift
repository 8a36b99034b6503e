import Model
import Ports
import Signatures

/// Signed checkpoints: `signatures/<topic>-<partition>/<size>.note`, the size in twenty digits.
public struct SignatureStore: Sendable {
  private let files: any FileSystem

  static let root = "signatures"
  /// How many of a partition are kept: the first, the newest, and between them the denser the nearer to the end, some four for each doubling of age.
  static let kept = 96

  public init(_ directory: DataDirectory) { files = directory.files }

  private func directory(_ target: TopicPartition) -> String { "\(Self.root)/\(target)" }

  /// Where a note lies, relative to the data directory.
  public func path(_ target: TopicPartition, _ size: Int64) -> String {
    let digits = String(size)
    return "\(directory(target))/\(String(repeating: "0", count: 20 - digits.utf8.count))\(digits).note"
  }

  /// The sizes at which a partition was signed, ascending.
  public func sizes(of target: TopicPartition) throws(ProwziError) -> [Int64] {
    guard try files.exists(directory(target)) else { return [] }
    return try files.list(directory(target)).filter { $0.hasSuffix(".note") }.compactMap { Int64($0.dropLast(5)) }.sorted()
  }

  /// Reads a note and checks its signature, its origin, and that it is the one its name says.
  /// - Throws: `note.invalid`, `note.bad_signature`, `note.unknown_key`.
  public func read(
    _ target: TopicPartition, _ size: Int64, trusting keys: [VerifierKey]
  ) throws(ProwziError) -> (note: SignedNote, checkpoint: LogCheckpoint, key: VerifierKey) {
    let path = path(target, size)
    let note = try SignedNote(try DataDirectory.read(path, files), place: path)
    let key = try note.verify(keys, place: path)
    let checkpoint = try LogCheckpoint(note.text, place: path)
    guard checkpoint.origin == LogCheckpoint.origin(log: key.name, target), checkpoint.size == size else {
      throw ProwziError(
        "note.invalid", "the checkpoint is of \(checkpoint.origin) at \(checkpoint.size) records", place: path,
        advice: "It was moved here; restore the file from a copy.")
    }
    return (note, checkpoint, key)
  }

  /// Writes a note durably and removes those that are too many.
  func write(_ note: SignedNote, _ target: TopicPartition, size: Int64) throws(ProwziError) {
    // A directory without a note may be one whose maker did not come to sync it.
    if try sizes(of: target).isEmpty {
      try files.createDirectory(directory(target))
      try files.syncDirectory(Self.root)
      try files.syncDirectory("")
    }
    try DataDirectory.write(note.bytes, to: path(target, size), files)
    try prune(target)
  }

  /// Removes, one by one, the note whose neighbours lie closest together in proportion to their age.
  private func prune(_ target: TopicPartition) throws(ProwziError) {
    var sizes = try self.sizes(of: target)
    while sizes.count > Self.kept, let newest = sizes.last {
      let best = (1..<sizes.count - 1).min { a, b in
        func density(_ index: Int) -> Double { Double(sizes[index + 1] - sizes[index - 1]) / Double(newest - sizes[index] + 1) }
        return density(a) < density(b)
      }!
      try files.remove(path(target, sizes.remove(at: best)))
    }
  }
}
