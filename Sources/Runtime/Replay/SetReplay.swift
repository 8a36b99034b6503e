import Configuration
import Dispatch
import Fold
import Model
import Ports
import SegmentLog
import Stages
import Synchronization

/// How a window is folded into topics of its own. None of it changes what comes out.
public struct SetReplaySettings: Sendable {
  public var run: RunSettings
  public var pace = Pace.unlimited
  /// Drops what is there under the name, whatever it was asked for.
  public var replaces = false

  public init(_ run: RunSettings) { self.run = run }
}

/// Folds a window again, into a set of topics that is thrown away afterwards.
///
/// The set has a journal, a lock and states of its own: the live topics are only read, and whatever writes them goes on undisturbed. What it writes is
/// committed batch by batch as in the live pipeline, so an interrupted replay goes on where it was.
public struct SetReplay: Sendable {
  private let directory: DataDirectory
  private let clock: any SteadyClock

  public init(_ directory: DataDirectory, clock: any SteadyClock) {
    self.directory = directory
    self.clock = clock
  }

  /// Replays, or goes on with what was begun under this name.
  /// - Returns: how far it has come; all the way unless `stop` was raised.
  /// - Throws: `replay.other_request` where the name stands for another request; `log.locked` where somebody is replaying into it; what
  ///   `ReplayRequest.windows(in:partitions:)` and folding throw.
  public func run(
    _ request: ReplayRequest, into name: String, _ settings: SetReplaySettings, stop: StopFlag, progress: @escaping @Sendable (Int) -> Void
  ) throws(ProwziError) -> ReplaySetStatus {
    try request.check()
    let topicSet = try TopicSet(.replay, name)
    var directory = directory
    var known = try directory.replaySet(name)
    if settings.replaces, known != nil || directory.sets.contains(topicSet) {
      try directory.dropReplay(name)
      directory = try directory.reloaded()
      known = nil
    }
    if let known, !known.asksFor(request) {
      throw ProwziError(
        "replay.other_request", "another window, or other stages or another configuration, were replayed under this name", place: name,
        advice: "Choose another name, or give --replace to throw away what is there.")
    }
    let set: ReplaySet
    if let known {
      set = known
    } else {
      let windows = try request.windows(in: try directory.openReader(), partitions: directory.partitions)
      set = ReplaySet(name: name, request: request, windows: windows)
      try directory.write(set)
    }
    directory = try directory.adding(topicSet, topics: request.topics)
    if known != nil {
      let status = try directory.status(of: set, try directory.openReader())
      if status.isComplete { return status }
    }
    let log = try directory.openWriter(topicSet.fold)
    defer { log.close() }
    do throws(ProwziError) {
      request.needsRaw
        ? try fold(RawFeed.self, set, topicSet, directory, log, settings, stop, progress)
        : try fold(EnrichedFeed.self, set, topicSet, directory, log, settings, stop, progress)
    } catch {
      // Stopped on the way to the window: nothing was written yet, and the next time begins anew.
      guard error.code == "interrupted" else { throw error }
    }
    log.close()
    return try directory.status(of: set, log)
  }

  private func fold<Input: Feed>(
    _ feed: Input.Type, _ set: ReplaySet, _ topicSet: TopicSet, _ directory: DataDirectory, _ log: SegmentLog,
    _ settings: SetReplaySettings, _ stop: StopFlag, _ progress: @escaping @Sendable (Int) -> Void
  ) throws(ProwziError) {
    let done = Atomic<Int>(0)
    let report = { @Sendable (count: Int) in progress(done.wrappingAdd(count, ordering: .relaxed).newValue) }
    let threads = settings.run.threads
    let tasks = try Workers.forEach(set.windows.count, threads: threads, stop: stop) { index throws(ProwziError) in
      try Self.task(feed, set, set.windows[index], topicSet, directory, log, settings.run, stop, report)
    }
    if stop.isRaised { return }
    if settings.pace == .unlimited {
      _ = try Workers.forEach(tasks.count, threads: threads, stop: stop) { index throws(ProwziError) in
        while !stop.isRaised {
          let count = try tasks[index].turn()
          if count == 0 { break }
          report(count)
        }
      }
    } else {
      try fold(tasks, Pacer(settings.pace, clock), stop, report)
    }
    // What is complete is not gone on with.
    if stop.isRaised { for task in tasks { try task.finish() } }
  }

  /// In the order of observed times over all partitions, each record when it is due.
  private func fold<Input: Feed>(
    _ tasks: [PartitionTask<Input>], _ pacer: Pacer, _ stop: StopFlag, _ report: (Int) -> Void
  ) throws(ProwziError) {
    var pacer = pacer
    while !stop.isRaised {
      var first: Timestamp?
      for task in tasks {
        if let time = try task.nextTime() { first = min(first ?? time, time) }
      }
      guard let first else { break }
      guard pacer.wait(for: first, stop) else { break }
      let due = max(first, pacer.dueTime())
      for task in tasks { report(try task.turn(upTo: due)) }
    }
    // What is left are raw records that caused nothing.
    for task in tasks {
      while !stop.isRaised, try task.turn() > 0 {}
    }
  }

  private static func task<Input: Feed>(
    _ feed: Input.Type, _ set: ReplaySet, _ window: ReplayWindow, _ topicSet: TopicSet, _ directory: DataDirectory, _ log: SegmentLog,
    _ settings: RunSettings, _ stop: StopFlag, _ report: (Int) -> Void
  ) throws(ProwziError) -> PartitionTask<Input> {
    let revision = set.request.configuration.map { configuration -> PartitionFold<Input.Pipeline>.Revision in { _ in configuration } }
    let fresh = try Input.state(nil, window.partition, atOrBefore: .zero)
    return try PartitionTask<Input>(
      partition: window.partition, set: topicSet, topics: set.request.topics, log: log,
      store: CheckpointStore(files: directory.files, fold: topicSet.fold), settings: settings, end: EndMark(window.to),
      pipeline: fresh.pipeline,
      prepare: { (fold) throws(ProwziError) in if let revision { try fold.revise(revision) } },
      beginning: { () throws(ProwziError) in
        // Kept states have come about under the recorded configurations.
        var fold = revision == nil ? try Input.state(StateArchive(directory), window.partition, atOrBefore: window.from) : fresh
        if let revision { try fold.revise(revision) }
        fold.keepsTrees = false
        var feed = Input(log)
        while fold.next < window.from {
          if stop.isRaised { throw ProwziError("interrupted", "stopped before the window was reached") }
          let count = try feed.advance(&fold, before: window.from, settings.batch)
          if count == 0 { break }
          fold.removeRecords()
          report(count)
        }
        var beginning = fold.continuing(with: fold.pipeline) { $0 }
        if let revision { try beginning.revise(revision) }
        return beginning
      })
  }
}
