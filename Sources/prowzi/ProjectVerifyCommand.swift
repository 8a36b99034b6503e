import CommandLine
import JSON
import Model
import Postgres
import Projection
import Runtime

enum ProjectVerifyCommand: ProgramCommand {
  static let declaration = Command(
    "project verify", "Compares the tables with the log",
    discussion: """
      Folds the log again up to where the tables stand, and compares digests of the rows for each table, partition and day. Where they differ it names the rows, and \
      the columns with both values. Exit code 0: all are the same; 1: something differs.

      Averages that fade with time may differ by a billionth: their last bits depend on how batches were cut.
      """,
    examples: [.init("prowzi project verify --postgres postgresql://localhost/prowzi", "Compares everything")],
    options: [CommonOptions.data, CommonOptions.postgres, CommonOptions.format] + KafkaOptions.all)

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let place = try arguments.place()
    let log = try place.reader()
    let snapshot = try PostgresStore(arguments.postgres(as: "prowzi project verify")).snapshot()
    defer { snapshot.close() }
    let interruption = Interruption("stopping")
    defer { interruption.end() }
    let line = ProgressLine("comparing", total: nil)
    let result: ProjectionVerification
    do {
      defer { line.finish() }
      result = try ProjectionVerifier(log, partitions: place.partitions).verify(snapshot, stop: interruption.stop) { line.update($0) }
    }
    output.isJSON ? showJSON(result, output) : showText(result, output)
    if !result.isClean, !result.wasStopped { return .difference }
    return result.wasStopped ? .interrupted : .success
  }

  private static func day(_ day: Int) -> String { String(CalendarDay(daysSince1970: day).start.rfc3339.prefix(10)) }

  private static func showText(_ result: ProjectionVerification, _ output: Output) {
    var table = TextTable(["Table", "Rows", "Result"])
    for kind in ProjectionTable.allCases {
      let count = result.differences.filter { $0.table == kind }.count
      let verdict = count > 0 ? "DIFFERENT on \(Wording.count(count, "day"))" : result.uncompared.contains(kind) ? "not compared" : "same"
      table.add([kind.name, Display.count(result.rows[kind.rawValue]), verdict])
    }
    output.text(table.text(style: output.style))
    for position in result.positions where !position.isSame {
      output.line("\n\(position.topic)/\(position.partition): the stored position does not belong to these records")
    }
    for difference in result.differences {
      output.line(
        "\n\(difference.table.name), partition \(difference.partition), \(day(difference.day)): "
          + "\(Wording.count(difference.found.count, "row")) (\(difference.found.text)), "
          + "the log gives \(difference.expected.count) (\(difference.expected.text))")
      for row in difference.rows { output.line("  " + TextStyle.harmless(row)) }
    }
    for position in result.positions {
      if let start = position.comparedFrom {
        output.line("\n\(position.topic)/\(position.partition) begins at offset \(start): rows of records before it could not be compared.")
      }
    }
    if !result.uncompared.isEmpty {
      output.line("\nNot compared, since they add up records that are gone: \(result.uncompared.map(\.name).joined(separator: ", ")).")
    }
    let records = result.positions.reduce(0) { $0 + $1.records }
    let behind = result.positions.reduce(0) { $0 + $1.behind }
    if result.wasStopped {
      output.line("\nStopped before the end.")
    } else if result.isClean {
      output.line(
        "\n" + output.style.green("Same:") + " the tables are what \(Wording.count(records, "record")) of the log give."
          + (behind > 0 ? " \(Wording.count(behind, "record")) more are not projected yet." : ""))
    } else {
      output.line("\n" + output.style.red("Different.") + " 'prowzi project rebuild' makes the tables anew.")
    }
  }

  private static func showJSON(_ result: ProjectionVerification, _ output: Output) {
    output.json { json in
      json.object { json in
        json.key("behind")
        json.number(result.positions.reduce(0) { $0 + $1.behind })
        json.key("clean")
        json.bool(result.isClean)
        json.key("differences")
        json.array { json in
          for difference in result.differences {
            json.object { json in
              json.key("day")
              json.string(day(difference.day))
              json.key("expected")
              json.number(difference.expected.count)
              json.key("found")
              json.number(difference.found.count)
              json.key("partition")
              json.number(Int(difference.partition.value))
              json.key("rows")
              json.array { json in for row in difference.rows { json.string(row) } }
              json.key("table")
              json.string(difference.table.name)
            }
          }
        }
        json.key("positions")
        json.array { json in
          for position in result.positions {
            json.object { json in
              json.key("behind")
              json.number(position.behind)
              json.key("compared_from")
              if let start = position.comparedFrom { json.number(start.value) } else { json.null() }
              json.key("partition")
              json.number(Int(position.partition.value))
              json.key("records")
              json.number(position.records)
              json.key("same")
              json.bool(position.isSame)
              json.key("topic")
              json.string(position.topic.text)
            }
          }
        }
        json.key("rows")
        json.object { json in
          for table in ProjectionTable.allCases.sorted(by: { $0.name < $1.name }) {
            json.key(table.name)
            json.number(result.rows[table.rawValue])
          }
        }
        json.key("stopped")
        json.bool(result.wasStopped)
        json.key("uncompared")
        json.array { json in for table in result.uncompared.map(\.name).sorted() { json.string(table) } }
      }
    }
  }
}
