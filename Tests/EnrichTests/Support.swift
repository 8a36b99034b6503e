import Configuration
import Events
import Model
import Stages
import State
import TestSupport
import Testing
import TextFeatures

@testable import Enrich

/// The built-in configuration.
func builtIn() -> CompiledConfiguration {
  do {
    return try CompiledConfiguration.builtIn()
  } catch {
    preconditionFailure("the built-in configuration is valid: \(error)")
  }
}

/// Enrich folded by hand.
final class Fold {
  let configuration = builtIn()
  var state = Enrich().initialState()
  var sink = RecordSink()

  func step(_ event: Event) -> EnrichedEvent {
    var event = event
    var outputs: [EnrichedEvent] = []
    let context = StepContext(
      partition: PartitionIndex(0), offset: event.rawOffset, observedAt: event.observedAt, configuration: configuration)
    sink.begin(partition: PartitionIndex(0), offset: event.rawOffset)
    Enrich().step(&event, state: &state, context: context, outputs: &outputs, records: &sink)
    return outputs[0]
  }

  var stateBytes: [UInt8] {
    var writer = StateWriter()
    state.write(to: &writer)
    return writer.bytes
  }

  /// Goes on from the written state.
  func reload() throws {
    var reader = StateReader(stateBytes)
    state = try Enrich.State(from: &reader)
    #expect(reader.isAtEnd)
  }
}

/// Embeds texts one after the other with one embedder and one frequency state.
final class EmbeddingBench {
  var embedder = Embedder()
  var frequency = WordFrequency()
  let settings = builtIn().enrich

  func embed(_ title: String, _ body: String = "") -> Embedding? {
    var list = TokenList()
    list.read(Array((title + "\n" + body).utf8))
    embedder.begin()
    embedder.add(list, titleEnd: title.utf8.count, frequency: frequency, settings: settings)
    return embedder.finish(minimumWords: settings.minimumWords)
  }
}

func cosine(_ a: Embedding, _ b: Embedding) -> Double {
  var dot = 0
  for k in 0..<Embedding.dimensions { dot += Int(a.values[k]) * Int(b.values[k]) }
  return Double(dot) / (a.length * b.length)
}
