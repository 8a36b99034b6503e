import Glibc
import Kafka
import Merkle
import Model
import Ports
import RecordFormat
import Runtime
import Stages
import Synchronization
import Testing

/// What only transactions can give, against a broker that has them.
@Suite(.serialized) struct ExactlyOnceTests {
  /// Connections that break, answers that are lost and errors that pass, at two seeds: nothing is missing, nothing is there twice, order is kept.
  @Test(arguments: ["3:0.02", "5:0.03"])
  func faultsBetweenClientAndBrokerChangeNothing(chaos: String) throws {
    let broker = TestBroker(["--chaos", chaos])
    let cluster = try broker.prepared()
    // A raw record that an ingest had to send again must not be there twice.
    #expect(try Runner.backlog(try cluster.reader(), partitions: Embedded.partitions) == 557)
    try fold(cluster, batch: 60, checkpointEvery: 150)
    #expect(try derivedLines(cluster) == Embedded.lines)
    #expect(try linesAsRead(cluster) == Embedded.lines)
  }

  /// The program is killed again and again while a reader that follows sees only what is committed.
  @Test func killedTenTimesItLosesAndRepeatsNothing() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    let watched = Watched(TopicPartition(topic: DerivedTopic.banded.name, partition: PartitionIndex(0)), try open(broker.address))
    var draw = SplitMix64(seed: 20_260_221)
    var kills = 0
    for _ in 0..<40 where kills < 10 {
      let child = Process.start(Self.run(broker, "--batch", "5", "--checkpoint-records", "40"))
      usleep(UInt32(250_000 + draw.below(500_000)))
      kill(child, SIGKILL)
      if Process.wait(child) == 128 + SIGKILL { kills += 1 }
    }
    #expect(kills == 10)
    let last = Process.run(Self.run(broker, "--batch", "100"))
    #expect(last.status == 0, "\(last.output)")
    #expect(try derivedLines(cluster) == Embedded.lines)
    #expect(try linesAsRead(cluster) == Embedded.lines)
    let tree = try watched.finish()
    #expect(Embedded.lines.contains("\(watched.target) \(tree.size) \(tree.root.hex)"))
  }

  /// Transactions that were left open by a process that is gone are not waited for, nor seen.
  @Test func aTransactionLeftOpenIsAbortedByWhoeverTakesThePartition() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    // The commit's request is swallowed: everything before it has been sent.
    broker.tell("drop 26 1000")
    let child = Process.start(Self.run(broker, "--batch", "50"))
    usleep(1_500_000)
    kill(child, SIGKILL)
    _ = Process.wait(child)
    broker.tell("clear")
    let log = try cluster.reader()
    let banded = TopicPartition(topic: DerivedTopic.banded.name, partition: PartitionIndex(0))
    #expect(try log.bounds(of: banded).highWatermark == .zero)
    try fold(cluster)
    #expect(try derivedLines(cluster) == Embedded.lines)
    #expect(try linesAsRead(cluster) == Embedded.lines)
  }

  @Test func whoeverLosesAPartitionCanCommitNothingMore() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    let (first, second) = (try cluster.writer("pipeline"), try cluster.writer("pipeline"))
    let partition = PartitionIndex(0)
    func commit(_ log: any LogReader & LogWriter, next: Int64) throws(ProwziError) {
      var records = RecordBuffer()
      records.append(timestamp: Timestamp(milliseconds: 5), key: nil, value: [UInt8](text: "\(next)"))
      _ = try log.commit(
        Commit(
          appends: [.init(target: TopicPartition(topic: DerivedTopic.briefs.name, partition: partition), records: records)],
          positions: [FoldPosition(fold: "pipeline", partition: partition, next: Offset(next))]))
    }
    try first.take(partition, for: "pipeline")
    try commit(first, next: 1)
    try second.take(partition, for: "pipeline")
    #expect(throws: ProwziError.self) { try commit(first, next: 2) }
    do throws(ProwziError) {
      try commit(first, next: 2)
      Issue.record("a fenced writer commits")
    } catch { #expect(error.code == "kafka.fenced", "\(error)") }
    try commit(second, next: 3)
    #expect(try cluster.reader().position(of: "pipeline", in: partition)?.next == Offset(3))
  }

  @Test func aBrokerThatIsGoneForAWhileCostsNothing() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    let child = Process.start(Self.run(broker, "--batch", "10"))
    usleep(700_000)
    broker.tell("pause 3")
    #expect(Process.wait(child) == 0)
    #expect(try derivedLines(cluster) == Embedded.lines)
    #expect(try linesAsRead(cluster) == Embedded.lines)
  }

  /// A process is killed, and the states it has kept are gone (the newest, or all): whoever comes next folds from an older one or from the beginning, and
  /// goes on where the last commit was.
  @Test(arguments: ["newest", "all"])
  func whoeverTakesAPartitionWhoseStateIsGoneFoldsFromFartherBack(lost: String) throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    let partition = PartitionIndex(0)
    let child = Process.start(Self.run(broker, "--batch", "5", "--checkpoint-records", "40"))
    // Some states in, not all records.
    var position: FoldPosition?
    for _ in 0..<600 where (position?.checkpoint?.offset ?? .zero) < Offset(80) {
      usleep(10_000)
      position = try cluster.reader().position(of: "pipeline", in: partition)
    }
    kill(child, SIGKILL)
    _ = Process.wait(child)
    broker.tell("forget prowzi.checkpoints \(lost)")
    usleep(300_000)
    let log = try cluster.reader()
    position = try log.position(of: "pipeline", in: partition)
    let checkpoint = try #require(position?.checkpoint)
    let states = cluster.states(of: "pipeline", log: log)
    do throws(ProwziError) {
      _ = try states.read(partition, at: checkpoint.offset)
      Issue.record("the state is still there")
    } catch { #expect(error.code == "checkpoint.missing", "\(error)") }
    if lost == "newest" {
      let older = try states.offsets(of: partition).filter { $0 < checkpoint.offset }
      #expect(!older.isEmpty && older.contains { (try? states.read(partition, at: $0)) != nil })
    }
    let last = Process.run(Self.run(broker, "--batch", "100"))
    #expect(last.status == 0, "\(last.output)")
    #expect(try derivedLines(cluster) == Embedded.lines)
    #expect(try linesAsRead(cluster) == Embedded.lines)
  }

  /// Two processes share the partitions; one is killed, and the other takes what it had from its last commit on.
  @Test func aGroupTakesOverWhatAKilledMemberLeaves() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    let words = Self.run(
      broker, "--batch", "10", "--group", "--kafka-set", "session.timeout.ms=2000", "--kafka-set", "heartbeat.interval.ms=300")
    let folder = TemporaryFolder()
    let outputs = ["\(folder.path)/one", "\(folder.path)/two"]
    let children = outputs.map { Process.start(words, output: $0) }
    usleep(2_000_000)
    kill(children[0], SIGKILL)
    _ = Process.wait(children[0])
    let status = Process.wait(children[1])
    #expect(status == 0, "\(outputs.map { Process.text(of: $0) })")
    #expect(try derivedLines(cluster) == Embedded.lines)
    #expect(try linesAsRead(cluster) == Embedded.lines)
  }

  /// A second process comes while the first is at work: the partition that moves is handed over at a commit.
  @Test func aGroupHandsPartitionsOverToWhoeverComes() throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    let words = Self.run(broker, "--batch", "6", "--group", "--kafka-set", "heartbeat.interval.ms=200")
    let folder = TemporaryFolder()
    let outputs = ["\(folder.path)/one", "\(folder.path)/two"]
    let first = Process.start(words, output: outputs[0])
    usleep(1_500_000)
    let second = Process.start(words, output: outputs[1])
    #expect(Process.wait(first) == 0, "\(Process.text(of: outputs[0]))")
    #expect(Process.wait(second) == 0, "\(Process.text(of: outputs[1]))")
    #expect(Process.text(of: outputs[0]).contains("handed over"))
    #expect(Process.text(of: outputs[1]).contains("folding partition"))
    #expect(try derivedLines(cluster) == Embedded.lines)
    #expect(try linesAsRead(cluster) == Embedded.lines)
  }

  static func run(_ broker: TestBroker, _ more: String...) -> [String] {
    [Process.prowzi, "run", "--kafka", broker.address, "--threads", "2"] + more
  }
}

