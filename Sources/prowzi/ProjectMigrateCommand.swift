import CommandLine
import JSON
import Model
import Postgres

enum ProjectMigrateCommand: ProgramCommand {
  static let declaration = Command(
    "project migrate", "Makes the tables, or brings them up to date",
    discussion: """
      Applies the numbered migrations that the database lacks, all in one transaction. The user must be allowed to make a schema in the database, and the first \
      time to make roles: prowzi_projector, prowzi_reader and prowzi_admin, which are then granted to those who log in.

      With --dry-run it only says what would be done.
      """,
    examples: [
      .init("prowzi project migrate --postgres postgresql://localhost/prowzi", "Makes the tables"),
      .init("PROWZI_POSTGRES=postgresql:///prowzi prowzi project migrate --dry-run", "Says what is missing"),
    ],
    options: [CommonOptions.postgres, .flag("dry-run", "Says what would be done, and does nothing"), CommonOptions.format])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let isDry = arguments.flag("dry-run")
    let settings = arguments.postgres(as: "prowzi project migrate")
    let plan = isDry ? try Schema.plan(settings) : try Schema.migrate(settings)
    if output.isJSON {
      output.json { json in
        json.object { json in
          json.key("applied_before")
          json.array { json in for number in plan.applied { json.number(number) } }
          json.key("dry_run")
          json.bool(isDry)
          json.key("pending")
          json.array { json in
            for migration in plan.pending {
              json.object { json in
                json.key("digest")
                json.string(migration.digest.hex)
                json.key("name")
                json.string(migration.name)
                json.key("number")
                json.number(migration.number)
              }
            }
          }
        }
      }
      return .success
    }
    if plan.pending.isEmpty {
      output.line("The tables at \(TextStyle.harmless(plan.place)) are up to date: migration \(plan.applied.last ?? 0).")
      return .success
    }
    for migration in plan.pending {
      output.line("\(isDry ? "would apply" : "applied")  \(migration.number)  \(migration.name)  \(Wording.short(migration.digest))")
    }
    output.line(
      isDry
        ? "\nNothing was changed. Without --dry-run \(Wording.count(plan.pending.count, "migration")) would be applied in one transaction."
        : "\nThe tables at \(TextStyle.harmless(plan.place)) are up to date.")
    return .success
  }
}
