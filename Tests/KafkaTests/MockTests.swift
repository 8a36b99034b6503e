import Configuration
import Dispatch
import Fold
import Glibc
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

  /// Requests that are refused, leaders and coordinators that move, brokers that are slow. The mock shows records of aborted transactions, so these are
  /// faults after which the library tries the same request again.
  @Test func requestsThatFailAndLeadersThatMoveChangeNothing() throws {
    let mock = MockCluster(brokers: 3)
    let cluster = try prepared(mock)
    // Not leader; coordinator loading, not available, moved; concurrent transactions.
    mock.fail(0, with: [6, 0, 6, 0, 0, 0, 7, 0, 0, 6])
    mock.fail(22, with: [14, 15])
    mock.fail(24, with: [51, 0, 51, 14, 0, 16])
    mock.fail(25, with: [14, 0, 15])
    mock.fail(26, with: [14, 0, 16, 0, 15])
    mock.fail(28, with: [14, 0, 16])
    let mover = Mover(mock)
    try fold(cluster, batch: 60, checkpointEvery: 150)
    mover.finish()
    #expect(try derivedLines(cluster) == Embedded.lines)
    #expect(try linesAsRead(cluster) == Embedded.lines)
  }
}

/// Moves leaders and coordinators about while something is at work.
private final class Mover: Sendable {
  private let stopping = StopFlag()
  private let ended = DispatchGroup()

  init(_ mock: MockCluster) {
    DispatchQueue(label: "mover").async(group: ended) { [stopping] in
      var draw = SplitMix64(seed: 11)
      while !stopping.isRaised {
        let partition = PartitionIndex(draw.below(Embedded.partitions))
        let topic = DerivedTopic.allCases[draw.below(DerivedTopic.allCases.count)].name
        mock.move(TopicPartition(topic: topic, partition: partition), toBroker: Int32(1 + draw.below(3)))
        mock.moveCoordinator(of: "prowzi.pipeline.\(partition)", isTransaction: true, toBroker: Int32(1 + draw.below(3)))
        mock.delay(Int32(1 + draw.below(3)), milliseconds: Int32(draw.below(20)))
        usleep(150_000)
      }
    }
  }

  func finish() {
    stopping.raise()
    ended.wait()
  }
}
