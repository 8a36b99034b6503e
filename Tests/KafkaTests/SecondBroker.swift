import Glibc
import JSON
import Model
import Stages

/// The broker that `ops/kafka` starts: written by others, and talked to through the newer library that it needs.
final class SecondBroker: Sendable {
  let address: String
  private let directory: String
  /// A folder with a library that can talk to it.
  static let library: String = {
    let found = Process.run([script, "library"])
    precondition(found.status == 0, "ops/kafka has a library: \(found.output)")
    return found.output.split(separator: "\n").last.map(String.init) ?? ""
  }()
  private static let script = Place.package + "/ops/kafka"

  init() {
    let started = Process.run(["/usr/bin/env", "PROWZI_KAFKA_GUARD=\(getpid())", Self.script, "start"])
    let words = started.output.split(separator: "\n").last?.split(separator: " ") ?? []
    precondition(started.status == 0 && words.count == 2, "ops/kafka starts a broker: \(started.output)")
    (directory, address) = (String(words[0]), String(words[1]))
  }

  deinit { _ = Process.run([Self.script, "remove", directory]) }

  /// Runs the program against it. This broker counts batches where it should count records, so each record is sent in one.
  func prowzi(_ words: String..., oneByOne: Bool = true) -> Process.Result {
    Process.run(
      ["/usr/bin/env", "LD_LIBRARY_PATH=\(Self.library)", Process.prowzi] + words
        + (oneByOne ? ["--kafka-set", "batch.num.messages=1"] : []))
  }

  /// Count and digest of every derived partition as `prowzi status` tells them, in the form of `derivedLines`.
  func derivedLines() -> [String] {
    let status = prowzi("status", "--kafka", address, "--format", "json")
    var found: [String: String] = [:]
    for line in status.output.split(separator: "\n") {
      guard let json = try? JSONDocument([UInt8](text: String(line))), let topic = json.string(json.member("topic", of: json.root)),
        let name = TopicName(topic), let partition = json.int(json.member("partition", of: json.root)),
        let records = json.int(json.member("records", of: json.root)), let digest = json.string(json.member("digest", of: json.root))
      else { continue }
      let target = TopicPartition(topic: name, partition: PartitionIndex(Int32(partition)))
      found["\(target)"] = "\(target) \(records) \(digest)"
    }
    return DerivedTopic.allCases.flatMap { topic in
      (0..<Embedded.partitions).map { "\(TopicPartition(topic: topic.name, partition: PartitionIndex($0)))" }
    }.map { found[$0] ?? "\($0) is missing: \(status.output)" }
  }
}
