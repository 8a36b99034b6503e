import Compression
import Configuration
import Fixtures
import Glibc
import Kafka
import Merkle
import Model
import Ports
import RecordFormat
import Runtime
import Stages
import Synchronization
import Topics

/// Where things lie that tests read.
enum Place {
  static let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  static let signals = package + "/replay-fixtures/" + FixtureFolder.signals
}

/// A folder on the real disk that goes with the object.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/prowzi-kafka-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "a temporary folder can be made")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { _ = Process.run(["/bin/rm", "-rf", path]) }

  func write(_ text: String, to name: String) -> String {
    guard let file = fopen("\(path)/\(name)", "w") else { preconditionFailure("\(name) can be written") }
    fputs(text, file)
    fclose(file)
    return "\(path)/\(name)"
  }
}

/// Three days of the generated signals in an embedded log of two partitions, folded: what a cluster must give as well.
enum Embedded {
  static let start = Timestamp(milliseconds: 1_771_632_000_000)
  static let end = start.adding(milliseconds: 3 * .day)
  static let partitions = 2

  private static let folder = TemporaryFolder()
  static let directory: DataDirectory = {
    do {
      let directory = try DataDirectory.create(
        path: folder.path + "/data", partitions: partitions, configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
      try ingest(into: directory)
      _ = try fold(directory)
      return directory
    } catch { preconditionFailure("\(error)") }
  }()

  static let lines: [String] = {
    do { return try derivedLines(directory) } catch { preconditionFailure("\(error)") }
  }()
}

func ingest(into place: any LogPlace) throws(ProwziError) {
  _ = try Ingest(place, clock: FixedClock()).manifest(
    Place.signals + "/streams.json", streams: nil, from: Embedded.start, to: Embedded.end, stop: StopFlag(), progress: { _ in })
}

@discardableResult
func fold(
  _ place: any LogPlace, batch: Int = 4000, checkpointEvery: Int = 250_000, stop: StopFlag = StopFlag(),
  notice: @escaping @Sendable (String) -> Void = { _ in }
) throws(ProwziError) -> RunReport {
  var settings = RunSettings(threads: 2)
  settings.batch.records = batch
  settings.checkpointRecords = checkpointEvery
  return try Runner(place, settings: settings, clock: FixedClock(), notice: notice).run(stop: stop)
}

/// Count and digest of every derived partition, as comparable lines.
func derivedLines(_ place: any LogPlace) throws(ProwziError) -> [String] {
  let log = try place.reader()
  var lines: [String] = []
  for topic in DerivedTopic.allCases {
    for index in 0..<place.partitions {
      let target = TopicPartition(topic: topic.name, partition: PartitionIndex(index))
      let bounds = try log.bounds(of: target)
      lines.append("\(target) \(bounds.recordCount ?? -1) \(bounds.digest.hex)")
    }
  }
  return lines
}

/// The same, from the records themselves, as a reader that knows nothing of Prowzi's books sees them.
func linesAsRead(_ place: any LogPlace) throws(ProwziError) -> [String] {
  let log = try place.reader()
  var lines: [String] = []
  for topic in DerivedTopic.allCases {
    for index in 0..<place.partitions {
      let target = TopicPartition(topic: topic.name, partition: PartitionIndex(index))
      var growth = TreeGrowth(tree: MerkleTree())
      var next = try log.bounds(of: target).logStart
      while true {
        var buffer = RecordBuffer()
        let following = try log.read(target, from: next, maxRecords: 1000, maxBytes: 1 << 20, into: &buffer)
        growth.append(buffer)
        if following == next { break }
        next = following
      }
      lines.append("\(target) \(growth.tree.size) \(growth.tree.root.hex)")
    }
  }
  return lines
}

/// The pipeline's topics on a cluster.
func allTopics(partitions: Int = Embedded.partitions) throws -> [TopicDefinition] {
  try TopicFiles.builtIn(partitions: partitions) + TopicFiles.cluster(partitions: partitions)
}

func open(_ bootstrap: String, _ extra: [(String, String)] = [], patience: Duration = .seconds(20)) throws(ProwziError) -> Cluster {
  var settings = try KafkaSettings(bootstrap: bootstrap)
  // Connections that break are made again at once: the tests break many.
  try settings.set("reconnect.backoff.ms", "10", place: "test")
  try settings.set("reconnect.backoff.max.ms", "200", place: "test")
  for (name, value) in extra { try settings.set(name, value, place: "test") }
  settings.patience = patience
  return try Cluster(settings, compressor: LibraryCompressor(), events: KafkaEvents(notice: { _ in }))
}
