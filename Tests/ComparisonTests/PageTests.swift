import Events
import Foundation
import JSON
import Model
import Pages
import Testing

@testable import Comparison

/// What a comparison looks like: golden texts, and a page that stays a page whatever the log holds.
@Suite struct PageTests {
  static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

  static func event(_ number: UInt64, _ band: UrgencyBand, _ total: Int32, kind: Kind = .news, isAlert: Bool? = nil) -> JudgedEvent {
    var scores = SIMD8<Int32>(repeating: 0)
    for score in Score.allCases { scores[score.rawValue] = total / 2 + Int32(score.rawValue) * 10_000 }
    return JudgedEvent(
      id: EventID(high: 0x0190_0000_0000_8000 + number, low: 0x8000_0000_0000_0000 + number), kind: kind,
      domain: number % 2 == 0 ? .ai : .crypto, band: band, isAlert: isAlert ?? (band >= .sameDay), total: total, scores: scores)
  }

  static func explanation(_ event: JudgedEvent, scorer: String, sentence: String) throws -> Explanation {
    var json = JSONWriter()
    json.object { json in
      json.key("band")
      json.plainString(event.band.name)
      json.key("explanations")
      json.object { json in
        json.key("band")
        json.object { json in
          json.key("reason")
          json.string("rule")
          json.key("rule")
          json.string(sentence)
          json.key("threshold")
          json.number(0.5)
        }
        for score in [Score.confidence, .freshness, .gap, .impact, .novelty] {
          json.key(score.name)
          json.object { json in
            json.key("contribution")
            json.number(0.1)
            json.key("inputs")
            json.object { json in
              json.key(sentence)
              json.number(scorer == "default@1" ? 1 : 2)
            }
            json.key("sentence")
            json.string(sentence)
            json.key("value")
            json.number(0.5)
            json.key("weight")
            json.number(0.2)
          }
        }
      }
      json.key("scorer")
      json.string(scorer)
      json.key("total_evi")
      json.number(Double(event.total) / 1_000_000)
    }
    return try #require(Explanation(value: json.bytes))
  }

