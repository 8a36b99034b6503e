import Inspect
import JSON
import Model
import Ports
import RecordFormat
import Testing

@Suite struct TextTests {
  @Test(arguments: [
    (#"{"a":1}"#, #"{"a":1}"#, []), (#"{"a":1.0}"#, #"{ "a" : 1 }"#, []),
    (#"{"a":1}"#, #"{"a":2}"#, ["/a 1 2"]), (#"{"b":1,"a":{"c":[1,2]}}"#, #"{"a":{"c":[1,3,4]}}"#, ["/a/c/1 2 3", "/a/c/2 - 4", "/b 1 -"]),
    (#"{"x/y~":"a"}"#, #"{"x/y~":null}"#, [#"/x~1y~0 "a" null"#]), ("[1]", #"{"a":1}"#, [#" [1] {"a":1}"#]),
  ])
  func onlyWhatDiffersIsListed(old: String, new: String, lines: [String]) throws {
    let list = try #require(JSONDifference.list([UInt8](text: old), [UInt8](text: new)))
    #expect(list.map { "\($0.pointer) \($0.old ?? "-") \($0.new ?? "-")" } == lines)
  }

  @Test func whatIsNotJSONHasNoDifferences() { #expect(JSONDifference.list([0x7b], [UInt8](text: "{}")) == nil) }

  @Test func prettyJSONIsTheSameDocument() throws {
    let text =
      #"{"a":[1,2,{"b":"é\n\"x"}],"long":["\#(String(repeating: "x", count: 60))","\#(String(repeating: "y", count: 60))"],"e":{},"f":[]}"#
    let pretty = try #require(PrettyJSON.text([UInt8](text: text)))
    #expect(try JSONDocument([UInt8](text: pretty)).canonicalBytes == JSONDocument([UInt8](text: text)).canonicalBytes)
    #expect(pretty.hasPrefix("{\n  \"a\": [1, 2, { \"b\": \"é\\n\\\"x\" }],\n  \"long\": [\n    \"xx"))
  }

  @Test(
    arguments: [
      ([0x6b], [UInt8](text: #"{"b": 1}"#), #"{"key":"k","offset":0,"partition":1,"timestamp":5,"topic":"t","value":{"b": 1}}"#),
      ([0xff], [0x00, 0x01], #"{"key_base64":"/w==","offset":0,"partition":1,"timestamp":5,"topic":"t","value_base64":"AAE="}"#),
      (nil, nil, #"{"key":null,"offset":0,"partition":1,"timestamp":5,"topic":"t","value":null}"#),
      ([], [UInt8](text: "{\n\"b\":1}"), #"{"key":"","offset":0,"partition":1,"timestamp":5,"topic":"t","value":{"b":1}}"#),
    ] as [([UInt8]?, [UInt8]?, String)])
  func aRecordIsOneLine(key: [UInt8]?, value: [UInt8]?, line: String) {
    var buffer = RecordBuffer()
    buffer.append(timestamp: Timestamp(milliseconds: 5), key: key, value: value)
    var json = JSONWriter()
    var document = JSONDocument()
    RecordLine.write(
      buffer, 0, of: TopicPartition(topic: TopicName(known: "t"), partition: PartitionIndex(1)), headers: false, document: &document,
      to: &json)
    #expect(json.bytes.displayText == line)
  }

  @Test func headersKeepTheirOrderAndBytes() {
    var buffer = RecordBuffer()
    buffer.append(timestamp: Timestamp(milliseconds: 5), key: nil, value: nil, headers: [("b", [0x31]), ("a", nil), ("b", [0xff])])
    var json = JSONWriter()
    var document = JSONDocument()
    RecordLine.write(
      buffer, 0, of: TopicPartition(topic: TopicName(known: "t"), partition: PartitionIndex(0)), headers: true, document: &document,
      to: &json)
    #expect(json.bytes.displayText.hasPrefix(#"{"headers":[["b","1"],["a",null],["b",{"base64":"/w=="}]],"key":null"#))
  }
}
