import Dispatch
import Model
import Synchronization

/// Threads that share numbered pieces of work.
public enum Workers {
  private struct Shared<Result: Sendable>: Sendable {
    var results: [(number: Int, value: Result)] = []
    var failure: ProwziError?
  }

  /// Does every piece once, each in one of several threads, and waits. After an error no further piece is begun.
  /// - Returns: the results in the order of the numbers; those of pieces that `stop` prevented are missing.
  /// - Throws: the first error.
  public static func forEach<Result: Sendable>(
    _ count: Int, threads: Int, stop: StopFlag, _ body: @escaping @Sendable (Int) throws(ProwziError) -> Result
  ) throws(ProwziError) -> [Result] {
    let next = Atomic<Int>(0)
    let shared = Mutex(Shared<Result>())
    let group = DispatchGroup()
    let queue = DispatchQueue(label: "io.prowzi.work", attributes: .concurrent)
    for _ in 0..<max(1, min(threads, count)) {
      queue.async(group: group) {
        while !stop.isRaised, shared.withLock({ $0.failure == nil }) {
          let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard number < count else { return }
          do throws(ProwziError) {
            let value = try body(number)
            shared.withLock { $0.results.append((number, value)) }
          } catch {
            shared.withLock { $0.failure = $0.failure ?? error }
          }
        }
      }
    }
    group.wait()
    return try shared.withLock { shared throws(ProwziError) -> [Result] in
      if let failure = shared.failure { throw failure }
      return shared.results.sorted { $0.number < $1.number }.map(\.value)
    }
  }
}