/// Follows a partition from a thread of its own, as a consumer that reads only what is committed.
private final class Watched: Sendable {
  let target: TopicPartition
  private let cluster: Cluster
  private let stopping = Atomic<Bool>(false)
  private let state = Mutex((tree: MerkleTree(), next: Offset.zero, failure: String?.none))
  private let thread: Mutex<pthread_t>

  init(_ target: TopicPartition, _ cluster: Cluster) {
    self.target = target
    self.cluster = cluster
    var made = pthread_t()
    thread = Mutex(made)
    pthread_create(
      &made, nil,
      { context in
        let watched = Unmanaged<Watched>.fromOpaque(context!).takeUnretainedValue()
        while !watched.stopping.load(ordering: .acquiring) {
          watched.look()
          usleep(20_000)
        }
        return nil
      }, Unmanaged.passUnretained(self).toOpaque())
    let started = made
    thread.withLock { $0 = started }
  }

  private func look() {
    do throws(ProwziError) {
      var buffer = RecordBuffer()
      let next = state.withLock { $0.next }
      let following = try cluster.reader().read(target, from: next, maxRecords: 1000, maxBytes: 1 << 20, into: &buffer)
      state.withLock { state in
        for index in buffer.records.indices { state.tree.append(buffer.leafHash(of: index)) }
        state.next = following
      }
    } catch { state.withLock { $0.failure = "\(error)" } }
  }

  func finish() throws -> MerkleTree {
    stopping.store(true, ordering: .releasing)
    pthread_join(thread.withLock { $0 }, nil)
    look()
    #expect(state.withLock { $0.failure } == nil)
    return state.withLock { $0.tree }
  }
}
