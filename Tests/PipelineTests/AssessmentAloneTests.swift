import Configuration
import Events
import Fold
import JSON
import Model
import Ports
import RecordFormat
import Stages
import Testing

@testable import Runtime

/// The last three stages, folded from the topic of the stage before them.
@Suite struct AssessmentAloneTests {
  @Test func anEnrichedRecordReadAndWrittenAgainHasTheSameBytes() throws {
    let directory = Ingested.folded.directory
    let log = try directory.openReader()
    let nodes = try directory.configurationInForce(log).text.ontology.nodes
    var reader = EventReader()
    var count = 0
    for record in try directory.records(of: DerivedTopic.enriched.name) {
      let value = try #require(record.value)
      let event = try reader.enriched(
        value, in: 0..<value.count, .init(tenant: "shared", observedAt: Timestamp(milliseconds: 0)), nodeNames: nodes)
      var json = JSONWriter()
      EventRecord(event, nodeNames: nodes).write(to: &json)
      try #require(json.bytes == value, "\(value.displayText)")
      count += 1
    }
    #expect(count > 1000)
    count = 0
    for record in try directory.records(of: DerivedTopic.normalized.name).prefix(500) {
      let value = try #require(record.value)
      let event = try reader.event(value, in: 0..<value.count, .init(tenant: "shared", observedAt: Timestamp(milliseconds: 0)))
      var json = JSONWriter()
      EventRecord(event).write(to: &json)
      try #require(json.bytes == value)
      count += 1
    }
    #expect(count == 500)
  }

  @Test(arguments: [1, 7, 1000]) func foldedAloneTheyGiveWhatThePipelineGave(_ batch: Int) throws {
    let directory = Ingested.folded.directory
    let log = try directory.openReader()
    for index in 0..<directory.partitions {
      let partition = PartitionIndex(index)
      var fold = PartitionFold(Assessment(), partition: partition)
      var feed = EnrichedFeed(log)
      let end = try feed.end(of: partition)
      // A small batch is slow in debug builds, and a part of the log shows what it can show.
      let limit = batch == 1 ? Offset(min(end.value, 400)) : end
      while try feed.advance(&fold, before: limit, BatchSize(records: batch)) > 0 { fold.removeRecords() }
      #expect(fold.next == limit)
      guard limit == end else { continue }
      for topic in [DerivedTopic.scored, .banded, .briefs] {
        let bounds = try log.bounds(of: TopicPartition(topic: topic.name, partition: partition))
        #expect(fold.produced[topic.rawValue] == .init(next: bounds.highWatermark, tree: bounds.tree), "\(topic) \(partition)")
      }
    }
  }

  @Test func theFirstRecordCausedByARawRecordIsFoundWhereverItLies() throws {
    let directory = Ingested.folded.directory
    let log = try directory.openReader()
    let target = TopicPartition(topic: DerivedTopic.enriched.name, partition: PartitionIndex(0))
    var causes: [(offset: Offset, cause: Offset)] = []
    try log.walk(target) { (buffer, index) throws(ProwziError) in
      if let cause = EnrichedInput.cause(of: index, in: buffer) { causes.append((buffer.records[index].offset, cause)) }
      return true
    }
    let highest = try #require(causes.last).cause
    let end = try log.bounds(of: target).highWatermark
    for raw in stride(from: Int64(0), through: highest.value + 2, by: 7) {
      let expected = causes.first { $0.cause.value >= raw }?.offset ?? end
      #expect(try log.offset(in: target, causedAtOrAfter: Offset(raw)) == expected)
    }
  }

  @Test func controlRecordsAreWrittenDownAsTheyTookEffect() throws {
    let controls = try Ingested.folded.directory.records(of: DerivedTopic.controls.name)
    #expect(controls.count == Ingested.folded.directory.partitions, "the configuration, once in each partition")
    for control in controls {
      #expect(control.header("ce_type") == FoldControl.configurationType)
      #expect(control.header("prowzi-input") == "prowzi.raw/\(control.partition)/0#1")
      let digest = SHA256.digest(of: try #require(control.value))
      #expect(control.header("prowzi-config") == String(digest.hex.prefix(16)))
    }
  }
}
