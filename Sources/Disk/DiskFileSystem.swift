import Glibc
import Model
import Ports

/// The files below one directory of the machine's file system.
///
/// ```swift
/// let files = DiskFileSystem(root: "prowzi-data")
/// ```
///
/// Places in errors are whole paths, root included, so that a person can find the file.
public struct DiskFileSystem: FileSystem {
  /// The directory that paths are relative to.
  public let root: String

  /// - Parameter root: relative to the working directory or absolute; it need not exist before `createDirectory`.
  public init(root: String) {
    var trimmed = root
    while trimmed.utf8.count > 1, trimmed.hasSuffix("/") { trimmed.removeLast() }
    self.root = trimmed.isEmpty ? "." : trimmed
  }

  /// The whole path of a relative one; an empty one is the root.
  public func absolute(_ path: String) -> String { path.isEmpty ? root : root == "/" ? "/" + path : root + "/" + path }

  public func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
    let place = absolute(path)
    let flags =
      switch mode {
      case .read: O_RDONLY
      case .readWrite: O_RDWR | O_CREAT
      case .createNew: O_RDWR | O_CREAT | O_EXCL
      }
    return DiskFile(descriptor: try SystemCall.open(place, flags, place: place), path: place)
  }

  /// Makes a file that only its owner may read, such as a private key; `file.exists` where there is one.
  public func createPrivate(_ path: String) throws(ProwziError) -> any FileHandle {
    let place = absolute(path)
    let descriptor = try SystemCall.open(place, O_RDWR | O_CREAT | O_EXCL, permissions: 0o600, place: place)
    return DiskFile(descriptor: descriptor, path: place)
  }

  public func createDirectory(_ path: String) throws(ProwziError) {
    let whole = absolute(path)
    if let mode = try SystemCall.mode(whole, place: whole), mode & S_IFMT == S_IFDIR { return }
    var prefix = ""
    for part in whole.split(separator: "/") {
      let above = prefix.isEmpty ? (whole.hasPrefix("/") ? "/" : ".") : prefix
      prefix = prefix.isEmpty ? (whole.hasPrefix("/") ? "/" : "") + part : prefix + "/" + part
      if let mode = try SystemCall.mode(prefix, place: prefix) {
        guard mode & S_IFMT == S_IFDIR else { throw .systemCall("mkdir", ENOTDIR, place: prefix) }
      } else {
        // Another process may have been faster, which is as good.
        _ = try SystemCall.makeDirectory(prefix, place: prefix)
        // What lies above the root cannot be named through this port, so it is synced here.
        if prefix.utf8.count <= root.utf8.count { try sync(above) }
      }
    }
  }

  public var boot: UInt64 { Self.boot }

  /// The kernel's own number for this run of it (proc_sys_kernel(5)), folded to 64 bits; the same in every container.
  private static let boot: UInt64 = {
    guard let descriptor = try? SystemCall.open("/proc/sys/kernel/random/boot_id", O_RDONLY, place: "boot_id") else { return 0 }
    defer { SystemCall.close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes.prefix(max(0, count)) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return count > 0 ? value : 0
  }()

  public func list(_ path: String) throws(ProwziError) -> [String] {
    try SystemCall.names(absolute(path), place: absolute(path)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  public func exists(_ path: String) throws(ProwziError) -> Bool { try SystemCall.mode(absolute(path), place: absolute(path)) != nil }

  public func rename(_ from: String, to: String) throws(ProwziError) {
    try SystemCall.rename(absolute(from), absolute(to), place: absolute(to))
  }

  public func remove(_ path: String) throws(ProwziError) { try SystemCall.unlink(absolute(path), place: absolute(path)) }

  public func removeDirectory(_ path: String) throws(ProwziError) {
    try SystemCall.removeDirectory(absolute(path), place: absolute(path))
  }

  public func syncDirectory(_ path: String) throws(ProwziError) { try sync(absolute(path)) }

  private func sync(_ place: String) throws(ProwziError) {
    let descriptor = try SystemCall.open(place, O_RDONLY | O_DIRECTORY, place: place)
    defer { SystemCall.close(descriptor) }
    try SystemCall.synchroniseDirectory(descriptor, place: place)
  }

  public func lock(_ path: String) throws(ProwziError) -> (any FileLock)? {
    let place = absolute(path)
    let descriptor = try SystemCall.open(place, O_RDWR | O_CREAT, place: place)
    // From here on the descriptor has an owner that closes it, whatever is thrown.
    let lock = DiskLock(descriptor: descriptor)
    guard try SystemCall.lock(descriptor, place: place) else { return nil }
    let holder = Array("\(getpid())\n".utf8)
    try SystemCall.truncate(descriptor, to: 0, place: place)
    var written = 0
    while written < holder.count {
      written += try SystemCall.write(descriptor, Array(holder[written...]), holder.count - written, at: written, place: place)
    }
    return lock
  }
}
