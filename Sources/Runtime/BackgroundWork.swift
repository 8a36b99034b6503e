import Dispatch
import Model
import Synchronization

/// Work on a thread of its own, and what comes of it. Blocking calls belong there: the cooperative pool has none to spare.
public final class BackgroundWork<Value: Sendable>: Sendable {
  private let result = Mutex<Result<Value, ProwziError>?>(nil)
  private let group = DispatchGroup()

  /// Begins.
  /// - Parameter queue: a serial one, where works are to wait for each other.
  public init(
    on queue: DispatchQueue = DispatchQueue(label: "io.prowzi.work"), _ work: @escaping @Sendable () throws(ProwziError) -> Value
  ) {
    queue.async(group: group) {
      let outcome = Result { () throws(ProwziError) in try work() }
      self.result.withLock { $0 = outcome }
    }
  }

  /// What came of it; `nil` while it goes on.
  public var outcome: Result<Value, ProwziError>? { result.withLock { $0 } }

  /// Waits for the end.
  public func wait() { group.wait() }

  /// Waits for the end.
  /// - Throws: what the work has thrown.
  @discardableResult public func value() throws(ProwziError) -> Value {
    wait()
    guard let outcome else { preconditionFailure("a result is set before its end is told") }
    return try outcome.get()
  }
}
