import Adapters
import Events
import Glibc
import Model
import Testing

/// How long a record takes: `PROWZI_SPEED=1 swift test -c release --filter SpeedTests`.
@Suite(
  .enabled(if: unsafe getenv("PROWZI_SPEED") != nil && Captures.arePresent, "set PROWZI_SPEED=1 with the captures present"), .serialized)
struct SpeedTests {
  @Test(arguments: [
    ("github_star_ranking", "github_star_ranking/star_snapshots_2025-07_2026-03.csv.zst", "text/csv", 2000.0),
    ("arxiv_daily", "arxiv_daily/arxiv_2026-01_2026-04.jsonl.zst", "application/json", 12_000),
    ("ai_headlines", "ai_headlines/headlines.jsonl.zst", "application/json", 6000),
    ("ai_model_releases", "ai_model_releases/model_catalog_events.jsonl.zst", "application/json", 6000),
  ])
  func aRecordTakesFewMicroseconds(source: String, path: String, type: String, bound: Double) {
    let records = Captures.records(source, path, type: type)
    let registry = AdapterRegistry()
    var scratch = AdapterScratch()
    var items: [Event] = []
    var rejections: [Rejection] = []
    var best = Double.infinity
    for _ in 0..<5 {
      var first = timespec()
      var last = timespec()
      unsafe clock_gettime(CLOCK_MONOTONIC, &first)
      for record in records {
        items.removeAll(keepingCapacity: true)
        registry.read(record, into: &items, rejections: &rejections, scratch: &scratch)
      }
      unsafe clock_gettime(CLOCK_MONOTONIC, &last)
      let nanoseconds = Double(last.tv_sec - first.tv_sec) * 1e9 + Double(last.tv_nsec - first.tv_nsec)
      best = min(best, nanoseconds / Double(records.count))
    }
    print("\(source): \(Int(best)) ns a record, \(records.count) records, \(rejections.count) rejections")
    if let first = rejections.first { print(first) }
    #expect(best < bound)
  }
}
