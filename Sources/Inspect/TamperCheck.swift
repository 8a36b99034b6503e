import Merkle
import Model
import Ports
import RecordFormat
import SegmentLog
import Signatures

/// What was done to records that had been signed.
public struct Tampering: Sendable, Equatable {
  public enum Kind: String, Sendable { case changed, removed, reordered, added }

  /// `nil` where the stored hashes were replaced as well, so that only the range can be told.
  public var kind: Kind?
  /// The first record that is not what was signed; with `end`, somewhere from here on.
  public var offset: Offset
  /// The end of the range, excluded.
  public var end: Offset?
  public var sentence: String
}

/// Holds a partition's records, one after the other, against what was signed of them and against their stored hashes.
///
/// Whoever changes a record can also mend checksums, indexes, journal and stored hashes, but not the signatures. Where the stored hashes still lead to
/// a signed root they are what was signed, and tell the record; where they do not, two neighbouring checkpoints tell the range.
struct TamperCheck {
  /// How far removed, added and moved records are looked for.
  static let window = 64

  private let target: TopicPartition
  private let log: SegmentLog
  private let checkpoints: [LogCheckpoint]
  private var stored: StoredLeaves?
  private(set) var tree: MerkleTree
  /// The largest signed size whose root the records have.
  private(set) var confirmed: Int64 = 0
  private var firstBad: LogCheckpoint?
  /// The first record whose hash is not the stored one, the hashes computed from there on, and those stored.
  private var difference: (offset: Int64, computed: [Digest], stored: [Digest])?

  /// - Parameter checkpoints: verified, ascending.
  init(_ target: TopicPartition, _ log: SegmentLog, _ checkpoints: [LogCheckpoint], startingAt tree: MerkleTree) throws(ProwziError) {
    self.target = target
    self.log = log
    self.checkpoints = checkpoints
    self.tree = tree
    stored = try log.storedLeaves(of: target, from: Offset(tree.size))
    compareRoot()
  }

  /// The next record's leaf.
  mutating func append(_ leaf: Digest) throws(ProwziError) {
    let known = try stored?.following()
    if difference == nil, known != leaf { difference = (tree.size, [], []) }
    if difference != nil, difference!.computed.count <= Self.window {
      difference!.computed.append(leaf)
      if let known { difference!.stored.append(known) }
    }
    tree.append(leaf)
    compareRoot()
  }

  private mutating func compareRoot() {
    guard firstBad == nil, let checkpoint = checkpoints.first(where: { $0.size == tree.size }) else { return }
    if checkpoint.root == tree.root { confirmed = checkpoint.size } else { firstBad = checkpoint }
  }

  /// What was found, once all records were given.
  /// - Parameter end: the committed high watermark.
  mutating func finish(end: Offset) throws(ProwziError) -> (tampering: Tampering?, wrongStored: Offset?) {
    let missing = checkpoints.last.flatMap { $0.size > end.value ? $0 : nil }
    guard let bad = firstBad ?? missing else { return (nil, difference.map { Offset($0.offset) }) }
    // The stored leaves go on where the records end.
    if difference == nil, firstBad == nil { difference = (end.value, [], []) }
    while difference != nil, difference!.stored.count <= Self.window, let known = try stored?.following() {
      difference!.stored.append(known)
    }
    let isAuthentic = try leafLeads(to: bad)
    if isAuthentic, let difference, difference.offset < bad.size { return (name(difference, bad), nil) }
    if firstBad == nil, let missing {
      return (
        Tampering(
          kind: .removed, offset: end, end: Offset(missing.size),
          sentence: "records \(end) to \(missing.size - 1) were signed and are no longer there"), nil
      )
    }
    return (
      Tampering(
        kind: nil, offset: Offset(confirmed), end: Offset(bad.size),
        sentence:
          "a record from offset \(confirmed) to \(bad.size - 1) was changed, removed, reordered or added; the stored hashes were replaced as well, "
          + "so that it cannot be told which"), nil
    )
  }

  /// Whether the stored hash of the record in question leads to the signed root.
  private func leafLeads(to checkpoint: LogCheckpoint) throws(ProwziError) -> Bool {
    guard let difference, difference.offset < checkpoint.size, let leaf = difference.stored.first else { return false }
    return try log.storedLeafLeads(leaf, at: Offset(difference.offset), in: target, to: (checkpoint.size, checkpoint.root))
  }

  private func name(_ difference: (offset: Int64, computed: [Digest], stored: [Digest]), _ bad: LogCheckpoint) -> Tampering {
    let (at, computed, stored) = difference
    func tampering(_ kind: Tampering.Kind, _ sentence: String) -> Tampering {
      Tampering(kind: kind, offset: Offset(at), end: nil, sentence: sentence)
    }
    guard let first = computed.first, let signed = stored.first else {
      return Tampering(
        kind: .removed, offset: Offset(at), end: Offset(bad.size),
        sentence: "the records at offsets \(at) to \(bad.size - 1) were signed and are no longer there")
    }
    if let from = stored.dropFirst().firstIndex(of: first) {
      if let to = computed.dropFirst().firstIndex(of: signed) {
        return tampering(
          .reordered,
          "the records were reordered: at offset \(at) stands what was signed at \(at + Int64(from)), and at \(at + Int64(to)) what was signed here"
        )
      }
      return tampering(
        .removed,
        from == 1
          ? "the record signed at offset \(at) was removed" : "the records signed at offsets \(at) to \(at + Int64(from) - 1) were removed")
    }
    if let to = computed.dropFirst().firstIndex(of: signed) {
      return tampering(
        .added, to == 1 ? "the record at offset \(at) was added" : "the records at offsets \(at) to \(at + Int64(to) - 1) were added")
    }
    return tampering(.changed, "the record at offset \(at) was changed")
  }
}
