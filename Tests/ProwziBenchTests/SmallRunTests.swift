import Foundation
import Testing

/// Every measurement that needs nothing from outside, in a small size: so that none rots. Nothing here judges a time.
@Suite struct SmallRunTests {
  private static let executable: URL = {
    let bundle = URL(
      fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0])
    let beside = bundle.deletingLastPathComponent().appendingPathComponent("prowzi-bench")
    if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
    return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("prowzi-bench")
  }()

  /// A folder that goes when the test ends.
  private final class Folder {
    let url: URL
    init() throws {
      url = FileManager.default.temporaryDirectory.appendingPathComponent("prowzi-bench-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }

    func run(_ line: String) throws -> (output: String, code: Int32) {
      let process = Process()
      process.executableURL = SmallRunTests.executable
      process.arguments = line.split(separator: " ").map(String.init)
      process.currentDirectoryURL = url
      let output = url.appendingPathComponent("output-\(UUID().uuidString)")
      try Data().write(to: output)
      process.standardOutput = try FileHandle(forWritingTo: output)
      try process.run()
      process.waitUntilExit()
      return (try String(contentsOf: output, encoding: .utf8), process.terminationStatus)
    }

    /// The figures of a measurement that must end well: medians by name.
    func figures(_ line: String) throws -> [String: Double] {
      let result = try run(line + " --format json")
      #expect(result.code == 0, "\(line): \(result.output)")
      let summary = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let figures = try #require(summary["figures"] as? [String: [String: Double]])
      #expect(!figures.isEmpty)
      for (name, figure) in figures {
        let (least, median, most) = (figure["least"] ?? -1, figure["median"] ?? -1, figure["most"] ?? -1)
        #expect(least <= median && median <= most && most.isFinite, "\(line): \(name) is \(figure)")
      }
      return figures.compactMapValues { $0["median"] }
    }
  }

  @Test func thePipelineAndWhatReadsWhatItLeft() throws {
    let folder = try Folder()
    let pipeline = try folder.figures("pipeline --events 3000 --work data --threads 2")
    #expect(pipeline["verify_identical"] == 1)
    #expect(pipeline["run_records"] ?? 0 >= 3000)
    #expect(try folder.figures("replay --data data --threads 1,2")["records"] == pipeline["run_records"])
    #expect(try folder.figures("stages --data data --records 200 --rounds 1")["records"] ?? 0 > 100)
    #expect(try folder.figures("backfill --data data --threads 1")["live_1_threads_events_per_second"] ?? 0 > 0)
    #expect(try folder.figures("window --data data --moments 5")["first_record_ms_p50"] ?? 0 > 0)
    #expect(try folder.figures("recovery --data data --kills 2")["median_ms"] ?? 0 > 0)
    #expect(try folder.figures("replay --data data --threads 1")["records"] == pipeline["run_records"])
  }

  @Test func theLogAloneBesideWhatTheMachineCouldDo() throws {
    let folder = try Folder()
    #expect(try folder.figures("log-write --work w --records 2000 --batch 500")["mebibytes_per_second_share_of_limit"] ?? 0 > 0)
    let read = try folder.figures("log-read --work r --records 5000 --codecs none,lz4,zstd,gzip")
    for codec in ["none", "lz4", "zstd", "gzip"] { #expect(read["\(codec)_records_per_second"] ?? 0 > 0, "\(codec)") }
    #expect(try folder.figures("codec --records 50 --batches 2")["zstd_decode_mebibytes_per_second"] ?? 0 > 0)
  }

  @Test func everyRecordOfAnOpenLoadIsSeen() throws {
    let latency = try Folder().figures("latency --work d --rate 500 --seconds 1 --warm-up 0 --pieces 50")
    #expect(latency["banded_measured"] ?? 0 > 300)
    #expect(latency["banded_p50_ms"] ?? 0 > 0)
    #expect(latency["banded_p99_ms"] ?? 0 >= latency["banded_p50_ms"] ?? 0)
  }

  @Test func theReducedJobCountsKeysAndFirstSightings() throws {
    let folder = try Folder()
    let lines = [("a", "x"), ("a", "x"), ("b", "x"), ("a", "y")].map { #"{"key":"\#($0)","text":"\#($1)"}"# + "\n" }.joined()
    try Data(lines.utf8).write(to: folder.url.appendingPathComponent("in.jsonl"))
    let figures = try folder.figures("reduced --input in.jsonl --output out.jsonl")
    #expect(figures["lines"] == 4 && figures["first_seen"] == 3 && figures["keys"] == 2)
    let output = try String(contentsOf: folder.url.appendingPathComponent("out.jsonl"), encoding: .utf8).split(separator: "\n")
    #expect(
      output.map { $0.prefix(32) }
        == [
          #"{"count":1,"first":true,"key":"a"#, #"{"count":2,"first":false,"key":"a"#.prefix(32), #"{"count":1,"first":true,"key":"b"#,
          #"{"count":3,"first":true,"key":"a"#,
        ].map { $0.prefix(32) })
    #expect(output[0].contains("2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"))
  }

  @Test func runsAreSummarisedSavedAndCompared() throws {
    let folder = try Folder()
    let saved = try folder.run("codec --records 10 --batches 1 --runs 3 --save base.json")
    #expect(saved.code == 0 && saved.output.contains("least"))
    let compared = try folder.run("codec --records 10 --batches 1 --baseline base.json")
    #expect(compared.code == 0 && compared.output.contains("baseline"))
    let base = try String(contentsOf: folder.url.appendingPathComponent("base.json"), encoding: .utf8)
    #expect(base.contains(#""runs":3"#))
    #expect(try folder.run("codec --baseline nowhere.json").code != 0)
    try Data("{}".utf8).write(to: folder.url.appendingPathComponent("bad.json"))
    #expect(try folder.run("codec --baseline bad.json").code == 3)
  }
}
