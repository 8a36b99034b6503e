import Compression
import Configuration
import Disk
import Fold
import Glibc
import Model
import Ports
import RecordFormat
import SegmentLog
import Stages
import Topics

/// A directory that holds an embedded log: `topics/` (definitions), `log/` (segments), `journal/` (commits), `checkpoints/` (state).
public struct DataDirectory: LogPlace {
  public let path: String
  public let files: any FileSystem
  public let topics: [TopicDefinition]

  static let topicDirectory = "topics"
  /// Who appends to `prowzi.raw`.
  public static let sensors = "sensors"
  /// Who appends to everything derived.
  public static let pipeline = "pipeline"

  /// Makes a new data directory and writes the configuration into every raw partition, in one commit.
  /// - Throws: `data.exists` where there is one already; `topic.invalid`; what the file system throws.
  public static func create(
    path: String, partitions: Int?, configuration: CompiledConfiguration, now: Timestamp
  ) throws(ProwziError) -> DataDirectory {
    let definitions = try TopicFiles.builtIn(partitions: partitions)
    return try create(path: path, topics: definitions) { (files) throws(ProwziError) in
      let log = try SegmentLog.open(files, topics: definitions, compressor: LibraryCompressor(), access: .write(owner: sensors))
      defer { log.close() }
      try RawAppender(log: log, partitions: definitions[0].partitions).appendControl(
        type: FoldControl.configurationType, value: configuration.canonicalBytes, at: now)
    }
  }

  static func create(
    path: String, topics definitions: [TopicDefinition], fill: (any FileSystem) throws(ProwziError) -> Void
  ) throws(ProwziError) -> DataDirectory {
    let files = DiskFileSystem(root: path)
    try files.createDirectory("")
    if try files.exists(topicDirectory), try !files.list(topicDirectory).isEmpty {
      throw ProwziError(
        "data.exists", "there is a Prowzi data directory already", place: path,
        advice: "Use it as it is, or choose another directory with --data.")
    }
    try SegmentLog.create(files, topics: definitions)
    try fill(files)
    // The definitions come last: a directory without them is not a data directory, so a crash before leaves something that can be made again.
    try files.createDirectory(topicDirectory)
    for topic in definitions { try write(topic.fileBytes, to: "\(topicDirectory)/\(topic.name).json", files) }
    try files.syncDirectory("")
    return DataDirectory(path: path, files: files, topics: definitions)
  }

  /// Opens a data directory.
  /// - Throws: `data.not_found` where there is none.
  public init(path: String) throws(ProwziError) {
    let files = DiskFileSystem(root: path)
    guard try files.exists(Self.topicDirectory) else {
      throw ProwziError(
        "data.not_found", "there is no Prowzi data directory", place: path,
        advice: "Make one with `prowzi init --data \(path)`, or name another with --data.")
    }
    var definitions: [TopicDefinition] = []
    for name in try files.list(Self.topicDirectory) where name.hasSuffix(".json") {
      let file = "\(Self.topicDirectory)/\(name)"
      do throws(ProwziError) {
        definitions.append(try TopicDefinition(file: try Self.read(file, files), place: file))
      } catch {
        // A set of replayed topics may be dropped at this moment.
        if error.code != "file.not_found" { throw error }
      }
    }
    self.init(path: path, files: files, topics: definitions)
  }

  init(path: String, files: any FileSystem, topics: [TopicDefinition]) {
    self.path = path
    self.files = files
    self.topics = topics
  }

  /// This directory with a built-in topic that it may have been made without, by an earlier version: its definition is written on first use.
  public func ensuring(_ name: TopicName) throws(ProwziError) -> DataDirectory {
    if topics.contains(where: { $0.name == name }) { return self }
    guard let definition = try TopicFiles.builtIn(partitions: partitions).first(where: { $0.name == name }) else {
      preconditionFailure("\(name) is a built-in topic")
    }
    // Directories first: a definition promises that they are there.
    try SegmentLog.create(files, topics: [definition])
    try Self.write(definition.fileBytes, to: "\(Self.topicDirectory)/\(name).json", files)
    return DataDirectory(path: path, files: files, topics: topics + [definition])
  }

  /// Opens the log for reading. Any number of processes may.
  public func openReader() throws(ProwziError) -> SegmentLog {
    try SegmentLog.open(files, topics: topics, compressor: LibraryCompressor(), access: .read)
  }

  /// Opens the log to append to the topics of one owner.
  /// - Throws: `log.locked` where another process does.
  public func openWriter(_ owner: String) throws(ProwziError) -> SegmentLog {
    try SegmentLog.open(files, topics: topics, compressor: LibraryCompressor(), access: .write(owner: owner))
  }

  /// As `openWriter`, but waits while another process writes: for a person's single record, which can wait for an ingest to end.
  /// - Throws: `log.locked` where it still does after `patience`.
  public func openWriter(_ owner: String, patience: Duration) throws(ProwziError) -> SegmentLog {
    let deadline = ContinuousClock.now + patience
    while true {
      do throws(ProwziError) {
        return try openWriter(owner)
      } catch {
        guard error.code == "log.locked", ContinuousClock.now < deadline else { throw error }
        usleep(50_000)
      }
    }
  }

  // MARK: As a place

  public var name: String { path }

  public func reader() throws(ProwziError) -> any LogReader { try openReader() }

  public func writer(_ owner: String) throws(ProwziError) -> any LogReader & LogWriter { try openWriter(owner) }

  public func states(of fold: String, log: any LogReader) -> any StateStore { CheckpointStore(files: files, fold: fold) }

  // MARK: Whole files

  static func read(_ path: String, _ files: any FileSystem) throws(ProwziError) -> [UInt8] {
    let file = try files.open(path, .read)
    var bytes: [UInt8] = []
    try file.read(at: 0, count: try file.size(), appendingTo: &bytes)
    return bytes
  }

  /// Writes a file so that a crash leaves the old one or the new one: aside, synced, renamed, directory synced.
  static func write(_ bytes: [UInt8], to path: String, _ files: any FileSystem) throws(ProwziError) {
    let aside = path + ".new"
    if try files.exists(aside) { try files.remove(aside) }
    let file = try files.open(aside, .createNew)
    try file.write(bytes.span, at: 0)
    try file.sync()
    try files.rename(aside, to: path)
    try files.syncDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
  }
}

extension LogPlace {
  /// How many partitions a pipeline over this log has.
  public var partitions: Int { topics.first { $0.name == .raw }?.partitions ?? 0 }

  /// Appends the configuration to every raw partition that has no record yet: what a new pipeline begins with. Doing it again completes what was
  /// interrupted.
  /// - Returns: how many partitions got it.
  @discardableResult
  public func begin(with configuration: CompiledConfiguration, now: Timestamp) throws(ProwziError) -> Int {
    let log = try writer(DataDirectory.sensors)
    defer { log.close() }
    var empty: [Int] = []
    for index in 0..<partitions {
      let bounds = try log.bounds(of: TopicPartition(topic: .raw, partition: PartitionIndex(index)))
      if bounds.highWatermark == .zero { empty.append(index) }
    }
    if empty.isEmpty { return 0 }
    try RawAppender(log: log, partitions: partitions).appendControl(
      type: FoldControl.configurationType, value: configuration.canonicalBytes, at: now, to: empty)
    return empty.count
  }
}
