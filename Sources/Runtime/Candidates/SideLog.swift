import Model
import Ports
import RecordFormat
import Stages

/// A log that is read, with the sets of candidates kept in another: what a scorer makes of a cluster's events lies in a data directory beside it.
///
/// Candidates' topics, and how far their folds are, come from and go to `own`; everything else is `live`'s and is only read.
struct SideLog: LogReader, LogWriter {
  let live: any LogReader
  let own: any LogReader & LogWriter

  private func isOwn(_ topic: TopicName) -> Bool { TopicSet(of: topic) ?? .live != .live }
  private func reader(of target: TopicPartition) -> any LogReader { isOwn(target.topic) ? own : live }

  func topics() -> [TopicDefinition] { (live.topics() + own.topics().filter { isOwn($0.name) }).sorted { $0.name < $1.name } }

  func bounds(of partition: TopicPartition) throws(ProwziError) -> PartitionBounds { try reader(of: partition).bounds(of: partition) }

  func position(of fold: String, in partition: PartitionIndex) throws(ProwziError) -> FoldPosition? {
    try (fold == pipelineFold ? live : own).position(of: fold, in: partition)
  }

  func offset(in partition: TopicPartition, atOrAfter time: Timestamp) throws(ProwziError) -> Offset {
    try reader(of: partition).offset(in: partition, atOrAfter: time)
  }

  func read(
    _ partition: TopicPartition, from offset: Offset, maxRecords: Int, maxBytes: Int, into buffer: inout RecordBuffer
  ) throws(ProwziError) -> Offset {
    try reader(of: partition).read(partition, from: offset, maxRecords: maxRecords, maxBytes: maxBytes, into: &buffer)
  }

  var version: UInt64 { live.version }

  func waitForCommit(timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    try live.waitForCommit(timeoutMilliseconds: timeoutMilliseconds)
  }

  func waitForCommit(after seen: UInt64, timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    try live.waitForCommit(after: seen, timeoutMilliseconds: timeoutMilliseconds)
  }

  func commit(_ commit: Commit) throws(ProwziError) -> [Offset] {
    precondition(commit.appends.allSatisfy { isOwn($0.target.topic) }, "a candidate writes its own topics")
    return try own.commit(commit)
  }

  func close() { own.close() }
}

/// Where the events of candidates are, and where what comes of them is kept: one data directory, or a cluster and a directory beside it.
public struct CandidateBench: Sendable {
  /// Candidates' topics, states and files.
  public let directory: DataDirectory
  /// Where the events are, where that is not the directory itself.
  let live: (any LogPlace)?

  public init(_ directory: DataDirectory) {
    self.directory = directory
    live = nil
  }

  /// - Parameter path: of the directory; made where it is missing.
  /// - Throws: `candidate.not_beside` for a directory that has records of its own, or another number of partitions.
  public init(beside live: any LogPlace, path: String) throws(ProwziError) {
    let directory: DataDirectory
    do throws(ProwziError) {
      directory = try DataDirectory(path: path)
    } catch {
      guard error.code == "data.not_found" else { throw error }
      directory = try DataDirectory.createEmpty(path: path, topics: live.topics.filter { $0.owner != "cluster" })
    }
    let log = try directory.openReader()
    var isEmpty = directory.partitions == live.partitions
    for index in 0..<directory.partitions where isEmpty {
      isEmpty = try log.bounds(of: TopicPartition(topic: .raw, partition: PartitionIndex(index))).highWatermark == .zero
    }
    guard isEmpty else {
      throw ProwziError(
        "candidate.not_beside", "this data directory has records of its own, or another number of partitions than \(live.name)",
        place: path,
        advice: "Name another one with --data: it is made, and holds what a candidate makes of the cluster's events.")
    }
    self.directory = directory
    self.live = live
  }

  /// What was made, and what it was made of.
  func reader() throws(ProwziError) -> any LogReader { try reader(directory.openReader()) }

  func reader(_ own: any LogReader & LogWriter) throws(ProwziError) -> any LogReader & LogWriter {
    guard let live else { return own }
    return SideLog(live: try live.reader(), own: own)
  }

  /// The states that the live fold has kept.
  func archive() throws(ProwziError) -> StateArchive {
    guard let live else { return StateArchive(directory) }
    return StateArchive(live, try live.reader())
  }
}
