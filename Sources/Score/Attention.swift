import Events
import Model
import Scorers
import State

/// How many events of the last days touched each node of the ontology: what the gap score is measured against.
///
/// Days are counted whole (UTC), today included, so the state is one small table a day.
struct Attention: Checkpointable, Sendable {
  struct Day: Sendable {
    var number: Int64
    /// By node; summed weights in millionths.
    var weights: [Int64]
  }

  private(set) var days: [Day] = []
  /// How many of `days`, from the oldest on, `sums` leaves out: those that only a canary with a longer window looks at.
  private var left = 0
  /// The newest day that any event came on, kept while a canary looks over another window: records of earlier days must not bring back for it
  /// what is over for a scorer in force. `nil` where nobody asks.
  private var newest: Int64?
  /// Sums over the other days, by node.
  private var sums: [Int64] = []
  private var total: Int64 = 0

  init() {}

  /// The attention that the event's nodes had within the scorer's window, measured before the event is counted.
  ///
  /// - Parameters:
  ///   - scorer: who asks.
  ///   - live: the scorer in force; its sums are kept, those of a canary with another window are added up when it asks.
  ///   - canary: who else may ask.
  mutating func count(_ input: EnrichedEvent, for scorer: CompiledScorer, live: CompiledScorer, canary: CompiledScorer?) -> Coverage {
    let nodes = input.enrichment.ontology
    let longest = max(live.gapWindowMilliseconds, canary?.gapWindowMilliseconds ?? 0)
    let others = canary.map { $0.gapWindowMilliseconds != live.gapWindowMilliseconds } ?? false
    let today = input.event.observedAt.milliseconds / .day
    let now = max(today, newest ?? today)
    move(now: now, window: Self.days(live.gapWindowMilliseconds), longest: Self.days(longest))
    newest = others || left > 0 ? now : nil
    let coverage: Coverage
    if scorer.gapWindowMilliseconds == live.gapWindowMilliseconds {
      coverage = Self.coverage(of: nodes, sums, total, cap: scorer.gapCap)
    } else {
      let (sums, total) = sums(from: now - Self.days(scorer.gapWindowMilliseconds) + 1)
      coverage = Self.coverage(of: nodes, sums, total, cap: scorer.gapCap)
    }
    count(nodes, today: today)
    return coverage
  }

  private static func days(_ milliseconds: Int64) -> Int64 { max(1, milliseconds / .day) }

  private static func coverage(of nodes: [OntologyWeight], _ sums: [Int64], _ total: Int64, cap: Double) -> Coverage {
    var covered = 0.0
    var weights = 0.0
    let seen = sums.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    for node in nodes {
      let sum = node.node < sums.count ? sums[node.node] : 0
      // Its share of the attention against an even share among the nodes that had any.
      let share = total == 0 ? 0 : Double(sum) / Double(total) * Double(max(1, seen))
      covered += min(max(share, 0), cap) * node.weight
      weights += node.weight
    }
    return Coverage(share: weights == 0 ? 1 : covered / weights, nodes: nodes.count)
  }

  /// Brings `sums` to the window that ends now, and forgets the days that nobody asks for.
  private mutating func move(now: Int64, window: Int64, longest: Int64) {
    while left < days.count, days[left].number <= now - window {
      add(days[left], -1)
      left += 1
    }
    // The window has grown: a scorer that looks farther back has come into force.
    while left > 0, days[left - 1].number > now - window {
      left -= 1
      add(days[left], 1)
    }
    while left > 0, days[0].number <= now - max(window, longest) {
      days.removeFirst()
      left -= 1
    }
  }

  private mutating func add(_ day: Day, _ sign: Int64) {
    for (node, weight) in day.weights.enumerated() {
      sums[node] += sign * weight
      total += sign * weight
    }
  }

  private func sums(from first: Int64) -> (sums: [Int64], total: Int64) {
    var result = [Int64](repeating: 0, count: sums.count)
    var total: Int64 = 0
    for day in days where day.number >= first {
      for (node, weight) in day.weights.enumerated() {
        result[node] += weight
        total += weight
      }
    }
    return (result, total)
  }

  private mutating func count(_ nodes: [OntologyWeight], today: Int64) {
    guard !nodes.isEmpty else { return }
    // A record that is older than the newest day counts for the newest: days only move on.
    if days.last.map({ $0.number < today }) ?? true { days.append(Day(number: today, weights: [])) }
    let last = days.count - 1
    for node in nodes {
      let weight = Int64((node.weight * 1_000_000).rounded())
      while sums.count <= node.node { sums.append(0) }
      while days[last].weights.count <= node.node { days[last].weights.append(0) }
      days[last].weights[node.node] += weight
      // Of a day that the window leaves out nothing is in the sums.
      if last >= left {
        sums[node.node] += weight
        total += weight
      }
    }
  }

  /// *Shape*: the days, each with its weights; where there is a newest day to keep, it stands as a day without weights before the first that is
  /// in the sums.
  func write(to writer: inout StateWriter) {
    writer.count(days.count + (newest == nil ? 0 : 1))
    for (index, day) in days.enumerated() {
      if index == left { writeNewest(to: &writer) }
      writer.signed(day.number)
      writer.count(day.weights.count)
      for weight in day.weights { writer.signed(weight) }
    }
    if left == days.count { writeNewest(to: &writer) }
  }

  private func writeNewest(to writer: inout StateWriter) {
    guard let newest else { return }
    writer.signed(newest)
    writer.count(0)
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    for _ in 0..<(try reader.count()) {
      var day = Day(number: try reader.signed(), weights: [])
      for _ in 0..<(try reader.count()) { day.weights.append(try reader.signed()) }
      if day.weights.isEmpty {
        newest = day.number
        left = days.count
      } else {
        days.append(day)
        if sums.count < day.weights.count { sums += [Int64](repeating: 0, count: day.weights.count - sums.count) }
      }
    }
    for day in days.dropFirst(left) { add(day, 1) }
  }
}
