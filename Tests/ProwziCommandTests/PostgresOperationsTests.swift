import Foundation
import Testing

/// The scripts of `ops/` that kill and restore, run small with the programs of this build. `ops/postgres-kills` alone kills fifty times.
@Suite struct PostgresOperationsTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func run(_ script: String, _ arguments: [String]) throws -> (output: String, code: Int32) {
    let process = Process()
    process.executableURL = Self.root.appendingPathComponent("ops/\(script)")
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["PROWZI"] = Program.executable.path
    environment["PROWZI_BENCH"] = Program.executable.deletingLastPathComponent().appendingPathComponent("prowzi-bench").path
    environment["PROWZI_SEED"] = "7"
    process.environment = environment
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: output, as: UTF8.self), process.terminationStatus)
  }

  @Test func killsOfProjectorAndServerLeaveTheTablesAsTheLogSays() throws {
    let result = try run("postgres-kills", ["6", "1500"])
    #expect(result.code == 0, "\(result.output)")
    #expect(result.output.contains("Same: the tables are what"), "\(result.output)")
    #expect(result.output.contains("The projector was killed 6 times, the server 2 times."))
  }

  @Test func aLostClusterIsRestoredAtAMomentAndAtTheEnd() throws {
    let result = try run("postgres-drill", ["1000"])
    #expect(result.code == 0, "\(result.output)")
    #expect(result.output.contains("Gone on from there: all"), "\(result.output)")
  }

  @Test func aRunProjectsAndAsks() throws {
    let folder = try TemporaryFolder.make()
    defer { try? FileManager.default.removeItem(at: folder) }
    let data = folder.appendingPathComponent("data").path
    let cluster = folder.appendingPathComponent("pg").path
    #expect(try run("postgres", ["start", cluster]).code == 0)
    defer { _ = try? run("postgres", ["remove", cluster]) }
    let environment = [
      "PROWZI_DATA": data, "PROWZI_POSTGRES": "postgresql:///postgres?host=\(cluster)/socket&user=prowzi_owner",
    ]
    func prowzi(_ line: String) throws -> Program.Result {
      try Program.run(line.split(separator: " ").map(String.init), environment: environment)
    }
    let signals = Self.root.appendingPathComponent("replay-fixtures/signals/streams.json").path
    #expect(try prowzi("init --partitions 2").code == 0)
    #expect(try prowzi("ingest --manifest \(signals)").code == 0)
    // Without tables nothing is folded.
    let early = try prowzi("run --postgres \(environment["PROWZI_POSTGRES"] ?? "")")
    #expect(early.code == 4)
    #expect(early.error.contains("prowzi project migrate"))
    #expect(try prowzi("project migrate --format json").code == 0)
    #expect(try prowzi("run --postgres \(environment["PROWZI_POSTGRES"] ?? "")").code == 0)
    let verified = try prowzi("project verify --format json")
    #expect(verified.code == 0)
    #expect(try verified.objects[0]["clean"] as? Bool == true)
    #expect(try verified.objects[0]["behind"] as? Int == 0)
    #expect(try prowzi("query briefs --limit 2 --format json").objects.count == 3)
    #expect(try prowzi("query events --kind exploit --format csv").output.hasPrefix("event_id,observed_at,domain,kind,"))
    for question in ["briefs", "events --text bridge", "stories", "timeline --by day", "bands", "leads", "latency"] {
      let answer = try prowzi("query \(question)")
      #expect(answer.code == 0, "\(question): \(answer.error)")
      #expect(!answer.output.isEmpty, "\(question)")
    }
    let rebuilt = try prowzi("project rebuild --format json")
    #expect(try rebuilt.objects[0]["exchanged"] as? Bool == true)
    #expect(try prowzi("project verify").code == 0)
    #expect(try prowzi("query entity nobody-at-all").code == 2)
  }
}
