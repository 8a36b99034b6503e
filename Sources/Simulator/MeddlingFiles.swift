import Model
import Ports
import Synchronization

/// Files that do not do what they are told: the deliberately broken parts that show whether the checker notices.
final class MeddlingFiles: ForwardingFileSystem {
  let behind: any FileSystem
  /// Whether a sync of this path is only pretended.
  let skipsSync: @Sendable (String) -> Bool
  /// What is written instead.
  let changesWrite: @Sendable (String, [UInt8]) -> [UInt8]
  /// What opening this path says instead.
  let refuses: @Sendable (String) -> ProwziError?

  /// Whether what a log writes to its segments while it is being opened is only pretended: from taking its lock to making its new journal.
  private let keepsSegmentsAtOpening: Bool
  private let isOpening = Atomic<Bool>(false)

  /// What it says instead of the machine's boot.
  let saidBoot: UInt64?

  init(
    _ behind: any FileSystem, boot: UInt64? = nil, skipsSync: @escaping @Sendable (String) -> Bool = { _ in false },
    changesWrite: @escaping @Sendable (String, [UInt8]) -> [UInt8] = { $1 },
    refuses: @escaping @Sendable (String) -> ProwziError? = { _ in nil }, keepsSegmentsAtOpening: Bool = false
  ) {
    self.behind = behind
    saidBoot = boot
    self.skipsSync = skipsSync
    self.changesWrite = changesWrite
    self.refuses = refuses
    self.keepsSegmentsAtOpening = keepsSegmentsAtOpening
  }

  func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
    if let error = refuses(path) { throw error }
    if path.hasSuffix(".journal.next") { isOpening.store(false, ordering: .relaxed) }
    return MeddlingHandle(try behind.open(path, mode), path, self)
  }
  func exists(_ path: String) throws(ProwziError) -> Bool {
    if refuses(path)?.code == "file.not_found" { return false }
    return try behind.exists(path)
  }
  func syncDirectory(_ path: String) throws(ProwziError) {
    if !skipsSync(path) { try behind.syncDirectory(path) }
  }
  func lock(_ path: String) throws(ProwziError) -> (any FileLock)? {
    isOpening.store(true, ordering: .relaxed)
    return try behind.lock(path)
  }
  func losesWrite(_ path: String) -> Bool { keepsSegmentsAtOpening && path.hasSuffix(".log") && isOpening.load(ordering: .relaxed) }
  var boot: UInt64 { saidBoot ?? behind.boot }
}

private final class MeddlingHandle: ForwardingFileHandle {
  let behind: any FileHandle
  private let path: String
  private let files: MeddlingFiles

  init(_ behind: any FileHandle, _ path: String, _ files: MeddlingFiles) {
    self.behind = behind
    self.path = path
    self.files = files
  }

  func write(_ bytes: Span<UInt8>, at position: Int) throws(ProwziError) {
    if files.losesWrite(path) { return }
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices { copy.append(bytes[index]) }
    try behind.write(files.changesWrite(path, copy).span, at: position)
  }
  func sync() throws(ProwziError) {
    if !files.skipsSync(path) { try behind.sync() }
  }
}
