import Foundation
import Testing

/// Topics against their files, and records against their schemas.
@Suite struct TopicsTests {
  /// The built-in topic files of a site, in its folder `topics`.
  private func files(_ site: EndToEndTests.Site) throws {
    let folder = site.folder.appendingPathComponent("topics")
    try FileManager.default.copyItem(at: site.folder.appendingPathComponent("data/topics"), to: folder)
  }

  private func change(_ site: EndToEndTests.Site, _ topic: String, _ from: String, _ to: String) throws {
    let url = site.folder.appendingPathComponent("topics/\(topic).json")
    let text = try String(contentsOf: url, encoding: .utf8)
    try #require(text.contains(from))
    try text.replacingOccurrences(of: from, with: to).write(to: url, atomically: true, encoding: .utf8)
  }

  @Test func whatWasMadeIsWhatTheFilesSay() throws {
    let site = try EndToEndTests.Site()
    #expect(try site.good("topics diff").output == "The topics are what their files say.\n")
    try files(site)
    #expect(try site.good("topics diff --topics topics").output == "The topics are what their files say.\n")
    #expect(try site.good("topics apply --topics topics").output == "The topics are what their files say.\n")
  }

  @Test func aMissingTopicIsMadeAndADifferentOneFollowsItsFile() throws {
    let site = try EndToEndTests.Site()
    try files(site)
    try change(site, "prowzi.briefs", #""retention_ms":7776000000"#, #""retention_ms":null"#)
    let mine = try String(contentsOf: site.folder.appendingPathComponent("topics/prowzi.scorers.json"), encoding: .utf8)
    try site.write(
      "topics/my.notes.json",
      mine.replacingOccurrences(of: "prowzi.scorers", with: "my.notes").replacingOccurrences(
        of: #""owner":"control""#, with: #""owner":"me""#))
    let difference = try site.prowzi("topics diff --topics topics")
    #expect(difference.code == 1)
    #expect(difference.output == "+ my.notes  1 partition, owner me\n~ prowzi.briefs\n    retention_ms: 7776000000 → unlimited\n")
    #expect(try site.good("topics apply --topics topics --dry-run").output.hasSuffix("Would change 2 topics.\n"))
    #expect(try site.prowzi("topics diff --topics topics").code == 1)
    #expect(try site.good("topics apply --topics topics").output.hasSuffix("Changed 2 topics.\n"))
    #expect(try site.good("topics diff --topics topics").code == 0)
    #expect(try site.good("read my.notes").output == "")
    // Back to the built-in files: less is kept, and a topic has no file.
    let refused = try site.prowzi("topics apply")
    #expect(refused.code == 2)
    #expect(refused.error.contains("try: Give --allow-shrink if that is meant."))
    #expect(try site.good("topics apply --allow-shrink").output.contains("  my.notes  no file speaks of it\n"))
    #expect(try site.good("topics list").output.contains("my.notes"))
    #expect(try site.prowzi("topics apply --delete prowzi.raw").code == 2)
    #expect(try site.good("topics apply --delete my.notes").output == "- my.notes\nChanged 1 topic.\n")
    #expect(!(try site.good("topics list").output.contains("my.notes")))
  }

  @Test func whatATopicIsCannotBeChanged() throws {
    let site = try EndToEndTests.Site()
    try files(site)
    try change(site, "prowzi.raw", #""partitions":2"#, #""partitions":4"#)
    try change(site, "prowzi.briefs", #""codec":"zstd""#, #""codec":"lz4""#)
    let result = try site.prowzi("topics apply --topics topics")
    #expect(result.code == 2)
    #expect(result.error.contains("partitions is 2 and cannot become 4"))
    // Nothing is done where not everything can be.
    #expect(try site.good("topics diff").code == 0)
  }

  @Test func filesThatAreNoTopicsAreRefused() throws {
    let site = try EndToEndTests.Site()
    try files(site)
    try change(site, "prowzi.scored", #""type":"object""#, #""unevaluatedItems":{}"#)
    let result = try site.prowzi("topics diff --topics topics")
    #expect(result.code == 3)
    #expect(result.error.contains("the keyword 'unevaluatedItems' would not be checked"))
    try site.write(
      "topics/copy.json", try String(contentsOf: site.folder.appendingPathComponent("topics/prowzi.raw.json"), encoding: .utf8))
    #expect(try site.prowzi("topics diff --topics topics").error.contains("a second file speaks of prowzi.raw"))
    try FileManager.default.createDirectory(at: site.folder.appendingPathComponent("empty"), withIntermediateDirectories: true)
    #expect(try site.prowzi("topics diff --topics empty").code == 3)
    #expect(try site.prowzi("topics diff --topics nowhere").code == 4)
  }

  @Test func recordsKeepWhatTheirSchemasPromise() throws {
    let site = try EndToEndTests.Site()
    try site.foldHeadlines()
    let checked = try site.good("topics check").output
    #expect(checked.hasPrefix("Valid: ") && !checked.hasPrefix("Valid: 0 "), "\(checked)")
    // A stricter contract is broken, and the place is named.
    try files(site)
    try change(site, "prowzi.banded", #""type":"object""#, #""maxProperties":1,"type":"object""#)
    let broken = try site.prowzi("topics check prowzi.banded --topics topics --format json")
    #expect(broken.code == 1)
    let first = try #require(try broken.objects.first)
    #expect((first["at"] as? String)?.hasPrefix("prowzi.banded/") == true)
    let violations = try #require(first["violations"] as? [[String: Any]])
    #expect(violations.contains { $0["keyword"] as? String == "maxProperties" })
    #expect(try site.prowzi("topics check prowzi.none").code == 4)
    #expect(try site.good("topics check prowzi.deadletters").output == "Valid: 0 records of 0 topics keep what their schemas promise.\n")
  }
}