  static func brief(_ number: UInt64, _ headline: String, _ band: UrgencyBand, impact: String = "high") throws -> BriefSighting {
    var json = JSONWriter()
    json.object { json in
      json.key("band")
      json.plainString(band.name)
      json.key("brief_id")
      json.string(EventID(high: 0x0190_0000_0000_8000, low: 0x8000_0000_0000_0000 + number).text)
      json.key("headline")
      json.string(headline)
      json.key("impact_level")
      json.string(impact)
      json.key("revision")
      json.number(Int64(1))
      json.key("status")
      json.string("active")
      json.key("story_id")
      json.string(EventID(high: 0x0190_0000_0000_8000, low: 0x9000_0000_0000_0000 + number).text)
      json.key("total_evi")
      json.number(0.7)
    }
    return try #require(
      BriefSighting(
        JSONDocument(json.bytes), time: Timestamp(milliseconds: 1_771_632_000_000), partition: PartitionIndex(0),
        offset: Offset(Int64(number))))
  }

  /// A small comparison of every sort of finding, with a text of one's choice wherever the log has a say.
  static func comparison(_ text: String = "A title") throws -> ScorerComparison {
    var builder = ComparisonBuilder(
      from: ScorerComparison.Side(name: "live", prefix: "prowzi."),
      to: ScorerComparison.Side(name: "backfill of rush@2", prefix: "prowzi.candidate.rush.2."), askedFrom: nil,
      askedTo: Timestamp(milliseconds: 1_771_900_000_000),
      windows: [ScorerComparison.Window(partition: PartitionIndex(0), asked: 0..<10, from: 0..<10, to: 0..<8)], top: 3, expected: 8)
    let moves: [(JudgedEvent, JudgedEvent)] = [
      (event(1, .archive, 300_000), event(1, .archive, 300_000)), (event(2, .archive, 310_000), event(2, .instant, 710_000)),
      (event(3, .instant, 800_000, kind: .exploit), event(3, .weekly, 420_000, kind: .exploit)),
      (event(4, .sameDay, 600_000), event(4, .sameDay, 640_000)), (event(6, .archive, 310_000), event(6, .instant, 710_000)),
    ]
    for (index, (from, to)) in moves.enumerated() {
      let offset = Offset(Int64(index))
      builder.compared(.banded, isIdentical: from == to)
      builder.compared(.scored, isIdentical: from == to)
      builder.add(
        Move(from: from, to: to, partition: PartitionIndex(0), cause: offset, fromOffset: offset, toOffset: offset),
        at: Timestamp(milliseconds: 1_771_632_000_000 + Int64(index) * .day))
    }
    builder.alone(.banded, isMissing: true)
    builder.addAlone(
      event(5, .weekly, 400_000), isMissing: true, partition: PartitionIndex(0), cause: Offset(5),
      at: Timestamp(milliseconds: 1_771_632_000_000))
    builder.see(nil, try brief(1, text, .instant))
    builder.see(try brief(2, text, .sameDay), nil)
    builder.see(try brief(3, text, .sameDay), try brief(3, "\(text) again", .instant))
    let same = try brief(4, text, .sameDay)
    builder.see(same, same)
    builder.alone(.briefs, isMissing: false)
    builder.name(from: [("default@1", 6)], to: [("rush@2", 4), (text, 1)])
    var (comparison, furthest) = builder.finish()
    for (move, others) in furthest {
      comparison.moves.append(
        ScorerComparison.Explained(
          move: move, others: others, title: text, url: text, source: text,
          from: try explanation(move.from, scorer: "default@1", sentence: text),
          to: try explanation(move.to, scorer: "rush@2", sentence: text)))
    }
    comparison.alone[0].title = text
    return comparison
  }

  @Test func figuresAddUp() throws {
    let comparison = try Self.comparison()
    #expect(comparison.matched == 5 && comparison.agreeing == 1 && comparison.mismatched == 4)
    #expect(comparison.migration.total == 5 && comparison.migration.same == 2)
    #expect(comparison.migration.raised == 2 && comparison.migration.lowered == 1)
    #expect(comparison.migration[.archive, .instant] == 2 && comparison.migration[.instant, .weekly] == 1)
    for band in UrgencyBand.allCases {
      #expect(comparison.kinds.reduce(0) { $0 + $1.migration.total(from: band) } == comparison.migration.total(from: band))
      #expect(comparison.domains.reduce(0) { $0 + $1.migration.total(to: band) } == comparison.migration.total(to: band))
    }
    #expect(
      comparison.moves.map(\.move.from.id) == [Self.event(2, .archive, 0).id, Self.event(3, .archive, 0).id, Self.event(4, .archive, 0).id])
    #expect(comparison.moves.map(\.others) == [1, 0, 0], "the sixth moves as the second does")
    #expect(
      comparison.load.from == AlertLoad.Count(instant: 1, sameDay: 1) && comparison.load.to == AlertLoad.Count(instant: 2, sameDay: 1))
    #expect(comparison.load.days.count == 5 && comparison.load.span == 5)
    #expect(comparison.briefs.counts == (1, 1, 1, 1))
    #expect(comparison.missing == 1 && comparison.extra == 0 && !comparison.isIdentical)
    #expect(comparison.coverage == (10, 8) && comparison.notes.count == 1)
  }

  @Test(arguments: ["comparison.json", "comparison.txt"])
  func itIsTheGoldenText(name: String) throws {
    let comparison = try Self.comparison()
    let text = name.hasSuffix("json") ? ComparisonJSON.bytes(comparison).displayText + "\n" : ComparisonText.text(comparison)
    let file = Self.golden.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["PROWZI_REFRESH_GOLDEN"] == "1" { try Data(text.utf8).write(to: file) }
    #expect(try text == String(contentsOf: file, encoding: .utf8))
    for line in text.split(separator: "\n") where name.hasSuffix("txt") { #expect(line.count <= 100, "\(line)") }
  }

  @Test func theJSONIsCanonical() throws {
    let bytes = ComparisonJSON.bytes(try Self.comparison())
    let document = try JSONDocument(bytes)
    var again = JSONWriter()
    document.appendCanonical(document.root, to: &again)
    #expect(again.bytes == bytes)
  }

  static let hostile = [
    "<script>alert(1)</script>", "</style></title></svg><img src=x onerror=alert(1)>", "\"' onmouseover='alert(1)", "&amp;&#x3c;",
    "]]>--><!--",
    "\u{202e}gnihtyna\u{2066}\u{0}\u{1b}[31m\u{ffff}", "\\u{3c}", "",
  ]

  @Test(arguments: hostile)
  func aHostileTitleIsText(text: String) throws {
    let page = ComparisonPage.html(try Self.comparison(text))
    let plain = ComparisonPage.html(try Self.comparison("plain"))
    // The same tags in the same order, whatever the text.
    #expect(Self.tags(page) == Self.tags(plain))
    for scalar in page.unicodeScalars {
      #expect(scalar == "\n" || scalar.value >= 0x20 && scalar.value != 0x202e && scalar.value != 0xffff)
    }
    for word in ["<script", "<img", "http-equiv=\"refresh", " src=\"", "@import", "url("] { #expect(!page.contains(word), "\(word)") }
    if !text.isEmpty, text.allSatisfy(\.isASCII), !text.contains("\u{0}") { #expect(page.contains(Markup.escape(text))) }
    // Another parser than ours finds it well-formed.
    let parser = XMLCheck.errors(in: page)
    #expect(parser == "", "\(parser)")
  }

  /// Names of tags, in order.
  static func tags(_ page: String) -> [Substring] {
    page.split(separator: "<").dropFirst().map { $0.prefix { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "!" } }
  }

  @Test func everyDrawingIsDescribed() throws {
    let page = ComparisonPage.html(try Self.comparison())
    let drawings = page.components(separatedBy: "<svg ").dropFirst()
    #expect(drawings.count == 1 + 2 + 1 + 5 + 1 + 3)
    for drawing in drawings { #expect(drawing.contains("role=\"img\" aria-label=\"") && drawing.contains("<title>")) }
    // Each table has headings for its rows and columns.
    for table in page.components(separatedBy: "<table>").dropFirst() {
      #expect(table.contains("<th scope=\"col\"") && table.contains("<th scope=\"row\""))
    }
    #expect(page.contains("prefers-color-scheme: dark") && page.contains("@media print"))
  }

  @Test func identityIsSaidShortly() throws {
    var builder = ComparisonBuilder(
      from: .init(name: "shadow of rush@2", prefix: ""), to: .init(name: "backfill of rush@2", prefix: ""), askedFrom: nil, askedTo: nil,
      windows: [.init(partition: PartitionIndex(0), asked: 0..<1, from: 0..<1, to: 0..<1)], top: 3, expected: 1)
    let same = Self.event(1, .weekly, 400_000)
    builder.compared(.banded, isIdentical: true)
    builder.add(
      Move(from: same, to: same, partition: PartitionIndex(0), cause: .zero, fromOffset: .zero, toOffset: .zero),
      at: Timestamp(milliseconds: 0))
    let comparison = builder.finish().comparison
    #expect(comparison.isIdentical && comparison.labels == ("shadow", "backfill"))
    #expect(ComparisonText.text(comparison).contains("Identical: both agree byte for byte, in all 1 record about 1 event."))
    #expect(ComparisonPage.html(comparison).contains("✓ Identical"))
    #expect(XMLCheck.errors(in: ComparisonPage.html(comparison)) == "")
  }
}

/// Python's parsers as judges: the one for XML, and the one for HTML with every tag closed in turn.
enum XMLCheck {
  static func errors(in page: String) -> String {
    let script = """
      import sys, xml.dom.minidom, html.parser
      page = sys.stdin.buffer.read().decode()
      xml.dom.minidom.parseString(page.replace('<!DOCTYPE html>', ''))
      class Check(html.parser.HTMLParser):
        open = []
        def handle_starttag(self, tag, attrs): self.open.append(tag)
        def handle_startendtag(self, tag, attrs): pass
        def handle_endtag(self, tag): assert self.open.pop() == tag, tag
      check = Check()
      check.feed(page)
      assert not check.open, check.open
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script]
    let (input, errors) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardError = errors
    do {
      try process.run()
      input.fileHandleForWriting.write(Data(page.utf8))
      try input.fileHandleForWriting.close()
      let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return process.terminationStatus == 0 ? "" : "exit \(process.terminationStatus): \(text)"
    } catch {
      return "\(error)"
    }
  }
}
