import CommandLine
import Generator
import Model

/// Writes generated signals as files: what `replay-fixtures/` and `ops/run` are made from.
enum GenerateCommand: BenchCommand {
  static let command = Command(
    "generate", "Write a seeded stream of synthetic signals as capture files with a manifest.",
    discussion:
      "The same seed and size give the same bytes on every machine. Malformed lines, repeats, revisions and late items are part of it.",
    examples: [.init("prowzi-bench generate --seed 7 --events 4000 --out replay-fixtures/signals", "what the fixtures are made from")],
    options: [
      .value("seed", "N", "seed of the generator", defaultValue: "1"),
      .value("events", "N", "how many items", defaultValue: "100000"),
      .value("per-day", "N", "items a day of stream time", defaultValue: "160"),
      .value("out", "DIR", "folder to write to; made where missing", isRequired: true),
    ])

  static var measures: Bool { false }

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
    let events = try arguments.integer("events", in: 1...10_000_000) ?? 100_000
    let perDay = try arguments.integer("per-day", in: 1...10_000_000) ?? 160
    let folder = OutputFolder(arguments.required("out"))
    for file in SignalGenerator.fixtureFiles(seed: seed, events: events, eventsPerDay: perDay) {
      try folder.write(file.contents, to: file.name)
    }
    return .success
  }
}
