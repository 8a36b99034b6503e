internal import Glibc
public import Model

/// A file or standard input, read forwards once. The descriptor is closed with the object.
///
/// *Errors*: `file.not_found`, `file.denied`, `file.io`; the place is the path.
public final class FileSource: ByteSource {
  public let name: String
  private let descriptor: CInt
  private let ownsDescriptor: Bool

  /// Opens a file; `-` is standard input.
  public init(path: String) throws(ProwziError) {
    name = path
    if path == "-" {
      descriptor = 0
      ownsDescriptor = false
      return
    }
    descriptor = unsafe path.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
    ownsDescriptor = true
    guard descriptor >= 0 else { throw Self.failure(errno, "cannot open the input", path) }
    var status = stat()
    if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw ProwziError("file.is_directory", "the input is a directory", place: path, advice: "Name the files in it")
    }
  }

  deinit {
    if ownsDescriptor, descriptor >= 0 { close(descriptor) }
  }

  public func read(appendingTo output: inout [UInt8], atMost count: Int) throws(ProwziError) -> Int {
    let descriptor = descriptor
    let wanted = min(count, 1 << 20)
    while true {
      var failure: CInt = 0
      let block = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
        // read(2): -1 with errno, 0 at the end of the file.
        let taken = unsafe Glibc.read(descriptor, buffer.baseAddress, wanted)
        failure = taken < 0 ? errno : 0
        filled = max(0, taken)
      }
      if failure == EINTR { continue }
      guard failure == 0 else { throw Self.failure(failure, "cannot read the input", name) }
      output.append(contentsOf: block)
      return block.count
    }
  }

  /// The whole of a small file.
  /// - Throws: `sensor.record_too_long` where it is larger than `limit` bytes.
  public static func contents(ofFile path: String, limit: Int) throws(ProwziError) -> [UInt8] {
    let source = try FileSource(path: path)
    var bytes: [UInt8] = []
    while try source.read(appendingTo: &bytes, atMost: 1 << 16) > 0 {
      guard bytes.count <= limit else {
        throw ProwziError(.recordTooLong, "the file is larger than \(limit) bytes", place: path)
      }
    }
    return bytes
  }

  private static func failure(_ code: CInt, _ message: String, _ path: String) -> ProwziError {
    let cause = unsafe String(cString: strerror(code))
    return switch code {
    case ENOENT, ENOTDIR: ProwziError("file.not_found", message, place: path, advice: "Check the path", cause: cause)
    case EACCES, EPERM: ProwziError("file.denied", message, place: path, advice: "Check who may read it", cause: cause)
    default: ProwziError("file.io", message, place: path, cause: cause)
    }
  }
}
