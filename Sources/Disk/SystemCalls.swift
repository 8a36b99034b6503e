import Glibc
import Model

/// One small function for each system call the log makes. An interrupted call (`EINTR`) is made again here, and `errno` is turned into a
/// `ProwziError` on the line of the call, so that nothing above sees either.
enum SystemCall {
  /// open(2). Every descriptor is close-on-exec: a lock must not live on in a child process.
  static func open(_ path: String, _ flags: Int32, permissions: mode_t = 0o644, place: String) throws(ProwziError) -> Int32 {
    while true {
      let descriptor = Glibc.open(path, flags | O_CLOEXEC, permissions)
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { throw .systemCall("open", errno, place: place) }
    }
  }

  /// close(2). On Linux the descriptor is gone even where this fails, so there is nothing to do again.
  static func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }

  /// pread(2). Fewer bytes than asked for are an answer, not an error; 0 is the end of the file.
  static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int, at position: Int, place: String)
    throws(ProwziError)
    -> Int
  {
    while true {
      let taken = pread(descriptor, buffer, count, position)
      if taken >= 0 { return taken }
      if errno != EINTR { throw .systemCall("pread", errno, place: place) }
    }
  }

  /// pwrite(2). A short write is an answer: the caller goes on behind it.
  static func write(_ descriptor: Int32, _ buffer: UnsafeRawPointer, _ count: Int, at position: Int, place: String) throws(ProwziError)
    -> Int
  {
    while true {
      let written = pwrite(descriptor, buffer, count, position)
      if written >= 0 { return written }
      if errno != EINTR { throw .systemCall("pwrite", errno, place: place) }
    }
  }

  /// ftruncate(2).
  static func truncate(_ descriptor: Int32, to size: Int, place: String) throws(ProwziError) {
    while ftruncate(descriptor, size) != 0 {
      if errno != EINTR { throw .systemCall("ftruncate", errno, place: place) }
    }
  }

  /// fdatasync(2): the data, and the metadata needed to read it back, which includes the size. Not made again after any error, `EINTR`
  /// included: the kernel may have dropped the pages it could not write.
  static func synchronise(_ descriptor: Int32, place: String) throws(ProwziError) {
    if fdatasync(descriptor) != 0 { throw .systemCall("fdatasync", errno, place: place) }
  }

  /// fsync(2), for directories: names are metadata.
  static func synchroniseDirectory(_ descriptor: Int32, place: String) throws(ProwziError) {
    if fsync(descriptor) != 0 { throw .systemCall("fsync", errno, place: place) }
  }

  /// fstat(2).
  static func size(_ descriptor: Int32, place: String) throws(ProwziError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .systemCall("fstat", errno, place: place) }
    return Int(status.st_size)
  }

  /// stat(2).
  /// - Returns: the mode; `nil` where there is nothing with this name.
  static func mode(_ path: String, place: String) throws(ProwziError) -> mode_t? {
    var status = stat()
    if stat(path, &status) == 0 { return status.st_mode }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw .systemCall("stat", errno, place: place)
  }

  /// mkdir(2).
  /// - Returns: `false` where there is something with this name already.
  static func makeDirectory(_ path: String, place: String) throws(ProwziError) -> Bool {
    if mkdir(path, 0o755) == 0 { return true }
    if errno == EEXIST { return false }
    throw .systemCall("mkdir", errno, place: place)
  }

  /// rename(2).
  static func rename(_ from: String, _ to: String, place: String) throws(ProwziError) {
    if Glibc.rename(from, to) != 0 { throw .systemCall("rename", errno, place: place) }
  }

  /// unlink(2).
  static func unlink(_ path: String, place: String) throws(ProwziError) {
    if Glibc.unlink(path) != 0 { throw .systemCall("unlink", errno, place: place) }
  }

  /// rmdir(2).
  static func removeDirectory(_ path: String, place: String) throws(ProwziError) {
    if rmdir(path) != 0 { throw .systemCall("rmdir", errno, place: place) }
  }

  /// flock(2): lets go of a lock, for every descriptor of the same open file.
  static func unlock(_ descriptor: Int32) { _ = flock(descriptor, LOCK_UN) }

  /// flock(2), exclusive and without waiting. The lock belongs to the open file, so two openings in one process exclude each other too.
  /// - Returns: whether the lock was got.
  static func lock(_ descriptor: Int32, place: String) throws(ProwziError) -> Bool {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      if errno != EINTR { throw .systemCall("flock", errno, place: place) }
    }
    return true
  }

  /// opendir(3), readdir(3), closedir(3).
  /// - Returns: the names without `.` and `..`, in the order of the file system.
  static func names(_ path: String, place: String) throws(ProwziError) -> [String] {
    guard let stream = opendir(path) else { throw .systemCall("opendir", errno, place: place) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        if errno != 0 { throw .systemCall("readdir", errno, place: place) }
        return names
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }
}
