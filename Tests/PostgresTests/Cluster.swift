import Foundation
import Model
import Testing

@testable import Postgres

/// A private cluster for the tests of this process: made once, removed when the process ends, however it ends.
enum Cluster {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The user `locked` has to give a password, all others need none.
  static let directory: String = {
    let url = shell(
      "\(root.path)/ops/postgres", ["start"],
      [
        "PROWZI_POSTGRES_HBA": "local all locked scram-sha-256", "PROWZI_POSTGRES_GUARD": "\(getpid())",
        "PROWZI_POSTGRES_SETTINGS": "fsync = off\nmax_connections = 200",
      ])
    let socket = url.components(separatedBy: "host=").last?.components(separatedBy: "&").first ?? ""
    return (socket as NSString).deletingLastPathComponent
  }()

  static func settings(_ database: String, user: String = "prowzi_owner", minimumVersion: Int = 150_000) -> ConnectionSettings {
    ConnectionSettings(
      url: "postgresql:///\(database)?host=\(directory)/socket&user=\(user)", applicationName: "tests", connectMilliseconds: 20_000,
      minimumVersion: minimumVersion)
  }

  /// A new database, with the tables unless told otherwise.
  static func database(migrated: Bool = true) throws -> ConnectionSettings {
    let name = "test_\(UInt32.random(in: 0 ... .max))"
    try Connection(settings("postgres")).execute("CREATE DATABASE \(name) TEMPLATE \(migrated ? template : "template1")")
    return settings(name)
  }

  /// A database with the tables, which others are copied from: that is quicker than to make them each time.
  private static let template: String = {
    do {
      try Connection(settings("postgres")).execute("CREATE DATABASE migrated")
      try Schema.migrate(settings("migrated"))
    } catch {
      Issue.record("no template: \(error)")
    }
    return "migrated"
  }()

  /// Runs a program.
  /// - Returns: what it printed, without the line's end.
  @discardableResult
  static func shell(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    do { try process.run() } catch { return "" }
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

extension ConnectionSettings {
  func connect() throws -> Connection { try Connection(self) }

  /// The same database as another user.
  func user(_ name: String) -> ConnectionSettings {
    var copy = self
    copy.url = url.replacingOccurrences(of: "user=prowzi_owner", with: "user=\(name)")
    return copy
  }

  /// The first value of an answer.
  func value(_ sql: String) throws -> String? { try connect().execute(sql)[0, 0] }
}
