import CommandLine
import JSON
import Model
import Sensors
import Synchronization

/// Named figures of one run of one measurement.
struct BenchResult {
  let name: String
  private(set) var figures: [(name: String, value: Double)] = []
  private(set) var notes: [(name: String, text: String)] = []

  init(_ name: String) { self.name = name }

  /// Adds a figure. Its name ends in its unit; whether more is better hangs on the name, see `isBetterWhenLarger`.
  mutating func add(_ name: String, _ value: Double) { figures.append((name, value)) }

  /// Adds a figure beside what this machine could do at best for that step, and the share of it that is reached.
  mutating func add(_ name: String, _ value: Double, limit: Double, named limitName: String) {
    add(name, value)
    add(limitName, limit)
    let share = Self.isBetterWhenLarger(name) ? value / max(limit, .leastNormalMagnitude) : limit / max(value, .leastNormalMagnitude)
    add("\(name)_share_of_limit", share)
  }

  mutating func note(_ name: String, _ text: String) { notes.append((name, text)) }

  /// Hands the result to the harness, which prints it, or waits for the other runs first.
  func print(_ arguments: ParsedArguments) { Harness.take(self) }

  static func isBetterWhenLarger(_ name: String) -> Bool {
    name.hasSuffix("_per_second") || name.contains("_share") || name.contains("ratio") || name.hasSuffix("_percent")
  }
}

/// The runs of one measurement: repeated, summarised, held against an earlier one.
///
/// *Shape* of a file written with `--save`: one JSON object with the command, the number of runs, and for each figure its median, smallest and largest value.
enum Harness {
  static let options: [Command.Option] = [
    .value("runs", "N", "how often all is done: the median is printed, with the smallest and largest value", defaultValue: "1"),
    .value("save", "FILE", "write the summary there, for --baseline later"),
    .value("baseline", "FILE", "print every figure beside that of an earlier --save"),
  ]

  private static let results = Mutex<[BenchResult]>([])
  private static let current = Mutex<(run: Int, runs: Int)>((1, 1))

  fileprivate static func take(_ result: BenchResult) { results.withLock { $0.append(result) } }

  /// A folder of this run alone: its number is added where there are several.
  static func folder(_ path: String) -> String { current.withLock { $0.runs == 1 ? path : "\(path)-\($0.run)" } }

  /// Runs a command as often as was asked for, and prints what came of it.
  static func run(_ command: any BenchCommand.Type, _ arguments: ParsedArguments) throws(ProwziError) -> ExitCode {
    guard command.measures else { return try command.run(arguments) }
    let runs = try arguments.integer("runs", in: 1...1000) ?? 1
    let baseline = try arguments.string("baseline").map { (path) throws(ProwziError) in try BenchSummary(file: path) }
    var code = ExitCode.success
    for number in 1...runs {
      current.withLock { $0 = (number, runs) }
      code = try command.run(arguments)
      if code != .success { break }
    }
    let summary = BenchSummary(results.withLock { $0 })
    summary.print(asJSON: arguments.string("format") == "json", baseline: baseline)
    if let path = arguments.string("save") {
      let (folder, name) = split(path)
      try OutputFolder(folder).write(summary.json + [0x0a], to: name)
    }
    return code
  }

  /// A path as the folder and the name in it.
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
  }
}

/// What several runs of one measurement came to.
struct BenchSummary {
  struct Figure {
    var name: String
    var median: Double
    var least: Double
    var most: Double
  }

  var name: String
  var runs: Int
  var figures: [Figure] = []
  /// Those of the last run; where runs differ in one, it says so.
  var notes: [(name: String, text: String)] = []

