import JSON
import Model
import Stages
import TestSupport
import Testing

@testable import Events

/// Records of events are read in one pass where they are our own; everything is read as it is read through nodes.
@Suite struct ForwardReadingTests {
  private static let values: (nodes: [String], enriched: [[UInt8]], normalized: [[UInt8]]) = {
    do {
      let directory = Ingested.folded.directory
      return (
        try directory.configurationInForce(directory.openReader()).text.ontology.nodes,
        try directory.records(of: DerivedTopic.enriched.name).compactMap(\.value),
        try directory.records(of: DerivedTopic.normalized.name).compactMap(\.value)
      )
    } catch { preconditionFailure("\(error)") }
  }()

  @Test(arguments: [true, false]) func ourOwnRecordsAreReadInOnePassAndAsThroughNodes(_ readsEmbeddings: Bool) throws {
    let (nodes, enriched, normalized) = Self.values
    #expect(enriched.count > 1000 && normalized.count == enriched.count)
    var law = ReadingLaw(nodeNames: nodes, readsEmbeddings: readsEmbeddings)
    var (forward, names) = (ForwardReader(), EventNames())
    for value in enriched {
      do {
        _ = try forward.enriched(
          value, in: 0..<value.count, tenant: "shared", nodeNames: nodes, readsEmbeddings: readsEmbeddings, &names)
      } catch { Issue.record("not read in one pass: \(value.displayText)") }
      let difference = law.difference(value)
      try #require(difference == nil, "\(value.displayText)")
    }
    for value in normalized {
      do {
        _ = try forward.event(value, in: 0..<value.count, tenant: "shared", &names)
      } catch { Issue.record("not read in one pass: \(value.displayText)") }
      let difference = law.difference(value)
      try #require(difference == nil, "\(value.displayText)")
    }
  }

  /// Bytes that mean something in JSON or in a text, and some that mean nothing.
  private static let telling: [UInt8] = Array("\"\\,:{}[]0-.e /AZz".utf8) + [0x00, 0x0a, 0x7f, 0x80, 0xc3, 0xff]

  @Test func everyChangeOfOneByteIsReadAlikeOrRefusedAlike() throws {
    let records = Self.telling(of: Self.values.enriched) + Self.telling(of: Self.values.normalized)
    #expect(records.count >= 4)
    var law = ReadingLaw(nodeNames: Self.values.nodes)
    var accepted = 0
    var reader = EventReader()
    for record in records {
      var changed = record
      for place in record.indices {
        for byte in Self.telling + [record[place] ^ 1, record[place] ^ 0x20] {
          changed[place] = byte
          let difference = law.difference(changed)
          try #require(difference == nil, "\(byte) at \(place) of \(record.displayText)")
        }
        changed[place] = record[place]
        let shorter = Array(record[..<place] + record[(place + 1)...])
        if (try? reader.event(shorter, in: 0..<shorter.count, .init(tenant: "", observedAt: Timestamp(milliseconds: 0)))) != nil {
          accepted += 1
        }
        let difference = law.difference(shorter) ?? law.difference(Array(record[..<place]))
        try #require(difference == nil, "without \(place) or all behind it, of \(record.displayText)")
      }
    }
    #expect(accepted > 100, "both outcomes were seen")
  }

  /// Few and short records that have between them every member that any of the records has.
  private static func telling(of records: [[UInt8]]) -> [[UInt8]] {
    var covered = Set<[UInt8]>()
    var chosen: [[UInt8]] = []
    // Embeddings are long, and the same byte after byte.
    let short = records.filter { $0.count < 1500 }
    let sorted = short.sorted { $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count < $1.count }
    for record in sorted where chosen.count < 4 {
      let found = names(in: record)
      if found.isSubset(of: covered) { continue }
      covered.formUnion(found)
      chosen.append(record)
    }
    return chosen
  }

  private static func names(in record: [UInt8]) -> Set<[UInt8]> {
    var names = Set<[UInt8]>()
    guard let document = try? JSONDocument(record) else { return names }
    for node in document.nodes.indices where document.kind(node) == .object {
      for (key, _) in document.members(of: node) { names.insert(Array(record[document.range(key)])) }
    }
    return names
  }

  @Test(arguments: [
    #"{"zzz":1}"#, #"{"aaa":{"b":[1,2]}}"#, #"{"metadata":{"new":true}}"#, #"{"payload":{"new":"x"}}"#, #"{"history":null}"#,
    #"{"topic_hints":null}"#, #"{"payload":{"text":{"title":null}}}"#, #"{"mission_id":"some"}"#, #"{"cluster":{"size":7e0}}"#,
    #"{"metadata":{"raw":{"spans":{"title":[1]}}}}"#, #"{"metadata":{"raw":{"spans":{"title":[1,2,3]}}}}"#,
    #"{"payload":{"extracted":{"metrics":{"é":1e999}}}}"#,
  ]) func recordsOfOtherVersionsAreReadThroughNodes(_ patch: String) throws {
    var law = ReadingLaw(nodeNames: Self.values.nodes)
    for value in Self.values.enriched.prefix(50) + Self.values.normalized.prefix(50) {
      let document = try JSONDocument(value)
      let changed = MergePatch.apply(try JSONDocument(Array(patch.utf8)), to: document)
      let difference = law.difference(changed)
      try #require(difference == nil, "\(changed.displayText)")
      // In the order of its members' names turned round, and with white space.
      let reversed = Self.reversed(try JSONDocument(changed), 0)
      let otherDifference = law.difference(Array("\n ".utf8) + reversed)
      try #require(otherDifference == nil, "\(reversed.displayText)")
    }
  }

