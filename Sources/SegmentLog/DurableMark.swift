import Model
import Ports
import RecordFormat

/// How far an owner's journal is durable: what keeps readers in other processes from seeing an entry between its write and its sync.
///
/// Such a reader looks at the same page cache as the writer, where an entry stands before any disk has it. Were it believed, something durable could be
/// derived from records that a power failure then takes back. So the writer says after each sync how far it has come, in a few bytes that it does not
/// sync: they are for the others on this machine, while it runs.
///
/// *Shape* of `journal/<owner>.durable`: generation u64, end u64, boot u64 and CRC-32C of these 24 bytes, big-endian. A mark of another boot bounds nothing, as
/// then whatever is there was read from the disk; nor does a file that is not whole. But in any case a journal that ends before its mark is damaged.
struct DurableMark: Equatable {
  static let size = 28

  var generation: UInt64
  var end: Int
  var boot: UInt64

  /// - Returns: `nil` where there is no whole mark.
  static func read(_ files: any FileSystem, owner: String) throws(ProwziError) -> DurableMark? {
    let path = LogPaths.durableMark(owner)
    guard try files.exists(path) else { return nil }
    return try read(files.open(path, .read))
  }

  /// - Returns: `nil` where there is no whole mark.
  static func read(_ file: any FileHandle) throws(ProwziError) -> DurableMark? {
    // A mark that is just being written may be seen half.
    for _ in 0..<3 {
      var bytes: [UInt8] = []
      try file.read(at: 0, count: size, appendingTo: &bytes)
      if let mark = DurableMark(bytes) { return mark }
    }
    return nil
  }

  init(generation: UInt64, end: Int, boot: UInt64) {
    self.generation = generation
    self.end = end
    self.boot = boot
  }

  private init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.size, CRC32C.checksum(of: Array(bytes[0..<24])) == bytes.bigEndian(at: 24, as: UInt32.self) else {
      return nil
    }
    let end = bytes.bigEndian(at: 8, as: UInt64.self)
    guard end <= UInt64(Int.max) else { return nil }
    self.init(generation: bytes.bigEndian(at: 0), end: Int(end), boot: bytes.bigEndian(at: 16))
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: generation)
    bytes.append(bigEndian: UInt64(end))
    bytes.append(bigEndian: boot)
    bytes.append(bigEndian: CRC32C.checksum(of: bytes))
    return bytes
  }

  /// Makes sure that no mark of a journal that is gone will speak for one that begins anew.
  static func remove(_ files: any FileSystem, owner: String) throws(ProwziError) {
    let path = LogPaths.durableMark(owner)
    guard try files.exists(path) else { return }
    let file = try files.open(path, .readWrite)
    try file.truncate(to: 0)
    try file.sync()
    try files.remove(path)
  }
}
