import Events

/// What a value is.
enum ValueType: String, Sendable {
  case number, text, boolean

  var phrase: String { self == .number ? "a number" : self == .text ? "a text" : "a boolean" }
}

/// Texts of an event that are not facts.
enum TextField: UInt8, Sendable {
  case kind, domain, source, tenant, language, title, body, url, relation, firstSource
}

/// A name that expressions can read, as the reference shows it.
public struct ScorerField: Sendable {
  enum Access: Sendable {
    case feature
    /// A feature whose numbers are 0 and 1.
    case truth
    case coverage, nodes
    case text(TextField)
    case fact
    case flag(EventFlags)
  }

  public let name: String
  /// `number`, `text` or `boolean`.
  public let type: String
  public let meaning: String
  /// When it has no value.
  public let missing: String
  let access: Access
  let valueType: ValueType

  init(_ name: String, _ type: ValueType, _ access: Access, _ meaning: String, missing: String = "never") {
    self.name = name
    self.type = type.rawValue
    self.meaning = meaning
    self.missing = missing
    self.access = access
    valueType = type
  }
}

/// Every name that expressions know. Metrics and facts that a mapping adds are read with `metric("name")` and `fact("name")`.
public enum FieldCatalogue {
  /// In the order of the reference: texts, flags, derived numbers, metrics, facts.
  public static let fields: [ScorerField] = texts + flags + derived + metrics + facts

  static func field(_ name: String) -> ScorerField? { fields.first { $0.name == name } }

  private static let texts: [ScorerField] = [
    .init(
      "kind", .text, .text(.kind),
      "what the event is: paper, repo_push, repo_release, repo_stars, advisory, model_release, news, exploit, funding_round, token_listing, token_launch, pool_activity or generic"
    ),
    .init("domain", .text, .text(.domain), "ai or crypto"),
    .init("source", .text, .text(.source), "the stream it came from"),
    .init("tenant", .text, .text(.tenant), "whose event it is; shared for everybody's"),
    .init("language", .text, .text(.language), "of the text, ISO 639-1; und where it cannot be told"),
    .init("title", .text, .text(.title), "the headline", missing: "where the source gives none"),
    .init("body", .text, .text(.body), "the text below the headline", missing: "where the source gives none"),
    .init(
      "url", .text, .text(.url), "canonical: lower-case host, no fragment, no tracking parameters", missing: "where the source gives none"),
    .init("relation", .text, .text(.relation), "to its story: new, same_story, near_duplicate, repeat or revision"),
    .init("first_source", .text, .text(.firstSource), "the source that told the story first"),
  ]

  private static let flags: [ScorerField] = [
    .init("time_day_only", .boolean, .flag(.timeDayOnly), "the source gave a day and no time of day"),
    .init("time_future", .boolean, .flag(.timeFuture), "the source's time lay ahead of the observed one"),
    .init("time_missing", .boolean, .flag(.timeMissing), "the source gave no time"),
    .init("stars_without_forks", .boolean, .flag(.starsWithoutForks), "stars rose without forks"),
    .init("conflicting_amounts", .boolean, .flag(.conflictingAmounts), "two sources give different amounts for the story"),
    .init("text_cut", .boolean, .flag(.textCut), "the text was longer than what is analysed"),
    .init("has_code", .boolean, .truth, "the text says where code is, or that it is published"),
    .init("is_benchmark", .boolean, .truth, "the headline speaks of a benchmark or a leaderboard"),
  ]

