/// How a file divides into records.
public enum InputFormat: String, Sendable, CaseIterable {
  /// A JSON text a line.
  case jsonLines = "jsonl"
  /// RFC 4180 with a header line.
  case csv
  /// The whole document is one record.
  case xml
  /// The whole document is one record.
  case json

  /// The format that a file's name tells, `.zst` and `.gz` passed over; `nil` where it tells none.
  public init?(path: String) {
    let name = CompressionFormat.removingSuffix(path).lowercased()
    if name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") {
      self = .jsonLines
    } else if name.hasSuffix(".csv") {
      self = .csv
    } else if [".xml", ".rss", ".atom"].contains(where: name.hasSuffix) {
      self = .xml
    } else if name.hasSuffix(".json") {
      self = .json
    } else {
      return nil
    }
  }

  /// How many bytes `init(sniffing:)` wants to see.
  static let sniffedBytes = 64 << 10

  /// The format that the first bytes look like: `<` begins XML, `[` a JSON document, `{` a JSON document or JSON lines (lines, where
  /// the first line is complete in itself or longer than what was seen), anything else CSV.
  public init(sniffing head: [UInt8]) {
    var at = UTF8Mark.length(at: head)
    while at < head.count, [0x20, 0x09, 0x0a, 0x0d].contains(head[at]) { at += 1 }
    guard at < head.count else {
      self = .jsonLines
      return
    }
    switch head[at] {
    case UInt8(ascii: "<"): self = .xml
    case UInt8(ascii: "["): self = .json
    case UInt8(ascii: "{"):
      let lineEnd = head[at...].firstIndex(of: 0x0a) ?? head.count
      let isLongLine = lineEnd == head.count && head.count >= Self.sniffedBytes
      self = isLongLine || JSONScan.endOfValue(at: at, in: head, before: lineEnd) != nil ? .jsonLines : .json
    default: self = .csv
    }
  }
}

/// What a file is compressed with.
public enum CompressionFormat: String, Sendable, CaseIterable {
  case gzip
  case zstd

  private var suffix: String { self == .gzip ? ".gz" : ".zst" }

  /// What a file's name tells.
  public init?(path: String) {
    guard let format = Self.allCases.first(where: { path.lowercased().hasSuffix($0.suffix) }) else { return nil }
    self = format
  }

  /// What the first four bytes tell. *Source*: RFC 1952 section 2.3.1, RFC 8878 section 3.1.1.
  public init?(sniffing head: [UInt8]) {
    if head.starts(with: [0x1f, 0x8b]) {
      self = .gzip
    } else if head.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
      self = .zstd
    } else {
      return nil
    }
  }

  static func removingSuffix(_ path: String) -> String {
    guard let format = Self(path: path) else { return path }
    return String(path.dropLast(format.suffix.count))
  }
}

/// The byte order mark of UTF-8, which belongs to a file and not to its first record.
enum UTF8Mark {
  static func length(at head: [UInt8]) -> Int { head.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0 }
}
