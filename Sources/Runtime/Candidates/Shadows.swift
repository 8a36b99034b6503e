import Model
import Ports
import Scorers
import SegmentLog
import Stages
import Synchronization

/// Starting and stopping shadows. The folding is `prowzi run`'s.
public enum Shadow {
  /// Lets a scorer judge every event from here on beside the one in force.
  /// - Throws: `candidate.exists` where it does already.
  public static func start(_ scorer: CompiledScorer, in directory: DataDirectory, now: Timestamp) throws(ProwziError) -> Candidate {
    if let known = try Candidate.find(.shadow, scorer, in: directory) {
      throw ProwziError(
        "candidate.exists",
        known.ends == nil ? "\(scorer.label) is a shadow already" : "\(scorer.label) was a shadow, and its topics are kept",
        place: "since \(known.createdAt)", advice: "Drop it with `prowzi candidate drop \(scorer.label) --shadow`, then start it again.")
    }
    let candidate = Candidate(
      set: try Candidate.set(.shadow, of: scorer), scorer: scorer, from: nil, to: nil, starts: try positions(directory), ends: nil,
      createdAt: now)
    try candidate.write(in: directory)
    return candidate
  }

  /// Lets it go on to what is folded now and no further.
  /// - Throws: `candidate.not_found` where it is none.
  public static func stop(_ scorer: CompiledScorer, in directory: DataDirectory) throws(ProwziError) -> Candidate {
    guard var known = try Candidate.find(.shadow, scorer, in: directory) else {
      throw ProwziError(
        "candidate.not_found", "\(scorer.label) is no shadow", advice: "`prowzi candidate list` shows which there are.")
    }
    if known.ends != nil { return known }
    known.ends = try positions(directory)
    try known.write(in: directory)
    return known
  }

  private static func positions(_ directory: DataDirectory) throws(ProwziError) -> [Offset] {
    let log = try directory.openReader()
    var found: [Offset] = []
    for index in 0..<directory.partitions { found.append(try log.position(of: pipelineFold, in: PartitionIndex(index))?.next ?? .zero) }
    return found
  }
}

/// The shadows that a run folds: looked for now and then, taken up, and let go of when they end.
///
/// What goes wrong with a shadow is told and ends the shadow, never the run.
final class Shadows: Sendable {
  private struct Running: Sendable {
    var log: SegmentLog
    var ends: [EndMark]
    var tasks: [any FoldTurns]
    var left: Int
  }

  private struct State: Sendable {
    var running: [TopicSet: Running] = [:]
    /// Not to be tried again in this run.
    var given: Set<TopicSet> = []
    var lastLook: ContinuousClock.Instant?
  }

  private let directory: DataDirectory
  private let settings: RunSettings
  private let notice: @Sendable (String) -> Void
  private let state = Mutex(State())

  static let lookEvery = Duration.seconds(1)

  init(_ directory: DataDirectory, settings: RunSettings, notice: @escaping @Sendable (String) -> Void) {
    self.directory = directory
    self.settings = settings
    self.notice = notice
  }

  /// Takes up shadows that are new, and tells those that were stopped where they end.
  func look(_ turns: TurnTaking) {
    let isDue = state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.lastLook, now - last < Self.lookEvery { return false }
      state.lastLook = now
      return true
    }
    guard isDue else { return }
    do throws(ProwziError) {
      for candidate in try Candidate.all(in: directory) where candidate.set.role == .shadow { update(candidate, turns) }
    } catch {
      notice("shadows cannot be looked for: \(error.message)")
    }
  }

  private func update(_ candidate: Candidate, _ turns: TurnTaking) {
    let isKnown = state.withLock { state in
      if let running = state.running[candidate.set], let ends = candidate.ends {
        for (mark, end) in zip(running.ends, ends) { mark.set(end) }
      }
      return state.running[candidate.set] != nil || state.given.contains(candidate.set)
    }
    if isKnown { return }
    do throws(ProwziError) {
      let wider = try directory.adding(candidate.set, topics: Candidate.topics)
      let log = try wider.openWriter(candidate.set.fold)
      var tasks: [any FoldTurns] = []
      var ends: [EndMark] = []
      for index in 0..<directory.partitions {
        ends.append(EndMark(candidate.ends?[index]))
        tasks.append(try candidate.task(PartitionIndex(index), wider, log, end: ends[index], settings: settings))
      }
      let running = Running(log: log, ends: ends, tasks: tasks, left: tasks.count)
      state.withLock { $0.running[candidate.set] = running }
      for task in tasks { turns.add(task) }
    } catch {
      give(up: candidate.set, error)
    }
  }

  /// One partition of a shadow has come to its end.
  func ended(_ task: any FoldTurns) {
    let log = state.withLock { state -> SegmentLog? in
      guard var running = state.running[task.set] else { return nil }
      running.left -= 1
      state.running[task.set] = running.left > 0 ? running : nil
      if running.left == 0 { state.given.insert(task.set) }
      return running.left == 0 ? running.log : nil
    }
    log?.close()
  }

  /// A shadow cannot go on; the run does.
  func give(up set: TopicSet, _ error: ProwziError) {
    state.withLock { state in
      state.running[set] = nil
      state.given.insert(set)
    }
    notice("the shadow \(set.name) is left behind: \(error.message)\(error.place.map { " [\($0)]" } ?? "")")
  }

  /// Keeps the state of all that are running. Call it when no worker is left.
  func finish() {
    let running = state.withLock { $0.running }
    for (set, shadow) in running {
      do throws(ProwziError) {
        for task in shadow.tasks where !task.isDone { try task.finish() }
      } catch {
        give(up: set, error)
      }
      shadow.log.close()
    }
  }
}
