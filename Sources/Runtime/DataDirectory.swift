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
  /// How the log is opened.
  public var logOptions = SegmentLog.Options()

  static let topicDirectory = "topics"
  static func definitionPath(_ topic: TopicName) -> String { "\(topicDirectory)/\(topic).json" }
  /// Who appends to `prowzi.raw`.
  public static let sensors = "sensors"
  /// Who appends to everything derived.
  public static let pipeline = "pipeline"

  /// Makes a new data directory and writes the configuration into every raw partition, in one commit.
  /// - Parameter files: where it is made; `nil` for the disk's directory at `path`.
  /// - Throws: `data.exists` where there is one already; `topic.invalid`; what the file system throws.
  public static func create(
    path: String, partitions: Int?, configuration: CompiledConfiguration, now: Timestamp, files: (any FileSystem)? = nil
  ) throws(ProwziError) -> DataDirectory {
    let definitions = try TopicFiles.builtIn(partitions: partitions)
    return try create(path: path, topics: definitions, files: files) { (files) throws(ProwziError) in
      let log = try SegmentLog.open(files, topics: definitions, compressor: LibraryCompressor(), access: .write(owner: sensors))
      defer { log.close() }
      try RawAppender(log: log, partitions: definitions[0].partitions).appendControl(
        type: FoldControl.configurationType, value: configuration.canonicalBytes, at: now)
    }
  }

  static func create(
    path: String, topics definitions: [TopicDefinition], files: (any FileSystem)? = nil,
    fill: (any FileSystem) throws(ProwziError) -> Void
  ) throws(ProwziError) -> DataDirectory {
    let files = files ?? DiskFileSystem(root: path)
    try files.createDirectory("")
    if try files.exists(definitionPath(.raw)) {
      throw ProwziError(
        "data.exists", "there is a Prowzi data directory already", place: path,
        advice: "Use it as it is, or choose another directory with --data.")
    }
    try SegmentLog.create(files, topics: definitions)
    try fill(files)
    // The definitions come last, and the raw topic's last of all: a directory without it is not a data directory, so that whatever an interruption
    // leaves can be made again.
    try files.createDirectory(topicDirectory)
    try files.syncDirectory("")
    for topic in definitions.filter({ $0.name != .raw }) + definitions.filter({ $0.name == .raw }) {
      try write(topic.fileBytes, to: definitionPath(topic.name), files)
    }
    return DataDirectory(path: path, files: files, topics: definitions)
  }

  /// Opens a data directory.
  /// - Parameter files: where it lies; `nil` for the disk's directory at `path`.
  /// - Throws: `data.not_found` where there is none.
  public init(path: String, files: (any FileSystem)? = nil) throws(ProwziError) {
    let files = files ?? DiskFileSystem(root: path)
    guard try files.exists(Self.definitionPath(.raw)) else {
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

  /// A directory whose topics are known.
  package init(path: String, files: any FileSystem, topics: [TopicDefinition], logOptions: SegmentLog.Options = SegmentLog.Options()) {
    self.path = path
    self.files = files
    self.topics = topics
    self.logOptions = logOptions
  }

  /// This directory with the topics that there are now: others may have made or dropped some.
  func reloaded() throws(ProwziError) -> DataDirectory {
    var directory = try DataDirectory(path: path, files: files)
    directory.logOptions = logOptions
    return directory
  }

  /// This directory with other sizes for its log, which its files do not say: for simulations, whose logs are small.
  /// - Parameter retentionBytes: what each derived partition keeps; `nil` leaves it as it is.
  package func resized(segmentBytes: Int, retentionBytes: Int64?) -> DataDirectory {
    let topics = topics.map { topic in
      var topic = topic
      topic.segmentBytes = segmentBytes
      if topic.owner == Self.pipeline, let retentionBytes { topic.retentionBytes = retentionBytes }
      return topic
    }
    return DataDirectory(path: path, files: files, topics: topics, logOptions: logOptions)
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
    return DataDirectory(path: path, files: files, topics: topics + [definition], logOptions: logOptions)
  }

  /// Opens the log for reading. Any number of processes may.
  public func openReader() throws(ProwziError) -> SegmentLog {
    try SegmentLog.open(files, topics: topics, compressor: LibraryCompressor(), access: .read, options: logOptions)
  }

  /// Opens the log to append to the topics of one owner.
  /// - Throws: `log.locked` where another process does.
  public func openWriter(_ owner: String) throws(ProwziError) -> SegmentLog {
    try SegmentLog.open(files, topics: topics, compressor: LibraryCompressor(), access: .write(owner: owner), options: logOptions)
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

  static func read(_ path: String, _ files: any FileSystem, limit: Int = Limits.smallFileBytes) throws(ProwziError) -> [UInt8] {
    try files.open(path, .read).contents(limit: limit, place: path)
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
