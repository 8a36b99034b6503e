import CommandLine
import Model
import Postgres

/// Every question of `prowzi query`, asked many times with other values.
enum QueriesCommand: BenchCommand {
  static let command = Command(
    "queries", "How long do questions to the tables of a projection take?",
    discussion: """
      Asks each question over one connection, with times, entities, words and stories drawn from the tables by a seed, and prints the median and the 95th \
      percentile in milliseconds, and the indexes (and tables from end to end) that the server read. As a user with the role prowzi_reader it measures row security, too.
      """,
    examples: [.init("prowzi-bench queries --postgres postgresql:///prowzi", "all of them")],
    options: [
      .value("postgres", "URL", "a database with a projection", isRequired: true), .value("as", "URL", "asks as this user instead"),
      .value("times", "N", "how often each", defaultValue: "40"), .value("seed", "N", "what is drawn", defaultValue: "1"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  /// What questions are asked about.
  private struct Samples {
    var entities: [String]
    var stories: [EventID]
    var times: [Timestamp]
    static let words = [
      "bridge exploit", "openai", "release", "\"zero knowledge\"", "agents OR robots", "stablecoin -bridge", "inference", "airdrop",
    ]
    static let kinds = ["exploit", "news", "paper", "model_release", "funding_round", "token_launch"]
    static let bands = ["instant", "same_day", "weekly", "archive"]
    static let impacts = ["critical", "high", "medium", "low"]
  }

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let url = arguments.required("postgres")
    let seed = try arguments.integer("seed", in: 0...Int.max) ?? 1
    let samples = try draw(try Connection(ConnectionSettings(url: url)), seed)
    let times = try arguments.integer("times", in: 1...10_000) ?? 40
    let asking = ConnectionSettings(url: arguments.string("as") ?? url, applicationName: "prowzi-bench")
    var reader = try Reader(asking)
    var result = BenchResult("queries")
    var random = SplitMix64(seed: UInt64(seed))
    func pick<Value>(_ list: [Value]) -> Value { list[Int(random.next() % UInt64(list.count))] }

    func measure(_ name: String, _ ask: () throws(ProwziError) -> Void) throws(ProwziError) {
      var taken: [Double] = []
      for _ in 0..<times {
        let start = ContinuousClock.now
        try ask()
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        taken.append(Double(seconds) * 1000 + Double(attoseconds) / 1e15)
      }
      taken.sort()
      result.add("\(name)_median_ms", (taken[taken.count / 2] * 100).rounded() / 100)
      result.add("\(name)_p95_ms", (taken[min(taken.count - 1, taken.count * 95 / 100)] * 100).rounded() / 100)
      // Counting costs time of its own, so it has turns of its own.
      let quick = reader
      defer { reader = quick }
      reader = try Reader(asking, traces: true)
      var trace = Trace()
      for _ in 0..<3 {
        try ask()
        trace.indexes.formUnion(reader.trace.indexes)
        trace.tables.formUnion(reader.trace.tables)
      }
      result.note("\(name)_reads", (trace.indexes.sorted() + trace.tables.sorted().map { "whole \($0)" }).joined(separator: " "))
    }
    func filter(_ change: (inout QueryFilter) -> Void) -> QueryFilter {
      var filter = QueryFilter()
      change(&filter)
      return filter
    }

    try measure("briefs") { () throws(ProwziError) in _ = try reader.briefs(filter { $0.band = pick(Samples.bands) }) }
    try measure("briefs_time") { () throws(ProwziError) in _ = try reader.briefs(filter { $0.until = pick(samples.times) }, order: .time) }
    try measure("briefs_entity") { () throws(ProwziError) in _ = try reader.briefs(filter { $0.entity = pick(samples.entities) }) }
    try measure("briefs_text") { () throws(ProwziError) in _ = try reader.briefs(filter { $0.text = pick(Samples.words) }) }
    try measure("events_newest") { () throws(ProwziError) in _ = try reader.events(filter { $0.until = pick(samples.times) }) }
    try measure("events_domain") { () throws(ProwziError) in
      _ = try reader.events(
        filter {
          $0.until = pick(samples.times)
          $0.domain = pick(["ai", "crypto"])
        })
    }
    try measure("events_kind") { () throws(ProwziError) in
      _ = try reader.events(
        filter {
          $0.until = pick(samples.times)
          $0.kind = pick(Samples.kinds)
        })
    }
    try measure("events_band") { () throws(ProwziError) in
      _ = try reader.events(
        filter {
          $0.until = pick(samples.times)
          $0.band = pick(Samples.bands)
        })
    }
    try measure("events_impact") { () throws(ProwziError) in
      _ = try reader.events(
        filter {
          $0.until = pick(samples.times)
          $0.impact = pick(Samples.impacts)
        })
    }
    try measure("events_entity") { () throws(ProwziError) in _ = try reader.events(filter { $0.entity = pick(samples.entities) }) }
    try measure("events_text") { () throws(ProwziError) in _ = try reader.events(filter { $0.text = pick(Samples.words) }) }
    try measure("stories") { () throws(ProwziError) in
      _ = try reader.stories(filter { $0.until = pick(samples.times) }, sources: pick([1, 2, 3]))
    }
    try measure("story") { () throws(ProwziError) in _ = try reader.members(ofStory: pick(samples.stories), limit: 100) }
    try measure("evidence") { () throws(ProwziError) in _ = try reader.evidence(ofStory: pick(samples.stories)) }
    try measure("entity") { () throws(ProwziError) in _ = try reader.entity(pick(samples.entities), limit: 20) }
    try measure("graph_depth_3") { () throws(ProwziError) in _ = try reader.graph(pick(samples.entities), depth: 3, fanout: 12) }
    try measure("timeline_two_days") { () throws(ProwziError) in
      let end = pick(samples.times)
      _ = try reader.timeline(
        filter {
          $0.since = end.adding(milliseconds: -2 * .day)
          $0.until = end
          $0.limit = 10_000
        }, by: .hour, node: nil)
    }
    try measure("bands_week") { () throws(ProwziError) in
      let end = pick(samples.times)
      _ = try reader.bands(
        filter {
          $0.since = end.adding(milliseconds: -7 * .day)
          $0.until = end
          $0.limit = 10_000
        }, by: .day)
    }
    try measure("leads") { () throws(ProwziError) in _ = try reader.leads(filter { $0.until = pick(samples.times) }) }
    try measure("latency_week") { () throws(ProwziError) in
      let end = pick(samples.times)
      _ = try reader.latency(
        filter {
          $0.since = end.adding(milliseconds: -7 * .day)
          $0.until = end
        })
    }
    result.print(arguments)
    return .success
  }

  private static func draw(_ connection: Connection, _ seed: Int) throws(ProwziError) -> Samples {
    func list(_ sql: String) throws(ProwziError) -> [String] { try connection.execute(sql).rows.compactMap { $0[0] } }
    // Half of them popular: those are the ones that take long.
    let entities =
      try list("SELECT type || ':' || name FROM prowzi.entity_totals ORDER BY mentions DESC LIMIT 20")
      + list("SELECT type || ':' || name FROM prowzi.entities TABLESAMPLE system (1) REPEATABLE (\(seed)) LIMIT 20")
    let stories =
      try list("SELECT story_id FROM prowzi.stories ORDER BY size DESC LIMIT 10")
      + list("SELECT story_id FROM prowzi.briefs TABLESAMPLE system (5) REPEATABLE (\(seed)) LIMIT 30")
    let times = try list("SELECT DISTINCT hour FROM prowzi.heat TABLESAMPLE system (20) REPEATABLE (\(seed)) LIMIT 200")
    let samples = Samples(
      entities: entities, stories: stories.compactMap { EventID($0) },
      times: times.compactMap { Timestamp.read($0.replacing("+00", with: "Z"))?.timestamp })
    guard !samples.entities.isEmpty, !samples.stories.isEmpty, !samples.times.isEmpty else {
      throw ProwziError("not_found.rows", "the tables hold too little to ask about", advice: "Project a log first")
    }
    return samples
  }
}
