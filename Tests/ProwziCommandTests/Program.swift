import Foundation
import Testing

/// The built program, run as people run it.
enum Program {
  struct Result {
    var output: String
    var error: String
    var code: Int32
    /// The lines of the output as JSON objects.
    var objects: [[String: Any]] {
      get throws {
        try output.split(separator: "\n").map {
          try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
      }
    }
  }

  /// Next to the test bundle, where the build puts it.
  static let executable: URL = {
    let bundle = URL(
      fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0])
    let beside = bundle.deletingLastPathComponent().appendingPathComponent("prowzi")
    if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
    return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("prowzi")
  }()

  /// What a sanitizer's build of the program must be told as the tests are.
  static let sanitizerSettings = ProcessInfo.processInfo.environment.filter {
    ["ASAN_OPTIONS", "TSAN_OPTIONS", "LD_PRELOAD"].contains($0.key)
  }

  /// Runs a command line to its end.
  static func run(_ arguments: [String], input: String = "", in directory: URL? = nil, environment: [String: String] = [:]) throws -> Result
  {
    let process = try start(arguments, input: input, in: directory, environment: environment)
    return try process.wait()
  }

  /// A program under way, its output going to files so that no pipe fills up.
  struct Running {
    let process: Process
    let folder: URL

    func wait() throws -> Result {
      process.waitUntilExit()
      defer { try? FileManager.default.removeItem(at: folder) }
      func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
      }
      return Result(output: try text("output"), error: try text("error"), code: process.terminationStatus)
    }
  }

  static func start(
    _ arguments: [String], input: String = "", in directory: URL? = nil, environment: [String: String] = [:]
  ) throws -> Running {
    let folder = try TemporaryFolder.make()
    func file(_ name: String, _ text: String) throws -> FileHandle {
      let url = folder.appendingPathComponent(name)
      try Data(text.utf8).write(to: url)
      return try FileHandle(forUpdating: url)
    }
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = directory ?? folder
    process.environment = ["COLUMNS": "80", "NO_COLOR": "1", "PATH": "/usr/bin:/bin"].merging(sanitizerSettings) { $1 }
      .merging(environment) { $1 }
    process.standardInput = try file("input", input)
    process.standardOutput = try file("output", "")
    process.standardError = try file("error", "")
    try process.run()
    return Running(process: process, folder: folder)
  }
}

enum TemporaryFolder {
  static func make() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("prowzi-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}
