import Configuration
import Events
import JSON
import Model
import Stages

/// A record in `prowzi.raw` that governs the fold instead of feeding it.
///
/// *Shape*: `ce_type` is `io.prowzi.control.` and a name, the value is JSON. `config`: a whole configuration document. `tick`: `{}`; the record's
/// timestamp is the news. `retract`: `{"event_id": …, "reason": …}`.
public enum FoldControl {
  case configuration(CompiledConfiguration)
  case stage(Control)

  public static let typePrefix = "io.prowzi.control."
  public static let configurationType = typePrefix + "config"
  public static let tickType = typePrefix + "tick"
  public static let retractType = typePrefix + "retract"

  /// Reads a control record.
  /// - Throws: a rejection for a type nobody knows or a value that is not valid; the fold goes on without it.
  public init(_ type: String, value: [UInt8]) throws(Rejection) {
    switch type {
    case Self.configurationType:
      do {
        self = .configuration(try CompiledConfiguration.shared(document: value))
      } catch {
        throw Rejection("control.bad_config", error.message + (error.place.map { " [\($0)]" } ?? ""), at: 0)
      }
    case Self.tickType: self = .stage(.tick)
    case Self.retractType:
      let document: JSONDocument
      do {
        document = try JSONDocument(value)
      } catch {
        throw Rejection("parse.json", "the control record is not JSON", at: error.byte)
      }
      guard let text = document.string(document.member("event_id", of: document.root)), let id = EventID(text) else {
        throw Rejection("schema.missing_field", "a retraction needs an event_id", at: 0)
      }
      self = .stage(.retract(event: id, reason: document.string(document.member("reason", of: document.root)) ?? ""))
    default: throw Rejection("control.unknown", "there is no control record of type \(type)", at: 0)
    }
  }
}
