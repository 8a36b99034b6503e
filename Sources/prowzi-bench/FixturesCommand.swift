import CommandLine
import Disk
import Fixtures
import Glibc
import Model
import Ports
import Runtime

/// `replay-fixtures/`: is what the pipeline makes of the generated signals still what is kept?
enum FixturesCommand: BenchCommand {
  static let command = Command(
    "fixtures", "Compare what the pipeline makes of the fixture signals with what is kept, or keep it anew.",
    discussion: """
      Generates the signals, folds them, and compares both with the folder: exit code 1 and the lines that differ where they do. With --write the folder is \
      replaced by what was generated and made; look at the difference before committing it.
      """,
    examples: [
      .init("prowzi-bench fixtures --check", "compares, changes nothing"),
      .init("prowzi-bench fixtures --write", "refreshes signals and expected.json after a deliberate change"),
    ],
    options: [
      .flag("check", "compare (the default)"),
      .flag("write", "replace what is kept"),
      .value("folder", "DIR", "the fixtures", defaultValue: "replay-fixtures"),
      .value("threads", "N", "workers", defaultValue: "2"),
      .value("batch", "N", "raw records between commits", defaultValue: "\(BatchSize.standardRecords)"),
    ])

  static var measures: Bool { false }

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    guard !(arguments.flag("check") && arguments.flag("write")) else {
      throw ProwziError(
        "usage.conflict", "--check and --write exclude each other", place: "prowzi-bench fixtures", advice: "Give one of them")
    }
    let path = arguments.string("folder") ?? "replay-fixtures"
    var settings = RunSettings(threads: try arguments.integer("threads", in: 1...64) ?? 2)
    if let batch = try arguments.integer("batch", in: 1...1_000_000) { settings.batch.records = batch }
    let work = try TemporaryFolder()
    defer { work.remove() }

    let signals = OutputFolder(work.path + "/" + FixtureFolder.signals)
    let generated = FixtureFolder.signalFiles()
    for file in generated { try signals.write(file.contents, to: file.name) }
    let outcome = try FixtureOutcome.fold(work.path + "/" + FixtureFolder.signals, into: work.path + "/data", settings: settings)
    let expected = outcome.fileBytes

    if arguments.flag("write") {
      let folder = OutputFolder(path)
      for file in generated { try folder.write(file.contents, to: "\(FixtureFolder.signals)/\(file.name)") }
      try folder.write(expected, to: FixtureFolder.expected)
      Terminal.write(
        "Wrote \(generated.count) signal files and \(FixtureFolder.expected); derived digest \(outcome.derivedDigest.hex)\n", to: .output)
      return .success
    }
    return try compare(path, generated, expected) ? .success : .difference
  }

  private static func compare(
    _ path: String, _ generated: [(name: String, contents: [UInt8])], _ expected: [UInt8]
  ) throws(ProwziError) -> Bool {
    let folder = DiskFileSystem(root: path)
    var isSame = true
    for file in generated {
      let name = "\(FixtureFolder.signals)/\(file.name)"
      if try contents(name, folder) == file.contents { continue }
      isSame = false
      Terminal.write("\(path)/\(name) is not what the generator gives\n", to: .output)
    }
    let kept = try contents(FixtureFolder.expected, folder).displayText.split(separator: "\n", omittingEmptySubsequences: false)
    let made = expected.displayText.split(separator: "\n", omittingEmptySubsequences: false)
    for line in made.difference(from: kept) {
      isSame = false
      switch line {
      case .remove(_, let text, _): Terminal.write("- \(text)\n", to: .output)
      case .insert(_, let text, _): Terminal.write("+ \(text)\n", to: .output)
      }
    }
    Terminal.write(
      isSame
        ? "The fixtures are as kept.\n"
        : "The fixtures differ. After a deliberate change: prowzi-bench fixtures --write\n", to: .output)
    return isSame
  }

  private static func contents(_ name: String, _ folder: DiskFileSystem) throws(ProwziError) -> [UInt8] {
    guard try folder.exists(name) else { return [] }
    let file = try folder.open(name, .read)
    var bytes: [UInt8] = []
    try file.read(at: 0, count: try file.size(), appendingTo: &bytes)
    return bytes
  }
}

/// A folder of its own below `TMPDIR`, removed when the work is done.
struct TemporaryFolder {
  let path: String

  init() throws(ProwziError) {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/prowzi-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw ProwziError("file.io", "no temporary folder can be made", place: base, advice: "Set TMPDIR to a folder that can be written")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func remove() { Self.remove(path) }

  /// Symbolic links are removed and not followed.
  private static func remove(_ path: String) {
    // unlink(2) refuses directories, and removes a symbolic link instead of what it leads to.
    if unlink(path) == 0 { return }
    for name in (try? DiskFileSystem(root: path).list("")) ?? [] { remove(path + "/" + name) }
    rmdir(path)
  }
}