  private static let derived: [ScorerField] = [
    .init("cluster_size", .number, .feature, "members of the story, this one included"),
    .init("cluster_recent_size", .number, .feature, "the same within the last 24 hours"),
    .init("cluster_sources", .number, .feature, "distinct publishers of the story"),
    .init("story_similarity", .number, .feature, "cosine to the nearest member of the story, 1 where an exact key joined it"),
    .init("age_minutes", .number, .feature, "minutes since the story was first seen, or since it happened where that was earlier"),
    .init("neighbors", .number, .feature, "how many nearest earlier events are known, 0 to 10"),
    .init("nearest_similarity", .number, .feature, "cosine to the nearest earlier event", missing: "without neighbours"),
    .init("mean_similarity", .number, .feature, "mean cosine to the neighbours", missing: "without neighbours"),
    .init("coverage", .number, .coverage, "the share of an even part of attention that its subjects had in the gap's window"),
    .init("nodes", .number, .nodes, "how many nodes of the ontology it is in, 0 to 3"),
    .init("entities", .number, .feature, "how many things it names"),
    .init("revision", .number, .feature, "1 for the first content under its natural id"),
    .init("sentiment", .number, .feature, "tone of the text, -1 to 1", missing: "without text"),
    .init("sentiment_strength", .number, .feature, "its magnitude, 0 to 1", missing: "without text"),
    .init("money_usd", .number, .feature, "the largest amount in the text, US dollars", missing: "where the text names none"),
    .init("seen_in_hour", .number, .feature, "how often its first entity was seen before, in the last hour"),
    .init("seen_in_day", .number, .feature, "the same in the last day"),
    .init("seen_in_week", .number, .feature, "the same in the last week"),
    .init(
      "stars_per_day", .number, .feature, "stars since the previous snapshot, a day",
      missing: "for a first snapshot, a restored count, and all but repositories"),
    .init("forks_per_day", .number, .feature, "forks since the previous snapshot, a day", missing: "as `stars_per_day`"),
    .init(
      "star_burst", .number, .feature, "`stars_per_day` against the repository's own average", missing: "until there are a few days of it"),
    .init("previous_stars", .number, .feature, "stars in the previous snapshot", missing: "for a first snapshot and all but repositories"),
    .init("providers", .number, .feature, "providers that list the model, this one included", missing: "for all but models"),
    .init(
      "price_step", .number, .feature, "input price divided by that of the lab's last new model", missing: "where either price is unknown"),
    .init("price_drop", .number, .feature, "1 - price_step, held within 0 to 1", missing: "as `price_step`"),
    .init(
      "previous_price_usd", .number, .feature, "input price of the lab's last new model, US dollars a million tokens",
      missing: "as `price_step`"),
    .init(
      "other_amount_usd", .number, .feature, "another source's differing amount for the story, US dollars", missing: "where none differs"),
    .init(
      "deployer_launches", .number, .feature, "launches by the same deployer in the last week, this one included",
      missing: "where the deployer is unknown"),
    .init("hour_utc", .number, .feature, "hour of the day it was observed, 0 to 23, UTC"),
    .init("weekday", .number, .feature, "day of the week it was observed, 1 for Monday to 7, UTC"),
  ]

  private static func metric(_ name: String, _ meaning: String, of kinds: String) -> ScorerField {
    .init(name, .number, .feature, meaning, missing: "where the source does not say; known of: \(kinds)")
  }

  private static let metrics: [ScorerField] = [
    metric("amount_usd", "dollars lost or raised", of: "exploit, funding_round"),
    metric("liquidity_usd", "liquidity, US dollars", of: "mapped token and pool sources"),
    metric("initial_liquidity_eth", "first liquidity, ether", of: "token_launch"),
    metric("initial_liquidity_token", "first liquidity, tokens", of: "token_launch"),
    metric("initial_supply", "first supply, tokens", of: "token_launch"),
    metric("created_block", "block of the creation", of: "token_launch"),
    metric("holders", "holders of the token", of: "mapped token and pool sources"),
    metric("add_count", "additions of liquidity", of: "pool_activity"),
    metric("remove_count", "removals of liquidity", of: "pool_activity"),
    metric("added_liquidity", "liquidity added, the pool's units", of: "pool_activity"),
    metric("removed_liquidity", "liquidity removed, the pool's units", of: "pool_activity"),
    metric("slot", "slot of the chain", of: "Solana's logs"),
    metric("stars", "stars of the repository", of: "repo_stars, repo_push, repo_release"),
    metric("forks", "forks of the repository", of: "repo_stars, repo_push, repo_release"),
    metric("commits", "commits of the push", of: "repo_push"),
    metric("insertions", "lines added", of: "repo_push"),
    metric("deletions", "lines removed", of: "repo_push"),
    metric("files", "files changed", of: "repo_push"),
    metric("cvss", "severity of the advisory, 0 to 10", of: "advisory"),
    metric("context_tokens", "context length, tokens", of: "model_release"),
    metric("output_tokens", "longest answer, tokens", of: "model_release"),
    metric("price_input_usd", "US dollars a million tokens read", of: "model_release"),
    metric("price_output_usd", "US dollars a million tokens written", of: "model_release"),
    metric("is_new", "1 where the model itself is new", of: "model_release"),
    metric("from_lab", "1 where its own lab lists it", of: "model_release"),
    metric("references", "references of the paper", of: "mapped paper sources"),
    metric("points", "points of the post", of: "Hacker News"),
    metric("comments", "comments on the post", of: "Hacker News"),
  ]

