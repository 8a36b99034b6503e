import Glibc
import Model
import Ports

/// An open file on the disk. Reads and writes name their position, so that several threads can use one descriptor.
final class DiskFile: FileHandle {
  private let descriptor: Int32
  private let path: String

  /// Takes over the descriptor: it is closed when this object goes.
  init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { SystemCall.close(descriptor) }

  func size() throws(ProwziError) -> Int { try SystemCall.size(descriptor, place: path) }

  func read(at position: Int, count: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    guard count > 0 else { return }
    let start = output.count
    output.append(contentsOf: repeatElement(0, count: count))
    var taken = 0
    var failure: ProwziError?
    output.withUnsafeMutableBytes { bytes in
      do throws(ProwziError) {
        while taken < count {
          let more = try SystemCall.read(descriptor, bytes.baseAddress! + start + taken, count - taken, at: position + taken, place: path)
          if more == 0 { return }
          taken += more
        }
      } catch { failure = error }
    }
    if taken < count { output.removeLast(count - taken) }
    if let failure { throw failure }
  }

  func write(_ bytes: Span<UInt8>, at position: Int) throws(ProwziError) {
    var failure: ProwziError?
    bytes.withUnsafeBytes { source in
      var written = 0
      do throws(ProwziError) {
        while written < source.count {
          let more = try SystemCall.write(
            descriptor, source.baseAddress! + written, source.count - written, at: position + written, place: path)
          // pwrite(2) may answer 0 only for nothing to write; going on would never end.
          guard more > 0 else { throw ProwziError("file.io", "the device took no bytes", place: path) }
          written += more
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
  }

  func truncate(to size: Int) throws(ProwziError) { try SystemCall.truncate(descriptor, to: size, place: path) }

  func sync() throws(ProwziError) { try SystemCall.synchronise(descriptor, place: path) }
}
