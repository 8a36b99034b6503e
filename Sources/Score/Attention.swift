import Configuration
import Events
import Model
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
  /// Sums over `days`, by node.
  private var sums: [Int64] = []
  private var total: Int64 = 0

  init() {}

  /// One minus the attention that the event's nodes had, measured before the event is counted. Without nodes nothing can be said: 0.
  mutating func gap(of input: EnrichedEvent, _ settings: ScorerSettings, _ weight: Double) -> ScoreDetail {
    let nodes = input.enrichment.ontology
    let today = input.event.observedAt.milliseconds / .day
    expire(today: today, days: max(1, settings.gapWindowMilliseconds / .day))
    var covered = 0.0
    var weights = 0.0
    let seen = sums.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
    for node in nodes {
      let sum = node.node < sums.count ? sums[node.node] : 0
      // Its share of the attention against an even share among the nodes that had any.
      let share = total == 0 ? 0 : Double(sum) / Double(total) * Double(max(1, seen))
      covered += share.clamped(0, settings.gapCap) * node.weight
      weights += node.weight
    }
    let coverage = weights == 0 ? 1 : covered / weights
    count(nodes, today: today)
    var sentence = Sentence()
    if nodes.isEmpty {
      sentence.say("In no node of the ontology.")
    } else {
      sentence.say("Its subjects had ")
      sentence.say(coverage)
      sentence.say(" of an even share of attention.")
    }
    return ScoreDetail(
      value: rounded((1 - coverage).clamped(0, 1)), weight: weight,
      inputs: [.init("coverage", rounded(coverage)), .init("nodes", Double(nodes.count))], sentence: sentence.bytes)
  }

  private mutating func expire(today: Int64, days kept: Int64) {
    while let first = days.first, first.number <= today - kept {
      for (node, weight) in first.weights.enumerated() {
        sums[node] -= weight
        total -= weight
      }
      days.removeFirst()
    }
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
      sums[node.node] += weight
      days[last].weights[node.node] += weight
      total += weight
    }
  }

  func write(to writer: inout StateWriter) {
    writer.count(days.count)
    for day in days {
      writer.signed(day.number)
      writer.count(day.weights.count)
      for weight in day.weights { writer.signed(weight) }
    }
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    for _ in 0..<(try reader.count()) {
      var day = Day(number: try reader.signed(), weights: [])
      for node in 0..<(try reader.count()) {
        let weight = try reader.signed()
        day.weights.append(weight)
        while sums.count <= node { sums.append(0) }
        sums[node] += weight
        total += weight
      }
      days.append(day)
    }
  }
}
