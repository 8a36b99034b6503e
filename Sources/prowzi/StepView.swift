import CommandLine
import Inspect
import JSON
import Model
import RecordFormat
import Runtime
import Stages
import State

/// How a step of a replay is shown.
struct StepView {
  let output: Output

  init(_ output: Output) { self.output = output }

  static let names = ["normalized", "enriched", "scored", "banded", "brief", "deadletter", "control", "all"]

  private static func topic(_ name: String) -> DerivedTopic? {
    switch name {
    case "normalized": .normalized
    case "enriched": .enriched
    case "scored": .scored
    case "banded": .banded
    case "brief", "briefs": .briefs
    case "deadletter", "deadletters": .deadletters
    case "control", "controls": .controls
    default: nil
    }
  }

  // MARK: The record

  func show(_ step: ReplayStep, of total: Int, at breakpoint: Breakpoint?) {
    let place = Coordinates(topic: .raw, partition: step.partition, offset: step.offset)
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("breakpoint")
          if let breakpoint { json.string("\(breakpoint)") } else { json.null() }
          json.key("made")
          json.object { json in
            for (topic, buffer) in step.made.sorted(by: { $0.topic.name < $1.topic.name }) {
              json.key(topic.name.text)
              json.number(buffer.count)
            }
          }
          json.key("offset")
          json.number(step.offset.value)
          json.key("partition")
          json.number(Int64(step.partition.value))
          json.key("source")
          json.string(step.source)
          json.key("step")
          json.number(step.number)
          json.key("timestamp")
          json.number(step.time.milliseconds)
        }
      }
      return
    }
    let number = "\(Display.count(step.number)) of \(Display.count(total))"
    output.line(
      "\(output.style.bold(number))  \(place)  \(step.time)  \(TextStyle.harmless(step.source))"
        + (breakpoint.map { "  " + output.style.yellow("[\($0)]") } ?? ""))
    if step.made.isEmpty { output.line("  nothing came of it: what it says was known before") }
    for (topic, buffer) in step.made {
      for index in buffer.records.indices {
        let name = String(topic.name.text.dropFirst("prowzi.".count))
        let lead = "  \(name)\(String(repeating: " ", count: max(0, 12 - name.count)))"
        let text = TextStyle.harmless(Self.summary(topic, buffer, index))
        output.line(lead + Wording.cut(text, to: output.isTerminal ? max(40, output.width - lead.count) : 400))
      }
    }
  }

  func showEnd(of total: Int) {
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("end")
          json.bool(true)
        }
      }
    } else {
      output.line("The window ends here: \(Wording.count(total, "raw record")).")
    }
  }

  /// What a record says, on one line.
  private static func summary(_ topic: DerivedTopic, _ buffer: RecordBuffer, _ index: Int) -> String {
    func header(_ name: StaticString) -> String { buffer.header(name, of: index).map { Array(buffer.bytes[$0]).displayText } ?? "" }
    if topic == .deadletters { return "\(header("prowzi-error-code")): \(header("prowzi-error-message")) (\(header("prowzi-stage")))" }
    if topic == .controls { return "\(header("ce_type")), configuration \(header("prowzi-config"))" }
    guard let value = buffer.records[index].value, let json = try? JSONDocument(Array(buffer.bytes[value])) else { return "" }
    func text(_ path: String) -> String { json.string(json.value(at: path, from: json.root)) ?? "" }
    func number(_ path: String) -> String { json.double(json.value(at: path, from: json.root)).map(Wording.number) ?? "" }
    func count(_ path: String) -> Int { json.elements(of: json.value(at: path, from: json.root)).count }
    switch topic {
    case .normalized:
      let revision = number("revision")
      return "\(text("kind")) \(text("event_id"))\(revision == "1" ? "" : " revision \(revision)")  \(text("payload.text.title"))"
    case .enriched:
      return "story \(text("cluster.id")) (\(Wording.plain(text("cluster.relation"))), \(number("cluster.size")) so far), "
        + "\(Wording.count(count("payload.extracted.entities"), "name")), \(Wording.count(count("neighbors"), "neighbour"))"
    case .scored:
      let scores = json.members(of: json.value(at: "scores", from: json.root)).map { member in
        "\(json.string(member.key) ?? "") \(json.double(member.value).map(Wording.number) ?? "")"
      }
      return "EVI \(number("total_evi")) = " + scores.joined(separator: ", ")
    case .banded:
      return "\(text("band")) by \(Wording.plain(text("explanations.band.reason")))"
        + (text("explanations.band.rule").isEmpty ? "" : " \(text("explanations.band.rule"))")
    case .briefs: return "\(text("brief_id")) revision \(number("revision"))  \(text("headline"))"
    case .deadletters, .controls: return ""
    }
  }

  /// A stage's records whole.
  /// - Returns: `false` for a name that is no stage's.
  func show(_ name: String, of step: ReplayStep) -> Bool {
    let wanted = Self.topic(name)
    guard wanted != nil || name == "all" else { return false }
    var found = false
    for (topic, buffer) in step.made where wanted == nil || topic == wanted {
      for index in buffer.records.indices {
        show(buffer, index, TopicPartition(topic: topic.name, partition: step.partition), headers: false)
        found = true
      }
    }
    if !found, !output.isJSON { output.line("  nothing") }
    return true
  }

  func showRaw(_ step: ReplayStep) {
    show(step.raw, 0, TopicPartition(topic: .raw, partition: step.partition), headers: true)
  }

  private func show(_ buffer: RecordBuffer, _ index: Int, _ target: TopicPartition, headers: Bool) {
    var printer = RecordPrinter(output, headers: headers, whole: true, margin: "", namesTopic: true)
    if output.isJSON { return printer.print(buffer, index, of: target) }
    let layout = buffer.records[index]
    let value = layout.value.map { Array(buffer.bytes[$0]) }
    guard let value, let pretty = PrettyJSON.text(value) else { return printer.print(buffer, index, of: target) }
    let key = layout.key.map { TextStyle.harmless(Array(buffer.bytes[$0]).displayText) } ?? "(null)"
    output.line(output.style.dim("\(target)/\(layout.offset)  \(layout.timestamp)  \(key)"))
    if headers {
      for header in buffer.headers(of: index) {
        output.line("    \(TextStyle.harmless(header.name)): \(header.value.map { TextStyle.harmless($0.displayText) } ?? "(null)")")
      }
    }
    for line in pretty.split(separator: "\n", omittingEmptySubsequences: false) { output.line("  " + TextStyle.harmless(String(line))) }
  }

  // MARK: The state

  /// A row that is not the same after a step.
  private struct Change {
    var stage: String
    var sign: String
    var row: StateInspector.Row
    var old: String?
  }

  func show(_ states: StepStates, of step: ReplayStep) {
    let changes = zip(states.before, states.after).flatMap { Self.changes($0, $1) }
    if output.isJSON {
      for (before, after) in zip(states.before, states.after) {
        output.json { json in
          json.object { json in
            json.key("digest_after")
            json.string(after.digest.hex)
            json.key("digest_before")
            json.string(before.digest.hex)
            json.key("size_after")
            json.number(after.size)
            json.key("size_before")
            json.number(before.size)
            json.key("stage")
            json.string(after.name)
          }
        }
      }
      for change in changes {
        output.json { json in
          json.object { json in
            json.key("change")
            json.string(change.sign == "+" ? "new" : change.sign == "-" ? "forgotten" : "changed")
            json.key("key")
            json.string(change.row.key)
            if let old = change.old {
              json.key("old")
              json.string(old)
            }
            json.key("stage")
            json.string(change.stage)
            json.key("table")
            json.string(change.row.table)
            json.key("value")
            json.string(change.row.value)
          }
        }
      }
      return
    }
    var table = TextTable(["Stage", "Size before", "after", "State before", "after", ""])
    for (before, after) in zip(states.before, states.after) {
      table.add([
        after.name, Display.count(before.size), Display.count(after.size), Wording.short(before.digest), Wording.short(after.digest),
        before.digest == after.digest ? "" : "changed",
      ])
    }
    output.text(table.text(style: output.style))
    for change in changes.prefix(60) {
      let row = change.row
      output.line("  \(change.sign) \(change.stage) \(row.table) \(row.key): " + TextStyle.harmless(Wording.cut(row.value, to: 300)))
      if let old = change.old { output.line("      was: " + TextStyle.harmless(Wording.cut(old, to: 300))) }
    }
    if changes.count > 60 { output.line("  and \(changes.count - 60) more") }
  }

  private static func changes(_ before: StateInspector.Stage, _ after: StateInspector.Stage) -> [Change] {
    guard before.digest != after.digest else { return [] }
    func place(_ row: StateInspector.Row) -> String { row.table + "\u{0}" + row.key }
    let old = Dictionary(before.rows.map { (place($0), $0) }, uniquingKeysWith: { $1 })
    let new = Dictionary(after.rows.map { (place($0), $0) }, uniquingKeysWith: { $1 })
    var changes: [Change] = []
    for row in before.rows where new[place(row)] == nil { changes.append(Change(stage: after.name, sign: "-", row: row, old: nil)) }
    for row in after.rows {
      guard let known = old[place(row)] else {
        changes.append(Change(stage: after.name, sign: "+", row: row, old: nil))
        continue
      }
      if known.value != row.value {
        changes.append(Change(stage: after.name, sign: "~", row: row, old: known.value))
      } else if known.time != row.time {
        changes.append(Change(stage: after.name, sign: "~", row: row, old: "the same, of \(known.time)"))
      }
    }
    return changes
  }
}
