import CommandLine
import Configuration
import Disk
import Inspect
import JSON
import Model
import Runtime
import Scorers
import Sensors

enum ScorerCheckCommand: ProgramCommand {
  static let declaration = Command(
    "scorer check", "Says whether a scorer document is valid, and what it changes",
    discussion: """
      Checks types and names, compiles every expression, and shows what differs from the scorer that the document extends. A mistake is told with \
      its place, in an expression with its column. Nothing is written, and no data directory is needed unless the document extends a scorer that was \
      registered there.
      """,
    examples: [.init("prowzi scorer check large-exploits.json", "A whole document, or one that extends another")],
    arguments: [.init("file", "A scorer document (JSON), or - for standard input")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let path = arguments.argument("file") ?? "-"
    let written = try ScorerFile.read(path)
    let registry = try arguments.scorers()
    let scorer = try ScorerFile.naming(path) { () throws(ProwziError) in try ScorerDocument.compile(try registry.whole(written)) }
    let base = try ScorerDocument.extended(by: written)
    let differences =
      try base.map { (base) throws(ProwziError) in
        JSONDifference.list(try registry.find(base).scorer.canonicalBytes, scorer.canonicalBytes) ?? []
      } ?? []
    let shown = differences.filter { !["/name", "/version"].contains($0.pointer) }
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("differences")
          json.array { json in
            for difference in shown { json.write(difference) }
          }
          json.key("digest")
          json.string(scorer.digest.hex)
          json.key("extends")
          if let base { json.string(base) } else { json.null() }
          json.key("scorer")
          json.string(scorer.label)
        }
      }
      return .success
    }
    guard let base else {
      output.line("Valid: \(scorer.label), \(Wording.short(scorer.digest)).")
      return .success
    }
    let verdict = shown.isEmpty ? "the same as \(base)" : "\(Wording.count(shown.count, "difference")) from \(base)"
    output.line("Valid: \(scorer.label), \(Wording.short(scorer.digest)), \(verdict)\(shown.isEmpty ? "." : ":")")
    for difference in shown.prefix(100) {
      let old = Wording.cut(difference.old ?? "nothing", to: 100)
      let new = Wording.cut(difference.new ?? "nothing", to: 200)
      output.line(TextStyle.harmless("  \(difference.pointer): \(old) → \(new)"))
    }
    if shown.count > 100 { output.line("  and \(shown.count - 100) more") }
    return .success
  }
}

enum ScorerListCommand: ProgramCommand {
  static let declaration = Command(
    "scorer list", "Lists the scorers there are",
    discussion: "The one the program carries, and those that were registered in the data directory.",
    examples: [.init("prowzi scorer list", "Labels, digests and descriptions")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let scorers = try arguments.scorers().list()
    if output.isJSON {
      for scorer in scorers { ScorerFile.write(scorer, to: output) }
      return .success
    }
    var table = TextTable(["Scorer", "Digest", "Added", "By", "Description"])
    for entry in scorers {
      table.add([
        "\(entry.label)", Wording.short(entry.scorer.digest), entry.addedAt.map(Display.minute) ?? "built in",
        entry.scorer.nativeName ?? "document", TextStyle.harmless(Wording.cut(entry.scorer.description, to: 60)),
      ])
    }
    output.text(table.text(style: output.style))
    return .success
  }
}

enum ScorerShowCommand: ProgramCommand {
  static let declaration = Command(
    "scorer show", "Shows one scorer: its whole document",
    examples: [
      .init("prowzi scorer show default@1", "The scorer the program carries, laid out"),
      .init("prowzi scorer show default@1 --format json", "Where it is recorded, its digest and the canonical document"),
    ],
    arguments: [.init("scorer", "NAME@VERSION")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let entry = try arguments.scorers().find(arguments.argument("scorer") ?? "")
    if output.isJSON {
      ScorerFile.write(entry, withDocument: true, to: output)
    } else if let text = PrettyJSON.text(entry.scorer.canonicalBytes) {
      output.line(text)
    }
    return .success
  }
}

enum ScorerAddCommand: ProgramCommand {
  static let declaration = Command(
    "scorer add", "Registers a scorer, so that it can be named",
    discussion: """
      The document is checked, made whole where it extends another, and recorded in prowzi.scorers. It scores nothing by that. A version never changes: \
      another document needs another version; the same document again changes nothing.
      """,
    examples: [.init("prowzi scorer add large-exploits.json", "Registers the document under its name and version")],
    arguments: [.init("file", "A scorer document (JSON), or - for standard input")], options: [CommonOptions.data, CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory().ensuring(.scorers)
    let path = arguments.argument("file") ?? "-"
    let written = try ScorerFile.read(path)
    let log = try directory.openWriter(DataDirectory.control, patience: .seconds(10))
    defer { log.close() }
    let (entry, isNew) = try ScorerFile.naming(path) { () throws(ProwziError) in
      try ScorerRegistry(log: log).add(written, to: log, now: SystemClock().now())
    }
    if output.isJSON {
      ScorerFile.write(entry, isNew: isNew, to: output)
    } else {
      let digest = Wording.short(entry.scorer.digest)
      output.line(isNew ? "Registered \(entry.label), \(digest)." : "\(entry.label), \(digest), is registered already: nothing to change.")
    }
    return .success
  }
}

/// Scorer documents in files.
private enum ScorerFile {
  static func read(_ path: String) throws(ProwziError) -> [UInt8] {
    try FileSource.contents(ofFile: path, limit: CompiledScorer.sizeLimit)
  }

  /// Puts the file's name in front of the places of errors.
  static func naming<Result>(_ path: String, _ body: () throws(ProwziError) -> Result) throws(ProwziError) -> Result {
    do throws(ProwziError) {
      return try body()
    } catch {
      guard error.code == ScorerDocument.mistakes.code || error.place == "/extends" else { throw error }
      var error = error
      error.place = error.place.map { "\(path == "-" ? "standard input" : path), \($0)" } ?? path
      throw error
    }
  }

  static func write(_ entry: RegisteredScorer, withDocument: Bool = false, isNew: Bool? = nil, to output: Output) {
    output.json { json in
      json.object { json in
        json.key("added_at")
        if let time = entry.addedAt { json.number(time.milliseconds) } else { json.null() }
        json.key("at")
        if let place = entry.place { json.string("\(place)") } else { json.null() }
        json.key("description")
        json.string(entry.scorer.description)
        json.key("digest")
        json.string(entry.scorer.digest.hex)
        if withDocument {
          json.key("document")
          json.raw(entry.scorer.canonicalBytes, in: 0..<entry.scorer.canonicalBytes.count)
        }
        if let isNew {
          json.key("is_new")
          json.bool(isNew)
        }
        json.key("scorer")
        json.string("\(entry.label)")
        json.key("swift")
        if let name = entry.scorer.nativeName { json.string(name) } else { json.null() }
      }
    }
  }
}

extension ParsedArguments {
  /// The scorers of the data directory; where there is none, the one that the program carries.
  fileprivate func scorers() throws(ProwziError) -> ScorerRegistry {
    do throws(ProwziError) {
      return ScorerRegistry(log: try directory().openReader())
    } catch {
      guard error.code == "data.not_found" else { throw error }
      return ScorerRegistry(log: nil)
    }
  }
}
