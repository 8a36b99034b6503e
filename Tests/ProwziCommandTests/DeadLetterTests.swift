import Foundation
import Testing

/// What could not be used: listed, shown, and driven through the pipeline again.
@Suite struct DeadLetterTests {
  static let mapping = """
    {"normalize":{"mappings":[{"source":"lab_blog","domain":"ai","kind":"news","id":"article.slug","title":"article.head"}]}}
    """

  /// A broken line, and an item of a source that nobody can read yet.
  private func site() throws -> EndToEndTests.Site {
    let site = try EndToEndTests.Site(partitions: 1)
    try site.write("broken.jsonl", "oops\n")
    try site.write("blog.jsonl", #"{"article":{"slug":"a-1","head":"Zebra Labs ships a model with 70B parameters"}}"# + "\n")
    _ = try site.good("ingest --source my_feed broken.jsonl")
    _ = try site.good("ingest --source lab_blog blog.jsonl")
    _ = try site.good("run")
    return site
  }

  @Test func lettersAreListedByCodeStageSourceAndTime() throws {
    let site = try site()
    let all = try site.good("deadletters list --format json").objects
    #expect(all.map { $0["code"] as? String } == ["parse.json", "source.unknown"])
    #expect(all.map { $0["raw"] as? String } == ["prowzi.raw/0/1", "prowzi.raw/0/2"])
    func codes(_ filter: String) throws -> [String?] {
      try site.good("deadletters list --format json \(filter)").objects.map { $0["code"] as? String }
    }
    #expect(try codes("--code parse") == ["parse.json"])
    #expect(try codes("--code par") == [])
    #expect(try codes("--source lab_blog") == ["source.unknown"])
    #expect(try codes("--stage normalize --limit 1") == ["parse.json"])
    #expect(try codes("--stage curate") == [])
    #expect(try codes("--to 2020-01-01") == [])
    #expect(try site.good("deadletters list --summary").output.contains("\nnormalize/"))
    #expect(try site.good("deadletters list --code none").output == "No dead letters.\n")
    #expect(try site.prowzi("deadletters list --from 2026-02-21 --to 2026-02-20").code == 2)
  }

  @Test func aLetterIsShownWithItsBytesAndHeaders() throws {
    let site = try site()
    let page = try site.good("deadletters show 0/0").output
    #expect(page.hasPrefix("prowzi.deadletters/0/0  "))
    #expect(page.contains("\n  raw     prowzi.raw/0/1\n"))
    #expect(page.contains("\n    ce_source: /sensors/my_feed\n"))
    #expect(page.hasSuffix("\noops\n"))
    let object = try #require(try site.good("deadletters show --format json prowzi.deadletters/0/1").objects.first)
    let record = try #require(object["record"] as? [String: Any])
    #expect((record["value"] as? [String: Any])?["article"] != nil)
    #expect(try site.prowzi("deadletters show 0/9").code == 4)
    #expect(try site.prowzi("deadletters show here").code == 2)
  }

  @Test func whatWasMendedIsDrivenThroughOnceAndKeepsItsOrigin() throws {
    let site = try site()
    try site.write("mapping.json", Self.mapping)
    _ = try site.good("config apply mapping.json")
    let raw = try site.good("read prowzi.raw --format json").objects.count
    let trial = try #require(try site.good("deadletters redrive --source lab_blog --dry-run --format json").objects.first)
    #expect((trial["records"] as? [[String: Any]])?.map { $0["raw"] as? String } == ["prowzi.raw/0/2"])
    #expect(try site.good("read prowzi.raw --format json").objects.count == raw)

    let sentence = try site.good("deadletters redrive --source lab_blog --reason", ["mapping added"]).output
    #expect(sentence == "Appended 1 raw record again; 'prowzi run' takes them up.\n")
    let run = try #require(try site.good("run --format json").objects.first)
    #expect(run["events"] as? Int == 1)
    #expect(run["rejected"] as? Int == 0)
    let record = try #require(try site.good("read prowzi.raw --from 4 --headers --format json").objects.first)
    let headers = Dictionary(
      (record["headers"] as? [[String]] ?? []).map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
    #expect(headers["prowzi-redrive-of"] == "prowzi.raw/0/2")
    #expect(headers["prowzi-redrive-letter"] == "prowzi.deadletters/0/1")
    #expect(headers["prowzi-reason"] == "mapping added")
    #expect(headers["ce_source"] == "/sensors/lab_blog")

    #expect(try site.good("deadletters redrive --source lab_blog").output.contains("Left out 1: driven through before"))
    #expect(try site.good("deadletters redrive --source lab_blog --again").output.hasPrefix("Appended 1 raw record"))
    let again = try #require(try site.good("run --format json").objects.first)
    #expect(again["events"] as? Int == 0)
    #expect(again["repeats"] as? Int == 1)
    #expect(try site.good("replay --verify").output.contains("\nIdentical: "))
  }

  @Test func whatFailsAgainIsANewLetterThatNamesTheFirst() throws {
    let site = try site()
    for place in ["0/0", "0/2"] {
      #expect(try site.good("deadletters redrive \(place)").output.hasPrefix("Appended 1 raw record"))
      _ = try site.good("run")
    }
    let letters = try site.good("deadletters list --code parse --format json").objects
    #expect(letters.map { $0["redrive_of"] as? String } == [nil, "prowzi.raw/0/1", "prowzi.raw/0/1"])
    // Of three letters about one record only the newest was not driven through.
    let rest = try #require(try site.good("deadletters redrive --code parse --format json").objects.first)
    #expect((rest["records"] as? [Any])?.count == 1)
    #expect((rest["omitted"] as? [String: Any])?["redriven"] as? Int == 2)
  }

  @Test func aRedriveWithoutAChoiceIsRefused() throws {
    let site = try site()
    for line in ["deadletters redrive", "deadletters redrive --all --code parse", "deadletters redrive 0/0 --all"] {
      let result = try site.prowzi(line)
      #expect(result.code == 2)
      #expect(result.error.contains("choose letters by place, by filters, or with --all"))
    }
  }
}
