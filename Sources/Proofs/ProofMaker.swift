import Events
import Fold
import Inspect
import JSON
import Merkle
import Model
import Ports
import RecordFormat
import SegmentLog
import Signatures
import Stages

/// Makes proofs from a log and its signed checkpoints.
public struct ProofMaker {
  /// A verified note with what it says and who signed it.
  public struct Head: Sendable {
    public var note: SignedNote
    public var checkpoint: LogCheckpoint
    public var key: VerifierKey

    public init(note: SignedNote, checkpoint: LogCheckpoint, key: VerifierKey) {
      self.note = note
      self.checkpoint = checkpoint
      self.key = key
    }
  }

  private let log: SegmentLog
  private let head: (TopicPartition) throws(ProwziError) -> Head?

  /// - Parameter head: the newest signed checkpoint of a partition.
  public init(_ log: SegmentLog, head: @escaping (TopicPartition) throws(ProwziError) -> Head?) {
    self.log = log
    self.head = head
  }

  /// The bundle of an event's chain: raw, normalized, enriched, scored, banded, every brief revision that cites it, the raw records that caused these,
  /// and the configurations they name.
  ///
  /// - Throws: `event.not_found`; `proof.not_signed` where a record lies behind the newest checkpoint; `log.tree_damaged`.
  /// - Complexity: the id's time leads to the records; the briefs of the partition from that time on are read.
  public func bundle(of event: EventID) throws(ProwziError) -> ProofBundle {
    let normalized = DerivedTopic.normalized.name
    guard let origin = try EventSearch.find(event, in: log, topic: normalized, partitions: log.partitions(of: normalized))?.place else {
      throw ProwziError(
        "event.not_found", "no event has the id \(event)", place: "\(normalized)",
        advice: "`prowzi briefs --format json` shows the events of a brief as event_ids.")
    }
    var places: Set<Coordinates> = [origin]
    for topic in [DerivedTopic.enriched, .scored, .banded] {
      let target = TopicPartition(topic: topic.name, partition: origin.partition)
      guard let place = try EventSearch.find(event, in: log, topic: topic.name, partitions: [target])?.place else {
        throw ProwziError(
          "event.not_found", "the event has no record in \(topic.name)", place: "\(target)",
          advice: "Run `prowzi run`, then make the proof.")
      }
      places.insert(place)
    }
    places.formUnion(try briefs(citing: event, origin.partition))
    // A record is read with its whole batch, so each is read once.
    var known: [Coordinates: RecordBuffer] = [:]
    var configurations: [String: Offset] = [:]
    for place in places {
      let record = try record(at: place)
      known[place] = record
      guard let cause = record.header("prowzi-input", of: 0).flatMap({ Self.coordinates(Array(record.bytes[$0]).displayText) }) else {
        continue
      }
      places.insert(cause)
      if let range = record.header("prowzi-config", of: 0) {
        let digest = Array(record.bytes[range]).displayText
        configurations[digest] = min(configurations[digest] ?? cause.offset, cause.offset)
      }
    }
    for digest in configurations.keys.sorted() {
      if let place = try configuration(digest, before: configurations[digest]!, origin.partition) { places.insert(place) }
    }
    return try bundle(event, places, known)
  }

  private func bundle(_ event: EventID, _ places: Set<Coordinates>, _ records: [Coordinates: RecordBuffer]) throws(ProwziError)
    -> ProofBundle
  {
    func rank(_ place: Coordinates) -> Int { ProofBundle.topics.firstIndex(of: place.topic) ?? 0 }
    let sorted = places.sorted { (rank($0), $0.offset) < (rank($1), $1.offset) }
    var bundle = ProofBundle(event: event, keys: [], checkpoints: [], records: [])
    var heads: [TopicPartition: Head] = [:]
    for place in sorted {
      let target = TopicPartition(topic: place.topic, partition: place.partition)
      let found: Head?
      if let head = heads[target] { found = head } else { found = try head(target) }
      guard let head = found, place.offset.value < head.checkpoint.size else {
        throw ProwziError(
          "proof.not_signed", "no signed checkpoint covers \(place)", place: "\(target)",
          advice: "`prowzi proof sign` signs every partition as it is now; `prowzi keys rotate` makes a key where there is none.")
      }
      heads[target] = head
      let record: RecordBuffer
      if let known = records[place] { record = known } else { record = try self.record(at: place) }
      let path = try log.inclusionProof(of: place.offset, in: target, size: head.checkpoint.size)
      bundle.records.append(.init(target: target, offset: place.offset, leaf: record.leafData(of: 0), path: path))
    }
    let chosen = heads.values.sorted { $0.checkpoint.origin < $1.checkpoint.origin }
    // Other signatures of a note are of nobody the bundle names.
    bundle.checkpoints = chosen.map { head in
      SignedNote(
        text: head.note.text, signatures: Array(head.note.signatures.filter { $0.name == head.key.name && $0.id == head.key.id }.prefix(1)))
    }
    bundle.keys = Set(chosen.map(\.key)).sorted { $0.text < $1.text }
    return bundle
  }

