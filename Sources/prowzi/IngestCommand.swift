import CommandLine
import Disk
import Model
import Runtime
import Sensors

enum IngestCommand: ProgramCommand {
  static let declaration = Command(
    "ingest", "Brings files into the log",
    discussion: """
      Reads JSON lines, CSV, JSON and XML, compressed with zstd or gzip or not; what a file is shows in its name or its first bytes. Every record is \
      kept byte for byte, also one that was there before: 'prowzi run' tells repeats, so a second ingest of one capture adds nothing downstream.

      With --manifest several captures are merged by observed time, as they would have arrived live. A manifest is an array of objects with \
      'source', 'path' (relative to the manifest) and, where known, 'kind', 'time_field', 'records', 'from' and 'to'.

      A file that is damaged is ingested as far as it can be read; the exit code is then 3.
      """,
    examples: [
      .init(
        "prowzi ingest --source arxiv_daily --time-field published papers.jsonl.zst", "One source, observed when its field 'published' says"
      ),
      .init("prowzi ingest --source hn_rss --input xml -", "Standard input, observed now"),
      .init(
        "prowzi ingest --manifest captures/streams.json --from 2026-02-21 --to 2026-03-31", "All streams of a manifest, in a window of time"
      ),
    ],
    arguments: [.init("file", "A file, or - for standard input", isOptional: true, isRepeated: true)],
    options: [
      CommonOptions.data, .value("source", "NAME", "What the files are of: a-z, 0-9 and _"),
      .value("time-field", "FIELD", "The member or column that holds the observed time; without it, now"),
      .choice("input", InputFormat.allCases.map(\.rawValue), "What the files are, where they do not tell"),
      .value("manifest", "FILE", "Ingests the streams of a manifest instead of files"),
      .value("streams", "LIST", "With --manifest: only these sources, separated by commas"),
      .value("from", "TIME", "With --manifest: passes over what was observed before"),
      .value("to", "TIME", "With --manifest: passes over what was observed at this time or later"),
      ProofSupport.signingKey, CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    try check(arguments)
    let from = try arguments.timestamp("from")
    let to = try arguments.timestamp("to")
    let format = try arguments.choice("input", of: InputFormat.self)
    let ingest = Ingest(try arguments.place(), clock: SystemClock(), signingKey: try ProofSupport.outsideKey(arguments))
    let interruption = Interruption("stopping after the records read so far")
    defer { interruption.end() }
    let report: Ingest.Report
    if let manifest = arguments.string("manifest") {
      let streams = arguments.list("streams")
      let total = from == nil && to == nil ? try expected(manifest, streams) : nil
      let line = ProgressLine("ingesting", total: total)
      defer { line.finish() }
      report = try ingest.manifest(
        manifest, streams: streams.isEmpty ? nil : streams, from: from, to: to, stop: interruption.stop,
        progress: { if $0 & 255 == 0 { line.update($0) } })
    } else {
      let line = ProgressLine("ingesting")
      defer { line.finish() }
      report = try ingest.files(
        arguments.arguments("file"), source: arguments.string("source") ?? "", timeField: arguments.string("time-field"), format: format,
        stop: interruption.stop, progress: { if $0 & 255 == 0 { line.update($0) } })
    }
    return show(report, output)
  }

  /// The two forms exclude each other.
  private static func check(_ arguments: ParsedArguments) throws(ProwziError) {
    func refuse(_ code: ProwziError.Code, _ message: String, _ advice: String) -> ProwziError {
      ProwziError(code, message, place: "prowzi ingest", advice: advice)
    }
    if arguments.string("manifest") != nil {
      if let file = arguments.argument("file") {
        throw refuse("usage.conflict", "--manifest and the file '\(file)' cannot be ingested together", "Give one or the other")
      }
      for name in ["source", "time-field", "input"] where arguments.string(name) != nil {
        throw refuse("usage.conflict", "--\(name) does not go with --manifest, which says it for each stream", "Leave it out")
      }
    } else {
      for name in ["streams", "from", "to"] where arguments.string(name) != nil {
        throw refuse("usage.conflict", "--\(name) goes with --manifest alone", "Leave it out, or give --manifest FILE")
      }
      if arguments.argument("file") == nil {
        throw refuse("usage.missing_argument", "there is nothing to ingest", "Give files and --source NAME, or --manifest FILE")
      }
      if arguments.string("source") == nil { throw refuse("usage.missing_option", "--source is missing", "Give --source NAME") }
    }
  }

  /// How many records a manifest promises; `nil` where it does not say.
  private static func expected(_ path: String, _ streams: [String]) throws(ProwziError) -> Int? {
    var total = 0
    for stream in try Manifest(path: path).streams where streams.isEmpty || streams.contains(stream.source) {
      guard let records = stream.records else { return nil }
      total += records
    }
    return total
  }

  private static func show(_ report: Ingest.Report, _ output: Output) -> ExitCode {
    for stream in report.streams {
      for error in stream.errors {
        Notice.tell("\(stream.source), \(stream.name): \(error.message)\(error.place.map { " [\($0)]" } ?? "")")
      }
    }
    output.isJSON ? showJSON(report, output) : showText(report, output)
    if report.wasStopped { return .interrupted }
    return report.streams.contains { !$0.errors.isEmpty } ? .input : .success
  }

  private static func showText(_ report: Ingest.Report, _ output: Output) {
    var table = TextTable(["Source", "File", "Records", "Size", "No time", "Too long", "Errors", "Note"])
    for stream in report.streams {
      table.add([
        stream.source, stream.name, Display.count(stream.records), Display.bytes(stream.bytes), Display.count(stream.timeProblems),
        Display.count(stream.tooLong), Display.count(stream.errors.count), stream.ingestedBefore ? "ingested before" : "",
      ])
    }
    output.text(table.text(style: output.style))
    let total = report.streams.reduce(0) { $0 + $1.records }
    output.line("\nIngested \(Wording.count(total, "record")).")
    let again = report.streams.filter(\.ingestedBefore).count
    if again > 0 {
      output.line(
        again == report.streams.count
          ? "All of it was ingested before: 'prowzi run' recognises the repeats, and nothing new comes of them."
          : "\(Wording.count(again, "stream")) of it had been ingested before: 'prowzi run' recognises the repeats.")
    }
    if report.wasStopped { output.line("Stopped before the end; what was read so far is in the log.") }
  }

  private static func showJSON(_ report: Ingest.Report, _ output: Output) {
    for stream in report.streams {
      output.json { json in
        json.object { json in
          json.key("bytes")
          json.number(stream.bytes)
          json.key("errors")
          json.array { json in
            for error in stream.errors {
              json.object { json in
                json.key("code")
                json.string(error.code.text)
                json.key("message")
                json.string(error.message)
                json.key("place")
                if let place = error.place { json.string(place) } else { json.null() }
              }
            }
          }
          json.key("file")
          json.string(stream.name)
          json.key("ingested_before")
          json.bool(stream.ingestedBefore)
          json.key("records")
          json.number(stream.records)
          json.key("source")
          json.string(stream.source)
          json.key("stopped")
          json.bool(report.wasStopped)
          json.key("time_problems")
          json.number(stream.timeProblems)
          json.key("too_long")
          json.number(stream.tooLong)
        }
      }
    }
  }
}
