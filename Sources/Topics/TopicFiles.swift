import JSON
import Model
import Ports
import RecordFormat

/// The topic definitions in `topics/*.json`, carried in the binary.
public enum TopicFiles {
  /// The bytes of each file, by topic name.
  public static var builtInFiles: [(name: String, bytes: [UInt8])] {
    [
      ("prowzi.raw", PackageResources.prowzi_raw_json),
      ("prowzi.normalized", PackageResources.prowzi_normalized_json),
      ("prowzi.enriched", PackageResources.prowzi_enriched_json),
      ("prowzi.scored", PackageResources.prowzi_scored_json),
      ("prowzi.banded", PackageResources.prowzi_banded_json),
      ("prowzi.briefs", PackageResources.prowzi_briefs_json),
      ("prowzi.deadletters", PackageResources.prowzi_deadletters_json),
      ("prowzi.controls", PackageResources.prowzi_controls_json),
      ("prowzi.scorers", PackageResources.prowzi_scorers_json),
    ]
  }

  /// The owner of what only clusters have.
  public static let clusterOwner = "cluster"

  /// What only clusters have, with the given number of partitions: an embedded log keeps the same in its journal and in files.
  public static func cluster(partitions: Int? = nil) throws(ProwziError) -> [TopicDefinition] {
    var result: [TopicDefinition] = []
    for (name, bytes) in [
      ("prowzi.checkpoints", PackageResources.prowzi_checkpoints_json), ("prowzi.positions", PackageResources.prowzi_positions_json),
    ] {
      var topic = try TopicDefinition(file: bytes, place: "topics/\(name).json")
      if let partitions { topic.partitions = partitions }
      result.append(topic)
    }
    return result
  }

  /// Who appends what people decide about the program itself; these topics are small, ordered as a whole, and always one partition.
  public static let controlOwner = "control"

  /// Every topic, with the given number of partitions where it is not the file's own.
  public static func builtIn(partitions: Int? = nil) throws(ProwziError) -> [TopicDefinition] {
    var result: [TopicDefinition] = []
    for file in builtInFiles {
      var topic = try TopicDefinition(file: file.bytes, place: "topics/\(file.name).json")
      if let partitions, topic.owner != controlOwner { topic.partitions = partitions }
      result.append(topic)
    }
    return result
  }
}

extension TopicDefinition {
  /// Reads a topic file.
  /// - Throws: `topic.invalid`, with the file and member as its place.
  public init(file bytes: [UInt8], place: String) throws(ProwziError) {
    let document: JSONDocument
    do {
      document = try JSONDocument(bytes)
    } catch {
      throw ProwziError("topic.invalid", "the topic file is not JSON", place: "\(place), byte \(error.byte)")
    }
    func invalid(_ member: String) -> ProwziError {
      ProwziError(
        "topic.invalid", "the topic file lacks \(member), or it is not what it should be", place: place,
        advice: "Compare with the files in `topics/`.")
    }
    let root = document.root
    guard let text = document.string(document.member("name", of: root)), let name = TopicName(text) else { throw invalid("name") }
    guard let owner = document.string(document.member("owner", of: root)), !owner.isEmpty else { throw invalid("owner") }
    guard let partitions = document.int(document.member("partitions", of: root)), (1...Limits.partitions).contains(Int(partitions)) else {
      throw invalid("partitions (1 to \(Limits.partitions))")
    }
    guard let codec = Codec(name: document.string(document.member("codec", of: root)) ?? "") else { throw invalid("codec") }
    guard let segmentBytes = document.int(document.member("segment_bytes", of: root)), (1024...(1 << 30)).contains(segmentBytes) else {
      throw invalid("segment_bytes (1024 to 1073741824)")
    }
    guard let segmentAge = document.int(document.member("segment_ms", of: root)), segmentAge > 0 else { throw invalid("segment_ms") }
    var schema = ""
    if let node = document.member("value_schema", of: root), document.members(of: node).count > 0 {
      var writer = JSONWriter()
      document.appendCanonical(node, to: &writer)
      schema = writer.bytes.displayText
    }
    self.init(
      name: name, purpose: document.string(document.member("purpose", of: root)) ?? "",
      key: document.string(document.member("key", of: root)) ?? "", owner: owner, partitions: Int(partitions), codec: codec,
      retentionMilliseconds: document.int(document.member("retention_ms", of: root)),
      retentionBytes: document.int(document.member("retention_bytes", of: root)), segmentBytes: Int(segmentBytes),
      segmentMilliseconds: segmentAge, isCompacted: document.bool(document.member("compacted", of: root)) ?? false, valueSchema: schema)
  }

  /// The definition as a topic file: canonical JSON.
  public var fileBytes: [UInt8] {
    var json = JSONWriter()
    json.object {
      $0.key("codec")
      $0.string(codec.name)
      $0.key("compacted")
      $0.bool(isCompacted)
      $0.key("key")
      $0.string(key)
      $0.key("name")
      $0.string(name.text)
      $0.key("owner")
      $0.string(owner)
      $0.key("partitions")
      $0.number(partitions)
      $0.key("purpose")
      $0.string(purpose)
      $0.key("retention_bytes")
      if let retentionBytes { $0.number(retentionBytes) } else { $0.null() }
      $0.key("retention_ms")
      if let retentionMilliseconds { $0.number(retentionMilliseconds) } else { $0.null() }
      $0.key("segment_bytes")
      $0.number(segmentBytes)
      $0.key("segment_ms")
      $0.number(segmentMilliseconds)
      $0.key("value_schema")
      let schema = [UInt8](text: valueSchema.isEmpty ? "{}" : valueSchema)
      $0.raw(schema, in: 0..<schema.count)
    }
    return json.bytes
  }
}
