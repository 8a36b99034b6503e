import Glibc
import JSON
import Model
import Ports
import RecordFormat
import Runtime
import Stages
import Testing

@testable import Kafka

/// The programs of `topics/clients/` print what Prowzi itself says of the same window.
@Suite(.serialized) struct ClientTests {
  private static let folder = TemporaryFolder()
  private static let python: String = {
    let made = Process.run([Place.package + "/ops/python"])
    precondition(made.status == 0, "ops/python makes an environment: \(made.output)")
    return made.output.split(separator: "\n").last.map(String.init) ?? ""
  }()
  /// The C program, compiled as its first lines say.
  private static let compiled: String = {
    let made = Process.shell(
      "cc -std=c11 -Wall -Wextra -Werror -o \"$1\" \"$2\" $(pkg-config --cflags --libs rdkafka)", folder.path + "/briefs",
      Place.package + "/topics/clients/briefs.c")
    precondition(made.status == 0, "topics/clients/briefs.c compiles: \(made.output)")
    return folder.path + "/briefs"
  }()

  /// From the second day on, and to the end of it.
  private static let window = (from: Embedded.start.milliseconds + .day, to: Embedded.start.milliseconds + 2 * .day)

  private func words(_ client: String, _ address: String) -> [String] {
    let clients = Place.package + "/topics/clients/"
    let schema = Place.package + "/topics/prowzi.briefs.json"
    let window = [address, "\(Self.window.from)", "\(Self.window.to)"]
    return switch client {
    case "kcat": [clients + "briefs_kcat.sh"] + window
    case "c": [Self.compiled] + window
    default: [Self.python, clients + "briefs_\(client).py"] + window + [schema]
    }
  }

  /// What Prowzi prints of the window, in the clients' form.
  private func expected(_ output: String) -> [String] {
    output.split(separator: "\n").compactMap { line in
      guard let json = try? JSONDocument([UInt8](text: String(line))), let offset = json.int(json.member("offset", of: json.root)),
        let partition = json.int(json.member("partition", of: json.root)), let key = json.string(json.member("key", of: json.root)),
        let time = json.int(json.member("timestamp", of: json.root)), let value = json.member("value", of: json.root)
      else { return nil }
      var type = "none"
      for header in json.elements(of: json.member("headers", of: json.root)) {
        let pair = json.elements(of: header).map { json.string($0) ?? "" }
        if pair.first == "ce_type" { type = pair[1] }
      }
      // The values are canonical as they are recorded.
      var canonical = JSONWriter()
      json.appendCanonical(value, to: &canonical)
      return "\(partition)\t\(offset)\t\(time)\t\(key)\t\(type)\t\(canonical.bytes.count)"
    }
  }

  /// By partition and offset; clients that read several partitions at once let them take turns.
  private func sorted(_ output: String) -> [String] {
    output.split(separator: "\n").map(String.init).sorted {
      let (a, b) = ($0.split(separator: "\t").prefix(2).compactMap { Int($0) }, $1.split(separator: "\t").prefix(2).compactMap { Int($0) })
      return a.lexicographicallyPrecedes(b)
    }
  }

  @Test(arguments: ["kcat", "confluent", "aiokafka", "c"])
  func aClientPrintsTheBriefsThatProwziReads(client: String) throws {
    let broker = TestBroker()
    let cluster = try broker.prepared()
    try fold(cluster)
    // What was aborted must not be seen, though it lies in the window.
    let partition = PartitionIndex(0)
    var records = RecordBuffer()
    records.append(timestamp: Timestamp(milliseconds: Self.window.from + 1000), key: [65], value: [UInt8](text: "{}"), headers: [])
    try TransactionalProducer(cluster.settings, transactionalID: "somebody", partition: partition, events: KafkaEvents())
      .abandon([.init(target: TopicPartition(topic: DerivedTopic.briefs.name, partition: partition), records: records)]) {}
    let read = Process.run([
      Process.prowzi, "read", "prowzi.briefs", "--kafka", broker.address, "--from", "\(Self.window.from)", "--to", "\(Self.window.to)",
      "--headers", "--format", "json",
    ])
    let lines = expected(read.output)
    #expect(lines.count >= 3, "\(read.output)")
    #expect(lines.allSatisfy { $0.contains("io.prowzi.brief.v1") })
    let printed = Process.run(words(client, broker.address))
    #expect(printed.status == 0, "\(printed.output)")
    #expect(sorted(printed.output) == lines)
  }

  /// On the broker that others wrote, with what it can do: times are looked at record by record, and nothing was aborted.
  @Test func clientsPrintTheSameFromTheSecondBroker() throws {
    let broker = SecondBroker()
    let there = broker.prowzi(
      "mirror", "--from", Embedded.directory.path, "--to", "kafka:\(broker.address)", "--accept", "isolation,concurrency")
    #expect(there.status == 0, "\(there.output)")
    let read = broker.prowzi(
      "read", "prowzi.briefs", "--kafka", broker.address, "--from", "\(Self.window.from)", "--to", "\(Self.window.to)", "--headers",
      "--format", "json")
    let lines = expected(read.output)
    #expect(lines.count >= 3, "\(read.output)")
    for client in ["confluent", "aiokafka", "c"] {
      let printed = Process.run(["/usr/bin/env", "LD_LIBRARY_PATH=\(SecondBroker.library)"] + words(client, broker.address))
      #expect(printed.status == 0, "\(client): \(printed.output)")
      #expect(sorted(printed.output) == lines, "\(client)")
    }
  }
}
