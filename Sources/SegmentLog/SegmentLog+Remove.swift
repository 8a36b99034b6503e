import Model
import Ports

extension SegmentLog {
  /// Takes an owner's lock without opening its topics.
  /// - Throws: `log.locked` where another process has it.
  public static func lock(_ files: any FileSystem, owner: String) throws(ProwziError) -> any FileLock {
    try files.createDirectory(LogPaths.journalDirectory)
    return try takeLock(files, owner: owner)
  }

  /// Removes all topics of an owner, and its journal. The caller holds the owner's lock.
  ///
  /// The journal goes first: without it nothing of the topics counts. What an interruption leaves is removed by the next call.
  public static func remove(_ files: any FileSystem, owner: String, topics: [TopicDefinition]) throws(ProwziError) {
    try DurableMark.remove(files, owner: owner)
    for path in [LogPaths.journal(owner), LogPaths.nextJournal(owner)] where try files.exists(path) { try files.remove(path) }
    try files.syncDirectory(LogPaths.journalDirectory)
    for topic in topics {
      for index in 0..<topic.partitions {
        let directory = LogPaths.directory(TopicPartition(topic: topic.name, partition: PartitionIndex(index)))
        guard try files.exists(directory) else { continue }
        for name in try files.list(directory) { try files.remove("\(directory)/\(name)") }
        try files.removeDirectory(directory)
      }
    }
    try files.syncDirectory(LogPaths.logDirectory)
  }
}
