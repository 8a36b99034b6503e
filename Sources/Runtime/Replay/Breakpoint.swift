import Events
import JSON
import Model
import RecordFormat
import Stages

/// Where stepping through a replay stops.
public enum Breakpoint: Sendable, Equatable, CustomStringConvertible {
  case band(String)
  case entity(String)
  case kind(String)
  case source(String)
  case event(EventID)
  /// The first raw record observed at this time or later.
  case time(Timestamp)
  case deadLetter

  /// Reads `band=instant`, `entity=solana`, `kind=exploit`, `source=arxiv_daily`, `event=ID`, `time=TIME` or `deadletter`.
  /// - Throws: `replay.bad_breakpoint` with what would do.
  public init(_ text: String) throws(ProwziError) {
    func bad(_ advice: String) -> ProwziError {
      ProwziError("replay.bad_breakpoint", "nothing can stop at '\(text)'", advice: advice)
    }
    if text == "deadletter" {
      self = .deadLetter
      return
    }
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw bad("Give band=, entity=, kind=, source=, event= or time= with a value, or deadletter")
    }
    switch parts[0] {
    case "band":
      guard UrgencyBand(name: parts[1]) != nil else {
        throw bad("Bands are \(UrgencyBand.allCases.map { "\($0.name)" }.joined(separator: ", "))")
      }
      self = .band(parts[1])
    case "kind":
      guard Kind(name: parts[1]) != nil else { throw bad("Kinds are \(Kind.allCases.map { "\($0.name)" }.joined(separator: ", "))") }
      self = .kind(parts[1])
    case "entity": self = .entity(parts[1].lowercased())
    case "source": self = .source(parts[1])
    case "event":
      guard let id = EventID(parts[1]) else { throw bad("Give an event's id, such as 019cda31-7400-8874-876c-5530f0f052f3") }
      self = .event(id)
    case "time":
      guard let time = Timestamp.readArgument(parts[1]) else { throw bad("Give a time such as 2026-02-21T03:52:18Z") }
      self = .time(time)
    default: throw bad("Give band=, entity=, kind=, source=, event= or time= with a value, or deadletter")
    }
  }

  public var description: String {
    switch self {
    case .band(let name): "band=\(name)"
    case .entity(let name): "entity=\(name)"
    case .kind(let name): "kind=\(name)"
    case .source(let name): "source=\(name)"
    case .event(let id): "event=\(id)"
    case .time(let time): "time=\(time)"
    case .deadLetter: "deadletter"
    }
  }

  /// Whether a step is one to stop at.
  func isHit(by step: ReplayStep) -> Bool {
    switch self {
    case .time(let time): return step.time >= time
    case .deadLetter: return step.made.contains { $0.topic == .deadletters }
    case .band(let name): return step.values(of: .banded) { $0.string($0.member("band", of: $0.root)) == name }
    case .kind(let name): return step.values(of: .normalized) { $0.string($0.member("kind", of: $0.root)) == name }
    case .source(let name): return step.source == name
    case .event(let id):
      return DerivedTopic.allCases.contains { topic in
        step.values(of: topic) { json in
          json.string(json.member("event_id", of: json.root)) == id.text
            || json.elements(of: json.member("event_ids", of: json.root)).contains { json.string($0) == id.text }
        }
      }
    case .entity(let name):
      // A step without enrichment is a repeat or a rejection, and names nothing.
      return step.values(of: .enriched) { json in
        json.elements(of: json.value(at: "payload.extracted.entities", from: json.root)).contains {
          json.string(json.member("id", of: $0))?.lowercased() == name
        }
      }
    }
  }
}

extension ReplayStep {
  /// Whether one of a topic's values is as asked.
  fileprivate func values(of topic: DerivedTopic, _ isWanted: (JSONDocument) -> Bool) -> Bool {
    for (other, buffer) in made where other == topic {
      for record in buffer.records {
        guard let value = record.value, let json = try? JSONDocument(Array(buffer.bytes[value])) else { continue }
        if isWanted(json) { return true }
      }
    }
    return false
  }
}
