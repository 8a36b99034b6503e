import CommandLine
import Configuration
import Disk
import Model
import Runtime

enum InitCommand: ProgramCommand {
  static let declaration = Command(
    "init", "Makes a data directory",
    discussion: """
      Makes the topics and writes the built-in configuration into the log. A directory that is one already is left as it is.

      The number of partitions says how many folds can run beside each other; it cannot be changed later, because what belongs together lies in \
      one partition.
      """,
    examples: [
      .init("prowzi init", "Makes ./prowzi-data with 8 partitions"),
      .init("prowzi init --data /srv/prowzi --partitions 4", "Makes a directory elsewhere"),
    ],
    options: [
      CommonOptions.data, .value("partitions", "N", "Partitions of each topic, 1 to 256", defaultValue: "8"), CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let partitions = try arguments.integer("partitions", in: 1...256)
    let configuration = try CompiledConfiguration.builtIn()
    // The configuration holds from the beginning of time on, so its record comes before all others in time as it does in place: looking up
    // an offset by time stays right for captures of any year, and two logs of one capture are equal byte for byte.
    let directory = try DataDirectory.create(
      path: arguments.required("data"), partitions: partitions, configuration: configuration, now: Timestamp(milliseconds: 0))
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("configuration")
          json.string(configuration.digest.hex)
          json.key("data")
          json.string(directory.path)
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
    }
    return .success
  }
}
