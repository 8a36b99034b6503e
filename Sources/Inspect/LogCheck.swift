import Merkle
import Model
import Ports
import RecordFormat
import SegmentLog

/// Whether a partition is what was committed: its files, and its records against the committed digest.
public struct LogCheck: Sendable {
  public var target: TopicPartition
  public var records: Int
  public var sizeInBytes: Int
  /// What is wrong in the files.
  public var findings: [LogFinding]
  public var digest: DigestResult

  /// What adding up the records again gave.
  public enum DigestResult: Sendable, Equatable {
    case same(Digest)
    case different(committed: Digest, computed: Digest)
    /// The beginning of the partition is gone, or its files are damaged, so nothing can be added up.
    case notComputed(String)
  }

  public var isSound: Bool {
    if case .different = digest { return false }
    return findings.isEmpty
  }

  /// Checks one partition.
  /// - Parameter proceed: called for each record; `false` ends the check early, with the digest not computed.
  /// - Complexity: reads the partition twice, a batch in memory at a time.
  public static func run(
    _ target: TopicPartition, of log: SegmentLog, proceed: () -> Bool
  ) throws(ProwziError) -> LogCheck {
    let bounds = try log.bounds(of: target)
    let findings = try log.verify(target)
    var check = LogCheck(
      target: target, records: bounds.highWatermark.distance(from: bounds.logStart), sizeInBytes: bounds.sizeInBytes, findings: findings,
      digest: .notComputed("the files are damaged"))
    if findings.contains(where: \.isLoss) { return check }
    guard bounds.isTreeWhole else {
      check.digest = .notComputed("no whole tree has been kept since the log was repaired")
      return check
    }
    var tree: MerkleTree
    do throws(ProwziError) {
      tree = try log.tree(of: target, size: bounds.logStart.value)
    } catch {
      guard error.code == .logTreeDamaged else { throw error }
      check.digest = .notComputed("records before offset \(bounds.logStart) are no longer kept, nor are their hashes sound")
      return check
    }
    var isWhole = true
    try log.walk(target, to: bounds.highWatermark) { (records, index) throws(ProwziError) in
      tree.append(records.leafHash(of: index))
      isWhole = proceed()
      return isWhole
    }
    if !isWhole {
      check.digest = .notComputed("the check was stopped")
    } else {
      check.digest = tree.root == bounds.digest ? .same(tree.root) : .different(committed: bounds.digest, computed: tree.root)
    }
    return check
  }
}
