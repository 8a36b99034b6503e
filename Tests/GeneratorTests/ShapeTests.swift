import Generator
import JSON
import Model
import Testing

/// Whether items are what they say they are.
@Suite struct ShapeTests {
  /// The time field's text in a JSON item; `nil` where there is none or it is no string.
  static func time(_ item: GeneratedItem, _ document: JSONDocument) -> Timestamp.Reading? {
    document.string(document.member(named: item.stream.timeField ?? "", of: 0)).flatMap { Timestamp.read($0) }
  }

  @Test func wellFormedItemsParseAndCarryTheirFields() throws {
    var document = JSONDocument()
    for item in GeneratorTests.items(12_000, seed: 21, profile: .text)
    where !item.intent.isMalformed && item.contentType == "application/json" {
      try document.parse(item.value, in: 0..<item.value.count)
      let reading = try #require(Self.time(item, document), "\(item.value.displayText)")
      #expect(reading.timestamp == item.statedAt)
      let identity = document.member(named: try #require(item.stream.identityField), of: 0)
      #expect(!document.isNull(identity))
      #expect(!item.value.contains(0x0a))
      #expect(!item.value.displayText.contains("{" + "lab"), "an open slot")
    }
  }

  @Test func rowsHaveTheColumnsOfTheirHeaderUnlessMalformed() throws {
    var weights = StreamWeights()
    weights[.stars] = 1
    var wrong = 0
    for item in GeneratorTests.items(20_000, seed: 22, profile: .custom(weights)) {
      let columns = try #require(item.columns)
      let header = columns.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      let fields = item.value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      #expect(header.count == 7)
      if item.intent == .malformed(.wrongColumnCount) {
        #expect(fields.count != header.count)
        wrong += 1
      } else {
        #expect(fields.count == header.count)
      }
      if !item.intent.isMalformed {
        #expect(Timestamp.read(fields[0])?.timestamp == item.observedAt)
        #expect(fields[3].allSatisfy { $0 >= 0x30 && $0 <= 0x39 })
        #expect(Timestamp.read(fields[6]) != nil)
        #expect(fields[2].contains(UInt8(ascii: "/")))
      }
    }
    #expect(wrong > 5)
  }

  @Test func malformedItemsAreWrongInTheWayTheySay() throws {
    var seen: Set<MalformedReason> = []
    var document = JSONDocument()
    var feeds = StreamWeights()
    feeds[.feeds] = 1
    var items = GeneratorTests.items(60_000, seed: 23, profile: .text) + GeneratorTests.items(20_000, seed: 24)
    items += GeneratorTests.items(3000, seed: 25, profile: .custom(feeds))
    for item in items {
      guard case .malformed(let reason) = item.intent else { continue }
      seen.insert(reason)
      let isJSON = item.contentType == "application/json"
      let failure: JSONError?
      do {
        try document.parse(item.value, in: 0..<item.value.count)
        failure = nil
      } catch {
        failure = error
      }
      switch reason {
      case .cutJSON: #expect(isJSON && failure?.kind == .truncated, "\(item.value.displayText)")
      case .cutXML: #expect(!item.value.displayText.hasSuffix("</feed>") && !item.value.displayText.hasSuffix("</rss>"))
      case .invalidUTF8: #expect(UTF8Text.firstInvalidByte(in: item.value.span) != nil)
      case .deepNesting: #expect(failure?.kind == .depth)
      case .unreadableTime, .absurdTime:
        if isJSON {
          #expect(failure == nil)
          #expect(Self.time(item, document) == nil)
        } else {
          #expect(Timestamp.read(item.value.prefix { $0 != UInt8(ascii: ",") }) == nil)
        }
      case .missingField:
        #expect(failure == nil)
        #expect(document.member(named: item.stream.identityField ?? "", of: 0) == nil)
      case .wrongColumnCount: break
      }
    }
    #expect(seen.count == MalformedReason.allCases.count, "\(seen)")
  }

  @Test func feedDocumentsNestProperly() throws {
    var weights = StreamWeights()
    weights[.feeds] = 1
    var roots: Set<String> = []
    for item in GeneratorTests.items(300, seed: 25, profile: .custom(weights)) where !item.intent.isMalformed {
      var open: [Substring] = []
      for tag in item.value.displayText.split(separator: "<").dropFirst(item.value.first == UInt8(ascii: "<") ? 0 : 1) {
        let name = tag.prefix { $0 != ">" && $0 != " " && $0 != "/" || tag.first == "/" && $0 != ">" }
        if name.hasPrefix("?") { continue }
        if name.hasPrefix("/") {
          #expect(open.popLast() == name.dropFirst())
        } else if !(tag.prefix { $0 != ">" }).hasSuffix("/") {
          if open.isEmpty { roots.insert(String(name)) }
          open.append(name)
        }
      }
      #expect(open.isEmpty)
    }
    #expect(roots == ["rss", "feed"])
  }

  @Test func fixturesHaveTheCapturesForm() throws {
    let files = SignalGenerator.fixtureFiles(seed: 1, events: 4000)
    let again = SignalGenerator.fixtureFiles(seed: 1, events: 4000)
    #expect(files.map(\.name) == again.map(\.name) && files.map(\.contents) == again.map(\.contents))
    let total = files.reduce(0) { $0 + $1.contents.count }
    #expect(total > 700_000 && total < 1_500_000, "\(total) bytes")
    let manifest = try JSONDocument(try #require(files.last { $0.name == "streams.json" }).contents)
    let entries = manifest.elements(of: manifest.root)
    #expect(entries.count == GeneratedStream.allCases.count - 1)
    #expect(files.contains { $0.name.hasPrefix("feeds/") })
    for entry in entries {
      let path = try #require(manifest.string(manifest.member("path", of: entry)))
      let file = try #require(files.first { $0.name == path })
      let records = Int(try #require(manifest.int(manifest.member("records", of: entry))))
      let lines = file.contents.split(separator: 0x0a, omittingEmptySubsequences: false)
      #expect(lines.count == records + (path.hasSuffix(".csv") ? 2 : 1))
      let from = try #require(manifest.string(manifest.member("from", of: entry)))
      let to = try #require(manifest.string(manifest.member("to", of: entry)))
      #expect(from <= to && Timestamp.read(from) != nil)
    }
  }

  @Test func quantilesAreRightToAnEighth() {
    var report = DistributionReport()
    for length in 1...1000 {
      var item = GeneratorTests.items(1, seed: 1)[0]
      item.textLength = length
      report.add(item)
    }
    let line = report.lines.first { $0.items == 1000 }
    for percent in [10, 50, 90] {
      let found = line?.texts.quantile(percent: percent) ?? 0
      #expect(abs(found - percent * 10) <= percent * 10 / 8 + 1, "\(percent): \(found)")
    }
  }
}
