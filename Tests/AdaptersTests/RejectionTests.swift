import Adapters
import Events
import TestSupport
import Testing

/// A bad record, the code it must get, and the text at whose first byte reading must have stopped (`nil`: at the end).
struct BadRecord: Sendable, CustomTestStringConvertible {
  var label: String
  var source: String
  var type = "application/json"
  var value: String
  var code: String
  var at: String?

  var testDescription: String { label }
}

private let row = "2026-01-02T04:06:49Z,2026-01-02,o/r,1,2,3,x"

let badRecords: [BadRecord] = [
  .init(label: "not JSON", source: "ai_headlines", value: #"{"title": nope}"#, code: "parse.json", at: "ope}"),
  .init(label: "cut JSON", source: "ai_headlines", value: #"{"title": "a"#, code: "parse.json"),
  .init(label: "something behind", source: "ai_headlines", value: #"{"title": "a"} x"#, code: "parse.json", at: "x"),
  .init(label: "lone surrogate", source: "ai_headlines", value: #"{"title": "\ud800"}"#, code: "text.encoding", at: #"\ud800"#),
  .init(label: "no title", source: "ai_headlines", value: #"{"first_seen_at": "2026-02-21"}"#, code: "schema.missing_field", at: "{"),
  .init(label: "null title", source: "ai_headlines", value: #"{"title": null}"#, code: "schema.missing_field", at: "{"),
  .init(label: "blank title", source: "ai_headlines", value: #"{"title": "  "}"#, code: "schema.missing_field", at: "  \"}"),
  .init(label: "number for a title", source: "ai_headlines", value: #"{"title": 17}"#, code: "schema.bad_type", at: "17"),
  .init(label: "item that is no object", source: "ai_headlines", value: "[3]", code: "schema.bad_type", at: "3]"),
  .init(
    label: "time in words", source: "ai_headlines", value: #"{"title": "t", "first_seen_at": "soon"}"#, code: "time.unreadable", at: "soon"),
  .init(
    label: "day that the calendar lacks", source: "ai_headlines", value: #"{"title": "t", "first_seen_at": "2026-02-30"}"#,
    code: "time.unreadable", at: "2026"),
  .init(
    label: "year 300000", source: "ai_headlines", value: #"{"title": "t", "first_seen_at": "300000-01-01T00:00:00Z"}"#,
    code: "time.out_of_range", at: "300000"),
  .init(
    label: "number beyond all years", source: "ai_headlines", value: #"{"title": "t", "first_seen_at": 9e99}"#, code: "time.out_of_range",
    at: "9e99"),
  .init(
    label: "text for a count", source: "hn_rss", value: #"{"hn_id": 1, "title": "t", "points": "many"}"#, code: "schema.bad_type",
    at: "many"),
  .init(
    label: "row too short", source: "github_star_ranking", type: "text/csv", value: "2026-01-02T04:06:49Z,2026-01-02,o/r", code: "parse.csv"
  ),
  .init(label: "row too long", source: "github_star_ranking", type: "text/csv", value: row + ",more", code: "parse.csv", at: "more"),
  .init(
    label: "open quote", source: "github_star_ranking", type: "text/csv", value: "2026-01-02T04:06:49Z,2026-01-02,\"o/r,1,2,3,x",
    code: "parse.csv", at: "\"o/r"),
  .init(
    label: "text behind a quote", source: "github_star_ranking", type: "text/csv",
    value: "2026-01-02T04:06:49Z,2026-01-02,\"o/r\"z,1,2,3,x",
    code: "parse.csv", at: "z,1"),
  .init(
    label: "stars in words", source: "github_star_ranking", type: "text/csv", value: "2026-01-02T04:06:49Z,2026-01-02,o/r,few,2,3,x",
    code: "schema.bad_type", at: "few"),
  .init(
    label: "no stars", source: "github_star_ranking", type: "text/csv", value: "2026-01-02T04:06:49Z,2026-01-02,o/r,,2,3,x",
    code: "schema.missing_field", at: ",2,3"),
  .init(
    label: "bad time in a row", source: "github_star_ranking", type: "text/csv", value: "noon,2026-01-02,o/r,1,2,3,x",
    code: "time.unreadable",
    at: "noon"),
  .init(label: "cut feed", source: "some_blog", type: "application/xml", value: "<rss><channel><item><title>a", code: "parse.xml"),
  .init(label: "crossed tags", source: "some_blog", type: "application/xml", value: "<rss><a></b></rss>", code: "parse.xml", at: "</b>"),
  .init(label: "two roots", source: "some_blog", type: "application/xml", value: "<a></a><b/>", code: "parse.xml", at: "<b/>"),
  .init(
    label: "feed without items", source: "some_blog", type: "application/xml", value: "<rss></rss>", code: "source.empty_response",
    at: "<rss>"),
  .init(
    label: "arXiv error entry", source: "arxiv", type: "application/xml",
    value: "<feed><entry><id>http://arxiv.org/api/errors#x</id><title>Error</title><summary>bad id</summary></entry></feed>",
    code: "http.error",
    at: "http:"),
  .init(label: "error status", source: "arxiv_api", value: #"{"status_code": 503, "body": "<html>"}"#, code: "http.error", at: "503"),
  .init(
    label: "rate limit", source: "github_api", value: #"{"status": 403, "body": "{\"message\":\"limit\"}"}"#, code: "http.error", at: "403"),
  .init(label: "not modified", source: "github_api", value: #"{"status": 304, "body": ""}"#, code: "source.empty_response", at: "304"),
  .init(label: "empty body", source: "github_api", value: #"{"status": 204, "body": ""}"#, code: "source.empty_response", at: "\"}"),
  .init(label: "empty list", source: "github_api", value: #"{"status": 200, "body": "[]"}"#, code: "source.empty_response", at: "[]"),
  .init(
    label: "bad JSON in a body", source: "github_api", value: #"{"status": 200, "body": "{\"a\": nope}"}"#, code: "parse.json", at: "ope}"),
  .init(
    label: "bad type in a body", source: "github_api", value: #"{"status": 200, "body": "[\"\\u0041\", 5]"}"#, code: "schema.bad_type",
    at: #"\\u0041"#),
  .init(label: "foreign resource", source: "github_api", value: #"{"login": "me", "type": "User"}"#, code: "source.unknown", at: "{"),
  .init(label: "unknown source", source: "nobody", value: #"{"a": 1}"#, code: "source.unknown", at: "{"),
  .init(label: "source with a bad name", source: "No-Body", value: #"{"id": 1, "title": "t"}"#, code: "source.unknown", at: "{"),
  .init(label: "unknown text", source: "nobody", type: "text/plain", value: "hello", code: "source.unknown", at: "hello"),
  .init(label: "unknown CSV", source: "nobody", type: "text/csv", value: "1,2", code: "source.unknown", at: "1"),
  .init(label: "nothing", source: "ai_headlines", value: " \n", code: "source.empty_response", at: " "),
  .init(
    label: "subscription confirmed", source: "solana", value: #"{"jsonrpc":"2.0","result":1,"id":1}"#, code: "source.empty_response",
    at: "{"),
]

@Suite struct RejectionTests {
  @Test(arguments: badRecords)
  func aBadRecordGetsItsCodeAtItsByte(record: BadRecord) throws {
    let columns = record.type == "text/csv" ? starColumns : nil
    let result = read(record.value, source: record.source, type: record.type, columns: columns)
    #expect(result.items.isEmpty)
    let rejection = try #require(result.rejections.first)
    #expect(rejection.code == record.code, "\(rejection)")
    let bytes = Array(record.value.utf8)
    let expected = record.at.flatMap { at in bytes.indices.first { bytes[$0...].starts(with: at.utf8) } } ?? bytes.count
    #expect(rejection.byteOffset == expected, "\(rejection)")
  }

  @Test(arguments: [
    ("ai_headlines", "application/json", #"{"title": "a"#), ("ai_headlines", "application/json", "{"),
    ("github_star_ranking", "text/csv", "2026-01-02T04:06:49Z,2026-01-02,o"), ("some_blog", "application/xml", "<rss><item><title>x"),
  ])
  func bytesThatAreNotUTF8AreRejectedAtTheFirstOfThem(source: String, type: String, before: String) {
    let bytes = Array(before.utf8) + [0xc3, 0x28] + Array("rest".utf8)
    let result = read(bytes: bytes, source: source, type: type, columns: type == "text/csv" ? starColumns : nil)
    #expect(result.items.isEmpty)
    #expect(result.rejections.map(\.code) == ["text.encoding"])
    #expect(result.rejections.first?.byteOffset == before.utf8.count)
  }

  @Test func aRecordAboveOneMebibyteIsRefused() {
    let value = #"{"title": ""# + String(repeating: "a", count: AdapterLimits.valueBytes) + "\"}"
    #expect(read(value, source: "ai_headlines").rejections.map(\.code) == ["record.too_large"])
  }

  @Test func aBadItemLeavesItsNeighboursAlone() {
    let result = read(#"[{"title": "a"}, {"title": 3}, {"title": "c"}]"#, source: "ai_headlines")
    #expect(result.items.map { $0.text($0.title) } == ["a", "c"])
    #expect(result.rejections.map(\.byteOffset) == [27])
  }

  @Test func aFeedCutInHalfKeepsItsCompleteItems() {
    let value = "<rss><channel><item><guid>1</guid><title>One</title></item><item><guid>2</guid><tit"
    let result = read(value, source: "some_blog", type: "text/xml")
    #expect(result.items.map { $0.text($0.title) } == ["One"])
    #expect(result.rejections.map(\.code) == ["parse.xml"])
    #expect(result.rejections.first?.byteOffset == value.utf8.count)
  }

  /// Each of these is quadratic for a reader that looks ahead without a bound.
  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      ("<rss><item><guid>1</guid><title>t</title><category term=\"", "<a", "\"/></item></rss>"),
      ("<rss><item><guid>1</guid><title>t</title><description>", "&lt;a", "</description></item></rss>"),
      ("<rss><item><guid>1</guid><title>t</title>", "<b></b>", "</item></rss>"),
      ("<rss><item><guid>1</guid><title>t</title><description>", "<![CDATA[x]]>&", "</description></item></rss>"),
    ])
  func aLongPathologicalFeedIsReadInLinearTime(before: String, middle: String, after: String) {
    let count = (AdapterLimits.valueBytes - 200) / middle.utf8.count
    let result = read(before + String(repeating: middle, count: count) + after, source: "some_blog", type: "text/xml")
    #expect(result.items.count == 1)
  }
}
