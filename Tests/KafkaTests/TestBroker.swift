import Glibc
import Kafka
import Model
import Ports
import Runtime

/// `broker.py` as a process of its own: transactions, groups and faults, as a real broker has them.
final class TestBroker: Sendable {
  let address: String
  private let child: pid_t
  private let folder = TemporaryFolder()

  /// - Parameter words: the script's options.
  init(_ words: [String] = []) {
    let output = folder.path + "/address"
    let control = folder.path + "/control"
    precondition(mkfifo(control, 0o600) == 0, "a fifo can be made")
    child = Process.start(
      ["/usr/bin/env", "python3", Place.package + "/Tests/KafkaTests/broker.py", "--control", control] + words, output: output)
    var line = ""
    for _ in 0..<1000 where !line.hasSuffix("\n") {
      usleep(10_000)
      line = Process.text(of: output)
    }
    precondition(line.hasSuffix("\n"), "the test broker starts: \(line)")
    address = String(line.dropLast())
  }

  deinit {
    kill(child, SIGKILL)
    _ = Process.wait(child)
  }

  /// See the script for the commands.
  func tell(_ command: String) {
    guard let file = fopen(folder.path + "/control", "w") else { preconditionFailure("the fifo is there") }
    fputs(command + "\n", file)
    fclose(file)
  }

  /// The settings that a topic has on it.
  func settings(of topic: String) -> String {
    let file = folder.path + "/settings"
    tell("dump \(topic) \(file)")
    for _ in 0..<500 where access(file, R_OK) != 0 { usleep(10_000) }
    defer { unlink(file) }
    return Process.text(of: file)
  }

  /// The pipeline's topics on it, with the signals ingested.
  func prepared(partitions: Int = Embedded.partitions) throws(ProwziError) -> Cluster {
    let settings = try KafkaSettings(bootstrap: address)
    _ = try Cluster.make(settings, partitions: partitions, events: KafkaEvents())
    let cluster = try open(address)
    try cluster.begin(with: .builtIn(), now: Timestamp(milliseconds: 0))
    try ingest(into: cluster)
    return cluster
  }
}
