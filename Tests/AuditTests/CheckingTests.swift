import Inspect
import Model
import RecordFormat
import Testing

@testable import Audit

/// A record as a stage would write it.
func record(
  _ place: String = "prowzi.banded/1/7", value: String = #"{"band":"weekly","total_evi":0.5}"#, stage: String = "band/1", time: Int64 = 1000
) -> LogRecord {
  var buffer = RecordBuffer()
  buffer.append(
    timestamp: Timestamp(milliseconds: time), key: [UInt8](text: "k"), value: [UInt8](text: value),
    headers: [("prowzi-stage", [UInt8](text: stage)), ("prowzi-input", [UInt8](text: "prowzi.raw/1/9#1"))])
  return LogRecord(buffer, 0, at: Coordinates(place) ?? Coordinates(topic: .raw, partition: PartitionIndex(0), offset: .zero))
}

@Suite struct ReproductionTests {
  @Test func equalRecordsAreReproducedWhereverTheyLie() {
    #expect(Reproduction.compare(recorded: record(), made: record("prowzi.banded/1/0")) == .reproduced)
  }

  @Test func aChangedMemberIsNamedByItsPointer() {
    let result = Reproduction.compare(recorded: record(value: #"{"band":"instant","total_evi":0.5}"#), made: record())
    #expect(result == .different([JSONDifference(pointer: "/value/band", old: #""instant""#, new: #""weekly""#)]))
  }

  @Test func aChangedHeaderAndTimeAreNamed() {
    let result = Reproduction.compare(recorded: record(stage: "band/2", time: 2000), made: record())
    #expect(
      result
        == .different([
          JSONDifference(pointer: "/timestamp", old: "1970-01-01T00:00:02Z", new: "1970-01-01T00:00:01Z"),
          JSONDifference(pointer: "/headers/prowzi-stage", old: "band/2", new: "band/1"),
        ]))
  }

  @Test func bytesThatDifferOnlyInSpellingAreDifferent() {
    let result = Reproduction.compare(recorded: record(value: #"{"band":"weekly","total_evi": 0.5}"#), made: record())
    guard case .different(let found) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(found.map(\.pointer) == ["/value (byte 29)"])
  }

  @Test func aRecordThatIsNotMadeIsNotReproduced() {
    let result = Reproduction.compare(recorded: record(), made: nil)
    #expect(result == .notMade)
    #expect(result.isDifferent)
  }

  @Test func aStepKnowsItsCause() {
    let step = ChainStep(.banded, record())
    #expect(step.rawPlace == Coordinates("prowzi.raw/1/9"))
    #expect(step.stage == "band/1")
  }
}

@Suite struct ArithmeticTests {
  static func evaluation(contribution: Double = 0.25, total: Double = 0.75, threshold: Double = 0.6, reason: String = "threshold") throws
    -> StoredEvaluation
  {
    let parts = ["confidence", "freshness", "gap", "impact", "novelty"].map { name in
      let (value, weight, sum) =
        name == "freshness" ? (1.0, 0.25, contribution) : name == "impact" ? (1.0, 0.5, 0.5) : (0.0, 0.1, 0.0)
      return #""\#(name)":{"contribution":\#(sum),"inputs":{},"sentence":"s","value":\#(value),"weight":\#(weight)}"#
    }
    let text =
      #"{"band":"weekly","domain":"ai","explanations":{"band":{"reason":"\#(reason)","support":1,"threshold":\#(threshold)},"#
      + #"\#(parts.joined(separator: ","))},"kind":"news","scorer":"default@1","total_evi":\#(total)}"#
    let place = Coordinates(topic: .raw, partition: PartitionIndex(0), offset: .zero)
    return try #require(StoredEvaluation(value: [UInt8](text: text), id: EventID(high: 1, low: 1), place: place))
  }

  @Test func aSumThatAddsUpHasNoFault() throws {
    let arithmetic = Arithmetic(try Self.evaluation(), nil)
    #expect(arithmetic.faults == [])
    #expect(arithmetic.total == 0.75)
  }

  @Test func aContributionThatIsNotTheProductIsAFault() throws {
    #expect(Arithmetic(try Self.evaluation(contribution: 0.3, total: 0.8), nil).faults == ["freshness: 1 × 0.25 is 0.25, not 0.3"])
  }

  @Test func aTotalThatIsNotTheSumIsAFault() throws {
    #expect(Arithmetic(try Self.evaluation(total: 0.76), nil).faults == ["the contributions add up to 0.75, not 0.76"])
  }

  @Test func aBandWhoseThresholdIsNotReachedIsAFault() throws {
    #expect(Arithmetic(try Self.evaluation(threshold: 0.9), nil).faults == ["0.75 does not reach the threshold 0.9"])
    #expect(Arithmetic(try Self.evaluation(threshold: 0.9, reason: "merged"), nil).faults == [])
  }

  @Test func theConfigurationsOwnWeightsAndThresholdsAreHeldAgainstTheRecord() throws {
    let faults = Arithmetic(try Self.evaluation(), try .builtIn()).faults
    #expect(faults.contains("impact: the weight is 0.5, the configuration's is 0.3"))
    #expect(faults.contains("the threshold of weekly is 0.6, the configuration's is 0.632"))
  }
}

@Suite struct EvidenceTests {
  static let event =
    #"{"payload":{"extracted":{"entities":[{"id":"a"},{"id":"bé"}],"metrics":{"a.b":12.50}},"text":{"title":"Say \"hé\""}}}"#

  @Test(arguments: [
    ("payload.text.title", #"Say "hé""#), ("payload.extracted.entities[1].id", "bé"), ("payload.extracted.metrics.a.b", "12.5"),
  ])
  func aFieldIsItsTextOrItsCanonicalNumber(path: String, text: String) {
    #expect(EvidenceCheck.field(path, in: [UInt8](text: Self.event)) == [UInt8](text: text))
  }

  @Test func aFieldThatIsNotThereIsNone() { #expect(EvidenceCheck.field("payload.text.body", in: [UInt8](text: Self.event)) == nil) }

  @Test func overlappingMarksAreOne() {
    #expect(AuditPage.merged([4..<9, 0..<2, 3..<5, 9..<10, 20..<20]) == [0..<2, 3..<10])
  }
}
