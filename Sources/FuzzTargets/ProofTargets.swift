import JSON
import Merkle
import Model
import Proofs
import RecordFormat
import Signatures

extension FuzzTargets {
  static let proofs: [FuzzTarget] = [
    FuzzTarget("proof", "a proof file has one form, and checking it ends", maxLength: 16384, seeds: { proofSeeds }, body: checkProof),
    FuzzTarget(
      "signed_note", "a note that is read is written the same, and a changed text is never signed", seeds: { noteSeeds }, body: checkNote),
    FuzzTarget("verifier_key", "a key has one text", maxLength: 400, seeds: { [[UInt8](text: signer.verifier.text)] }, body: checkKey),
  ]

  private static let signer: NoteSigner = {
    guard let key = SigningKey(seed: [UInt8](0..<32)), let signer = NoteSigner(name: "fuzz.example/log", key: key) else {
      preconditionFailure("32 bytes are a seed")
    }
    return signer
  }()

  private static var tree: (records: RecordBuffer, growth: TreeGrowth) {
    let records = sampleRecords
    var growth = TreeGrowth(tree: MerkleTree())
    growth.append(records)
    return (records, growth)
  }

  private static func checkpoint(_ topic: TopicName) -> SignedNote {
    let origin = LogCheckpoint.origin(log: "fuzz.example/log", TopicPartition(topic: topic, partition: PartitionIndex(0)))
    let tree = tree.growth.tree
    return signer.sign(LogCheckpoint(origin: origin, size: tree.size, root: tree.root).text)
  }

  private static var proofSeeds: [[UInt8]] {
    let (records, growth) = tree
    let topics = ["prowzi.raw", "prowzi.normalized"].compactMap { TopicName($0) }
    let path = [records.leafHash(of: 1), records.leafHash(of: 2)]
    let bundle = ProofBundle(
      event: EventID(high: 1 << 60, low: 1 << 63), keys: [signer.verifier], checkpoints: topics.sorted().map(checkpoint),
      records: topics.map {
        .init(target: TopicPartition(topic: $0, partition: PartitionIndex(0)), offset: Offset(0), leaf: records.leafData(of: 0), path: path)
      })
    let head = ProofMaker.Head(
      note: checkpoint(topics[0]), checkpoint: LogCheckpoint(origin: "o", size: growth.tree.size, root: growth.tree.root),
      key: signer.verifier)
    return [bundle.bytes, ConsistencyBundle(from: head, to: head, path: []).bytes]
  }

  private static func checkProof(_ bytes: [UInt8]) throws(BrokenLaw) {
    guard let file = accepted({ () throws(ProwziError) in try ProofFile(bytes, place: "fuzz") }) else { return }
    switch file {
    case .chain(let bundle): try hold(bundle.bytes == bytes, "a bundle is not written as it was read")
    case .consistency(let bundle): try hold(bundle.bytes == bytes, "a bundle is not written as it was read")
    }
    _ = accepted { () throws(ProwziError) in try file.verify(place: "fuzz") }
    _ = accepted { () throws(ProwziError) in try file.verify(trusting: [signer.verifier], place: "fuzz") }
  }

  private static var noteSeeds: [[UInt8]] {
    [
      checkpoint(TopicName(known: "raw")).bytes, [UInt8](text: "a\n1\n\n\n— x AAAAAAA=\n— y AAAAAAA=\n"),
      [UInt8](text: "é\n\n— n QUJDREU=\n"),
    ]
  }

  private static func checkNote(_ bytes: [UInt8]) throws(BrokenLaw) {
    guard let note = accepted({ () throws(ProwziError) in try SignedNote(bytes, place: "fuzz") }) else { return }
    try hold(!note.signatures.isEmpty, "a note without a signature is read")
    guard let again = accepted({ () throws(ProwziError) in try SignedNote(note.bytes, place: "fuzz") }) else {
      throw BrokenLaw("a note that is read cannot be read again")
    }
    try hold(again == note, "a note read again is another")
    if accepted({ () throws(ProwziError) in try note.verify([signer.verifier], place: "fuzz") }) != nil {
      try hold(note.text == checkpoint(TopicName(known: "raw")).text, "a text that was never signed is verified")
    }
    guard let head = accepted({ () throws(ProwziError) in try LogCheckpoint(note.text, place: "fuzz") }) else { return }
    let made = accepted { () throws(ProwziError) in try LogCheckpoint(head.text, place: "fuzz") }
    try hold(made == head, "a checkpoint read again is another")
  }

  private static func checkKey(_ bytes: [UInt8]) throws(BrokenLaw) {
    guard let text = String(validating: bytes, as: UTF8.self),
      let key = accepted({ () throws(ProwziError) in try VerifierKey(text, place: "fuzz") })
    else { return }
    try hold([UInt8](text: key.text) == bytes, "a key has two texts")
  }
}
