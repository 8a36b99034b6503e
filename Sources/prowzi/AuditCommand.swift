import Audit
import CommandLine
import Glibc
import Inspect
import Model
import Runtime

enum AuditCommand: ProgramCommand {
  static let declaration = Command(
    "audit", "Traces a brief or event to its raw bytes, and makes it again",
    discussion: """
      The whole chain as a tree: brief, band and rule, the five scores with their arithmetic, enrichment, normalised event, raw bytes; at each step where \
      it is recorded, which stage made it, and under which configuration. The evidence of a brief is hashed again. Then every record is folded again from the \
      nearest checkpoint and said to be reproduced, or what differs is shown.

      Exit code 0: everything is reproduced and adds up. Exit code 1: something differs. --format prov writes W3C PROV-JSON.
      """,
    examples: [
      .init("prowzi audit 0198d0a2-7c00-8abc-9def-0123456789ab", "One brief or event, by its id"),
      .init("prowzi audit 0198d0a2-7c00-8abc-9def-0123456789ab --format html --out audit.html", "A page to send to a colleague"),
      .init("prowzi audit 0198d0a2-7c00-8abc-9def-0123456789ab --revision 1", "A brief as it was first made"),
      .init("prowzi audit prowzi.deadletters/0/3", "Why a record was rejected"),
    ],
    arguments: [.init("id", "The id of a brief or of an event, or a record as topic/partition/offset")],
    options: [
      CommonOptions.data, .value("revision", "N", "Of a brief; the newest without it"),
      .value("out", "FILE", "Writes to a file instead of standard output", short: "o"),
      .flag("no-replay", "Shows the chain without folding it again"),
      .choice("format", ["text", "json", "html", "prov"], "How to print", defaultValue: "text"),
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let name = arguments.argument("id") ?? ""
    let revision = try arguments.integer("revision", in: 1...1_000_000)
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    var report: AuditReport
    do {
      let progress = AuditProgress()
      defer { progress.finish() }
      report = try Auditor(try arguments.place()).audit(
        name, revision: revision, rederives: !arguments.flag("no-replay"), stop: interruption.stop
      ) { progress.note($0) }
    }
    report.program = "prowzi \(Program.version)"
    let file = arguments.string("out")
    let page: [UInt8]
    switch arguments.string("format") ?? "text" {
    case "json": page = AuditJSON.bytes(report) + [0x0a]
    case "html": page = [UInt8](text: AuditPage.html(report))
    case "prov": page = AuditProvenance.bytes(report) + [0x0a]
    default:
      page = [UInt8](text: AuditText.text(report, style: file == nil ? output.style : .plain, width: file == nil ? output.width : 100))
    }
    if let file {
      try FileOutput.write(page, to: file)
      if !output.isJSON { output.line("Wrote \(Display.count(page.count)) bytes to \(TextStyle.harmless(file)).") }
    } else {
      output.text(page.displayText)
    }
    if !report.isSound { return .difference }
    return report.wasStopped ? .interrupted : .success
  }
}

/// Two progress lines after one another.
private final class AuditProgress {
  private var searching: ProgressLine?
  private var folding: ProgressLine?

  func note(_ activity: Auditor.Activity) {
    switch activity {
    case .searching(let records):
      let line = searching ?? ProgressLine("searching")
      searching = line
      line.update(records)
    case .folding(let records, let total):
      searching?.finish()
      let line = folding ?? ProgressLine("folding again", total: total)
      folding = line
      line.update(records)
    }
  }

  func finish() {
    searching?.finish()
    folding?.finish()
  }
}

/// A whole file that a command writes.
enum FileOutput {
  /// - Throws: `file.io` with what the system said.
  static func write(_ bytes: [UInt8], to path: String) throws(ProwziError) {
    func failure() -> ProwziError {
      ProwziError(
        "file.io", "the file cannot be written", place: path, advice: "Check that its folder is there and can be written to",
        cause: unsafe String(cString: strerror(errno)))
    }
    guard let file = unsafe fopen(path, "w") else { throw failure() }
    let written = unsafe fwrite(bytes, 1, bytes.count, file)
    guard unsafe fclose(file) == 0, written == bytes.count else { throw failure() }
  }
}
