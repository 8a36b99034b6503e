import Model
import Ports
import Synchronization

/// A file that is synced by one thread at a time, and never again after a sync of it has failed.
///
/// A commit and whoever replaces the journal may sync one segment at once. The kernel tells an error to one of them only, and the other would take for
/// durable what is lost.
final class LatchedFile: ForwardingFileHandle {
  let behind: any FileHandle
  private let failure = Mutex<ProwziError?>(nil)

  init(_ behind: any FileHandle) { self.behind = behind }

  func sync() throws(ProwziError) {
    try failure.withLock { failure throws(ProwziError) in
      if let failure { throw failure }
      do throws(ProwziError) {
        try behind.sync()
      } catch {
        failure = error
        throw error
      }
    }
  }
}
