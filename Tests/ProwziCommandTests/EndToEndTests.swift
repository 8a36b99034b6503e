import Foundation
import Testing

/// From a file to a brief and back, with the program alone.
@Suite struct EndToEndTests {
  /// A data directory of one test.
  final class Site {
    let folder: URL

    init(partitions: Int = 2) throws {
      folder = try TemporaryFolder.make()
      let made = try Program.run(["init", "--data", "data", "--partitions", "\(partitions)"], in: folder)
      try #require(made.code == 0, "\(made.error)")
      #expect(made.output.hasPrefix("Made data: 9 topics of \(partitions) partition\(partitions == 1 ? "" : "s"), configuration "))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func prowzi(_ line: String, _ more: [String] = [], input: String = "") throws -> Program.Result {
      try Program.run(line.split(separator: " ").map(String.init) + more, input: input, in: folder, environment: ["PROWZI_DATA": "data"])
    }

    /// Runs a line that must end well.
    func good(_ line: String, _ more: [String] = [], input: String = "") throws -> Program.Result {
      let result = try prowzi(line, more, input: input)
      #expect(result.code == 0, "\(line): \(result.error)")
      return result
    }

    func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }

    func bash(_ script: String) throws -> Int32 {
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/bash")
      shell.arguments = ["-o", "pipefail", "-c", script]
      shell.currentDirectoryURL = folder
      shell.environment = ["PROWZI_DATA": "data", "PATH": "/usr/bin:/bin", "prowzi": Program.executable.path]
        .merging(Program.sanitizerSettings) { $1 }
      shell.standardOutput = FileHandle.nullDevice
      try shell.run()
      shell.waitUntilExit()
      return shell.terminationStatus
    }

    /// Ingests headlines and folds them.
    func foldHeadlines() throws {
      try write("headlines.jsonl", EndToEndTests.headlines)
      _ = try good("ingest --source ai_headlines --time-field first_seen_at headlines.jsonl")
      _ = try good("run")
    }

    func firstBrief() throws -> [String: Any] { try #require(try good("briefs --format json").objects.first) }
  }

  static func headline(_ minute: Int, _ title: String) -> String {
    #"{"first_seen_at":"2026-02-21T03:\#(minute):18Z","title":"\#(title)","commit":"5282af661ed9"}"# + "\n"
  }

