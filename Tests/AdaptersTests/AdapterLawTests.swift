import Adapters
import Events
import Model
import TestSupport
import Testing

@Suite struct AdapterLawTests {
  @Test(arguments: samples.indices)
  func everySampleIsReadAndEverySpanDecodesToItsText(index: Int) {
    let sample = samples[index]
    let result = read(sample.value, source: sample.source, type: sample.type, columns: sample.columns)
    #expect(result.rejections == [])
    #expect(!result.items.isEmpty)
    for event in result.items {
      #expect(SpanLaw.violations(event, in: Array(sample.value.utf8)) == [])
      #expect(event.title != nil)
    }
  }

  @Test(arguments: samples.indices)
  func aSampleCutAtAnyByteIsReadOrRejectedWithinItsBytes(index: Int) {
    let sample = samples[index]
    let bytes = Array(sample.value.utf8)
    for count in 0..<bytes.count {
      let result = read(bytes: Array(bytes[..<count]), source: sample.source, type: sample.type, columns: sample.columns)
      #expect(result.rejections.allSatisfy { (0...count).contains($0.byteOffset) }, "cut to \(count)")
      if sample.type == "application/json" { #expect(result.items.isEmpty && result.rejections.count == 1, "cut to \(count)") }
      for event in result.items { #expect(SpanLaw.violations(event, in: Array(bytes[..<count])) == [], "cut to \(count)") }
    }
  }

  @Test(arguments: samples.indices)
  func aChangedByteNeverCrashesAndNeverPointsOutside(index: Int) {
    let sample = samples[index]
    var random = SplitMix64(seed: UInt64(index))
    let bytes = Array(sample.value.utf8)
    for _ in 0..<300 {
      var changed = bytes
      changed[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      let result = read(bytes: changed, source: sample.source, type: sample.type, columns: sample.columns)
      #expect(result.rejections.allSatisfy { (0...changed.count).contains($0.byteOffset) })
      for event in result.items {
        #expect(UTF8Text.firstInvalidByte(in: event.bytes.span) == nil)
        for span in [event.title?.span, event.body?.span, event.url?.span].compactMap(\.self) {
          #expect((0...changed.count).contains(Int(span.start)) && (0...changed.count).contains(Int(span.end)))
        }
      }
    }
  }

  @Test(arguments: [
    ("hn_rss", "application/json", "json.depth", String(repeating: "[", count: 10_000)),
    ("hn_rss", "application/json", "json.depth", String(repeating: "{\"a\":", count: 10_000)),
    ("hn_rss", "application/xml", "parse.xml", String(repeating: "<a>", count: 10_000)),
  ])
  func deepNestingIsRejected(source: String, type: String, code: String, value: String) {
    let result = read(value, source: source, type: type)
    #expect(result.items.isEmpty)
    #expect(result.rejections.map(\.code) == [code])
  }

  @Test func aSubrangeOfATextLeadsBackThroughTwoSpellings() throws {
    let value = Array(#"{"body": "<t>Mice &amp;\u00e9 \"Men\"</t>"}"#.utf8)
    let start = try #require(value.firstIndex(of: UInt8(ascii: "M")))
    let end = try #require(value.lastIndex(of: UInt8(ascii: "<")))
    let span = SourceSpan(start..<end, .xmlInJSON)
    #expect(span.decode(in: value) == Array("Mice &é \"Men\"".utf8))
    #expect(Array(value[span.rawRange(ofDecoded: 5..<6, in: value)]) == Array("&amp;".utf8))
    #expect(Array(value[span.rawRange(ofDecoded: 6..<8, in: value)]) == Array(#"\u00e9"#.utf8))
    #expect(Array(value[try #require(span.rawRange(of: Array("\"Men\"".utf8), in: value))]) == Array(#"\"Men\""#.utf8))
    #expect(span.rawRange(of: Array("Women".utf8), in: value) == nil)
  }

  @Test func aClaimIsFoundAcrossCollapsedWhiteSpace() throws {
    let value = Array(#""Small\n   models  win""#.utf8)
    let span = SourceSpan(1..<value.count - 1, .json)
    let range = try #require(span.rawRange(of: Array("Small models win".utf8), in: value))
    #expect(range == 1..<value.count - 1)
  }
}
