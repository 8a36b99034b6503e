import Configuration
import Disk
import Generator
import Model
import Ports
import Runtime
import Sensors

/// The clock of the fixtures: it stands still, soon after everything they hold.
public struct FixedClock: WallClock {
  public init() {}
  /// 2026-04-01T00:00:00Z.
  public func now() -> Timestamp { Timestamp(milliseconds: 1_775_001_600_000) }
}

/// Where the fixtures lie, what they are generated from, and how they come into a log.
public enum FixtureFolder {
  public static let signals = "signals"
  public static let expected = "expected.json"
  /// What `signals/` is generated from.
  public static let seed: UInt64 = 7
  public static let events = 4000

  /// The files below `signals/`, generated.
  public static func signalFiles() -> [(name: String, contents: [UInt8])] { SignalGenerator.fixtureFiles(seed: seed, events: events) }

  /// Makes a data directory and ingests a folder of captures, with the fixed clock.
  /// - Parameters:
  ///   - cuts: ingests the manifest in pieces that end at these times, ascending; the raw records are the same.
  ///   - last: leaves out what the manifest's streams hold from this time on.
  public static func ingest(
    _ captures: String, into path: String, partitions: Int = FixtureOutcome.partitions, cuts: [Timestamp] = [], to last: Timestamp? = nil
  ) throws(ProwziError) -> DataDirectory {
    let directory = try DataDirectory.create(
      path: path, partitions: partitions, configuration: try .builtIn(), now: Timestamp(milliseconds: 0))
    let ends: [Timestamp?] = cuts + [last]
    var start: Timestamp?
    for end in ends {
      _ = try Ingest(directory, clock: FixedClock()).manifest(
        captures + "/streams.json", streams: nil, from: start, to: end, stop: StopFlag(), progress: { _ in })
      start = end
    }
    let feeds = try feeds(below: captures)
    if !feeds.isEmpty {
      _ = try Ingest(directory, clock: FixedClock()).files(
        feeds, source: "hn_rss", timeField: nil, format: .xml, stop: StopFlag(), progress: { _ in })
    }
    return directory
  }

  /// Whole feed documents have no line in the manifest, as no field says when they were fetched.
  private static func feeds(below captures: String) throws(ProwziError) -> [String] {
    let files = DiskFileSystem(root: captures)
    guard try files.exists("feeds") else { return [] }
    return try files.list("feeds").filter { $0.hasSuffix(".xml") }.map { captures + "/feeds/" + $0 }
  }
}
