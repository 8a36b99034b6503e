import Dispatch
import Fixtures
import Glibc
import Inspect
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
import Synchronization
import Testing

/// A folded copy of the generated signals, signed, and proofs of its events.
struct SignedLog {
  let folder = TemporaryFolder()
  let directory: DataDirectory
  let key: VerifierKey

  init(every commits: Int = 256, batch: Int = 4000) throws {
    directory = try folder.copy(of: Ingested.directory, as: "signed")
    key = try KeyStore(directory).create(name: "example.com/test")
    var settings = RunSettings(threads: 2)
    settings.batch.records = batch
    settings.signing.commits = commits
    _ = try Runner(directory, settings: settings, clock: FixedClock()).run(stop: StopFlag())
    try signAll()
  }

  func signAll() throws {
    let log = try directory.openReader()
    let signer = try #require(try LogSigner(directory, log: log))
    for topic in log.topics() { try signer.sign(log.partitions(of: topic.name)) }
  }

  func head(_ target: TopicPartition, _ size: Int64) throws(ProwziError) -> ProofMaker.Head {
    let found = try SignatureStore(directory).read(target, size, trusting: KeyStore(directory).verifiers())
    return ProofMaker.Head(note: found.note, checkpoint: found.checkpoint, key: found.key)
  }

  func bundle(_ event: EventID) throws(ProwziError) -> ProofBundle {
    let store = SignatureStore(directory)
    return try ProofMaker(directory.openReader()) { (target) throws(ProwziError) in
      guard let size = try store.sizes(of: target).last else { return nil }
      return try head(target, size)
    }.bundle(of: event)
  }

  /// Events of as many kinds and bands as there are.
  func events(_ count: Int) throws -> [EventID] {
    var byKind: [String: EventID] = [:]
    for record in try directory.records(of: DerivedTopic.banded.name) {
      let json = try JSONDocument(record.value ?? [])
      func text(_ name: StaticString) -> String { json.string(json.member(name, of: json.root)) ?? "" }
      let group = "\(text("band")) \(text("kind"))"
      if byKind[group] == nil { byKind[group] = EventID(text("event_id")) }
    }
    return byKind.sorted { $0.key < $1.key }.map(\.value).prefix(count).map { $0 }
  }
}

@Suite struct ProofTests {
  private static let signed: SignedLog = {
    do { return try SignedLog() } catch { preconditionFailure("\(error)") }
  }()

