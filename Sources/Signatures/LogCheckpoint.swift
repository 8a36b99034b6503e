public import Model

/// What is said of a partition's tree when it is signed: how many records, and their root.
///
/// *Shape* (`c2sp.org/tlog-checkpoint`): lines of origin, decimal size, base64 root, and extensions if any, each ended by a newline. The origin is the
/// log's name, a slash and the topic-partition: each partition is a log of its own. We write no extensions, which the format advises against.
public struct LogCheckpoint: Sendable, Equatable {
  public var origin: String
  public var size: Int64
  public var root: Digest
  public var extensions: [String]

  public init(origin: String, size: Int64, root: Digest, extensions: [String] = []) {
    self.origin = origin
    self.size = size
    self.root = root
    self.extensions = extensions
  }

  /// The origin of one partition of a log.
  public static func origin(log: String, _ partition: TopicPartition) -> String { "\(log)/\(partition)" }

  public var text: String {
    var bytes: [UInt8] = []
    root.append(to: &bytes)
    return ([origin, String(size), Base64.encode(bytes)] + extensions).map { $0 + "\n" }.joined()
  }

  /// Reads a note's text.
  /// - Throws: `note.invalid`.
  public init(_ text: String, place: String) throws(ProwziError) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    guard lines.count >= 3, lines.allSatisfy({ !$0.isEmpty }), let size = Int64(lines[1]), size >= 0, String(size) == lines[1],
      let root = Base64.decode(lines[2]).flatMap({ Digest(bytes: $0) })
    else {
      throw ProwziError(
        "note.invalid", "the note's text is no checkpoint: origin, size and root on lines of their own", place: place,
        advice: "Restore it from a copy.")
    }
    self.init(origin: lines[0], size: size, root: root, extensions: Array(lines[3...]))
  }
}
