import CommandLine
import Comparison
import Model
import Runtime

enum DiffCommand: ProgramCommand {
  static let declaration = Command(
    "diff", "Compares what two scorers made of the same events",
    discussion: """
      A backfill or a shadow of a scorer against what is live, or against another candidate: which events change band, how the order and the spread of \
      scores change, what moves most and why, which briefs readers would gain or lose, and how often they would be called.

      Exit code 0: both agree byte for byte. Exit code 1: they differ. Only what both sides have judged is compared; the first lines say what that is.

      With --kafka the live side is a cluster's, and candidates are those that 'prowzi backfill --kafka' has kept in the data directory.
      """,
    examples: [
      .init("prowzi diff rush@2", "The backfill of a scorer against the live records"),
      .init("prowzi diff rush@2 --format html --out diff.html", "A page to send to a colleague"),
      .init("prowzi diff rush@2 --against rush@1", "Against the backfill of another scorer"),
      .init("prowzi diff rush@2 --against shadow", "Whether its backfill and its shadow agree"),
      .init("prowzi diff rush@2 --shadow --from 2026-03-01", "Its shadow against the live records, since a day"),
    ],
    arguments: [.init("scorer", "NAME@VERSION of a scorer with a backfill or a shadow")],
    options: [
      CommonOptions.data, .value("against", "SIDE", "live, shadow (of the same scorer), or another NAME@VERSION", defaultValue: "live"),
      .flag("shadow", "Takes the scorer's shadow instead of its backfill"),
      .value("from", "TIME", "Events of raw records observed at this time or later"),
      .value("to", "TIME", "Events of raw records observed before this time"),
      .value("top", "N", "At most so many events, and briefs of each sort", defaultValue: "20"),
      .value("out", "FILE", "Writes to a file instead of standard output", short: "o"),
      .choice("format", ["text", "json", "html"], "How to print", defaultValue: "text"),
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let (from, to) = try arguments.window(of: "diff")
    let top = try arguments.integer("top", in: 0...1000) ?? 20
    let label = try scorer(arguments.argument("scorer") ?? "")
    let candidate: DiffSide = arguments.flag("shadow") ? .shadow(label) : .backfill(label)
    let against: DiffSide =
      switch arguments.string("against") ?? "live" {
      case "live": .live
      case "shadow": .shadow(label)
      case let other: .backfill(try scorer(other))
      }
    let diff = try ScorerDiff(try arguments.bench(), from: against, to: candidate)
    var comparison: ScorerComparison
    do {
      let line = ProgressLine("comparing")
      defer { line.finish() }
      comparison = try diff.run(from: from, to: to, top: top) { line.update($0) }
    }
    comparison.program = "prowzi \(Program.version)"
    try show(comparison, arguments, output)
    return comparison.isIdentical ? .success : .difference
  }

  private static func scorer(_ text: String) throws(ProwziError) -> String {
    guard let at = text.lastIndex(of: "@"), at != text.startIndex, Int(text[text.index(after: at)...]) != nil else {
      throw ProwziError(
        "usage.bad_value", "'\(text)' is not NAME@VERSION", place: "prowzi diff", advice: "Name a scorer such as default@1")
    }
    return text
  }

  private static func show(_ comparison: ScorerComparison, _ arguments: ParsedArguments, _ output: Output) throws(ProwziError) {
    let file = arguments.string("out")
    let page: [UInt8]
    switch arguments.string("format") ?? "text" {
    case "json": page = ComparisonJSON.bytes(comparison) + [0x0a]
    case "html": page = [UInt8](text: ComparisonPage.html(comparison))
    default:
      page = [UInt8](
        text: ComparisonText.text(comparison, style: file == nil ? output.style : .plain, width: file == nil ? output.width : 100))
    }
    guard let file else { return output.text(page.displayText) }
    try FileOutput.write(page, to: file)
    if !output.isJSON { output.line("Wrote \(Display.count(page.count)) bytes to \(TextStyle.harmless(file)).") }
  }
}
