import CommandLine
import Compression
import Configuration
import Disk
import Kafka
import Model
import Ports
import Runtime
import Signatures
import Stages

enum InitCommand: ProgramCommand {
  static let declaration = Command(
    "init", "Makes a data directory, or a pipeline on a Kafka cluster",
    discussion: """
      Makes the topics and writes the built-in configuration into the log. A directory that is one already is left as it is.

      The number of partitions says how many folds can run beside each other; it cannot be changed later, because what belongs together lies in \
      one partition.

      The log gets a name and a key pair (Ed25519) that signs what is appended, so that any change to it can be shown later: see 'prowzi proof'. \
      'prowzi keys list' shows the public key.

      With --kafka the topics are made on a cluster instead, with the settings that the topic files name; those that are there are left as they are, so \
      doing it again completes what was interrupted. Nothing is signed there. Before topics are made it is tried out whether the cluster can do what a \
      pipeline hangs on, as 'prowzi cluster check' does.
      """,
    examples: [
      .init("prowzi init", "Makes ./prowzi-data with 8 partitions"),
      .init("prowzi init --data /srv/prowzi --partitions 4", "Makes a directory elsewhere"),
      .init("prowzi init --name example.com/signals --key /media/key.pem", "Signs under this name with a key kept elsewhere"),
      .init("prowzi init --kafka kafka.example.com:9092 --replication 3", "Makes the topics on a cluster"),
    ],
    options: [
      CommonOptions.data, .value("partitions", "N", "Partitions of each topic, 1 to 256", defaultValue: "8"),
      .value("name", "NAME", "The log's name in signatures, such as example.com/signals; without it one made from the key"),
      ProofSupport.signingKey, .value("replication", "N", "With --kafka: copies of each partition; without it the cluster's default"),
      KafkaOptions.accept, CommonOptions.format,
    ] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let partitions = try arguments.integer("partitions", in: 1...256)
    let outside = try ProofSupport.outsideKey(arguments)
    if let name = arguments.string("name"), !VerifierKey.isName(name) {
      throw ProwziError(
        "usage.bad_value", "a log cannot be named '\(name)'", place: "prowzi init",
        advice: "Use a name such as example.com/signals, without spaces and plus signs, at most 200 bytes")
    }
    let configuration = try CompiledConfiguration.builtIn()
    let replication = try arguments.integer("replication", in: 1...15)
    if let settings = try KafkaOptions.settings(arguments) {
      return try make(settings, arguments, arguments.isGiven("partitions") ? partitions : nil, replication ?? -1, configuration, output)
    }
    // The configuration holds from the beginning of time on, so its record comes before all others in time as it does in place: looking up
    // an offset by time stays right for captures of any year, and two logs of one capture are equal byte for byte.
    let directory = try DataDirectory.create(
      path: arguments.required("data"), partitions: partitions, configuration: configuration, now: Timestamp(milliseconds: 0))
    let key = try KeyStore(directory).create(name: arguments.string("name"), outside: outside)
    let log = try directory.openReader()
    let raw = (0..<directory.partitions).map { TopicPartition(topic: .raw, partition: PartitionIndex($0)) }
    try LogSigner(directory, log: log, key: outside)?.sign(raw)
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("configuration")
          json.string(configuration.digest.hex)
          json.key("data")
          json.string(directory.path)
          json.key("key")
          json.string(key.text)
          json.key("partitions")
          json.number(directory.partitions)
          json.key("topics")
          json.array { json in
            for topic in directory.topics { json.string(topic.name.text) }
          }
        }
      }
    } else {
      output.line(
        "Made \(directory.path): \(directory.topics.count) topics of \(Wording.count(directory.partitions, "partition")), configuration "
          + "\(Wording.short(configuration.digest))")
      output.line("Signed as \(key.text)")
    }
    return .success
  }

  private static func make(
    _ settings: KafkaSettings, _ arguments: ParsedArguments, _ partitions: Int?, _ replication: Int, _ configuration: CompiledConfiguration,
    _ output: Output
  ) throws(ProwziError) -> ExitCode {
    let events = KafkaOptions.events()
    let made = try Cluster.make(settings, partitions: partitions, replication: replication, events: events) { () throws(ProwziError) in
      try KafkaOptions.check(settings, accepting: arguments, events)
    }
    let cluster = try Cluster(settings, compressor: LibraryCompressor(), events: events)
    let begun = try cluster.begin(with: configuration, now: Timestamp(milliseconds: 0))
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("configuration")
          json.string(configuration.digest.hex)
          json.key("kafka")
          json.string(cluster.name)
          json.key("made")
          json.array { json in for topic in made { json.string(topic.text) } }
          json.key("partitions")
          json.number(cluster.partitions)
          json.key("topics")
          json.array { json in for topic in cluster.topics { json.string(topic.name.text) } }
        }
      }
      return .success
    }
    guard !made.isEmpty || begun > 0 else {
      output.line("\(cluster.name) has the pipeline already: \(Wording.count(cluster.partitions, "partition")).")
      return .success
    }
    output.line(
      "Made \(Wording.count(made.count, "topic")) of \(Wording.count(cluster.partitions, "partition")) on \(cluster.name), configuration "
        + "\(Wording.short(configuration.digest))")
    return .success
  }
}
