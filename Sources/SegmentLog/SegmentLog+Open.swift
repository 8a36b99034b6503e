import Model
import Ports
import RecordFormat

extension SegmentLog {
  /// Makes the directories of a log that holds nothing yet; what is there is left alone.
  public static func create(_ files: any FileSystem, topics: [TopicDefinition]) throws(ProwziError) {
    try files.createDirectory(LogPaths.journalDirectory)
    try files.createDirectory(LogPaths.logDirectory)
    for topic in topics {
      for index in 0..<topic.partitions {
        let directory = LogPaths.directory(TopicPartition(topic: topic.name, partition: PartitionIndex(index)))
        if try !files.exists(directory) { try files.createDirectory(directory) }
      }
    }
    // Also what is there already: whoever made it may not have come to this line.
    try files.syncDirectory(LogPaths.logDirectory)
    try files.syncDirectory("")
  }

  /// Opens a log.
  ///
  /// A writer takes its owner's lock, makes its owner's files agree with the journal (see `Redo`, then `Recovery`), and replaces the journal with a snapshot, so
  /// that nothing it relies on was only in memory. A reader needs no writer to have been there.
  ///
  /// - Parameters:
  ///   - files: rooted at the data directory.
  ///   - topics: all topics there are; directories of new ones are made by a writer.
  /// - Throws: `log.locked`, `log.corrupt`, `log.version`, or what the file system throws.
  /// - Complexity: O(journal + active segments' indexes), whatever the size of the log.
  public static func open(
    _ files: any FileSystem, topics: [TopicDefinition], compressor: any Compressor, access: Access, options: Options = Options()
  ) throws(ProwziError) -> SegmentLog {
    var definitions: [TopicName: TopicDefinition] = [:]
    for topic in topics {
      precondition(definitions[topic.name] == nil, "Each topic is defined once.")
      definitions[topic.name] = topic
    }
    var owners = Set(topics.map(\.owner)).sorted()
    var queue: CommitQueue?
    var recovered = OwnerState()
    if case .write(let owner) = access {
      owners.removeAll { $0 == owner }
      let own = topics.filter { $0.owner == owner }
      (queue, recovered) = try openWriter(files, owner: owner, topics: own, compressor: compressor, options: options)
    }
    let log = SegmentLog(
      files: files, compressor: compressor, options: options, definitions: definitions, followers: owners.map(JournalFollower.init),
      writer: queue)
    if let queue {
      log.visible.withLock { $0.owners[queue.owner] = recovered }
      // The closure must not hold the queue, which holds the closure and the lock.
      queue.publish = { [visible = log.visible, owner = queue.owner] entry in
        visible.change { visible in
          visible.owners[owner, default: OwnerState()].apply(entry)
          visible.version += 1
        }
      }
    }
    _ = try log.poll()
    let version = log.version
    log.lastWaited.withLock { $0 = version }
    return log
  }

  private static func openWriter(
    _ files: any FileSystem, owner: String, topics: [TopicDefinition], compressor: any Compressor, options: Options
  ) throws(ProwziError) -> (CommitQueue, OwnerState) {
    try create(files, topics: topics)
    let lock = try takeLock(files, owner: owner)
    let journal = try Journal.read(files, owner: owner)
    var state = journal?.state ?? OwnerState()
    if let journal { try Redo.run(files, journal) }
    var writers: [TopicPartition: SegmentWriter] = [:]
    for topic in topics {
      for index in 0..<topic.partitions {
        let partition = TopicPartition(topic: topic.name, partition: PartitionIndex(index))
        if journal == nil { try refuseOrphans(files, partition: partition, owner: owner) }
        let recovery = Recovery(files: files, partition: partition, compressor: compressor)
        let recovered = try recovery.run(state.partitions[partition] ?? PartitionState())
        if state.partitions[partition] != nil { state.partitions[partition] = recovered }
        writers[partition] = SegmentWriter(partition: partition, definition: topic, files: files, state: recovered)
      }
    }
    // Counted up, so that the snapshot is an entry like any other.
    state.sequence += 1
    let fresh = try Journal.replace(
      files, owner: owner, generation: (journal?.generation ?? 0) + 1, state: state, growthBytes: options.journalGrowthBytes)
    let queue = CommitQueue(owner: owner, lock: lock, files: files, options: options, journal: fresh, durable: state, writers: writers)
    return (queue, state)
  }

  static func takeLock(_ files: any FileSystem, owner: String) throws(ProwziError) -> any FileLock {
    let path = LogPaths.lock(owner)
    if let lock = try files.lock(path) { return lock }
    var bytes: [UInt8] = []
    try? files.open(path, .read).read(at: 0, count: 20, appendingTo: &bytes)
    let holder = bytes.filter { $0 > 0x20 && $0 < 0x7f }.displayText
    throw ProwziError(
      .logLocked, holder.isEmpty ? "another process writes the topics of \(owner)" : "process \(holder) writes the topics of \(owner)",
      place: path, advice: "Stop that process, or read without writing")
  }

  /// Without a journal nothing is committed, and a writer would remove every segment: only right where there is none.
  private static func refuseOrphans(_ files: any FileSystem, partition: TopicPartition, owner: String) throws(ProwziError) {
    let directory = LogPaths.directory(partition)
    for name in try files.list(directory) {
      guard let (_, kind) = LogPaths.parse(name), kind == .log, try files.open("\(directory)/\(name)", .read).size() > 0 else { continue }
      throw .corrupt("there are segments, but no journal says what is committed", file: LogPaths.journal(owner), byte: 0)
    }
  }
}
