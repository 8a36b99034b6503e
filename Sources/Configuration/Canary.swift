import JSON
import Model
import Scorers

/// A second scorer that judges a share of the events, chosen by their ids.
///
/// *Shape*: `{"scorer": <a whole scorer document>, "percent": 0…100 with at most two decimals, "salt": text}`.
/// *Determinism*: an event's place among ten thousand follows from its id and the salt alone, so every replay assigns alike; raising the share
/// keeps the events that were assigned already.
public struct Canary: Sendable {
  public let scorer: CompiledScorer
  /// The share in hundredths of a percent, 0…10,000.
  public let share: Int
  public let salt: String
  private let seed: UInt64

  /// The share in percent.
  public var percent: Double { Double(share) / 100 }

  init(_ reader: inout SectionReader) throws(ProwziError) {
    scorer = try CompiledScorer(section: try reader.section("scorer"))
    let percent = try reader.number("percent", in: 0...100)
    let hundredths = (percent * 100).rounded()
    guard (percent * 100 - hundredths).magnitude < 1e-6 else { throw reader.error("percent", "a percentage has at most two decimals") }
    share = Int(hundredths)
    salt = try reader.text("salt")
    guard salt.utf8.count <= 200 else { throw reader.error("salt", "a salt has at most 200 bytes") }
    seed = Fingerprint.of(salt)
    try reader.finish()
  }

  /// Whether the canary judges this event.
  @inlinable public func judges(_ id: EventID) -> Bool { place(of: id) < share }

  /// The event's place among ten thousand.
  @usableFromInline func place(of id: EventID) -> Int {
    let hash = Fingerprint.combine(Fingerprint.combine(seed, id.high), id.low)
    return Int(hash.multipliedFullWidth(by: 10_000).high)
  }
}
