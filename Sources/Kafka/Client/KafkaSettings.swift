import CKafka
import Glibc
import Model

/// How to reach a cluster: librdkafka's own settings by their own names, checked before anything connects.
public struct KafkaSettings: Sendable {
  /// Given settings in order; a later one of the same name wins.
  private(set) var properties: [(name: String, value: String)] = []
  /// How long an operation is tried while no broker answers.
  public var patience = Duration.seconds(120)
  /// How long the first contact may take.
  public var connectPatience = Duration.seconds(8)

  /// - Parameter bootstrap: `host:port`, several separated by commas.
  public init(bootstrap: String) throws(ProwziError) {
    for part in bootstrap.split(separator: ",", omittingEmptySubsequences: false) {
      let address = part.split(separator: "/").last ?? ""
      guard let colon = address.lastIndex(of: ":") ?? address.indices.last.map({ address.index(after: $0) }), colon > address.startIndex,
        colon == address.endIndex || (1...65535).contains(Int(address[address.index(after: colon)...]) ?? 0)
      else {
        throw ProwziError(
          "kafka.bad_address", "a cluster's address is HOST:PORT, several separated by commas", place: bootstrap,
          advice: "Write it like kafka.example.com:9092.")
      }
    }
    properties.append(("bootstrap.servers", bootstrap))
  }

  /// The addresses of the brokers to ask first.
  public var bootstrap: String { value(of: "bootstrap.servers") ?? "" }

  func value(of name: String) -> String? { properties.last { $0.name == name }?.value }

  // MARK: Taking settings

  /// Takes one setting as librdkafka's users know it, with or without `kafka.` before its name.
  ///
  /// A value `env:NAME` is taken from the environment, `file:PATH` from a file (its last line break dropped): for secrets, which do not belong on a
  /// command line.
  /// - Throws: `kafka.unknown_setting` with the nearest known one, `kafka.bad_setting`, `kafka.reserved_setting`, `kafka.no_secret`.
  public mutating func set(_ given: String, _ value: String, place: String) throws(ProwziError) {
    let name = given.hasPrefix("kafka.") ? String(given.dropFirst("kafka.".count)) : given
    guard KafkaProperties.role(of: name) != nil else {
      throw ProwziError(
        "kafka.unknown_setting", "the Kafka library has no setting '\(name)'", place: place,
        advice: Nearest.word(to: name, among: KafkaProperties.all.map(\.name)).map { "Did you mean '\($0)'?" }
          ?? "librdkafka's CONFIGURATION.md lists them.")
    }
    if let ours = KafkaProperties.ours.first(where: { $0.name == name }) {
      throw ProwziError(
        "kafka.reserved_setting", "Prowzi sets '\(name)' itself: \(ours.reason)", place: place, advice: "Leave it out.")
    }
    let resolved = try Self.resolve(value, name: name, place: place)
    try Self.check(name, resolved, place: place)
    properties.append((name, resolved))
  }

  /// Takes a file of settings: a `name=value` a line; empty lines and lines that begin with `#` are passed over.
  public mutating func read(file path: String) throws(ProwziError) {
    for (number, line) in try Self.text(of: path, place: path).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let trimmed = Self.trim(line)
      if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
      try setPair(trimmed, place: "\(path), line \(number + 1)")
    }
  }

  /// Takes `name=value`.
  public mutating func setPair(_ pair: String, place: String) throws(ProwziError) {
    guard let equals = pair.firstIndex(of: "=") else {
      throw ProwziError("kafka.bad_setting", "a setting is name=value", place: place, advice: "Write it like security.protocol=sasl_ssl.")
    }
    try set(Self.trim(pair[..<equals]), Self.trim(pair[pair.index(after: equals)...]), place: place)
  }

  private static func trim(_ text: some StringProtocol) -> String {
    let blank: Set<Character> = [" ", "\t", "\r", "\r\n"]
    let start = text.drop { blank.contains($0) }
    return String(String(start.reversed().drop { blank.contains($0) }.reversed()))
  }

  private static func resolve(_ value: String, name: String, place: String) throws(ProwziError) -> String {
    if value.hasPrefix("env:") {
      let variable = String(value.dropFirst(4))
      guard let found = getenv(variable) else {
        throw ProwziError(
          "kafka.no_secret", "the environment has no \(variable), which '\(name)' is to be taken from", place: place, advice: "Set it.")
      }
      return String(cString: found)
    }
    guard value.hasPrefix("file:") else { return value }
    var text = try text(of: String(value.dropFirst(5)), place: place)
    while text.hasSuffix("\n") || text.hasSuffix("\r") || text.hasSuffix("\r\n") { text.removeLast() }
    return text
  }

  private static func text(of path: String, place: String) throws(ProwziError) -> String {
    guard let file = fopen(path, "r") else {
      throw ProwziError(
        "kafka.no_secret", "\(path) cannot be read", place: place, advice: "Check the path and its permissions.",
        cause: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    while bytes.count < 1 << 20 {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { break }
      bytes += block[..<count]
    }
    return bytes.displayText
  }

  /// Lets the library judge a value. Its own message may hold the value, so that of a secret is not passed on.
  private static func check(_ name: String, _ value: String, place: String) throws(ProwziError) {
    let configuration = rd_kafka_conf_new()
    defer { rd_kafka_conf_destroy(configuration) }
    var message = [CChar](repeating: 0, count: 512)
    guard rd_kafka_conf_set(configuration, name, value, &message, message.count) != RD_KAFKA_CONF_OK else { return }
    throw ProwziError(
      "kafka.bad_setting", "the Kafka library refuses the value of '\(name)'", place: place,
      advice: "librdkafka's CONFIGURATION.md says what it may be.",
      cause: KafkaProperties.isSecret(name) ? nil : String(buffer: message))
  }
}
