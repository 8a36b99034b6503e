import Kafka
import Model
import Ports
import RecordFormat
import Runtime
import Stages
import Testing
import Topics

@Suite(.serialized) struct MirrorTests {
  @Test func aHistoryGoesToAClusterAndBackUnchanged() throws {
    let broker = TestBroker()
    let folder = TemporaryFolder()
    _ = try Cluster.make(try KafkaSettings(bootstrap: broker.address), partitions: Embedded.partitions, events: KafkaEvents())
    let cluster = try open(broker.address)
    let there = try Mirror(from: Embedded.directory, to: cluster).run(stop: StopFlag()) { _ in }
    #expect(there.isEqual)
    #expect(there.lines.reduce(0) { $0 + $1.copied } == 557 + 2146)
    #expect(try derivedLines(cluster) == Embedded.lines)

    let copy = try DataDirectory.createEmpty(path: folder.path + "/copy", topics: TopicFiles.builtIn(partitions: Embedded.partitions))
    let back = try Mirror(from: cluster, to: copy).run(stop: StopFlag()) { _ in }
    #expect(back.isEqual)
    #expect(back.lines.map(\.source) == there.lines.map(\.source))
    #expect(try derivedLines(copy) == Embedded.lines)
    let verified = try Verifier(copy).verify(ReplayRequest(), threads: 2, stop: StopFlag(), progress: { _ in })
    #expect(verified.isIdentical)

    // Both copies can be gone on with, from the state that came with them, and know that nothing is left.
    #expect(try fold(cluster).counters.records == 0)
    #expect(try fold(copy).counters.records == 0)
    // Again there is nothing to copy.
    let again = try Mirror(from: Embedded.directory, to: cluster).run(stop: StopFlag()) { _ in }
    #expect(again.isEqual && again.lines.allSatisfy { $0.copied == 0 })
  }

  @Test func aPlaceWithOtherRecordsIsNotWrittenTo() throws {
    let folder = TemporaryFolder()
    let other = try DataDirectory.create(
      path: folder.path + "/other", partitions: Embedded.partitions, configuration: .builtIn(), now: Timestamp(milliseconds: 7))
    #expect(throws: ProwziError.self) { try Mirror(from: Embedded.directory, to: other).run(stop: StopFlag()) { _ in } }
    let wider = try DataDirectory.create(
      path: folder.path + "/wider", partitions: Embedded.partitions + 1, configuration: .builtIn(), now: Timestamp(milliseconds: 0))
    #expect(throws: ProwziError.self) { try Mirror(from: Embedded.directory, to: wider) }
  }
}
