import Fixtures
import Glibc
import Model
import Ports
import Runtime
import Stages
import TestSupport
import Testing

/// Later than all captures, or their newest records would not be believed.
struct CaptureClock: WallClock {
  /// 2026-11-01T00:00:00Z.
  func now() -> Timestamp { Timestamp(milliseconds: 1_793_491_200_000) }
}

/// The laws over what was really recorded.
@Suite(.enabled(if: Place.hasCaptures || Place.needsCaptures, "the captures are not here"))
struct CaptureTests {
  /// Two days on which six sources speak at once.
  @Test func theMixedWindowReplaysIdenticallyAndInPiecesToo() throws {
    let folder = TemporaryFolder()
    let start = try #require(Timestamp.read("2026-02-24T00:00:00Z")).timestamp
    let end = start.adding(milliseconds: 30 * .hour)
    let whole = try directory(folder, "whole")
    try ingest(whole, from: start, to: end)
    let run = try fold(whole)
    #expect(run.counters.events > 1000)
    #expect(run.written[DerivedTopic.briefs.rawValue] > 0)
    #expect(try verify(whole, batch: 100).isIdentical)

    let pieces = try directory(folder, "pieces")
    for piece in 0..<10 {
      try ingest(
        pieces, from: start.adding(milliseconds: Int64(piece) * 3 * .hour), to: start.adding(milliseconds: Int64(piece + 1) * 3 * .hour))
      try fold(pieces, batch: 100, threads: 1, checkpointEvery: 400)
    }
    #expect(try pieces.derivedLines() == whole.derivedLines())
  }

  /// A slice of each stream by itself.
  @Test(arguments: [
    ("solrpds", "2022-05-01", "2022-05-15"), ("jup_token_list", "2024-04-01", "2024-04-30"), ("defihacklabs", "2026-01-01", "2026-03-01"),
    ("defillama_hacks", "2025-06-01", "2025-12-31"), ("defillama_raises", "2022-09-01", "2022-09-30"),
    ("hn_rss", "2025-12-01", "2025-12-14"),
    ("crypto_headlines", "2021-09-01", "2021-09-30"), ("uniswap_v2_rugpulls", "2021-06-26", "2021-06-29"),
    ("github_api_recordings", "2012-01-01", "2020-12-31"), ("git_activity", "2026-04-01", "2026-05-01"),
  ])
  func aSliceOfAStreamReplaysIdenticallyASecondIngestAddsNothingAndBothReadersAgree(_ source: String, _ from: String, _ to: String) throws {
    let folder = TemporaryFolder()
    let log = try directory(folder, "data")
    let start = try #require(Timestamp.read(from)).timestamp
    let end = try #require(Timestamp.read(to)).timestamp
    try ingest(log, streams: [source], from: start, to: end)
    #expect(try fold(log).counters.events > 0)
    let again = try ingest(log, streams: [source], from: start, to: end)
    for stream in again.streams where stream.records > 0 { #expect(stream.ingestedBefore) }
    #expect(try fold(log, batch: 100).counters.events == 0)
    #expect(try verify(log).isIdentical)
    var law = ReadingLaw(nodeNames: try log.configurationInForce(log.openReader()).text.ontology.nodes)
    for topic in [DerivedTopic.normalized, .enriched] {
      for value in try log.records(of: topic.name).compactMap(\.value) {
        let difference = law.difference(value)
        try #require(difference == nil, "\(value.displayText)")
      }
    }
  }

  private func directory(_ folder: TemporaryFolder, _ name: String) throws(ProwziError) -> DataDirectory {
    try DataDirectory.create(path: "\(folder.path)/\(name)", partitions: 4, configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
  }

  @discardableResult
  private func ingest(
    _ directory: DataDirectory, streams: [String]? = nil, from: Timestamp, to: Timestamp
  ) throws(ProwziError) -> Ingest.Report {
    try Ingest(directory, clock: CaptureClock()).manifest(
      Place.captures + "/streams.json", streams: streams, from: from, to: to, stop: StopFlag(), progress: { _ in })
  }
}
