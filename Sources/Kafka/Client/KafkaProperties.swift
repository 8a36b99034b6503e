import CKafka
import Glibc
import Model

/// The settings that the library knows, read from its own table, so that a newer library brings its own.
enum KafkaProperties {
  enum Role: Sendable { case producer, consumer, both }

  /// By name. Pairs are in the order of the library's table.
  static let all: [(name: String, role: Role)] = {
    var text: UnsafeMutablePointer<CChar>?
    var size = 0
    guard let stream = open_memstream(&text, &size) else { return [] }
    // rdkafka.h: prints a table to an open file: property | C/P | range | default | importance | description.
    rd_kafka_conf_properties_show(stream)
    fclose(stream)
    defer { free(text) }
    guard let text else { return [] }
    var found: [(String, Role)] = []
    for line in String(cString: text).split(separator: "\n") {
      let columns = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
      guard columns.count >= 6, let name = columns[0].split(separator: " ").first, let role = columns[1].first else { continue }
      switch role {
      case "*": found.append((String(name), .both))
      case "C": found.append((String(name), .consumer))
      case "P": found.append((String(name), .producer))
      default: continue
      }
    }
    return found
  }()

  static func role(of name: String) -> Role? { all.first { $0.name == name }?.role }

  /// What Prowzi sets itself, because its promises hang on it, and why.
  static let ours: [(name: String, reason: String)] = [
    ("enable.idempotence", "without it a retry can repeat or reorder records"),
    ("acks", "a record counts when every replica in sync has it"),
    ("transactional.id", "it is made of the pipeline and the partition, so that a second process is fenced"),
    ("isolation.level", "records of transactions that were aborted must not be read"),
    ("group.id", "it is the pipeline's name"),
    ("enable.auto.commit", "positions move only with the records they cause"),
    ("enable.auto.offset.store", "positions move only with the records they cause"),
    ("auto.offset.reset", "a fold that lost its place must say so"),
    ("enable.partition.eof", "reading needs to know where a partition ends"),
    ("partition.assignment.strategy", "partitions are handed over one by one"),
  ]

  /// What is never shown.
  static func isSecret(_ name: String) -> Bool {
    name.contains("password") || name.contains("secret") || name == "ssl.key.pem" || name == "sasl.oauthbearer.config"
      || name == "sasl.kerberos.kinit.cmd"
  }
}
