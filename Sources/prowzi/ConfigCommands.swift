import CommandLine
import Configuration
import Disk
import Fold
import Inspect
import JSON
import Model
import Runtime

enum ConfigShowCommand: ProgramCommand {
  static let declaration = Command(
    "config show", "Prints the configuration in force",
    discussion: "The last configuration record of the log, as one canonical JSON document; --pretty lays it out for people.",
    examples: [
      .init("prowzi config show --pretty", "For reading"),
      .init("prowzi config show --default > default.json", "The built-in configuration, without a data directory"),
    ],
    options: [
      CommonOptions.data, .flag("pretty", "Lays it out in lines"), .flag("default", "The built-in one instead of the one in force"),
      CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let configuration = try arguments.flag("default") ? CompiledConfiguration.builtIn() : arguments.directory().inForce()
    if arguments.flag("pretty"), let text = PrettyJSON.text(configuration.canonicalBytes) {
      output.line(text)
    } else {
      output.json(configuration.canonicalBytes)
    }
    return .success
  }
}

enum ConfigCheckCommand: ProgramCommand {
  static let declaration = Command(
    "config check", "Says whether a configuration is valid, and what it would change",
    discussion: """
      A part of a document is merged over the configuration in force (JSON Merge Patch, RFC 7396), or over the built-in one where there is no data \
      directory. Nothing is written.
      """,
    examples: [.init("prowzi config check weights.json", "A whole document or a part")],
    arguments: [.init("file", "A JSON document, or - for standard input")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let base: CompiledConfiguration
    var isBuiltIn = false
    do throws(ProwziError) {
      base = try arguments.directory().inForce()
    } catch {
      guard error.code == "data.not_found" else { throw error }
      base = try CompiledConfiguration.builtIn()
      isBuiltIn = true
    }
    let changed = try ConfigurationFile.read(arguments.argument("file") ?? "-", over: base)
    ConfigurationChange(base, changed).show(
      "Valid. Against the \(isBuiltIn ? "built-in configuration" : "configuration in force")", applied: false, output)
    return .success
  }
}

enum ConfigApplyCommand: ProgramCommand {
  static let declaration = Command(
    "config apply", "Writes a configuration into the log",
    discussion: """
      A part of a document is merged over the configuration in force (JSON Merge Patch, RFC 7396), checked, and appended to every partition of \
      prowzi.raw in one commit. It governs the records behind it; what was folded before stays as it is, and replay knows where it begins.
      """,
    examples: [
      .init("prowzi config apply weights.json", "A whole document or a part"),
      .init("echo '{\"band\":{\"thresholds\":{\"instant\":0.85}}}' | prowzi config apply -", "One number"),
    ],
    arguments: [.init("file", "A JSON document, or - for standard input")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let log = try directory.openWriter(DataDirectory.sensors, patience: .seconds(10))
    defer { log.close() }
    let before = try directory.configurationInForce(log)
    let after = try ConfigurationFile.read(arguments.argument("file") ?? "-", over: before)
    let change = ConfigurationChange(before, after)
    if !change.isNothing {
      try RawAppender(log: log, partitions: directory.partitions).appendControl(
        type: FoldControl.configurationType, value: after.canonicalBytes, at: try StreamTime.now(in: log, clock: SystemClock().now()))
    }
    change.show("Applied to \(Wording.count(directory.partitions, "partition"))", applied: !change.isNothing, output)
    return .success
  }
}

/// The way from one configuration to another.
private struct ConfigurationChange {
  let old: Digest
  let new: Digest
  let differences: [JSONDifference]

  init(_ before: CompiledConfiguration, _ after: CompiledConfiguration) {
    old = before.digest
    new = after.digest
    differences = JSONDifference.list(before.canonicalBytes, after.canonicalBytes) ?? []
  }

  var isNothing: Bool { old == new }

  func show(_ lead: String, applied: Bool, _ output: Output) {
    if output.isJSON {
      return output.json { json in
        json.object { json in
          json.key("applied")
          json.bool(applied)
          json.key("differences")
          json.array { json in
            for difference in differences { json.write(difference) }
          }
          json.key("new")
          json.string(new.hex)
          json.key("old")
          json.string(old.hex)
        }
      }
    }
    if isNothing { return output.line("The same as the configuration in force, \(Wording.short(old)): nothing to change.") }
    output.line("\(lead): \(Wording.short(old)) becomes \(Wording.short(new)).")
    for difference in differences.prefix(100) {
      let line =
        "  \(difference.pointer): \(Wording.cut(difference.old ?? "nothing", to: 100)) → \(Wording.cut(difference.new ?? "nothing", to: 100))"
      output.line(TextStyle.harmless(line))
    }
    if differences.count > 100 { output.line("  and \(differences.count - 100) more") }
  }
}
