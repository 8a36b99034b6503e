import Foundation
import Testing

/// Scorers from files, registered and shown, with the program alone.
@Suite struct ScorerTests {
  typealias Site = EndToEndTests.Site

  static let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/Scorers/Examples")

  static func example(_ name: String) -> String { examples.appendingPathComponent("\(name).json").path }

  @Test(arguments: ["newsroom-weights", "large-exploits", "source-reputation", "corroboration"])
  func theExamplesAreValidWithoutADataDirectory(name: String) throws {
    let result = try Program.run(["scorer", "check", Self.example(name), "--data", "none"])
    #expect(result.code == 0, "\(result.error)")
    #expect(result.output.hasPrefix("Valid: "))
    #expect(result.output.contains(" from default@1:\n  /"))
  }

  @Test func checkShowsWhatADocumentChanges() throws {
    let result = try Program.run(["scorer", "check", Self.example("large-exploits"), "--format", "json"])
    let object = try #require(try result.objects.first)
    #expect(object["scorer"] as? String == "large-exploits@1")
    #expect(object["extends"] as? String == "default@1")
    let differences = try #require(object["differences"] as? [[String: Any]])
    #expect(differences.map { $0["pointer"] as? String } == ["/description", "/expressions"])
  }

  @Test func aMistakeIsToldWithFilePlaceAndColumn() throws {
    let text = #"{"name":"x","version":1,"extends":"default@1","expressions":{"impact.exploit":"if amuont_usd > 1 then 1 else base"}}"#
    let result = try Program.run(["scorer", "check", "-"], input: text)
    #expect(result.code == 3)
    #expect(
      result.error
        == "prowzi: there is no field `amuont_usd`\n  at: standard input, /expressions/impact.exploit, column 4\n  try: Did you mean `amount_usd`?\n"
    )
  }

  @Test func aRegisteredScorerIsListedShownAndExtended() throws {
    let site = try Site()
    let added = try site.good("scorer add", [Self.example("large-exploits")])
    #expect(added.output.hasPrefix("Registered large-exploits@1, "))
    let labels = try site.good("scorer list --format json").objects.map { $0["scorer"] as? String }
    #expect(labels == ["default@1", "large-exploits@1"])
    #expect(try site.good("scorer list").output.contains("large-exploits@1"))
    let shown = try #require(try site.good("scorer show large-exploits@1 --format json").objects.first)
    #expect(shown["at"] as? String == "prowzi.scorers/0/0")
    let document = try #require(shown["document"] as? [String: Any])
    #expect(document["extends"] == nil)
    #expect(document["weights"] != nil)
    let next = #"{"name":"large-exploits","version":2,"extends":"large-exploits@1","expressions":{"gap":"0.5"}}"#
    _ = try site.good("scorer check -", input: next)
    _ = try site.good("scorer add -", input: next)
    let second = try #require(try site.good("scorer show large-exploits@2 --format json").objects.first)
    let expressions = try #require((second["document"] as? [String: Any])?["expressions"] as? [String: String])
    #expect(expressions.keys.sorted() == ["gap", "impact.exploit"])
    #expect(try site.good("scorer show large-exploits@2").output.contains("\"gap\": \"0.5\""))
  }

  @Test func aVersionNeverChanges() throws {
    let site = try Site()
    _ = try site.good("scorer add", [Self.example("large-exploits")])
    #expect(try site.good("scorer add", [Self.example("large-exploits")]).output.contains("is registered already"))
    #expect(try site.good("scorer list --format json").objects.count == 2)
    let other = try site.prowzi(
      "scorer add -", input: #"{"name":"large-exploits","version":1,"extends":"default@1","expressions":{"gap":"0.5"}}"#)
    #expect(other.code == 3)
    #expect(other.error.contains("large-exploits@1 is registered with another document, and versions do not change"))
    #expect(other.error.contains("Give this one the version 2."))
    let builtIn = try site.prowzi("scorer add -", input: #"{"name":"default","version":1,"extends":"default@1","gap":{"cap":0.5}}"#)
    #expect(builtIn.code == 3)
    #expect(builtIn.error.contains("Give this one the version 2."))
  }

  @Test func anUnknownScorerBringsTheNearest() throws {
    let site = try Site()
    _ = try site.good("scorer add", [Self.example("large-exploits")])
    let result = try site.prowzi("scorer show large-exploit@1")
    #expect(result.code == 4)
    #expect(result.error.contains("there is no scorer large-exploit@1"))
    #expect(result.error.contains("Did you mean 'large-exploits@1'?"))
    #expect(try site.prowzi("scorer show default").error.contains("'default' is not NAME@VERSION"))
    let extending = try site.prowzi("scorer check -", input: #"{"name":"x","version":1,"extends":"defualt@1"}"#)
    #expect(extending.code == 4)
    #expect(extending.error.contains("at: standard input, /extends"))
    #expect(extending.error.contains("Did you mean 'default@1'?"))
  }

  @Test func aDirectoryOfAnEarlierVersionGetsTheTopicOnFirstUse() throws {
    let site = try Site()
    // What such a directory lacks.
    for path in ["topics/prowzi.scorers.json", "log/prowzi.scorers-0"] {
      try FileManager.default.removeItem(at: site.folder.appendingPathComponent("data/\(path)"))
    }
    #expect(try site.good("topics list").output.contains("prowzi.scorers") == false)
    #expect(try site.good("scorer list --format json").objects.count == 1)
    try site.foldHeadlines()
    _ = try site.good("scorer add", [Self.example("corroboration")])
    #expect(try site.good("scorer list --format json").objects.last?["swift"] as? String == "corroboration@1")
    #expect(try site.good("topics describe prowzi.scorers").output.contains("partitions  1"))
    _ = try site.good("run")
    _ = try site.good("replay --verify")
    _ = try site.good("log verify")
  }

  @Test func aScorerInForceScoresAndExplainsItself() throws {
    let site = try Site(partitions: 1)
    let whole = try #require(
      try Program.run(["scorer", "show", "default@1", "--format", "json"], in: site.folder).objects.first?["document"] as? [String: Any])
    var scorer = whole
    scorer["name"] = "headlines"
    scorer["version"] = 7
    scorer["expressions"] = [
      "let": ["named": "contains(title, 'quantum lab') and cluster_size >= 1"], "impact": "if named then max(base, 0.9) else base",
      "total": "min(base, impact)",
    ]
    let patch = try JSONSerialization.data(withJSONObject: ["score": scorer])
    _ = try site.good("config apply -", input: String(decoding: patch, as: UTF8.self))
    try site.foldHeadlines()
    let id = try #require((try site.firstBrief()["event_ids"] as? [String])?.first)
    let evaluation = try #require(try site.good("explain --format json", [id]).objects.first?["evaluation"] as? [String: Any])
    #expect(evaluation["scorer"] as? String == "headlines@7")
    let explanations = try #require(evaluation["explanations"] as? [String: [String: Any]])
    let impact = try #require(explanations["impact"]?["inputs"] as? [String: Double])
    #expect(impact["expression"] == 0.9)
    #expect(impact["cluster_size"] == 1)
    #expect(evaluation["total_evi"] as? Double == 0.9)
    #expect(explanations["total"]?["value"] as? Double == 0.9)
    let page = try site.good("explain", [id]).output
    #expect(page.contains("total, by expression"))
    #expect(page.contains("\ntotal: By expression 0.9, by sum "))
    _ = try site.good("replay --verify")
  }
}
