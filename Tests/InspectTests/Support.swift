import Inspect
import JSON
import Merkle
import Model
import Ports
import RecordFormat
import SegmentLog
import Simulation
import Stages

/// A small log in memory: raw with two partitions and everything derived.
struct SampleLog {
  let files = SimulatedFileSystem()
  let topics: [TopicDefinition]

  init() throws {
    var topics = [TopicDefinition(name: .raw, purpose: "", key: "", owner: "sensors", partitions: 2, codec: .none)]
    for topic in DerivedTopic.allCases {
      topics.append(TopicDefinition(name: topic.name, purpose: "", key: "", owner: "pipeline", partitions: 2, codec: .none))
    }
    self.topics = topics
    try SegmentLog.create(files, topics: topics)
  }

  func reader() throws(ProwziError) -> SegmentLog {
    try SegmentLog.open(files, topics: topics, compressor: NoCompressor(), access: .read)
  }

  /// One record to be: milliseconds, key, value, headers.
  struct Line {
    var time: Int64
    var key: String?
    var value: String
    var headers: [(String, String)] = []
  }

  /// Commits records to one partition, a batch of their own; `leaf` is then what the tree holds instead of each.
  func append(_ topic: TopicName, _ partition: Int, _ lines: [Line], leaf: Digest? = nil) throws(ProwziError) {
    let log = try SegmentLog.open(
      files, topics: topics, compressor: NoCompressor(), access: .write(owner: topic == .raw ? "sensors" : "pipeline"))
    defer { log.close() }
    let target = TopicPartition(topic: topic, partition: PartitionIndex(partition))
    var buffer = RecordBuffer()
    for line in lines {
      buffer.append(
        timestamp: Timestamp(milliseconds: line.time), key: line.key.map { [UInt8](text: $0) }, value: [UInt8](text: line.value),
        headers: line.headers.map { ($0.0, [UInt8](text: $0.1)) })
    }
    var growth = TreeGrowth(tree: try log.bounds(of: target).tree)
    for index in buffer.records.indices { growth.append(leaf ?? buffer.leafHash(of: index)) }
    _ = try log.commit(Commit(appends: [.init(target: target, records: buffer, growth: growth)]))
  }
}

/// Times of these tests: hours after 2026-01-01.
func hour(_ number: Int) -> Int64 { 1_767_225_600_000 + Int64(number) * .hour }

func eventID(_ number: UInt64, at time: Int64) -> EventID {
  EventID(time: Timestamp(milliseconds: time), name: Digest(words: (number << 40, number, 0, 0)))
}

func brief(_ id: String, revision: Int = 1, band: String, evi: Double, kind: String = "news", domain: String = "ai") -> String {
  """
  {"band":"\(band)","brief_id":"\(id)","confidence_score":0.7,"content":{"evidence":[{"claim":"$5M","end":3,"event_id":"e","field":"metrics.amount_usd",\
  "raw":"prowzi.raw/0/1","sha256":"","start":0}],"risk_factors":{"single_source":1},"suggested_actions":["Look."],"summary":"S.","visualizations":[]},\
  "created_at":1,"domain":"\(domain)","event_ids":["e"],"expires_at":null,"headline":"H \(id)","impact_level":"low","kind":"\(kind)","mission_id":null,\
  "revision":\(revision),"status":"active","total_evi":\(evi)}
  """
}
