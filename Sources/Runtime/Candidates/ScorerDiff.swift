import Comparison
import Events
import Fold
import JSON
import Model
import Ports
import RecordFormat
import Scorers
import Stages

/// What a scorer is compared with.
public enum DiffSide: Sendable, Equatable {
  case live
  /// The backfill or the shadow of a scorer, by its `name@version`.
  case backfill(String)
  case shadow(String)
}

/// Compares what two scorers made of the same events, from the topics of both.
///
/// Reads, and writes nothing. Only what both sides have judged is compared; the comparison says what that is.
public struct ScorerDiff: Sendable {
  private let directory: DataDirectory
  private let log: any LogReader
  private let from: Source
  private let to: Source

  /// One side, found.
  private struct Source: Sendable {
    var set: TopicSet
    var side: ScorerComparison.Side
    /// By partition, in raw offsets.
    var covers: [Range<Int64>]
  }

  /// - Throws: `comparison.no_backfill` or `comparison.no_shadow` where a side is not there; `comparison.same_side`.
  public init(_ directory: DataDirectory, from: DiffSide, to: DiffSide) throws(ProwziError) {
    try self.init(CandidateBench(directory), from: from, to: to)
  }

  public init(_ bench: CandidateBench, from: DiffSide, to: DiffSide) throws(ProwziError) {
    guard from != to else {
      throw ProwziError(
        "comparison.same_side", "both sides are the same", place: "\(Self.name(to))",
        advice: "Choose another with --against, or the shadow with --shadow.")
    }
    directory = bench.directory
    log = try bench.reader()
    self.from = try Self.find(from, directory, log)
    self.to = try Self.find(to, directory, log)
  }

  static func name(_ side: DiffSide) -> String {
    switch side {
    case .live: "live"
    case .backfill(let label): "backfill of \(label)"
    case .shadow(let label): "shadow of \(label)"
    }
  }

  // MARK: The sides

  private static func find(_ side: DiffSide, _ directory: DataDirectory, _ log: any LogReader) throws(ProwziError) -> Source {
    switch side {
    case .live:
      var covers: [Range<Int64>] = []
      for index in 0..<directory.partitions { covers.append(try live(PartitionIndex(index), log)) }
      return Source(set: .live, side: ScorerComparison.Side(name: "live", prefix: TopicSet.live.prefix), covers: covers)
    case .backfill(let label): return try candidate(.candidate, label, side, directory, log)
    case .shadow(let label): return try candidate(.shadow, label, side, directory, log)
    }
  }

  /// What the live topics still hold.
  private static func live(_ partition: PartitionIndex, _ log: any LogReader) throws(ProwziError) -> Range<Int64> {
    let folded = try log.position(of: pipelineFold, in: partition)?.next ?? .zero
    var first = Offset.zero
    for topic in [DerivedTopic.scored, .banded, .briefs] {
      let target = TopicPartition(topic: topic.name, partition: partition)
      let start = try log.bounds(of: target).logStart
      guard start > .zero else { continue }
      var buffer = RecordBuffer()
      _ = try log.read(target, from: start, maxRecords: 1, maxBytes: 1, into: &buffer)
      // The oldest raw record may have caused more than is kept: it is left out.
      let cause = buffer.isEmpty ? folded : EnrichedInput.cause(of: 0, in: buffer)?.advanced(by: 1) ?? folded
      first = max(first, cause)
    }
    return min(first, folded).value..<folded.value
  }

