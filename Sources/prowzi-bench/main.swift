import CommandLine
import Glibc
import Model

/// A measurement: its command-line form, and what runs it.
protocol BenchCommand {
  static var command: Command { get }
  /// Whether it gives figures, so that it can be repeated and compared.
  static var measures: Bool { get }
  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode
}

extension BenchCommand {
  static var measures: Bool { true }

  static var wholeCommand: Command {
    var whole = command
    if measures { whole.options += Harness.options }
    return whole
  }
}

let commands: [any BenchCommand.Type] = [
  PipelineCommand.self, StagesCommand.self, BackfillCommand.self, WindowCommand.self, CalibrateCommand.self, GenerateCommand.self,
  FixturesCommand.self,
  QualityCommand.self, ScorersCommand.self, ProofBenchCommand.self, ProjectionCommand.self, QueriesCommand.self, LogWriteCommand.self,
  LogReadCommand.self, CodecCommand.self, RecoveryCommand.self, ReplayBenchCommand.self, LatencyCommand.self, ReducedCommand.self,
  KafkaCommand.self,
]

let program = CommandSet(
  program: "prowzi-bench", abstract: "Measures Prowzi: each command answers one question.", version: "0.1.0", groups: [],
  commands: commands.map { $0.wholeCommand })

do throws(ProwziError) {
  switch try program.parse(Terminal.arguments, width: Terminal.width(of: .output), environment: Terminal.environment) {
  case .print(let text): Terminal.write(text, to: .output)
  case .run(let command, let arguments):
    guard let chosen = commands.first(where: { $0.command.path == command.path }) else {
      preconditionFailure("every command is in the list")
    }
    exit(try Harness.run(chosen, arguments).rawValue)
  }
} catch {
  Terminal.write(ErrorWording.text(error, program: "prowzi-bench") + "\n", to: .error)
  exit(ExitCode(for: error.code).rawValue)
}
