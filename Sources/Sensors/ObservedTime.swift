public import Model

/// Where a record's observed time is found, and what is believed.
public struct ObservedTimeRule: Sendable, Equatable {
  /// A top-level JSON member, a dotted path of members, or a CSV column; `nil` takes the caller's clock. A whole XML document has no
  /// such field: its entries' dates are theirs, and what was observed is the document, when it was fetched.
  public var field: String?
  /// Later moments are not believed. Nobody observes something before it happens, and one wrong year 9998 would otherwise stop
  /// the stream's clock for good (see `StreamClock`). `nil` believes everything up to year 9999.
  public var latest: Timestamp?

  public init(field: String? = nil, latest: Timestamp? = nil) {
    self.field = field
    self.latest = latest
  }

  /// The two ways to understand the field in JSON: as one name, then as a dotted path.
  var paths: [[[UInt8]]] {
    guard let field else { return [] }
    let whole = [Array(field.utf8)]
    let parts = field.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) }
    return parts.count > 1 ? [whole, parts] : [whole]
  }
}

/// The observed time of one stream, which never goes backwards: observed = max(the stream's previous observed time, the record's own).
///
/// A sensor sees its records in the order of its file, so a record that claims an earlier time than the one before it was seen late, not
/// early; what it says about when it happened stays in its bytes. A record without a good time takes the last good one.
public struct StreamClock: Sendable, Equatable {
  public private(set) var now: Timestamp?

  public init(start: Timestamp? = nil) { now = start }

  /// Moves on to a record.
  /// - Returns: its observed time; `nil` while the stream has had no good time at all.
  public mutating func advance(to own: Timestamp?) -> Timestamp? {
    guard let own else { return now }
    if let now, now > own { return now }
    now = own
    return own
  }
}

/// Reads the texts and numbers that stand for times in records.
enum TimeValue {
  /// Whole numbers from here on (of either sign) are milliseconds since 1970, smaller ones seconds: as seconds this is the year 5138,
  /// as milliseconds March 1973.
  static let millisecondsFrom: Int64 = 100_000_000_000

  enum Outcome: Equatable {
    case time(Timestamp.Reading)
    case problem(TimeProblem)
  }

  /// - Parameter isString: eight digits in a string are a day, a number of eight digits is seconds.
  static func read(_ content: [UInt8], isString: Bool, latest: Timestamp?) -> Outcome {
    if content.allSatisfy({ $0 <= 0x20 }) { return .problem(.missing) }
    let reading: Timestamp.Reading
    if isString, let text = Timestamp.read(content) {
      reading = text
    } else {
      switch number(content) {
      case .some(.some(let milliseconds)): reading = .init(timestamp: Timestamp(milliseconds: milliseconds), isDayOnly: false)
      case .some(.none): return .problem(.outOfRange)
      case .none: return .problem(.unreadable)
      }
    }
    guard reading.timestamp >= .earliest, reading.timestamp <= .latest else { return .problem(.outOfRange) }
    if let latest, reading.timestamp > latest { return .problem(.inTheFuture) }
    return .time(reading)
  }

  /// The milliseconds that a decimal number stands for; the inner `nil` means too large, the outer one no plain decimal number.
  private static func number(_ content: [UInt8]) -> Int64?? {
    var digits = content[...]
    while let first = digits.first, first <= 0x20 { digits.removeFirst() }
    while let last = digits.last, last <= 0x20 { digits.removeLast() }
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits.removeFirst() }
    let parts = digits.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard !parts[0].isEmpty, parts.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }) else { return .none }
    var whole: Int64 = 0
    for digit in parts[0] {
      let (product, overflowed) = whole.multipliedReportingOverflow(by: 10)
      guard !overflowed, product < .max - 9 else { return .some(nil) }
      whole = product + Int64(digit - 0x30)
    }
    if whole < millisecondsFrom {
      var fraction: Int64 = 0
      let decimals = parts.count > 1 ? Array(parts[1].prefix(3)) : []
      for index in 0..<3 { fraction = fraction * 10 + (index < decimals.count ? Int64(decimals[index] - 0x30) : 0) }
      whole = whole * 1000 + fraction
    }
    return .some(isNegative ? -whole : whole)
  }
}
