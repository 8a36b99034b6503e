import JSON
import Merkle
import Model
import Signatures

/// Proof that one signed checkpoint of a partition is the beginning of another.
///
/// *Shape* of the file: canonical JSON and a newline. `format`; `from` and `to`, the signed notes; `keys`, the verifier keys that signed them, each once,
/// sorted; `path`, the consistency proof.
public struct ConsistencyBundle: Sendable, Equatable {
  public static let format = "prowzi-consistency/1"

  public var from: SignedNote
  public var to: SignedNote
  public var keys: [VerifierKey]
  public var path: [Digest]

  /// - Parameter path: the proof between the sizes of the two.
  public init(from: ProofMaker.Head, to: ProofMaker.Head, path: [Digest]) {
    func single(_ head: ProofMaker.Head) -> SignedNote {
      SignedNote(
        text: head.note.text, signatures: Array(head.note.signatures.filter { $0.name == head.key.name && $0.id == head.key.id }.prefix(1)))
    }
    self.from = single(from)
    self.to = single(to)
    keys = Set([from.key, to.key]).sorted { $0.text < $1.text }
    self.path = path
  }

  public var bytes: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.key("format")
      json.string(Self.format)
      json.key("from")
      json.string(from.bytes, in: from.bytes.indices)
      json.key("keys")
      json.array { json in for key in keys { json.string(key.text) } }
      json.key("path")
      json.array { json in for hash in path { json.string(hash) } }
      json.key("to")
      json.string(to.bytes, in: to.bytes.indices)
    }
    return json.bytes + [0x0a]
  }

  init(_ reader: ProofReader) throws(ProwziError) {
    let root = reader.json.root
    try reader.check(root, ["format", "from", "keys", "path", "to"])
    func note(_ name: StaticString) throws(ProwziError) -> SignedNote {
      let bytes = [UInt8](text: try reader.text(name, root))
      let note = try SignedNote(bytes, place: reader.place)
      guard note.bytes == bytes, note.signatures.count == 1 else { throw reader.invalid("a checkpoint has not exactly one signature") }
      return note
    }
    from = try note("from")
    to = try note("to")
    keys = []
    for text in try reader.texts("keys", root) { keys.append(try VerifierKey(text, place: reader.place)) }
    path = try reader.digests("path", root)
  }

  /// Checks it from nothing but itself.
  public func verify(trusting trusted: [VerifierKey] = [], place: String) throws(ProwziError) -> ProofReport {
    func invalid(_ message: String) -> ProwziError { .invalidProof(message, place) }
    let signers = [try from.verify(keys, place: place), try to.verify(keys, place: place)]
    guard Set(signers) == Set(keys), zip(keys, keys.dropFirst()).allSatisfy({ $0.text < $1.text }) else {
      throw invalid("a key has signed nothing here, or the keys are not in order")
    }
    for key in keys where !trusted.isEmpty && !trusted.contains(key) {
      throw ProwziError(
        "note.unknown_key", "the proof is signed by \(key.name), whose key is not the one given", place: place,
        advice: "Compare the key with the one the log's owner has published.")
    }
    let (first, second) = (try LogCheckpoint(from.text, place: place), try LogCheckpoint(to.text, place: place))
    guard first.origin == second.origin else { throw invalid("the checkpoints are of two partitions") }
    guard ConsistencyProof.verify(from: first.size, root: first.root, to: second.size, root: second.root, proof: path) else {
      throw invalid("the tree of \(second.size) records does not continue the one of \(first.size)")
    }
    var report = ProofReport()
    report.keys = keys
    report.isKeyTrusted = !trusted.isEmpty
    report.proved = [
      "The first \(first.size) of \(second.size) records of \(first.origin) are the same, in the same order, as when \(first.size) were signed."
    ]
    if trusted.isEmpty {
      report.notProved = ["That the key is the log's: compare it with one you have from its owner, or give that with --public-key."]
    }
    return report
  }
}

/// A proof file of either kind.
public enum ProofFile: Sendable {
  case chain(ProofBundle)
  case consistency(ConsistencyBundle)

  /// - Throws: `proof.invalid`, with where the file ends if it was cut; `note.invalid`, `key.invalid`.
  public init(_ bytes: [UInt8], place: String) throws(ProwziError) {
    let reader = try ProofReader(bytes, place: place)
    if reader.json.string(reader.json.member("format", of: reader.json.root)) == ConsistencyBundle.format {
      self = .consistency(try ConsistencyBundle(reader))
    } else {
      self = .chain(try ProofBundle(reader))
    }
  }

  public func verify(trusting trusted: [VerifierKey] = [], place: String) throws(ProwziError) -> ProofReport {
    switch self {
    case .chain(let bundle): try bundle.verify(trusting: trusted, place: place)
    case .consistency(let bundle): try bundle.verify(trusting: trusted, place: place)
    }
  }
}
