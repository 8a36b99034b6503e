import CommandLine
import Compression
import Kafka
import Model
import Ports
import Runtime

/// The options of commands that work on a cluster as well as on a data directory.
enum KafkaOptions {
  static let cluster = Command.Option.value(
    "kafka", "HOST:PORT", "A Kafka cluster instead of a data directory; several brokers separated by commas")
  static let file = Command.Option.value("kafka-config", "FILE", "Settings of the Kafka library, a name=value a line")
  static let setting = Command.Option.value(
    "kafka-set", "NAME=VALUE", "One setting of the Kafka library; a value env:NAME or file:PATH is taken from there", isRepeated: true)

  static let all = [cluster, file, setting]

  /// What `--kafka` and the options beside it say; `nil` where there is no `--kafka`.
  static func settings(_ arguments: ParsedArguments) throws(ProwziError) -> KafkaSettings? {
    guard let bootstrap = arguments.string("kafka") else {
      for name in ["kafka-config", "kafka-set"] where !arguments.strings(name).isEmpty {
        throw ProwziError("usage.missing_option", "--\(name) goes with --kafka", place: "prowzi", advice: "Give --kafka HOST:PORT, too")
      }
      return nil
    }
    return try settings(bootstrap, arguments)
  }

  static func settings(_ bootstrap: String, _ arguments: ParsedArguments) throws(ProwziError) -> KafkaSettings {
    var settings = try KafkaSettings(bootstrap: bootstrap)
    if let file = arguments.string("kafka-config") { try settings.read(file: file) }
    for pair in arguments.strings("kafka-set") { try settings.setPair(pair, place: "--kafka-set") }
    return settings
  }

  static func events() -> KafkaEvents { KafkaEvents(notice: { Notice.tell($0) }) }

  /// The refusal of commands that need files beside the log.
  static func embeddedOnly(_ command: String) -> ProwziError {
    ProwziError(
      "usage.embedded_only", "'prowzi \(command)' works on an embedded log only", place: "--kafka",
      advice: "Copy the cluster's history with 'prowzi mirror' and name the copy with --data")
  }
}

extension ParsedArguments {
  /// The log that a command is about: the cluster of `--kafka`, or the data directory, which must be there.
  func place() throws(ProwziError) -> any LogPlace {
    guard let settings = try KafkaOptions.settings(self) else { return try directory() }
    return try Cluster(settings, compressor: LibraryCompressor(), events: KafkaOptions.events())
  }
}
