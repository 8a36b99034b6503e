import Model
import Ports

/// The names of files below the data directory.
enum LogPaths {
  static let logDirectory = "log"
  static let journalDirectory = "journal"

  /// What a file of a segment holds; the raw value is its suffix.
  enum Kind: String, CaseIterable {
    case log, index, timeindex
  }

  static func directory(_ partition: TopicPartition) -> String { "\(logDirectory)/\(partition)" }

  static func file(_ partition: TopicPartition, base: Offset, _ kind: Kind) -> String {
    "\(directory(partition))/\(segmentName(base)).\(kind.rawValue)"
  }

  static func leaderEpochs(_ partition: TopicPartition) -> String { "\(directory(partition))/leader-epoch-checkpoint" }

  static func tree(_ partition: TopicPartition) -> String { "\(directory(partition))/tree.hashes" }

  static func journal(_ owner: String) -> String { "\(journalDirectory)/\(owner).journal" }
  static func nextJournal(_ owner: String) -> String { "\(journalDirectory)/\(owner).journal.next" }
  static func durableMark(_ owner: String) -> String { "\(journalDirectory)/\(owner).durable" }
  static func lock(_ owner: String) -> String { "\(journalDirectory)/\(owner).lock" }

  /// Twenty digits, so that names sort as offsets do.
  static func segmentName(_ base: Offset) -> String {
    let digits = String(base.value)
    return String(repeating: "0", count: 20 - digits.utf8.count) + digits
  }

  /// A name that nothing has yet: this one, or this one and a number.
  static func freeName(_ files: any FileSystem, _ path: String) throws(ProwziError) -> String {
    var number = 1
    var name = path
    while try files.exists(name) {
      number += 1
      name = "\(path).\(number)"
    }
    return name
  }

  /// The base offset in a segment file's name.
  /// - Returns: `nil` for files that belong to no segment.
  static func parse(_ name: String) -> (base: Offset, kind: Kind)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 20, let base = Int64(parts[0]), base >= 0, let kind = Kind(rawValue: String(parts[1]))
    else { return nil }
    return (Offset(base), kind)
  }
}