  init(_ results: [BenchResult]) {
    name = results.first?.name ?? ""
    runs = results.count
    for (index, figure) in (results.first?.figures ?? []).enumerated() {
      let values = results.compactMap { index < $0.figures.count ? $0.figures[index].value : nil }.sorted()
      figures.append(Figure(name: figure.name, median: values[values.count / 2], least: values[0], most: values[values.count - 1]))
    }
    for (index, note) in (results.last?.notes ?? []).enumerated() {
      let isSame = results.allSatisfy { index < $0.notes.count && $0.notes[index].text == note.text }
      notes.append((note.name, isSame ? note.text : "\(note.text) (the runs differ)"))
    }
  }

  /// Reads what `--save` wrote.
  init(file path: String) throws(ProwziError) {
    let bytes = try FileSource.contents(ofFile: path, limit: 1 << 20)
    func invalid() -> ProwziError {
      ProwziError("input.invalid", "this is no saved measurement", place: path, advice: "Give a file that --save has written")
    }
    guard let document = try? JSONDocument(bytes), let name = document.string(document.member("bench", of: document.root)),
      let runs = document.int(document.member("runs", of: document.root))
    else { throw invalid() }
    self.name = name
    self.runs = Int(runs)
    for (key, node) in document.members(of: document.member("figures", of: document.root)) {
      guard let name = document.string(key), let median = document.double(document.member("median", of: node)),
        let least = document.double(document.member("least", of: node)), let most = document.double(document.member("most", of: node))
      else { throw invalid() }
      figures.append(Figure(name: name, median: median, least: least, most: most))
    }
  }

  var json: [UInt8] {
    var json = JSONWriter()
    func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
    json.object { json in
      json.key("bench")
      json.string(name)
      json.key("figures")
      json.object { json in
        for figure in figures.sorted(by: { $0.name < $1.name }) {
          json.key(figure.name)
          json.object { json in
            json.key("least")
            json.number(rounded(figure.least))
            json.key("median")
            json.number(rounded(figure.median))
            json.key("most")
            json.number(rounded(figure.most))
          }
        }
      }
      json.key("notes")
      json.object { json in
        for note in notes.sorted(by: { $0.name < $1.name }) {
          json.key(note.name)
          json.string(note.text)
        }
      }
      json.key("runs")
      json.number(runs)
    }
    return json.bytes
  }

  func print(asJSON: Bool, baseline: BenchSummary?) {
    if asJSON {
      Terminal.write(json.displayText + "\n", to: .output)
      return
    }
    var header = [name, runs == 1 ? "value" : "median"]
    if runs > 1 { header += ["least", "most"] }
    if baseline != nil { header += ["baseline", "change", ""] }
    var table = TextTable(header)
    for figure in figures {
      var row = [figure.name, Self.text(figure.median)]
      if runs > 1 { row += [Self.text(figure.least), Self.text(figure.most)] }
      if let baseline { row += Self.comparison(figure, baseline) }
      table.add(row)
    }
    Terminal.write(table.text(), to: .output)
    let width = notes.map(\.name.count).max() ?? 0
    for note in notes {
      Terminal.write(note.name + String(repeating: " ", count: width - note.name.count + 2) + note.text + "\n", to: .output)
    }
  }

  /// Worse or better is only said where the spreads of both sides do not touch.
  private static func comparison(_ figure: Figure, _ baseline: BenchSummary) -> [String] {
    guard let before = baseline.figures.first(where: { $0.name == figure.name }) else { return ["-", "-", "new"] }
    let change = before.median == 0 ? "-" : "\(text(figure.median / before.median * 100)) %"
    let (isAbove, isBelow) = (figure.least > before.most, figure.most < before.least)
    let larger = BenchResult.isBetterWhenLarger(figure.name)
    let verdict = isAbove ? (larger ? "better" : "worse") : isBelow ? (larger ? "worse" : "better") : "within spread"
    return [text(before.median), change, verdict]
  }

  private static func text(_ value: Double) -> String {
    var bytes: [UInt8] = []
    DecimalText.append((value * 1000).rounded() / 1000, to: &bytes)
    return bytes.displayText
  }
}
