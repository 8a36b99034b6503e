import Events
import JSON
import Model
import Stages
import State
import TestSupport
import Testing

@testable import Curate

/// A stream of every kind in eight stories, with ticks and a retraction, from one seed.
private enum Item {
  case event(BandedEvent)
  case tick(Int64)
  case retract(EventID, Int64)
}

private func stream() -> [Item] {
  var random = SplitMix64(seed: 7)
  var items: [Item] = []
  var time = start
  for number in 1...160 {
    time += Int64(random.next() % 240) * .second
    if number % 17 == 0 { items.append(.tick(time)) }
    let story = Int(random.next() % 8)
    let sample = [
      Samples.exploit, Samples.exploitInConflict, Samples.funding, Samples.model, Samples.paper, Samples.stars, Samples.launch,
      Samples.news,
      Samples.release, Samples.generic,
    ][Int(random.next() % 10)]
    var builder = sample
    builder.event.id = EventBuilder.id("event-\(number)", at: time)
    builder.event.observedAt = Timestamp(milliseconds: time)
    builder.event.rawOffset = Offset(Int64(number))
    builder.cluster.id = EventBuilder.id("story-\(story)", at: start)
    builder.cluster.size = number
    builder.cluster.sources = 1 + Int(random.next() % 4)
    builder.scores[2] = Double(random.next() % 100) / 100
    let band: UrgencyBand = [.archive, .weekly, .sameDay, .sameDay, .instant][Int(random.next() % 5)]
    items.append(.event(builder.banded(band)))
    if number % 53 == 0 { items.append(.retract(builder.event.id, time)) }
  }
  items.append(.tick(time + 3 * .hour))
  return items
}

extension Bench {
  fileprivate mutating func feed(_ item: Item) {
    switch item {
    case .event(let event): feed(event)
    case .tick(let time): control(.tick, at: time)
    case .retract(let event, let time): control(.retract(event: event, reason: "A mistake."), at: time)
    }
  }

  fileprivate var output: [UInt8] { sink.buffers.flatMap(\.bytes) }
}

@Suite struct LawTests {
  @Test func stateWrittenAndReadContinuesWithTheSameBytes() throws {
    let items = stream()
    var whole = try Bench()
    for item in items { whole.feed(item) }
    #expect(whole.briefs.count > 30)
    #expect(whole.briefs.contains { $0.status == .retracted })
    for cut in stride(from: 0, through: items.count, by: 9) {
      var parts = try Bench()
      for item in items[..<cut] { parts.feed(item) }
      let bytes = parts.checkpoint
      var reader = StateReader(bytes)
      parts.state = try Curate.State(from: &reader)
      #expect(reader.isAtEnd)
      #expect(parts.checkpoint == bytes)
      for item in items[cut...] { parts.feed(item) }
      #expect(parts.output == whole.output, "cut at \(cut)")
      #expect(parts.checkpoint == whole.checkpoint)
    }
  }

  @Test(arguments: [1, 7, 1000]) func anySplitOfTheInputGivesTheSameBytes(size: Int) throws {
    let items = stream()
    var whole = try Bench()
    for item in items { whole.feed(item) }
    // A sink of its own for each call, and the bytes one behind the other.
    var parts = try Bench()
    var values: [[UInt8]] = []
    for first in stride(from: 0, to: items.count, by: size) {
      for item in items[first..<min(items.count, first + size)] { parts.feed(item) }
      values += parts.records(.briefs)
      parts.sink.removeRecords()
    }
    #expect(values == whole.records(.briefs))
  }

  @Test func everyRecordIsCanonicalJSONWithinBounds() throws {
    var bench = try Bench()
    for item in stream() { bench.feed(item) }
    for value in bench.records(.briefs) {
      let document = try JSONDocument(value)
      #expect(document.canonicalBytes == value)
      let content = document.member("content", of: document.root)
      #expect(document.elements(of: document.member("evidence", of: content)).count <= 24)
      #expect(document.elements(of: document.member("event_ids", of: document.root)).count <= Story.mostEvents)
    }
    #expect(bench.records(.deadletters).isEmpty)
  }

  @Test func damagedStateIsRefused() throws {
    var bench = try Bench()
    bench.feed(Samples.exploit.banded(.instant))
    let bytes = bench.checkpoint
    for length in 0..<bytes.count {
      var reader = StateReader(Array(bytes[..<length]))
      #expect(throws: ProwziError.self) { try Curate.State(from: &reader) }
    }
  }
}
