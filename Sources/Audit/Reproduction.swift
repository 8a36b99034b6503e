import Inspect
import Model

/// What folding again says about a recorded record.
public enum Reproduction: Sendable, Equatable {
  /// The same key, value, headers and timestamp, byte for byte.
  case reproduced
  /// Folding again makes another record. Pointers begin with the record's part: `/value/total_evi`, `/headers/prowzi-config`.
  case different([JSONDifference])
  /// Folding again makes no such record.
  case notMade
  /// It could not be folded again, and why.
  case unchecked(String)

  public var isReproduced: Bool { self == .reproduced }

  public var isDifferent: Bool {
    switch self {
    case .different, .notMade: true
    case .reproduced, .unchecked: false
    }
  }

  public var name: String {
    switch self {
    case .reproduced: "reproduced"
    case .different: "different"
    case .notMade: "not_made"
    case .unchecked: "unchecked"
    }
  }

  /// Holds a recorded record against the one that folding again made. Where they lie does not count.
  public static func compare(recorded: LogRecord, made: LogRecord?) -> Reproduction {
    guard let made else { return .notMade }
    var found: [JSONDifference] = []
    if recorded.timestamp != made.timestamp {
      found.append(JSONDifference(pointer: "/timestamp", old: recorded.timestamp.rfc3339, new: made.timestamp.rfc3339))
    }
    if recorded.key != made.key {
      found.append(JSONDifference(pointer: "/key", old: recorded.key?.displayText, new: made.key?.displayText))
    }
    found += headers(recorded.headers, made.headers)
    if recorded.value != made.value { found += values(recorded.value ?? [], made.value ?? []) }
    return found.isEmpty ? .reproduced : .different(found)
  }

  private static func headers(_ recorded: [LogRecord.Header], _ made: [LogRecord.Header]) -> [JSONDifference] {
    if recorded == made { return [] }
    var found: [JSONDifference] = []
    for index in 0..<max(recorded.count, made.count) {
      let old = index < recorded.count ? recorded[index] : nil
      let new = index < made.count ? made[index] : nil
      guard old != new else { continue }
      let isSameName = old?.name == new?.name
      func text(_ header: LogRecord.Header?) -> String? {
        header.map { isSameName ? ($0.value?.displayText ?? "null") : "\($0.name): \($0.value?.displayText ?? "null")" }
      }
      found.append(JSONDifference(pointer: "/headers/\(isSameName ? old?.name ?? "" : String(index))", old: text(old), new: text(new)))
    }
    return found
  }

  /// Member by member where both are JSON, else from shortly before the first byte that differs.
  private static func values(_ recorded: [UInt8], _ made: [UInt8]) -> [JSONDifference] {
    if let members = JSONDifference.list(recorded, made), !members.isEmpty {
      return members.map { JSONDifference(pointer: "/value\($0.pointer)", old: $0.old, new: $0.new) }
    }
    let first = zip(recorded, made).enumerated().first { $1.0 != $1.1 }?.offset ?? min(recorded.count, made.count)
    func excerpt(_ bytes: [UInt8]) -> String { Array(bytes[max(0, first - 20)..<min(bytes.count, first + 60)]).displayText }
    return [JSONDifference(pointer: "/value (byte \(first))", old: excerpt(recorded), new: excerpt(made))]
  }
}
