import Configuration
import Fold
import Model
import Ports
import Stages
import State
import Synchronization

/// What a partition remembered at a moment.
public struct StateView: Sendable {
  public var partition: PartitionIndex
  /// The first raw record that it does not know of.
  public var next: Offset
  /// The kept state from which it was folded.
  public var foldedFrom: Offset
  /// The configuration in force; `nil` before the first.
  public var configuration: Digest?
  /// Of the whole state's canonical bytes.
  public var digest: Digest
  public var stages: [StateInspector.Stage]
}

/// Shows the state as of a moment: by folding from the newest kept state before it.
public struct StateInspection: Sendable {
  private let place: any LogPlace

  public init(_ place: any LogPlace) { self.place = place }

  /// The state that knows of everything recorded before the first raw record observed at `time` or later: what a replay `--from` that time begins with.
  /// - Parameter partitions: which; `nil` for all.
  /// - Returns: by partition; less where `stop` was raised.
  public func states(
    at time: Timestamp, of partitions: [PartitionIndex]?, _ wish: StateWish, threads: Int, stop: StopFlag,
    progress: @escaping @Sendable (Int) -> Void
  ) throws(ProwziError) -> [StateView] {
    let log = try place.reader()
    let wanted = partitions ?? (0..<place.partitions).map { PartitionIndex($0) }
    let archive = StateArchive(place, log)
    let done = Atomic<Int>(0)
    let views = try Workers.forEach(wanted.count, threads: threads, stop: stop) { index throws(ProwziError) -> StateView? in
      let window = try ReplayWindow(ReplayRequest(from: time, to: nil), of: wanted[index], in: log)
      var replay = try PartitionReplay<RawFeed>(window, archive, log)
      while !replay.isAtStart {
        if stop.isRaised { return nil }
        let count = try replay.approach(BatchSize())
        if count == 0 { break }
        progress(done.wrappingAdd(count, ordering: .relaxed).newValue)
      }
      return StateView(
        partition: wanted[index], next: replay.fold.next, foldedFrom: replay.foldedFrom, configuration: replay.fold.configuration?.digest,
        digest: replay.fold.stateDigest, stages: replay.fold.inspect(wish))
    }
    return views.compactMap { $0 }
  }
}
