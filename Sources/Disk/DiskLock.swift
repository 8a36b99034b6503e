import Glibc
import Model
import Ports
import Synchronization

/// A lock held through flock(2) on an open descriptor. The kernel lets go of it when the process ends, however it ends.
final class DiskLock: FileLock {
  private let descriptor: Mutex<Int32?>

  /// Takes over a descriptor whose lock is held.
  init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

  deinit { release() }

  func release() {
    let held = descriptor.withLock { value in
      defer { value = nil }
      return value
    }
    if let held { SystemCall.close(held) }
  }
}
