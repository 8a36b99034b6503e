import Foundation
import Testing

/// Every page of help, held against `Golden`. See README.md for how they are refreshed.
@Suite struct HelpTests {
  static let pages = [
    "", "init", "ingest", "run", "briefs", "explain", "audit", "read", "replay", "replay list", "replay show", "replay drop", "state",
    "checkpoints",
    "checkpoints list", "checkpoints rebuild", "status", "mirror", "cluster", "cluster check", "retract", "backfill", "candidate",
    "candidate list",
    "candidate drop", "shadow", "shadow start", "shadow stop", "diff", "canary", "promote", "rollback", "log", "log verify", "log dump",
    "log repair",
    "config",
    "config show", "config check", "config apply", "scorer", "scorer check", "scorer list", "scorer show", "scorer add", "scorer history",
    "proof", "proof verify", "proof consistency", "proof list", "proof sign", "keys",
    "keys list", "keys show", "keys rotate", "topics", "topics list", "topics describe", "topics diff", "topics apply", "topics check",
    "deadletters", "deadletters list", "deadletters show", "deadletters redrive", "project", "project migrate",
    "project verify", "project rebuild", "query", "query briefs", "query events", "query stories", "query story",
    "query entity", "query graph", "query timeline", "query bands", "query leads", "query latency", "exit-codes",
  ]

  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

  @Test(arguments: pages)
  func helpIsTheGoldenPage(page: String) throws {
    let result = try Program.run(["help"] + page.split(separator: " ").map(String.init))
    #expect(result.code == 0)
    #expect(result.error == "")
    let file = Self.golden.appendingPathComponent((page.isEmpty ? "prowzi" : page.replacingOccurrences(of: " ", with: "-")) + ".txt")
    if ProcessInfo.processInfo.environment["PROWZI_REFRESH_GOLDEN"] == "1" { try Data(result.output.utf8).write(to: file) }
    #expect(try result.output == String(contentsOf: file, encoding: .utf8))
  }

  @Test func everyCommandHasAPageAndExamples() throws {
    let root = try Program.run(["--help"]).output
    for line in root.split(separator: "\n").drop(while: { $0 != "Commands:" }).dropFirst().prefix(while: { $0.hasPrefix("  ") }) {
      let name = String(line.split(separator: " ")[0])
      #expect(Self.pages.contains(name), "\(name)")
    }
    for page in Self.pages
    where ![
      "", "log", "cluster", "config", "scorer", "candidate", "shadow", "topics", "keys", "checkpoints", "query", "deadletters",
      "exit-codes",
    ]
    .contains(page) {
      let text = try Program.run(page.split(separator: " ").map(String.init) + ["--help"]).output
      #expect(text.contains("\nExamples:\n  "), "\(page)")
      #expect(text.contains("--format text|json"), "\(page)")
      #expect(text.contains("PROWZI_DATA)") || text.contains("--kafka HOST:PORT") || text.contains("PROWZI_POSTGRES)"), "\(page)")
    }
  }

  @Test func theExamplesOfEveryPageAreUnderstood() throws {
    let folder = try TemporaryFolder.make()
    defer { try? FileManager.default.removeItem(at: folder) }
    for page in Self.pages where page != "exit-codes" {
      let text = try Program.run(["help"] + page.split(separator: " ").map(String.init)).output
      let examples = text.components(separatedBy: "\nExamples:\n").dropFirst().first ?? ""
      for line in examples.split(separator: "\n") where line.hasPrefix("  prowzi ") || line.hasPrefix("  echo ") {
        // Without a data directory each of them must fail for that reason (or for want of a server) or work, but never be a mistake of the command line.
        let words = String(line.dropFirst(2))
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "prowzi() { '\(Program.executable.path)' \"$@\"; }; \(words)"]
        shell.currentDirectoryURL = folder
        shell.environment = [
          "PROWZI_DATA": "none", "PROWZI_POSTGRES": "postgresql:///none?host=/none", "PATH": "/usr/bin:/bin",
        ].merging(Program.sanitizerSettings) { $1 }
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        shell.standardInput = FileHandle.nullDevice
        if words.hasPrefix("prowzi init") { continue }
        try shell.run()
        shell.waitUntilExit()
        #expect([0, 4, 8].contains(shell.terminationStatus), "\(words)")
      }
    }
  }
}