  private static func candidate(
    _ role: TopicSet.Role, _ label: String, _ side: DiffSide, _ directory: DataDirectory, _ log: any LogReader
  ) throws(ProwziError) -> Source {
    guard let found = try Candidate.all(in: directory).first(where: { $0.set.role == role && $0.label == label }) else {
      let others = try Candidate.all(in: directory).filter { $0.label == label }
      let known = role == .candidate ? "backfill" : "shadow"
      throw ProwziError(
        role == .candidate ? "comparison.no_backfill" : "comparison.no_shadow", "there is no \(known) of \(label)", place: directory.path,
        advice: others.isEmpty
          ? role == .candidate
            ? "Make one with `prowzi backfill --scorer \(label)`." : "Start one with `prowzi shadow start \(label)`, or make a backfill."
          : role == .candidate ? "There is a shadow: give --shadow." : "There is a backfill: leave --shadow out.")
    }
    var covers: [Range<Int64>] = []
    for (index, start) in found.starts.enumerated() {
      // How far its own fold has come; it may have been interrupted.
      let next = try log.position(of: found.set.fold, in: PartitionIndex(index))?.next ?? start
      let end = min(next, found.ends?[index] ?? next)
      covers.append(start.value..<max(start, end).value)
    }
    return Source(set: found.set, side: ScorerComparison.Side(name: name(side), prefix: found.set.prefix), covers: covers)
  }

  // MARK: Comparing

  /// - Parameters:
  ///   - from: events of raw records observed at this time or later; `nil` begins where the candidate does.
  ///   - to: before this time; `nil` ends where the candidate does.
  ///   - top: how many events and briefs are shown of each sort.
  ///   - progress: told records compared so far.
  /// - Throws: `replay.empty_window`; `comparison.nothing_in_common`; what the log throws.
  public func run(
    from asked: Timestamp? = nil, to until: Timestamp? = nil, top: Int = 20, progress: @escaping (_ done: Int) -> Void = { _ in }
  ) throws(ProwziError) -> ScorerComparison {
    let request = ReplayRequest(from: asked, to: until)
    try request.check()
    let windows = try windows(request)
    guard windows.contains(where: { !$0.common.isEmpty }) else { throw nothingInCommon(windows) }
    var builder = ComparisonBuilder(
      from: from.side, to: to.side, askedFrom: asked, askedTo: until, windows: windows, top: top, expected: try expected(windows))
    var reading = Reading(log: log, from: from.set, to: to.set, progress: progress)
    for window in windows where !window.common.isEmpty {
      try reading.events(window, &builder)
      try reading.scored(window, &builder)
      try reading.briefs(window, &builder)
    }
    builder.name(from: reading.fromLabels.list, to: reading.toLabels.list)
    var (comparison, moves) = builder.finish()
    let details = DiffDetails(log: log, from: from.set, to: to.set)
    for (move, others) in moves { comparison.moves.append(try details.explain(move, others: others)) }
    for index in comparison.alone.indices {
      let lone = comparison.alone[index]
      comparison.alone[index].title = try details.event(lone.event.id, lone.partition, lone.cause).title
    }
    return comparison
  }

  private func windows(_ request: ReplayRequest) throws(ProwziError) -> [ScorerComparison.Window] {
    var windows: [ScorerComparison.Window] = []
    for index in 0..<directory.partitions {
      let window = try ReplayWindow(request, of: PartitionIndex(index), in: log)
      // Without times, what the candidate was made for is what is asked for.
      let low = request.from == nil ? max(window.from.value, to.covers[index].lowerBound) : window.from.value
      let high = request.to == nil ? min(window.to.value, to.covers[index].upperBound) : window.to.value
      windows.append(
        ScorerComparison.Window(
          partition: PartitionIndex(index), asked: low..<max(low, high), from: from.covers[index], to: to.covers[index]))
    }
    return windows
  }

  private func nothingInCommon(_ windows: [ScorerComparison.Window]) -> ProwziError {
    let isJudged = windows.contains { !$0.to.isEmpty }
    let label = to.side.name.split(separator: " ").last.map(String.init) ?? ""
    return ProwziError(
      "comparison.nothing_in_common", "\(from.side.name) and \(to.side.name) have judged no event in common in this window",
      place: directory.path,
      advice: isJudged
        ? "Choose a window with --from and --to that both cover, or run `prowzi backfill --scorer \(label)` over this one."
        : to.set.role == .shadow
          ? "The shadow has judged nothing yet: let `prowzi run` go on, then compare."
          : "The backfill has judged nothing yet: run `prowzi backfill --scorer \(label)` first.")
  }

