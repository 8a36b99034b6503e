import Dispatch
import Synchronization

/// A state inside a mutex on whose changes threads can wait.
///
/// Waiting blocks the thread: never on the cooperative pool.
final class Monitor<State: Sendable>: Sendable {
  private struct Contents: Sendable {
    var state: State
    var waiting: [DispatchSemaphore] = []
  }

  private let contents: Mutex<Contents>

  init(_ state: State) { contents = Mutex(Contents(state: state)) }

  func withLock<Result: Sendable>(_ body: (inout State) -> Result) -> Result { contents.withLock { body(&$0.state) } }

  /// Changes the state and wakes everyone who waits.
  func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
    let (result, woken) = contents.withLock { contents in
      let result = body(&contents.state)
      let woken = contents.waiting
      contents.waiting = []
      return (result, woken)
    }
    for semaphore in woken { semaphore.signal() }
    return result
  }

  /// Blocks until `body` has an answer, asking after every change.
  func wait<Result: Sendable>(_ body: (inout State) -> Result?) -> Result {
    while true {
      let semaphore = DispatchSemaphore(value: 0)
      let result = contents.withLock { contents -> Result? in
        if let result = body(&contents.state) { return result }
        contents.waiting.append(semaphore)
        return nil
      }
      if let result { return result }
      semaphore.wait()
    }
  }

  /// Blocks until the next change, or for so long, unless `condition` holds already.
  func waitForChange(milliseconds: Int, unless condition: (State) -> Bool) {
    let semaphore = DispatchSemaphore(value: 0)
    let isDone = contents.withLock { contents in
      if condition(contents.state) { return true }
      contents.waiting.append(semaphore)
      return false
    }
    if isDone || semaphore.wait(timeout: .now() + .milliseconds(milliseconds)) == .success { return }
    contents.withLock { contents in contents.waiting.removeAll { $0 === semaphore } }
  }
}
