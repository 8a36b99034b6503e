import Model

/// A file system in front of another: whatever a conforming type does not say itself, the one behind answers.
public protocol ForwardingFileSystem: FileSystem {
  /// The one behind.
  var behind: any FileSystem { get }
}

extension ForwardingFileSystem {
  public func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle { try behind.open(path, mode) }
  public func createDirectory(_ path: String) throws(ProwziError) { try behind.createDirectory(path) }
  public func list(_ path: String) throws(ProwziError) -> [String] { try behind.list(path) }
  public func exists(_ path: String) throws(ProwziError) -> Bool { try behind.exists(path) }
  public func rename(_ from: String, to: String) throws(ProwziError) { try behind.rename(from, to: to) }
  public func remove(_ path: String) throws(ProwziError) { try behind.remove(path) }
  public func removeDirectory(_ path: String) throws(ProwziError) { try behind.removeDirectory(path) }
  public func syncDirectory(_ path: String) throws(ProwziError) { try behind.syncDirectory(path) }
  public func lock(_ path: String) throws(ProwziError) -> (any FileLock)? { try behind.lock(path) }
  public var boot: UInt64 { behind.boot }
}

/// An open file in front of another, in the same way.
public protocol ForwardingFileHandle: FileHandle {
  /// The one behind.
  var behind: any FileHandle { get }
}

extension ForwardingFileHandle {
  public func size() throws(ProwziError) -> Int { try behind.size() }
  public func read(at position: Int, count: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    try behind.read(at: position, count: count, appendingTo: &output)
  }
  public func write(_ bytes: Span<UInt8>, at position: Int) throws(ProwziError) { try behind.write(bytes, at: position) }
  public func truncate(to size: Int) throws(ProwziError) { try behind.truncate(to: size) }
  public func sync() throws(ProwziError) { try behind.sync() }
}
