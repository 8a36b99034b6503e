import Model
import Ports
import RecordFormat

/// The commit journal of one owner: what it holds, how it is read, and how a new one takes an old one's place.
///
/// *Shape*: a header of magic "PROWZIJL", version u32, generation u64 and CRC-32C of these 20 bytes; then entries back to back, the first a
/// snapshot of everything. A journal gets its name only when its first entry is durable, so a first entry that is not valid is corruption, as is
/// anything invalid with a valid entry behind it. Only an invalid end is a write that was cut off.
enum Journal {
  static let headerSize = 24
  static let magic = Array("PROWZIJL".utf8)
  static let version: UInt32 = 2

  /// What was read of a journal.
  struct Contents: Sendable {
    var generation: UInt64
    var state: OwnerState
    /// Where the valid entries end.
    var end: Int
    /// How many entries there are.
    var entries: Int
  }

  static func header(generation: UInt64) -> [UInt8] {
    var bytes = magic
    bytes.append(bigEndian: version)
    bytes.append(bigEndian: generation)
    bytes.append(bigEndian: CRC32C.checksum(of: bytes))
    return bytes
  }

  /// - Returns: the generation.
  static func readHeader(_ bytes: [UInt8], path: String) throws(ProwziError) -> UInt64 {
    guard bytes.count >= headerSize else { throw .corrupt("the journal ends inside its header", file: path, byte: bytes.count) }
    guard Array(bytes[0..<8]) == magic, CRC32C.checksum(of: Array(bytes[0..<20])) == bytes.bigEndian(at: 20, as: UInt32.self) else {
      throw .corrupt("the journal's header is not valid", file: path, byte: 0)
    }
    let found: UInt32 = bytes.bigEndian(at: 8)
    guard found == version else {
      throw ProwziError(
        "log.version", "the journal has version \(found), and this program knows \(version)", place: path,
        advice: "Use the program that wrote it, or a newer one")
    }
    return bytes.bigEndian(at: 12)
  }

  /// Reads a whole journal.
  /// - Returns: `nil` where there is none.
  static func read(_ files: any FileSystem, owner: String) throws(ProwziError) -> Contents? {
    let path = LogPaths.journal(owner)
    guard try files.exists(path) else { return nil }
    return try parse(files.open(path, .read).contents(limit: Limits.journalBytes, place: path), path: path)
  }

  static func parse(_ bytes: [UInt8], path: String) throws(ProwziError) -> Contents {
    var contents = Contents(generation: try readHeader(bytes, path: path), state: OwnerState(), end: headerSize, entries: 0)
    while let (entry, size) = JournalEntry.decode(bytes, at: contents.end) {
      guard contents.entries == 0 || entry.follows(contents.state.sequence) else {
        throw .corrupt("an entry of the journal is out of order", file: path, byte: contents.end)
      }
      contents.state.apply(entry)
      contents.end += size
      contents.entries += 1
    }
    guard contents.entries > 0 else { throw .corrupt("the journal's first entry is not valid", file: path, byte: headerSize) }
    if let later = firstEntry(in: bytes, after: contents.end), later.entry.sequence > contents.state.sequence {
      throw .corrupt(
        "an entry of the journal is not valid, but the one at byte \(later.position) behind it is", file: path, byte: contents.end)
    }
    return contents
  }

  /// Looks for a valid entry at any byte behind `position`.
  static func firstEntry(in bytes: [UInt8], after position: Int) -> (entry: JournalEntry, position: Int, size: Int)? {
    var at = position + 1
    while at + JournalEntry.frameSize <= bytes.count {
      if bytes[at] == UInt8(JournalEntry.magic >> 24), let (entry, size) = JournalEntry.decode(bytes, at: at) { return (entry, at, size) }
      at += 1
    }
    return nil
  }

  /// Puts a new journal with one snapshot in the old one's place, durably.
  static func replace(_ files: any FileSystem, owner: String, generation: UInt64, state: OwnerState) throws(ProwziError) -> JournalWriter {
    var bytes = header(generation: generation)
    state.snapshot.encode(appendingTo: &bytes)
    let aside = LogPaths.nextJournal(owner)
    let file = try files.open(aside, .readWrite)
    try file.truncate(to: 0)
    try file.write(bytes.span, at: 0)
    try file.sync()
    try files.rename(aside, to: LogPaths.journal(owner))
    try files.syncDirectory(LogPaths.journalDirectory)
    return JournalWriter(file: file, end: bytes.count, generation: generation)
  }
}

/// The journal that is appended to. Used by one thread at a time.
struct JournalWriter: Sendable {
  let file: any FileHandle
  private(set) var end: Int
  let generation: UInt64

  init(file: any FileHandle, end: Int, generation: UInt64) {
    self.file = file
    self.end = end
    self.generation = generation
  }

  /// Appends one entry and makes it durable: the moment at which its commits count.
  mutating func append(_ entry: JournalEntry) throws(ProwziError) {
    var bytes: [UInt8] = []
    entry.encode(appendingTo: &bytes)
    try file.write(bytes.span, at: end)
    try file.sync()
    end += bytes.count
  }
}
