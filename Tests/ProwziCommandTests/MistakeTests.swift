import Foundation
import Testing

/// What is said, and with which exit code, where the command line or what it names is wrong.
@Suite struct MistakeTests {
  struct Mistake: CustomTestStringConvertible, Sendable {
    var line: String
    var code: Int32
    var message: String
    var place: String?
    var advice: String?

    init(_ line: String, _ code: Int32, _ message: String, at place: String? = nil, try advice: String? = nil) {
      self.line = line
      self.code = code
      self.message = message
      self.place = place
      self.advice = advice
    }

    var testDescription: String { line.isEmpty ? "(nothing)" : line }

    var text: String {
      "prowzi: \(message)\n" + (place.map { "  at: \($0)\n" } ?? "") + (advice.map { "  try: \($0)\n" } ?? "")
    }
  }

  static let mistakes: [Mistake] = [
    .init(
      "", 2, "'prowzi' needs a command",
      try:
        "Choose one: init, ingest, run, briefs, explain, audit, read, replay, state, checkpoints, status, mirror, cluster, retract, deadletters, backfill, candidate, shadow, diff, canary, promote, rollback, log, config, scorer, proof, keys, topics, project, query"
    ),
    .init("statsu", 2, "there is no command 'statsu'", try: "Did you mean 'status'?"),
    .init("log verfy", 2, "there is no command 'log verfy'", try: "Did you mean 'log verify'?"),
    .init("init --partitions 0", 2, "--partitions cannot be '0'", at: "prowzi init", try: "Give a whole number from 1 to 256"),
    .init("init --partitons 4", 2, "there is no option --partitons", at: "prowzi init", try: "Did you mean --partitions?"),
    .init("ingest", 2, "there is nothing to ingest", at: "prowzi ingest", try: "Give files and --source NAME, or --manifest FILE"),
    .init("ingest a.jsonl", 2, "--source is missing", at: "prowzi ingest", try: "Give --source NAME"),
    .init(
      "ingest a --manifest m", 2, "--manifest and the file 'a' cannot be ingested together", at: "prowzi ingest",
      try: "Give one or the other"),
    .init(
      "ingest --manifest m --source s", 2, "--source does not go with --manifest, which says it for each stream", at: "prowzi ingest",
      try: "Leave it out"),
    .init(
      "ingest a --source s --from 2026-01-01", 2, "--from goes with --manifest alone", at: "prowzi ingest",
      try: "Leave it out, or give --manifest FILE"),
    .init("ingest a --source s --input xls", 2, "--input cannot be 'xls'", at: "prowzi ingest", try: "Choose one: jsonl, csv, xml, json"),
    .init("run --threads many", 2, "--threads cannot be 'many'", at: "prowzi run", try: "Give a whole number from 1 to 256"),
    .init(
      "briefs --band urgent", 2, "--band cannot be 'urgent'", at: "prowzi briefs", try: "Choose one: instant, same_day, weekly, archive"),
    .init(
      "briefs --since yesterday", 2, "--since cannot be 'yesterday'", at: "prowzi briefs",
      try: "Give a time such as 2026-02-21T03:52:18Z, 2026-02-21 or milliseconds since 1970"),
    .init("briefs --format xml", 2, "--format cannot be 'xml'", at: "prowzi briefs", try: "Choose one: text, json"),
    .init("diff", 2, "the argument <scorer> is missing", at: "prowzi diff", try: "Run 'prowzi diff --help'"),
    .init("diff rush", 2, "'rush' is not NAME@VERSION", at: "prowzi diff", try: "Name a scorer such as default@1"),
    .init("diff rush@2 --against rush", 2, "'rush' is not NAME@VERSION", at: "prowzi diff", try: "Name a scorer such as default@1"),
    .init("diff rush@2 --top many", 2, "--top cannot be 'many'", at: "prowzi diff", try: "Give a whole number from 0 to 1000"),
    .init("diff rush@2 --format xml", 2, "--format cannot be 'xml'", at: "prowzi diff", try: "Choose one: text, json, html"),
    .init(
      "diff rush@2 --from soon", 2, "--from cannot be 'soon'", at: "prowzi diff",
      try: "Give a time such as 2026-02-21T03:52:18Z, 2026-02-21 or milliseconds since 1970"),
    .init(
      "diff rush@2 --from 2026-03-02 --to 2026-03-01", 2, "the window ends before it begins", at: "prowzi diff",
      try: "Give a --to that is later than --from"),
    .init("read", 2, "the argument <topic> is missing", at: "prowzi read", try: "Run 'prowzi read --help'"),
    .init(
      "read prowzi.raw --from later", 2, "--from cannot be 'later'", at: "prowzi read",
      try: "Give an offset such as 120, or a time such as 2026-02-21T03:52:18Z or 2026-02-21"),
    .init(
      "replay", 2, "it does not say what to do with the window", at: "prowzi replay",
      try: "Give one of --verify, --into NAME, --print and --step"),
    .init(
      "replay --verify --print", 2, "--verify and --print cannot be had at once", at: "prowzi replay",
      try: "Give one of --verify, --into NAME, --print and --step"),
    .init(
      "replay --verify --stages score,bands", 2, "there is no stage 'bands'", at: "prowzi replay --stages",
      try: "Choose from normalize, enrich, score, band, curate, separated by commas"),
    .init(
      "replay --verify --pace 2x", 2, "--pace means nothing with --verify", at: "prowzi replay",
      try: "Leave it out, or give --print or --into"),
    .init("replay lits", 2, "there is no command 'replay lits'", try: "Did you mean 'replay list'?"),
    .init(
      "replay --verify --from 2026-02-02 --to 2026-02-01", 2, "the window ends before it begins", at: "prowzi replay",
      try: "Give a --to that is later than --from"),
    .init(
      "explain 12", 2, "'12' is no event id",
      try: "Give 36 characters such as 0198d0a2-7c00-8abc-9def-0123456789ab, from 'prowzi briefs --format json'"),
    .init(
      "audit x --revision 0", 2, "--revision cannot be '0'", at: "prowzi audit", try: "Give a whole number from 1 to 1000000"),
    .init(
      "retract 0198d0a2-7c00-8abc-9def-0123456789ab", 2, "--reason is missing", at: "prowzi retract", try: "Give --reason TEXT"),
    .init(
      "topics describe a b", 2, "the argument 'b' is one too many", at: "prowzi topics describe", try: "Run 'prowzi topics describe --help'"
    ),
    .init(
      "topics describe prowzi.brief", 4, "there is no topic prowzi.brief",
      try:
        "Choose one: prowzi.banded, prowzi.briefs, prowzi.controls, prowzi.deadletters, prowzi.enriched, prowzi.normalized, prowzi.raw, prowzi.scored, prowzi.scorers"
    ),
    .init("config check none.json", 4, "cannot open the input (No such file or directory)", at: "none.json", try: "Check the path"),
  ]

