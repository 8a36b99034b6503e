import Adapters
import Events
import Model
import Testing

/// Runs one record through the registry.
func read(
  _ value: String, source: String, type: String = "application/json", columns: String? = nil, registry: AdapterRegistry = AdapterRegistry()
) -> (items: [Event], rejections: [Rejection]) {
  read(bytes: Array(value.utf8), source: source, type: type, columns: columns, registry: registry)
}

/// The value lies in the middle of other bytes, so that an offset that forgets to subtract its beginning shows.
func read(
  bytes value: [UInt8], source: String, type: String = "application/json", columns: String? = nil,
  registry: AdapterRegistry = AdapterRegistry()
) -> (items: [Event], rejections: [Rejection]) {
  let header = Array((columns ?? "").utf8)
  let bytes = header + Array("padding".utf8) + value + Array("\"}]behind".utf8)
  let start = header.count + 7
  let raw = RawRecord(
    bytes: bytes, value: start..<start + value.count, source: source, contentType: type, columns: columns == nil ? nil : 0..<header.count,
    observedAt: Timestamp(milliseconds: 1_774_000_000_000))
  var scratch = AdapterScratch()
  var items: [Event] = []
  var rejections: [Rejection] = []
  registry.read(raw, into: &items, rejections: &rejections, scratch: &scratch)
  return (items, rejections)
}

@Test func aStarSnapshotBecomesAnEventWithItsCounts() throws {
  let columns = "observed_at,snapshot_day,repo,stars,forks,open_issues,last_commit"
  let result = read(
    "2026-01-02T04:06:49Z,2026-01-02,Some-Owner/Tool.js,17251,898,461,2024-08-02T16:16:12Z\r", source: "github_star_ranking",
    type: "text/csv",
    columns: columns)
  let event = try #require(result.items.first)
  #expect(event.text(event.naturalID) == "some-owner/tool.js@2026-01-02")
  #expect(event.text(event.title) == "Some-Owner/Tool.js")
  #expect(event.metric("stars")?.value == 17251)
  #expect(event.metric("open_issues")?.span?.range == 61..<64)
  #expect(event.occurredAt.rfc3339 == "2026-01-02T04:06:49Z")
}
