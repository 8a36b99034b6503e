import Configuration
import Events
import Judgement
import Model
import Sensors

/// Story pairs and stories: headlines in labelled clusters.
///
/// The capture runs story by story. Its rows are dealt, in a seeded order, the observation times of the capture in ascending order. Three stories
/// in ten are the held-out part, a stream of its own on which nothing was tuned. Words begin without memory of other texts.
struct StoryQuality {
  private let configuration: CompiledConfiguration

  init(_ configuration: CompiledConfiguration) { self.configuration = configuration }

  private struct Headline {
    var event: EnrichedEvent
    var label: Int
    var title: String { event.event.text(event.event.title) ?? "" }
  }

  func measure(_ captures: Captures, _ report: inout QualityReport) throws(ProwziError) {
    let rows = try captures.items("uci_news_clusters/headlines.jsonl.zst", timeField: "seen_at")
    let names = Array(Set(rows.compactMap { $0.text("story") })).sorted()
    let order = Resampling.shuffled(names.count, seed: 2014)
    let heldOut = Set(order.prefix(names.count * 3 / 10).map { names[$0] })
    for (part, isHeldOut) in [("tuning", false), ("held_out", true)] {
      let chosen = rows.filter { row in row.text("story").map { heldOut.contains($0) == isHeldOut } ?? false }
      let headlines = fold(chosen, names)
      report.add("stories.\(part).items", Double(headlines.count))
      measurePairs(headlines, "stories.\(part).", &report)
      measureMembership(headlines, "stories.\(part).", &report)
      measureStories(headlines, "stories.\(part).", &report)
    }
  }

  private func fold(_ rows: [RawItem], _ names: [String]) -> [Headline] {
    var fold = StageFold(configuration)
    let times = rows.compactMap(\.observedAt).sorted()
    var headlines: [Headline] = []
    for (step, index) in Resampling.shuffled(rows.count, seed: 7).enumerated() {
      let raw = RawRecord(rows[index], source: "uci_news_clusters", observedAt: times[step])
      guard let label = names.firstIndex(of: rows[index].text("story") ?? "") else { continue }
      for event in fold.enriched(raw) { headlines.append(Headline(event: event, label: label)) }
    }
    return headlines
  }

  // MARK: Pairs

  private static let bins = 1000

  private func measurePairs(_ headlines: [Headline], _ prefix: String, _ report: inout QualityReport) {
    let labels = Array(Set(headlines.map(\.label))).sorted()
    let group = headlines.map { headline in labels.firstIndex(of: headline.label)! }
    // Pairs of each two stories, by similarity.
    var counts = [Double](repeating: 0, count: labels.count * labels.count * Self.bins)
    for i in headlines.indices {
      for j in 0..<i {
        let similarity = Similarity.of(headlines[i].event.enrichment.embedding, headlines[j].event.enrichment.embedding)
        let bin = min(Self.bins - 1, max(0, Int((similarity + 0.25) / 1.25 * Double(Self.bins))))
        counts[(max(group[i], group[j]) * labels.count + min(group[i], group[j])) * Self.bins + bin] += 1
      }
    }
    func area(_ times: [Int]) -> Double {
      var positives = [Double](repeating: 0, count: Self.bins)
      var negatives = positives
      for a in labels.indices where times[a] > 0 {
        for b in 0...a where times[b] > 0 {
          let weight = Double(a == b ? times[a] : times[a] * times[b])
          let start = (a * labels.count + b) * Self.bins
          for bin in 0..<Self.bins {
            if a == b { positives[bin] += weight * counts[start + bin] } else { negatives[bin] += weight * counts[start + bin] }
          }
        }
      }
      return AreaUnderCurve.of(positives: positives, negatives: negatives)
    }
    report.add(prefix + "pair_auc", area([Int](repeating: 1, count: labels.count)))
    let interval = Resampling.interval(groups: labels.count, rounds: 200, seed: 3, area)
    report.add(prefix + "pair_auc_low", interval.low)
    report.add(prefix + "pair_auc_high", interval.high)
  }

