import Adapters
import Events
import Glibc
import Model

/// Real recorded input, where it is present: the folder that `PROWZI_CAPTURES` names, else `../shared/captures` beside the package.
enum Captures {
  static let folder: String = environment("PROWZI_CAPTURES") ?? packageRoot + "/../shared/captures"
  static var arePresent: Bool { unsafe access(folder + "/MANIFEST.md", R_OK) == 0 }
  static var areRequired: Bool { environment("CI") == "true" }

  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  private static let packageRoot = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")

  /// A file's bytes, decompressed where its name ends in `.zst`.
  static func bytes(_ path: String) -> [UInt8] {
    let whole = folder + "/" + path
    let command = path.hasSuffix(".zst") ? "zstd -dcq '\(whole)'" : "cat '\(whole)'"
    guard let pipe = unsafe popen(command, "r") else { return [] }
    defer { unsafe pclose(pipe) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe fread(&buffer, 1, buffer.count, pipe)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// The file as raw records: one a line, or (with `isDocument`) one in all.
  static func records(_ source: String, _ path: String, type: String = "application/json", isDocument: Bool = false) -> [RawRecord] {
    let bytes = bytes(path)
    let observed = Timestamp(milliseconds: 1_774_000_000_000)
    if isDocument { return [RawRecord(bytes: bytes, value: 0..<bytes.count, source: source, contentType: type, observedAt: observed)] }
    var records: [RawRecord] = []
    var columns: Range<Int>?
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0a) ?? bytes.count
      var stop = end
      if stop > start, bytes[stop - 1] == 0x0d { stop -= 1 }
      if type == "text/csv", columns == nil {
        columns = start..<stop
      } else if stop > start {
        records.append(
          RawRecord(bytes: bytes, value: start..<stop, source: source, contentType: type, columns: columns, observedAt: observed))
      }
      start = end + 1
    }
    return records
  }
}
