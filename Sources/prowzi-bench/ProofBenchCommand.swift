import CommandLine
import Configuration
import Disk
import JSON
import Merkle
import Model
import Ports
import Proofs
import RecordFormat
import Runtime
import SegmentLog
import Signatures
import Stages

/// Proofs: how many are made and verified a second, and what the tree costs a record.
enum ProofBenchCommand: BenchCommand {
  static let command = Command(
    "proof", "How many proofs are made and verified a second, and what do trees and signatures cost?",
    discussion: """
      Ingests a manifest's captures into a new data directory with a key, folds and signs them, then makes the bundles of events spread over the log and \
      verifies each from its bytes alone; then single inclusion and consistency proofs, tree hashing of records in memory, and signatures.
      """,
    examples: [.init("prowzi-bench proof --manifest captures/streams.json --work /tmp/bench", "the mixed capture")],
    options: [
      .value("manifest", "FILE", "streams to read (see `prowzi ingest --manifest`)", isRequired: true),
      .value("streams", "A,B", "only these sources"), .value("work", "DIR", "new data directory; left for inspection", isRequired: true),
      .value("proofs", "N", "bundles to make", defaultValue: "200"), .value("threads", "N", "workers of the fold", defaultValue: "2"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let directory = try DataDirectory.create(
      path: arguments.required("work"), partitions: 8, configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
    let key = try KeyStore(directory).create(name: "prowzi-bench")
    let streams = arguments.string("streams") == nil ? nil : arguments.list("streams")
    _ = try ScaledIngest(directory, clock: SystemClock()).ingest(
      manifest: arguments.required("manifest"), streams: streams, atLeast: 0)
    let settings = RunSettings(threads: try arguments.integer("threads", in: 1...64) ?? 2)
    let report = try Runner(directory, settings: settings, clock: SystemClock()).run(stop: StopFlag())
    var result = BenchResult("proof")
    result.add("records", Double(report.counters.records))
    try measureSigning(directory, &result)
    let log = try directory.openReader()
    let events = try sample(log, try arguments.integer("proofs", in: 1...1_000_000) ?? 200)
    try measureBundles(events, directory, log, key, &result)
    try measureSingle(log, &result)
    measureHashing(&result)
    try measureSignatures(&result)
    result.print(arguments)
    return .success
  }

  /// Calls a body so often and answers calls a second.
  private static func rate(_ count: Int, _ body: (Int) throws(ProwziError) -> Void) throws(ProwziError) -> Double {
    let start = ContinuousClock.now
    for index in 0..<count { try body(index) }
    return Double(count) / max(1e-9, (ContinuousClock.now - start) / .seconds(1))
  }

  private static func measureSigning(_ directory: DataDirectory, _ result: inout BenchResult) throws(ProwziError) {
    let log = try directory.openReader()
    guard let signer = try LogSigner(directory, log: log) else { preconditionFailure("a key was made") }
    let start = ContinuousClock.now
    let signed = try signer.sign((0..<directory.partitions).map { TopicPartition(topic: .raw, partition: PartitionIndex($0)) })
    result.add("sign_partition_milliseconds", (ContinuousClock.now - start) / .milliseconds(1) / Double(max(1, signed.count)))
  }

  /// Ids of events spread evenly over the log.
  private static func sample(_ log: SegmentLog, _ count: Int) throws(ProwziError) -> [EventID] {
    var events: [EventID] = []
    let topic = DerivedTopic.banded.name
    var sizes: [(TopicPartition, Int64)] = []
    for index in 0..<(log.topics().first { $0.name == topic }?.partitions ?? 0) {
      let target = TopicPartition(topic: topic, partition: PartitionIndex(index))
      sizes.append((target, try log.bounds(of: target).highWatermark.value))
    }
    let total = sizes.reduce(0) { $0 + $1.1 }
    guard total > 0 else { return [] }
    for number in 0..<count {
      var place = Int64(number) * total / Int64(count)
      for (target, size) in sizes {
        if place < size {
          var buffer = RecordBuffer()
          _ = try log.read(target, from: Offset(place), maxRecords: 1, maxBytes: 1, into: &buffer)
          if let id = buffer.header("ce_id", of: 0), let event = EventID(Array(buffer.bytes[id]).displayText) { events.append(event) }
          break
        }
        place -= size
      }
    }
    return events
  }

  private static func measureBundles(
    _ events: [EventID], _ directory: DataDirectory, _ log: SegmentLog, _ key: VerifierKey, _ result: inout BenchResult
  ) throws(ProwziError) {
    let store = SignatureStore(directory)
    let maker = ProofMaker(log) { (target) throws(ProwziError) in
      guard let size = try store.sizes(of: target).last else { return nil }
      let found = try store.read(target, size, trusting: [key])
      return ProofMaker.Head(note: found.note, checkpoint: found.checkpoint, key: found.key)
    }
    var files: [[UInt8]] = []
    let made = try rate(events.count) { (index) throws(ProwziError) in files.append(try maker.bundle(of: events[index]).bytes) }
    result.add("bundles_made_per_second", made)
    result.add("bundle_kilobytes", Double(files.reduce(0) { $0 + $1.count }) / Double(max(1, files.count)) / 1000)
    let verified = try rate(files.count) { (index) throws(ProwziError) in
      _ = try ProofFile(files[index], place: "bundle").verify(trusting: [key], place: "bundle")
    }
    result.add("bundles_verified_per_second", verified)
  }

  private static func measureSingle(_ log: SegmentLog, _ result: inout BenchResult) throws(ProwziError) {
    // The partition with the most records: few streams leave some with none but the configuration.
    var target = TopicPartition(topic: .raw, partition: PartitionIndex(0))
    for other in try log.partitions(of: .raw) where try log.bounds(of: other).highWatermark > log.bounds(of: target).highWatermark {
      target = other
    }
    let tree = try log.bounds(of: target).tree
    var proofs: [[Digest]] = []
    let count = 5000
    func place(_ index: Int) -> Int64 { Int64(index) * tree.size / Int64(count) }
    let made = try rate(count) { (index) throws(ProwziError) in
      proofs.append(try log.inclusionProof(of: Offset(place(index)), in: target, size: tree.size))
    }
    result.add("inclusion_proofs_made_per_second", made)
    var leaves: [Digest] = []
    for index in 0..<count { leaves.append(try log.storedLeaf(Offset(place(index)), in: target)) }
    let root = tree.root
    let verified = try rate(count) { index in
      let holds = InclusionProof.verify(leaf: leaves[index], index: place(index), size: tree.size, root: root, proof: proofs[index])
      precondition(holds, "a proof that was made holds")
    }
    result.add("inclusion_proofs_verified_per_second", verified)
    let consistent = try rate(count) { (index) throws(ProwziError) in
      _ = try log.consistencyProof(in: target, from: place(index), to: tree.size)
    }
    result.add("consistency_proofs_made_per_second", consistent)
  }

  /// What the tree costs beyond the hash of a record's bytes.
  private static func measureHashing(_ result: inout BenchResult) {
    var growth = TreeGrowth(tree: MerkleTree())
    let leaf = SHA256.digest(of: [1])
    let count = 1_000_000
    let start = ContinuousClock.now
    for _ in 0..<count {
      growth.append(leaf)
      if growth.hashes.count > 10_000 { growth.hashes.removeAll(keepingCapacity: true) }
    }
    precondition(growth.tree.size == count, "every leaf counts")
    result.add("tree_nanoseconds_per_record", (ContinuousClock.now - start) / .nanoseconds(1) / Double(count))
  }

  private static func measureSignatures(_ result: inout BenchResult) throws(ProwziError) {
    let key = try SigningKey.generate()
    let message = [UInt8](text: "example.com/log/prowzi.raw-0\n123456\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")
    let signature = key.sign(message)
    result.add("signatures_made_per_second", try rate(2000) { _ in _ = key.sign(message) })
    result.add(
      "signatures_verified_per_second",
      try rate(2000) { _ in precondition(key.publicKey.verify(signature, of: message), "a signature that was made holds") })
  }
}
