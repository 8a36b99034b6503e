import CommandLine
import Model

/// What each file of this folder declares: a command and what it does.
protocol ProgramCommand {
  static var declaration: Command { get }

  /// Does it, and prints what came of it.
  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode
}

/// From the words of a command line to an exit code: the only place where an error becomes either.
enum Program {
  static let version = "0.1.0"

  /// In the order of help.
  static var all: [any ProgramCommand.Type] {
    [
      InitCommand.self, IngestCommand.self, RunCommand.self, BriefsCommand.self, ExplainCommand.self, AuditCommand.self, ReadCommand.self,
      ReplayCommand.self, ReplayListCommand.self, ReplayShowCommand.self, ReplayDropCommand.self, StateCommand.self,
      CheckpointsListCommand.self, CheckpointsRebuildCommand.self,
      StatusCommand.self, MirrorCommand.self, ClusterCheckCommand.self, RetractCommand.self, DeadLettersListCommand.self,
      DeadLettersShowCommand.self,
      DeadLettersRedriveCommand.self, BackfillCommand.self, CandidateListCommand.self, CandidateDropCommand.self,
      ShadowStartCommand.self, ShadowStopCommand.self, DiffCommand.self, CanaryCommand.self, PromoteCommand.self, RollbackCommand.self,
      LogVerifyCommand.self,
      LogDumpCommand.self, LogRepairCommand.self, ConfigShowCommand.self,
      ConfigCheckCommand.self,
      ConfigApplyCommand.self, ScorerCheckCommand.self, ScorerListCommand.self, ScorerShowCommand.self, ScorerAddCommand.self,
      ScorerHistoryCommand.self,
      ProofCommand.self, ProofVerifyCommand.self, ProofConsistencyCommand.self, ProofListCommand.self,
      ProofSignCommand.self, KeysListCommand.self, KeysShowCommand.self, KeysRotateCommand.self, TopicsListCommand.self,
      TopicsDescribeCommand.self, TopicsDiffCommand.self, TopicsApplyCommand.self, TopicsCheckCommand.self,
      ProjectCommand.self, ProjectMigrateCommand.self, ProjectVerifyCommand.self, ProjectRebuildCommand.self,
      QueryBriefsCommand.self, QueryEventsCommand.self, QueryStoriesCommand.self, QueryStoryCommand.self, QueryEntityCommand.self,
      QueryGraphCommand.self, QueryTimelineCommand.self, QueryBandsCommand.self, QueryLeadsCommand.self, QueryLatencyCommand.self,
    ]
  }

  static var commands: CommandSet {
    CommandSet(
      program: "prowzi", abstract: "Recorded signals in, decision-ready briefs out, and a replay that proves it", version: version,
      groups: [
        ("deadletters", "What could not be used"), ("candidate", "Scorers that were tried"),
        ("shadow", "Scorers that judge beside the one in force"),
        ("cluster", "What a Kafka cluster can do"), ("log", "The files and batches of a log"), ("config", "The configuration in force"),
        ("scorer", "What scores events"),
        ("checkpoints", "The states that are kept, where replays begin"), ("topics", "What topics there are"),
        ("keys", "The keys that sign the log"),
        ("query", "Questions to the tables of a projection"),
      ],
      commands: all.map { $0.declaration })
  }

  static func run(_ words: [String]) -> ExitCode {
    do throws(ProwziError) {
      let width = Terminal.width(of: .output)
      switch try commands.parse(words, width: width, environment: { Terminal.environment($0) }) {
      case .print(let page):
        let output = Output(isJSON: false)
        output.text(page)
        try output.finish()
        return .success
      case .run(let command, let arguments):
        guard let found = all.first(where: { $0.declaration.path == command.path }) else {
          preconditionFailure("\(command.name) is declared by one of the commands")
        }
        let output = Output(isJSON: arguments.string("format") == "json")
        let code = try found.run(arguments, output)
        try output.finish()
        return code
      }
    } catch {
      let isAboutKafka = error.code == "usage.unknown_option" && words.contains { $0.hasPrefix("--kafka") }
      let command = words.prefix { !$0.hasPrefix("-") }.joined(separator: " ")
      return tell(isAboutKafka ? KafkaOptions.embeddedOnly(command) : error, asJSON: wantsJSON(words))
    }
  }

  private static func tell(_ error: ProwziError, asJSON: Bool) -> ExitCode {
    Terminal.write(asJSON ? ErrorWording.json(error) : ErrorWording.text(error, style: Terminal.style(of: .error)), to: .error)
    return ExitCode(for: error.code)
  }

  /// The command line may be what is wrong, so this looks at the words alone.
  private static func wantsJSON(_ words: [String]) -> Bool {
    words.contains("--format=json") || zip(words, words.dropFirst()).contains { $0 == "--format" && $1 == "json" }
  }
}