  static let headlines =
    headline(10, "Quantum Lab raises $12B for a data center in Oslo")
    + headline(11, "A small gardening club meets on Tuesdays")
    + headline(12, #"Escape \u001b[31mred\u202e and backwards"#)
    + "{\"first_seen_at\":\"2026-02-21T03:13:18Z\",\"title\":\n"

  @Test func aFileBecomesBriefs() throws {
    let site = try Site()
    try site.write("headlines.jsonl", Self.headlines)
    let ingested = try site.good("ingest --source ai_headlines --time-field first_seen_at --format json headlines.jsonl").objects
    #expect(ingested.count == 1)
    #expect(ingested[0]["records"] as? Int == 4)
    #expect(ingested[0]["ingested_before"] as? Bool == false)
    // The configuration is one record of each partition.
    #expect(try site.good("status").output.contains("\n6 raw records not folded yet: 'prowzi run' folds them.\n"))

    let run = try #require(try site.good("run --format json").objects.first)
    #expect(run["records"] as? Int == 6)
    #expect(run["events"] as? Int == 3)
    #expect(run["rejected"] as? Int == 1)
    #expect(run["stopped"] as? Bool == false)
    let status = try site.good("status --counts").output
    #expect(status.contains("\nAll raw records are folded.\n"))
    #expect(status.contains("\nparse.json      1\n"), "\(status)")
    #expect(status.contains("\nai_headlines      3\n"), "\(status)")

    let page = try site.good("briefs").output
    #expect(page.contains("Quantum Lab raises $12B for a data center in Oslo"))
    #expect(page.contains("2026-02-21 03:10"))
    #expect(page.contains("  [1] \""))
    #expect(page.contains("← prowzi.raw/"))
    #expect(page.contains("\n  Next steps\n    - "))
    #expect(page.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("brief ") }, "\(page)")
    #expect(try site.good("briefs --domain crypto").output.hasPrefix("No briefs."))
  }

  @Test func anExplanationAddsUpAndLeadsToTheBytes() throws {
    let site = try Site()
    try site.foldHeadlines()
    let id = try #require((try site.firstBrief()["event_ids"] as? [String])?.first)
    let found = try #require(try site.good("explain --format json", [id]).objects.first)
    let evaluation = try #require(found["evaluation"] as? [String: Any])
    let explanations = try #require(evaluation["explanations"] as? [String: [String: Any]])
    let sum = ["freshness", "novelty", "impact", "confidence", "gap"].reduce(0.0) {
      $0 + (explanations[$1]?["contribution"] as? Double ?? 0)
    }
    #expect(abs(sum - (evaluation["total_evi"] as? Double ?? 0)) < 0.000_004)
    #expect(found["title"] as? String == "Quantum Lab raises $12B for a data center in Oslo")

    let raw = try #require(found["raw"] as? String).split(separator: "/").map(String.init)
    let offset = try #require(Int(raw[2]))
    let record = try site.good("read \(raw[0]) --partition \(raw[1]) --from \(offset) --to \(offset + 1) --format json").objects
    #expect(record.count == 1)
    #expect((record.first?["value"] as? [String: Any])?["title"] as? String == "Quantum Lab raises $12B for a data center in Oslo")

    let page = try site.good("explain", [id]).output
    for words in ["×", "= ", "freshness: ", "raw       prowzi.raw/", "threshold"] { #expect(page.contains(words), "\(words)") }
    let unknown = try site.prowzi("explain 0198d0a2-7c00-8abc-9def-0123456789ab")
    #expect(unknown.code == 4)
    #expect(unknown.error.hasPrefix("prowzi: no event has the id 0198d0a2-7c00-8abc-9def-0123456789ab\n"))
  }

  @Test func replayIsIdenticalAndShowsWhatAChangeDoes() throws {
    let site = try Site()
    try site.foldHeadlines()
    #expect(try site.good("replay --verify").output.contains("\nIdentical: folding again gives "))
    #expect(try site.good("replay --verify --format json").objects.allSatisfy { $0["identical"] as? Bool == true })
    try site.write("weights.json", #"{"score":{"weights":{"freshness":0.2,"novelty":0.3}}}"#)
    let changed = try site.prowzi("replay --verify --config weights.json")
    #expect(changed.code == 1)
    #expect(changed.output.contains("\nDifferent in "))
    #expect(try site.good("replay --verify").output.contains("\nIdentical: "))
  }

  @Test func aSecondIngestAddsNothing() throws {
    let site = try Site()
    try site.foldHeadlines()
    let before = try site.good("read prowzi.banded").output
    let again = try site.good("ingest --source ai_headlines --time-field first_seen_at headlines.jsonl").output
    #expect(again.contains("All of it was ingested before: 'prowzi run' recognises the repeats, and nothing new comes of them.\n"))
    #expect(try site.good("run").output.contains("4 repeats recognised"))
    #expect(try site.good("read prowzi.banded").output == before)
    #expect(try site.good("run").output == "Nothing to fold: all raw records were folded before.\n")
  }

  @Test func aConfigurationIsCheckedAppliedAndReplayed() throws {
    let site = try Site()
    try site.foldHeadlines()
    let patch = #"{"score":{"weights":{"freshness":0.2,"novelty":0.3}}}"#
    let check = try site.good("config check -", input: patch).output
    #expect(check.hasPrefix("Valid. Against the configuration in force: "))
    let old = try site.good("config show").output
    let applied = try site.good("config apply -", input: patch).output
    #expect(applied.hasPrefix("Applied to 2 partitions: "))
    #expect(applied.hasSuffix(".\n  /score/weights/freshness: 0.25 → 0.2\n  /score/weights/novelty: 0.25 → 0.3\n"))
    #expect(try site.good("config show").output != old)
    #expect(try site.good("config show --default").output == old)
    #expect(try site.good("config apply -", input: patch).output.hasPrefix("The same as the configuration in force"))
    try site.write("more.jsonl", Self.headline(30, "Another lab raises $40B for chips in Bergen"))
    _ = try site.good("ingest --source ai_headlines --time-field first_seen_at more.jsonl")
    _ = try site.good("run")
    let scorers = try site.good("read prowzi.scored --format json").objects.compactMap {
      (($0["value"] as? [String: Any])?["explanations"] as? [String: [String: Any]])?["novelty"]?["weight"] as? Double
    }
    #expect(scorers == [0.25, 0.25, 0.25, 0.3])
    #expect(try site.good("replay --verify").output.contains("\nIdentical: "))
  }

  @Test func aRetractionReachesTheBrief() throws {
    let site = try Site()
    try site.foldHeadlines()
    let brief = try site.firstBrief()
    let id = try #require((brief["event_ids"] as? [String])?.first)
    #expect(try site.good("retract --reason withdrawn", [id]).output.contains("'prowzi run' takes it up.\n"))
    _ = try site.good("run")
    let after = try #require(
      try site.good("briefs --format json").objects.first { $0["brief_id"] as? String == brief["brief_id"] as? String })
    #expect(after["status"] as? String == "retracted")
    #expect(after["revision"] as? Int == 2)
    #expect(try site.good("briefs").output.contains("RETRACTED"))
    #expect(try site.good("briefs --all --format json").objects.count == 2)
  }

  @Test func aDamagedSegmentIsFound() throws {
    let site = try Site(partitions: 1)
    try site.foldHeadlines()
    #expect(try site.good("log verify").output.hasPrefix("Sound: 9 partitions, "))
    let path = site.folder.appendingPathComponent("data/log/prowzi.scored-0/00000000000000000000.log")
    var bytes = try Data(contentsOf: path)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: path)
    let verify = try site.prowzi("log verify")
    #expect(verify.code == 1)
    #expect(verify.output.contains("log/prowzi.scored-0/00000000000000000000.log, offset 0, byte 0: "))
    #expect(
      verify.output.hasSuffix("Damaged: 1 partition of 9 partitions, \(verify.output.components(separatedBy: "partitions, ").last ?? "")"))
    #expect(try site.prowzi("read prowzi.scored").code == 7)
    #expect(try site.good("log verify prowzi.raw").output.hasPrefix("Sound: 1 partition, "))
  }

