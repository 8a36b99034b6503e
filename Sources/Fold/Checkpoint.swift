import Configuration
import Events
import Merkle
import Model
import RecordFormat
import Stages
import State

/// A fold's whole state at an offset, as bytes with a digest.
///
/// *Shape*: the text `PROWZICP`, a version byte, the pipeline's signature, partition, next raw offset, the configuration document, the derived
/// positions with their trees (size, then the frontier), the state, and last the SHA-256 of all that (32 bytes). Equal states give equal bytes.
public enum Checkpoint {
  static let magic = [UInt8](text: "PROWZICP")
  static let version: UInt8 = 3

  /// What checkpoint bytes say about themselves, the state left aside.
  public struct Summary: Sendable {
    public let digest: Digest
    public let signature: String
    public let partition: PartitionIndex
    public let next: Offset

    /// - Throws: `checkpoint.corrupt` where the digest does not fit, `checkpoint.other_format` where an earlier or later program wrote it.
    public init(_ bytes: [UInt8]) throws(ProwziError) {
      var reader = try Checkpoint.reader(bytes)
      digest = Checkpoint.digest(of: bytes) ?? .zero
      signature = try reader.text()
      partition = PartitionIndex(Int(truncatingIfNeeded: try reader.unsigned()))
      next = Offset(try reader.signed())
    }
  }

  /// Checks bytes against their digest.
  /// - Returns: a reader behind the version.
  static func reader(_ bytes: [UInt8]) throws(ProwziError) -> StateReader {
    guard bytes.count > magic.count + 33, Array(bytes[..<magic.count]) == magic,
      digest(of: bytes) == SHA256.digest(of: bytes, in: 0..<bytes.count - 32)
    else {
      throw ProwziError("checkpoint.corrupt", "the checkpoint's bytes do not fit its digest")
    }
    var reader = StateReader(bytes)
    _ = try reader.raw(count: magic.count)
    guard try reader.raw(count: 1) == [version] else {
      throw ProwziError("checkpoint.other_format", "the checkpoint has another format")
    }
    return reader
  }

  /// The digest at the end of checkpoint bytes; `nil` where there is none.
  public static func digest(of bytes: [UInt8]) -> Digest? { bytes.count < 32 ? nil : Digest(bytes: bytes[(bytes.count - 32)...]) }
}

extension PartitionFold {
  /// The bytes of a checkpoint of this moment. Records not yet taken are no part of it, so take them first.
  public func checkpoint() -> [UInt8] {
    precondition(keepsTrees, "a checkpoint holds the trees over all that was made")
    var writer = StateWriter()
    writer.bytes = Checkpoint.magic
    writer.bytes.append(Checkpoint.version)
    writer.text(Pipeline.signature)
    writer.unsigned(UInt64(partition.value))
    writer.signed(next.value)
    writer.blob(configuration?.canonicalBytes ?? [])
    writer.count(produced.count)
    for topic in produced {
      writer.signed(topic.next.value)
      writer.signed(topic.growth.tree.size)
      for hash in topic.growth.tree.frontier { writer.digest(hash) }
    }
    writer.blob(stateBytes())
    writer.digest(SHA256.digest(of: writer.bytes))
    return writer.bytes
  }

  /// Takes up a checkpoint.
  /// - Throws: `checkpoint.corrupt` where the digest does not fit, `checkpoint.other_format` and `checkpoint.other_pipeline` where another program,
  ///   other stages or other versions made it. All can be mended by folding from an older checkpoint or from the beginning.
  public init(_ pipeline: Pipeline, checkpoint bytes: [UInt8]) throws(ProwziError) {
    var reader = try Checkpoint.reader(bytes)
    let signature = try reader.text()
    guard signature == Pipeline.signature else {
      throw ProwziError(
        "checkpoint.other_pipeline", "the checkpoint was made by \(signature), this is \(Pipeline.signature)")
    }
    self.init(pipeline, partition: PartitionIndex(Int(truncatingIfNeeded: try reader.unsigned())))
    next = Offset(try reader.signed())
    let document = try reader.blob()
    if !document.isEmpty { use(try CompiledConfiguration.shared(document: document)) }
    produced = []
    for _ in 0..<(try reader.count()) {
      let next = Offset(try reader.signed())
      produced.append(Produced(next: next, tree: try reader.tree()))
    }
    guard produced.count == DerivedTopic.allCases.count else {
      throw ProwziError("checkpoint.other_pipeline", "the checkpoint has other derived topics")
    }
    var stateReader = StateReader(try reader.blob())
    state = try Pipeline.State(from: &stateReader)
  }

  /// The last stages of a pipeline as a fold of their own, from this moment on: with their state as it stands, their input yet to come, and
  /// nothing produced.
  /// - Parameter part: the state of the last stages within the state of all.
  public func continuing<Rest: Stage>(with rest: Rest, _ part: (Pipeline.State) -> Rest.State) -> PartitionFold<Rest> {
    var other = PartitionFold<Rest>(rest, partition: partition)
    other.state = part(state)
    other.next = next
    if let configuration { other.use(configuration) }
    return other
  }
}

extension StateReader {
  fileprivate mutating func tree() throws(ProwziError) -> MerkleTree {
    let size = try signed()
    var frontier: [Digest] = []
    for _ in 0..<size.nonzeroBitCount { frontier.append(try digest()) }
    guard let tree = MerkleTree(size: size, frontier: frontier) else {
      throw ProwziError("checkpoint.corrupt", "a tree in the checkpoint has a size below zero")
    }
    return tree
  }
}