  private func expected(_ windows: [ScorerComparison.Window]) throws(ProwziError) -> Int {
    var count = 0
    for window in windows where !window.common.isEmpty {
      let target = TopicPartition(topic: from.set.topic(.banded), partition: window.partition)
      let first = try log.offset(in: target, causedAtOrAfter: Offset(window.common.lowerBound))
      count += try log.offset(in: target, causedAtOrAfter: Offset(window.common.upperBound)).distance(from: first)
    }
    return count
  }
}

/// Reading both sides into a builder.
private struct Reading {
  let log: any LogReader
  let from: TopicSet
  let to: TopicSet
  let progress: (Int) -> Void
  var fromLabels = Labels()
  var toLabels = Labels()
  private var done = 0
  private var document = JSONDocument()
  private var other = JSONDocument()

  init(log: any LogReader, from: TopicSet, to: TopicSet, progress: @escaping (Int) -> Void) {
    self.log = log
    self.from = from
    self.to = to
    self.progress = progress
  }

  private func targets(_ topic: DerivedTopic, _ window: ScorerComparison.Window) -> (TopicPartition, TopicPartition) {
    (
      TopicPartition(topic: from.topic(topic), partition: window.partition),
      TopicPartition(topic: to.topic(topic), partition: window.partition)
    )
  }

  private mutating func step() {
    done += 1
    if done % 1024 == 0 { progress(done) }
  }

  private static func parse(_ place: RecordJoin.Place, into document: inout JSONDocument) -> Bool {
    guard let value = place.records.records[place.index].value else { return false }
    do {
      try document.parse(place.records.bytes, in: value)
      return true
    } catch {
      return false
    }
  }

  private func foreign(_ place: RecordJoin.Place, _ topic: TopicPartition, _ what: String) -> ProwziError {
    ProwziError(
      "schema.not_an_event", "the record is no \(what)", place: "\(topic)/\(place.records.records[place.index].offset)",
      advice: "`prowzi log verify` shows whether the log is what was committed.")
  }

  mutating func events(_ window: ScorerComparison.Window, _ builder: inout ComparisonBuilder) throws(ProwziError) {
    let targets = targets(.banded, window)
    try RecordJoin.run(targets.0, targets.1, causedBy: window.common, in: log) { (cause, a, b) throws(ProwziError) in
      step()
      var from: JudgedEvent?
      var to: JudgedEvent?
      let isIdentical = if let a, let b { RecordJoin.areEqual(a, b) } else { false }
      if let a {
        guard Self.parse(a, into: &document), let event = JudgedEvent(document) else { throw foreign(a, targets.0, "banded event") }
        fromLabels.count(document)
        from = event
        if isIdentical {
          to = event
          toLabels.count(document)
        }
      }
      if let b, !isIdentical {
        guard Self.parse(b, into: &other), let event = JudgedEvent(other) else { throw foreign(b, targets.1, "banded event") }
        toLabels.count(other)
        to = event
      }
      if let a, let b, let from, let to {
        builder.compared(.banded, isIdentical: isIdentical)
        let (x, y) = (a.records.records[a.index], b.records.records[b.index])
        builder.add(
          Move(from: from, to: to, partition: window.partition, cause: cause, fromOffset: x.offset, toOffset: y.offset), at: x.timestamp)
      } else if let event = from ?? to, let place = a ?? b {
        builder.alone(.banded, isMissing: to == nil)
        builder.addAlone(
          event, isMissing: to == nil, partition: window.partition, cause: cause, at: place.records.records[place.index].timestamp)
      }
    }
  }

  /// Everything they say is in the banded events too, so bytes are enough.
  mutating func scored(_ window: ScorerComparison.Window, _ builder: inout ComparisonBuilder) throws(ProwziError) {
    let targets = targets(.scored, window)
    try RecordJoin.run(targets.0, targets.1, causedBy: window.common, in: log) { (_, a, b) throws(ProwziError) in
      step()
      if let a, let b {
        builder.compared(.scored, isIdentical: RecordJoin.areEqual(a, b))
      } else {
        builder.alone(.scored, isMissing: b == nil)
      }
    }
  }

