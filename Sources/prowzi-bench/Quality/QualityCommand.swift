import CommandLine
import Configuration
import Events
import Model
import Sensors

/// How well the pipeline judges, on captures with labels.
enum QualityCommand: BenchCommand {
  static let command = Command(
    "quality", "How well are duplicates, stories and urgency judged, on captures with labels?",
    discussion: """
      Folds captures through the real stages and holds the result against labels: area under the curve of near-duplicate pairs and of story \
      pairs, BCubed and pairwise precision and recall of the stories (the held-out part was never tuned on), joins of exploits across two \
      sources, repeats, neighbours missed, and the share of events in each band. Intervals are 95 %; seeds are fixed, so the same captures give the same figures.
      """,
    examples: [
      .init("prowzi-bench quality --captures captures", "everything; some minutes"),
      .init("prowzi-bench quality --captures captures --only stories --show 20", "with the worst merges and misses"),
    ],
    options: [
      .value("captures", "DIR", "folder of captures", isRequired: true),
      .value(
        "only", "A,B", "of pairs, stories, repeats, exploits, noise, neighbors",
        defaultValue: "pairs,stories,repeats,exploits,noise,neighbors"),
      .value("show", "N", "print this many of the worst cases of each kind", defaultValue: "0"),
      .value("patch", "JSON", "a merge patch over the built-in configuration, to try settings"),
      .choice("format", ["text", "json"], "how to print the result", defaultValue: "text"),
    ])

  static func run(_ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    let show = try arguments.integer("show", in: 0...10_000) ?? 0
    var configuration = try CompiledConfiguration.builtIn()
    if let patch = arguments.string("patch") {
      configuration = try CompiledConfiguration(
        document: try CompiledConfiguration.patched(CompiledConfiguration.builtInDocument, with: Array(patch.utf8)))
    }
    let captures = Captures(folder: arguments.required("captures"))
    var report = QualityReport(show: show)
    let sections = arguments.list("only")
    if sections.contains("pairs") { try PairQuality(configuration).measure(captures, &report) }
    if sections.contains("stories") { try StoryQuality(configuration).measure(captures, &report) }
    if sections.contains("repeats") { try RepeatQuality(configuration).measure(captures, &report) }
    if sections.contains("exploits") { try ExploitQuality(configuration).measure(captures, &report) }
    if sections.contains("neighbors") { try NeighborQuality(configuration).measure(captures, &report) }
    if sections.contains("noise") { try NoiseQuality(configuration).measure(captures, &report) }
    report.result.print(arguments)
    return .success
  }
}

/// What has been measured, and the cases worth reading.
struct QualityReport {
  var result = BenchResult("quality")
  let show: Int

  init(show: Int) { self.show = show }

  mutating func add(_ name: String, _ value: Double) {
    if value.isFinite { result.add(name, (value * 10_000).rounded() / 10_000) } else { result.note(name, "not measurable") }
  }

  /// Prints cases to standard error, where they do not disturb the figures.
  func cases(_ heading: String, _ lines: [String]) {
    guard show > 0, !lines.isEmpty else { return }
    Terminal.write("\n\(heading)\n" + lines.prefix(show).map { "  \($0)\n" }.joined(), to: .error)
  }
}

/// A folder of captures.
struct Captures {
  let folder: String

  /// The records of one file, in its order.
  func items(_ path: String, timeField: String? = nil) throws(ProwziError) -> [RawItem] {
    var reader = try RecordReader(path: folder + "/" + path, time: ObservedTimeRule(field: timeField))
    var items: [RawItem] = []
    while let item = try reader.next() { items.append(item) }
    return items
  }

  /// The streams of the manifest, of these sources only unless `nil`, merged by time.
  func merged(_ sources: [String]? = nil) throws(ProwziError) -> MergedReader {
    var manifest = try Manifest(path: folder + "/streams.json")
    if let sources { manifest.streams.removeAll { !sources.contains($0.source) } }
    return try MergedReader(manifest, directory: folder)
  }
}

extension RawItem {
  /// A member of the JSON object, as text.
  func text(_ path: String) -> String? {
    JSONScan.scalar(at: path.split(separator: ".").map { Array($0.utf8) }, in: value).map { String(decoding: $0.content, as: UTF8.self) }
  }
}

/// Six places at most, for reading.
func shortText(_ value: Double) -> String {
  let scaled = Int((value.magnitude * 1000).rounded())
  let fraction = String(scaled % 1000)
  return (value < 0 ? "-" : "") + "\(scaled / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
}
