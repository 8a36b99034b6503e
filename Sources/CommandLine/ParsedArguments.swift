public import Model

/// The values of one command line, by the names that its command declares.
///
/// Asking for a name that the command does not declare is a programmer's mistake and traps. A value that is not what a getter reads
/// is `usage.bad_value`, which names the option (or the variable it came from), the value and what would do.
public struct ParsedArguments: Sendable {
  private let command: Command
  private let place: String
  private let values: [String: [String]]
  private let given: Set<String>
  private let flags: Set<String>
  private let positionals: [String]
  private let sources: [String: String]

  init(
    command: Command, place: String, values: [String: [String]], given: Set<String>, flags: Set<String>, positionals: [String],
    sources: [String: String]
  ) {
    self.command = command
    self.place = place
    self.values = values
    self.given = given
    self.flags = flags
    self.positionals = positionals
    self.sources = sources
  }

  /// Whether a flag was given.
  public func flag(_ name: String) -> Bool {
    precondition(command.options.contains { $0.name == name && $0.isFlag }, "\(command.name) declares no flag --\(name)")
    return flags.contains(name)
  }

  /// Whether an option's value stands on the command line, and is not its default or from the environment.
  public func isGiven(_ name: String) -> Bool { given.contains(name) }

  /// An option's value; `nil` where it has none.
  public func string(_ name: String) -> String? { strings(name).last }

  /// The values of a repeated option, in order.
  public func strings(_ name: String) -> [String] {
    precondition(command.options.contains { $0.name == name && !$0.isFlag }, "\(command.name) declares no option --\(name)")
    return values[name] ?? []
  }

  /// The value of an option that is required or has a default.
  public func required(_ name: String) -> String {
    guard let value = string(name) else { preconditionFailure("--\(name) is neither required nor has it a default") }
    return value
  }

  /// A positional argument; `nil` where an optional one was not given. Of a repeated one, the first.
  public func argument(_ name: String) -> String? { arguments(name).first }

  /// The values of a positional argument, in order.
  public func arguments(_ name: String) -> [String] {
    guard let index = command.arguments.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("\(command.name) declares no argument <\(name)>")
    }
    guard index < positionals.count else { return [] }
    return command.arguments[index].isRepeated ? Array(positionals[index...]) : [positionals[index]]
  }

  /// A whole number within bounds.
  public func integer(_ name: String, in bounds: ClosedRange<Int>) throws(ProwziError) -> Int? {
    try read(name, "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)") { text in
      Int(text).flatMap { bounds.contains($0) ? $0 : nil }
    }
  }

  /// RFC 3339, a day, or milliseconds since 1970.
  public func timestamp(_ name: String) throws(ProwziError) -> Timestamp? {
    try read(name, "a time such as 2026-02-21T03:52:18Z, 2026-02-21 or milliseconds since 1970") { Timestamp.readArgument($0) }
  }

  /// A duration, in milliseconds.
  public func duration(_ name: String) throws(ProwziError) -> Int64? {
    try read(name, "a duration such as 500ms, 90s, 15m, 24h, 7d or 1h30m") { Quantity.milliseconds($0) }
  }

  /// A number of bytes.
  public func byteCount(_ name: String) throws(ProwziError) -> Int? {
    try read(name, "a size such as 4096, 64KiB, 256MiB or 1GB") { Quantity.bytes($0) }
  }

  /// One of an enumeration's raw values. Declare the option with those as choices.
  public func choice<Value: RawRepresentable & CaseIterable>(_ name: String, of type: Value.Type) throws(ProwziError) -> Value?
  where Value.RawValue == String {
    try read(name, "one of " + type.allCases.map(\.rawValue).joined(separator: ", ")) { Value(rawValue: $0) }
  }

  /// The parts of a list written with commas, blanks around them cut, of all values together. Empty parts do not count.
  public func list(_ name: String) -> [String] {
    strings(name).flatMap { $0.split(separator: ",") }.map { part in
      String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }.filter { !$0.isEmpty }
  }

  /// Reads a value with a caller's reader.
  /// - Parameter expected: what would do, such as `a whole number`.
  public func read<Value>(_ name: String, _ expected: String, _ reader: (String) -> Value?) throws(ProwziError) -> Value? {
    guard let text = string(name) else { return nil }
    guard let value = reader(text) else {
      let giver = sources[name] ?? "--\(name)"
      throw ProwziError(.badValue, "\(giver) cannot be '\(text)'", place: place, advice: "Give \(expected)")
    }
    return value
  }
}

/// Reads numbers with units.
public enum Quantity {
  /// `500ms`, `90s`, `15m`, `24h`, `7d`, and sums such as `1h30m`. A number without a unit is refused, but for 0.
  public static func milliseconds(_ text: String) -> Int64? {
    if text == "0" { return 0 }
    return sum(text) { unit in
      switch unit {
      case "ms": 1
      case "s": .second
      case "m", "min": .minute
      case "h": .hour
      case "d": .day
      default: nil
      }
    }
  }

  /// `4096`, `64KiB`, `256MiB`, `1GB`: powers of 1024 with an i, of 1000 without. Case does not matter.
  public static func bytes(_ text: String) -> Int? {
    if let plain = Int(text) { return plain >= 0 ? plain : nil }
    let value = sum(text) { unit in
      switch unit.lowercased() {
      case "b": 1
      case "k", "kb": 1000
      case "kib": 1 << 10
      case "m", "mb": 1_000_000
      case "mib": 1 << 20
      case "g", "gb": 1_000_000_000
      case "gib": 1 << 30
      case "tb": 1_000_000_000_000
      case "tib": 1 << 40
      default: nil
      }
    }
    return value.map(Int.init)
  }

  private static func sum(_ text: String, unit: (String) -> Int64?) -> Int64? {
    var rest = Array(text.utf8)[...]
    var total: Int64 = 0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      rest = rest.dropFirst(digits.count)
      let letters = rest.prefix { !(0x30...0x39).contains($0) }
      rest = rest.dropFirst(letters.count)
      guard let number = Int64(String(decoding: digits, as: UTF8.self)), let factor = unit(String(decoding: letters, as: UTF8.self)) else {
        return nil
      }
      let (product, overflowed) = number.multipliedReportingOverflow(by: factor)
      let (next, overflowedToo) = total.addingReportingOverflow(product)
      guard !overflowed, !overflowedToo else { return nil }
      total = next
    }
    return total
  }
}