  /// A headline against the sum of each story's earlier headlines: does it lie nearer to its own?
  private func measureMembership(_ headlines: [Headline], _ prefix: String, _ report: inout QualityReport) {
    let labels = Array(Set(headlines.map(\.label))).sorted()
    var sums = [[Double]?](repeating: nil, count: labels.count)
    // By story of the headline and story compared with.
    var positives = [[Double]](repeating: [Double](repeating: 0, count: Self.bins), count: labels.count)
    var negatives = [[[Double]]](repeating: positives, count: labels.count)
    for headline in headlines {
      guard let embedding = headline.event.enrichment.embedding, let own = labels.firstIndex(of: headline.label) else { continue }
      for other in labels.indices {
        guard let sum = sums[other] else { continue }
        var dot = 0.0
        var squares = 0.0
        for k in sum.indices {
          dot += sum[k] * Double(embedding.values[k])
          squares += sum[k] * sum[k]
        }
        let similarity = dot / (squares.squareRoot() * embedding.length)
        let bin = min(Self.bins - 1, max(0, Int((similarity + 0.25) / 1.25 * Double(Self.bins))))
        if other == own { positives[own][bin] += 1 } else { negatives[own][other][bin] += 1 }
      }
      let before = sums[own] ?? [Double](repeating: 0, count: Embedding.dimensions)
      sums[own] = zip(before, embedding.values).map { $0 + Double($1) / embedding.length }
    }
    func area(_ times: [Int]) -> Double {
      var p = [Double](repeating: 0, count: Self.bins)
      var n = p
      for a in labels.indices where times[a] > 0 {
        for bin in p.indices { p[bin] += Double(times[a]) * positives[a][bin] }
        for b in labels.indices where b != a && times[b] > 0 {
          for bin in n.indices { n[bin] += Double(times[a] * times[b]) * negatives[a][b][bin] }
        }
      }
      return AreaUnderCurve.of(positives: p, negatives: n)
    }
    report.add(prefix + "story_auc", area([Int](repeating: 1, count: labels.count)))
    let interval = Resampling.interval(groups: labels.count, rounds: 200, seed: 4, area)
    report.add(prefix + "story_auc_low", interval.low)
    report.add(prefix + "story_auc_high", interval.high)
  }

  // MARK: Stories

  private func measureStories(_ headlines: [Headline], _ prefix: String, _ report: inout QualityReport) {
    let ids = Array(Set(headlines.map { $0.event.enrichment.cluster.id.text })).sorted()
    let number = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    let clusters = headlines.map { number[$0.event.enrichment.cluster.id.text]! }
    let judgement = ClusteringJudgement(labels: headlines.map(\.label), clusters: clusters)
    for (name, figures) in [("bcubed", judgement.bcubed), ("pairwise", judgement.pairs)] {
      report.add(prefix + name + "_precision", figures.precision)
      report.add(prefix + name + "_recall", figures.recall)
      report.add(prefix + name + "_f1", figures.f1)
    }
    report.add(prefix + "stories", Double(judgement.labels))
    report.add(prefix + "clusters", Double(judgement.clusters))
    let labels = Array(Set(headlines.map(\.label))).sorted()
    let interval = Resampling.interval(groups: labels.count, rounds: 200, seed: 5) { times in
      // Each draw of a story is a story of its own, clusters with it: only drawn stories count.
      let drawn = headlines.indices.filter { times[labels.firstIndex(of: headlines[$0].label)!] > 0 }
      return ClusteringJudgement(labels: drawn.map { headlines[$0].label }, clusters: drawn.map { clusters[$0] }).bcubed.f1
    }
    report.add(prefix + "bcubed_f1_low", interval.low)
    report.add(prefix + "bcubed_f1_high", interval.high)
    show(headlines, clusters, prefix, report)
  }

  private func show(_ headlines: [Headline], _ clusters: [Int], _ prefix: String, _ report: QualityReport) {
    guard report.show > 0 else { return }
    let place = Dictionary(headlines.enumerated().map { ($1.event.event.id.text, $0) }, uniquingKeysWith: { first, _ in first })
    var begun: [Int: Int] = [:]
    var merges: [(similarity: Double, text: String)] = []
    var misses: [(similarity: Double, text: String)] = []
    for (index, headline) in headlines.enumerated() {
      let enrichment = headline.event.enrichment
      if enrichment.cluster.relation == .new { begun[clusters[index]] = index }
      guard let nearest = enrichment.neighbors.first, let other = place[nearest.id.text] else { continue }
      let isSame = headlines[other].label == headline.label
      let text = "\(shortText(nearest.similarity))  \(headline.title)  |  \(headlines[other].title)"
      if !isSame, clusters[index] == clusters[other] { merges.append((nearest.similarity, text)) }
      if isSame, enrichment.cluster.relation == .new { misses.append((nearest.similarity, text)) }
    }
    report.cases("\(prefix) joined the story of another:", merges.sorted { $0.similarity > $1.similarity }.map(\.text))
    report.cases("\(prefix) began a story although one was there:", misses.sorted { $0.similarity > $1.similarity }.map(\.text))
    let sizes = Dictionary(clusters.map { ($0, 1) }, uniquingKeysWith: +)
    let largest = sizes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    report.cases(
      "\(prefix) largest clusters:",
      largest.map { cluster, size in
        let labels = Dictionary(headlines.indices.filter { clusters[$0] == cluster }.map { (headlines[$0].label, 1) }, uniquingKeysWith: +)
        let parts = labels.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5).map { "\($0.value)" }.joined(separator: "+")
        return "\(size) (\(parts))  \(begun[cluster].map { headlines[$0].title } ?? "")"
      })
  }
}
