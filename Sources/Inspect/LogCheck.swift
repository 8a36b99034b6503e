import Merkle
import Model
import Ports
import RecordFormat
import SegmentLog
import Signatures

/// Whether a partition is what was committed: its files, its records against the committed digest, and both against what was signed.
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

  /// What was done to records that had been signed.
  public var tampering: Tampering?
  /// How many signed checkpoints there are, and up to which size the records have the newest of their roots.
  public var checkpoints = 0
  public var confirmed: Int64 = 0

  public var isSound: Bool {
    if case .different = digest { return false }
    return findings.isEmpty && tampering == nil
  }

  /// Checks one partition.
  /// - Parameters:
  ///   - checkpoints: what was signed of it, the signatures verified, ascending.
  ///   - proceed: called for each record; `false` ends the check early, with the digest not computed.
  /// - Complexity: reads the partition twice, a batch in memory at a time.
  public static func run(
    _ target: TopicPartition, of log: SegmentLog, checkpoints: [LogCheckpoint] = [], proceed: () -> Bool
  ) throws(ProwziError) -> LogCheck {
    let bounds = try log.bounds(of: target)
    let findings = try log.verify(target)
    var check = LogCheck(
      target: target, records: bounds.highWatermark.distance(from: bounds.logStart), sizeInBytes: bounds.sizeInBytes, findings: findings,
      digest: .notComputed("the files are damaged"))
    check.checkpoints = checkpoints.count
    if findings.contains(where: \.isLoss) { return check }
    guard let start = try check.start(bounds, log, checkpoints) else { return check }
    var tamper = try TamperCheck(target, log, checkpoints, startingAt: start)
    var isWhole = true
    try log.walk(target, to: bounds.highWatermark) { (records, index) throws(ProwziError) in
      try tamper.append(records.leafHash(of: index))
      isWhole = proceed()
      return isWhole
    }
    if !isWhole {
      check.digest = .notComputed("the check was stopped")
      return check
    }
    let wrongStored: Offset?
    (check.tampering, wrongStored) = try tamper.finish(end: bounds.highWatermark)
    check.confirmed = tamper.confirmed
    if bounds.isTreeWhole {
      check.digest = tamper.tree == bounds.tree ? .same(tamper.tree.root) : .different(committed: bounds.digest, computed: tamper.tree.root)
    }
    if let wrongStored, check.tampering == nil {
      check.findings.append(
        LogFinding(
          file: "log/\(target)/tree.hashes", offset: wrongStored, byte: Int(StoredHashes.index(level: 0, number: wrongStored.value)) * 32,
          problem: "the stored hash is not that of the record; 'prowzi log repair' builds it again", isLoss: false))
    }
    return check
  }

  /// The tree before the first record kept.
  /// - Returns: `nil`, with the reason in `digest`, where it is not known.
  private mutating func start(
    _ bounds: PartitionBounds, _ log: SegmentLog, _ checkpoints: [LogCheckpoint]
  ) throws(ProwziError) -> MerkleTree? {
    guard bounds.isTreeWhole || bounds.logStart == .zero else {
      digest = .notComputed("no whole tree has been kept since the log was repaired")
      return nil
    }
    if !bounds.isTreeWhole { digest = .notComputed("no whole tree has been kept since the log was repaired") }
    if bounds.logStart == .zero { return MerkleTree() }
    for checkpoint in checkpoints.reversed() where checkpoint.size >= bounds.logStart.value {
      let later = (size: checkpoint.size, root: checkpoint.root)
      if let tree = try log.tree(of: target, size: bounds.logStart.value, leadingTo: later) { return tree }
    }
    do throws(ProwziError) {
      return try log.tree(of: target, size: bounds.logStart.value)
    } catch {
      guard error.code == .logTreeDamaged else { throw error }
      digest = .notComputed("records before offset \(bounds.logStart) are no longer kept, nor are their hashes sound")
      return nil
    }
  }
}
