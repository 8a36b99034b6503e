import Configuration
import Inspect
import JSON
import Model
import Ports
import Runtime
import Sensors
import Stages

/// What the pipeline makes of a folder of captures: offsets and digests of every derived partition, and counts of what is in them.
///
/// *Shape* of `fileBytes`, the contents of `expected.json`: `configuration` (the digest's first 16 hexadecimal digits), `counts` (`band`,
/// `dead_letter`, `kind`, `record`: name to count), `derived_digest`, and `topics` (for each, by partition: the next offset and the
/// digest).
/// *Determinism*: a function of the captures and the built-in configuration. The clock that ingest asks is fixed.
public struct FixtureOutcome: Sendable, Equatable {
  public struct Partition: Sendable, Equatable {
    public var next: Offset
    public var digest: Digest
  }

  public var configuration: Digest
  public var derivedDigest: Digest
  /// By `DerivedTopic.rawValue`, then by partition.
  public var topics: [[Partition]]
  public var counts: [(group: String, rows: [(name: String, count: Int)])]

  /// How many partitions the fixtures are folded in: part of what they expect.
  public static let partitions = 4

  /// Ingests every stream of `streams.json` and the documents below `feeds/`, and runs the pipeline over them.
  /// - Parameters:
  ///   - captures: the folder that holds `streams.json`.
  ///   - path: a new data directory.
  public static func fold(_ captures: String, into path: String, settings: RunSettings = RunSettings(threads: 2)) throws(ProwziError)
    -> FixtureOutcome
  {
    let directory = try FixtureFolder.ingest(captures, into: path)
    let report = try Runner(directory, settings: settings, clock: FixedClock()).run(stop: StopFlag())
    return try FixtureOutcome(directory, counters: report.counters)
  }

  /// Reads what a data directory holds.
  public init(_ directory: DataDirectory, counters: StageCounters) throws(ProwziError) {
    let log = try directory.openReader()
    configuration = try directory.configurationInForce(log).digest
    derivedDigest = try directory.derivedDigest()
    topics = []
    for topic in DerivedTopic.allCases {
      var row: [Partition] = []
      for index in 0..<directory.partitions {
        let bounds = try log.bounds(of: TopicPartition(topic: topic.name, partition: PartitionIndex(index)))
        row.append(Partition(next: bounds.highWatermark, digest: bounds.digest))
      }
      topics.append(row)
    }
    let events = try RecordCounts.events(in: log) { true }
    let rejections = try RecordCounts.rejections(in: log) { true }
    counts = [
      ("band", events.bands.rows), ("dead_letter", rejections.rows), ("kind", events.kinds.rows),
      (
        "record",
        [
          ("control", counters.controls), ("event", counters.events), ("folded", counters.records), ("rejected", counters.rejected),
          ("repeat", counters.repeats), ("revision", counters.revisions),
        ]
      ),
    ]
  }

  public static func == (a: FixtureOutcome, b: FixtureOutcome) -> Bool { a.fileBytes == b.fileBytes }

  /// The contents of `expected.json`.
  public var fileBytes: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.key("configuration")
      json.string(String(configuration.hex.prefix(16)))
      json.key("counts")
      json.object { json in
        for (group, rows) in counts {
          json.key(group)
          json.object { json in
            for row in rows.sorted(by: { $0.name < $1.name }) {
              json.key(row.name)
              json.number(row.count)
            }
          }
        }
      }
      json.key("derived_digest")
      json.string(derivedDigest.hex)
      json.key("topics")
      json.object { json in
        for topic in DerivedTopic.allCases.sorted(by: { $0.name < $1.name }) {
          json.key(topic.name.text)
          json.array { json in
            for partition in topics[topic.rawValue] { Self.write(partition, &json) }
          }
        }
      }
    }
    guard let text = PrettyJSON.text(json.bytes) else { preconditionFailure("what is written here is JSON") }
    return [UInt8](text: text + "\n")
  }

  private static func write(_ partition: Partition, _ json: inout JSONWriter) {
    json.object { json in
      json.key("digest")
      json.string(partition.digest.hex)
      json.key("next")
      json.number(partition.next.value)
    }
  }
}
