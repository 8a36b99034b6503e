import Model
import Testing

@testable import Scorers

/// What is said where a document is wrong, and at which place.
@Suite struct MistakeTests {
  struct Mistake: CustomTestStringConvertible, Sendable {
    /// Members added to a document over `default@1`.
    var members: String
    var message: String
    var place: String
    var advice: String?
    var testDescription: String { members }

    init(_ members: String, _ message: String, at place: String, try advice: String? = nil) {
      self.members = members
      self.message = message
      self.place = place
      self.advice = advice
    }

    /// A mistake in the expression for impact.
    init(impact text: String, _ message: String, column: Int, try advice: String? = nil) {
      let escaped = text.replacing("\"", with: "\\\"")
      self.init("\"expressions\":{\"impact\":\"\(escaped)\"}", message, at: "/expressions/impact, column \(column)", try: advice)
    }
  }

  static let expressions: [Mistake] = [
    .init(impact: "amuont_usd * 2", "there is no field `amuont_usd`", column: 1, try: "Did you mean `amount_usd`?"),
    .init(
      impact: "1 + zzzzqqq", "there is no field `zzzzqqq`", column: 5,
      try: "The reference lists the fields; others are read with `metric(\"zzzzqqq\")` and `fact(\"zzzzqqq\")`"),
    .init(
      impact: "if amount_usd then 1 else 0", "`amount_usd` is a number, and a boolean is needed here", column: 4,
      try: "Compare it, as in `amount_usd > 0`, or ask for it with `has(amount_usd)`"),
    .init(
      impact: "base + source", "`source` is a text, and a number is needed here", column: 8,
      try: "Look it up in a table, as in `table(\"…\", source)`"),
    .init(
      impact: "base + time_missing", "`time_missing` is a boolean, and a number is needed here", column: 8,
      try: "Write `if time_missing then 1 else 0`"),
    .init(impact: "(1 < 2) + 1", "this is a boolean, and a number is needed here", column: 4, try: "Write `if x then 1 else 0`"),
    .init(impact: "kind == 1", "this is a number, and a text is needed here", column: 9),
    .init(impact: "1 < 2 < 3", "comparisons do not follow one another", column: 7, try: "Join them with `and`: 1 < x and x < 2"),
    .init(impact: "true", "a score is a number, and this gives a boolean", column: 1, try: "Write `if … then 1 else 0`"),
    .init(impact: "kind", "a score is a number, and this gives a text", column: 1),
    .init(impact: "", "a value is expected here, not the end", column: 1),
    .init(impact: "1 +", "a value is expected here, not the end", column: 4),
    .init(impact: "(1 + 2", "`)` is expected here, not the end", column: 7),
    .init(impact: "1 2", "a number does not belong here", column: 3, try: "An operator or the end is expected"),
    .init(impact: "if true then 1", "`else` is expected here, not the end", column: 15),
    .init(impact: "base && 1", "`&&` is not a word of the language", column: 6, try: "Write `and`"),
    .init(impact: "base = 1", "`=` is not a word of the language", column: 6, try: "Write `==` to compare"),
    .init(impact: "!true", "`!` is not a word of the language", column: 1, try: "Write `not`"),
    .init(
      impact: "base ^ 2", "this character means nothing here", column: 6,
      try: "Texts stand in quotes, names are letters, digits and underscores"),
    .init(impact: "10x", "this is no number", column: 1, try: "Numbers are written as 10, 0.25, 10_000_000 or 1e7"),
    .init(impact: "1e999", "the number is too large", column: 1),
    .init(impact: "kind == 'x", "the text that begins here has no end", column: 9, try: "Close it with the quote it began with"),
    .init(impact: "maxx(1, 2)", "there is no function `maxx`", column: 1, try: "Did you mean `max`?"),
    .init(impact: "stars(1)", "`stars` is no function", column: 1, try: "Write it without parentheses"),
    .init(impact: "min + 1", "`min` is a function, and its arguments are missing", column: 1, try: "Write min(a, b, …)"),
    .init(impact: "clamp(1, 2)", "`clamp` does not take 2 arguments", column: 1, try: "Write clamp(x, low, high)"),
    .init(impact: "log2()", "`log2` does not take 0 arguments", column: 1, try: "Write log2(x)"),
    .init(impact: "table(\"nope\", source)", "there is no table \"nope\"", column: 7, try: "The document has no member `tables`"),
    .init(
      impact: "table(source, source)", "the name of a table in quotes is needed here", column: 7, try: "Write table(\"name\", key)"),
    .init(impact: "source in [source]", "a text in quotes is expected here, not `source`", column: 12),
    .init(
      impact: "novelty", "`novelty` is a score, which only the expression of `total` can read", column: 1,
      try: "`base` is what this score's own formula gives"),
    .init(
      impact: "if true then 1 else source", "one branch gives a number, this one gives a text", column: 21, try: "Both must give the same"),
    .init(
      impact: "if time_missing ?? true then 1 else 0", "a boolean always has a value, so `??` changes nothing", column: 17,
      try: "Leave it out"),
    // Columns count characters, not bytes.
    .init(impact: "source == 'ü' ? 1 : x", "there is no field `x`", column: 21),
  ]

