import Dispatch
import Model
import Synchronization

/// The sync of all segments with bytes that only the journal has for certain, beside the commits that go on.
final class SegmentSync: Sendable {
  private let queue = DispatchQueue(label: "prowzi.log.segments")

  private let segments: [LatchedFile]
  private let isParallel: Bool
  private let outcome = Monitor<Result<Void, ProwziError>?>(nil)

  init(_ segments: [LatchedFile], isParallel: Bool) {
    self.segments = segments
    self.isParallel = isParallel
  }

  /// Begins; where syncs are to have one order, it ends before it returns.
  func start() {
    guard isParallel else { return run() }
    queue.async { self.run() }
  }

  private func run() {
    do throws(ProwziError) {
      // One after the other: nobody waits, and commits have the disk for themselves in between.
      for segment in segments { try segment.sync() }
      outcome.change { $0 = .success(()) }
    } catch {
      outcome.change { $0 = .failure(error) }
    }
  }

  var isDone: Bool { outcome.withLock { $0 != nil } }

  /// Blocks until all are synced.
  func wait() throws(ProwziError) { try outcome.wait { $0 }.get() }
}
