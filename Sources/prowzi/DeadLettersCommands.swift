import CommandLine
import Disk
import Inspect
import JSON
import Model
import Ports
import RecordFormat
import Runtime
import Stages

/// What `deadletters list` and `redrive` have in common: which letters are meant.
private enum LetterOptions {
  static let filters: [Command.Option] = [
    .value("code", "LIST", "Only these codes, or beginnings of them such as 'parse'; separated by commas"),
    .value("stage", "NAME", "Only what this stage rejected, such as normalize"),
    .value("source", "NAME", "Only what came from this source"),
    .value("from", "TIME", "Only what was observed at this time or later"),
    .value("to", "TIME", "Only what was observed before this time"),
    .value("partition", "P", "Only this partition", short: "p"),
  ]

  static func filter(_ arguments: ParsedArguments, of command: String) throws(ProwziError) -> DeadLetterFilter {
    var filter = DeadLetterFilter()
    filter.codes = arguments.list("code")
    filter.stage = arguments.string("stage")
    filter.source = arguments.string("source")
    (filter.from, filter.to) = try arguments.window(of: command)
    return filter
  }

  static func targets(_ arguments: ParsedArguments, _ log: any LogReader) throws(ProwziError) -> [TopicPartition] {
    try Targets.chosen(arguments, topic: DerivedTopic.deadletters.name.text, of: log)
  }

  /// Reads `3/17`, or the whole of `prowzi.deadletters/3/17`.
  static func place(_ text: String) throws(ProwziError) -> Coordinates {
    let topic = DerivedTopic.deadletters.name
    guard let place = Coordinates(text) ?? Coordinates("\(topic)/\(text)"), place.topic == topic else {
      throw ProwziError(
        "usage.bad_value", "'\(text)' is no place of a dead letter",
        advice: "Give partition and offset such as 3/17; 'prowzi deadletters list' shows them")
    }
    return place
  }
}

