import Events
import Inspect
import Model
import Ports
import Stages
import Testing

@Suite struct QuestionTests {
  private func sample() throws -> SampleLog {
    let sample = try SampleLog()
    let topic = DerivedTopic.briefs.name
    try sample.append(
      topic, 0,
      [
        .init(time: hour(1), key: "a", value: brief("a", band: "same_day", evi: 0.7)),
        .init(time: hour(2), key: "b", value: brief("b", band: "instant", evi: 0.8, kind: "exploit", domain: "crypto")),
        .init(time: hour(3), key: "a", value: brief("a", revision: 2, band: "same_day", evi: 0.75)),
        .init(time: hour(3), key: "x", value: "no brief"),
      ])
    try sample.append(
      topic, 1,
      [
        .init(time: hour(4), key: "c", value: brief("c", band: "same_day", evi: 0.75)),
        .init(time: hour(5), key: "d", value: brief("d", band: "same_day", evi: 0.9)),
      ])
    return sample
  }

  private func ids(_ change: (inout BriefQuery) -> Void) throws -> [String] {
    var query = BriefQuery()
    change(&query)
    return try query.run(try sample().reader()).map { "\($0.id)\($0.revision)" }
  }

  @Test func theLatestRevisionOfEachBriefMostUrgentFirst() throws {
    #expect(try ids { _ in } == ["b1", "d1", "c1", "a2"])
    #expect(try ids { $0.limit = 2 } == ["b1", "d1"])
    #expect(try ids { $0.band = .sameDay } == ["d1", "c1", "a2"])
    #expect(try ids { $0.kind = "exploit" } == ["b1"])
    #expect(try ids { $0.domain = "ai" } == ["d1", "c1", "a2"])
    #expect(try ids { $0.since = Timestamp(milliseconds: hour(4)) } == ["d1", "c1"])
    #expect(try ids { $0.allRevisions = true } == ["b1", "d1", "c1", "a2", "a1"])
  }

  @Test func aBriefIsReadBack() throws {
    let found = try #require(try BriefQuery().run(try sample().reader()).first)
    #expect(found.headline == "H b")
    #expect(found.evidence.map { [$0.claim, $0.raw, $0.field] } == [["$5M", "prowzi.raw/0/1", "metrics.amount_usd"]])
    #expect(found.evidence.map(\.derivation) == [nil])
    #expect(found.actions == ["Look."])
    #expect(found.risks.map(\.name) == ["single_source"])
    #expect("\(found.place)" == "prowzi.briefs/0/1")
  }

  private func line(_ id: EventID, at time: Int64, _ value: String) -> SampleLog.Line {
    .init(time: time, key: "routing", value: value, headers: [("ce_id", id.text)])
  }

  @Test func anEventIsFoundAlsoWhereItWasObservedOutOfOrder() throws {
    let sample = try SampleLog()
    let early = eventID(1, at: hour(1))
    let late = eventID(2, at: hour(9))
    let banded = """
      {"band":"weekly","domain":"ai","event_id":"","explanations":{"band":{"reason":"threshold","support":1,"threshold":0.55,"total_evi":0.6},\
      "impact":{"contribution":0.12,"inputs":{"base":0.2},"sentence":"S.","value":0.4,"weight":0.3}},"kind":"news","scorer":"default@1","scores":{},\
      "source":"s","story_id":"t","total_evi":0.6}
      """
    // The later one comes first, and an older record lies behind both.
    let others = (0..<5).map { line(eventID(UInt64(10 + $0), at: hour(20)), at: hour(20), banded) }
    try sample.append(DerivedTopic.banded.name, 1, [line(late, at: hour(9), banded)] + others + [line(early, at: hour(1), banded)])
    try sample.append(
      DerivedTopic.normalized.name, 1,
      [line(early, at: hour(1), #"{"metadata":{"raw":{"at":"prowzi.raw/1/7","item":2}},"payload":{"text":{"title":"T"}},"timestamp":5}"#)])
    let log = try sample.reader()
    let found = try #require(try EventSearch.evaluation(of: early, in: log))
    #expect("\(found.place)" == "prowzi.banded/1/6")
    #expect(found.event?.raw == "prowzi.raw/1/7")
    #expect(found.event?.item == 2)
    #expect(found.event?.title == "T")
    #expect(found.parts.map(\.name) == ["freshness", "novelty", "impact", "confidence", "gap"])
    #expect(found.parts[2].contribution == 0.12)
    #expect(found.band?.threshold == 0.55)
    #expect(try "\(EventSearch.evaluation(of: late, in: log)?.place, default: "none")" == "prowzi.banded/1/0")
    #expect(try EventSearch.evaluation(of: eventID(77, at: hour(3)), in: log)?.place == nil)
  }
}
