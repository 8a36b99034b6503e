import Configuration
import Fold
import Kafka
import Model
import Ports
import RecordFormat
import Runtime
import Stages
import Testing

@testable import Runtime

/// The pipeline against librdkafka's mock cluster.
@Suite(.serialized) struct MockTests {
  private func prepared(_ mock: MockCluster) throws -> Cluster {
    mock.makeTopics(try allTopics())
    let cluster = try open(mock.bootstrap)
    try cluster.begin(with: .builtIn(), now: Timestamp(milliseconds: 0))
    try ingest(into: cluster)
    return cluster
  }

  @Test func theSameSignalsGiveTheSameDigestsAsInAnEmbeddedLog() throws {
    let mock = MockCluster()
    let cluster = try prepared(mock)
    _ = try fold(cluster)
    #expect(try derivedLines(cluster) == Embedded.lines)
    #expect(try linesAsRead(cluster) == Embedded.lines)
    let verified = try Verifier(cluster).verify(ReplayRequest(), threads: 2, stop: StopFlag(), progress: { _ in })
    #expect(verified.isIdentical)
    #expect(verified.partitions.reduce(0) { $0 + $1.compared } > 100)
  }
}
