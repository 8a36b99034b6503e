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
    guard let held else { return }
    // Closing alone would leave it to a child that another thread is just starting, until that child runs its program.
    SystemCall.unlock(held)
    SystemCall.close(held)
  }
}