  @Test func foreignTextCannotDriveATerminal() throws {
    let site = try Site()
    try site.foldHeadlines()
    for line in ["read prowzi.raw --headers", "read prowzi.normalized", "log dump prowzi.raw", "briefs", "status --counts"] {
      let output = try site.good(line).output
      let isSafe = !output.unicodeScalars.contains { $0.value != 0x0a && ($0.value < 0x20 || (0x202a...0x202e).contains($0.value)) }
      #expect(isSafe, "\(line)")
    }
  }

  @Test func aReaderThatStopsEndsTheCommandQuietly() throws {
    let site = try Site()
    try site.foldHeadlines()
    #expect(try site.bash("\"$prowzi\" read prowzi.raw | head -c 10") == 0)
  }

  @Test func batchesArePrintedWithTheirPlaces() throws {
    let site = try Site(partitions: 1)
    try site.foldHeadlines()
    let dump = try site.good("log dump prowzi.raw --batches --format json").objects
    #expect(dump.first?["base_offset"] as? Int == 0)
    #expect(dump.first?["position"] as? Int == 0)
    #expect(dump.reduce(0) { $0 + ($1["records"] as? Int ?? 0) } == 5)
    #expect(
      try site.good("log dump prowzi.raw --limit 1").output.hasPrefix(
        "log/prowzi.raw-0/00000000000000000000.log:0  offsets 0..0  1 record  "))
  }

  @Test func aFollowingRunHoldsTheLockAndStopsAtASignal() throws {
    let site = try Site()
    try site.foldHeadlines()
    let running = try Program.start(["run", "--follow"], in: site.folder, environment: ["PROWZI_DATA": "data"])
    defer { if running.process.isRunning { running.process.terminate() } }
    // Looked at, not tried: whoever tries may get the lock first.
    let lock = site.folder.appendingPathComponent("data/journal/pipeline.lock")
    func holder() -> String { ((try? String(contentsOf: lock, encoding: .utf8)) ?? "").filter(\.isNumber) }
    for _ in 0..<600 where holder() != "\(running.process.processIdentifier)" { Thread.sleep(forTimeInterval: 0.05) }
    let second = try site.prowzi("run")
    #expect(second.code == 5)
    #expect(second.error.contains("writes the topics of pipeline"))
    running.process.interrupt()
    let result = try running.wait()
    #expect(result.code == 130)
    #expect(result.error == "prowzi: stopping at the next commit; a second signal ends at once\n")
    #expect(try site.good("replay --verify").output.contains("\nIdentical: "))
  }

  @Test func whatIsInAFileThatIsCutComesIn() throws {
    let site = try Site()
    try site.write("whole.jsonl", String(repeating: Self.headlines, count: 200))
    #expect(try site.bash("gzip whole.jsonl && head -c $(($(stat -c %s whole.jsonl.gz) / 2)) whole.jsonl.gz > cut.jsonl.gz") == 0)
    let result = try site.prowzi("ingest --source ai_headlines --time-field first_seen_at --format json cut.jsonl.gz")
    #expect(result.code == 3, "\(result.error)")
    #expect((try result.objects.first?["records"] as? Int ?? 0) > 0)
    #expect(result.error.hasPrefix("prowzi: ai_headlines, cut.jsonl.gz: "), "\(result.error)")
  }
}