  private static func fact(_ name: String, _ meaning: String) -> ScorerField {
    .init(name, .text, .fact, meaning, missing: "where the source does not say")
  }

  private static let facts: [ScorerField] = [
    fact("chain", "the blockchain, lower case"), fact("technique", "how an exploit was done"), fact("round", "the round of a funding"),
    fact("category", "what the source files a funding under"),
    fact("lead_investor", "who leads the round; the first where there are several"),
    fact("lab", "who made the model"), fact("provider", "who serves the model"), fact("family", "of the model"),
    fact("action", "what was done: added, opened, banned"), fact("actor", "who did it"), fact("author", "who wrote it"),
    fact("publisher", "the feed it stood in"), fact("package", "what an advisory is about"), fact("severity", "as the advisory words it"),
    fact("status", "as the source words it"), fact("symbol", "of the token"),
    fact("instruction", "the first instruction of the transaction"),
    fact("ref_type", "branch or tag"),
  ]
}

/// A function of the language, as the reference shows it.
public struct ScorerFunction: Sendable {
  public let name: String
  public let form: String
  public let meaning: String

  init(_ name: String, _ form: String, _ meaning: String) {
    self.name = name
    self.form = form
    self.meaning = meaning
  }

  public static let all: [ScorerFunction] = [
    .init("min", "min(a, b, …)", "the smallest of two to eight numbers; missing where one is"),
    .init("max", "max(a, b, …)", "the largest of two to eight numbers; missing where one is"),
    .init("clamp", "clamp(x, low, high)", "min(max(x, low), high)"),
    .init("abs", "abs(x)", "the magnitude"),
    .init("floor", "floor(x)", "the largest whole number that is not above x"),
    .init("sqrt", "sqrt(x)", "the square root; missing below zero"),
    .init("log2", "log2(x)", "the logarithm to base two; missing at or below zero"),
    .init("exp2", "exp2(x)", "two to the power of x, with x held within -1000 to 1000"),
    .init(
      "log_scale", "log_scale(x, from, full)",
      "0 at `from` or below, 1 at `full` or above, by the logarithm between; missing unless 0 < from < full"),
    .init("has", "has(x)", "whether a number or a text has a value"),
    .init(
      "table", "table(\"name\", key)",
      "the number that a table of the document holds for a text; the table's default, else missing, for other texts"),
    .init("metric", "metric(\"name\")", "a metric by its name; missing where the event has none of it"),
    .init("fact", "fact(\"name\")", "a fact by its name, the first where there are several; missing where there is none"),
    .init(
      "contains", "contains(text, \"words\")", "whether a text holds another, ASCII letters of either case alike; false where it is missing"
    ),
    .init("entity", "entity(\"type\", text)", "whether the event names this thing: type and canonical spelling must agree"),
    .init("entity_count", "entity_count(\"type\")", "how many things of a type the event names"),
    .init("hint", "hint(\"text\")", "whether the source files the event under this text"),
  ]
}