  @Test(arguments: mistakes)
  func aMistakeIsExplained(mistake: Mistake) throws {
    let result = try Program.run(mistake.line.split(separator: " ").map(String.init))
    #expect(result.error == mistake.text)
    #expect(result.code == mistake.code)
    #expect(result.output == "")
  }

  @Test(arguments: [
    "ingest --source s x", "run", "briefs", "explain 0198d0a2-7c00-8abc-9def-0123456789ab", "audit 0198d0a2-7c00-8abc-9def-0123456789ab",
    "read prowzi.raw",
    "replay --verify", "status",
    "retract 0198d0a2-7c00-8abc-9def-0123456789ab --reason r", "log verify", "log dump prowzi.raw", "config show", "config apply x",
  ])
  func withoutADataDirectoryTheAdviceIsToMakeOne(line: String) throws {
    let result = try Program.run(line.split(separator: " ").map(String.init) + ["--data", "missing"])
    #expect(
      result.error
        == """
        prowzi: there is no Prowzi data directory
          at: missing
          try: Make one with `prowzi init --data missing`, or name another with --data.

        """)
    #expect(result.code == 4)
  }

  @Test func errorsAreJSONWhereOutputIs() throws {
    let result = try Program.run(["status", "--data", "missing", "--format", "json"])
    #expect(result.error.hasPrefix(#"{"error":{"code":"data.not_found","message":"there is no Prowzi data directory","place":"missing","#))
    #expect(result.code == 4)
  }

  @Test func aBadConfigurationIsNamedByItsPointer() throws {
    let result = try Program.run(["config", "check", "-"], input: #"{"band":{"thresholds":{"instant":7}}}"#)
    #expect(result.code == 3)
    #expect(result.error.contains("  at: -, /band/thresholds/instant\n"))
  }
}
