import Model
import Ports
import Synchronization

/// Files as they will be once a writer has put the bytes that the journal carries to their places.
///
/// After a power failure segments may lack the end that only the journal's sync had made durable. Their writer mends that when it opens; until then
/// readers, who change nothing, look through this.
final class PatchedFiles: ForwardingFileSystem {
  let behind: any FileSystem
  /// By owner, then by path.
  private let patches = Mutex<[String: [String: [CarriedBytes]]]>([:])

  init(_ behind: any FileSystem) { self.behind = behind }

  /// Says what an owner's files may lack, in place of what was said before.
  func patch(_ owner: String, with unsynced: [TopicPartition: [CarriedBytes]]) {
    var byPath: [String: [CarriedBytes]] = [:]
    for pieces in unsynced.values { byPath[pieces[0].path] = pieces }
    patches.withLock { $0[owner] = byPath.isEmpty ? nil : byPath }
  }

  func open(_ path: String, _ mode: FileMode) throws(ProwziError) -> any FileHandle {
    let file = try behind.open(path, mode)
    guard mode == .read else { return file }
    let pieces = patches.withLock { patches in
      for byPath in patches.values {
        if let pieces = byPath[path] { return pieces }
      }
      return []
    }
    return pieces.isEmpty ? file : PatchedFile(behind: file, pieces: pieces)
  }
}

private final class PatchedFile: ForwardingFileHandle {
  let behind: any FileHandle
  /// In order of their places.
  let pieces: [CarriedBytes]

  init(behind: any FileHandle, pieces: [CarriedBytes]) {
    self.behind = behind
    self.pieces = pieces
  }

  func size() throws(ProwziError) -> Int {
    var size = try behind.size()
    // As when they are written, nothing is put behind a gap.
    for piece in pieces {
      guard piece.position <= size else { break }
      size = max(size, piece.end)
    }
    return size
  }

  func read(at position: Int, count: Int, appendingTo output: inout [UInt8]) throws(ProwziError) {
    var size = try behind.size()
    let start = output.count
    try behind.read(at: position, count: count, appendingTo: &output)
    for piece in pieces {
      guard piece.position <= size else { break }
      size = max(size, piece.end)
      let (from, to) = (max(piece.position, position), min(piece.end, position + count))
      guard from < to else { continue }
      let bytes = piece.bytes.dropFirst(from - piece.position).prefix(to - from)
      let place = start + from - position
      output.replaceSubrange(place..<min(output.count, place + bytes.count), with: bytes)
    }
  }
}
