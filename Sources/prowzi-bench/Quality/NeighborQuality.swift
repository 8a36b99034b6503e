import Configuration
import Events
import Judgement
import Model
import Sensors

/// What the search for neighbours misses where a day brings many texts: captured texts of months pressed into one day, and for some of them all
/// that came before compared in full.
struct NeighborQuality {
  private let configuration: CompiledConfiguration

  init(_ configuration: CompiledConfiguration) { self.configuration = configuration }

  /// Texts, as many as the window holds, and from where on every which one is compared in full.
  private static let texts = 50_000
  private static let measuredFrom = 10_000
  private static let stride = 40
  private static let sources = ["crypto_headlines", "ai_headlines", "uci_news_clusters", "hn_rss", "arxiv_daily"]

  /// Neighbours at least so near.
  private struct Tally {
    let name: String
    let from: Double
    var wanted = 0
    var found = 0
  }

  func measure(_ captures: Captures, _ report: inout QualityReport) throws(ProwziError) {
    var fold = StageFold(configuration)
    var merged = try captures.merged(Self.sources)
    guard let start = Timestamp.read("2026-03-01")?.timestamp else { preconditionFailure("the day is a day") }
    var seen: [(id: EventID, embedding: Embedding)] = []
    var tallies = [
      Tally(name: "all", from: -1), Tally(name: "alike", from: configuration.enrich.sameStoryNearest),
      Tally(name: "near_duplicates", from: configuration.enrich.nearDuplicate),
    ]
    var (measured, nearestFound, lost) = (0, 0, 0.0)
    while seen.count < Self.texts, let next = try merged.next() {
      let stream = merged.streams[next.stream]
      let contentType = (InputFormat(path: stream.path) ?? .jsonLines).contentType
      let time = start.adding(milliseconds: Int64(seen.count) * .day / Int64(Self.texts) / 2)
      for event in fold.enriched(RawRecord(next.item, source: stream.source, contentType: contentType, observedAt: time)) {
        guard let embedding = event.enrichment.embedding else { continue }
        if seen.count >= Self.measuredFrom, seen.count % Self.stride == 0 {
          let neighbors = event.enrichment.neighbors
          let exact = nearest(to: embedding, in: seen, count: configuration.enrich.neighborCount)
          measured += 1
          for (index, hit) in exact.enumerated() {
            // Among equally near ones either is right.
            let isFound = neighbors.contains { $0.id == hit.id || abs($0.similarity - hit.similarity) < 2e-6 }
            for tally in tallies.indices where hit.similarity >= tallies[tally].from {
              tallies[tally].wanted += 1
              if isFound { tallies[tally].found += 1 }
            }
            if index == 0 {
              if isFound { nearestFound += 1 }
              lost += max(0, hit.similarity - (neighbors.first?.similarity ?? 0))
            }
          }
        }
        seen.append((event.event.id, embedding))
      }
    }
    report.add("neighbors.texts", Double(seen.count))
    report.add("neighbors.measured", Double(measured))
    for tally in tallies {
      report.add("neighbors.\(tally.name).wanted", Double(tally.wanted))
      report.add("neighbors.\(tally.name).recall", Double(tally.found) / Double(tally.wanted))
    }
    report.add("neighbors.nearest_found", Double(nearestFound) / Double(measured))
    report.add("neighbors.nearest_similarity_lost", lost / Double(measured))
  }

  private func nearest(to query: Embedding, in all: [(id: EventID, embedding: Embedding)], count: Int) -> [(
    id: EventID, similarity: Double
  )] {
    var best: [(id: EventID, similarity: Double)] = []
    for other in all.reversed() {
      let similarity = Similarity.of(query, other.embedding)
      if best.count == count, similarity <= best[count - 1].similarity { continue }
      let at = best.firstIndex { $0.similarity < similarity } ?? best.count
      best.insert((other.id, similarity), at: at)
      if best.count > count { best.removeLast() }
    }
    return best
  }
}
