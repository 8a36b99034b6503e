import CommandLine
import Model
import Postgres

enum QueryBriefsCommand: ProgramCommand {
  static let declaration = Command(
    "query briefs", "Briefs, most urgent first",
    discussion:
      "Of each brief the latest revision; retracted ones are left out. The view top_briefs has the same for people who bring their own SQL.",
    examples: [
      .init("prowzi query briefs --band instant --limit 5", "The five most urgent"),
      .init("prowzi query briefs --entity protocol:uniswap --sort time", "What was said about a protocol, newest first"),
      .init("prowzi query briefs --text 'bridge -testnet' --format csv", "For a spreadsheet"),
    ],
    options: [
      QueryOptions.since, QueryOptions.until, QueryOptions.domain, QueryOptions.kind, QueryOptions.band, QueryOptions.impact,
      QueryOptions.entity, QueryOptions.text,
      .choice("sort", Reader.BriefOrder.allCases.map(\.rawValue), "The order", defaultValue: "urgency"),
      QueryOptions.limit, QueryOptions.after,
    ] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let filter = try arguments.filter(declaration)
    let order = try arguments.choice("sort", of: Reader.BriefOrder.self) ?? .urgency
    QueryAnswer.show(
      try arguments.reader().briefs(filter, order: order), arguments, output,
      columns: ["band", "created_at", "kind", "impact_level", "total_evi", "headline"])
    return .success
  }
}

enum QueryEventsCommand: ProgramCommand {
  static let declaration = Command(
    "query events", "Events, newest first",
    examples: [
      .init("prowzi query events --kind exploit --since 2026-03-01", "What was exploited since a day"),
      .init("prowzi query events --text '\"flash loan\"' --impact critical", "By words and impact"),
      .init("prowzi query events --entity organization:openai --format json", "What names an entity, for another program"),
    ],
    options: [
      QueryOptions.since, QueryOptions.until, QueryOptions.domain, QueryOptions.kind, QueryOptions.band, QueryOptions.impact,
      QueryOptions.entity, QueryOptions.text, QueryOptions.limit, QueryOptions.after,
    ] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let filter = try arguments.filter(declaration)
    QueryAnswer.show(
      try arguments.reader().events(filter), arguments, output, columns: ["observed_at", "kind", "source", "band", "total_evi", "title"])
    return .success
  }
}

enum QueryStoriesCommand: ProgramCommand {
  static let declaration = Command(
    "query stories", "Stories, those with the newest event first",
    examples: [
      .init("prowzi query stories --sources 3", "What at least three sources took up"),
      .init("prowzi query stories --entity chain:ethereum --since 2026-03-01", "Stories that name an entity"),
    ],
    options: [
      QueryOptions.since, QueryOptions.until, QueryOptions.domain, QueryOptions.entity,
      .value("sources", "N", "Only stories that at least so many sources took up", defaultValue: "1"), QueryOptions.limit,
      QueryOptions.after,
    ] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let filter = try arguments.filter(declaration)
    let sources = try arguments.integer("sources", in: 1...1000) ?? 1
    QueryAnswer.show(
      try arguments.reader().stories(filter, sources: sources), arguments, output,
      columns: ["last_seen_at", "size", "sources", "first_source", "story_id", "title"])
    return .success
  }
}

enum QueryStoryCommand: ProgramCommand {
  static let declaration = Command(
    "query story", "One story: its members, or what its briefs rest on",
    examples: [
      .init("prowzi query story 019c7e53-a950-8cfe-a55d-0ccf4ef591b6", "The members, oldest first"),
      .init("prowzi query story 019c7e53-a950-8cfe-a55d-0ccf4ef591b6 --evidence", "Claims, and the bytes each rests on"),
    ],
    arguments: [.init("id", "The story's id")],
    options: [
      .flag("evidence", "Shows what the briefs of the story claim and rest on"),
      .value("limit", "N", "At most so many", short: "n", defaultValue: "100"),
    ] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let text = arguments.argument("id") ?? ""
    guard let id = EventID(text) else {
      throw ProwziError(
        "usage.bad_value", "'\(text)' is no id", place: "prowzi query story",
        advice: "Give the id of a story, as 'prowzi query stories' shows it")
    }
    let filter = try arguments.filter(declaration)
    let reader = try arguments.reader()
    if arguments.flag("evidence") {
      QueryAnswer.show(
        try reader.evidence(ofStory: id), arguments, output, columns: ["brief_id", "ordinal", "raw", "field", "claim"],
        empty: "No brief rests on this story.")
    } else {
      QueryAnswer.show(
        try reader.members(ofStory: id, limit: filter.limit), arguments, output,
        columns: ["observed_at", "source", "kind", "relation", "band", "title"], empty: "There is no such story.")
    }
    return .success
  }
}