  /// A bundle without its configuration, whose document is the larger part: what it says is then reported as not proved.
  private static let small: ProofBundle = {
    do {
      var bundle = try signed.bundle(signed.events(1)[0])
      bundle.records.removeAll { record in
        let buffer = RecordBuffer(leafData: record.leaf, offset: record.offset)!
        return buffer.header("ce_type", of: 0).map { buffer.bytes[$0].elementsEqual("io.prowzi.control.config".utf8) } ?? false
      }
      return bundle
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  @Test func eventsOfEveryKindAndBandAreProvedFromTheFileAlone() throws {
    let events = try Self.signed.events(24)
    #expect(events.count >= 20)
    var briefs = 0
    for event in events {
      let bytes = try Self.signed.bundle(event).bytes
      guard case .chain(let bundle) = try ProofFile(bytes, place: "file") else { preconditionFailure("it is a chain") }
      #expect(bundle.bytes == bytes && bundle.event == event)
      let report = try bundle.verify(trusting: [Self.signed.key], place: "file")
      #expect(report.isKeyTrusted && report.notProved.count == 1 && report.records.count >= 6)
      briefs += bundle.records.filter { $0.target.topic == DerivedTopic.briefs.name }.count
      #expect(try bundle.verify(place: "file").notProved.count == 2)
    }
    #expect(briefs >= 8)
  }

  @Test func everyChangedByteOfASmallBundleMakesItFail() throws {
    let bytes = Self.small.bytes
    #expect(try ProofFile(bytes, place: "").verify(place: "").notProved.count == 3)
    let survivors = Mutex<[Int]>([])
    DispatchQueue.concurrentPerform(iterations: bytes.count) { index in
      var changed = bytes
      changed[index] ^= 1 << UInt8(index % 7)
      if (try? ProofFile(changed, place: "").verify(place: "")) != nil { survivors.withLock { $0.append(index) } }
    }
    #expect(survivors.withLock { $0 } == [])
  }

  @Test func aSampleOfChangedRemovedAndAddedBytesMakesALargeBundleFail() throws {
    let bytes = try Self.signed.bundle(Self.signed.events(5)[4]).bytes
    #expect(bytes.count > 50_000)
    var draw = SplitMix64(seed: 11)
    for _ in 0..<120 {
      let at = draw.below(bytes.count)
      var changed = bytes
      switch draw.below(3) {
      case 0: changed[at] ^= UInt8(1 + draw.below(255))
      case 1: changed.remove(at: at)
      default: changed.insert(UInt8(0x20 + draw.below(90)), at: at)
      }
      if changed == bytes { continue }
      #expect(throws: ProwziError.self, "byte \(at)") { _ = try ProofFile(changed, place: "").verify(place: "") }
    }
  }

  @Test func aBundleCutInHalfSaysSo() throws {
    let bytes = try Self.signed.bundle(Self.signed.events(1)[0]).bytes
    for length in [0, 1, bytes.count / 2, bytes.count - 2, bytes.count - 1] {
      let error = #expect(throws: ProwziError.self) { _ = try ProofFile(Array(bytes[..<length]), place: "half.proof") }
      #expect(error?.code == "proof.invalid" && error?.place == "half.proof" && error?.advice != nil)
      if length == bytes.count / 2 { #expect(error?.message.contains("cut off at byte \(length)") == true, "\(error?.message ?? "")") }
    }
  }

  /// What is well formed, and not true.
  @Test func recordsThatDoNotBelongTogetherAreNoProof() throws {
    let events = try Self.signed.events(3)
    let (a, b) = (try Self.signed.bundle(events[0]), try Self.signed.bundle(events[1]))
    func refuse(_ what: String, _ change: (inout ProofBundle) -> Void) {
      var bundle = a
      change(&bundle)
      #expect(throws: ProwziError.self, "\(what)") { _ = try ProofFile(bundle.bytes, place: "").verify(place: "") }
    }
    refuse("another event's id") { $0.event = b.event }
    // That a brief or a configuration was left out cannot be seen from the file, and the report says so.
    let chain = a.records.indices.filter { a.records[$0].target.topic != DerivedTopic.briefs.name && a.records[$0].offset > .zero }
    #expect(chain.count >= 5)
    for index in chain { refuse("without record \(index)") { $0.records.remove(at: index) } }
    for index in a.records.indices { refuse("record \(index) twice") { $0.records.insert($0.records[index], at: index) } }
    refuse("another order") { $0.records.swapAt(0, 1) }
    refuse("another offset") { $0.records[1].offset = $0.records[1].offset.advanced(by: 1) }
    refuse("a longer path") { $0.records[1].path.append(.zero) }
    refuse("a checkpoint too few") { $0.checkpoints.removeLast() }
    refuse("a checkpoint twice") { $0.checkpoints.append($0.checkpoints[0]) }
    refuse("no key") { $0.keys = [] }
    refuse("a key too many") { bundle in
      bundle.keys.append(VerifierKey(name: "example.com/test", key: PublicKey(bytes: [UInt8](repeating: 7, count: 32))!)!)
    }
    refuse("more signatures") { $0.checkpoints[0].signatures += $0.checkpoints[0].signatures }
    let stranger = try SigningKey.generate()
    let other = NoteSigner(name: "example.com/test", key: stranger)!
    let error = #expect(throws: ProwziError.self) { _ = try a.verify(trusting: [other.verifier], place: "") }
    #expect(error?.code == "note.unknown_key")
    // Signed anew by someone else it holds together, and only a trusted key tells.
    var forged = a
    forged.keys = [other.verifier]
    forged.checkpoints = a.checkpoints.map { other.sign($0.text) }
    #expect(try !forged.verify(place: "").isKeyTrusted)
    #expect(throws: ProwziError.self) { _ = try forged.verify(trusting: [Self.signed.key], place: "") }
  }

  @Test(.enabled(if: IndependentPython.isWanted, "No Python with the packages: run ops/python"))
  func anIndependentProgramVerifiesBundlesAndNotes() throws {
    let bundle = try Self.signed.bundle(Self.signed.events(2)[1])
    let path = Self.signed.folder.write(bundle.bytes, to: "python.proof")
    let result = Process.run([IndependentPython.interpreter, IndependentPython.script, path, Self.signed.key.text])
    #expect(result.status == 0)
    let expected = bundle.records.map { "\($0.place) \(MerkleHash.leaf($0.leaf).hex)\n" }.joined()
    #expect(result.output == expected)
    var changed = bundle
    changed.records[1].leaf[30] ^= 1
    let bad = Self.signed.folder.write(changed.bytes, to: "bad.proof")
    #expect(Process.run([IndependentPython.interpreter, IndependentPython.script, bad]).status == 1)

    let target = TopicPartition(topic: .raw, partition: PartitionIndex(0))
    let store = SignatureStore(Self.signed.directory)
    let size = try #require(try store.sizes(of: target).last)
    let note = Process.run([
      IndependentPython.interpreter, IndependentPython.script, "--note", "\(Self.signed.directory.path)/\(store.path(target, size))",
      Self.signed.key.text,
    ])
    let root = try Self.signed.directory.openReader().tree(of: target, size: size).root
    #expect(note.output == "example.com/test/prowzi.raw-0 \(size) \(root.hex)\n")
  }
}

/// The interpreter of `ops/python`, or the one that PROWZI_TEST_PYTHON names.
enum IndependentPython {
  static let interpreter = Place.environment("PROWZI_TEST_PYTHON") ?? Place.package + "/.build/python/bin/python3"
  static let script = Place.package + "/Tests/PipelineTests/verify_proof.py"
  static var isWanted: Bool { access(interpreter, X_OK) == 0 || Place.environment("CI") == "true" }
}