  /// One record, as a buffer of its own.
  private func record(at place: Coordinates) throws(ProwziError) -> RecordBuffer {
    let target = TopicPartition(topic: place.topic, partition: place.partition)
    var buffer = RecordBuffer()
    _ = try log.read(target, from: place.offset, maxRecords: 1, maxBytes: 1, into: &buffer)
    guard let first = buffer.records.first, first.offset == place.offset else {
      throw ProwziError(
        "proof.not_found", "the record \(place) is no longer kept", place: "\(target)",
        advice: "Make proofs before retention removes records.")
    }
    var record = RecordBuffer()
    record.append(0, of: buffer)
    return record
  }

  private func briefs(citing event: EventID, _ partition: PartitionIndex) throws(ProwziError) -> [Coordinates] {
    let target = TopicPartition(topic: DerivedTopic.briefs.name, partition: partition)
    var found: [Coordinates] = []
    let wanted = [UInt8](text: event.text)
    try log.walk(target, from: try log.offset(in: target, atOrAfter: event.time)) { (records, index) throws(ProwziError) in
      guard let value = records.records[index].value, Self.contains(wanted, records.bytes, in: value),
        let json = try? JSONDocument(Array(records.bytes[value]))
      else { return true }
      if json.elements(of: json.member("event_ids", of: json.root)).contains(where: { json.string($0) == event.text }) {
        found.append(Coordinates(topic: target.topic, partition: partition, offset: records.records[index].offset))
      }
      return true
    }
    return found
  }

  /// Whether bytes occur in a range: cheaper than reading every brief as JSON.
  private static func contains(_ wanted: [UInt8], _ bytes: [UInt8], in range: Range<Int>) -> Bool {
    var at = range.lowerBound
    while at + wanted.count <= range.upperBound {
      var matched = 0
      while matched < wanted.count, bytes[at + matched] == wanted[matched] { matched += 1 }
      if matched == wanted.count { return true }
      at += 1
    }
    return false
  }

  /// The last record before an offset whose document has this digest.
  /// - Complexity: reads batch headers; control records are alone in their batches, and only those are looked into.
  private func configuration(_ digest: String, before offset: Offset, _ partition: PartitionIndex) throws(ProwziError) -> Coordinates? {
    let target = TopicPartition(topic: .raw, partition: partition)
    var found: Coordinates?
    try log.forEachBatch(in: target) { (batch) throws(ProwziError) in
      guard batch.header.baseOffset < offset else { return false }
      guard batch.header.recordCount == 1, !batch.header.isControl else { return true }
      let place = Coordinates(topic: .raw, partition: partition, offset: batch.header.baseOffset)
      let record = try record(at: place)
      guard let type = record.header("ce_type", of: 0), record.bytes[type].elementsEqual(FoldControl.configurationType.utf8),
        let value = record.records[0].value, SHA256.digest(of: record.bytes, in: value).hex.hasPrefix(digest)
      else { return true }
      found = place
      return true
    }
    return found
  }

  /// Reads `topic/partition/offset#n`.
  static func coordinates(_ text: String) -> Coordinates? {
    let parts = (text.split(separator: "#").first ?? "").split(separator: "/")
    guard parts.count == 3, let topic = TopicName(String(parts[0])), let partition = Int32(parts[1]), let offset = Int64(parts[2]) else {
      return nil
    }
    return Coordinates(topic: topic, partition: PartitionIndex(partition), offset: Offset(offset))
  }
}
