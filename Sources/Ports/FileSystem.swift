import Model

/// The files under one directory tree, as the log needs them: a port, so that the same log runs on a disk, in memory and on a
/// simulated disk that tears writes and lies about fsync.
///
/// Paths are relative to the tree's root, `/`-separated, without `.` or `..`. Every call may block; none is made on the
/// cooperative pool.
///
/// *Errors*: `file.not_found`, `file.exists`, `file.denied`, `file.full` (no space or quota), `file.io`, `file.locked`; the place is the path.
public protocol FileSystem: Sendable {
  /// Opens a file; a new one is empty. The directory must exist. Creation is durable only after `syncDirectory`.
  func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle

  /// Creates a directory and those above it; one that exists is left alone.
  func createDirectory(_ path: String) throws(ProwziError)

  /// The names in a directory, sorted by UTF-8 bytes. A missing directory is `file.not_found`.
  func list(_ path: String) throws(ProwziError) -> [String]

  func exists(_ path: String) throws(ProwziError) -> Bool

  /// Renames atomically over whatever has the new name. Durable only after `syncDirectory` of both directories.
  func rename(_ from: String, to: String) throws(ProwziError)

  /// Removes a file. Durable only after `syncDirectory`.
  func remove(_ path: String) throws(ProwziError)

  /// Removes an empty directory.
  func removeDirectory(_ path: String) throws(ProwziError)

  /// Makes creations, renames and removals in a directory durable.
  func syncDirectory(_ path: String) throws(ProwziError)

  /// Takes an exclusive advisory lock on a file, made where missing, that ends with the handle or the process. The file then holds the holder's
  /// process id as text, for messages.
  /// - Returns: `nil` where another holder has it.
  func lock(_ path: String) throws(ProwziError) -> (any FileLock)?

  /// Which run of the machine this is: another number after every start, before which only what was synced is left. 0 where nobody knows.
  var boot: UInt64 { get }
}

extension FileSystem {
  public var boot: UInt64 { 0 }
}

/// What a file is opened for.
public enum FileMode: Sendable {
  case read
  /// Reading and writing; created where missing.
  case readWrite
  /// Reading and writing; `file.exists` where there is one.
  case createNew
}

/// An open file. Closed when the last reference goes.
public protocol FileHandle: AnyObject, Sendable {
  /// Size in bytes.
  func size() throws(ProwziError) -> Int

  /// Appends up to `count` bytes from `position` to `output`; fewer only at the end of the file.
  func read(at position: Int, count: Int, appendingTo output: inout [UInt8]) throws(ProwziError)

  /// Writes all bytes at `position` (a short write is continued inside).
  func write(_ bytes: Span<UInt8>, at position: Int) throws(ProwziError)

  /// Cuts or extends (with zeros) to a size.
  func truncate(to size: Int) throws(ProwziError)

  /// Makes written data and size durable. After a failure nothing is known about what was written: do not retry (PostgreSQL's fsync
  /// report of 2018, "fsyncgate"); stop the process.
  func sync() throws(ProwziError)
}

/// An exclusive lock, held for as long as this object lives.
public protocol FileLock: AnyObject, Sendable {
  /// Lets go before the object does. Calling it twice does nothing.
  func release()
}

extension FileHandle {
  /// The whole of a file.
  /// - Parameters:
  ///   - limit: the largest file accepted, in bytes; more is refused before the memory is taken.
  ///   - place: what to call the file in the error.
  /// - Throws: `file.too_large`, or what reading throws.
  public func contents(limit: Int, place: String) throws(ProwziError) -> [UInt8] {
    let size = try size()
    guard size <= limit else {
      throw ProwziError(
        "file.too_large", "the file has \(size) bytes; at most \(limit) are read", place: place, advice: "Check that it is the right file")
    }
    var bytes: [UInt8] = []
    try read(at: 0, count: size, appendingTo: &bytes)
    return bytes
  }
}
