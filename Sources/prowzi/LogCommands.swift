import CommandLine
import Inspect
import JSON
import Model
import Ports
import RecordFormat
import Runtime
import SegmentLog
import Signatures
import Stages

enum LogVerifyCommand: ProgramCommand {
  static let declaration = Command(
    "log verify", "Checks the files of the log: checksums, offsets, indexes and digests",
    discussion: """
      Reads every batch, holds both indexes against the batches, and builds the Merkle tree over all records anew to compare it with the committed one, \
      with the stored hashes, and with every signed checkpoint. A record below a signed checkpoint that was changed, removed, reordered or added is named. \
      Changes nothing. Exit code 1 where something is wrong.

      Whoever can write the data directory can also replace its keys: give the public key from elsewhere with --public-key.
      """,
    examples: [
      .init("prowzi log verify", "All topics"), .init("prowzi log verify prowzi.raw --partition 3", "One partition"),
    ],
    arguments: [.init("topic", "Only this topic", isOptional: true)],
    options: [
      CommonOptions.data, .value("partition", "P", "Only this partition", short: "p"), ProofSupport.publicKey, CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let log = try directory.openReader()
    let keys = try ProofSupport.keys(arguments, directory)
    var targets: [TopicPartition] = []
    for topic in arguments.argument("topic").map({ [$0] }) ?? log.topics().map(\.name.text) {
      targets += try Targets.chosen(arguments, topic: topic, of: log)
    }
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let line = ProgressLine("verifying")
    var done = 0
    var checks: [LogCheck] = []
    do {
      defer { line.finish() }
      for target in targets where !interruption.stop.isRaised {
        checks.append(
          try check(target, directory, log, keys) {
            done += 1
            if done & 255 == 0 { line.update(done) }
            return !interruption.stop.isRaised
          })
      }
    }
    for check in checks where output.isJSON || !check.isSound { output.isJSON ? showJSON(check, output) : showText(check, output) }
    let faults = checks.filter { !$0.isSound }.count
    if !output.isJSON { summarise(checks, faults, output) }
    if faults > 0 { return .difference }
    return interruption.stop.isRaised ? .interrupted : .success
  }

  /// Checks a partition against those of its checkpoints whose signatures are good; the others are findings.
  private static func check(
    _ target: TopicPartition, _ directory: DataDirectory, _ log: SegmentLog, _ keys: [VerifierKey], proceed: () -> Bool
  ) throws(ProwziError) -> LogCheck {
    let store = SignatureStore(directory)
    var checkpoints: [LogCheckpoint] = []
    var findings: [LogFinding] = []
    for size in try store.sizes(of: target) {
      do throws(ProwziError) {
        checkpoints.append(try store.read(target, size, trusting: keys).checkpoint)
      } catch {
        findings.append(LogFinding(file: store.path(target, size), offset: nil, byte: 0, problem: error.message, isLoss: false))
      }
    }
    var check = try LogCheck.run(target, of: log, checkpoints: checkpoints, proceed: proceed)
    check.findings += findings
    return check
  }

  private static func summarise(_ checks: [LogCheck], _ faults: Int, _ output: Output) {
    let records = checks.reduce(0) { $0 + $1.records }
    let bytes = checks.reduce(0) { $0 + $1.sizeInBytes }
    let what = "\(Wording.count(checks.count, "partition")), \(Wording.count(records, "record")), \(Display.bytes(bytes))"
    if faults > 0 { return output.line(output.style.red("Damaged:") + " \(Wording.count(faults, "partition")) of \(what).") }
    output.line(output.style.green("Sound:") + " \(what).")
    let signed = checks.reduce(0) { $0 + $1.checkpoints }
    if signed > 0 { output.line("The records are those of \(Wording.count(signed, "signed checkpoint")).") }
    let unsigned = checks.filter { $0.checkpoints == 0 && $0.records > 0 }.count
    if unsigned > 0 {
      output.line("\(Wording.count(unsigned, "partition")) with records \(unsigned == 1 ? "has" : "have") no signed checkpoint.")
    }
    let unread = checks.filter { if case .notComputed = $0.digest { true } else { false } }.count
    if unread > 0 {
      output.line("The digest of \(Wording.count(unread, "partition")) could not be added up, as the beginning is no longer kept.")
    }
  }

  private static func showText(_ check: LogCheck, _ output: Output) {
    output.line(output.style.bold("\(check.target)"))
    for finding in check.findings {
      let offset = finding.offset.map { ", offset \($0)" } ?? ""
      let kind = finding.isLoss ? "" : " (no record is lost by it)"
      output.line("  " + TextStyle.harmless("\(finding.file)\(offset), byte \(finding.byte): \(finding.problem)\(kind)"))
    }
    if let tampering = check.tampering { output.line("  " + output.style.red("tampered with: ") + tampering.sentence) }
    switch check.digest {
    case .same: break
    case .different(let committed, let computed):
      output.line("  the records add up to \(Wording.short(computed)), committed is \(Wording.short(committed))")
    case .notComputed(let reason): output.line("  the digest was not added up: \(reason)")
    }
  }

  private static func showJSON(_ check: LogCheck, _ output: Output) {
    output.json { json in
      json.object { json in
        json.key("bytes")
        json.number(check.sizeInBytes)
        json.key("checkpoints")
        json.number(check.checkpoints)
        json.key("digest")
        switch check.digest {
        case .same: json.string("same")
        case .different: json.string("different")
        case .notComputed: json.string("not_computed")
        }
        json.key("findings")
        json.array { json in
          for finding in check.findings { write(finding, &json) }
        }
        json.key("partition")
        json.number(Int64(check.target.partition.value))
        json.key("records")
        json.number(check.records)
        json.key("sound")
        json.bool(check.isSound)
        json.key("tampering")
        if let tampering = check.tampering { write(tampering, &json) } else { json.null() }
        json.key("topic")
        json.string(check.target.topic.text)
      }
    }
  }

  private static func write(_ tampering: Tampering, _ json: inout JSONWriter) {
    json.object { json in
      json.key("end")
      if let end = tampering.end { json.number(end.value) } else { json.null() }
      json.key("kind")
      if let kind = tampering.kind { json.string(kind.rawValue) } else { json.null() }
      json.key("offset")
      json.number(tampering.offset.value)
      json.key("sentence")
      json.string(tampering.sentence)
    }
  }

  private static func write(_ finding: LogFinding, _ json: inout JSONWriter) {
    json.object { json in
      json.key("byte")
      json.number(finding.byte)
      json.key("file")
      json.string(finding.file)
      json.key("loss")
      json.bool(finding.isLoss)
      json.key("offset")
      if let offset = finding.offset { json.number(offset.value) } else { json.null() }
      json.key("problem")
      json.string(finding.problem)
    }
  }
}

enum LogDumpCommand: ProgramCommand {
  static let declaration = Command(
    "log dump", "Prints the batches of a topic as they lie in the files, and their records",
    discussion: """
      For every batch its file, the byte at which it begins, its offsets, records, codec, size, checksum and largest time; below it its records, as 'prowzi \
      read' prints them.
      """,
    examples: [
      .init("prowzi log dump prowzi.raw --partition 0 --batches", "Batches alone"),
      .init("prowzi log dump prowzi.briefs --from 10 --limit 1", "The batch that holds offset 10, in every partition"),
    ],
    arguments: [.init("topic", "A topic's name")],
    options: [
      CommonOptions.data, .value("partition", "P", "Only this partition", short: "p"),
      .value("from", "OFFSET|TIME", "Begins with the batch that holds it"),
      .value("to", "OFFSET|TIME", "Ends before the batch that begins there"),
      .value("limit", "N", "At most so many batches of a partition", short: "n"), .flag("batches", "Leaves the records out"),
      .flag("headers", "Prints the records' headers, too"), .flag("whole", "Prints values whole on a terminal, too"), CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let from = try arguments.read("from", RecordSelection.expected) { ReadBound($0) }
    let to = try arguments.read("to", RecordSelection.expected) { ReadBound($0) }
    let limit = try arguments.integer("limit", in: 1...Int.max) ?? .max
    let log = try arguments.directory().openReader()
    var printer = RecordPrinter(output, headers: arguments.flag("headers"), whole: arguments.flag("whole"), margin: "  ")
    for target in try Targets.chosen(arguments, topic: arguments.argument("topic") ?? "", of: log) where !output.isClosed {
      let start = try from?.start(in: target, of: log)
      var left = limit
      try log.forEachBatch(in: target, from: start) { (place) throws(ProwziError) in
        if let to, to.isReached(by: place.header.baseOffset, at: place.header.baseTimestamp) { return false }
        output.isJSON ? showJSON(place, target, output) : showText(place, target, output)
        if !arguments.flag("batches") {
          try log.walk(target, from: place.header.baseOffset, to: place.header.lastOffset.advanced(by: 1)) {
            (records, index) throws(ProwziError) in
            printer.print(records, index, of: target)
            return !output.isClosed
          }
        }
        left -= 1
        return left > 0 && !output.isClosed
      }
    }
    return .success
  }

  private static func showText(_ place: BatchPlace, _ target: TopicPartition, _ output: Output) {
    let header = place.header
    let checksum = String(header.checksum, radix: 16)
    output.line(
      "\(output.style.bold("\(place.file):\(place.position)"))  offsets \(header.baseOffset)..\(header.lastOffset)  "
        + "\(Wording.count(Int(header.recordCount), "record"))  \(header.codec.name)  \(Display.bytes(header.sizeInBytes))  "
        + "crc \(String(repeating: "0", count: 8 - checksum.count))\(checksum)  up to \(header.maxTimestamp)"
        + (header.isControl ? "  control" : ""))
  }

  private static func showJSON(_ place: BatchPlace, _ target: TopicPartition, _ output: Output) {
    let header = place.header
    output.json { json in
      json.object { json in
        json.key("base_offset")
        json.number(header.baseOffset.value)
        json.key("bytes")
        json.number(header.sizeInBytes)
        json.key("codec")
        json.string(header.codec.name)
        json.key("control")
        json.bool(header.isControl)
        json.key("crc")
        json.number(Int64(header.checksum))
        json.key("file")
        json.string(place.file)
        json.key("last_offset")
        json.number(header.lastOffset.value)
        json.key("max_timestamp")
        json.number(header.maxTimestamp.milliseconds)
        json.key("partition")
        json.number(Int64(target.partition.value))
        json.key("position")
        json.number(place.position)
        json.key("records")
        json.number(Int64(header.recordCount))
        json.key("topic")
        json.string(target.topic.text)
      }
    }
  }
}
