import Fixtures
import Model
import Ports
import Runtime
import Stages
import Testing

@Suite struct RepeatTests {
  @Test func aSecondIngestOfTheSameCaptureAddsNothingAndSaysSo() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.folded.directory, as: "data")
    let report = try Ingest(directory, clock: FixedClock()).manifest(
      Place.signals + "/streams.json", streams: nil, from: nil, to: Ingested.end, stop: StopFlag(), progress: { _ in })
    let streams = report.streams.filter { $0.records > 0 }
    #expect(!streams.isEmpty)
    for stream in streams { #expect(stream.ingestedBefore, "\(stream.name)") }
    let run = try fold(directory)
    #expect(run.counters.records == report.streams.reduce(0) { $0 + $1.records })
    #expect(run.counters.events == 0)
    for topic in DerivedTopic.allCases { #expect(run.written[topic.rawValue] == 0, "\(topic)") }
    // What could not be used the first time is recognised too: its bytes are in the dead letters already.
    #expect(run.counters.rejected == 0)
    #expect(run.counters.repeats == run.counters.records)
    #expect(try verify(directory).isIdentical)
  }

  @Test func aStreamThatWasNotThereBeforeIsNotCalledARepeat() throws {
    let folder = TemporaryFolder()
    let directory = try folder.copy(of: Ingested.directory, as: "data")
    let report = try Ingest(directory, clock: FixedClock()).manifest(
      Place.signals + "/streams.json", streams: ["hn_rss"], from: Ingested.end, to: nil, stop: StopFlag(), progress: { _ in })
    #expect(report.streams.reduce(0) { $0 + $1.records } > 0)
    #expect(report.streams.allSatisfy { !$0.ingestedBefore })
  }
}
