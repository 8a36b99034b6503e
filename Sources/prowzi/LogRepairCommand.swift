import CommandLine
import Compression
import JSON
import Model
import Runtime
import SegmentLog

/// An explicit act: cuts a damaged log before its first damaged batch, and keeps what it removes.
enum LogRepairCommand: ProgramCommand {
  static let declaration = Command(
    "log repair", "Cuts a damaged log before its first damaged batch, keeping what it removes",
    discussion: """
      For a log that refuses to open or to be read because committed bytes are damaged. Committed records go, so nothing does this by itself. What is \
      removed is moved to removed-… files beside the log. Afterwards fold the raw topic into a new data directory: derived topics that were cut no \
      longer fit the position they were folded to, and `prowzi run` says so.
      """,
    examples: [
      .init("prowzi log repair --owner pipeline", "The derived topics"), .init("prowzi log repair --owner sensors", "The raw topic"),
    ],
    options: [
      CommonOptions.data,
      .choice("owner", ["sensors", "pipeline"], "Whose topics: sensors writes raw, pipeline all others", defaultValue: "pipeline"),
      CommonOptions.format,
    ])

  static func run(_ arguments: ParsedArguments, _ output: Output) throws(ProwziError) -> ExitCode {
    let directory = try arguments.directory()
    let actions = try SegmentLog.repair(
      directory.files, topics: directory.topics, owner: arguments.required("owner"), compressor: LibraryCompressor())
    for action in actions {
      if output.isJSON {
        output.json {
          $0.object {
            $0.key("description")
            $0.string(action.description)
            $0.key("file")
            $0.string(action.file)
            if let end = action.highWatermark {
              $0.key("high_watermark")
              $0.number(end.value)
            }
            if let kept = action.kept {
              $0.key("kept")
              $0.string(kept)
            }
          }
        }
      } else {
        output.line("\(action.file): \(action.description)" + (action.kept.map { "; kept as \($0)" } ?? ""))
      }
    }
    if !output.isJSON {
      output.line(actions.isEmpty ? "Nothing to repair." : "Repaired. `prowzi log verify` says whether all is sound now.")
    }
    return .success
  }
}
