import Configuration
import Inspect
import JSON
import Model
import Ports
import Stages

extension AuditReport {
  /// The raw records from which the chain's records were made, by partition and offset, each once.
  public var causes: [Coordinates] {
    var found: [Coordinates] = []
    for step in steps {
      if let place = step.rawPlace, place.topic == .raw, !found.contains(place) { found.append(place) }
    }
    return found.sorted { $0.partition == $1.partition ? $0.offset < $1.offset : $0.partition < $1.partition }
  }

  /// Holds every derived record of the chain against what folding its raw record again made.
  ///
  /// Records are matched by topic and by the header that names their cause, which is theirs alone.
  /// - Parameters:
  ///   - made: everything that the raw records of `causes` make.
  ///   - unfolded: the raw records that could not be folded again, and why.
  public mutating func compare(with made: [LogRecord], unfolded: [(place: Coordinates, reason: String)]) {
    func result(_ step: ChainStep) -> Reproduction {
      guard let place = step.rawPlace else { return .unchecked("its header does not say which raw record it was made from") }
      if let entry = unfolded.first(where: { $0.place == place }) { return .unchecked(entry.reason) }
      let twin = made.first { $0.place.topic == step.topic.name && $0.header("prowzi-input") == step.input }
      return Reproduction.compare(recorded: step.record, made: twin)
    }
    if let step = brief?.step { brief?.step.reproduction = result(step) }
    for event in events.indices {
      for index in events[event].steps.indices { events[event].steps[index].reproduction = result(events[event].steps[index]) }
    }
    for index in deadLetters.indices { deadLetters[index].step.reproduction = result(deadLetters[index].step) }
  }

  /// The digests of configurations that the chain's headers name, with the raw record before which each was in force, in the order of the chain.
  public var wantedConfigurations: [(short: String, before: Coordinates)] {
    var found: [(short: String, before: Coordinates)] = []
    for step in steps {
      guard let place = step.rawPlace, !step.configuration.isEmpty, !found.contains(where: { $0.short == step.configuration }) else {
        continue
      }
      found.append((step.configuration, place))
    }
    return found
  }

  /// Takes the configurations in, and does the sums again with them.
  public mutating func use(_ configurations: [ConfigurationNode]) {
    self.configurations = configurations
    for index in events.indices {
      guard let evaluation = events[index].evaluation else { continue }
      let short = (events[index].step(.banded) ?? events[index].step(.scored))?.configuration
      let node = configurations.first { $0.short == short && !$0.document.isEmpty }
      events[index].arithmetic = Arithmetic(evaluation, node.flatMap { try? CompiledConfiguration.shared(document: $0.document) })
    }
  }
}
