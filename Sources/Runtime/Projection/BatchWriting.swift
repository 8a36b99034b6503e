import Dispatch
import Model
import Ports
import Synchronization

/// A batch being written on a thread of its own, so that the next one can be made meanwhile.
///
/// Unchecked: the session is used by the writing thread alone until `outcome` has returned, and whoever started the writing waits for that.
final class BatchWriting: @unchecked Sendable {
  private let session: any ProjectionSession
  private let done = DispatchSemaphore(value: 0)
  private let result = Mutex<Result<ProjectionOutcome, ProwziError>?>(nil)
  private(set) var elapsed = Duration.zero

  init(_ batch: ProjectionBatch, to session: any ProjectionSession) {
    self.session = session
    DispatchQueue(label: "io.prowzi.project.write").async { [self] in
      let start = ContinuousClock.now
      do throws(ProwziError) {
        let outcome = try self.session.apply(batch)
        result.withLock { $0 = .success(outcome) }
      } catch {
        result.withLock { $0 = .failure(error) }
      }
      elapsed = ContinuousClock.now - start
      done.signal()
    }
  }

  /// Waits for the end. To be called once, and in every case.
  func outcome() throws(ProwziError) -> ProjectionOutcome {
    done.wait()
    guard let result = result.withLock({ $0 }) else { preconditionFailure("a result is set before its end is told") }
    return try result.get()
  }
}
