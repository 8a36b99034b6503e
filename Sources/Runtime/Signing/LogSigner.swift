import Model
import Ports
import SegmentLog
import Signatures
import Synchronization

/// When partitions are signed while something appends to them. None of it changes what is recorded.
public struct SigningPolicy: Sendable {
  /// After so many commits to a partition…
  public var commits = 256
  /// …or at the first commit after so long.
  public var milliseconds: Int64 = 10 * .minute

  public init() {}
}

/// Signs the trees of partitions as they grow. It never signs a tree that does not continue the last one signed.
public final class LogSigner: Sendable {
  private struct Partition: Sendable {
    var commits = 0
    var signedAt: ContinuousClock.Instant
    var last: LogCheckpoint?
    var isLoaded = false
  }

  private let signer: NoteSigner
  private let trusted: [VerifierKey]
  private let store: SignatureStore
  private let log: SegmentLog
  private let policy: SigningPolicy
  private let partitions = Mutex<[TopicPartition: Partition]>([:])

  /// - Parameter key: a private key kept elsewhere; without it the directory's own signs.
  /// - Returns: `nil` where there is no key: such a log is not signed.
  public init?(
    _ directory: DataDirectory, log: SegmentLog, key: SigningKey? = nil, policy: SigningPolicy = SigningPolicy()
  ) throws(ProwziError) {
    let keys = KeyStore(directory)
    guard let signer = try keys.signer(outside: key) else { return nil }
    self.signer = signer
    trusted = try keys.verifiers()
    store = SignatureStore(directory)
    self.log = log
    self.policy = policy
  }

  /// Notes a commit, and signs the partitions for which the time has come.
  func committed(_ targets: [TopicPartition]) throws(ProwziError) {
    let now = ContinuousClock.now
    var due: [TopicPartition] = []
    partitions.withLock { partitions in
      for target in targets {
        var partition = partitions[target] ?? Partition(signedAt: now)
        partition.commits += 1
        if partition.commits >= policy.commits || now - partition.signedAt >= .milliseconds(policy.milliseconds) { due.append(target) }
        partitions[target] = partition
      }
    }
    try sign(due)
  }

  /// Signs partitions as they are now, but for those that have not grown since they were signed last and those without a whole tree.
  /// - Returns: what was signed.
  /// - Throws: `log.tampered` where a partition does not continue what was signed of it.
  @discardableResult
  public func sign(_ targets: [TopicPartition]) throws(ProwziError) -> [LogCheckpoint] {
    var signed: [LogCheckpoint] = []
    for target in targets {
      if let checkpoint = try sign(target) { signed.append(checkpoint) }
    }
    return signed
  }

  private func sign(_ target: TopicPartition) throws(ProwziError) -> LogCheckpoint? {
    let bounds = try log.bounds(of: target)
    guard bounds.isTreeWhole, bounds.tree.size > 0 else { return nil }
    if let last = try last(of: target) {
      try check(bounds, against: last, target)
      if last.size == bounds.tree.size { return nil }
    }
    let checkpoint = LogCheckpoint(
      origin: LogCheckpoint.origin(log: signer.verifier.name, target), size: bounds.tree.size, root: bounds.tree.root)
    try store.write(signer.sign(checkpoint.text), target, size: checkpoint.size)
    partitions.withLock { $0[target] = Partition(signedAt: .now, last: checkpoint, isLoaded: true) }
    return checkpoint
  }

  private func last(of target: TopicPartition) throws(ProwziError) -> LogCheckpoint? {
    if let known = partitions.withLock({ $0[target] }), known.isLoaded { return known.last }
    guard let size = try store.sizes(of: target).last else { return nil }
    return try store.read(target, size, trusting: trusted).checkpoint
  }

  private func check(_ bounds: PartitionBounds, against last: LogCheckpoint, _ target: TopicPartition) throws(ProwziError) {
    func tampered(_ message: String) -> ProwziError {
      ProwziError(
        "log.tampered", message, place: "\(target)",
        advice:
          "`prowzi log verify \(target.topic) --partition \(target.partition)` names what was changed. Nothing more is signed before it is restored."
      )
    }
    guard last.size <= bounds.tree.size else {
      throw tampered("the partition has \(bounds.tree.size) records, and \(last.size) were signed")
    }
    let root: Digest
    do throws(ProwziError) {
      root = try log.tree(of: target, size: last.size).root
    } catch {
      guard error.code == .logTreeDamaged else { throw error }
      throw tampered("the stored hashes do not lead from the \(last.size) records that were signed to those there are")
    }
    guard root == last.root else { throw tampered("the first \(last.size) records are not those that were signed") }
  }
}
