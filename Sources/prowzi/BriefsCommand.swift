import CommandLine
import Events
import Inspect
import Model
import Runtime

enum BriefsCommand: ProgramCommand {
  static let declaration = Command(
    "briefs", "Shows the briefs, most urgent first",
    discussion: """
      Of each brief the latest revision, by band, then by score, then newest first. Below every brief stands what its claims rest on: the claim, the raw \
      record as topic/partition/offset, and the field in it.

      With --format json every line is a brief as it is recorded.
      """,
    examples: [
      .init("prowzi briefs --limit 5", "The five most urgent"),
      .init("prowzi briefs --band instant --since 2026-03-01", "What had to be seen at once, since a day"),
      .init("prowzi briefs --kind exploit --domain crypto --format json", "For another program"),
    ],
    options: [
      CommonOptions.data, .choice("band", UrgencyBand.allCases.reversed().map { "\($0.name)" }, "Only this band"),
      .choice("kind", Kind.allCases.map { "\($0.name)" }, "Only this kind of event"),
      .choice("domain", Domain.allCases.map { "\($0.name)" }, "Only this domain"),
      .value("since", "TIME", "Only revisions made at this time or later, in stream time"),
      .value("limit", "N", "At most so many", short: "n"), .flag("all", "All revisions, not only the latest"), CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    var query = BriefQuery()
    query.band = arguments.string("band").flatMap { UrgencyBand(name: $0) }
    query.kind = arguments.string("kind")
    query.domain = arguments.string("domain")
    query.since = try arguments.timestamp("since")
    query.limit = try arguments.integer("limit", in: 1...1_000_000)
    query.allRevisions = arguments.flag("all")
    let briefs = try query.run(try arguments.place().reader())
    for (index, brief) in briefs.enumerated() where !output.isClosed {
      if output.isJSON {
        output.json(brief.value)
      } else {
        if index > 0 { output.line() }
        output.text(BriefPage.text(brief, style: output.style, width: min(output.width, 110)))
      }
    }
    if briefs.isEmpty, !output.isJSON { output.line("No briefs. 'prowzi status --counts' says how many events there are of each band.") }
    return .success
  }
}

/// A brief as a person reads it.
enum BriefPage {
  static func text(_ brief: StoredBrief, style: TextStyle, width: Int) -> String {
    var page = headline(brief, style, width)
    page += paragraph(brief.summary, indent: 2, width)
    for (number, evidence) in brief.evidence.enumerated() { page += line(evidence, number + 1, style, width) }
    if !brief.actions.isEmpty {
      page += "  Next steps\n"
      for action in brief.actions { page += hanging("- ", TextStyle.harmless(action), indent: 4, width) }
    }
    if !brief.risks.isEmpty {
      let risks = brief.risks.map { "\(Wording.plain($0.name)) \(Wording.number($0.value))" }.joined(separator: ", ")
      page += "  Risk factors\n" + hanging("", TextStyle.harmless(risks), indent: 4, width)
    }
    return page + style.dim("  brief \(brief.id), revision \(brief.revision), \(brief.place)") + "\n"
  }

  private static func headline(_ brief: StoredBrief, _ style: TextStyle, _ width: Int) -> String {
    let label = Wording.plain("\(brief.band.name)").uppercased()
    let band: String =
      switch brief.band {
      case .instant: style.red(label)
      case .sameDay: style.yellow(label)
      default: label
      }
    let lead = "\(label)  \(Display.minute(brief.time))  "
    let status = brief.status == "retracted" ? "RETRACTED  " : ""
    let text = Wrapping.wrap(status + TextStyle.harmless(brief.headline), width: width - lead.count).split(separator: "\n").map(String.init)
    var page = "\(band)  \(Display.minute(brief.time))  \(style.bold(text.first ?? ""))\n"
    for more in text.dropFirst() { page += String(repeating: " ", count: lead.count) + style.bold(more) + "\n" }
    var facts = [
      Wording.plain(brief.kind), brief.domain, "EVI \(Wording.number(brief.totalEVI))", "impact \(brief.impactLevel)",
      "confidence \(Wording.number(brief.confidence))", Wording.count(brief.events.count, "event"),
    ]
    if let expiresAt = brief.expiresAt { facts.append("expires \(Display.minute(expiresAt))") }
    return page + style.dim(hanging("", TextStyle.harmless(facts.joined(separator: " · ")), indent: 2, width))
  }

  private static func line(_ evidence: StoredBrief.Evidence, _ number: Int, _ style: TextStyle, _ width: Int) -> String {
    let derivation = evidence.derivation.map { " (\(TextStyle.harmless($0)))" } ?? ""
    let claim = "\"\(TextStyle.harmless(evidence.claim))\"\(derivation) ← "
    let place = "\(TextStyle.harmless(evidence.raw)) \(TextStyle.harmless(evidence.field))"
    return hanging("[\(number)] ", claim + place, indent: 2, width)
  }

  private static func paragraph(_ text: String, indent: Int, _ width: Int) -> String {
    text.isEmpty ? "" : Wrapping.wrap(TextStyle.harmless(text), width: width, indent: indent) + "\n"
  }

  /// Lines that stand under one another behind a mark.
  private static func hanging(_ mark: String, _ text: String, indent: Int, _ width: Int) -> String {
    let body = Wrapping.wrap(text, width: width, indent: indent + mark.count)
    return String(repeating: " ", count: indent) + mark + body.dropFirst(indent + mark.count) + "\n"
  }
}
