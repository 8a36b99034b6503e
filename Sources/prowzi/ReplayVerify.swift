import CommandLine
import Inspect
import JSON
import Model
import Runtime

/// `prowzi replay --verify`: folds a window again and compares it with what is recorded.
enum ReplayVerify {
  static func run(_ plan: ReplayPlan, _ output: Output) throws(ProwziError) -> ExitCode {
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let total = plan.request.from == nil && plan.request.to == nil ? try LogSizes.rawRecords(plan.place) : nil
    let line = ProgressLine("replaying", total: total)
    let report: VerifyReport
    do {
      defer { line.finish() }
      report = try Verifier(plan.place).verify(
        plan.request, threads: plan.threads, batch: BatchSize(records: plan.batch), stop: interruption.stop, progress: { line.update($0) })
    }
    output.isJSON ? showJSON(report, output) : showText(report, output)
    if !report.isIdentical { return .difference }
    return report.wasStopped ? .interrupted : .success
  }

  // MARK: Text

  static func showText(_ report: VerifyReport, _ output: Output) {
    var table = TextTable(["Partition", "Raw from", "To", "Folded from", "Compared", "Result"])
    for partition in report.partitions {
      table.add([
        "\(partition.window.partition)", "\(partition.window.from)", "\(partition.window.to)", "\(partition.foldedFrom)",
        Display.count(partition.compared),
        partition.difference == nil ? "identical" : "DIFFERENT",
      ])
    }
    output.text(table.text(style: output.style))
    for partition in report.partitions {
      if let difference = partition.difference { show(difference, partition.window.partition, output) }
    }
    let compared = report.partitions.reduce(0) { $0 + $1.compared }
    let different = report.partitions.filter { $0.difference != nil }.count
    if report.wasStopped {
      output.line("\nStopped before the end.")
    } else if different == 0 {
      output.line(
        "\n" + output.style.green("Identical:") + " folding again gives \(Wording.count(compared, "record")) byte for byte as recorded.")
    } else {
      output.line("\n" + output.style.red("Different") + " in \(different) of \(Wording.count(report.partitions.count, "partition")).")
    }
    let volume = report.volume
    output.line(
      "Read \(Display.bytes(volume.log)) of \(Display.bytes(volume.logSize)) of the log"
        + (volume.checkpoints > 0 ? ", and \(Display.bytes(volume.checkpoints)) of kept states." : "."))
  }

  private static func show(_ difference: VerifyReport.Difference, _ partition: PartitionIndex, _ output: Output) {
    let place = "\(difference.topic)/\(partition)/\(difference.offset)"
    let cause = "prowzi.raw/\(partition)/\(difference.rawOffset)"
    output.line()
    switch difference.kind {
    case .changed:
      output.line("\(place): its \(difference.part) \(difference.part == "headers" ? "differ" : "differs"); made from \(cause)")
    case .missing: output.line("\(place): made from \(cause), but not recorded")
    case .extra: output.line("\(place): recorded, but folding again does not make it")
    }
    for line in details(of: difference) { output.line("  " + TextStyle.harmless(line)) }
    guard let states = difference.states else { return }
    output.line("  state before \(cause): \(Wording.short(states.before)), after: \(Wording.short(states.after))")
    let kept = [states.checkpointBefore, states.checkpointAfter].compactMap { $0.map { "\($0)" } }
    if !kept.isEmpty { output.line("  states kept next to it: at raw offset \(kept.joined(separator: " and "))") }
  }

  /// What only differs where both are JSON; else both, from shortly before the first byte that differs.
  private static func details(of difference: VerifyReport.Difference) -> [String] {
    guard difference.kind == .changed else {
      return [Wording.cut((difference.kind == .extra ? difference.recorded : difference.folded).displayText, to: 400)]
    }
    if difference.part == "value", let list = JSONDifference.list(difference.recorded, difference.folded), !list.isEmpty {
      return list.prefix(50).map { item in
        "\(item.pointer): recorded \(Wording.cut(item.old ?? "nothing", to: 200)), folded \(Wording.cut(item.new ?? "nothing", to: 200))"
      } + (list.count > 50 ? ["and \(list.count - 50) more"] : [])
    }
    let common = zip(difference.recorded, difference.folded).prefix { $0 == $1 }.count
    let start = max(0, common - 20)
    func piece(_ bytes: [UInt8]) -> String { Wording.cut(Array(bytes.dropFirst(start)).displayText, to: 200) }
    return ["from byte \(start), recorded: \(piece(difference.recorded))", "from byte \(start), folded:   \(piece(difference.folded))"]
  }

  // MARK: JSON

  static func showJSON(_ report: VerifyReport, _ output: Output) {
    for partition in report.partitions {
      output.json { json in
        json.object { json in
          json.key("compared")
          json.number(partition.compared)
          json.key("difference")
          if let difference = partition.difference { write(difference, &json) } else { json.null() }
          json.key("folded_from")
          json.number(partition.foldedFrom.value)
          json.key("from")
          json.number(partition.window.from.value)
          json.key("identical")
          json.bool(partition.difference == nil)
          json.key("partition")
          json.number(Int64(partition.window.partition.value))
          json.key("stopped")
          json.bool(report.wasStopped)
          json.key("to")
          json.number(partition.window.to.value)
        }
      }
    }
    output.json { writeTotals(report, &$0) }
  }

  private static func writeTotals(_ report: VerifyReport, _ json: inout JSONWriter) {
    json.object { json in
      json.key("bytes_read")
      json.number(report.volume.total)
      json.key("checkpoint_bytes_read")
      json.number(report.volume.checkpoints)
      json.key("compared")
      json.number(report.partitions.reduce(0) { $0 + $1.compared })
      json.key("identical")
      json.bool(report.isIdentical)
      json.key("log_bytes")
      json.number(report.volume.logSize)
      json.key("log_bytes_read")
      json.number(report.volume.log)
      json.key("stopped")
      json.bool(report.wasStopped)
    }
  }

  private static func write(_ difference: VerifyReport.Difference, _ json: inout JSONWriter) {
    json.object { json in
      json.key("differences")
      json.array { json in
        guard difference.part == "value" else { return }
        for item in JSONDifference.list(difference.recorded, difference.folded) ?? [] { json.write(item) }
      }
      json.key("folded")
      json.string(difference.folded.displayText)
      json.key("kind")
      json.string(difference.kind.rawValue)
      json.key("offset")
      json.number(difference.offset.value)
      json.key("part")
      json.string(difference.part)
      json.key("raw_offset")
      json.number(difference.rawOffset.value)
      json.key("recorded")
      json.string(difference.recorded.displayText)
      if let states = difference.states {
        json.key("state_after")
        json.string(states.after.hex)
        json.key("state_before")
        json.string(states.before.hex)
      }
      json.key("topic")
      json.string(difference.topic.text)
    }
  }
}

extension JSONWriter {
  /// One place at which two values differ; what is absent is left out.
  mutating func write(_ difference: JSONDifference) {
    object { json in
      func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        json.key(name)
        let bytes = [UInt8](text: text)
        json.raw(bytes, in: 0..<bytes.count)
      }
      member("new", difference.new)
      member("old", difference.old)
      json.key("pointer")
      json.string(difference.pointer)
    }
  }
}
