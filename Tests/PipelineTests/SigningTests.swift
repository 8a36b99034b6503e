import Glibc
import Inspect
import Merkle
import Model
import Ports
import Proofs
import Runtime
import SegmentLog
import Signatures
import Stages
import Testing

/// Keys, checkpoints as a log grows, and what is done about a log that is not what was signed.
@Suite struct SigningTests {
  private static let banded = TopicPartition(topic: DerivedTopic.banded.name, partition: PartitionIndex(0))

  @Test func aRunSignsAsItGoesAndEachCheckpointContinuesTheOnesBefore() throws {
    let signed = try SignedLog(every: 1, batch: 8)
    let log = try signed.directory.openReader()
    let store = SignatureStore(signed.directory)
    let sizes = try store.sizes(of: Self.banded)
    #expect(sizes.count > 20 && sizes.count <= 96)
    #expect(sizes.last == (try log.bounds(of: Self.banded)).highWatermark.value)
    for (from, to) in [(sizes[0], sizes[sizes.count - 1])] + Array(zip(sizes, sizes.dropFirst())) {
      let bundle = ConsistencyBundle(
        from: try signed.head(Self.banded, from), to: try signed.head(Self.banded, to),
        path: try log.consistencyProof(in: Self.banded, from: from, to: to))
      guard case .consistency(let read) = try ProofFile(bundle.bytes, place: "") else { preconditionFailure("it is one of consistency") }
      #expect(try read == bundle && read.verify(trusting: [signed.key], place: "").isKeyTrusted)
    }
    // Kept the denser the nearer to the end: a commit has some hundred records, as one document can hold many items.
    for (a, b) in zip(sizes, sizes.dropFirst()) { #expect(b - a <= max(128, (sizes.last! - a) / 2), "\(a) to \(b)") }
    let bundle = ConsistencyBundle(
      from: try signed.head(Self.banded, sizes[3]), to: try signed.head(Self.banded, sizes[9]),
      path: try log.consistencyProof(in: Self.banded, from: sizes[3], to: sizes[9]))
    for index in bundle.bytes.indices {
      var changed = bundle.bytes
      changed[index] ^= 1 << UInt8(index % 7)
      #expect(throws: ProwziError.self, "byte \(index)") { _ = try ProofFile(changed, place: "").verify(place: "") }
    }
    // Signing changes nothing of what is recorded.
    #expect(try signed.directory.derivedLines() == Ingested.outcome.derivedLines)
  }

  @Test func aRotatedKeyKeepsOldCheckpointsVerifiable() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    let keys = KeyStore(directory)
    #expect(try keys.signer() == nil && keys.verifiers() == [])
    let first = try keys.create(name: nil)
    #expect(first.name.hasPrefix("prowzi-log/"))
    var status = stat()
    #expect(stat("\(directory.path)/keys/signing.pem", &status) == 0 && status.st_mode & 0o777 == 0o600)
    try fold(directory)
    let second = try keys.rotate()
    #expect(second.name == first.name && second != first)
    #expect(try keys.verifiers() == [first, second])
    #expect(try keys.signer()?.verifier == second)
    let log = try directory.openReader()
    let raw = TopicPartition(topic: .raw, partition: PartitionIndex(0))
    try LogSigner(directory, log: log)?.sign([raw, Self.banded])
    let store = SignatureStore(directory)
    let bandedSize = try #require(try store.sizes(of: Self.banded).last)
    #expect(try store.read(Self.banded, bandedSize, trusting: keys.verifiers()).key == first, "what has not grown is not signed again")
    #expect(try store.read(raw, try #require(try store.sizes(of: raw).last), trusting: keys.verifiers()).key == second)
    let exists = #expect(throws: ProwziError.self) { _ = try keys.create(name: "again") }
    #expect(exists?.code == "key.exists")
  }