enum QueryEntityCommand: ProgramCommand {
  static let declaration = Command(
    "query entity", "What is known of an entity",
    examples: [
      .init("prowzi query entity openai", "All entities of this name"),
      .init("prowzi query entity repository:anomalyco/models.dev", "The one of this type"),
    ],
    arguments: [.init("name", "type:name, or a name of any type")], options: [QueryOptions.limit] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let filter = try arguments.filter(declaration)
    QueryAnswer.show(
      try arguments.reader().entity(arguments.argument("name") ?? "", limit: filter.limit), arguments, output,
      columns: ["type", "mentions", "first_seen_at", "last_seen_at", "entity_id", "name"])
    return .success
  }
}

enum QueryGraphCommand: ProgramCommand {
  static let declaration = Command(
    "query graph", "What an entity is connected with",
    discussion: """
      Entities that events name together, following from each the heaviest edges. The weight is an average, fading with a half-life of seven days, of how many \
      events a day name both; for an entity further away that of the lightest edge on the way.
      """,
    examples: [
      .init("prowzi query graph organization:openai", "Two steps around an entity"),
      .init("prowzi query graph protocol:uniswap --depth 3 --fanout 20 --format csv", "Further and wider"),
    ],
    arguments: [.init("name", "type:name, or a name of any type")],
    options: [
      .value("depth", "N", "How many steps, 1 to 3", defaultValue: "2"),
      .value("fanout", "N", "Edges followed from each entity, 1 to 50", defaultValue: "12"),
    ] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let depth = try arguments.integer("depth", in: 1...3) ?? 2
    let fanout = try arguments.integer("fanout", in: 1...50) ?? 12
    QueryAnswer.show(
      try arguments.reader().graph(arguments.argument("name") ?? "", depth: depth, fanout: fanout), arguments, output,
      columns: ["distance", "weight", "events", "mentions", "type", "name"])
    return .success
  }
}

enum QueryTimelineCommand: ProgramCommand {
  static let declaration = Command(
    "query timeline", "How warm each topic was, hour by hour",
    discussion:
      "The weights of the ontology's nodes, added up over events. As text it is a heat map: the warmest nodes, time from left to right.",
    examples: [
      .init("prowzi query timeline --since 2026-03-01 --until 2026-03-03", "Two days by the hour"),
      .init("prowzi query timeline --by day --domain crypto --format csv", "By the day, for a spreadsheet"),
    ],
    options: [
      QueryOptions.since, QueryOptions.until, QueryOptions.domain, .value("node", "NAME", "Only this node of the ontology"),
      .choice("by", Reader.Bucket.allCases.map(\.rawValue), "How finely time is divided", defaultValue: "hour"),
      .value("limit", "N", "At most so many rows", short: "n", defaultValue: "10000"),
    ] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let filter = try arguments.filter(declaration, limit: 1...1_000_000)
    let bucket = try arguments.choice("by", of: Reader.Bucket.self) ?? .hour
    let page = try arguments.reader().timeline(filter, by: bucket, node: arguments.string("node"))
    if arguments.string("format") == "text", !arguments.flag("explain"), page.rows.count > 0 {
      output.text(HeatMap(page.rows).text(width: output.width, style: output.style))
    } else {
      QueryAnswer.show(page, arguments, output)
    }
    return .success
  }
}

enum QueryBandsCommand: ProgramCommand {
  static let declaration = Command(
    "query bands", "How many events fell into each band",
    examples: [.init("prowzi query bands --by day --since 2026-03-01", "Day by day")],
    options: [
      QueryOptions.since, QueryOptions.until, QueryOptions.domain, QueryOptions.kind, QueryOptions.band,
      .choice("by", Reader.Bucket.allCases.map(\.rawValue), "How finely time is divided", defaultValue: "day"),
      .value("limit", "N", "At most so many rows", short: "n", defaultValue: "10000"),
    ] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let filter = try arguments.filter(declaration, limit: 1...1_000_000)
    QueryAnswer.show(
      try arguments.reader().bands(filter, by: try arguments.choice("by", of: Reader.Bucket.self) ?? .day), arguments, output)
    return .success
  }
}

enum QueryLeadsCommand: ProgramCommand {
  static let declaration = Command(
    "query leads", "Who was first: for each story the first two publishers and the time between them",
    examples: [.init("prowzi query leads --domain crypto --limit 50", "The latest fifty")],
    options: [QueryOptions.since, QueryOptions.until, QueryOptions.domain, QueryOptions.limit, QueryOptions.after] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let filter = try arguments.filter(declaration)
    QueryAnswer.show(
      try arguments.reader().leads(filter), arguments, output,
      columns: ["first_at", "first_publisher", "second_publisher", "lead", "title"],
      empty: "No story has a second publisher.")
    return .success
  }
}

enum QueryLatencyCommand: ProgramCommand {
  static let declaration = Command(
    "query latency", "How long it took from an observation to its brief, in stream time",
    examples: [.init("prowzi query latency --since 2026-03-01", "By band, since a day")],
    options: [QueryOptions.since, QueryOptions.until] + QueryOptions.common)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    QueryAnswer.show(try arguments.reader().latency(arguments.filter(declaration)), arguments, output)
    return .success
  }
}
