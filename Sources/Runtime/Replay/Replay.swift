import Configuration
import Fold
import Model
import Ports
import RecordFormat
import Stages

/// A stage as people name it, with the topic it writes.
public enum StageName: String, Sendable, CaseIterable {
  case normalize, enrich, score, band, curate

  public var topic: DerivedTopic {
    switch self {
    case .normalize: .normalized
    case .enrich: .enriched
    case .score: .scored
    case .band: .banded
    case .curate: .briefs
    }
  }
}

/// What is to be folded again: which raw records, by which stages, under which configuration.
public struct ReplayRequest: Sendable {
  /// Raw records observed at this time or later; `nil` begins with the first.
  public var from: Timestamp?
  /// Raw records observed before this time; `nil` ends with the last that was folded.
  public var to: Timestamp?
  /// Where only the last three stages are named, they are folded alone, from `prowzi.enriched`.
  public var stages: Set<StageName>
  /// Folds with this configuration instead of the recorded one.
  public var configuration: CompiledConfiguration?

  public init(
    from: Timestamp? = nil, to: Timestamp? = nil, stages: Set<StageName> = Set(StageName.allCases),
    configuration: CompiledConfiguration? = nil
  ) {
    self.from = from
    self.to = to
    self.stages = stages
    self.configuration = configuration
  }

  /// Whether raw records must be read.
  var needsRaw: Bool { stages.contains(.normalize) || stages.contains(.enrich) }

  /// The topics in which its outcome shows.
  public var topics: [DerivedTopic] {
    let named = StageName.allCases.filter(stages.contains).map(\.topic)
    return stages.count == StageName.allCases.count ? named + [.deadletters, .controls] : named
  }

  /// - Throws: `replay.empty_window`, `replay.no_stages`.
  public func check() throws(ProwziError) {
    if let from, let to, to <= from {
      throw ProwziError(
        "replay.empty_window", "the window ends before it begins", place: "--from \(from) --to \(to)",
        advice: "Give an end after the beginning.")
    }
    if stages.isEmpty {
      throw ProwziError(
        "replay.no_stages", "no stage is named",
        advice: "Name one or more of \(StageName.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
  }
}

/// A window of one partition, in raw offsets.
public struct ReplayWindow: Sendable, Equatable {
  public var partition: PartitionIndex
  /// Included.
  public var from: Offset
  /// Excluded.
  public var to: Offset

  public var isEmpty: Bool { from >= to }
  public var count: Int { to.distance(from: from) }

  public init(partition: PartitionIndex, from: Offset, to: Offset) {
    self.partition = partition
    self.from = from
    self.to = to
  }

  /// Finds the window of a request. Only what was folded can be folded again: raw records beyond the committed position have no derived ones yet.
  public init(_ request: ReplayRequest, of partition: PartitionIndex, in log: any LogReader) throws(ProwziError) {
    let raw = TopicPartition(topic: .raw, partition: partition)
    let folded = try log.position(of: pipelineFold, in: partition)?.next ?? .zero
    let first = try request.from.map { time throws(ProwziError) in try log.offset(in: raw, atOrAfter: time) } ?? .zero
    let last = try request.to.map { time throws(ProwziError) in try log.offset(in: raw, atOrAfter: time) } ?? folded
    self.partition = partition
    from = min(first, folded)
    to = max(from, min(last, folded))
  }
}

/// A window of one partition being folded again, from the newest state that is kept at or before it.
///
/// Writes nothing. What each `advance` makes lies in `fold.sink` until the next.
struct PartitionReplay<Input: Feed> {
  let window: ReplayWindow
  /// Where folding began: what lies between it and the window is folded only for the state.
  let foldedFrom: Offset
  private(set) var fold: PartitionFold<Input.Pipeline>
  private var feed: Input

  /// - Parameters:
  ///   - archive: the states that are kept; `nil` begins with the first record.
  ///   - configuration: folds with this one, from the first record on: kept states have come about under others.
  ///   - keepsTrees: for a replay whose states are to be kept.
  init(
    _ window: ReplayWindow, _ archive: StateArchive?, _ log: any LogReader, configuration: CompiledConfiguration? = nil,
    keepsTrees: Bool = false
  ) throws(ProwziError) {
    self.window = window
    fold = try Input.state(configuration == nil ? archive : nil, window.partition, atOrBefore: window.from)
    foldedFrom = fold.next
    fold.keepsTrees = keepsTrees
    if let configuration { fold.pin(configuration) }
    feed = Input(log)
  }

  var isAtStart: Bool { fold.next >= window.from }

  /// Folds one batch on the way to the window.
  /// - Returns: how many records it held; 0 once the window is reached.
  mutating func approach(_ batch: BatchSize) throws(ProwziError) -> Int {
    fold.removeRecords()
    let count = try feed.advance(&fold, before: window.from, batch)
    fold.removeRecords()
    return count
  }

  /// Folds one batch of the window.
  /// - Returns: how many records it held; 0 at the window's end.
  mutating func advance(_ batch: BatchSize) throws(ProwziError) -> Int {
    fold.removeRecords()
    return try feed.advance(&fold, before: window.to, batch)
  }

  /// The observed time of the next record of the window; `nil` at its end.
  mutating func nextTime() throws(ProwziError) -> Timestamp? { try feed.nextTime(fold, before: window.to) }
}

/// Where folding can begin: the states that are kept.
struct StateArchive: Sendable {
  let store: any StateStore

  init(_ directory: DataDirectory) { store = CheckpointStore(files: directory.files, fold: pipelineFold) }

  init(_ place: any LogPlace, _ log: any LogReader) { store = place.states(of: pipelineFold, log: log) }

  /// The newest state of the whole pipeline at or before a raw offset that can be gone on from.
  func pipeline(_ partition: PartitionIndex, atOrBefore offset: Offset) throws(ProwziError) -> PartitionFold<Pipeline> {
    for start in try store.offsets(of: partition).reversed() where start <= offset {
      do throws(ProwziError) {
        return try PartitionFold(Pipeline(), checkpoint: try store.read(partition, at: start))
      } catch {
        // Damaged, made by other stages, or pruned at this moment: the one before it will do, only later.
        guard ["checkpoint.", "state.", "codec.", "file.not_found"].contains(where: error.code.text.hasPrefix) else { throw error }
      }
    }
    return PartitionFold(Pipeline(), partition: partition)
  }

  /// The same of the last three stages.
  func assessment(_ partition: PartitionIndex, atOrBefore offset: Offset) throws(ProwziError) -> PartitionFold<Assessment> {
    try pipeline(partition, atOrBefore: offset).assessment()
  }
}

extension PartitionFold<Pipeline> {
  /// The last three stages alone, from this moment on.
  func assessment() -> PartitionFold<Assessment> { continuing(with: Assessment()) { $0.second } }
}