  /// The same with every object's members turned round, but for those whose order is the event's.
  private static func reversed(_ document: JSONDocument, _ node: Int, keepsOrder: Bool = false) -> [UInt8] {
    switch document.kind(node) {
    case .object:
      let members = document.members(of: node).map { key, value in
        let name = document.bytes[document.range(key)]
        let isList = name.elementsEqual("facts".utf8) || name.elementsEqual("metrics".utf8)
        return Array("\"".utf8) + name + Array("\" : ".utf8) + reversed(document, value, keepsOrder: isList)
      }
      return Array("{".utf8) + (keepsOrder ? members : members.reversed()).joined(separator: Array(",".utf8)) + Array("}".utf8)
    case .array:
      let elements = document.elements(of: node).map { reversed(document, $0) }
      return Array("[".utf8) + elements.joined(separator: Array(" ,".utf8)) + Array("]".utf8)
    case .string: return Array("\"".utf8) + document.bytes[document.range(node)] + Array("\"".utf8)
    default: return Array(document.bytes[document.range(node)])
    }
  }

  /// What follows such a span is not taken for its second number, nor is anything looked for behind the record's end.
  @Test func aSpanOfFewerThanTwoNumbersIsRefused() throws {
    let around = EventReader.Surroundings(tenant: "shared", observedAt: Timestamp(milliseconds: 0))
    let value = try #require(Self.values.normalized.first { $0.displayText.contains(#""title":["#) })
    let document = try JSONDocument(value)
    for span in ["[]", "[1]", "[1,[2]]"] {
      let patch = #"{"metadata":{"raw":{"spans":{"title":\#(span)}}}}"#
      let changed = MergePatch.apply(try JSONDocument(Array(patch.utf8)), to: document)
      // As it stands, and with the span as the last of all values.
      for bytes in [changed, Self.reversed(try JSONDocument(changed), 0)] {
        for readsForward in [true, false] {
          var reader = EventReader(readsForward: readsForward)
          let error = #expect(throws: Rejection.self) { try reader.event(bytes, in: 0..<bytes.count, around) }
          #expect(error?.code == "schema.not_an_event")
        }
      }
    }
  }

  @Test func aReversedRecordIsTheSameEvent() throws {
    let around = EventReader.Surroundings(tenant: "shared", observedAt: Timestamp(milliseconds: 0))
    var reader = EventReader()
    for value in Self.values.enriched.prefix(200) {
      let reversed = Self.reversed(try JSONDocument(value), 0)
      let one = try reader.enriched(value, in: 0..<value.count, around, nodeNames: Self.values.nodes)
      let other = try reader.enriched(reversed, in: 0..<reversed.count, around, nodeNames: Self.values.nodes)
      let difference = EnrichedEvent.difference(one, other)
      try #require(difference == nil, "\(value.displayText)")
    }
  }

  /// Two members of one name, and names of which only one spelling is the ontology's.
  @Test func whatStandsTwiceOrIsSpeltOtherwiseIsReadAlike() throws {
    var law = ReadingLaw(nodeNames: ["a", "cafe\u{301}", "caf\u{e9}", "b"])
    for value in Self.values.enriched.prefix(200) {
      let text = value.displayText
      var changes = [text]
      if let start = text.firstRange(of: #""node":""#)?.upperBound, let end = text[start...].firstIndex(of: "\"") {
        for node in ["a", "b", "caf\u{e9}", "cafe\u{301}", "c", "\\u0061"] { changes.append(text[..<start] + node + text[end...]) }
      }
      for name in ["metrics", "facts", "spans", "text", "topic_hints", "numbers"] {
        guard let member = text.firstRange(of: "\"\(name)\":") else { continue }
        let inside = text.index(after: member.upperBound)
        for twice in [#""a":"b","a":"c","#, #""a":[1,2],"a":[3,4],"#, #""a":1,"a":2,"#, #""a":1,"b":[1,2],"#] {
          changes.append(text[..<inside] + twice + text[inside...])
        }
        changes.append(text[..<member.lowerBound] + "\"\(name)\":{}," + text[member.lowerBound...])
      }
      for change in changes {
        let difference = law.difference(Array(change.utf8))
        try #require(difference == nil, "\(change)")
      }
    }
  }
}
