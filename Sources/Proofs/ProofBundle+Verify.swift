import Events
import Fold
import JSON
import Merkle
import Model
import RecordFormat
import Signatures
import Stages

/// What a proof shows.
public struct ProofReport: Sendable, Equatable {
  /// In plain words, each a sentence.
  public var proved: [String] = []
  /// What it does not show, likewise.
  public var notProved: [String] = []
  public var records: [Coordinates] = []
  public var keys: [VerifierKey] = []
  public var isKeyTrusted = false
}

extension ProofBundle {
  /// The topics a chain may have records of, in the order of the file.
  static let topics: [TopicName] = [.raw] + [DerivedTopic.normalized, .enriched, .scored, .banded, .briefs].map(\.name)

  /// Checks everything the bundle says, from nothing but itself.
  /// - Parameter trusted: keys known from elsewhere; empty to take the bundle's own, which proves only what its maker says.
  /// - Throws: `proof.invalid`, `note.bad_signature`, `note.unknown_key`.
  public func verify(trusting trusted: [VerifierKey] = [], place: String) throws(ProwziError) -> ProofReport {
    var check = BundleCheck(bundle: self, place: place)
    return try check.run(trusted)
  }
}

/// One bundle being checked.
private struct BundleCheck {
  let bundle: ProofBundle
  let place: String
  var report = ProofReport()
  private var buffers: [RecordBuffer] = []
  private var values: [JSONDocument?] = []

  init(bundle: ProofBundle, place: String) {
    self.bundle = bundle
    self.place = place
  }

  private func invalid(_ message: String) -> ProwziError { .invalidProof(message, place) }

  mutating func run(_ trusted: [VerifierKey]) throws(ProwziError) -> ProofReport {
    for key in bundle.keys where !trusted.isEmpty && !trusted.contains(key) {
      throw ProwziError(
        "note.unknown_key", "the proof is signed by \(key.name), whose key is not the one given", place: place,
        advice: "Compare the key with the one the log's owner has published.")
    }
    report.isKeyTrusted = !trusted.isEmpty
    report.keys = bundle.keys
    let log = try checkInclusion()
    for record in bundle.records {
      guard let buffer = RecordBuffer(leafData: record.leaf, offset: record.offset) else {
        throw invalid("the leaf of \(record.place) is no record")
      }
      buffers.append(buffer)
      values.append(buffer.records[0].value.flatMap { range in try? JSONDocument(Array(buffer.bytes[range])) })
    }
    report.records = bundle.records.map(\.place)
    report.proved.append(
      "The \(bundle.records.count) records are in the log \(log), each at its offset and byte for byte as here: each leads to a root that was signed by \(bundle.keys.map(\.text).joined(separator: ", "))."
    )
    try checkChain()
    if trusted.isEmpty {
      report.notProved.append("That the key is the log's: compare it with one you have from its owner, or give that with --public-key.")
    }
    report.notProved.append(
      "That the stages computed rightly, and that no other record belongs here: 'prowzi replay --verify' shows that from the log.")
    return report
  }

  // MARK: Signatures and trees

  /// - Returns: the log's name.
  private func checkInclusion() throws(ProwziError) -> String {
    guard let log = bundle.keys.first?.name, bundle.keys.allSatisfy({ $0.name == log }) else {
      throw invalid("the keys are none, or of several logs")
    }
    guard zip(bundle.keys, bundle.keys.dropFirst()).allSatisfy({ $0.text < $1.text }) else { throw invalid("the keys are not in order") }
    var heads: [String: LogCheckpoint] = [:]
    var used: Set<VerifierKey> = []
    var previous = ""
    for note in bundle.checkpoints {
      used.insert(try note.verify(bundle.keys, place: place))
      let head = try LogCheckpoint(note.text, place: place)
      guard head.origin > previous else { throw invalid("the checkpoints are not in order") }
      previous = head.origin
      heads[head.origin] = head
    }
    guard used.count == bundle.keys.count else { throw invalid("a key has signed nothing here") }
    var origins: Set<String> = []
    for record in bundle.records {
      let origin = LogCheckpoint.origin(log: log, record.target)
      guard let head = heads[origin] else { throw invalid("there is no checkpoint for \(record.target)") }
      origins.insert(origin)
      guard
        InclusionProof.verify(
          leaf: MerkleHash.leaf(record.leaf), index: record.offset.value, size: head.size, root: head.root, proof: record.path)
      else { throw invalid("the record \(record.place) is not in the tree that was signed") }
    }
    guard origins.count == heads.count else { throw invalid("a checkpoint belongs to no record") }
    return log
  }

  // MARK: The chain

  private func header(_ name: StaticString, _ index: Int) -> String? {
    buffers[index].header(name, of: 0).map { Array(buffers[index].bytes[$0]).displayText }
  }

  private func text(_ name: StaticString, _ index: Int) -> String? {
    values[index].flatMap { json in json.string(json.member(name, of: json.root)) }
  }

  private func number(_ name: StaticString, _ index: Int) -> Int64? {
    values[index].flatMap { json in json.int(json.member(name, of: json.root)) }
  }

  private func indices(_ topic: TopicName) -> [Int] { bundle.records.indices.filter { bundle.records[$0].target.topic == topic } }

