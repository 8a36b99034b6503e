import Synchronization

/// An owner of one C context, which can be made without arguments.
protocol PooledContext: AnyObject, Sendable {
  init()
}

/// Contexts that wait for their next use: never more than were in use at once.
final class ContextPool<Context: PooledContext>: Sendable {
  private let waiting = Mutex<[Context]>([])

  func take() -> Context {
    waiting.withLock { $0.popLast() } ?? Context()
  }

  func give(_ context: Context) {
    waiting.withLock { $0.append(context) }
  }
}
