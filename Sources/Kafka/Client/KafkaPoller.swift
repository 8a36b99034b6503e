import CKafka
import Glibc
import Synchronization

/// A thread that serves one client's callbacks: errors, statistics, deliveries.
///
/// Unchecked: the pointer is set once; the library allows polling from any thread.
final class KafkaPoller: @unchecked Sendable {
  private let client: OpaquePointer
  private let stopping = Atomic<Bool>(false)
  private var thread = pthread_t()

  init(_ client: OpaquePointer) {
    self.client = client
    let context = Unmanaged.passUnretained(self).toOpaque()
    // The thread ends in `stop`, which the owner calls before it lets go of this object.
    let failure = pthread_create(
      &thread, nil,
      { context in
        let poller = Unmanaged<KafkaPoller>.fromOpaque(context!).takeUnretainedValue()
        while !poller.stopping.load(ordering: .acquiring) { rd_kafka_poll(poller.client, 100) }
        return nil
      }, context)
    precondition(failure == 0, "a thread can be started")
  }

  /// Ends the thread and waits for it.
  func stop() {
    stopping.store(true, ordering: .releasing)
    pthread_join(thread, nil)
  }
}
