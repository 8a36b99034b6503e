import Synchronization

/// Says to long work that it should end at the next commit. Set from a signal handler's queue, read by workers.
public final class StopFlag: Sendable {
  private let raised = Atomic<Bool>(false)

  public init() {}

  public var isRaised: Bool { raised.load(ordering: .relaxed) }
  public func raise() { raised.store(true, ordering: .relaxed) }
}
