import Dispatch
import Glibc
import Model
import Synchronization

/// Workers that give folds their turns, one batch each, so that partitions advance together and none holds more than a batch in memory: a slow disk
/// slows the folds and nothing piles up.
final class TurnTaking: Sendable {
  /// What workers share.
  private struct Shared: Sendable {
    var waiting: [any FoldTurns] = []
    /// All there are, waiting or not.
    var count = 0
    /// Turns in a row that found nothing to do.
    var idle = 0
    var failure: ProwziError?
    /// Folds that are to be withdrawn when their turn ends.
    var leaving: Set<ObjectIdentifier> = []
    var atWork: Set<ObjectIdentifier> = []
    var isEnded = false
  }

  private let shared = Mutex(Shared())
  private let threads: Int
  private let follows: Bool
  private let progress: @Sendable (Int) -> Void
  private let look: @Sendable () throws(ProwziError) -> Void
  private let pause: @Sendable (TurnTaking) throws(ProwziError) -> Bool
  private let onEnd: @Sendable (any FoldTurns) -> Void
  private let onFailure: @Sendable (TurnTaking, any FoldTurns, ProwziError) -> Bool

  /// - Parameters:
  ///   - follows: whether to stay when nothing is left to do.
  ///   - progress: told how many records each turn held.
  ///   - look: called before each turn; brings what has come meanwhile into view, so that the turn takes it along.
  ///   - pause: called where there is nothing to do; waits a little and answers whether something new may be there.
  ///   - onEnd: told of a fold that has come to its end and was finished.
  ///   - onFailure: told of a fold that failed; answers whether the others go on without it.
  init(
    threads: Int, follows: Bool, progress: @escaping @Sendable (Int) -> Void,
    look: @escaping @Sendable () throws(ProwziError) -> Void = { () throws(ProwziError) in },
    pause: @escaping @Sendable (TurnTaking) throws(ProwziError) -> Bool,
    onEnd: @escaping @Sendable (any FoldTurns) -> Void = { _ in },
    onFailure: @escaping @Sendable (TurnTaking, any FoldTurns, ProwziError) -> Bool = { _, _, _ in false }
  ) {
    self.threads = threads
    self.follows = follows
    self.progress = progress
    self.look = look
    self.pause = pause
    self.onEnd = onEnd
    self.onFailure = onFailure
  }

  /// Adds a fold, before or while the others are at work.
  func add(_ task: any FoldTurns) {
    shared.withLock { shared in
      shared.waiting.append(task)
      shared.count += 1
      shared.idle = 0
    }
  }

  /// Works until nothing is left to do, or until `stop` is raised; folds without an end are then finished by the caller. Blocks; not for the cooperative pool.
  /// - Throws: the first failure that `onFailure` did not accept.
  func run(stop: StopFlag) throws(ProwziError) {
    let group = DispatchGroup()
    let queue = DispatchQueue(label: "io.prowzi.fold", attributes: .concurrent)
    let workers = max(1, min(threads, follows ? threads : shared.withLock { $0.count }))
    for _ in 0..<workers { queue.async(group: group) { self.loop(stop) } }
    group.wait()
    if let failure = shared.withLock({ $0.failure }) { throw failure }
  }

  /// Takes a fold away from the workers: waits for the end of its turn if it has one.
  func withdraw(_ task: any FoldTurns) {
    let identity = ObjectIdentifier(task)
    let isWaiting = shared.withLock { shared -> Bool in
      guard let index = shared.waiting.firstIndex(where: { $0 === task }) else {
        shared.leaving.insert(identity)
        return false
      }
      shared.waiting.remove(at: index)
      shared.count -= 1
      return true
    }
    if isWaiting { return }
    while shared.withLock({ $0.leaving.contains(identity) && $0.atWork.contains(identity) }) { usleep(2000) }
    shared.withLock { _ = $0.leaving.remove(identity) }
  }

  /// Lets the workers end as if nothing were left to do.
  func end() { shared.withLock { $0.isEnded = true } }

  private enum Next {
    case task(any FoldTurns)
    case wait
    case end
  }

  /// One worker: takes a fold, lets it do a batch, puts it back.
  private func loop(_ stop: StopFlag) {
    while !stop.isRaised {
      let next = shared.withLock { shared -> Next in
        if shared.failure != nil || shared.isEnded { return .end }
        // Every fold was found empty since anybody last folded something.
        if shared.idle >= shared.count { return follows ? .wait : .end }
        if shared.waiting.isEmpty { return .wait }
        // Catching up, the longest rest first; following, each in its turn, lest a busy partition keep a quiet one waiting.
        let index = follows ? 0 : shared.waiting.indices.max { shared.waiting[$0].remaining < shared.waiting[$1].remaining } ?? 0
        let task = shared.waiting.remove(at: index)
        shared.atWork.insert(ObjectIdentifier(task))
        return .task(task)
      }
      switch next {
      case .end: return
      case .wait: rest()
      case .task(let task): turn(task)
      }
    }
  }

  private func turn(_ task: any FoldTurns) {
    let identity = ObjectIdentifier(task)
    defer { shared.withLock { _ = $0.atWork.remove(identity) } }
    do throws(ProwziError) {
      try look()
      let count = try task.turn()
      progress(count)
      if task.isDone {
        try task.finish()
        shared.withLock { shared in
          shared.count -= 1
          shared.idle = 0
        }
        return onEnd(task)
      }
      shared.withLock { shared in
        if shared.leaving.contains(identity) {
          shared.count -= 1
          return
        }
        shared.waiting.append(task)
        shared.idle = count > 0 ? 0 : shared.idle + 1
      }
    } catch {
      let isAccepted = onFailure(self, task, error)
      shared.withLock { shared in
        shared.count -= 1
        if !isAccepted { shared.failure = shared.failure ?? error }
      }
    }
  }

  private func rest() {
    do throws(ProwziError) {
      if try pause(self) { shared.withLock { $0.idle = 0 } }
    } catch {
      shared.withLock { $0.failure = $0.failure ?? error }
    }
  }
}
