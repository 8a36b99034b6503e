import Events
import Model

/// Gathers a comparison while both sides are read.
///
/// *Complexity*: constant time per event but for the end, which sorts. Memory: 48 bytes an event (six `PairColumn`s of eight), a few hundred
/// for each brief, and what is shown.
public struct ComparisonBuilder: Sendable {
  private var comparison: ScorerComparison
  private let top: Int
  private var totals: PairColumn
  private var scores: [PairColumn]
  private var furthest: FurthestMoves
  private var tally = BriefTally()
  private var kinds: [Sums]
  private var domains: [Sums]

  private struct Sums: Sendable {
    var migration = Migration()
    var moved = 0
    var change = 0

    mutating func add(_ from: JudgedEvent, _ to: JudgedEvent) {
      migration[from.band, to.band] += 1
      if from.total != to.total { moved += 1 }
      change += Int(to.total) - Int(from.total)
    }

    func group(_ name: StaticString) -> ScorerComparison.Group? {
      let count = migration.total
      guard count > 0 else { return nil }
      return ScorerComparison.Group(
        name: "\(name)", migration: migration, moved: moved, meanChange: rounded(Double(change) / Double(count) / 1_000_000))
    }
  }

  public enum Topic: Int, Sendable, CaseIterable {
    case scored, banded, briefs
  }

  /// - Parameters:
  ///   - top: how many moves, lone events and briefs of each sort are kept.
  ///   - expected: about how many events will come.
  public init(
    from: ScorerComparison.Side, to: ScorerComparison.Side, askedFrom: Timestamp?, askedTo: Timestamp?, windows: [ScorerComparison.Window],
    top: Int, expected: Int
  ) {
    comparison = ScorerComparison(
      from: from, to: to, askedFrom: askedFrom, askedTo: askedTo, windows: windows,
      agreements: Topic.allCases.map { ScorerComparison.Agreement(topic: "\($0)") })
    self.top = top
    totals = PairColumn(capacity: expected)
    scores = Score.allCases.map { _ in PairColumn(capacity: expected) }
    furthest = FurthestMoves(top)
    kinds = Kind.allCases.map { _ in Sums() }
    domains = Domain.allCases.map { _ in Sums() }
  }

  /// A record that both sides have.
  public mutating func compared(_ topic: Topic, isIdentical: Bool) {
    if isIdentical {
      comparison.agreements[topic.rawValue].identical += 1
    } else {
      comparison.agreements[topic.rawValue].different += 1
    }
  }

  /// A record that one side has.
  public mutating func alone(_ topic: Topic, isMissing: Bool) {
    if isMissing { comparison.agreements[topic.rawValue].missing += 1 } else { comparison.agreements[topic.rawValue].extra += 1 }
  }

  /// An event that both sides have.
  public mutating func add(_ move: Move, at time: Timestamp) {
    let (from, to) = (move.from, move.to)
    note(time)
    comparison.matched += 1
    comparison.migration[from.band, to.band] += 1
    kinds[Int(from.kind.rawValue)].add(from, to)
    domains[Int(from.domain.rawValue)].add(from, to)
    totals.append(from.total, to.total)
    for score in Score.allCases { scores[score.rawValue].append(from.value(score), to.value(score)) }
    comparison.load.add(from, to, at: time)
    if from.agrees(with: to) {
      comparison.agreeing += 1
    } else {
      comparison.mismatched += 1
      furthest.offer(move)
    }
  }

  /// An event that one side has.
  public mutating func addAlone(
    _ event: JudgedEvent, isMissing: Bool, partition: PartitionIndex, cause: Offset, at time: Timestamp
  ) {
    note(time)
    comparison.load.add(isMissing ? event : nil, isMissing ? nil : event, at: time)
    if comparison.alone.count < top {
      comparison.alone.append(ScorerComparison.Lone(event: event, isMissing: isMissing, partition: partition, cause: cause))
    }
  }

  /// A revision of a brief, on either side or on both.
  public mutating func see(_ from: BriefSighting?, _ to: BriefSighting?) { tally.see(from, to) }

  /// The scorers that were named, most often first.
  public mutating func name(from: [(label: String, count: Int)], to: [(label: String, count: Int)]) {
    func ordered(_ list: [(label: String, count: Int)]) -> [(label: String, count: Int)] {
      list.sorted { $0.count != $1.count ? $0.count > $1.count : $0.label < $1.label }
    }
    comparison.from.scorers = ordered(from)
    comparison.to.scorers = ordered(to)
  }

  private mutating func note(_ time: Timestamp) {
    comparison.firstAt = min(comparison.firstAt ?? time, time)
    comparison.lastAt = max(comparison.lastAt ?? time, time)
  }

  /// What came of it, and the moves that are to be explained.
  /// - Complexity: O(n log n).
  public consuming func finish() -> (comparison: ScorerComparison, moves: [(move: Move, others: Int)]) {
    var comparison = comparison
    comparison.load.sort()
    comparison.kinds = zip(Kind.allCases, kinds).compactMap { $1.group($0.name) }
    comparison.domains = zip(Domain.allCases, domains).compactMap { $1.group($0.name) }
    comparison.total = PairStatistics(totals)
    // One after the other, so that only one is sorted at a time.
    for score in Score.allCases { comparison.scores.append(PairStatistics(scores[score.rawValue])) }
    comparison.briefs = tally.changes(top: top)
    return (comparison, furthest.sorted)
  }
}
