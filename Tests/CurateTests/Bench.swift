import Configuration
import Events
import Foundation
import JSON
import Model
import RecordFormat
import Stages
import State
import TestSupport

@testable import Curate

/// Curate with its state, fed by hand.
struct Bench {
  var state = Curate().initialState()
  var sink = RecordSink()
  var briefs: [Brief] = []
  var configuration: CompiledConfiguration

  /// - Parameter changes: text in the default configuration, and what to put in its place.
  init(_ changes: [(String, String)] = []) throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Configuration/Data/default.json")
    var text = try String(contentsOf: path, encoding: .utf8)
    for (old, new) in changes {
      precondition(text.contains(old), "the default configuration has no \(old)")
      text = text.replacing(old, with: new)
    }
    configuration = try CompiledConfiguration(document: Array(text.utf8))
    sink.use(configurationDigest: configuration.digest)
  }

  private func context(_ time: Timestamp, _ offset: Offset) -> StepContext {
    StepContext(partition: PartitionIndex(3), offset: offset, observedAt: time, configuration: configuration)
  }

  /// - Returns: the briefs that this event made.
  @discardableResult
  mutating func feed(_ banded: BandedEvent) -> [Brief] {
    var input = banded
    let event = banded.scored.enriched.event
    sink.begin(partition: event.rawPartition, offset: event.rawOffset)
    var made: [Brief] = []
    Curate().step(&input, state: &state, context: context(event.observedAt, event.rawOffset), outputs: &made, records: &sink)
    briefs += made
    return made
  }

  @discardableResult
  mutating func control(_ control: Control, at milliseconds: Int64, offset: Int64 = 999) -> [Brief] {
    sink.begin(partition: PartitionIndex(3), offset: Offset(offset))
    var made: [Brief] = []
    let place = context(Timestamp(milliseconds: milliseconds), Offset(offset))
    Curate().control(control, state: &state, context: place, outputs: &made, records: &sink)
    briefs += made
    return made
  }

  func records(_ topic: DerivedTopic) -> [[UInt8]] {
    let buffer = sink.buffers[topic.rawValue]
    return buffer.records.map { Array(buffer.bytes[$0.value!]) }
  }

  /// State as bytes.
  var checkpoint: [UInt8] {
    var writer = StateWriter()
    state.write(to: &writer)
    return writer.bytes
  }
}

/// 2026-01-01T00:00:00Z.
let start: Int64 = 1_767_225_600_000

/// A brief from one event alone.
func brief(_ event: BandedEvent) throws -> Brief {
  var bench = try Bench()
  bench.feed(event)
  guard let brief = bench.briefs.first else { throw Missing() }
  return brief
}

struct Missing: Error {}