  private mutating func checkChain() throws(ProwziError) {
    func rank(_ record: ProofBundle.Record) -> Int? { ProofBundle.topics.firstIndex(of: record.target.topic) }
    for (a, b) in zip(bundle.records, bundle.records.dropFirst()) {
      guard let first = rank(a), let second = rank(b), (first, a.offset) < (second, b.offset) else {
        throw invalid("the records are not in order")
      }
    }
    guard let partition = bundle.records.first?.target.partition,
      bundle.records.allSatisfy({ $0.target.partition == partition && rank($0) != nil })
    else { throw invalid("the records are none, or not of one partition's chain") }
    let chain = [DerivedTopic.normalized, .enriched, .scored, .banded]
    var stages: [Int] = []
    for topic in chain {
      let found = indices(topic.name)
      guard found.count == 1 else { throw invalid("there is not exactly one record of \(topic.name)") }
      stages.append(found[0])
    }
    let raw = try cause(of: stages[0])
    for index in stages {
      guard header("ce_id", index) == bundle.event.text, text("event_id", index) == bundle.event.text else {
        throw invalid("\(bundle.records[index].place) is of another event")
      }
      guard try cause(of: index) == raw else { throw invalid("\(bundle.records[index].place) has another cause than its event") }
    }
    try checkEvent(stages[0], raw)
    report.proved.append(
      "Each of the four names the raw record \(bundle.records[raw].place) as its cause: normalized at \(bundle.records[stages[0]].offset), enriched at \(bundle.records[stages[1]].offset), scored at \(bundle.records[stages[2]].offset) by \(text("scorer", stages[2]) ?? "an unnamed scorer") and banded '\(text("band", stages[3]) ?? "")' at \(bundle.records[stages[3]].offset)."
    )
    let briefs = try checkBriefs()
    try checkConfigurations(stages + briefs)
    try checkRaw(Set([raw] + briefs.map { index throws(ProwziError) in try cause(of: index) }))
  }

  /// The raw record of the bundle that `prowzi-input` names.
  private func cause(of index: Int) throws(ProwziError) -> Int {
    let place = header("prowzi-input", index)?.split(separator: "#").first.map(String.init)
    guard let found = indices(.raw).first(where: { "\(bundle.records[$0].place)" == place }) else {
      throw invalid("\(bundle.records[index].place) names \(place ?? "nothing") as its cause, which is not here")
    }
    return found
  }

  /// The event's id is what the normalised record says of it, and that record says where it was read.
  private mutating func checkEvent(_ index: Int, _ raw: Int) throws(ProwziError) {
    guard let tenant = header("prowzi-tenant", index), let source = text("source", index), let natural = text("natural_id", index),
      let revision = number("revision", index), let observed = number("observed_at", index), let json = values[index]
    else { throw invalid("the normalised record lacks what its id is made from") }
    var name = NameHash()
    name.add(tenant)
    name.add(source)
    name.add(natural)
    if revision > 1 { name.add(String(revision)) }
    guard EventID(time: Timestamp(milliseconds: observed), name: name.finish()) == bundle.event else {
      throw invalid("the event's id is not what its tenant, source and natural id give")
    }
    guard json.string(json.value(at: "metadata.raw.at", from: json.root)) == "\(bundle.records[raw].place)" else {
      throw invalid("the event was read from another raw record than it names as its cause")
    }
    guard header("prowzi-tenant", raw) == tenant, buffers[raw].records[0].timestamp.milliseconds == observed else {
      throw invalid("the raw record has another tenant or another observed time than the event")
    }
    report.proved.append(
      "Event \(bundle.event) is what source '\(source)' gave under the natural id '\(natural)', revision \(revision), observed \(Timestamp(milliseconds: observed).rfc3339): its id is the hash of these."
    )
  }

  /// - Returns: the briefs' records.
  private mutating func checkBriefs() throws(ProwziError) -> [Int] {
    let briefs = indices(DerivedTopic.briefs.name)
    var told: [String] = []
    for index in briefs {
      guard let json = values[index], let id = text("brief_id", index),
        json.elements(of: json.member("event_ids", of: json.root)).contains(where: { json.string($0) == bundle.event.text })
      else { throw invalid("the brief at \(bundle.records[index].place) does not cite the event") }
      told.append("\(id) revision \(number("revision", index) ?? 1)")
    }
    report.proved.append(told.isEmpty ? "No brief is claimed to cite it." : "Briefs that cite it: \(told.joined(separator: ", ")).")
    return briefs
  }

  /// Every derived record names the digest of its configuration, and the documents are here.
  private mutating func checkConfigurations(_ derived: [Int]) throws(ProwziError) {
    var documents: [String: Int] = [:]
    for index in indices(.raw) where header("ce_type", index) == FoldControl.configurationType {
      let value = buffers[index].records[0].value.map { Array(buffers[index].bytes[$0]) } ?? []
      documents[String(SHA256.digest(of: value).hex.prefix(16))] = index
    }
    var missing: [String] = []
    var named: Set<String> = []
    for index in derived {
      guard let digest = header("prowzi-config", index), digest.utf8.count == 16 else {
        throw invalid("\(bundle.records[index].place) names no configuration")
      }
      named.insert(digest)
      guard let document = documents[digest] else {
        if !missing.contains(digest) { missing.append(digest) }
        continue
      }
      let cause = try cause(of: index)
      guard bundle.records[document].offset < bundle.records[cause].offset else {
        throw invalid("the configuration \(digest) was recorded after what it governs")
      }
    }
    for (digest, index) in documents where !named.contains(digest) {
      throw invalid("the configuration at \(bundle.records[index].place) governs nothing here")
    }
    for digest in documents.keys.sorted() {
      report.proved.append(
        "The configuration \(digest) that the records name is the document at \(bundle.records[documents[digest]!].place).")
    }
    for digest in missing { report.notProved.append("What the configuration \(digest) says: its record is not in the file.") }
  }

  /// Nothing lies here that no other record names.
  private func checkRaw(_ causes: Set<Int>) throws(ProwziError) {
    for index in indices(.raw) where !causes.contains(index) && header("ce_type", index) != FoldControl.configurationType {
      throw invalid("the raw record \(bundle.records[index].place) is the cause of nothing here")
    }
  }
}