enum DeadLettersListCommand: ProgramCommand {
  static let declaration = Command(
    "deadletters list", "Lists what could not be used",
    discussion: """
      One line a letter: where it lies, when the record was observed, who rejected it and why. The bytes and headers are kept: 'prowzi deadletters show' \
      prints them. With --summary only counts by stage, code and source.
      """,
    examples: [
      .init("prowzi deadletters list --summary", "How many of what"),
      .init("prowzi deadletters list --code parse --from 2026-02-21", "What could not be read since a day"),
      .init("prowzi deadletters list --source hn_rss --format json", "One JSON object a letter"),
    ],
    options: [CommonOptions.data] + LetterOptions.filters + [
      .value("limit", "N", "At most so many", short: "n"), .flag("summary", "Only counts"), CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let filter = try LetterOptions.filter(arguments, of: "deadletters list")
    let log = try arguments.place().reader()
    let targets = try LetterOptions.targets(arguments, log)
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    func goesOn() -> Bool { !output.isClosed && !interruption.stop.isRaised }
    if arguments.flag("summary") {
      var tally = Tally()
      try log.walkDeadLetters(filter, in: targets) { (letter) throws(ProwziError) in
        tally.add("\(letter.stage)\u{0}\(letter.code)\u{0}\(letter.source)")
        return goesOn()
      }
      summarise(tally, output)
    } else {
      var left = try arguments.integer("limit", in: 1...Int.max) ?? .max
      var document = JSONDocument()
      var found = false
      try log.walkDeadLetters(filter, in: targets) { (letter) throws(ProwziError) in
        found = true
        output.isJSON ? DeadLetterText.json(letter, &document, output) : DeadLetterText.line(letter, output)
        left -= 1
        return left > 0 && goesOn()
      }
      if !found, !output.isJSON { output.line("No dead letters.") }
    }
    return interruption.stop.isRaised ? .interrupted : .success
  }

  private static func summarise(_ tally: Tally, _ output: Output) {
    var table = TextTable(["Stage", "Code", "Source", "Letters"])
    for row in tally.rows {
      let parts = row.name.split(separator: "\u{0}", omittingEmptySubsequences: false).map { TextStyle.harmless(String($0)) }
      if output.isJSON {
        output.json { json in
          json.object { json in
            json.key("code")
            json.string(parts[1])
            json.key("letters")
            json.number(row.count)
            json.key("source")
            json.string(parts[2])
            json.key("stage")
            json.string(parts[0])
          }
        }
      }
      table.add(parts + [Display.count(row.count)])
    }
    if !output.isJSON { output.text(tally.isEmpty ? "No dead letters.\n" : table.text(style: output.style)) }
  }
}

enum DeadLettersShowCommand: ProgramCommand {
  static let declaration = Command(
    "deadletters show", "Shows dead letters whole: the reason, the headers, and the rejected bytes",
    discussion: "The byte at which the reason lies is marked in the value where it is text.",
    examples: [.init("prowzi deadletters show 3/17", "One letter, by partition and offset")],
    arguments: [.init("place", "Partition and offset, such as 3/17", isRepeated: true)],
    options: [CommonOptions.data, CommonOptions.format] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let log = try arguments.place().reader()
    var document = JSONDocument()
    for text in arguments.arguments("place") {
      let letter = try log.deadLetter(at: LetterOptions.place(text))
      output.isJSON ? DeadLetterText.json(letter, whole: true, &document, output) : DeadLetterText.page(letter, output)
    }
    return .success
  }
}

enum DeadLettersRedriveCommand: ProgramCommand {
  static let declaration = Command(
    "deadletters redrive", "Drives rejected records through the pipeline again",
    discussion: """
      Appends the raw records behind the chosen letters again, at the end of their partitions of prowzi.raw: after a mapping was added or a configuration \
      corrected. Bytes, key and headers are the original ones; the headers prowzi-redrive-of and prowzi-redrive-letter say where the record lay and why it is \
      there again. 'prowzi run' takes them up; what fails again becomes a new letter.

      Left out, with their number: what a later stage refused (a raw record again would be a repeat), records that were driven through before (unless --again), \
      and records that retention has taken.
      """,
    examples: [
      .init("prowzi deadletters redrive --code source.unknown --source my_feed --dry-run", "What would be driven through"),
      .init("prowzi deadletters redrive 3/17 --reason 'mapping added'", "One letter"),
      .init("prowzi deadletters redrive --all", "Everything that was rejected"),
    ],
    arguments: [.init("place", "Partition and offset of a letter, such as 3/17", isOptional: true, isRepeated: true)],
    options: [CommonOptions.data] + LetterOptions.filters + [
      .flag("all", "All letters"), .flag("again", "Also those that were driven through before"),
      .value("reason", "TEXT", "Why, for readers of the log"), .flag("dry-run", "Appends nothing, and says what it would append"),
      ProofSupport.signingKey, CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let places = arguments.arguments("place")
    let isFiltered = ["code", "stage", "source", "from", "to", "partition"].contains { arguments.string($0) != nil }
    guard (places.isEmpty ? 0 : 1) + (isFiltered ? 1 : 0) + (arguments.flag("all") ? 1 : 0) == 1 else {
      throw ProwziError(
        "usage.bad_value", "choose letters by place, by filters, or with --all", place: "prowzi deadletters redrive",
        advice: "For example: prowzi deadletters redrive --code source.unknown --dry-run")
    }
    let reason = arguments.string("reason")
    if let reason, reason.isEmpty || reason.utf8.count > 500 {
      throw ProwziError(
        "usage.bad_value", "--reason is empty or longer than 500 bytes", place: "prowzi deadletters redrive", advice: "Give one sentence")
    }
    let filter = try LetterOptions.filter(arguments, of: "deadletters redrive")
    let key = try ProofSupport.outsideKey(arguments)
    let log: any LogReader & LogWriter
    // An embedded log signs what is appended.
    var signer: LogSigner?
    if arguments.string("kafka") == nil {
      let directory = try arguments.directory()
      let opened = try directory.openWriter(DataDirectory.sensors, patience: .seconds(10))
      signer = try LogSigner(directory, log: opened, key: key)
      log = opened
    } else {
      log = try arguments.place().writer(DataDirectory.sensors)
    }
    defer { log.close() }
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    var letters: [DeadLetter] = []
    for text in places { letters.append(try log.deadLetter(at: LetterOptions.place(text))) }
    if places.isEmpty {
      try log.walkDeadLetters(filter, in: LetterOptions.targets(arguments, log)) { (letter) throws(ProwziError) in
        letters.append(letter)
        return !interruption.stop.isRaised
      }
    }
    let report = try Redrive(log: log, signer: signer).run(
      letters, again: arguments.flag("again"), reason: reason, at: try StreamTime.now(in: log, clock: SystemClock().now()),
      isTrial: arguments.flag("dry-run"), proceed: { !interruption.stop.isRaised })
    output.isJSON ? tellJSON(report, arguments.flag("dry-run"), output) : tell(report, arguments.flag("dry-run"), output)
    return interruption.stop.isRaised ? .interrupted : .success
  }

  private static func tell(_ report: Redrive.Report, _ isTrial: Bool, _ output: Output) {
    if isTrial {
      for (raw, letter) in report.records { output.line("\(raw)  of the letter \(letter)") }
    }
    let verb = isTrial ? "Would append" : "Appended"
    output.line(
      "\(verb) \(Wording.count(report.records.count, "raw record")) again\(isTrial || report.records.isEmpty ? "" : "; 'prowzi run' takes them up")."
    )
    for omission in Redrive.Omission.allCases {
      guard let count = report.omitted[omission] else { continue }
      let why =
        switch omission {
        case .derived: "made and refused by a later stage, for which the raw record again would be a repeat"
        case .sameRecord: "about a raw record that another letter is about"
        case .redriven: "driven through before; --again does it once more"
        case .gone: "taken by retention, and the letter holds no bytes"
        }
      output.line("Left out \(Display.count(count)): \(why).")
    }
  }

  private static func tellJSON(_ report: Redrive.Report, _ isTrial: Bool, _ output: Output) {
    output.json { json in
      json.object { json in
        json.key("dry_run")
        json.bool(isTrial)
        json.key("omitted")
        json.object { json in
          for (name, omission) in Redrive.Omission.allCases.map({ ($0.snakeCased, $0) }).sorted(by: { $0.0 < $1.0 }) {
            json.key(name)
            json.number(report.omitted[omission] ?? 0)
          }
        }
        json.key("records")
        json.array { json in
          for (raw, letter) in report.records {
            json.object { json in
              json.key("letter")
              json.string("\(letter)")
              json.key("raw")
              json.string("\(raw)")
            }
          }
        }
      }
    }
  }
}

extension Redrive.Omission {
  fileprivate var snakeCased: String { self == .sameRecord ? "same_record" : rawValue }
}

/// How a dead letter is shown.
private enum DeadLetterText {
  static func line(_ letter: DeadLetter, _ output: Output) {
    let style = output.style
    let lead = "\(letter.record.place.partition)/\(letter.record.place.offset)  \(Display.minute(letter.record.timestamp))  "
    let what = "\(letter.stage)  \(letter.code)  \(letter.source)  "
    let message = TextStyle.harmless(letter.message + (letter.firstRaw == nil ? "" : " (again)"))
    let room = max(20, output.width - lead.count - what.count)
    output.line(style.dim(lead) + TextStyle.harmless(what) + (output.isTerminal ? Wording.cut(message, to: room) : message))
  }

