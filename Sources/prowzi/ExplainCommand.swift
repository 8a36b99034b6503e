import CommandLine
import Inspect
import JSON
import Model
import Runtime

enum ExplainCommand: ProgramCommand {
  static let declaration = Command(
    "explain", "Shows why an event scored and was banded as it was",
    discussion: """
      The five scores with their inputs, weights and contributions, in the numbers that are recorded, and the rule or threshold that chose the band.
      """,
    examples: [
      .init("prowzi explain 0198d0a2-7c00-8abc-9def-0123456789ab", "One event, by the id in briefs and records"),
      .init("prowzi explain 0198d0a2-7c00-8abc-9def-0123456789ab --format json", "The recorded explanation and where it lies"),
    ],
    arguments: [.init("event-id", "The id of an event")], options: [CommonOptions.data, CommonOptions.format] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let id = try arguments.eventID()
    guard let evaluation = try EventSearch.evaluation(of: id, in: try arguments.place().reader()) else { throw .noSuchEvent(id) }
    output.isJSON ? showJSON(evaluation, output) : showText(evaluation, output)
    return .success
  }

  private static func showText(_ evaluation: StoredEvaluation, _ output: Output) {
    let style = output.style
    let event = evaluation.event
    output.line(style.bold(TextStyle.harmless(event?.title ?? "(no title)")))
    output.line("\(Wording.plain(evaluation.kind)) · \(evaluation.domain) · \(TextStyle.harmless(evaluation.source))")
    if let url = event?.url { output.line(TextStyle.harmless(url)) }
    var facts: [(String, String)] = [("event", "\(evaluation.eventID)"), ("story", evaluation.story)]
    if let occurred = event?.occurredAt { facts.append(("occurred", occurred.rfc3339)) }
    if let observed = event?.observedAt { facts.append(("observed", observed.rfc3339)) }
    if let event { facts.append(("raw", event.item == 0 ? event.raw : "\(event.raw), item \(event.item)")) }
    facts += [("recorded", "\(evaluation.place)"), ("scorer", evaluation.scorer)]
    for (name, value) in facts { output.line("  \(name)\(String(repeating: " ", count: 10 - name.count))\(TextStyle.harmless(value))") }
    output.line()
    output.text(arithmetic(evaluation, style))
    output.line()
    for part in evaluation.parts + (evaluation.totalPart.map { [$0] } ?? []) {
      output.line(Wrapping.wrap("\(style.bold(part.name)): \(TextStyle.harmless(part.sentence))", width: output.width))
      let inputs = part.inputs.map { "\($0.name) \(Wording.number($0.value))" }.joined(separator: ", ")
      if !inputs.isEmpty { output.line(style.dim(Wrapping.wrap(TextStyle.harmless(inputs), width: output.width, indent: 2))) }
    }
    if let band = evaluation.band, let reason = evaluation.bandReason {
      output.line("\n\(style.bold(Wording.plain(band.name))): \(TextStyle.harmless(reason))")
    }
  }

  private static func arithmetic(_ evaluation: StoredEvaluation, _ style: TextStyle) -> String {
    let values = Wording.column(evaluation.parts.map(\.value))
    let weights = Wording.column(evaluation.parts.map(\.weight))
    let contributions = Wording.column(evaluation.parts.map(\.contribution) + [evaluation.total])
    var table = TextTable(["Score", "Value", " ", "Weight", " ", "Contribution"])
    for (index, part) in evaluation.parts.enumerated() {
      table.add([part.name, values[index], "×", weights[index], "=", contributions[index]])
    }
    table.add([evaluation.totalPart == nil ? "total" : "total, by expression", "", "", "", "", contributions[evaluation.parts.count]])
    return table.text(style: style)
  }

  private static func showJSON(_ evaluation: StoredEvaluation, _ output: Output) {
    output.json { json in
      json.object { json in
        json.key("at")
        json.string("\(evaluation.place)")
        json.key("evaluation")
        json.raw(evaluation.value, in: 0..<evaluation.value.count)
        json.key("event_at")
        if let event = evaluation.event { json.string("\(event.place)") } else { json.null() }
        json.key("raw")
        if let event = evaluation.event { json.string(event.raw) } else { json.null() }
        json.key("raw_item")
        if let event = evaluation.event { json.number(event.item) } else { json.null() }
        json.key("title")
        if let title = evaluation.event?.title { json.string(title) } else { json.null() }
        json.key("url")
        if let url = evaluation.event?.url { json.string(url) } else { json.null() }
      }
    }
  }
}
