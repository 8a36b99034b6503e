import Fixtures
import Glibc
import Inspect
import Model
import Ports
import RecordFormat
import Runtime
import Stages
import Synchronization

/// Where things lie that tests read.
enum Place {
  static let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
  static let fixtures = package + "/replay-fixtures"
  static let signals = fixtures + "/" + FixtureFolder.signals
  /// The folder that `PROWZI_CAPTURES` names, else `../shared/captures` beside the package.
  static let captures = environment("PROWZI_CAPTURES") ?? package + "/../shared/captures"
  static var hasCaptures: Bool { access(captures + "/streams.json", R_OK) == 0 }
  static var needsCaptures: Bool { environment("CI") == "true" }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// A folder on the real disk that goes with the object.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("\(Place.environment("TMPDIR") ?? "/tmp")/prowzi-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no temporary folder can be made") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// For folders that live as long as the process, whose objects are never let go.
  func removeAtExit() -> TemporaryFolder {
    Self.atExit.withLock { paths in
      if paths.isEmpty {
        atexit { for path in TemporaryFolder.atExit.withLock({ $0 }) { _ = Process.run(["/bin/rm", "-rf", path]) } }
      }
      paths.append(path)
    }
    return self
  }

  private static let atExit = Mutex<[String]>([])

  deinit { _ = Process.run(["/bin/rm", "-rf", path]) }

  func write(_ bytes: [UInt8], to name: String) -> String {
    FileBytes.write(bytes, to: path + "/" + name)
    return path + "/" + name
  }

  /// An independent copy of a data directory.
  func copy(of directory: DataDirectory, as name: String) throws -> DataDirectory {
    precondition(Process.run(["/bin/cp", "-r", directory.path, path + "/" + name]).status == 0, "the copy is whole")
    return try DataDirectory(path: path + "/" + name)
  }
}

/// Whole files.
enum FileBytes {
  static func read(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { preconditionFailure("\(path) cannot be read") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { return bytes }
      bytes += block[..<count]
    }
  }

  static func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else { preconditionFailure("\(path) cannot be written") }
    defer { fclose(file) }
    precondition(fwrite(bytes, 1, bytes.count, file) == bytes.count, "\(path) is written whole")
  }
}

/// The first week of the generated signals, ingested once and folded once; every test takes a copy.
enum Ingested {
  static let start = Timestamp(milliseconds: 1_771_632_000_000)
  static let end = start.adding(milliseconds: 7 * .day)

  private static let folder = TemporaryFolder().removeAtExit()
  static let directory: DataDirectory = {
    do { return try FixtureFolder.ingest(Place.signals, into: folder.path + "/data", to: end) } catch { preconditionFailure("\(error)") }
  }()

  /// What a plain run makes of them.
  static let folded: (directory: DataDirectory, outcome: FixtureOutcome) = {
    do {
      let copy = try folder.copy(of: directory, as: "reference")
      let report = try fold(copy)
      return (copy, try FixtureOutcome(copy, counters: report.counters))
    } catch {
      preconditionFailure("\(error)")
    }
  }()

  static var outcome: FixtureOutcome { folded.outcome }
  /// Raw records, control records among them.
  static var records: Int { outcome.counts.first { $0.group == "record" }?.rows.first { $0.name == "folded" }?.count ?? 0 }
}

/// Runs the pipeline in this process until all is folded.
@discardableResult
func fold(
  _ directory: DataDirectory, batch: Int = 4000, threads: Int = 2, checkpointEvery: Int = 250_000, stop: StopFlag = StopFlag()
) throws(ProwziError) -> RunReport {
  var settings = RunSettings(threads: threads)
  settings.batch.records = batch
  settings.checkpointRecords = checkpointEvery
  return try Runner(directory, settings: settings, clock: FixedClock()).run(stop: stop)
}

func verify(_ directory: DataDirectory, batch: Int = 4000) throws(ProwziError) -> VerifyReport {
  try Verifier(directory).verify(ReplayRequest(), threads: 2, batch: BatchSize(records: batch), stop: StopFlag(), progress: { _ in })
}

/// A record as it lies in a topic.
struct StoredRecord {
  var partition: PartitionIndex
  var offset: Offset
  var key: [UInt8]?
  var value: [UInt8]?
  var headers: [(name: String, value: [UInt8]?)]

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value?.displayText }
}

extension DataDirectory {
  func records(of topic: TopicName) throws(ProwziError) -> [StoredRecord] {
    let log = try openReader()
    var found: [StoredRecord] = []
    for target in try log.partitions(of: topic) {
      try log.walk(target) { (buffer, index) throws(ProwziError) in
        let layout = buffer.records[index]
        found.append(
          StoredRecord(
            partition: target.partition, offset: layout.offset, key: layout.key.map { Array(buffer.bytes[$0]) },
            value: layout.value.map { Array(buffer.bytes[$0]) }, headers: buffer.headers(of: index)))
        return true
      }
    }
    return found
  }

  /// Next offset and digest of every derived partition, as comparable lines.
  func derivedLines() throws(ProwziError) -> [String] {
    let log = try openReader()
    var lines: [String] = []
    for topic in DerivedTopic.allCases {
      for target in try log.partitions(of: topic.name) {
        let bounds = try log.bounds(of: target)
        lines.append("\(target) \(bounds.highWatermark) \(bounds.digest.hex)")
      }
    }
    return lines
  }
}

extension FixtureOutcome {
  /// As `DataDirectory.derivedLines`.
  var derivedLines: [String] {
    DerivedTopic.allCases.flatMap { topic in
      topics[topic.rawValue].enumerated().map { index, partition in
        "\(TopicPartition(topic: topic.name, partition: PartitionIndex(index))) \(partition.next) \(partition.digest.hex)"
      }
    }
  }
}