  /// Shown of a value that is text.
  private static let valueBytes = 4096

  static func page(_ letter: DeadLetter, _ output: Output) {
    output.line(output.style.bold("\(letter.record.place)") + "  \(letter.record.timestamp)")
    var facts: [(String, String)] = [("code", letter.code), ("reason", letter.message), ("stage", letter.stage), ("source", letter.source)]
    if let raw = letter.raw { facts.append(("raw", "\(raw)")) }
    if let first = letter.firstRaw { facts.append(("first", "\(first), driven through again")) }
    if let byte = letter.byte { facts.append(("byte", "\(byte)")) }
    for (name, value) in facts { output.line("  \(name)\(String(repeating: " ", count: 8 - name.count))\(TextStyle.harmless(value))") }
    output.line("  headers")
    for header in letter.record.headers {
      output.line("    \(TextStyle.harmless(header.name)): \(header.value.map { TextStyle.harmless($0.displayText) } ?? "(null)")")
    }
    guard let value = letter.record.value else {
      return output.line("  value   none: the first letter of the raw record holds the bytes")
    }
    output.line(
      "  value   \(Display.bytes(value.count))\(value.count > valueBytes ? ", the first \(Display.bytes(valueBytes)) of it" : "")")
    let shown = Array(value.prefix(valueBytes))
    if let byte = letter.byte, byte > 0, byte < shown.count {
      output.line(
        TextStyle.harmless(Array(shown[..<byte]).displayText) + output.style.red("▸")
          + TextStyle.harmless(Array(shown[byte...]).displayText))
    } else {
      output.line(TextStyle.harmless(shown.displayText))
    }
  }

  static func json(_ letter: DeadLetter, whole: Bool = false, _ document: inout JSONDocument, _ output: Output) {
    var json = JSONWriter()
    json.object { json in
      json.key("at")
      json.string("\(letter.record.place)")
      json.key("byte")
      if let byte = letter.byte { json.number(byte) } else { json.null() }
      json.key("code")
      json.string(letter.code)
      json.key("message")
      json.string(letter.message)
      json.key("observed_at")
      json.string(letter.record.timestamp.rfc3339)
      json.key("raw")
      if let raw = letter.raw { json.string("\(raw)") } else { json.null() }
      if whole {
        json.key("record")
        let place = letter.record.place
        var buffer = RecordBuffer()
        buffer.append(
          timestamp: letter.record.timestamp, key: letter.record.key, value: letter.record.value,
          headers: letter.record.headers.map { ($0.name, $0.value) })
        buffer.records[0].offset = place.offset
        RecordLine.write(
          buffer, 0, of: TopicPartition(topic: place.topic, partition: place.partition), headers: true, document: &document, to: &json)
      }
      json.key("redrive_of")
      if let first = letter.firstRaw { json.string("\(first)") } else { json.null() }
      json.key("source")
      json.string(letter.source)
      json.key("stage")
      json.string(letter.stage)
    }
    output.json(json.bytes)
  }
}
