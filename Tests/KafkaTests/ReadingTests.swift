import Kafka
import Model
import Ports
import RecordFormat
import Runtime
import Testing

@Suite(.serialized) struct ReadingTests {
  private static let raw = TopicPartition(topic: TopicName(known: "prowzi.raw"), partition: PartitionIndex(0))
  private static let times = [0, 1, 1_771_632_000_000, 1_771_700_000_000, 1_771_800_000_001, 1_772_000_000_000].map {
    Timestamp(milliseconds: $0)
  }

  private func check(_ cluster: Cluster) throws {
    let embedded = try Embedded.directory.openReader()
    let log = try cluster.reader()
    for time in Self.times {
      #expect(try log.offset(in: Self.raw, atOrAfter: time) == embedded.offset(in: Self.raw, atOrAfter: time), "\(time)")
    }
    // Single records anywhere, forwards and backwards, are those of the embedded log.
    for offset in [0, 1, 300, 7, 299, 371, 372].map({ Offset($0) }) {
      var (here, there) = (RecordBuffer(), RecordBuffer())
      _ = try log.read(Self.raw, from: offset, maxRecords: 1, maxBytes: 1, into: &here)
      _ = try embedded.read(Self.raw, from: offset, maxRecords: 1, maxBytes: 1, into: &there)
      #expect(here.records[0].offset == offset)
      #expect(here.leafHash(of: 0) == there.leafHash(of: there.records.firstIndex { $0.offset == offset } ?? 0))
    }
    let end = try log.bounds(of: Self.raw).highWatermark
    #expect(end == Offset(373))
    var buffer = RecordBuffer()
    #expect(try log.read(Self.raw, from: end, maxRecords: 10, maxBytes: 100, into: &buffer) == end)
    #expect(throws: ProwziError.self) {
      try log.read(Self.raw, from: end.advanced(by: 1), maxRecords: 10, maxBytes: 100, into: &buffer)
    }
  }

  @Test func offsetsAndTimesAreThoseOfAnEmbeddedLog() throws {
    let broker = TestBroker()
    try check(try broker.prepared())
  }

  /// The mock cluster does not look up by time, which is told and made up for by reading.
  @Test func aBrokerThatDoesNotLookUpByTimeIsReadInstead() throws {
    let mock = MockCluster()
    mock.makeTopics(try allTopics())
    let cluster = try open(mock.bootstrap)
    try cluster.begin(with: .builtIn(), now: Timestamp(milliseconds: 0))
    try ingest(into: cluster)
    try check(cluster)
  }

  @Test func whatIsNewIsSeenByWhoeverWaits() throws {
    let mock = MockCluster()
    mock.makeTopics(try allTopics())
    let cluster = try open(mock.bootstrap)
    let reader = try cluster.reader()
    #expect(try reader.bounds(of: Self.raw).highWatermark == .zero)
    #expect(try !reader.waitForCommit(timeoutMilliseconds: 10))
    try cluster.begin(with: .builtIn(), now: Timestamp(milliseconds: 0))
    let seen = reader.version
    #expect(try reader.waitForCommit(after: seen, timeoutMilliseconds: 2000))
    #expect(try reader.bounds(of: Self.raw).highWatermark == Offset(1))
  }
}
