import Model
import Ports
import Synchronization

/// Files that do not do what they are told: the deliberately broken parts that show whether the checker notices.
final class MeddlingFiles: FileSystem {
  let base: any FileSystem
  /// Whether a sync of this path is only pretended.
  let skipsSync: @Sendable (String) -> Bool
  /// What is written instead.
  let changesWrite: @Sendable (String, [UInt8]) -> [UInt8]
  /// What opening this path says instead.
  let refuses: @Sendable (String) -> ProwziError?

  /// What it says instead of the machine's boot.
  let saidBoot: UInt64?

  init(
    _ base: any FileSystem, boot: UInt64? = nil, skipsSync: @escaping @Sendable (String) -> Bool = { _ in false },
    changesWrite: @escaping @Sendable (String, [UInt8]) -> [UInt8] = { $1 },
    refuses: @escaping @Sendable (String) -> ProwziError? = { _ in nil }
  ) {
    self.base = base
    saidBoot = boot
    self.skipsSync = skipsSync
    self.changesWrite = changesWrite
    self.refuses = refuses
  }

  func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
    if let error = refuses(path) { throw error }
    return MeddlingHandle(try base.open(path, mode), path, self)
  }
  func createDirectory(_ path: String) throws(ProwziError) { try base.createDirectory(path) }
  func list(_ path: String) throws(ProwziError) -> [String] { try base.list(path) }
  func exists(_ path: String) throws(ProwziError) -> Bool {
    if refuses(path)?.code == "file.not_found" { return false }
    return try base.exists(path)
  }
  func rename(_ from: String, to: String) throws(ProwziError) { try base.rename(from, to: to) }
  func remove(_ path: String) throws(ProwziError) { try base.remove(path) }
  func removeDirectory(_ path: String) throws(ProwziError) { try base.removeDirectory(path) }
  func syncDirectory(_ path: String) throws(ProwziError) {
    if !skipsSync(path) { try base.syncDirectory(path) }
  }
  var boot: UInt64 { saidBoot ?? base.boot }
  func lock(_ path: String) throws(ProwziError) -> (any FileLock)? { try base.lock(path) }
}

private final class MeddlingHandle: FileHandle {
  private let base: any FileHandle
  private let path: String
  private let files: MeddlingFiles

  init(_ base: any FileHandle, _ path: String, _ files: MeddlingFiles) {
    self.base = base
    self.path = path
    self.files = files
  }

  func size() throws(ProwziError) -> Int { try base.size() }
  func read(at position: Int, count: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    try base.read(at: position, count: count, appendingTo: &output)
  }
  func write(_ bytes: Span<UInt8>, at position: Int) throws(ProwziError) {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for index in bytes.indices { copy.append(bytes[index]) }
    try base.write(files.changesWrite(path, copy).span, at: position)
  }
  func truncate(to size: Int) throws(ProwziError) { try base.truncate(to: size) }
  func sync() throws(ProwziError) {
    if !files.skipsSync(path) { try base.sync() }
  }
}