  @Test func aKeyKeptElsewhereSignsAndIsNotCopied() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    let key = try SigningKey.generate()
    let path = folder.write(key.pem, to: "outside.pem")
    let keys = KeyStore(directory)
    let verifier = try keys.create(name: "example.com/outside", outside: try KeyStore.outsideKey(path))
    #expect(access("\(directory.path)/keys/signing.pem", F_OK) != 0)
    let log = try directory.openReader()
    #expect(try LogSigner(directory, log: log) == nil, "without the key nothing is signed")
    let raw = TopicPartition(topic: .raw, partition: PartitionIndex(1))
    #expect(try LogSigner(directory, log: log, key: KeyStore.outsideKey(path))?.sign([raw]).count == 1)
    #expect(try SignatureStore(directory).read(raw, SignatureStore(directory).sizes(of: raw)[0], trusting: [verifier]).key == verifier)
    let stranger = #expect(throws: ProwziError.self) { _ = try LogSigner(directory, log: log, key: SigningKey.generate()) }
    #expect(stranger?.code == "key.unknown")
    let missing = #expect(throws: ProwziError.self) { _ = try KeyStore.outsideKey(folder.path + "/nothing.pem") }
    #expect(missing?.code == "file.not_found")
  }

  @Test func aLogThatDoesNotContinueWhatWasSignedIsNotSigned() throws {
    let signed = try SignedLog()
    let log = try signed.directory.openReader()
    let bounds = try log.bounds(of: Self.banded)
    let signer = try #require(try KeyStore(signed.directory).signer())
    let store = SignatureStore(signed.directory)
    let newest = "\(signed.directory.path)/\(store.path(Self.banded, bounds.tree.size))"
    let origin = LogCheckpoint.origin(log: signed.key.name, Self.banded)
    func attempt(_ checkpoint: LogCheckpoint, _ size: Int64) -> ProwziError? {
      let path = "\(signed.directory.path)/\(store.path(Self.banded, size))"
      let old = size == bounds.tree.size ? FileBytes.read(newest) : nil
      FileBytes.write(signer.sign(checkpoint.text).bytes, to: path)
      defer { if let old { FileBytes.write(old, to: path) } else { remove(path) } }
      do throws(ProwziError) {
        _ = try LogSigner(signed.directory, log: log)?.sign([Self.banded])
        return nil
      } catch { return error }
    }
    #expect(attempt(LogCheckpoint(origin: origin, size: bounds.tree.size, root: .zero), bounds.tree.size)?.code == "log.tampered")
    let longer = bounds.tree.size + 1
    #expect(attempt(LogCheckpoint(origin: origin, size: longer, root: bounds.digest), longer)?.code == "log.tampered")
    #expect(attempt(LogCheckpoint(origin: origin + "0", size: longer, root: bounds.digest), longer)?.code == "note.invalid")
    #expect(try LogSigner(signed.directory, log: log)?.sign([Self.banded]) == [])
  }

  @Test func aChangedRecordIsNamedByTheProgram() throws {
    let folder = TemporaryFolder()
    let editor = try SegmentEditor.uncompressed(Ingested.directory, in: folder)
    let key = try KeyStore(editor.directory).create(name: "example.com/test")
    try fold(editor.directory)
    try editor.changeValue(of: Offset(17), in: Self.banded, at: 40) { $0 ^ 1 }
    let result = Process.run([
      Process.prowzi, "log", "verify", "prowzi.banded", "--partition", "0", "--data", editor.directory.path, "--public-key", key.text,
    ])
    #expect(result.status == 1)
    #expect(result.output.contains("tampered with: the record at offset 17 was changed"), "\(result.output)")
    // With another key than the log's, no checkpoint counts.
    let stranger = VerifierKey(name: "example.com/test", key: try SigningKey.generate().publicKey)!
    let other = Process.run([
      Process.prowzi, "log", "verify", "prowzi.scored", "--data", editor.directory.path, "--public-key", stranger.text,
    ])
    #expect(other.status == 1 && other.output.contains("no signature is of a key that is trusted here"))
  }
}
