import JSON
import Model
import Signatures

/// The records of one event's chain, each with the proof that it is in the log.
///
/// *Shape* of the file: canonical JSON and a newline. `checkpoints`: signed notes, one for each partition, by origin. `event_id`. `format`. `keys`: the
/// verifier keys that signed them, each once, sorted. `records`: by topic in the order of the pipeline, then offset; each with `leaf` (base64 of the
/// leaf's data), `offset`, `partition`, `path` (the inclusion proof, base64) and `topic`.
public struct ProofBundle: Sendable, Equatable {
  public struct Record: Sendable, Equatable {
    public var target: TopicPartition
    public var offset: Offset
    /// The leaf's data: timestamp, key, value and headers.
    public var leaf: [UInt8]
    public var path: [Digest]

    public init(target: TopicPartition, offset: Offset, leaf: [UInt8], path: [Digest]) {
      self.target = target
      self.offset = offset
      self.leaf = leaf
      self.path = path
    }

    public var place: Coordinates { Coordinates(topic: target.topic, partition: target.partition, offset: offset) }
  }

  public static let format = "prowzi-proof/1"

  public var event: EventID
  public var keys: [VerifierKey]
  public var checkpoints: [SignedNote]
  public var records: [Record]

  public init(event: EventID, keys: [VerifierKey], checkpoints: [SignedNote], records: [Record]) {
    self.event = event
    self.keys = keys
    self.checkpoints = checkpoints
    self.records = records
  }

  /// The bytes of the file.
  public var bytes: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.key("checkpoints")
      json.array { json in for note in checkpoints { json.string(note.bytes, in: note.bytes.indices) } }
      json.key("event_id")
      json.string(event.text)
      json.key("format")
      json.string(Self.format)
      json.key("keys")
      json.array { json in for key in keys { json.string(key.text) } }
      json.key("records")
      json.array { json in for record in records { Self.write(record, &json) } }
    }
    return json.bytes + [0x0a]
  }

  private static func write(_ record: Record, _ json: inout JSONWriter) {
    json.object { json in
      json.key("leaf")
      json.string(Base64.encode(record.leaf))
      json.key("offset")
      json.number(record.offset.value)
      json.key("partition")
      json.number(Int64(record.target.partition.value))
      json.key("path")
      json.array { json in for hash in record.path { json.string(hash) } }
      json.key("topic")
      json.string(record.target.topic.text)
    }
  }

  /// Reads a file. Its form is checked down to the byte, what it says is not: `verify` does that.
  /// - Throws: `proof.invalid`, `note.invalid`, `key.invalid`.
  public init(_ bytes: [UInt8], place: String) throws(ProwziError) {
    try self.init(ProofReader(bytes, place: place))
  }

  init(_ reader: ProofReader) throws(ProwziError) {
    let root = reader.json.root
    try reader.check(root, ["checkpoints", "event_id", "format", "keys", "records"])
    guard try reader.text("format", root) == Self.format else {
      throw reader.invalid("the file is of another format, and this program reads \(Self.format)")
    }
    let id = try reader.text("event_id", root)
    guard let event = EventID(id), event.text == id else { throw reader.invalid("'event_id' is no event id") }
    self.event = event
    keys = []
    for text in try reader.texts("keys", root) { keys.append(try VerifierKey(text, place: reader.place)) }
    checkpoints = []
    for text in try reader.texts("checkpoints", root) {
      let note = try SignedNote([UInt8](text: text), place: reader.place)
      guard note.bytes == [UInt8](text: text), note.signatures.count == 1 else {
        throw reader.invalid("a checkpoint has not exactly one signature")
      }
      checkpoints.append(note)
    }
    records = []
    for node in try reader.elements("records", root) {
      try reader.check(node, ["leaf", "offset", "partition", "path", "topic"])
      guard let topic = TopicName(try reader.text("topic", node)), let leaf = Base64.decode(try reader.text("leaf", node)),
        let partition = Int32(exactly: try reader.number("partition", node))
      else { throw reader.invalid("a record has no topic, no partition or no leaf") }
      records.append(
        Record(
          target: TopicPartition(topic: topic, partition: PartitionIndex(partition)), offset: Offset(try reader.number("offset", node)),
          leaf: leaf, path: try reader.digests("path", node)))
    }
  }
}
