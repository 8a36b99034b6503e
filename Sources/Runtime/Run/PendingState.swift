import Dispatch
import Model
import Ports
import Synchronization

/// A state on its way to where states are kept, while its fold goes on: writing a large one takes a tenth of a second and more, which whoever follows the
/// derived topics would notice.
///
/// One at a time in a process: a state that is being written is held twice in memory, as far as the fold changes it meanwhile.
final class PendingState: Sendable {
  // A serial queue has a thread of its own; those of a pool belong to the workers.
  private static let queue = DispatchQueue(label: "io.prowzi.states")

  private let result = Mutex<Result<FoldPosition.Checkpoint?, ProwziError>?>(nil)
  private let group = DispatchGroup()

  init(_ keep: @escaping @Sendable () throws(ProwziError) -> FoldPosition.Checkpoint?) {
    Self.queue.async(group: group) {
      let outcome = Result { () throws(ProwziError) in try keep() }
      self.result.withLock { $0 = outcome }
    }
  }

  /// `nil` while it is not kept yet.
  var outcome: Result<FoldPosition.Checkpoint?, ProwziError>? { result.withLock { $0 } }

  func wait() { group.wait() }
}
