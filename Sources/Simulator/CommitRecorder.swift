import Model
import Ports

/// A log that tells of each commit before and after it is made: how the model learns what is wanted, and what was promised.
final class CommitRecorder: ForwardingLog, LogWriter {
  private let base: any LogReader & LogWriter
  private let attempt: @Sendable (Commit) -> Void
  private let acknowledged: @Sendable (Commit) -> Void

  init(
    _ base: any LogReader & LogWriter, attempt: @escaping @Sendable (Commit) -> Void, acknowledged: @escaping @Sendable (Commit) -> Void
  ) {
    self.base = base
    self.attempt = attempt
    self.acknowledged = acknowledged
  }

  func commit(_ commit: Commit) throws(ProwziError) -> [Offset] {
    attempt(commit)
    let offsets = try base.commit(commit)
    acknowledged(commit)
    return offsets
  }

  func close() { base.close() }
  var behind: any LogReader { base }
}
