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

  /// Looks once.
  /// - Returns: whether the state has changed.
  mutating func poll(_ files: any FileSystem) throws(ProwziError) -> Bool {
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
    guard size <= Limits.journalBytes else {
      throw .corrupt("the journal has \(size) bytes", file: LogPaths.journal(owner), byte: position)
    }
    var bytes: [UInt8] = []
    try file.read(at: position, count: size - position, appendingTo: &bytes)
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
