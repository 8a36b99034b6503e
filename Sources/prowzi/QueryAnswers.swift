import CommandLine
import Events
import JSON
import Model
import Postgres

/// Options and output that every question shares.
enum QueryOptions {
  static let format = Command.Option.choice("format", ["text", "json", "csv"], "How to print", defaultValue: "text")
  static let tenant = Command.Option.value(
    "tenant", "NAME", "Sees this tenant's rows, too, where the user may", environment: "PROWZI_TENANT")
  static let explain = Command.Option.flag("explain", "Shows how the server finds the rows, instead of them")
  static let since = Command.Option.value("since", "TIME", "Only what was observed (a brief: made) at this time or later")
  static let until = Command.Option.value("until", "TIME", "Only what was observed before this time")
  static let domain = Command.Option.choice("domain", Domain.allCases.map { "\($0.name)" }, "Only this domain")
  static let kind = Command.Option.choice("kind", Kind.allCases.map { "\($0.name)" }, "Only this kind of event")
  static let band = Command.Option.choice("band", UrgencyBand.allCases.reversed().map { "\($0.name)" }, "Only this band")
  static let impact = Command.Option.choice("impact", ["critical", "high", "medium", "low"], "Only this impact")
  static let entity = Command.Option.value("entity", "NAME", "Only what names this entity: type:name, or a name of any type")
  static let text = Command.Option.value("text", "WORDS", "Only what holds these words, \"phrases\", OR and -not work", short: "t")
  static let limit = Command.Option.value("limit", "N", "At most so many", short: "n", defaultValue: "20")
  static let after = Command.Option.value("after", "PAGE", "Goes on where a page ended; each page says how")

  /// Every question takes these.
  static let common = [CommonOptions.postgres, tenant, explain, format]
}

extension ParsedArguments {
  /// Reads what the command declares of the filters.
  func filter(_ command: Command, limit: ClosedRange<Int> = 1...10_000) throws(ProwziError) -> QueryFilter {
    let declared = Set(command.options.map(\.name))
    func text(_ name: String) -> String? { declared.contains(name) ? string(name) : nil }
    var filter = QueryFilter()
    if declared.contains("since") { filter.since = try timestamp("since") }
    if declared.contains("until") { filter.until = try timestamp("until") }
    filter.domain = text("domain")
    filter.kind = text("kind")
    filter.band = text("band")
    filter.impact = text("impact")
    filter.entity = text("entity")
    filter.text = text("text")
    filter.after = text("after")
    if declared.contains("limit") { filter.limit = try integer("limit", in: limit) ?? 20 }
    return filter
  }

  func reader() throws(ProwziError) -> Reader {
    var settings = postgres(as: "prowzi query")
    settings.statementMilliseconds = 60_000
    return try Reader(settings, tenant: string("tenant"), asJSON: string("format") == "json", explains: flag("explain"))
  }
}

/// Prints a page in the format asked for.
enum QueryAnswer {
  /// - Parameter columns: those that people see in a table, where they are not all.
  static func show(
    _ page: QueryPage, _ arguments: ParsedArguments, _ output: Output, columns: [String] = [], empty: String = "Nothing fits."
  ) {
    if arguments.flag("explain") {
      for row in page.rows.rows { output.line(TextStyle.harmless(row[0] ?? "")) }
      return
    }
    switch arguments.string("format") {
    case "json":
      for row in page.rows.rows { output.json([UInt8](text: row[0] ?? "")) }
      if let next = page.next {
        output.json { json in
          json.object { json in
            json.key("next_page")
            json.string(next)
          }
        }
      }
    case "csv":
      output.text(line(page.rows.columns))
      for row in page.rows.rows { output.text(line(row.map { $0 ?? "" })) }
      if let next = page.next { Notice.tell("more with --after '\(next)'") }
    default:
      showTable(page, output, columns.isEmpty ? page.rows.columns : columns, empty)
    }
  }

  private static func showTable(_ page: QueryPage, _ output: Output, _ columns: [String], _ empty: String) {
    guard page.rows.count > 0 else { return output.line(empty) }
    let places = columns.compactMap { page.rows.columns.firstIndex(of: $0) }
    var table = TextTable(columns.map { Wording.plain($0).prefix(1).uppercased() + Wording.plain($0).dropFirst() })
    // What is left of the line goes to the last column, which is the text.
    for row in page.rows.rows {
      table.add(places.map { Wording.cut(cell(row[$0] ?? "-"), to: $0 == places.last ? max(40, output.width - 60) : 60) })
    }
    output.text(table.text(style: output.style))
    if let next = page.next { output.line("\nMore with --after '\(TextStyle.harmless(next))'") }
  }

  /// Times without the zone, which is always UTC.
  private static func cell(_ text: String) -> String {
    guard text.hasSuffix("+00"), text.utf8.count >= 22, text.utf8.dropFirst(4).first == UInt8(ascii: "-") else { return text }
    return String(text.prefix(16))
  }

  /// A line of RFC 4180.
  private static func line(_ cells: [String]) -> String {
    cells.map { cell in
      cell.contains { $0 == "," || $0 == "\"" || $0.isNewline } ? "\"" + cell.replacing("\"", with: "\"\"") + "\"" : cell
    }.joined(separator: ",") + "\r\n"
  }
}
