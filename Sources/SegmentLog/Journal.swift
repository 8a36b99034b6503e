import Model
import Ports
import RecordFormat

/// The commit journal of one owner: what it holds, how it is read, and how a new one takes an old one's place.
///
/// *Shape*: a header of magic "PROWZIJL", version u32, generation u64 and CRC-32C of these 20 bytes; then entries back to back, the first a
/// snapshot of everything. A journal gets its name only when its first entry is durable, so a first entry that is not valid is corruption, as is
/// anything invalid with a valid entry behind it. Only an invalid end is a write that was cut off. Behind the last entry there may be zeros, into which
/// the next ones are written.
enum Journal {
  static let headerSize = 24
  static let magic = Array("PROWZIJL".utf8)
  /// Entries carry bytes since version 3; what reads only version 2 would leave them out.
  static let version: UInt32 = 3
  static let oldestVersion: UInt32 = 2

  /// What was read of a journal.
  struct Contents: Sendable {
    var generation: UInt64
    var state: OwnerState
    /// Where the valid entries end.
    var end: Int
    /// How many entries there are.
    var entries: Int
    /// The bytes that the entries carry, in order.
    var carried: [CarriedBytes] = []
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
    guard (oldestVersion...version).contains(found) else {
      throw ProwziError(
        "log.version", "the journal has version \(found), and this program knows \(oldestVersion) to \(version)", place: path,
        advice: "Use the program that wrote it, or a newer one")
    }
    return bytes.bigEndian(at: 12)
  }

  /// Reads a whole journal, as its owner does.
  /// - Returns: `nil` where there is none.
  static func read(_ files: any FileSystem, owner: String) throws(ProwziError) -> Contents? {
    let path = LogPaths.journal(owner)
    guard try files.exists(path) else { return nil }
    let mark = try DurableMark.read(files, owner: owner)
    return try parse(files.open(path, .read).contents(limit: Limits.journalBytes, place: path), path: path, mark: mark)
  }

  /// Reads of a journal what is durable, as those do who follow it.
  ///
  /// What it carries is left out where a writer has opened the log in this run of the machine: then the files have it.
  static func readDurable(_ files: any FileSystem, owner: String) throws(ProwziError) -> (contents: Contents, file: any FileHandle) {
    let path = LogPaths.journal(owner)
    // The mark first, lest it speak of a journal, or of entries, that came after the bytes were read.
    let mark = try DurableMark.read(files, owner: owner)
    let file = try files.open(path, .read)
    let bytes = try file.contents(limit: Limits.journalBytes, place: path)
    let generation = try readHeader(bytes, path: path)
    guard let mark, mark.boot == files.boot, mark.boot != 0, generation >= mark.generation else {
      return (try parse(bytes, path: path, mark: mark), file)
    }
    if generation == mark.generation {
      var contents = try parse(bytes, path: path, mark: mark, limit: mark.end)
      contents.carried = []
      return (contents, file)
    }
    // A journal that has just taken the old one's place. Its first entry was durable before; its name may not be yet.
    try files.syncDirectory(LogPaths.journalDirectory)
    var contents = try parse(bytes, path: path, entries: 1)
    contents.carried = []
    return (contents, file)
  }

  /// - Parameters:
  ///   - mark: what is known to have been durable: less than that is damage, however it looks.
  ///   - limit: where to stop, between two entries.
  ///   - entries: after how many entries to stop.
  static func parse(
    _ bytes: [UInt8], path: String, mark: DurableMark? = nil, limit: Int = Int.max, entries: Int = Int.max
  ) throws(ProwziError) -> Contents {
    var contents = Contents(generation: try readHeader(bytes, path: path), state: OwnerState(), end: headerSize, entries: 0)
    while contents.end < limit, contents.entries < entries, let (entry, size) = JournalEntry.decode(bytes, at: contents.end) {
      guard contents.entries == 0 || entry.follows(contents.state.sequence) else {
        throw .corrupt("an entry of the journal is out of order", file: path, byte: contents.end)
      }
      contents.state.apply(entry)
      contents.carried += entry.carried
      contents.end += size
      contents.entries += 1
    }
    guard contents.entries > 0 else { throw .corrupt("the journal's first entry is not valid", file: path, byte: headerSize) }
    if let mark, mark.generation == contents.generation, contents.end < mark.end, contents.entries < entries {
      throw .corrupt(
        "an entry of the journal is not valid, although it was durable: \(mark.end) bytes were", file: path, byte: contents.end)
    }
    guard limit == Int.max, entries == Int.max else { return contents }
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
  /// - Parameters:
  ///   - carried: what of the old journal's carried bytes is not durable in its segments.
  ///   - growthBytes: see `SegmentLog.Options`.
  static func replace(
    _ files: any FileSystem, owner: String, generation: UInt64, state: OwnerState, carried: [CarriedBytes] = [], growthBytes: Int = 0
  ) throws(ProwziError) -> JournalWriter {
    var bytes = header(generation: generation)
    var snapshot = state.snapshot
    snapshot.carried = carried
    snapshot.encode(appendingTo: &bytes)
    if generation == 1 { try DurableMark.remove(files, owner: owner) }
    let aside = LogPaths.nextJournal(owner)
    let file = try files.open(aside, .readWrite)
    try file.truncate(to: 0)
    try file.write(bytes.span, at: 0)
    try file.sync()
    try files.rename(aside, to: LogPaths.journal(owner))
    let mark = try files.open(LogPaths.durableMark(owner), .readWrite)
    try files.syncDirectory(LogPaths.journalDirectory)
    return try JournalWriter(file: file, mark: mark, end: bytes.count, generation: generation, boot: files.boot, growthBytes: growthBytes)
  }
}

/// The journal that is appended to. Used by one thread at a time.
struct JournalWriter: Sendable {
  let file: any FileHandle
  private let mark: any FileHandle
  private(set) var end: Int
  let generation: UInt64
  private let boot: UInt64
  private let growthBytes: Int
  /// How long the file is.
  private var size: Int

  /// - Parameter end: how far the journal is durable, and how long.
  init(
    file: any FileHandle, mark: any FileHandle, end: Int, generation: UInt64, boot: UInt64, growthBytes: Int
  ) throws(ProwziError) {
    self.file = file
    self.mark = mark
    self.end = end
    self.generation = generation
    self.boot = boot
    self.growthBytes = growthBytes
    size = end
    try writeMark()
  }

  private func writeMark() throws(ProwziError) {
    try mark.write(DurableMark(generation: generation, end: end, boot: boot).bytes.span, at: 0)
  }

  /// Appends one entry and makes it durable: the moment at which its commits count.
  mutating func append(_ entry: JournalEntry) throws(ProwziError) {
    var bytes: [UInt8] = []
    entry.encode(appendingTo: &bytes)
    let next = end + bytes.count
    if next > size {
      // As much again as there is, so that what is small stays small.
      bytes.append(contentsOf: repeatElement(0, count: min(growthBytes, next)))
      size = end + bytes.count
    }
    try file.write(bytes.span, at: end)
    try file.sync()
    end = next
    try writeMark()
  }
}
