import Disk
import Model
import Ports

/// A folder that results are written to.
struct OutputFolder {
  private let files: DiskFileSystem

  init(_ path: String) { files = DiskFileSystem(root: path) }

  func write(_ bytes: [UInt8], to name: String) throws(ProwziError) {
    try files.createDirectory(name.contains("/") ? String(name[..<name.lastIndex(of: "/")!]) : "")
    if try files.exists(name) { try files.remove(name) }
    try files.open(name, .createNew).write(bytes.span, at: 0)
  }
}
