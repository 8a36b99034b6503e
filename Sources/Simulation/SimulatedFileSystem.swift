import Model
import Ports
import Synchronization

/// Files in memory that remember what has been made durable, and forget the rest as a disk would.
///
/// ```swift
/// let files = SimulatedFileSystem(seed: 42)
/// // … use it …
/// files.crash()   // every handle and lock is gone; unsynced writes are kept, dropped, torn or trashed, as the seed says
/// ```
///
/// *Model*: a write touches only its own bytes, even where it shares a sector with older ones (SQLite calls this "powersafe overwrite").
/// Within a write, each sector of 512 or 4096 bytes is written whole or not at all, or the whole write is trash. Writes, truncations and
/// changes of names are lost independently of each other, or the latest first, as the seed says (`SimulatedOrdering`).
/// *Determinism*: calls in the same order give the same disk.
public final class SimulatedFileSystem: FileSystem {
  let disk: Mutex<SimulatedDisk>

  public init(seed: UInt64 = 0) { disk = Mutex(SimulatedDisk(seed: seed)) }

  private init(disk: SimulatedDisk) { self.disk = Mutex(disk) }

  // MARK: Telling it what to do

  /// Adds a fault to the script.
  public func add(_ fault: SimulatedFault) { disk.withLock { $0.faults.append(fault) } }

  /// Forgets the script.
  public func clearFaults() {
    disk.withLock {
      $0.faults = []
      $0.isDead = false
    }
  }

  /// Lets all files together grow by this many bytes before writes fail with `file.full`; `nil` sets no limit.
  public func limitSpace(to bytes: Int?) { disk.withLock { $0.spaceLeft = bytes } }

  /// The power fails and comes back. Faults and limits are forgotten.
  public func crash() { disk.withLock { $0.crash() } }

  /// Whether the machine runs: not between a power loss and the `crash` that ends it.
  public var hasPower: Bool { disk.withLock { !$0.isDead } }

  /// What was done to those who trusted this disk.
  public var figures: SimulatedFigures { disk.withLock { $0.figures } }

  /// How many calls have changed something so far: the range for `SimulatedFault.powerLoss`.
  public var changes: Int { disk.withLock { $0.changes } }

  /// An independent copy of everything, open handles and locks not included.
  public func copy() -> SimulatedFileSystem { disk.withLock { SimulatedFileSystem(disk: $0.copy()) } }

  /// The paths of all files, sorted.
  public func paths() -> [String] { disk.withLock { $0.files.keys.sorted() } }

  /// The bytes a reader of the file sees.
  public func contents(_ path: String) throws(ProwziError) -> [UInt8] {
    try disk.withLock { disk throws(ProwziError) in try disk.file(path).current }
  }

  /// Replaces a file's bytes behind everyone's back, durably.
  public func replace(_ path: String, with bytes: [UInt8]) {
    disk.withLock { disk in
      let file = SimulatedFile()
      file.current = bytes
      file.durable = bytes
      disk.files[path] = file
      disk.durableFiles[path] = file
      disk.pendingNames.removeAll { $0.change.paths.contains(path) }
    }
  }

  // MARK: FileSystem

  public func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
    try disk.withLock { disk throws(ProwziError) in
      try disk.begin(.open, path, changes: mode != .read && disk.files[path] == nil)
      let file: SimulatedFile
      if let found = disk.files[path] {
        if mode == .createNew { throw ProwziError("file.exists", "there is something with this name already", place: path) }
        file = found
      } else {
        guard mode != .read, disk.directories.contains(SimulatedDisk.parent(path)) else { throw .noFile(path) }
        file = SimulatedFile()
        disk.files[path] = file
        disk.change(names: .link(path, file))
      }
      return SimulatedHandle(system: self, file: file, path: path, life: disk.life)
    }
  }

  public func createDirectory(_ path: String) throws(ProwziError) {
    try disk.withLock { disk throws(ProwziError) in
      var prefix = ""
      for part in path.split(separator: "/") {
        prefix += prefix.isEmpty ? String(part) : "/" + part
        if disk.directories.contains(prefix) { continue }
        try disk.begin(.open, prefix, changes: true)
        disk.directories.insert(prefix)
        disk.change(names: .makeDirectory(prefix))
      }
    }
  }

  public func list(_ path: String) throws(ProwziError) -> [String] {
    try disk.withLock { disk throws(ProwziError) in
      try disk.begin(.read, path, changes: false)
      guard disk.directories.contains(path) else { throw .noFile(path) }
      let names = Array(disk.files.keys) + Array(disk.directories)
      return names.filter { SimulatedDisk.isIn($0, path) }.map(SimulatedDisk.name)
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }

  public func exists(_ path: String) throws(ProwziError) -> Bool {
    try disk.withLock { disk throws(ProwziError) in
      try disk.begin(.read, path, changes: false)
      return disk.files[path] != nil || disk.directories.contains(path)
    }
  }

  public func rename(_ from: String, to: String) throws(ProwziError) {
    try disk.withLock { disk throws(ProwziError) in
      try disk.begin(.rename, from, changes: true)
      let file = try disk.file(from)
      guard disk.directories.contains(SimulatedDisk.parent(to)) else { throw .noFile(to) }
      disk.files[from] = nil
      disk.files[to] = file
      disk.change(names: .rename(from, to, file))
    }
  }

  public func remove(_ path: String) throws(ProwziError) {
    try disk.withLock { disk throws(ProwziError) in
      try disk.begin(.remove, path, changes: true)
      _ = try disk.file(path)
      disk.files[path] = nil
      disk.change(names: .unlink(path))
    }
  }

  public func removeDirectory(_ path: String) throws(ProwziError) {
    let names = try list(path)
    try disk.withLock { disk throws(ProwziError) in
      try disk.begin(.remove, path, changes: true)
      guard names.isEmpty else { throw ProwziError("file.exists", "the directory is not empty", place: path) }
      disk.directories.remove(path)
      disk.change(names: .removeDirectory(path))
    }
  }

  public func syncDirectory(_ path: String) throws(ProwziError) {
    try disk.withLock { disk throws(ProwziError) in
      try disk.begin(.syncDirectory, path, changes: true)
      guard disk.directories.contains(path) else { throw .noFile(path) }
      disk.makeNamesDurable(in: path)
    }
  }

  public var boot: UInt64 { disk.withLock { UInt64($0.life + 1) } }

  public func lock(_ path: String) throws(ProwziError) -> (any FileLock)? {
    let file = try open(path, .readWrite)
    let life: Int? = disk.withLock { disk in
      guard disk.locks.insert(path).inserted else { return nil }
      return disk.life
    }
    guard let life else { return nil }
    let lock = SimulatedLock(system: self, path: path, life: life)
    try file.truncate(to: 0)
    try file.write(Array("1\n".utf8).span, at: 0)
    return lock
  }
}

extension ProwziError {
  static func noFile(_ path: String) -> ProwziError { ProwziError("file.not_found", "there is no such file or directory", place: path) }
}