  static let documents: [Mistake] = [
    .init("\"wieghts\":{}", "there is no setting of this name", at: "/wieghts"),
    .init("\"weights\":{\"impact\":0.9}", "the five weights must add up to 1, not 1.6", at: "/weights"),
    .init(
      "\"expressions\":{\"imapct\":\"1\"}", "there is no score of this name", at: "/expressions/imapct", try: "Did you mean \"impact\"?"),
    .init(
      "\"expressions\":{\"impact.exploits\":\"1\"}", "there is no score of this name", at: "/expressions/impact.exploits",
      try: "Did you mean \"impact.exploit\"?"),
    .init("\"expressions\":{\"impact\":1}", "an expression in quotes is needed here", at: "/expressions/impact"),
    .init("\"expressions\":[]", "an object is needed here", at: "/expressions"),
    .init(
      "\"expressions\":{\"let\":{\"a\":\"b\",\"b\":\"c + 1\",\"c\":\"a\"}}", "the named values read one another in a circle: a → b → c → a",
      at: "/expressions/let/a", try: "Let one of them do without the others"),
    .init(
      "\"expressions\":{\"let\":{\"a\":\"a\"}}", "the named values read one another in a circle: a → a", at: "/expressions/let/a",
      try: "Let one of them do without the others"),
    .init(
      "\"expressions\":{\"let\":{\"kind\":\"1\"}}", "`kind` means something in every expression already", at: "/expressions/let/kind",
      try: "Choose another name"),
    .init(
      "\"expressions\":{\"let\":{\"2x\":\"1\"}}", "a name is 1 to 64 letters, digits and underscores, and does not begin with a digit",
      at: "/expressions/let/2x"),
    .init(
      "\"expressions\":{\"let\":{\"half\":\"base / 2\"}}", "`base` is what a score's formula gives, and a helper belongs to no score",
      at: "/expressions/let/half, column 1", try: "Use it in the score's own expression"),
    .init(
      "\"expressions\":{\"let\":{\"half\":\"1 / 2\"},\"gap\":\"hlaf\"}", "there is no field `hlaf`", at: "/expressions/gap, column 1",
      try: "Did you mean `half`?"),
    .init(
      "\"tables\":{\"a\":{\"extends\":\"b\"},\"b\":{\"extends\":\"a\"}}", "the tables extend one another in a circle: a → b → a",
      at: "/tables/a/extends", try: "Let one of them stand for itself, without `extends`"),
    .init(
      "\"tables\":{\"repute\":{},\"b\":{\"extends\":\"reptue\"}}", "there is no table \"reptue\" to extend", at: "/tables/b/extends",
      try: "Did you mean \"repute\"?"),
    .init(
      "\"tables\":{\"a\":{\"entries\":{\"x\":\"1\"}}}", "a number between -1000000000000000.0 and 1000000000000000.0 is needed here",
      at: "/tables/a/entries/x"),
    .init("\"tables\":{\"a\":{\"entires\":{}}}", "there is no setting of this name", at: "/tables/a/entires"),
    .init(
      "\"tables\":{\"a\":{}},\"expressions\":{\"gap\":\"table('b', kind)\"}", "there is no table \"b\"", at: "/expressions/gap, column 7"),
    .init(
      "\"swift\":\"corroborate@1\"", "this program has no scorer \"corroborate@1\"", at: "/swift", try: "Did you mean \"corroboration@1\"?"),
    .init("\"swift\":\"corroboration@1\",\"settings\":{\"dobut\":1}", "there is no setting of this name", at: "/settings/dobut"),
    .init(
      "\"swift\":\"corroboration@1\",\"expressions\":{\"gap\":\"1\"}", "a scorer is written in Swift or has expressions, not both",
      at: "/expressions"),
    .init("\"settings\":{}", "there is no setting of this name", at: "/settings"),
    .init(
      "\"name\":\"Über\"", "a scorer's name is 1 to 64 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or a digit", at: "/name"),
    .init("\"version\":0", "the number must lie between 1 and 1000000", at: "/version"),
  ]

  @Test(arguments: expressions + documents) func isToldWithItsPlace(_ mistake: Mistake) {
    let error = #expect(throws: ProwziError.self) {
      // The last of two members of one name would not count, so these come first.
      try compile("{\(mistake.members),\"name\":\"trial\",\"version\":1,\"extends\":\"default@1\"}")
    }
    #expect(error?.code == "scorer.invalid")
    #expect(error?.message == mistake.message)
    #expect(error?.place == mistake.place)
    if let advice = mistake.advice { #expect(error?.advice == advice) }
  }

  private func compile(_ text: String) throws(ProwziError) -> CompiledScorer { try scorer(text) }

  @Test func whatIsNoDocumentIsRefused() {
    let cases: [(String, String, String)] = [
      ("{\"name\":", "the document is not JSON (truncated)", "byte 8"), ("[]", "an object is needed here", "/"),
      ("{}", "a text is needed here", "/name"),
    ]
    for (text, message, place) in cases {
      let error = #expect(throws: ProwziError.self) { try ScorerDocument.compile([UInt8](text: text)) }
      #expect(error?.message == message)
      #expect(error?.place == place)
    }
    let error = #expect(throws: ProwziError.self) { try scorer("{\"extends\":\"default@1\",\"version\":1}") }
    #expect(error?.message == "a document that extends another has a name of its own")
  }

  @Test func aWholeDocumentMayNotSayExtends() {
    let text = String(decoding: defaultScorer().canonicalBytes, as: UTF8.self)
    let error = #expect(throws: ProwziError.self) {
      try ScorerDocument.compile([UInt8](text: "{\"extends\":\"default@1\"," + text.dropFirst()))
    }
    #expect(error?.place == "/extends")
  }

  @Test func everyByteOfAnExampleCanBeDamagedWithoutATrap() throws {
    let bytes = try Examples.read("source-reputation")
    var random = SplitMix64(seed: 5)
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] = UInt8(truncatingIfNeeded: random.next())
      if let whole = try? ScorerDocument.whole(damaged, over: defaultScorer().canonicalBytes) { _ = try? ScorerDocument.compile(whole) }
    }
  }
}