  mutating func briefs(_ window: ScorerComparison.Window, _ builder: inout ComparisonBuilder) throws(ProwziError) {
    let targets = targets(.briefs, window)
    try RecordJoin.run(targets.0, targets.1, causedBy: window.common, in: log) { (_, a, b) throws(ProwziError) in
      step()
      let from = try a.map { place throws(ProwziError) in try brief(place, targets.0) }
      let to = try b.map { place throws(ProwziError) in try brief(place, targets.1) }
      if let a, let b {
        builder.compared(.briefs, isIdentical: RecordJoin.areEqual(a, b))
      } else {
        builder.alone(.briefs, isMissing: b == nil)
      }
      builder.see(from, to)
    }
  }

  private mutating func brief(_ place: RecordJoin.Place, _ target: TopicPartition) throws(ProwziError) -> BriefSighting {
    let record = place.records.records[place.index]
    guard Self.parse(place, into: &document),
      let brief = BriefSighting(document, time: record.timestamp, partition: target.partition, offset: record.offset)
    else { throw foreign(place, target, "brief") }
    return brief
  }

  /// The scorers that records name. There are few.
  struct Labels {
    private(set) var list: [(label: String, count: Int)] = []
    private var bytes: [[UInt8]] = []
    private var last = 0

    mutating func count(_ document: JSONDocument) {
      guard let node = document.member("scorer", of: document.root) else { return }
      let label = document.bytes[document.range(node)]
      if last >= bytes.count || !bytes[last].elementsEqual(label) {
        last = bytes.firstIndex { $0.elementsEqual(label) } ?? bytes.count
        if last == bytes.count {
          bytes.append(Array(label))
          list.append((document.string(node) ?? "", 0))
        }
      }
      list[last].count += 1
    }
  }
}

/// What is shown of an event beyond its figures, read once it is known which are shown.
struct DiffDetails {
  let log: any LogReader
  let from: TopicSet
  let to: TopicSet

  func explain(_ move: Move, others: Int) throws(ProwziError) -> ScorerComparison.Explained {
    let event = try event(move.from.id, move.partition, move.cause)
    return ScorerComparison.Explained(
      move: move, others: others, title: event.title, url: event.url, source: event.source,
      from: try explanation(from, move.partition, move.fromOffset), to: try explanation(to, move.partition, move.toOffset))
  }

  private func explanation(_ set: TopicSet, _ partition: PartitionIndex, _ offset: Offset) throws(ProwziError) -> Explanation? {
    var buffer = RecordBuffer()
    _ = try log.read(
      TopicPartition(topic: set.topic(.banded), partition: partition), from: offset, maxRecords: 1, maxBytes: 1, into: &buffer)
    guard let value = buffer.records.first?.value else { return nil }
    return Explanation(value: Array(buffer.bytes[value]))
  }

  /// The event as enrich recorded it; an empty title where it is no longer kept or has none.
  func event(_ id: EventID, _ partition: PartitionIndex, _ cause: Offset) throws(ProwziError) -> (
    title: String, url: String?, source: String
  ) {
    let target = TopicPartition(topic: DerivedTopic.enriched.name, partition: partition)
    var records = try CausedRecords(target, causedBy: cause.value..<cause.value + 1, in: log)
    let wanted = [UInt8](text: id.text)
    while records.cause != nil {
      if let header = records.buffer.header("ce_id", of: records.index), records.buffer.bytes[header].elementsEqual(wanted),
        let value = records.buffer.records[records.index].value, let json = try? JSONDocument(Array(records.buffer.bytes[value]))
      {
        let text = json.value(at: "payload.text", from: json.root)
        return (
          json.string(json.member("title", of: text)) ?? "", json.string(json.member("url", of: text)),
          json.string(json.member("source", of: json.root)) ?? ""
        )
      }
      try records.advance()
    }
    return ("", nil, "")
  }
}
