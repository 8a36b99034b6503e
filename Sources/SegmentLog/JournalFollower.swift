import Model
import Ports

/// Reads another writer's journal as it grows.
///
/// What its writer has not synced yet is not there (`DurableMark`). An end that is not (yet) a whole entry is waited for. A journal that was replaced is recognised by the generation in its header and read from
/// its first entry, which says everything.
struct JournalFollower: Sendable {
  let owner: String
  private var file: (any FileHandle)?
  private var generation: UInt64 = 0
  private var position = 0
  private(set) var state = OwnerState()
  /// What the owner's files may lack (`PatchedFiles`), as of when a whole journal was read.
  private(set) var unsynced: [TopicPartition: [CarriedBytes]] = [:]

  init(owner: String) { self.owner = owner }

  /// The owner's mark, kept open: mostly a look at these few bytes is enough.
  private var markFile: (any FileHandle)?
  private var looksAtMark = 0
  /// So often a look goes the whole way, whatever the mark says: it may not be the one in use any more.
  private static let looksBetweenChecks = 64

  /// Looks once.
  /// - Returns: whether the state has changed.
  /// - Complexity: one read of 28 bytes where there is nothing new.
  mutating func poll(_ files: any FileSystem) throws(ProwziError) -> Bool {
    if let file, let mark = try knownMark(files) {
      return mark.end > position ? try read(file, upTo: mark.end) : false
    }
    let hasChanged = try pollAll(files)
    let path = LogPaths.durableMark(owner)
    markFile = nil
    if file != nil, files.boot != 0, try files.exists(path) { markFile = try files.open(path, .read) }
    looksAtMark = 0
    return hasChanged
  }

  /// The mark, if it is about the journal that is being read and of this run of the machine.
  private mutating func knownMark(_ files: any FileSystem) throws(ProwziError) -> DurableMark? {
    looksAtMark += 1
    guard let markFile, looksAtMark < Self.looksBetweenChecks, let mark = try DurableMark.read(markFile), mark.generation == generation,
      mark.boot == files.boot
    else { return nil }
    return mark
  }

  private mutating func pollAll(_ files: any FileSystem) throws(ProwziError) -> Bool {
    let hasRead = try readMore(files)
    // The journal may have been replaced since. Its name always leads to a whole header.
    let path = LogPaths.journal(owner)
    guard try files.exists(path) else { return hasRead }
    let current = try files.open(path, .read)
    var header: [UInt8] = []
    try current.read(at: 0, count: Journal.headerSize, appendingTo: &header)
    let found = try Journal.readHeader(header, path: path)
    guard file == nil || found != generation else { return hasRead }
    let (contents, newest) = try Journal.readDurable(files, owner: owner)
    let hasChanged = hasRead || !contents.state.holdsTheSame(as: state)
    file = newest
    generation = contents.generation
    position = contents.end
    state = contents.state
    unsynced = contents.unsynced
    return hasChanged
  }

  private mutating func readMore(_ files: any FileSystem) throws(ProwziError) -> Bool {
    guard let file else { return false }
    var size = try file.size()
    guard size > position else { return false }
    if let mark = try DurableMark.read(files, owner: owner), mark.boot == files.boot, mark.boot != 0 {
      // Of a journal that was replaced nothing more is wanted.
      guard mark.generation == generation else { return false }
      size = min(size, mark.end)
      guard size > position else { return false }
    }
    return try read(file, upTo: size)
  }

  private mutating func read(_ file: any FileHandle, upTo size: Int) throws(ProwziError) -> Bool {
    guard size <= Limits.journalBytes else {
      throw .corrupt("the journal has \(size) bytes", file: LogPaths.journal(owner), byte: position)
    }
    var bytes: [UInt8] = []
    // Where no mark says how far the entries go, there may be nothing but zeros, and a look must not read them all.
    try file.read(at: position, count: min(size - position, JournalEntry.frameSize), appendingTo: &bytes)
    guard JournalEntry.mayBegin(bytes) else { return false }
    try file.read(at: position + bytes.count, count: size - position - bytes.count, appendingTo: &bytes)
    var at = 0
    while let (entry, size) = JournalEntry.decode(bytes, at: at) {
      guard entry.follows(state.sequence) else {
        throw .corrupt("an entry of the journal is out of order", file: LogPaths.journal(owner), byte: position + at)
      }
      state.apply(entry)
      at += size
    }
    position += at
    return at > 0
  }
}
