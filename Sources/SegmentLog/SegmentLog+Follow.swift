import Dispatch
import Model
import Ports

extension SegmentLog {
  /// So long a wait looks at the other owners' journals every millisecond, and from then on as often as the options say.
  private static let eagerMilliseconds = 20

  public var version: UInt64 { visible.withLock { $0.version } }

  public func waitForCommit(timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    let seen = lastWaited.withLock { $0 }
    let isNew = try waitForCommit(after: seen, timeoutMilliseconds: timeoutMilliseconds)
    let now = version
    lastWaited.withLock { $0 = now }
    return isNew
  }

  public func waitForCommit(after seen: UInt64, timeoutMilliseconds: Int) throws(ProwziError) -> Bool {
    let start = DispatchTime.now().uptimeNanoseconds
    while true {
      _ = try poll()
      if version > seen { return true }
      let elapsed = Int((DispatchTime.now().uptimeNanoseconds - start) / 1_000_000)
      if elapsed >= timeoutMilliseconds { return false }
      // Who waits for something that comes often gets it soon; who waits long costs little.
      let pause = elapsed < Self.eagerMilliseconds ? min(1, options.pollMilliseconds) : options.pollMilliseconds
      visible.waitForChange(milliseconds: min(pause, timeoutMilliseconds - elapsed)) { $0.version > seen }
    }
  }

  /// Looks once at the journals of the other owners.
  /// - Returns: whether something new is visible.
  func poll() throws(ProwziError) -> Bool {
    try followers.withLock { followers throws(ProwziError) in
      var hasChanged = false
      for index in followers.indices where try followers[index].poll(files.behind) {
        hasChanged = true
        let (owner, state) = (followers[index].owner, followers[index].state)
        files.patch(owner, with: followers[index].unsynced)
        visible.change { visible in
          visible.owners[owner] = state
          visible.version += 1
        }
      }
      return hasChanged
    }
  }
}
